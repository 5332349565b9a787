"""Goods, stock and terminals through the API."""

from typing import Any

import pytest

from tests.cast import Bank, together


def goods(bank: Bank, **changes: Any) -> dict[str, Any]:
    return {
        "supermarket_id": bank.supermarket_id,
        "sku": "M-1",
        "name": "面粉",
        "unit": "袋",
        "price": "15.5",
        "stock": 3,
    } | changes


def history(bank: Bank, goods_id: str) -> list[tuple[int, str, int]]:
    """The movements of some goods in their order, straight from the table."""
    from sqlalchemy import select

    from moralbank.core.db import session
    from moralbank.market.shelf.models import StockMovement as Row

    with bank.inside():
        rows = session().execute(
            select(Row.quantity, Row.reason, Row.stock_after)
            .where(Row.goods_id == goods_id)
            .order_by(Row.version)
        )
        return [(row[0], row[1], row[2]) for row in rows]


def test_goods_are_put_on_the_shelf(bank: Bank) -> None:
    made = bank.as_("supervisor").post("/goods", goods(bank, limit_per_person=2))
    assert made.status_code == 201
    assert made.json["price"] == "15.5"
    assert made.json["stock"] == 3
    assert made.json["limit_period"] == "month"
    assert made.json["active"] is True
    assert history(bank, made.json["id"]) == [(3, "received", 3)]


def test_a_number_is_used_once_per_supermarket(bank: Bank) -> None:
    supervisor = bank.as_("supervisor")
    assert supervisor.post("/goods", goods(bank)).status_code == 201
    again = supervisor.post("/goods", goods(bank))
    assert (again.status_code, again.json["code"]) == (409, "sku_taken")
    elsewhere = goods(bank, supermarket_id=bank.other_supermarket_id)
    assert supervisor.post("/goods", elsewhere).status_code == 201


BAD_GOODS: list[dict[str, Any]] = [
    {"price": 15.5},
    {"price": "0"},
    {"price": "-1"},
    {"price": "1.234"},
    {"price": "1e3"},
    {"price": "NaN"},
    {"price": "1000000.01"},
    {"price": None},
    {"stock": -1},
    {"stock": 1.0},
    {"stock": "3"},
    {"stock": True},
    {"stock": 10**9},
    {"limit_per_person": 0},
    {"limit_period": "fortnight"},
    {"name": ""},
    {"name": "面\u0000粉"},
    {"name": "面" * 101},
    {"unit": 3},
    {"cost": 3.5},
    {"colour": "white"},
]
"""One thing wrong in each."""


def test_bad_goods_are_refused_by_field(bank: Bank) -> None:
    for changes in BAD_GOODS:
        refused = bank.as_("supervisor").post("/goods", goods(bank, **changes))
        assert refused.status_code == 422, changes
        assert set(refused.json["errors"]) == set(changes)


def test_goods_are_a_supervisor_s_to_change_and_everybody_s_to_read(bank: Bank) -> None:
    for name in ("worker", "auditor", "till", "li"):
        caller = bank.as_(name)
        assert caller.post("/goods", goods(bank)).json["code"] == "forbidden"
        assert caller.patch(f"/goods/{bank.rice}", {"price": "1"}).json["code"] == "forbidden"
        assert caller.get(f"/goods?supermarket_id={bank.supermarket_id}").status_code == 200


def test_goods_elsewhere_are_out_of_reach(bank: Bank) -> None:
    assert bank.as_("worker").get("/goods").json["items"]
    away = bank.as_("worker").get(f"/goods?supermarket_id={bank.other_supermarket_id}")
    assert away.status_code == 404
    no_shop = bank.as_("supervisor").post("/goods", goods(bank, supermarket_id=bank.station_id))
    assert no_shop.status_code == 404
    assert bank.as_("public").get("/goods").status_code == 401
    ours = {item["id"] for item in bank.as_("worker").get("/goods").json["items"]}
    assert ours == {bank.rice, bank.oil, bank.soap}


def test_a_change_leaves_the_stock_and_old_receipts(bank: Bank) -> None:
    bought = bank.buy({bank.rice: 1}).json
    changed = bank.as_("supervisor").patch(
        f"/goods/{bank.rice}", {"name": "东北大米", "price": "25", "limit_per_person": None}
    )
    assert changed.status_code == 200
    assert (changed.json["name"], changed.json["stock"]) == ("东北大米", 9)
    kept = bank.as_("till").get(f"/redemptions/{bought['id']}").json
    assert kept == bought
    refused = bank.as_("supervisor").patch(f"/goods/{bank.rice}", {"stock": 100})
    assert refused.status_code == 422


def test_what_is_no_longer_offered_is_unknown_at_the_counter(bank: Bank) -> None:
    bank.as_("supervisor").patch(f"/goods/{bank.rice}", {"active": False})
    assert bank.buy({bank.rice: 1}).json["code"] == "goods_unknown"


