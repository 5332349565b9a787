"""Pictures of goods: what is made of a photo, who puts it there, where it is seen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from PIL import Image

from moralbank.core import pictures
from moralbank.core.problems import Refusal
from tests.cast import Bank
from tests.desk.visitor import Visitor, visit
from tests.photos import PLACE, photo


def colour_at(content: bytes, x: int, y: int) -> str:
    """Which of the photo's colours is there."""
    pixel = Image.open(BytesIO(content)).convert("RGB").getpixel((x, y))
    assert isinstance(pixel, tuple)
    red, green, blue = (value > 127 for value in pixel)
    return {(True, True, True): "white", (True, False, False): "red",
            (False, False, True): "blue"}[red, green, blue]  # fmt: skip


def put(who: Visitor, goods_id: str, content: bytes) -> int:
    """Send a photo with the form of the goods' page."""
    page = f"/staff/goods/{goods_id}"
    who.open(page)
    return who.send(f"{page}/picture", picture=(BytesIO(content), "IMG_1.jpg")).status_code


def shown(bank: Bank, goods_id: str) -> str | None:
    """Where the picture of goods is."""
    found = bank.as_("li").get("/goods").json["items"]
    picture: str | None = next(one["picture"] for one in found if one["id"] == goods_id)
    return picture


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_becomes_small_and_upright_and_tells_nothing_else(bank: Bank, kind: str) -> None:
    upload = photo(kind=kind)
    assert PLACE in upload
    with bank.inside():
        made = pictures.small(upload, field="picture")
    image = Image.open(BytesIO(made))
    assert (image.format, image.size) == ("JPEG", (pictures.SIDE, pictures.SIDE))
    assert PLACE not in made
    assert not image.getexif()
    assert len(made) < 40_000
    # What was above is to the right now; a photo that is not square stands on white.
    assert [colour_at(made, x, 160) for x in (10, 80, 240, 310)] == [
        "white",
        "red",
        "blue",
        "white",
    ]


@pytest.mark.engine("sqlite")
def test_what_is_clear_lies_on_white(bank: Bank) -> None:
    clear = BytesIO()
    Image.new("RGBA", (50, 50), (255, 0, 0, 0)).save(clear, "PNG")
    with bank.inside():
        assert colour_at(pictures.small(clear.getvalue(), field="picture"), 160, 160) == "white"


def bomb() -> bytes:
    made = BytesIO()
    Image.new("1", (20_000, 20_000)).save(made, "PNG")
    return made.getvalue()


def drawing() -> bytes:
    made = BytesIO()
    Image.new("RGB", (20, 20)).save(made, "GIF")
    return made.getvalue()


@pytest.mark.engine("sqlite")
def test_what_is_no_photo_is_refused_by_its_field(bank: Bank) -> None:
    whole = photo()
    wrong = [
        b"", b"no photo", b"<svg xmlns='http://www.w3.org/2000/svg'/>", drawing(), bomb(),
        whole[:200], whole[: len(whole) // 2], b"\xff\xd8\xff" + b"\0" * 100,
        photo(kind="PNG")[:100], photo(kind="WEBP")[:60], b"\xff" * (pictures.MOST_BYTES + 1),
    ]  # fmt: skip
    with bank.inside():
        for upload in wrong:
            with pytest.raises(Refusal) as refused:
                pictures.small(upload, field="picture")
            assert refused.value.status == 422
            assert list(refused.value.errors or {}) == ["picture"]


def test_a_supervisor_shows_a_picture_and_everybody_sees_it(bank: Bank) -> None:
    boss = visit(bank, "supervisor")
    assert shown(bank, bank.rice) is None
    assert put(boss, bank.rice, photo()) == 200
    assert "照片放上去了" in boss.page.text
    address = shown(bank, bank.rice)
    assert address is not None
    seen = f'src="{address}"'
    assert seen in boss.page.text
    assert seen in visit(bank).open("/supermarkets").text
    assert seen in visit(bank, "li").open(f"/me/goods/{bank.supermarket_id}").text
    till = bank.app.test_client()
    with till.session_transaction() as kept:
        kept["terminal"] = bank.tokens["till"]
    counter = Visitor(till)
    counter.open("/terminal")
    assert seen in counter.send("/terminal/card", code=bank.li.code).text


def test_a_picture_may_be_kept_for_good_and_no_cookie_comes_along(bank: Bank) -> None:
    boss = visit(bank, "supervisor")
    put(boss, bank.rice, photo())
    first = shown(bank, bank.rice)
    assert first is not None
    answer = boss.open(first)
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert colour_at(answer.data, 80, 160) == "red"
    # Another picture has another name, and the old one is gone.
    put(boss, bank.rice, photo("white"))
    assert shown(bank, bank.rice) not in (None, first)
    assert visit(bank).open(first).status_code == 404
    assert visit(bank).open("/pictures/0.jpg").status_code == 404


def test_two_goods_of_one_picture_and_one_of_them_loses_it(bank: Bank) -> None:
    boss = visit(bank, "supervisor")
    for goods_id in (bank.rice, bank.soap):
        put(boss, goods_id, photo())
    address = shown(bank, bank.rice)
    assert address is not None
    assert shown(bank, bank.soap) == address
    page = f"/staff/goods/{bank.rice}"
    boss.open(page)
    assert "照片拿掉了" in boss.send(f"{page}/picture/drop").text
    assert not boss.offers(f"{page}/picture/drop")
    assert shown(bank, bank.rice) is None
    assert visit(bank).open(address).status_code == 200


def test_a_refused_picture_changes_nothing_and_is_named_beside_its_field(bank: Bank) -> None:
    boss = visit(bank, "supervisor")
    put(boss, bank.rice, photo())
    address = shown(bank, bank.rice)
    assert put(boss, bank.rice, b"no photo") == 422
    assert "打不开" in boss.errors["picture"]
    assert put(boss, bank.rice, b"") == 422
    assert "请先选" in boss.errors["picture"]
    assert put(boss, bank.rice, b"\xff" * (pictures.MOST_BYTES + 1)) == 422
    assert "8 MB" in boss.errors["picture"]
    assert put(boss, bank.rice, b"\xff" * (pictures.MOST_BYTES + 1_000_000)) == 413
    assert shown(bank, bank.rice) == address


def test_only_supervisors_within_reach_put_pictures(bank: Bank) -> None:
    for who in ("worker", "auditor"):
        other = visit(bank, who)
        page = f"/staff/goods/{bank.rice}"
        other.open(page)
        assert not other.offers(f"{page}/picture")
        refused = other.post(f"{page}/picture")
        assert refused.status_code == 403
    assert shown(bank, bank.rice) is None


def test_of_two_pictures_at_once_one_stays_whole(bank: Bank) -> None:
    uploads = [photo("red"), photo("white")]
    visitors = [visit(bank, "supervisor") for _upload in uploads]
    with ThreadPoolExecutor(2) as pool:
        states = list(pool.map(lambda pair: put(pair[0], bank.rice, pair[1]), zip(
            visitors, uploads, strict=True)))  # fmt: skip
    assert states == [200, 200]
    address = shown(bank, bank.rice)
    assert address is not None
    assert colour_at(visit(bank).open(address).data, 80, 160) in ("red", "white")
