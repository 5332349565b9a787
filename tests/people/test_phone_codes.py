"""The code on a volunteer's phone: it changes every half minute and works once."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest

from moralbank.core import clock
from tests.cast import Answer, Bank, together
from tests.core.problems import problem


def code_of(bank: Bank, who: str = "li") -> str:
    answer = bank.as_(who).get("/cards/phone-code")
    assert answer.status_code == 200, answer.text
    code: str = answer.json["code"]
    return code


def scan(bank: Bank, code: str, till: str = "till") -> Answer:
    return bank.as_(till).post("/cards/identification", {"code": code})


def buy(
    bank: Bank, code: str, goods: str | None = None, *, many: int = 1, till: str = "till",
    pin: str | None = None, key: str = "fresh",
) -> Answer:  # fmt: skip
    asked = {"code": code, "lines": [{"goods_id": goods or bank.soap, "quantity": many}]}
    if pin is not None:
        asked["pin"] = pin
    return bank.as_(till).post("/redemptions", asked, key=key)


@pytest.fixture
def now(bank: Bank) -> datetime:
    """A moment at the beginning of a half minute."""
    with bank.inside():
        return clock.now().replace(second=0, microsecond=0) + timedelta(minutes=1)


def test_it_changes_every_half_minute(bank: Bank, now: datetime) -> None:
    codes = []
    for seconds in (0, 29, 30, 61):
        with clock.at(now + timedelta(seconds=seconds)):
            answer = bank.as_("li").get("/cards/phone-code").json
            codes.append(answer["code"])
            left = datetime.fromisoformat(answer["expires_at"]) - clock.now()
            assert left == timedelta(seconds=30 - seconds % 30)
    assert codes[0] == codes[1]
    assert len(set(codes)) == 3
    assert bank.li.code not in codes[0]
    with clock.at(now):
        assert code_of(bank, "zhao") != codes[0]


def test_it_buys_once_and_a_picture_of_it_nothing(bank: Bank) -> None:
    code = code_of(bank)
    assert scan(bank, code).json["display_name"] == "李*兰"
    # A picture of it, at another counter, while its owner stands at this one.
    problem(scan(bank, code, "second_till"), 403, "code_used")
    problem(buy(bank, code, till="second_till"), 403, "code_used")
    assert scan(bank, code).status_code == 200
    assert buy(bank, code).status_code == 201
    for again in (scan(bank, code), buy(bank, code), scan(bank, code, "far_till")):
        problem(again, 403, "code_used")
    assert bank.points(bank.li) == "199.5"


def test_it_needs_no_pin_and_counts_for_no_limit_of_those_without(bank: Bank) -> None:
    """Whoever shows it has signed in with the PIN; a printed card without it buys up to 50."""
    document = bank.as_("admin").get("/rulebooks/1").json["document"]
    document["redemption"]["without_pin_per_day"] = 1
    sent = {"effective_from": "2020-01-01", "document": document}
    assert bank.as_("admin").post("/rulebooks", sent).status_code == 201
    problem(bank.buy({bank.rice: 3}), 403, "pin_required")
    assert buy(bank, code_of(bank), bank.rice, many=3).status_code == 201
    assert bank.buy({bank.soap: 1}).status_code == 201
    problem(bank.buy({bank.soap: 1}), 403, "pin_required")


@pytest.mark.parametrize(
    ("seconds", "taken"), [(59, True), (60, False), (86_400, False), (-31, False)]
)
def test_it_is_taken_one_half_minute_late(
    bank: Bank, now: datetime, seconds: int, taken: bool
) -> None:
    with clock.at(now):
        code = code_of(bank)
    with clock.at(now + timedelta(seconds=seconds)):
        answer = scan(bank, code)
    if taken:
        assert answer.status_code == 200
    else:
        problem(answer, 403, "code_expired")


def test_what_was_scanned_in_time_is_good_there_for_five_minutes(bank: Bank, now: datetime) -> None:
    with clock.at(now):
        code = code_of(bank)
        assert scan(bank, code).status_code == 200
    with clock.at(now + timedelta(seconds=299)):
        problem(buy(bank, code, till="second_till"), 403, "code_used")
        assert buy(bank, code).status_code == 201
    with clock.at(now):
        late = code_of(bank, "zhao")
        assert scan(bank, late).status_code == 200
    with clock.at(now + timedelta(seconds=301)):
        problem(buy(bank, late), 403, "code_expired")


def test_a_later_one_ends_those_before_it(bank: Bank, now: datetime) -> None:
    with clock.at(now):
        first = code_of(bank)
        assert scan(bank, first).status_code == 200
    with clock.at(now + timedelta(seconds=31)):
        second = code_of(bank)
        assert scan(bank, second, "second_till").status_code == 200
        problem(buy(bank, first), 403, "code_used")
        assert buy(bank, second, till="second_till").status_code == 201


def test_a_refusal_leaves_it_good_where_it_was_scanned(bank: Bank) -> None:
    code = code_of(bank)
    problem(buy(bank, code, bank.rice, many=11), 409, "out_of_stock")
    assert buy(bank, code, bank.rice, many=1).status_code == 201
    wrong = code_of(bank, "zhao")
    problem(buy(bank, wrong, pin="0000"), 403, "pin_wrong")
    assert buy(bank, wrong, pin=bank.zhao.pin).status_code == 201


def test_a_lost_answer_is_given_again(bank: Bank) -> None:
    code = code_of(bank)
    first = buy(bank, code, key="lost")
    again = buy(bank, code, key="lost")
    assert first.status_code == again.status_code == 201
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json == first.json


def test_two_counters_at_once_sell_for_it_once(bank: Bank) -> None:
    code = code_of(bank)
    tills = ("till", "second_till") * 3
    answers = together([partial(buy, bank, code, till=till) for till in tills])
    assert sorted(answer.status_code for answer in answers) == [201] + [403] * 5
    assert {answer.json.get("code") for answer in answers} == {None, "code_used"}
    assert bank.points(bank.li) == "199.5"


def test_it_dies_with_the_card(bank: Bank) -> None:
    code = code_of(bank)
    assert bank.as_("li").post(f"/cards/{bank.li.card_id}/blocking").status_code == 200
    problem(scan(bank, code), 403, "card_locked")
    other = code_of(bank, "zhao")
    card = bank.as_("worker").post(f"/volunteers/{bank.zhao.id}/cards", {"pin": "4455"})
    assert card.status_code == 201
    problem(buy(bank, other), 403, "card_revoked")


def test_it_signs_nobody_in(bank: Bank) -> None:
    asked = {"card_code": code_of(bank), "pin": bank.li.pin}
    problem(bank.as_("public").post("/tokens", asked), 401, "bad_credentials")


def test_a_forged_one_is_no_card(bank: Bank) -> None:
    code = code_of(bank)
    other = "2" if code[-1] != "2" else "3"
    for forged in (code[:-1] + other, code[:-2], code + "2", other + code[1:], "1" * len(code)):
        problem(scan(bank, forged), 404, "card_unknown")
    # Typed, or spelled by a gun that knows no capitals.
    assert scan(bank, f" {code.lower()} ").status_code == 200


def test_who_may_see_it(bank: Bank) -> None:
    for who in ("admin", "worker", "till"):
        problem(bank.as_(who).get("/cards/phone-code"), 403, "forbidden")
    problem(bank.as_("public").get("/cards/phone-code"), 401, "unauthorized")
