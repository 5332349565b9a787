"""Households in hardship at the desk, and goods that are given on the volunteer's page."""

from tests.cast import Bank
from tests.desk.visitor import Visitor, visit

WHO = {"name": "万秀兰", "phone": "13512340001", "household_no": "3-2-501",
       "address": "梧桐路 3 号", "note": "主劳力住院"}  # fmt: skip


def registered(bank: Bank) -> Visitor:
    """A worker who has just registered a household."""
    worker = visit(bank, "worker")
    worker.open("/staff/households")
    worker.send("/staff/households", community_id=bank.community_id, **WHO)
    return worker


def number_of(bank: Bank) -> str:
    number: str = bank.as_("worker").get("/households").json["items"][0]["id"]
    return number


def test_a_worker_registers_a_household_and_it_gets_an_alias(bank: Bank) -> None:
    worker = registered(bank)
    assert worker.path == "/staff/households"
    alias = bank.as_("worker").get("/households").json["items"][0]["alias"]
    assert f"代号 {alias}" in worker.page.text
    assert "万秀兰" in worker.page.text
    worker.send(
        "/staff/households", community_id=bank.community_id, name="别人", phone=WHO["phone"]
    )
    assert worker.page.status_code == 409
    assert alias in worker.errors["name"]
    worker.send("/staff/households", community_id=bank.community_id, name="", phone="123")
    assert worker.page.status_code == 422
    assert worker.errors.keys() == {"name", "phone"}


def test_goods_are_given_to_a_household_and_brought_by_two(bank: Bank) -> None:
    registered(bank)
    number = number_of(bank)
    giver = visit(bank, "li")
    page = giver.open("/me/giving?what=goods").text
    assert not any(value in page for value in WHO.values())
    gift = {"to": f"household:{number}", "goods_id": bank.rice, "quantity": "2"}
    giver.send("/me/giving/offer", **gift, message="添点米")
    assert "大米 × 2 袋" in giver.page.text
    assert "40" in giver.page.text
    giver.send("/me/giving")
    assert "您给出了 40 分的物品" in giver.page.text
    assert "等社区去送" in giver.page.text
    assert bank.points(bank.li) == "160"

    worker = visit(bank, "worker")
    text = worker.open("/staff/gifts").text
    assert "大米 × 2 袋" in text
    assert bank.li.name not in text
    gift_id = bank.as_("worker").get("/donations").json["items"][0]["id"]
    assert "大米 × 2 袋" in worker.open(f"/staff/reliefs/new?donation_id={gift_id}").text
    worker.send("/staff/reliefs/new")
    assert worker.path == "/staff/reliefs", worker.errors
    assert "批准并出库" not in worker.page.text

    [waiting] = bank.as_("worker").get("/reliefs?status=proposed").json["items"]
    second = visit(bank, "second")
    assert "大米 × 2 袋" in second.open("/staff/reliefs").text
    second.send(f"/staff/reliefs/{waiting['id']}/approval")
    assert "已批准" in second.page.text
    assert bank.stock(bank.rice) == 8
    assert "已送到" in giver.open("/me").text
    other = visit(bank, "supervisor")
    other.open("/staff/reliefs")
    other.send(f"/staff/reliefs/{waiting['id']}/void", reason="")
    assert other.page.status_code == 422
    other.send(f"/staff/reliefs/{waiting['id']}/void", reason="送错了人家")
    assert "已撤销" in other.page.text
    assert bank.stock(bank.rice) == 10
    told = giver.open("/me").text
    assert "改为积分" in told
    assert "送错了人家" in told


def test_goods_that_cannot_be_brought_become_points(bank: Bank) -> None:
    registered(bank)
    to = f"household:{number_of(bank)}"
    giver = visit(bank, "li")
    giver.open("/me/giving?what=goods")
    giver.send("/me/giving/offer", to=to, goods_id=bank.rice, quantity="1")
    giver.send("/me/giving")
    gift = bank.as_("worker").get("/donations").json["items"][0]["id"]
    worker = visit(bank, "worker")
    worker.open("/staff/gifts")
    worker.send(f"/staff/gifts/{gift}/points", reason="")
    assert worker.errors.keys() == {f"reason-{gift}"}
    worker.send(f"/staff/gifts/{gift}/points", reason="米虫了")
    assert "捐赠人会看到原因" in worker.page.text
    assert "米虫了" in giver.open("/me").text
    assert bank.goods(bank.rice)["set_aside"] == 0


def test_a_faulty_gift_of_goods_names_the_field(bank: Bank) -> None:
    giver = visit(bank, "li")
    giver.open("/me/giving?what=goods")
    pool = f"pool:{bank.pool_id}"
    for typed, field in (
        ({"to": pool, "goods_id": bank.rice, "quantity": "0"}, "quantity"),
        ({"to": pool, "goods_id": bank.rice, "quantity": "许多"}, "quantity"),
        ({"to": pool, "goods_id": "", "quantity": "1"}, "goods_id"),
        ({"to": "", "goods_id": bank.rice, "quantity": "1"}, "to"),
        ({"to": pool, "goods_id": bank.rice, "quantity": "11"}, "quantity"),
    ):
        giver.send("/me/giving/offer", **typed)
        assert giver.page.status_code in (409, 422), typed
        assert giver.errors.keys() == {field}, typed
    assert bank.points(bank.li) == "200"


def test_a_faulty_proposal_names_the_field(bank: Bank) -> None:
    registered(bank)
    number = number_of(bank)
    supervisor = visit(bank, "supervisor")
    assert number in supervisor.open("/staff/reliefs/new").text
    assert "goods-0" not in supervisor.page.text
    supervisor.open(f"/staff/reliefs/new?household_id={number}")
    good = {
        "household_id": number,
        "pool_id": bank.pool_id,
        "goods-0": bank.rice,
        "quantity-0": "1",
    }
    for wrong, field in (
        ({"goods-0": ""}, "goods-0"),
        ({"quantity-0": "0"}, "quantity-0"),
        ({"goods-1": bank.salt, "quantity-1": "1"}, "goods-0"),
        ({}, "pool_id"),
    ):
        empty = {"goods-1": "", "quantity-1": ""}
        supervisor.send("/staff/reliefs/new", **{**good, **empty, **wrong})
        assert supervisor.page.status_code in (409, 422), wrong
        assert supervisor.errors.keys() == {field}, wrong
    supervisor.send("/staff/reliefs/new", **{**good, "household_id": "nothing"})
    assert supervisor.page.status_code == 404


def test_the_public_reads_what_the_pool_bought_and_not_for_whom(bank: Bank) -> None:
    registered(bank)
    bank.as_("li").post("/donations", {"to_pool_id": bank.pool_id, "points": "50"})
    lines = [{"goods_id": bank.rice, "quantity": 1}]
    body = {"household_id": number_of(bank), "pool_id": bank.pool_id, "lines": lines}
    made = bank.as_("supervisor").post("/reliefs", body).json
    public = visit(bank)
    assert "大米" not in public.open("/pools").text
    assert bank.as_("second").post(f"/reliefs/{made['id']}/approval").status_code == 200
    text = public.open("/pools").text
    assert "大米 × 1 袋" in text
    assert "长河互助池" in text
    assert not any(value in text for value in (*WHO.values(), made["household"]))
