"""The staff's pages of the supermarkets, without scripts."""

from __future__ import annotations

import re

from sqlalchemy import select

from moralbank.core.db import session
from moralbank.core.idempotency import IdempotencyKey
from tests.cast import Bank
from tests.desk.visitor import visit


def test_what_comes_in_is_booked_and_the_book_shows_it(bank: Bank) -> None:
    boss = visit(bank, "supervisor")
    assert "梧桐爱心超市" in boss.open("/staff/shops").text
    goods = f"/staff/goods/{bank.rice}"
    boss.open(goods)
    typed = {"reason": "received", "quantity": "5", "donor": "丰收粮油店", "cost": "38.5"}
    assert boss.send(f"{goods}/movements", **typed).status_code == 200
    page = boss.open(goods).text
    assert "丰收粮油店 · 每件 38.5 元" in page
    assert bank.stock(bank.rice) == 15
    boss.open(goods)
    assert boss.send(f"{goods}/movements", reason="damaged", quantity="2").status_code == 200
    assert bank.stock(bank.rice) == 13
    refused = boss.send(f"{goods}/movements", reason="damaged", quantity="99")
    assert refused.status_code == 409
    assert "只剩 13" in refused.text
    assert bank.stock(bank.rice) == 13


def test_a_count_shows_nothing_of_the_book_and_another_posts_it(bank: Bank) -> None:
    worker, boss = visit(bank, "worker"), visit(bank, "supervisor")
    path = f"/staff/shops/{bank.supermarket_id}"
    page = worker.open(f"{path}/count").text
    assert "大米" in page
    assert ">10<" not in page
    assert worker.send(f"{path}/count").status_code == 422
    worker.open(f"{path}/count")
    wrong = worker.send(f"{path}/count", **{f"counted-{bank.rice}": "九"})
    assert wrong.status_code == 422
    assert "请写数到的个数" in wrong.text
    counted = {f"counted-{bank.rice}": "8", f"counted-{bank.soap}": "200"}
    assert worker.send(f"{path}/count", **counted).status_code == 200
    assert bank.stock(bank.rice) == 10
    shop = boss.open(path).text
    assert "数到 8，账上 10" in shop
    assert "肥皂" in shop
    [waits] = bank.as_("supervisor").get("/stock-counts?status=pending").json["items"]
    decide = f"{path}/counts/{waits['id']}"
    form = {"goods_id": bank.rice, "answer": "post"}
    nameless = boss.send(decide, **form)
    assert nameless.status_code == 422
    assert boss.send(decide, reason="受潮", **form).status_code == 200
    assert bank.stock(bank.rice) == 8


def test_figures_may_be_typed_in_full_width(bank: Bank) -> None:
    boss = visit(bank, "supervisor")
    goods, path = f"/staff/goods/{bank.rice}", f"/staff/shops/{bank.supermarket_id}"
    boss.open(goods)
    typed = {"reason": "received", "quantity": " １２ ", "cost": "３８。５"}
    assert boss.send(f"{goods}/movements", **typed).status_code == 200
    assert bank.stock(bank.rice) == 22
    assert "每件 38.5 元" in boss.open(goods).text
    worker = visit(bank, "worker")
    worker.open(f"{path}/count")
    assert worker.send(f"{path}/count", **{f"counted-{bank.rice}": "２０"}).status_code == 200
    assert "数到 20，账上 22" in boss.open(path).text


def test_a_season_s_price_a_barcode_and_the_month_s_sheet(bank: Bank) -> None:
    boss = visit(bank, "supervisor")
    goods = f"/staff/goods/{bank.soap}"
    boss.open(goods)
    sent = boss.send(f"{goods}/settings", barcode="6901234567892", reorder_level="200")
    assert sent.status_code == 200
    assert "该进货了" in boss.open(goods).text
    assert boss.send(f"{goods}/settings", barcode="6901234567890").status_code == 422
    boss.open(goods)
    days = {"starts_on": "2027-01-20", "ends_on": "2027-02-20"}
    assert boss.send(f"{goods}/prices", price="0.3", **days).status_code == 200
    boss.open(goods)
    again = boss.send(f"{goods}/prices", price="0.2", **days)
    assert again.status_code == 409
    assert "已经另定了价" in again.text
    shop = boss.open(f"/staff/shops/{bank.supermarket_id}").text
    assert "积分、物品、小票对得上。" in shop
    for ending, begins in (("pdf", b"%PDF"), ("xlsx", b"PK")):
        found = boss.open(f"/staff/shops/{bank.supermarket_id}/books/2026-11.{ending}")
        assert (found.status_code, found.data[: len(begins)]) == (200, begins)


def test_goods_are_moved_to_another_shop(bank: Bank) -> None:
    boss = visit(bank, "supervisor")
    far = bank.as_("admin").get("/goods").json["items"]
    other = bank.as_("admin").post("/organizations", {
        "name": "槐树爱心超市", "level": "supermarket", "parent_id": bank.community_id,
    }).json["id"]  # fmt: skip
    goods = next(one for one in far if one["id"] == bank.rice)
    asked = {"supermarket_id": other, "sku": "other-1", "name": goods["name"],
             "unit": goods["unit"], "price": "30", "stock": 1}  # fmt: skip
    there = bank.as_("supervisor").post("/goods", asked).json["id"]
    page = boss.open(f"/staff/goods/{bank.rice}").text
    assert "槐树爱心超市，有 1" in page
    moves = f"/staff/goods/{bank.rice}/moves"
    nowhere = boss.send(moves, quantity="2")
    assert nowhere.status_code == 422
    boss.open(f"/staff/goods/{bank.rice}")
    too_many = boss.send(moves, to_goods_id=there, quantity="11")
    assert (too_many.status_code, "只剩 10" in too_many.text) == (409, True)
    boss.open(f"/staff/goods/{bank.rice}")
    assert boss.send(moves, to_goods_id=there, quantity="4").status_code == 200
    assert (bank.stock(bank.rice), bank.stock(there)) == (6, 5)


