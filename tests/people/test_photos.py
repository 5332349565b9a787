"""Volunteers' photos: taken with consent, seen by those who serve them, gone with the consent."""

from __future__ import annotations

from base64 import b64decode, b64encode
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import text

from moralbank.core.db import db
from moralbank.core.pictures import MOST_BYTES, SIDE
from moralbank.core.transaction import transact
from moralbank.people.models import Volunteer
from tests.cast import Answer, Bank, together
from tests.core.problems import problem
from tests.desk.visitor import Visitor, visit
from tests.people.test_delegates import name as name_delegate
from tests.photos import PLACE, photo

INLINE = 'src="data:image/jpeg;base64,'


def put(bank: Bank, *, who: str = "worker", content: bytes | None = None, **more: Any) -> Answer:
    sent = b64encode(photo() if content is None else content).decode()
    body = {"photo": sent, "consent": True, **more}
    return bank.as_(who).call("PUT", f"/volunteers/{bank.li.id}/photo", body)


def photo_at(bank: Bank, who: str) -> Answer:
    return bank.as_(who).get(f"/volunteers/{bank.li.id}/photo")


def rows(bank: Bank) -> list[Any]:
    with bank.inside(), db.engine.connect() as connection:
        return list(connection.execute(text("SELECT * FROM volunteer_photos")).mappings())


def trail(bank: Bank) -> list[tuple[str, str]]:
    """Who did what with photos, in turn."""
    with bank.inside(), db.engine.connect() as connection:
        found = connection.execute(
            text("SELECT actor, action FROM audit_entries WHERE action LIKE 'photos.%' ORDER BY id")
        )
        return [(row.actor, row.action) for row in found]


def counter(bank: Bank, till: str = "till") -> Visitor:
    client = bank.app.test_client()
    with client.session_transaction() as kept:
        kept["terminal"] = bank.tokens[till]
    return Visitor(client)


def scanned(bank: Bank, code: str, till: str = "till") -> Any:
    """The counter's page after a scan."""
    visitor = counter(bank, till)
    visitor.open("/terminal")
    return visitor.send("/terminal/card", code=code)


def test_a_photo_is_kept_small_and_seen_by_the_staff_and_its_volunteer(bank: Bank) -> None:
    problem(photo_at(bank, "worker"), 404, "not_found")
    kept = put(bank)
    assert kept.status_code == 200, kept.text
    assert kept.json["volunteer_id"] == bank.li.id
    assert "随时可以收回" in kept.json["consent"]
    assert kept.json["consent_on"] == kept.json["taken_at"][:10]
    for who in ("worker", "supervisor", "li"):
        with bank.app.test_client() as client:
            seen = client.get(
                f"/api/v1/volunteers/{bank.li.id}/photo",
                headers={"Authorization": f"Bearer {bank.tokens[who]}"},
            )
        assert seen.mimetype == "image/jpeg"
        assert seen.headers["Cache-Control"] == "no-store"
        assert Image.open(BytesIO(seen.data)).size == (SIDE, SIDE)
        assert PLACE not in seen.data
    staff = [f"staff:{bank.ids[who]}" for who in ("worker", "worker", "supervisor")]
    assert trail(bank) == list(
        zip(staff, ["photos.take", "photos.see", "photos.see"], strict=True)
    )  # fmt: skip


def test_nobody_else_sees_takes_or_erases_it(bank: Bank) -> None:
    assert put(bank).status_code == 200
    path = f"/volunteers/{bank.li.id}/photo"
    refused = {
        "neighbour": (404, "not_found"), "zhao": (404, "not_found"),
        "auditor": (403, "forbidden"), "till": (403, "forbidden"), "far_till": (403, "forbidden"),
        "public": (401, "unauthorized"),
    }  # fmt: skip
    for who, answer in refused.items():
        problem(photo_at(bank, who), *answer)
        problem(bank.as_(who).call("DELETE", path), *answer)
        own = (403, "forbidden") if who == "zhao" else answer
        problem(put(bank, who=who), *own)
    problem(put(bank, who="li"), 403, "forbidden")
    visitors = [visit(bank, who) for who in ("neighbour", "auditor", "li", "zhao")]
    for visitor in [*visitors, visit(bank)]:
        page = visitor.open(f"/staff/volunteers/{bank.li.id}/photo")
        assert page.mimetype == "text/html"
        assert page.status_code in (403, 404) or page.request.path == "/sign-in"
    assert visit(bank, "zhao").open("/me/photo").status_code == 404
    assert len(rows(bank)) == 1
    assert [action for _who, action in trail(bank)] == ["photos.take"]


def test_without_consent_there_is_no_photo(bank: Bank) -> None:
    refused = problem(put(bank, consent=False), 422, "validation_failed")
    assert list(refused["errors"]) == ["consent"]
    assert rows(bank) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "请先选"),
        (b"no photo", "打不开"),
        (photo()[:200], "打不开"),
        (b"\xff" * (MOST_BYTES + 1), "8 MB"),
    ],
    ids=["nothing", "no picture", "half", "too large"],
)
def test_what_is_no_photo_is_refused_by_its_field_and_the_old_one_stays(
    bank: Bank, content: bytes, words: str
) -> None:
    assert put(bank).status_code == 200
    before = rows(bank)
    refused = problem(put(bank, content=content), 422, "validation_failed")
    assert words in refused["errors"]["photo"][0]
    problem(put(bank, content=b"\xff" * (MOST_BYTES + 1_000_000)), 413, "body_too_large")
    coded = problem(put(bank, photo="~"), 422, "validation_failed")
    assert "base64" in coded["errors"]["photo"][0]
    assert rows(bank) == before


