"""The close of day: a blind count of receipts, each redemption in one closing."""

from __future__ import annotations

from typing import Any

from tests.cast import Answer, Bank, together
from tests.core.problems import problem
from tests.desk.visitor import visit


def redeem(bank: Bank, who: str = "till", quantity: int = 1) -> Any:
    body = {
        "code": bank.li.code,
        "pin": bank.li.pin,
        "lines": [{"goods_id": bank.soap, "quantity": quantity}],
    }
    answer = bank.as_(who).post("/redemptions", body)
    assert answer.status_code == 201, answer.text
    return answer.json


def close(bank: Bank, counted: int, who: str = "till", **more: Any) -> Answer:
    return bank.as_(who).post("/terminal-closings", {"counted": counted, **more})


def test_a_count_that_fits_closes_the_day_and_the_next_begins(bank: Bank) -> None:
    redeem(bank)
    voided = redeem(bank, quantity=2)
    redeem(bank, "second_till")
    back = f"/redemptions/{voided['id']}/void"
    assert bank.as_("supervisor").post(back, {"reason": "拿错了"}).status_code == 200
    made = close(bank, 2)
    assert made.status_code == 201, made.text
    told = made.json
    assert (told["receipts"], told["voided"], told["counted"]) == (2, 1, 2)
    assert (told["points"], told["reason"]) == ("0.5", None)
    problem(close(bank, 0), 409, "wrong_state")
    redeem(bank)
    assert close(bank, 1).json["receipts"] == 1
    assert close(bank, 1, "second_till").json["receipts"] == 1
    shown = bank.as_("worker").get(f"/terminal-closings?supermarket_id={bank.supermarket_id}").json
    assert [one["receipts"] for one in shown["items"]] == [1, 1, 2]


def test_another_count_needs_a_reason_and_is_not_told_the_number(bank: Bank) -> None:
    redeem(bank)
    refused = problem(close(bank, 7), 422)
    assert list(refused["errors"]) == ["reason"]
    assert "1" not in refused["errors"]["reason"][0]
    told = close(bank, 7, reason="上一班留下六张").json
    assert (told["receipts"], told["counted"], told["reason"]) == (1, 7, "上一班留下六张")


def test_many_closings_at_once_take_each_redemption_once(bank: Bank) -> None:
    for _time in range(3):
        redeem(bank)
    answers = together([lambda: close(bank, 3)] * 4)
    assert sorted(one.status_code for one in answers) == [201, 422, 422, 422]


def test_redemptions_while_the_day_is_closed_are_lost_to_none(bank: Bank) -> None:
    def sell() -> int:
        redeem(bank)
        return 0

    def shut() -> int:
        answer = close(bank, 99, reason="对一下")
        return int(answer.json["receipts"]) if answer.status_code == 201 else 0

    counted = sum(together([sell, shut, sell, shut, sell, shut]))
    rest = close(bank, 99, reason="对一下").json["receipts"]
    assert counted + rest == 3


def test_a_closing_is_a_terminal_s_to_make_and_the_staff_s_to_read(bank: Bank) -> None:
    path = f"/terminal-closings?supermarket_id={bank.supermarket_id}"
    problem(close(bank, 1, "supervisor"), 403, "forbidden")
    problem(bank.as_("till").get(path), 403, "forbidden")
    problem(bank.as_("neighbour").get(path), 404)
    assert list(problem(close(bank, -1), 422)["errors"]) == ["counted"]


def test_the_clerk_closes_on_a_page_and_the_supervisor_reads_it(bank: Bank) -> None:
    redeem(bank)
    clerk = bank.app.test_client()
    with clerk.session_transaction() as kept:
        kept["terminal"] = bank.tokens["till"]
    counter = type(visit(bank))(clerk)
    counter.open("/terminal/today")
    assert "/terminal/closing" in counter.page.text
    counter.open("/terminal/closing")
    counter.send("/terminal/closing", counted="2")
    assert set(counter.errors) == {"reason"}
    counter.send("/terminal/closing", counted="2", reason="多打了一张")
    assert "已日结，张数不一样" in counter.page.text
    assert "几张" in counter.open("/terminal/closing").text
    page = visit(bank, "supervisor").open(f"/staff/shops/{bank.supermarket_id}/terminals").text
    assert "账上 1 笔（撤销 0 笔），清点 2 张" in page
    assert "多打了一张" in page
