"""The shelf: who gave what, moves between shops, blind counts, barcodes, seasons' prices."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.core.db import session
from moralbank.core.transaction import transact
from moralbank.market.shelf import stock
from moralbank.market.shelf.models import GoodsPrice, StockMovement
from moralbank.market.shelf.rules import is_ean13
from tests.cast import Answer, Bank, together
from tests.core.problems import problem

BARCODE = "6901234567892"


def book(bank: Bank, goods_id: str) -> list[tuple[str, int, int]]:
    found = bank.as_("auditor").get(f"/goods/{goods_id}/stock-movements").json["items"]
    return [(one["reason"], one["quantity"], one["stock_after"]) for one in found]


def other_rice(bank: Bank, **changes: Any) -> str:
    body = {"supermarket_id": bank.other_supermarket_id, "sku": "R-1", "name": "大米", "unit": "袋",
            "price": "20", "stock": 2} | changes  # fmt: skip
    made = bank.as_("admin").post("/goods", body)
    assert made.status_code == 201, made.text
    return str(made.json["id"])


def test_what_was_received_says_who_gave_it_and_what_it_is_worth(bank: Bank) -> None:
    sent = {"quantity": 5, "reason": "received", "donor": "丰收粮油店", "invoice": "A-17",
            "cost": "38.5", "note": "门口卸货"}  # fmt: skip
    path = f"/goods/{bank.rice}/stock-movements"
    made = bank.as_("supervisor").post(path, sent)
    assert made.status_code == 201, made.text
    [newest, *_rest] = bank.as_("auditor").get(path).json["items"]
    assert {name: newest[name] for name in sent} == sent
    with bank.inside():
        row = session().get_one(StockMovement, newest["id"])
        assert row.donor == "丰收粮油店"
        stored = session().execute(
            select(StockMovement.__table__.c.donor.cast(_text())).where(
                StockMovement.__table__.c.id == newest["id"]
            )
        )
        assert "丰收" not in str(stored.scalar())
    refused = bank.as_("supervisor").post(path, {**sent, "quantity": -1, "reason": "damaged"})
    assert set(problem(refused, 422)["errors"]) == {"donor"}
    problem(bank.as_("worker").get(path.replace(bank.rice, "nothing")), 404)
    problem(bank.as_("till").get(path), 403)


def _text() -> Any:
    from sqlalchemy import LargeBinary

    return LargeBinary()


def test_goods_move_to_another_shop_out_of_one_book_into_the_other(bank: Bank) -> None:
    there, admin = other_rice(bank), bank.as_("admin")
    before = book(bank, bank.rice)[0][2]
    sent = {"to_goods_id": there, "quantity": 3, "note": "那边断货"}
    made = admin.post(f"/goods/{bank.rice}/moves", sent)
    assert made.status_code == 201, made.text
    assert (made.json["out"]["quantity"], made.json["into"]["quantity"]) == (-3, 3)
    assert book(bank, bank.rice)[0] == ("moved", -3, before - 3)
    assert book(bank, there)[0] == ("moved", 3, 5)
    too_many = admin.post(f"/goods/{there}/moves", {"to_goods_id": bank.rice, "quantity": 6})
    assert problem(too_many, 409)["code"] == "out_of_stock"
    for wrong in (bank.rice, bank.soap, other_rice(bank, sku="R-2", unit="斤")):
        refused = admin.post(f"/goods/{bank.rice}/moves", {"to_goods_id": wrong, "quantity": 1})
        assert set(problem(refused, 422)["errors"]) == {"to_goods_id"}
    problem(admin.post(f"/goods/{bank.rice}/moves", {"to_goods_id": "x", "quantity": 1}), 404)
    assert (bank.stock(bank.rice), bank.stock(there)) == (before - 3, 5)


def test_two_who_move_goods_towards_each_other_both_get_through(bank: Bank) -> None:
    there, admin = other_rice(bank), bank.as_("admin")
    before = bank.stock(bank.rice)

    def move(goods_id: str, to: str) -> Answer:
        return admin.post(f"/goods/{goods_id}/moves", {"to_goods_id": to, "quantity": 1})

    ways = [lambda: move(bank.rice, there), lambda: move(there, bank.rice)]
    assert {answer.status_code for answer in together(ways * 4)} <= {201, 409}
    assert bank.stock(bank.rice) + bank.stock(there) == before + 2


def test_a_count_is_blind_and_a_second_person_posts_the_difference(bank: Bank) -> None:
    expected = bank.stock(bank.rice)
    counted = bank.as_("till").post(f"/goods/{bank.rice}/counts", {"counted": expected - 2})
    assert counted.status_code == 201, counted.text
    assert set(counted.json) == {"id", "goods_id", "counted", "counted_at"}
    agrees = bank.as_("till").post(f"/goods/{bank.soap}/counts", {"counted": 200})
    assert set(agrees.json) == set(counted.json)
    problem(bank.as_("till").get("/stock-counts"), 403)
    [waits] = bank.as_("supervisor").get("/stock-counts?status=pending").json["items"]
    told = (waits["expected"], waits["counted"], waits["difference"])
    assert told == (expected, expected - 2, -2)
    path = f"/goods/{bank.rice}/stock-movements/{waits['id']}"
    refused = bank.as_("supervisor").post(f"{path}/approval", {})
    assert set(problem(refused, 422)["errors"]) == {"reason"}
    # Sold meanwhile: the difference stands, whatever is there now.
    assert bank.buy({bank.rice: 1}).status_code == 201
    posted = bank.as_("supervisor").post(f"{path}/approval", {"reason": "受潮两袋"})
    assert (posted.status_code, posted.json["note"]) == (200, "受潮两袋")
    assert bank.stock(bank.rice) == expected - 3
    again = bank.as_("supervisor").post(f"{path}/approval", {"reason": "再来一次"})
    assert problem(again, 409)["code"] == "wrong_state"


def test_whoever_counted_does_not_post_it_and_a_later_count_replaces_it(bank: Bank) -> None:
    supervisor, path = bank.as_("supervisor"), f"/goods/{bank.rice}/counts"
    first = supervisor.post(path, {"counted": 1}).json["id"]
    own = f"/goods/{bank.rice}/stock-movements/{first}"
    problem(supervisor.post(f"{own}/approval", {"reason": "少了"}), 403)
    second = bank.as_("till").post(path, {"counted": 2}).json["id"]
    states = {one["id"]: one["status"] for one in supervisor.get("/stock-counts").json["items"]}
    assert states == {first: "replaced", second: "pending"}
    late = bank.as_("admin").post(f"{own}/approval", {"reason": "少了"})
    assert problem(late, 409)["code"] == "wrong_state"
    other = f"/goods/{bank.rice}/stock-movements/{second}"
    put_aside = supervisor.post(f"{other}/rejection", {"reason": "数错了"})
    assert (put_aside.status_code, put_aside.json["status"]) == (200, "rejected")
    assert [reason for reason, *_rest in book(bank, bank.rice)] == ["received"]


def test_a_barcode_is_one_goods_of_a_shop(bank: Bank) -> None:
    supervisor = bank.as_("supervisor")
    set_ = supervisor.patch(f"/goods/{bank.rice}", {"barcode": BARCODE})
    assert (set_.status_code, set_.json["barcode"]) == (200, BARCODE)
    taken = supervisor.patch(f"/goods/{bank.oil}", {"barcode": BARCODE})
    assert problem(taken, 409)["code"] == "barcode_taken"
    assert supervisor.patch(f"/goods/{bank.rice}", {"barcode": BARCODE}).status_code == 200
    for wrong in ("6901234567890", "690123456789", "６９０１２３４５６７８９２", ""):
        refused = supervisor.patch(f"/goods/{bank.rice}", {"barcode": wrong})
        assert set(problem(refused, 422)["errors"]) == {"barcode"}
    assert supervisor.patch(f"/goods/{bank.rice}", {"barcode": None}).json["barcode"] is None


@given(st.integers(0, 10**12 - 1), st.integers(0, 9))
def test_one_wrong_digit_is_always_noticed(number: int, place: int) -> None:
    """By hand: 6 901234 56789 weighs 108, so its check digit is 2."""
    twelve = f"{number:012d}"
    [digit] = [one for one in "0123456789" if is_ean13(twelve + one)]
    whole = twelve + digit
    other = str((int(whole[place]) + 1) % 10)
    assert not is_ean13(whole[:place] + other + whole[place + 1 :])
    assert is_ean13(BARCODE)


def test_goods_say_when_to_order_more(bank: Bank) -> None:
    left = bank.stock(bank.rice)
    low = bank.as_("supervisor").patch(f"/goods/{bank.rice}", {"reorder_level": left})
    assert low.json["low"] is True
    enough = bank.as_("supervisor").patch(f"/goods/{bank.rice}", {"reorder_level": left - 1})
    assert enough.json["low"] is False
    assert bank.buy({bank.rice: 1}).status_code == 201
    goods = bank.as_("till").get("/goods").json["items"]
    assert next(one for one in goods if one["id"] == bank.rice)["low"] is True


def test_a_season_has_its_own_price_and_then_the_old_one_is_back(bank: Bank) -> None:
    with bank.inside():
        today = clock.today()
    supervisor, path = bank.as_("supervisor"), f"/goods/{bank.soap}/prices"

    def season(price: str, first: int, last: int) -> Answer:
        days = (today + timedelta(days=first), today + timedelta(days=last))
        return supervisor.post(
            path, {"price": price, "starts_on": str(days[0]), "ends_on": str(days[1])}
        )

    assert season("0.3", 0, 3).status_code == 201
    assert season("0.2", 4, 9).status_code == 201
    assert problem(season("0.1", 3, 3), 409)["code"] == "price_overlaps"
    assert set(problem(season("0.1", -1, -1), 422)["errors"]) == {"starts_on"}
    assert set(problem(season("0.1", 30, 29), 422)["errors"]) == {"ends_on"}
    assert {a.status_code for a in together([lambda: season("0.4", 20, 21)] * 3)} == {201, 409}

    shown = next(one for one in supervisor.get("/goods").json["items"] if one["id"] == bank.soap)
    assert (shown["price"], shown["price_today"]) == ("0.5", "0.3")
    bought = bank.buy({bank.soap: 2})
    assert (bought.json["points"], bought.json["lines"][0]["price"]) == ("0.6", "0.3")
    public = bank.app.test_client().get("/supermarkets").get_data(as_text=True)
    assert "0.3" in public

    [running] = [one for one in supervisor.get(path).json["items"] if one["price"] == "0.3"]
    with bank.inside():  # as if it had begun yesterday
        transact(
            lambda: session().execute(
                update(GoodsPrice)
                .where(GoodsPrice.id == running["id"])
                .values(starts_on=today - timedelta(days=1))
            )
        )
    ended = supervisor.post(f"{path}/{running['id']}/end")
    assert ended.status_code == 200, ended.text
    assert bank.buy({bank.soap: 1}).json["points"] == "0.5"
    over = supervisor.post(f"{path}/{running['id']}/end")
    assert problem(over, 409)["code"] == "wrong_state"
    [coming] = [one for one in ended.json["items"] if one["price"] == "0.2"]
    left = supervisor.post(f"{path}/{coming['id']}/end").json["items"]
    assert coming["id"] not in {one["id"] for one in left}


def test_nobody_takes_a_difference_back_alone(bank: Bank) -> None:
    """Neither by counting again, nor by being shown what should be there."""
    supervisor, path = bank.as_("supervisor"), f"/goods/{bank.rice}/counts"
    assert supervisor.post(path, {"counted": 7}).status_code == 201
    [own] = supervisor.get("/stock-counts?status=pending").json["items"]
    assert (own["counted"], own["expected"], own["difference"]) == (7, None, None)
    again = supervisor.post(path, {"counted": 10})
    assert problem(again, 409)["code"] == "wrong_state"
    [seen] = bank.as_("second").get("/stock-counts?status=pending").json["items"]
    assert (seen["expected"], seen["difference"]) == (10, -3)


def test_one_miscount_is_posted_once(bank: Bank) -> None:
    path = f"/goods/{bank.rice}/stock-movements"
    said = {"quantity": -2, "reason": "count"}
    numbers = [bank.as_("supervisor").post(path, said).json["id"] for _time in range(2)]
    blind = bank.as_("till").post(f"/goods/{bank.rice}/counts", {"counted": 8})
    numbers.append(blind.json["id"])
    reason = {"reason": "受潮"}
    done = [bank.as_("second").post(f"{path}/{one}/approval", reason) for one in numbers]
    assert [answer.status_code for answer in done] == [200, 409, 409]
    assert bank.stock(bank.rice) == 8


def test_a_count_below_what_is_set_aside_says_what_to_do(bank: Bank) -> None:
    lines = [{"goods_id": bank.rice, "quantity": 5}]
    given = bank.as_("li").post("/donations", {"to_pool_id": bank.pool_id, "lines": lines})
    assert given.status_code == 201, given.text
    counted = bank.as_("till").post(f"/goods/{bank.rice}/counts", {"counted": 2}).json["id"]
    path = f"/goods/{bank.rice}/stock-movements/{counted}/approval"
    said = problem(bank.as_("supervisor").post(path, {"reason": "被偷"}), 409, "out_of_stock")
    assert "赠物改为积分" in said["detail"]
    turned = bank.as_("supervisor").post(
        f"/donations/{given.json['id']}/points", {"reason": "东西没了"}
    )
    assert turned.status_code == 200
    assert bank.as_("supervisor").post(path, {"reason": "被偷"}).status_code == 200
    assert bank.stock(bank.rice) == 2


def test_what_was_set_aside_for_too_long_is_there_to_be_moved_and_to_break(bank: Bank) -> None:
    lines = [{"goods_id": bank.rice, "quantity": 8}]
    assert bank.as_("li").post("/reservations", {"lines": lines}).status_code == 201
    with bank.inside(), clock.at(clock.now() + timedelta(hours=49)):
        stock.move(system("test"), bank.rice, quantity=-9, reason="damaged")
    assert (bank.stock(bank.rice), bank.goods(bank.rice)["set_aside"]) == (1, 0)