def test_stock_comes_and_goes(bank: Bank) -> None:
    supervisor, path = bank.as_("supervisor"), f"/goods/{bank.rice}/stock-movements"
    came = supervisor.post(path, {"quantity": 5, "reason": "received"})
    assert came.status_code == 201
    assert (came.json["stock_after"], came.json["status"]) == (15, "posted")
    went = supervisor.post(path, {"quantity": -2, "reason": "damaged"})
    assert went.json["stock_after"] == 13
    too_many = supervisor.post(path, {"quantity": -14, "reason": "damaged"})
    assert (too_many.status_code, too_many.json["code"]) == (409, "out_of_stock")
    assert history(bank, bank.rice) == [
        (10, "received", 10), (5, "received", 15), (-2, "damaged", 13),
    ]  # fmt: skip


def test_a_movement_needs_its_sign(bank: Bank) -> None:
    faulty = [
        (-5, "received"), (5, "damaged"), (0, "count"), (1.5, "received"), (5, "sold"), (5, None),
    ]  # fmt: skip
    for quantity, reason in faulty:
        refused = bank.as_("supervisor").post(
            f"/goods/{bank.rice}/stock-movements", {"quantity": quantity, "reason": reason}
        )
        assert refused.status_code == 422, (quantity, reason)
    assert bank.stock(bank.rice) == 10


def test_a_movement_needs_a_key_and_is_made_once(bank: Bank) -> None:
    supervisor, path = bank.as_("supervisor"), f"/goods/{bank.rice}/stock-movements"
    body = {"quantity": 5, "reason": "received"}
    assert supervisor.post(path, body, key=None).json["code"] == "idempotency_key_missing"
    first, again = (supervisor.post(path, body, key="lorry") for _time in range(2))
    assert first.json == again.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert bank.stock(bank.rice) == 15


def test_a_count_takes_two(bank: Bank) -> None:
    path = f"/goods/{bank.rice}/stock-movements"
    counted = bank.as_("supervisor").post(path, {"quantity": -3, "reason": "count"})
    assert counted.status_code == 202
    assert (counted.json["status"], counted.json["stock_after"]) == ("pending", None)
    assert bank.stock(bank.rice) == 10
    approval = f"{path}/{counted.json['id']}/approval"
    own = bank.as_("supervisor").post(approval)
    assert (own.status_code, own.json["code"]) == (403, "forbidden")
    assert bank.as_("worker").post(approval).json["code"] == "forbidden"
    wrong_goods = bank.as_("second").post(approval.replace(bank.rice, bank.oil))
    assert wrong_goods.status_code == 404
    posted = bank.as_("second").post(approval)
    assert posted.status_code == 200
    assert posted.json | {"moved_at": ""} == counted.json | {
        "status": "posted", "stock_after": 7, "moved_at": "",
    }  # fmt: skip
    again = bank.as_("second").post(approval)
    assert (again.status_code, again.json["code"]) == (409, "wrong_state")
    assert bank.stock(bank.rice) == 7


def test_a_count_approved_by_many_at_once_is_posted_once(bank: Bank) -> None:
    path = f"/goods/{bank.rice}/stock-movements"
    counted = bank.as_("supervisor").post(path, {"quantity": -3, "reason": "count"}).json["id"]
    answers = together(
        [lambda: bank.as_("second").post(f"{path}/{counted}/approval") for _thread in range(6)]
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    assert bank.stock(bank.rice) == 7


def test_a_terminal_is_set_up_and_revoked(bank: Bank) -> None:
    supervisor = bank.as_("supervisor")
    made = supervisor.post("/terminals", {"supermarket_id": bank.supermarket_id, "name": "门口"})
    assert made.status_code == 201
    bank.tokens["new"] = made.json["token"]
    assert bank.buy({bank.soap: 1}, till="new").status_code == 201
    revoked = supervisor.post(f"/terminals/{made.json['id']}/revocation")
    assert revoked.status_code == 200
    assert revoked.json["status"] == "revoked"
    assert "token" not in revoked.json
    assert bank.buy({bank.soap: 1}, till="new").status_code == 401
    assert supervisor.post(f"/terminals/{made.json['id']}/revocation").status_code == 200


def test_terminals_are_a_supervisor_s(bank: Bank) -> None:
    body = {"supermarket_id": bank.supermarket_id, "name": "门口"}
    assert bank.as_("worker").post("/terminals", body).status_code == 403
    assert bank.as_("supervisor").post("/terminals/nothing/revocation").status_code == 404
    station = {"supermarket_id": bank.station_id, "name": "门口"}
    assert bank.as_("supervisor").post("/terminals", station).status_code == 404


def test_movements_and_receipts_are_never_rewritten(bank: Bank) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    from moralbank.core.db import session

    bank.buy({bank.rice: 1})
    with bank.inside():
        for statement in (
            "UPDATE stock_movements SET quantity = 99",
            "DELETE FROM stock_movements",
            "UPDATE redemption_lines SET name = 'x'",
            "DELETE FROM redemption_lines",
        ):
            with pytest.raises(DBAPIError, match="append-only"):
                session().execute(text(statement))
            session().rollback()
        with pytest.raises(DBAPIError):
            session().execute(text("UPDATE goods SET stock = -1"))
        session().rollback()
