"""Goods that are set aside for somebody, and points that are held for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.core.db import session
from moralbank.market.models import Reservation, ReservationLine
from moralbank.market.reservations import lapse
from moralbank.market.shelf.models import Goods
from tests.cast import Answer, Bank, together
from tests.core.examples import publish
from tests.core.problems import problem
from tests.market.test_races import assert_in_order


def reserve(bank: Bank, lines: dict[str, int], *, who: str = "li", key: str = "fresh") -> Answer:
    asked = {"lines": [{"goods_id": one, "quantity": many} for one, many in lines.items()]}
    return bank.as_(who).post("/reservations", asked, key=key)


def collect(
    bank: Bank, number: str, *, who: str = "li", pin: bool = False, till: str = "till",
    key: str = "fresh",
) -> Answer:  # fmt: skip
    member = bank.members[who]
    asked = {"code": member.code} | ({"pin": member.pin} if pin else {})
    return bank.as_(till).post(f"/reservations/{number}/collection", asked, key=key)


def cancel(bank: Bank, number: str, who: str = "li") -> Answer:
    return bank.as_(who).post(f"/reservations/{number}/cancellation")


def balance(bank: Bank, who: str = "li") -> tuple[str, str]:
    found = bank.as_("worker").get(f"/volunteers/{bank.ids[who]}/balance").json
    return found["held"], found["available"]


def assert_set_aside(bank: Bank) -> None:
    """What is set aside on the shelves, and held in the book, is what open reservations say."""
    assert_in_order(bank)
    with bank.inside():
        open_lines = dict(
            session()
            .execute(
                select(ReservationLine.goods_id, func.sum(ReservationLine.quantity))
                .join(Reservation, Reservation.id == ReservationLine.reservation_id)
                .where(Reservation.status == "open")
                .group_by(ReservationLine.goods_id)
            )
            .tuples()
            .all()
        )
        shelves = session().execute(select(Goods.id, Goods.set_aside)).tuples().all()
        assert {one: aside for one, aside in shelves if aside} == {
            one: int(many) for one, many in open_lines.items()
        }
        held = session().scalar(
            select(func.sum(Reservation.points)).where(Reservation.status == "open")
        )
        wallets = ledger.points_of([f"volunteer:{one.id}" for one in bank.members.values()])
        assert sum(one.held for one in wallets.values()) == int(held or 0)


@pytest.fixture
def now(bank: Bank) -> datetime:
    with bank.inside():
        return clock.now()


def test_set_aside_and_collected_it_is_a_redemption_like_any_other(bank: Bank) -> None:
    made = reserve(bank, {bank.rice: 2, bank.soap: 4})
    assert made.status_code == 201, made.text
    assert (made.json["status"], made.json["points"]) == ("open", "42")
    assert balance(bank) == ("42", "158")
    assert bank.stock(bank.rice) == 10  # it is in the shop, and for nobody else
    assert_set_aside(bank)
    bought = collect(bank, made.json["id"])
    assert bought.status_code == 201, bought.text
    assert (bought.json["id"], bought.json["receipt_no"]) == (
        made.json["id"], made.json["receipt_no"],
    )  # fmt: skip
    assert (bought.json["points"], bought.json["balance_after"]) == ("42", "158")
    assert [line["name"] for line in bought.json["lines"]] == ["大米", "肥皂"]
    assert balance(bank) == ("0", "158")
    assert bank.stock(bank.rice) == 8
    assert_set_aside(bank)
    void = bank.as_("supervisor").post(f"/redemptions/{bought.json['id']}/void", {"reason": "拿错"})
    assert void.status_code == 200, void.text
    assert (balance(bank), bank.stock(bank.rice)) == (("0", "200"), 10)
    problem(collect(bank, made.json["id"]), 409, "wrong_state")
    assert_set_aside(bank)


def test_cancelled_everything_is_back(bank: Bank) -> None:
    number = reserve(bank, {bank.rice: 3}).json["id"]
    problem(cancel(bank, number, "zhao"), 404, "not_found")
    problem(cancel(bank, number, "till"), 403, "forbidden")
    assert cancel(bank, number).json["status"] == "cancelled"
    problem(cancel(bank, number), 409, "wrong_state")
    assert balance(bank) == ("0", "200")
    problem(collect(bank, number), 409, "wrong_state")
    second = reserve(bank, {bank.rice: 1}).json["id"]
    assert cancel(bank, second, "worker").json["status"] == "cancelled"
    assert_set_aside(bank)


def test_what_is_set_aside_is_sold_to_nobody_else(bank: Bank) -> None:
    assert reserve(bank, {bank.oil: 1}).status_code == 201
    supervisor = bank.as_("supervisor")
    broken = {"quantity": -4, "reason": "damaged"}
    assert supervisor.post(f"/goods/{bank.oil}/stock-movements", broken).status_code == 201
    broken = {"quantity": -1, "reason": "damaged"}
    refused = problem(supervisor.post(f"/goods/{bank.oil}/stock-movements", broken), 409)
    assert "已给人留着" in refused["detail"]
    bank.as_("supervisor").post("/adjustments", {
        "volunteer_id": bank.zhao.id, "asset": "points", "amount": "100", "reason": "补录",
    })  # fmt: skip
    problem(bank.buy({bank.oil: 1}, member=bank.zhao, pin=bank.zhao.pin), 409, "out_of_stock")
    problem(reserve(bank, {bank.oil: 1}, who="zhao"), 409, "out_of_stock")


def test_held_points_are_spent_on_nothing_else(bank: Bank) -> None:
    assert reserve(bank, {bank.rice: 1}, who="zhao").status_code == 201
    problem(bank.buy({bank.soap: 1}, member=bank.zhao), 409, "insufficient_points")
    problem(reserve(bank, {bank.soap: 1}, who="zhao"), 409, "insufficient_points")


def test_nobody_comes_and_it_is_free_in_the_moment_the_time_is_over(
    bank: Bank, now: datetime
) -> None:
    """Whether or not the sweep has run: for the points and for the next at the counter."""
    supervisor = bank.as_("supervisor")
    broken = {"quantity": -9, "reason": "damaged"}
    assert supervisor.post(f"/goods/{bank.rice}/stock-movements", broken).status_code == 201
    number = reserve(bank, {bank.rice: 1}, who="zhao").json["id"]
    problem(bank.buy({bank.rice: 1}), 409, "out_of_stock")
    with clock.at(now + timedelta(hours=47, minutes=59)):
        problem(bank.buy({bank.rice: 1}), 409, "out_of_stock")
    with clock.at(now + timedelta(hours=49)):
        problem(collect(bank, number, who="zhao"), 409, "wrong_state")
        assert bank.buy({bank.rice: 1}).status_code == 201
        assert bank.buy({bank.soap: 40}, member=bank.zhao).status_code == 201
        with bank.inside():
            assert lapse(system("test")) == 0  # it had been asked for already
    assert bank.stock(bank.rice) == 0
    assert_set_aside(bank)


def test_the_sweep_brings_back_what_is_over_and_only_that(bank: Bank, now: datetime) -> None:
    assert reserve(bank, {bank.rice: 2}).status_code == 201
    with clock.at(now + timedelta(hours=20)):
        assert reserve(bank, {bank.soap: 2}, who="zhao").status_code == 201
    with clock.at(now + timedelta(hours=50)), bank.inside():
        assert lapse(system("test")) == 1
        assert lapse(system("test")) == 0
    assert balance(bank) == ("0", "200")
    assert_set_aside(bank)
    with clock.at(now + timedelta(hours=70)):
        runner = bank.app.test_cli_runner()
        assert "1 份预留已过期" in runner.invoke(args=["reservations", "lapse"]).output
    assert_set_aside(bank)


def test_limits_count_what_is_set_aside(bank: Bank) -> None:
    number = reserve(bank, {bank.oil: 1}).json["id"]
    problem(reserve(bank, {bank.oil: 1}), 409, "limit_exceeded")
    # Bought at the counter meanwhile, it is no more to be had a second time.
    assert bank.buy({bank.oil: 1}, pin=bank.li.pin).status_code == 201
    problem(collect(bank, number, pin=True), 409, "limit_exceeded")
    assert cancel(bank, number).status_code == 200
    assert_set_aside(bank)


def test_the_price_is_that_of_the_day_it_was_set_aside(bank: Bank) -> None:
    number = reserve(bank, {bank.rice: 1}).json["id"]
    assert bank.as_("supervisor").patch(f"/goods/{bank.rice}", {"price": "35"}).status_code == 200
    assert collect(bank, number).json["points"] == "20"


def test_the_pin_is_asked_for_as_ever(bank: Bank) -> None:
    number = reserve(bank, {bank.rice: 4}).json["id"]
    problem(collect(bank, number), 403, "pin_required")
    assert collect(bank, number, pin=True).status_code == 201


def test_three_at_one_time(bank: Bank) -> None:
    answers = together([partial(reserve, bank, {bank.soap: 1}) for _time in range(5)])
    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 409, 409]
    assert {answer.json.get("code") for answer in answers} == {None, "too_many_reservations"}


@pytest.mark.parametrize(
    ("lines", "status", "code"),
    [
        ([], 422, "validation_failed"),
        ([{"goods_id": "rice", "quantity": 0}], 422, "validation_failed"),
        ([{"goods_id": "rice", "quantity": "2"}], 422, "validation_failed"),
        ([{"goods_id": "nothing", "quantity": 1}], 404, "goods_unknown"),
        (
            [{"goods_id": "rice", "quantity": 1}, {"goods_id": "salt", "quantity": 1}],
            422, "validation_failed",
        ),
        ([{"goods_id": "rice", "quantity": 11}], 409, "insufficient_points"),
        ([{"goods_id": "soap", "quantity": 201}], 409, "out_of_stock"),
    ],
)  # fmt: skip
def test_bad_input_sets_nothing_aside(
    bank: Bank, lines: list[dict[str, Any]], status: int, code: str
) -> None:
    known = {"rice": bank.rice, "salt": bank.salt, "soap": bank.soap}
    asked = [one | {"goods_id": known.get(one["goods_id"], one["goods_id"])} for one in lines]
    answer = bank.as_("li").post("/reservations", {"lines": asked})
    if code == "insufficient_points":
        assert answer.status_code == 409
    else:
        problem(answer, status, code)
    assert balance(bank) == ("0", "200")
    assert_set_aside(bank)


def test_the_rulebook_s_conditions_hold(bank: Bank) -> None:
    document = bank.as_("admin").get("/rulebooks/1").json["document"]
    publish(bank, redemption=document["redemption"] | {"max_points": "30"})
    problem(reserve(bank, {bank.rice: 2}), 409, "limit_exceeded")
    assert reserve(bank, {bank.rice: 1}).status_code == 201


def test_a_lost_answer_is_given_again(bank: Bank) -> None:
    first, again = (reserve(bank, {bank.rice: 1}, key="lost") for _time in range(2))
    assert first.json == again.json
    number = first.json["id"]
    bought, told = (collect(bank, number, key="lost too") for _time in range(2))
    assert (bought.status_code, told.status_code) == (201, 201)
    assert bought.json == told.json
    found = bank.as_("till").get("/redemptions?idempotency_key=lost%20too").json["items"]
    assert [one["id"] for one in found] == [number]


def test_who_sees_and_collects_what(bank: Bank) -> None:
    number = reserve(bank, {bank.rice: 1}).json["id"]
    problem(collect(bank, number, who="zhao"), 404, "not_found")
    problem(collect(bank, number, till="far_till"), 404, "not_found")
    problem(bank.as_("worker").post("/reservations", {"lines": []}), 403, "forbidden")
    for who, seen in (("li", 1), ("zhao", 0), ("till", 1), ("far_till", 0), ("worker", 1),
                      ("neighbour", 0), ("auditor", 1)):  # fmt: skip
        listed = bank.as_(who).get("/reservations?status=open").json["items"]
        assert len(listed) == seen, who
    assert bank.as_("li").get("/reservations?status=collected").json["items"] == []


def test_the_last_bag_is_set_aside_once(bank: Bank) -> None:
    broken = {"quantity": -9, "reason": "damaged"}
    bank.as_("supervisor").post(f"/goods/{bank.rice}/stock-movements", broken)
    answers = together([
        partial(reserve, bank, {bank.rice: 1}),
        partial(reserve, bank, {bank.rice: 1}, who="zhao"),
        partial(bank.buy, {bank.rice: 1}),
        partial(bank.buy, {bank.rice: 1}, member=bank.zhao, till="second_till"),
    ])  # fmt: skip
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert_set_aside(bank)


def test_collected_cancelled_and_lapsed_at_once_it_ends_in_one_way(
    bank: Bank, now: datetime
) -> None:
    number = reserve(bank, {bank.rice: 2}).json["id"]
    answers = together([
        partial(collect, bank, number),
        partial(collect, bank, number, till="second_till"),
        partial(cancel, bank, number),
        partial(cancel, bank, number, "worker"),
    ])  # fmt: skip
    assert sorted(answer.status_code for answer in answers)[1:] == [409, 409, 409]
    assert_set_aside(bank)


def test_a_family_s_two_cards_share_one_limit_at_one_moment(bank: Bank) -> None:
    """Oil is one for each person: with the own card and the daughter's at two counters."""
    with bank.inside():
        until = clock.today().isoformat()
    asked = {"name": "孙晓梅", "relation": "女儿", "pin": "8642", "good_until": until}
    code = bank.as_("worker").post(f"/volunteers/{bank.li.id}/delegates", asked).json["code"]

    def daughter() -> Answer:
        lines = [{"goods_id": bank.oil, "quantity": 1}]
        body = {"code": code, "pin": "8642", "lines": lines}
        return bank.as_("second_till").post("/redemptions", body)

    own = partial(bank.buy, {bank.oil: 1}, pin=bank.li.pin)
    both: list[Callable[[], Answer]] = [own, daughter]
    answers = together(both * 2)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