def test_the_photo_is_not_readable_in_the_database(bank: Bank) -> None:
    assert put(bank).status_code == 200
    [row] = rows(bank)
    kept = bytes(row["content"])
    seen = bank.app.test_client().get(
        f"/api/v1/volunteers/{bank.li.id}/photo",
        headers={"Authorization": f"Bearer {bank.tokens['worker']}"},
    )
    assert seen.data.startswith(b"\xff\xd8\xff")
    assert b"\xff\xd8\xff" not in kept[:32]
    assert b"JFIF" not in kept
    assert seen.data[200:240] not in kept
    with pytest.raises(OSError):
        Image.open(BytesIO(kept))


@pytest.mark.parametrize("who", ["li", "worker"])
def test_who_erases_it_erases_it_at_once(bank: Bank, who: str) -> None:
    assert put(bank).status_code == 200
    path = f"/volunteers/{bank.li.id}/photo"
    for _time in range(2):
        assert bank.as_(who).call("DELETE", path).status_code == 204
    assert rows(bank) == []
    problem(photo_at(bank, "worker"), 404, "not_found")
    assert INLINE not in scanned(bank, bank.li.code).text
    assert [action for _who, action in trail(bank)] == ["photos.take", "photos.erase"]


def test_of_two_photos_at_once_one_stays(bank: Bank) -> None:
    answers = together([lambda: put(bank), lambda: put(bank, content=photo("white"))])
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(rows(bank)) == 1


def test_a_closed_account_gets_none(bank: Bank) -> None:
    def close() -> None:
        db.session().get_one(Volunteer, bank.li.id).status = "closed"

    with bank.inside():
        transact(close)
    problem(put(bank), 409, "wrong_state")


def test_the_desk_takes_it_and_the_volunteer_takes_the_consent_back(bank: Bank) -> None:
    worker, page = visit(bank, "worker"), f"/staff/volunteers/{bank.li.id}"
    worker.open(page)
    refused = worker.send(f"{page}/photo", photo=(BytesIO(photo()), "IMG_1.jpg"))
    assert refused.status_code == 422
    assert "本人同意了才能" in worker.errors["consent"]
    refused = worker.send(f"{page}/photo", consent="1", photo=(BytesIO(b"x"), "x.jpg"))
    assert refused.status_code == 422
    assert "打不开" in worker.errors["photo"]
    assert rows(bank) == []
    done = worker.send(f"{page}/photo", consent="1", photo=(BytesIO(photo()), "IMG_1.jpg"))
    assert "照片留下了" in done.text
    assert f'src="{page}/photo"' in done.text
    seen = worker.open(f"{page}/photo")
    assert (seen.mimetype, seen.headers["Cache-Control"]) == ("image/jpeg", "no-store")

    me = visit(bank, "li")
    assert 'src="/me/photo"' in me.open("/me").text
    own = me.open("/me/photo")
    assert (own.data, own.headers["Cache-Control"]) == (seen.data, "no-store")
    me.open("/me")
    assert "照片删掉了" in me.send("/me/photo/withdraw").text
    assert not me.offers("/me/photo/withdraw")
    assert rows(bank) == []
    assert worker.open(f"{page}/photo").status_code == 404
    assert "还没有照片" in worker.open(page).text


@pytest.mark.parametrize("way", ["erase", "withdraw"])
def test_the_desk_erases_it_and_says_why(bank: Bank, way: str) -> None:
    assert put(bank).status_code == 200
    worker, page = visit(bank, "worker"), f"/staff/volunteers/{bank.li.id}"
    worker.open(page)
    assert "照片删掉了" in worker.send(f"{page}/photo/{way}").text
    assert rows(bank) == []
    with bank.inside(), db.engine.connect() as connection:
        detail = connection.scalar(
            text("SELECT detail FROM audit_entries WHERE action = 'photos.erase'")
        )
    assert ("true" in str(detail).lower()) == (way == "withdraw")


def test_the_counter_shows_it_to_whoever_has_scanned_the_card(bank: Bank) -> None:
    assert INLINE not in scanned(bank, bank.li.code).text
    assert put(bank).status_code == 200
    page = scanned(bank, bank.li.code, "far_till")
    assert page.headers["Cache-Control"] == "no-store"
    shown = b64decode(page.text.split(INLINE)[1].split('"')[0])
    assert Image.open(BytesIO(shown)).size == (SIDE, SIDE)
    assert trail(bank)[-1] == (f"terminal:{bank.ids['far_till']}", "photos.see")
    # Nowhere else at the counter, and no terminal asks for it in another way.
    for other in ("till", "far_till"):
        for path in ("/terminal", "/terminal/today"):
            assert INLINE not in counter(bank, other).open(path).text
    assert INLINE not in scanned(bank, bank.zhao.code).text
    # A program at the counter is told what it always was.
    told = bank.as_("till").post("/cards/identification", {"code": bank.li.code}).json
    assert set(told) == {"volunteer_id", "display_name", "available", "pin_required_above"}


def test_a_card_that_is_not_good_shows_nobody(bank: Bank) -> None:
    assert put(bank).status_code == 200
    assert bank.as_("worker").post(f"/cards/{bank.li.card_id}/revocation").status_code == 200
    for code in (bank.li.code, "0000"):
        page = scanned(bank, code)
        assert page.status_code in (403, 404)
        assert "data:image" not in page.text
    assert [action for _who, action in trail(bank)] == ["photos.take"]


def test_of_a_delegate_s_card_it_says_whom_the_photo_shows(bank: Bank) -> None:
    assert put(bank).status_code == 200
    code = name_delegate(bank).json["code"]
    page = scanned(bank, code)
    assert INLINE in page.text
    assert "孙*梅（女儿）" in page.text
    assert "来的是代领人，照片上是储户本人" in page.text
    assert "照片上是储户本人" not in scanned(bank, bank.li.code).text
