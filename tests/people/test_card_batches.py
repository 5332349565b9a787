"""Cards for a whole community: sheets whose codes can be read, strips with PINs that work."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pypdfium2 import PdfDocument

from moralbank.core.paper import missing
from moralbank.people.card_batches import PrintedCard
from moralbank.people.card_sheets import sheets
from moralbank.people.cards import _new_code
from tests.cast import Answer, Bank, together
from tests.codes import qr_codes
from tests.core.problems import problem
from tests.desk.visitor import Visitor, visit
from tests.events.errands import volunteer

PAGE = "/staff/cards"
MAKE = "/staff/cards/batches"
RARE = "张䶮"
"""A name of a common kind with a character that few fonts have."""


@pytest.fixture
def worker(bank: Bank) -> Visitor:
    """The worker of 梧桐社区."""
    return visit(bank, "worker")


def codes_on(page: Any) -> list[str]:
    """Return the codes that a camera reads on a sheet, from top to bottom, row by row."""
    seen = qr_codes(page.render(scale=2.5).to_pil())
    place = {code.text: (code.position.top_left.y // 60, code.position.top_left.x) for code in seen}
    return sorted(place, key=lambda text: place[text])


def texts(document: PdfDocument) -> list[str]:
    return [page.get_textpage().get_text_bounded() for page in document]


def pins_in(document: PdfDocument) -> dict[str, str]:
    """Return the PINs on the strips, by account number."""
    return dict(re.findall(r"(\d{6,})\s+密码 (\d{6})", " ".join(texts(document))))


def identify(bank: Bank, code: str) -> Answer:
    return bank.as_("worker").post("/cards/identification", {"code": code})


def test_a_batch_is_printed_for_who_has_no_card(bank: Bank, worker: Visitor) -> None:
    people = [volunteer(bank, f"王{letter}平") for letter in "一二三四五六七八九十"]
    people.append(volunteer(bank, RARE))
    worker.open(PAGE)
    assert f"{RARE}</a>（䶮）" in worker.page.text
    worker.send(MAKE)
    assert worker.page.mimetype == "application/pdf"
    assert worker.page.headers["Cache-Control"] == "no-store"
    document = PdfDocument(worker.page.data)
    waiting = len(people)
    assert len(document) == 5  # two sheets of two sides, one of strips
    read = [code for page in (1, 3) for code in codes_on(document[page])]
    assert len(read) == len(set(read)) == waiting
    held = {identify(bank, code).json["volunteer_id"]: code for code in read}
    assert set(held) == set(people)
    assert "王一平" in texts(document)[0]
    assert "拾到请交" in texts(document)[1]
    # Turned over along the long edge, each back lies behind its front.
    front = [line for line in texts(document)[0].split() if line in {f"王{n}平" for n in "一二"}]
    assert front == ["王一平", "王二平"]
    assert codes_on(document[1])[:2] == [held[people[1]], held[people[0]]]
    # The PINs are told once and kept nowhere: one opens its card.
    account = bank.as_("worker").get(f"/volunteers/{people[0]}").json["account_no"]
    pin = pins_in(document)[account]
    signed_in = {"card_code": held[people[0]], "pin": pin}
    assert bank.as_("public").post("/tokens", signed_in).status_code == 201
    worker.open(PAGE)
    assert "人人都有卡了" in worker.page.text


def test_a_reprint_revokes(bank: Bank, worker: Visitor) -> None:
    holder = volunteer(bank, "王一平")
    stays = volunteer(bank, "王二平")
    worker.open(PAGE)
    worker.send(MAKE)
    first = codes_on(PdfDocument(worker.page.data)[1])
    # One of the two was given another card since: that one is none of this batch.
    other = bank.as_("worker").post(f"/volunteers/{stays}/cards", {"pin": "4711"}).json
    worker.open(PAGE)
    [again] = re.findall(r'action="(/staff/cards/batches/\w+/reprint)"', worker.page.text)
    worker.send(again)
    second = codes_on(PdfDocument(worker.page.data)[1])
    assert len(second) == 1
    assert identify(bank, second[0]).json["volunteer_id"] == holder
    for code in first:
        problem(identify(bank, code), 403, "card_revoked")
    assert identify(bank, other["code"]).json["volunteer_id"] == stays
    worker.open(PAGE)
    assert again not in worker.page.text
    assert "还有效 0 张" in worker.page.text


def test_a_form_sent_twice_prints_one_batch(bank: Bank, worker: Visitor) -> None:
    volunteer(bank, "王一平")
    worker.open(PAGE)
    sent = dict(worker.form(MAKE).fields)
    worker.send(MAKE)
    [code] = codes_on(PdfDocument(worker.page.data)[1])
    worker.open(PAGE)
    worker.post(MAKE, **sent)
    assert "已经制过卡" in worker.page.text
    assert identify(bank, code).status_code == 200


def test_two_batches_at_once_make_one_card_each(bank: Bank) -> None:
    volunteer(bank, "王一平")
    visitors = [visit(bank, "worker"), visit(bank, "supervisor")]
    for visitor in visitors:
        visitor.open(f"{PAGE}?community_id={bank.community_id}")

    def press(visitor: Visitor) -> int:
        visitor.send(MAKE)
        return visitor.page.status_code

    told = together([lambda: press(visitors[0]), lambda: press(visitors[1])])
    assert sorted(told) == [200, 409]


def test_another_community_is_not_there(bank: Bank, worker: Visitor) -> None:
    worker.open(PAGE)
    volunteer(bank, "王一平")
    worker.open(PAGE)
    worker.send(MAKE, community_id=bank.other_community_id)
    assert worker.page.status_code == 404


@pytest.mark.parametrize("many", [100, pytest.param(1000, marks=pytest.mark.long)])
def test_every_code_of_many_is_read_back(bank: Bank, many: int) -> None:
    with bank.inside():
        cards = [
            PrintedCard(f"王{number}", f"{number:08}", _new_code(), f"{number:06}")
            for number in range(many)
        ]
        made = sheets(bank="道德银行", community="梧桐社区", phone=None, cards=cards)
    document = PdfDocument(made)
    read = [code for page in range(1, many // 5, 2) for code in codes_on(document[page])]
    assert sorted(read) == sorted(card.code for card in cards)


def test_what_the_font_lacks_is_named_once() -> None:
    assert missing("张䶮䶮𠮷 欧阳梅·A1") == "䶮𠮷"
