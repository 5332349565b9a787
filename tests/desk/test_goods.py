"""Goods on the volunteer's phone: set aside, waited for, and handed over; without scripts."""

from __future__ import annotations

from tests.cast import Bank
from tests.desk.visitor import Visitor, visit


def counter_of(bank: Bank) -> Visitor:
    """The counter, ready for a card."""
    till = visit(bank)
    till.open("/terminal/enrol")
    till.send("/terminal/enrol", token=bank.tokens["till"])
    till.open("/terminal")
    return till


def test_set_aside_on_the_phone_and_handed_over_at_the_counter(bank: Bank) -> None:
    me = visit(bank, "li")
    assert "预留物品" in me.open("/me").text
    shops = me.open("/me/goods").text
    assert shops.index("梧桐爱心超市") < shops.index("槐荫爱心超市")
    path = f"/me/goods/{bank.supermarket_id}"
    assert "剩 10 袋" in me.open(path).text
    nothing = me.send(path)
    assert nothing.status_code == 422
    assert "请先选物品" in nothing.text
    me.open(path)
    wrong = me.send(path, **{f"quantity-{bank.rice}": "两袋"})
    assert (wrong.status_code, "应为" in wrong.text) == (422, True)
    me.open(path)
    assert me.send(path, **{f"quantity-{bank.rice}": "2"}).status_code == 200
    page = me.open("/me").text
    assert "给我留着的" in page
    assert "大米 × 2 袋" in page
    assert "剩 8 袋" in me.open(path).text
    staff = visit(bank, "worker")
    assert "大米 × 2 袋" in staff.open(f"/staff/shops/{bank.supermarket_id}").text

    till = counter_of(bank)
    counter = till.send("/terminal/card", code=bank.li.code).text
    assert "给这位留着的" in counter
    [one] = bank.as_("li").get("/reservations").json["items"]
    done = till.send(f"/terminal/reservations/{one['id']}")
    assert "兑换成功" in done.text
    assert one["receipt_no"] in done.text
    assert "给我留着的" not in me.open("/me").text


def test_a_large_one_asks_for_the_pin_and_a_refusal_shows_the_goods_again(bank: Bank) -> None:
    lines = [{"goods_id": bank.rice, "quantity": 3}]
    number = bank.as_("li").post("/reservations", {"lines": lines}).json["id"]
    till = counter_of(bank)
    assert "请储户按密码" in till.send("/terminal/card", code=bank.li.code).text
    collection = f"/terminal/reservations/{number}"
    refused = till.send(collection, pin="0000")
    assert (refused.status_code, "密码不对" in refused.text) == (403, True)
    assert "兑换成功" in till.send(collection, pin=bank.li.pin).text


def test_not_wanted_after_all(bank: Bank) -> None:
    me = visit(bank, "li")
    path = f"/me/goods/{bank.supermarket_id}"
    me.open(path)
    me.send(path, **{f"quantity-{bank.soap}": "4"})
    [one] = bank.as_("li").get("/reservations").json["items"]
    me.open("/me")
    assert "积分退回来了" in me.send(f"/me/reservations/{one['id']}/cancel").text
    me.open(path)
    me.send(path, **{f"quantity-{bank.soap}": "4"})
    [second] = bank.as_("li").get("/reservations?status=open").json["items"]
    staff = visit(bank, "worker")
    staff.open(f"/staff/shops/{bank.supermarket_id}")
    assert "积分退给储户" in staff.send(f"/staff/reservations/{second['id']}/cancel").text
    assert bank.points(bank.li) == "200"


def test_in_line_for_what_is_sold_out(bank: Bank) -> None:
    supervisor = bank.as_("supervisor")
    movements = f"/goods/{bank.rice}/stock-movements"
    assert supervisor.post(movements, {"quantity": -10, "reason": "damaged"}).status_code == 201
    path = f"/me/goods/{bank.supermarket_id}"
    me, other = visit(bank, "li"), visit(bank, "zhao")
    for visitor, words in ((other, "前面还有 0 人"), (me, "前面还有 1 人")):
        assert "售罄的" in visitor.open(path).text
        assert words in visitor.send(f"{path}/waiting/{bank.rice}").text
        assert words in visitor.open(path).text
    shop = visit(bank, "worker").open(f"/staff/shops/{bank.supermarket_id}").text
    assert shop.count("排队") >= 2
    [wait] = bank.as_("zhao").get("/waiting").json["items"]
    other.open("/me")
    assert "不排了" in other.send(f"/me/waiting/{wait['id']}/leave").text
    assert supervisor.post(movements, {"quantity": 1, "reason": "received"}).status_code == 201
    assert "大米 × 1 袋" in me.open("/me").text