def test_money_is_written_down_and_taken_back_once(bank: Bank) -> None:
    boss = visit(bank, "supervisor")
    path = f"/staff/shops/{bank.supermarket_id}"
    assert "收到的钱" in boss.open(path).text
    boss.open(f"{path}/money")
    wrong = boss.send(f"{path}/money", kind="donated", amount="十", received_on="2020-01-05")
    assert wrong.status_code == 422
    boss.open(f"{path}/money")
    typed = {
        "kind": "donated",
        "amount": "1200.5",
        "received_on": "2020-01-05",
        "donor": "丰收粮油店",
    }
    assert boss.send(f"{path}/money", **typed).status_code == 200
    page = boss.open(f"{path}/money").text
    assert "1200.5" in page
    assert "丰收粮油店" in page
    [line] = (
        bank.as_("auditor").get(f"/supermarkets/{bank.supermarket_id}/contributions").json["items"]
    )
    back = f"{path}/money/{line['id']}/back"
    assert boss.send(back).status_code == 422
    boss.open(f"{path}/money")
    assert boss.send(back, reason="多写了一个零").status_code == 200
    page = boss.open(f"{path}/money").text
    assert "−1200.5" in page
    assert "已冲回" in page
    assert "写错了" not in page
    auditor = visit(bank, "auditor")
    assert "记一笔" not in auditor.open(f"{path}/money").text


def test_a_worker_counts_but_changes_nothing(bank: Bank) -> None:
    worker = visit(bank, "worker")
    page = worker.open(f"/staff/goods/{bank.rice}").text
    assert "收货或报损" not in page
    path = f"/staff/goods/{bank.rice}/movements"
    worker.open(f"/staff/shops/{bank.supermarket_id}/count")
    refused = worker.post(path, reason="received", quantity="5")
    assert refused.status_code == 403


def test_a_terminal_is_set_up_shown_once_and_ended(bank: Bank) -> None:
    boss = visit(bank, "supervisor")
    path = f"/staff/shops/{bank.supermarket_id}/terminals"
    assert "till" in boss.open(path).text
    nameless = boss.send(path, name="")
    assert nameless.status_code == 422
    boss.open(path)
    made = boss.send(path, name="前台手机")
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    [token] = re.findall(r'<b class="digest">([\w-]{43})</b>', made.text)
    phone = bank.app.test_client()
    bearer = {"Authorization": f"Bearer {token}"}
    assert phone.get("/api/v1/goods", headers=bearer).status_code == 200
    assert token not in boss.open(path).text
    listed = bank.as_("supervisor").get(f"/terminals?supermarket_id={bank.supermarket_id}").json
    newest = listed["items"][0]
    assert (newest["name"], newest["status"]) == ("前台手机", "active")
    assert "token" not in newest
    assert boss.send(f"{path}/{newest['id']}/end").status_code == 200
    assert "已停用" in boss.open(path).text
    assert phone.get("/api/v1/goods", headers=bearer).status_code == 401


def test_a_terminal_sent_twice_is_one_and_its_token_is_kept_nowhere(bank: Bank) -> None:
    boss = visit(bank, "supervisor")
    path = f"/staff/shops/{bank.supermarket_id}/terminals"
    boss.open(path)
    before = len(bank.as_("supervisor").get("/terminals").json["items"])
    form = {"name": "二维码", "idempotency_key": "twice"}
    first = boss.send(path, **form)
    [token] = re.findall(r'<b class="digest">([\w-]{43})</b>', first.text)
    again = boss.send(path, **form)
    assert again.status_code == 200
    assert "这台已经建过了" in again.text
    assert len(bank.as_("supervisor").get("/terminals").json["items"]) == before + 1
    with bank.inside():
        kept = session().execute(select(IdempotencyKey.answer)).scalars().all()
    assert not any(token in str(body) for body in kept)


def test_terminals_are_a_supervisor_s(bank: Bank) -> None:
    path = f"/staff/shops/{bank.supermarket_id}/terminals"
    assert visit(bank, "worker").open(path).status_code == 403
    assert bank.as_("worker").get("/terminals").status_code == 403
    assert bank.as_("till").get("/terminals").status_code == 403
    unknown = bank.as_("supervisor").get(f"/terminals?supermarket_id={bank.community_id}")
    assert unknown.status_code == 404
    there = f"/terminals?supermarket_id={bank.other_supermarket_id}"
    assert [one["name"] for one in bank.as_("admin").get(there).json["items"]] == ["far_till"]


def test_what_runs_low_stands_on_the_day_s_page(bank: Bank) -> None:
    supervisor = bank.as_("supervisor")
    worker = visit(bank, "worker")
    assert "该进货的" not in worker.open("/staff").text
    path = f"/goods/{bank.soap}"
    assert supervisor.patch(path, {"reorder_level": 199}).status_code == 200
    assert "该进货的" not in worker.open("/staff").text
    assert supervisor.patch(path, {"reorder_level": 200}).status_code == 200
    page = worker.open("/staff").text
    assert "该进货的" in page
    assert "只剩 200 " in page
    assert f"/staff/shops/{bank.supermarket_id}" in page
    # Not theirs to order for.
    assert "该进货的" not in visit(bank, "neighbour").open("/staff").text
