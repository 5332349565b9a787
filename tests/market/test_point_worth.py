"""Prices where the rulebook in force says what a point is worth."""

from typing import Any

import pytest

from moralbank.core import clock
from tests.cast import Bank, together


def goods(bank: Bank, **changes: Any) -> dict[str, Any]:
    return {
        "supermarket_id": bank.supermarket_id,
        "sku": "M-1",
        "name": "面粉",
        "unit": "袋",
        "stock": 3,
    } | changes


@pytest.fixture
def one_yuan(bank: Bank) -> None:
    """A rulebook in force by which a point is worth one yuan, points being whole."""
    admin = bank.as_("admin")
    document = admin.get("/rulebooks/1").json["document"]
    document["redemption"]["point_worth"] = "1"
    document["rounding"]["step"] = "1"
    with bank.inside():
        today = clock.today().isoformat()
    made = admin.post("/rulebooks", {"effective_from": today, "document": document})
    assert made.status_code == 201, made.text


def refused(answer: Any, sentence: str) -> None:
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
    assert answer.json["errors"] == {"price": [sentence]}


TWELVE = "一分抵 1 元：成本 12 元的商品应定价 12 分。"


@pytest.mark.usefixtures("one_yuan")
def test_new_goods_have_the_price_that_follows_from_their_cost(bank: Bank) -> None:
    supervisor = bank.as_("supervisor")
    refused(supervisor.post("/goods", goods(bank, price="10", cost="12")), TWELVE)
    refused(supervisor.post("/goods", goods(bank, price="14", cost="12")), TWELVE)
    assert supervisor.post("/goods", goods(bank, price="12", cost="12")).status_code == 201
    dearer = goods(bank, sku="M-2", price="13", cost="12.5")
    assert supervisor.post("/goods", dearer).status_code == 201


@pytest.mark.usefixtures("one_yuan")
def test_a_price_and_a_cost_are_changed_together(bank: Bank) -> None:
    supervisor = bank.as_("supervisor")
    made = supervisor.post("/goods", goods(bank, price="12", cost="12")).json
    path = f"/goods/{made['id']}"
    refused(supervisor.patch(path, {"price": "11"}), TWELVE)
    refused(
        supervisor.patch(path, {"cost": "12.01"}),
        "一分抵 1 元：成本 12.01 元的商品应定价 13 分。",
    )
    assert supervisor.patch(path, {"name": "高筋面粉"}).status_code == 200
    both = supervisor.patch(path, {"price": "13", "cost": "12.01"})
    assert (both.status_code, both.json["price"], both.json["cost"]) == (200, "13", "12.01")
    free = supervisor.patch(path, {"price": "9", "cost": None})
    assert (free.status_code, free.json["price"], free.json["cost"]) == (200, "9", None)


@pytest.mark.usefixtures("one_yuan")
def test_goods_without_a_cost_have_any_price(bank: Bank) -> None:
    supervisor = bank.as_("supervisor")
    assert supervisor.post("/goods", goods(bank, price="7.5")).status_code == 201
    assert supervisor.patch(f"/goods/{bank.rice}", {"price": "19"}).status_code == 200


def test_without_a_worth_prices_are_free(bank: Bank) -> None:
    made = bank.as_("supervisor").post("/goods", goods(bank, price="1", cost="12"))
    assert made.status_code == 201


def test_prices_of_before_stay_until_they_are_touched(
    bank: Bank, request: pytest.FixtureRequest
) -> None:
    supervisor = bank.as_("supervisor")
    made = supervisor.post("/goods", goods(bank, price="5", cost="12")).json
    request.getfixturevalue("one_yuan")
    path = f"/goods/{made['id']}"
    renamed = supervisor.patch(path, {"name": "高筋面粉"})
    assert (renamed.status_code, renamed.json["price"]) == (200, "5")
    assert bank.buy({made["id"]: 1}).json["points"] == "5"
    refused(supervisor.patch(path, {"price": "6"}), TWELVE)


@pytest.mark.usefixtures("one_yuan")
def test_a_price_and_a_cost_that_are_changed_at_once_fit_afterwards(bank: Bank) -> None:
    supervisor = bank.as_("supervisor")
    number = supervisor.post("/goods", goods(bank, price="12", cost="12")).json["id"]
    path = f"/goods/{number}"
    for _round in range(10):
        supervisor.patch(path, {"price": "12", "cost": "12"})
        together(
            [
                lambda: bank.as_("supervisor").patch(path, {"price": "24", "cost": "24"}),
                lambda: bank.as_("admin").patch(path, {"price": "12"}),
            ]
        )
        shelf = supervisor.get(f"/goods?supermarket_id={bank.supermarket_id}").json["items"]
        [left] = [one for one in shelf if one["id"] == number]
        assert left["price"] == left["cost"]
