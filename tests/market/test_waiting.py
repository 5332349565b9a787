"""Who waits for what is sold out, and comes first when it is there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.market.reservations import lapse
from tests.cast import Answer, Bank, together
from tests.core.problems import problem
from tests.market.test_reservations import assert_set_aside, balance, cancel, collect, reserve


def move(bank: Bank, quantity: int, reason: str = "received") -> None:
    moved = {"quantity": quantity, "reason": reason}
    answer = bank.as_("supervisor").post(f"/goods/{bank.rice}/stock-movements", moved)
    assert answer.status_code == 201, answer.text


def join(bank: Bank, who: str = "li", **body: Any) -> Answer:
    return bank.as_(who).post(f"/goods/{bank.rice}/waiting", body)


def waiting(bank: Bank, who: str = "worker", query: str = "") -> list[Any]:
    items: list[Any] = bank.as_(who).get(f"/waiting?limit=50{query}").json["items"]
    return items


@pytest.fixture(autouse=True)
def sold_out(bank: Bank) -> None:
    """No rice is left."""
    move(bank, -10, "damaged")


def test_in_their_order_one_each(bank: Bank) -> None:
    assert join(bank).json["ahead"] == 0
    assert join(bank, "zhao").json["ahead"] == 1
    assert [one["display_name"] for one in waiting(bank)] == ["李*兰", "赵*生"]
    move(bank, 1)
    first, second = waiting(bank)
    assert (first["status"], second["status"], second["ahead"]) == ("served", "waiting", 0)
    assert (balance(bank), balance(bank, "zhao")) == (("20", "180"), ("0", "20"))
    # It is set aside for her: nobody else is sold it.
    problem(bank.buy({bank.rice: 1}, member=bank.zhao), 409, "out_of_stock")
    assert collect(bank, first["reservation_id"]).status_code == 201
    move(bank, 3)
    assert [one["status"] for one in waiting(bank)] == ["served", "served"]
    assert bank.buy({bank.rice: 1}).status_code == 201
    assert_set_aside(bank)


def test_who_cannot_have_it_is_passed_over_and_told_why(bank: Bank) -> None:
    assert join(bank, "zhao").status_code == 201
    assert join(bank).status_code == 201
    assert bank.buy({bank.soap: 2}, member=bank.zhao).status_code == 201
    move(bank, 1)
    zhao, li = waiting(bank)
    assert (zhao["status"], li["status"]) == ("passed", "served")
    assert "积分" in zhao["reason"]
    assert balance(bank, "zhao") == ("0", "19")
    assert_set_aside(bank)


def test_what_went_off_sale_is_for_nobody_and_they_are_told(bank: Bank) -> None:
    assert join(bank).status_code == 201
    bank.as_("supervisor").patch(f"/goods/{bank.rice}", {"active": False})
    move(bank, 1)
    [passed] = waiting(bank)
    assert (passed["status"], passed["reason"]) == ("passed", "这种物品下架了。")
    assert_set_aside(bank)


def test_what_comes_back_is_for_whoever_waits(bank: Bank) -> None:
    """A void, a cancelled reservation, one whose time is over: all are more than before."""
    move(bank, 1)
    number = reserve(bank, {bank.rice: 1}).json["id"]
    assert join(bank, "zhao").status_code == 201
    assert cancel(bank, number).status_code == 200
    [zhao] = waiting(bank)
    assert zhao["status"] == "served"
    assert join(bank).status_code == 201
    with bank.inside():
        later = clock.now() + timedelta(hours=49)
    with clock.at(later), bank.inside():
        assert lapse(system("test")) == 1
        assert [one["status"] for one in waiting_now(bank)] == ["served", "served"]
    assert_set_aside(bank)


def waiting_now(bank: Bank) -> list[Any]:
    from moralbank.market.waiting import list_waiting

    page = list_waiting(system("test"), limit=50)
    return [{"status": one.status} for one in page.items]


def test_while_there_is_any_nobody_waits(bank: Bank) -> None:
    move(bank, 1)
    problem(join(bank), 409, "in_stock")


def test_twice_in_line_is_once_and_whoever_left_comes_last(bank: Bank) -> None:
    answers = together([partial(join, bank) for _time in range(4)])
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    problem(join(bank), 409, "already_waiting")
    assert join(bank, "zhao").status_code == 201
    first = waiting(bank)[0]["id"]
    problem(bank.as_("zhao").post(f"/waiting/{first}/leaving"), 404, "not_found")
    assert bank.as_("li").post(f"/waiting/{first}/leaving").json["status"] == "left"
    problem(bank.as_("li").post(f"/waiting/{first}/leaving"), 409, "wrong_state")
    assert join(bank).json["ahead"] == 1


def test_staff_put_somebody_in_line_who_has_no_telephone(bank: Bank) -> None:
    assert "volunteer_id" in problem(join(bank, "worker"), 422)["errors"]
    assert join(bank, "worker", volunteer_id=bank.li.id).status_code == 201
    problem(join(bank, "zhao", volunteer_id=bank.li.id), 404, "not_found")
    problem(join(bank, "neighbour", volunteer_id=bank.li.id), 404, "not_found")
    assert [one["status"] for one in waiting(bank, "li")] == ["waiting"]
    assert waiting(bank, "zhao") == waiting(bank, "neighbour") == waiting(bank, "far_till") == []
    assert len(waiting(bank, "till", f"&goods_id={bank.rice}&status=waiting")) == 1


def test_stock_comes_while_others_buy_and_join(bank: Bank) -> None:
    """However it falls out: nobody has two, and no bag is given twice."""
    assert join(bank).status_code == 201

    def come() -> Answer:
        moved = {"quantity": 1, "reason": "received"}
        return bank.as_("supervisor").post(f"/goods/{bank.rice}/stock-movements", moved)

    at_once: list[Callable[[], Answer]] = [
        come, come, partial(join, bank, "zhao"),
        partial(bank.buy, {bank.rice: 1}, member=bank.zhao),
        partial(bank.buy, {bank.rice: 1}, till="second_till"),
        partial(reserve, bank, {bank.rice: 1}),
    ]  # fmt: skip
    together(at_once)
    first = waiting(bank)[0]
    assert first["status"] in ("served", "passed")
    assert_set_aside(bank)
