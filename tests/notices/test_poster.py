"""The poster: what is on it, on how many sheets, and a code that a camera reads."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdfium2 import PdfDocument

from moralbank.core.paper import width_of, wrapped
from moralbank.core.transaction import transact
from moralbank.people.volunteers import NewAccount, open_accounts
from tests.cast import Bank
from tests.codes import qr_codes
from tests.notices.conftest import Wall
from tests.notices.test_corrections import WHY, corrected

SIZES = {"A4": (595, 842), "A3": (842, 1191)}


def poster(client: FlaskClient, number: str, paper: str | None = None) -> PdfDocument:
    query = f"?paper={paper}" if paper else ""
    got = client.get(f"/notices/{number}/poster.pdf{query}")
    assert got.status_code == 200
    assert got.mimetype == "application/pdf"
    return PdfDocument(got.data)


def texts(document: PdfDocument) -> list[str]:
    return [page.get_textpage().get_text_range() for page in document]


def packed(text: str) -> str:
    """A text without its spaces and breaks: long ones go over several lines."""
    return "".join(text.split())


def codes(page: Any) -> list[str]:
    return [code.text for code in qr_codes(page.render(scale=1.5).to_pil())]


@pytest.mark.parametrize("paper", SIZES)
def test_a_notice_for_the_wall(bank: Bank, client: FlaskClient, wall: Wall, paper: str) -> None:
    admin = bank.as_("admin")
    facts = {"phone": "024-5551111", "address": "新安路 1 号"}
    assert admin.patch(f"/organizations/{bank.street_id}", facts).status_code == 200
    wall.diary.errand(bank.li.id, bank.zhao.id, minutes=120, at="2026-07-10T09:00")
    bank.buy({bank.rice: 2, bank.soap: 1})
    wall.stars()
    for kind in ("points", "redemptions", "stars"):
        notice = wall.post(kind)
        document = poster(client, notice["id"], paper)
        assert tuple(map(round, document[0].get_size())) == SIZES[paper]
        [text] = texts(document)
        for words in (notice["title"], f"第 {notice['number']} 号", "长河街道", "024-5551111",
                      "新安路 1 号", "2026 年 8 月 15 日", "2026 年 8 月 21 日",
                      "第 1 张，共 1 张"):  # fmt: skip
            assert packed(words) in packed(text), words
        for line in notice["lines"]:
            assert line["display_name"] in text
            assert line["points"] in text
            if kind == "redemptions":
                assert "大米×2、肥皂×1（梧" in packed(text)
                assert line["occurred_on"][5:] in text
        assert codes(document[0]) == [f"http://localhost/notices/{notice['id']}"]


def test_as_many_sheets_as_it_takes(bank: Bank, client: FlaskClient, wall: Wall) -> None:
    with bank.inside():
        accounts = [
            NewAccount(
                name=f"林{number}", phone=f"1350000{number:04d}", community_id=bank.community_id,
                publish_consent=number % 2 == 0,
            )
            for number in range(90)
        ]  # fmt: skip
        ids = transact(lambda: open_accounts(accounts))
    wall.diary.errand(*ids, minutes=120)
    notice = wall.post()
    document = poster(client, notice["id"])
    said = texts(document)
    assert len(document) > 2
    for number, text in enumerate(said, start=1):
        assert f"第 {number} 张，共 {len(said)} 张" in text
        assert packed(notice["title"]) in packed(text)
        assert "姓名" in text
        assert codes(document[number - 1]) == [f"http://localhost/notices/{notice['id']}"]
    shown = [word for text in said for word in text.splitlines()]
    whole = "\n".join(shown)
    for line in notice["lines"]:
        assert line["display_name"] in whole
    # The same notice on the same day is the same file, and A3 has as many sheets.
    paths = [f"/notices/{notice['id']}/poster.pdf"] * 2
    assert len({client.get(path).data for path in paths}) == 1
    assert len(poster(client, notice["id"], "A3")) == len(document)


def test_no_name_is_broken_and_goods_have_the_most_room(
    bank: Bank, client: FlaskClient, wall: Wall
) -> None:
    for member, name in ((bank.li, "欧阳秋梅"), (bank.zhao, "欧阳春梅")):
        renamed = bank.as_("worker").patch(f"/volunteers/{member.id}", {"name": name})
        assert renamed.status_code == 200, renamed.text
    bank.buy({bank.rice: 2, bank.soap: 1})
    notice = wall.post("redemptions", period="2026-08")
    [line] = notice["lines"]
    assert line["display_name"].startswith("欧阳*梅（尾号 ")
    [text] = texts(poster(client, notice["id"]))
    assert line["display_name"] in text
    assert "大米×2、肥皂×1（梧桐爱心" in text


def test_what_the_font_lacks_is_an_empty_box_and_said(
    bank: Bank, client: FlaskClient, wall: Wall
) -> None:
    supervisor = bank.as_("supervisor")
    assert supervisor.patch(f"/goods/{bank.soap}", {"name": "䶮牌肥皂"}).status_code == 200
    name = bank.as_("admin").patch(f"/organizations/{bank.street_id}", {"name": "䶮河街道"})
    assert name.status_code == 200
    bank.buy({bank.soap: 1})
    bank.buy({bank.rice: 1})
    notice = wall.post("redemptions", period="2026-08")
    [boxed] = [line for line in notice["lines"] if line["goods"][0]["name"] == "䶮牌肥皂"]
    [text] = texts(poster(client, notice["id"]))
    assert "牌肥皂×1" in packed(text)
    assert "䶮" not in text
    assert packed(f"用笔补上：抬头和落款，第 {boxed['line_no']} 行") in packed(text)


def test_a_correction_and_what_it_corrects_say_so_on_the_wall(
    bank: Bank, client: FlaskClient, wall: Wall
) -> None:
    old = wall.post()
    new = corrected(bank, old["id"])
    [text] = texts(poster(client, old["id"]))
    assert packed(f"已由第 {old['number'] + 1} 号公示更正") in packed(text)
    assert "这一期没有记录" in text
    [text] = texts(poster(client, new))
    assert packed(f"更正第 {old['number']} 号公示") in packed(text)
    assert packed(f"更正原因：{WHY}") in packed(text)


def test_long_texts_stay_on_the_sheet(bank: Bank, client: FlaskClient, wall: Wall) -> None:
    long = "长河" * 20
    assert bank.as_("admin").patch(
        f"/organizations/{bank.street_id}", {"name": long, "address": "新安路" * 30}
    ).status_code in (200, 422)
    for name in ("有机东北大米" * 6, "肥皂"):
        patched = bank.as_("supervisor").patch(f"/goods/{bank.soap}", {"name": name})
        assert patched.status_code == 200, patched.text
        for _time in range(20):
            bank.buy({bank.soap: 1})
    notice = wall.post("redemptions", period="2026-08")
    document = poster(client, notice["id"])
    assert len(document) > 1
    for page in document:
        wide, high = page.get_size()
        for place in range(page.get_textpage().count_chars()):
            left, bottom, right, top = page.get_textpage().get_charbox(place)
            assert left >= 0
            assert bottom >= 0
            assert right <= wide
            assert top <= high


@pytest.mark.parametrize("paper", ["A5", "a4", "", "A4 ", "%00", "A4;A3"])
def test_another_paper_is_refused(client: FlaskClient, wall: Wall, paper: str) -> None:
    number = wall.post()["id"]
    assert client.get(f"/notices/{number}/poster.pdf?paper={paper}").status_code == 422
    assert client.get(f"/notices/{number}/poster.pdf?other=1").status_code == 200


def test_lines_are_broken_where_they_may_be() -> None:
    text = "大米×12、食用油×3。肥皂×200"
    lines = wrapped(text, size=10, room=45)
    assert "".join(lines) == text
    assert all(width_of(line.rstrip("、。"), 10) <= 45 for line in lines)
    assert not any(line.startswith(("、", "。", "2", "0")) for line in lines)
    assert wrapped("", size=10, room=45) == [""]
    assert len(wrapped("a" * 100, size=10, room=45)) > 5
