"""Delegates: somebody of the family buys with a volunteer's points until a day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.core.db import db
from moralbank.people.delegates import list_delegates
from tests.cast import Answer, Bank, together
from tests.core.problems import problem

PIN = "8642"


def today(bank: Bank) -> date:
    with bank.inside():
        return clock.today()


def name(bank: Bank, *, who: str = "worker", days: int = 30, **more: Any) -> Answer:
    asked = {
        "name": "孙晓梅", "relation": "女儿", "pin": PIN,
        "good_until": (today(bank) + timedelta(days=days)).isoformat(), **more,
    }  # fmt: skip
    return bank.as_(who).post(f"/volunteers/{bank.li.id}/delegates", asked)


def buy(bank: Bank, code: str, goods: str, *, many: int = 1, pin: str | None = None) -> Answer:
    asked: dict[str, Any] = {"code": code, "lines": [{"goods_id": goods, "quantity": many}]}
    return bank.as_("till").post("/redemptions", asked if pin is None else asked | {"pin": pin})


@pytest.fixture
def delegate(bank: Bank) -> Any:
    answer = name(bank)
    assert answer.status_code == 201, answer.text
    return answer.json


def test_a_daughter_buys_with_her_own_card_and_pin(bank: Bank, delegate: Any) -> None:
    code = delegate["code"]
    shown = bank.as_("till").post("/cards/identification", {"code": code}).json
    assert (shown["display_name"], shown["delegate"]) == ("李*兰", "孙*梅（女儿）")
    assert shown["available"] == "200"
    problem(buy(bank, code, bank.rice, many=3), 403, "pin_required")
    problem(buy(bank, code, bank.rice, many=3, pin=bank.li.pin), 403, "pin_wrong")
    bought = buy(bank, code, bank.rice, many=3, pin=PIN)
    assert bought.status_code == 201, bought.text
    assert (bought.json["display_name"], bought.json["delegate"]) == ("李*兰", "孙*梅（女儿）")
    assert bank.points(bank.li) == "140"
    entry = bank.as_("li").get(f"/volunteers/{bank.li.id}/entries").json["items"][0]
    assert entry["reason"].endswith("孙*梅（女儿）代领")
    plain = bank.buy({bank.soap: 1})
    assert plain.json["delegate"] is None


def test_what_she_takes_counts_for_the_volunteer(bank: Bank, delegate: Any) -> None:
    """Oil is one for each person and month, whoever carries it home."""
    assert buy(bank, delegate["code"], bank.oil, pin=PIN).status_code == 201
    problem(bank.buy({bank.oil: 1}, pin=bank.li.pin), 409, "limit_exceeded")


def test_she_signs_in_nowhere_and_comes_to_no_errand(bank: Bank, delegate: Any) -> None:
    asked = {"card_code": delegate["code"], "pin": PIN}
    problem(bank.as_("public").post("/tokens", asked), 401, "bad_credentials")
    body = {"service_item": "home.shopping", "community_id": bank.community_id}
    errand = bank.as_("worker").post("/service-events", body).json["id"]
    came = bank.as_("worker").post(f"/service-events/{errand}/check-in", {"code": delegate["code"]})
    problem(came, 403, "card_of_delegate")


def test_after_the_last_day_it_is_over(bank: Bank) -> None:
    code = name(bank, days=1).json["code"]
    with bank.inside():
        now = clock.now()
    with clock.at(now + timedelta(days=1)):
        assert buy(bank, code, bank.soap).status_code == 201
    with clock.at(now + timedelta(days=2)):
        refused = problem(buy(bank, code, bank.soap), 403, "card_revoked")
        assert "期限已过" in refused["detail"]
        with bank.inside():
            listed = list_delegates(system("test"), bank.li.id, limit=9).items
        assert [one.status for one in listed] == ["expired"]


@pytest.mark.parametrize("who", ["li", "worker"])
def test_the_volunteer_or_the_desk_ends_it_at_once(bank: Bank, delegate: Any, who: str) -> None:
    ended = bank.as_(who).post(f"/delegates/{delegate['id']}/ending")
    assert (ended.status_code, ended.json["status"]) == (200, "ended")
    assert bank.as_(who).post(f"/delegates/{delegate['id']}/ending").json == ended.json
    problem(buy(bank, delegate["code"], bank.soap), 403, "card_revoked")
    assert bank.buy({bank.soap: 1}).status_code == 201  # the volunteer's own card is good


def test_five_wrong_pins_lock_hers_alone(bank: Bank, delegate: Any) -> None:
    for _time in range(5):
        buy(bank, delegate["code"], bank.soap, pin="0000")
    problem(buy(bank, delegate["code"], bank.soap, pin=PIN), 403, "card_locked")
    assert bank.buy({bank.soap: 1}, pin=bank.li.pin).status_code == 201
    unlocked = bank.as_("worker").post(f"/cards/{delegate['card_id']}/unlocking")
    assert unlocked.status_code == 200
    assert buy(bank, delegate["code"], bank.soap, pin=PIN).status_code == 201
    # The volunteer's sign-in is not touched by what happens to another's card.
    assert bank.as_("li").get(f"/volunteers/{bank.li.id}").status_code == 200


def test_a_new_card_of_the_volunteer_s_leaves_hers(bank: Bank, delegate: Any) -> None:
    made = bank.as_("worker").post(f"/volunteers/{bank.li.id}/cards", {"pin": "9753"})
    assert made.status_code == 201
    assert buy(bank, delegate["code"], bank.soap).status_code == 201
    problem(bank.buy({bank.soap: 1}), 403, "card_revoked")


def test_three_at_one_time(bank: Bank) -> None:
    answers = together([lambda: name(bank) for _time in range(5)])
    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    problem(refused, 409, "too_many_delegates")
    one = next(answer for answer in answers if answer.status_code == 201).json["id"]
    assert bank.as_("worker").post(f"/delegates/{one}/ending").status_code == 200
    assert name(bank).status_code == 201


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"days": -1}, "good_until"),
        ({"days": 367}, "good_until"),
        ({"name": ""}, "name"),
        ({"relation": None}, "relation"),
        ({"pin": "12"}, "pin"),
        ({"phone": "12345"}, "phone"),
        ({"good_until": "2027-02-30"}, "good_until"),
        ({"account": "1"}, "account"),
    ],
)
def test_bad_input_names_its_field_and_makes_nobody(
    bank: Bank, more: dict[str, Any], field: str
) -> None:
    refused = problem(name(bank, **more), 422, "validation_failed")
    assert field in refused["errors"]
    assert bank.as_("worker").get(f"/volunteers/{bank.li.id}/delegates").json["items"] == []


def test_who_may(bank: Bank, delegate: Any) -> None:
    problem(name(bank, who="li"), 403, "forbidden")
    problem(name(bank, who="till"), 403, "forbidden")
    problem(name(bank, who="neighbour"), 404, "not_found")
    path = f"/delegates/{delegate['id']}/ending"
    problem(bank.as_("zhao").post(path), 404, "not_found")
    problem(bank.as_("neighbour").post(path), 404, "not_found")
    problem(bank.as_("auditor").post(path), 403, "forbidden")
    seen = bank.as_("li").get(f"/volunteers/{bank.li.id}/delegates").json["items"]
    assert [one["name"] for one in seen] == ["孙晓梅"]
    assert seen[0]["code"] is None
    problem(bank.as_("zhao").get(f"/volunteers/{bank.li.id}/delegates"), 404, "not_found")


def test_the_name_is_not_readable_in_the_database(bank: Bank) -> None:
    assert name(bank, phone="13700000077").status_code == 201
    with bank.inside(), db.engine.connect() as connection:
        kept = repr(connection.execute(text("SELECT * FROM delegates")).all())
    assert "孙晓梅" not in kept
    assert "13700000077" not in kept
