"""The three books of a supermarket: points redeemed, goods out, goods and money in."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdfium2 import PdfDocument
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from moralbank.core import clock
from moralbank.core.append_only import unprotect
from moralbank.core.db import db, session
from moralbank.core.transaction import transact
from moralbank.market.books.rules import Receipt, Shelf, disagreements
from tests.cast import Bank
from tests.core.problems import problem


def month(bank: Bank) -> str:
    with bank.inside():
        return f"{clock.today():%Y-%m}"


def books(bank: Bank, who: str = "auditor", period: str | None = None) -> dict[str, Any]:
    path = f"/supermarkets/{bank.supermarket_id}/books?period={period or month(bank)}"
    found = bank.as_(who).get(path)
    assert found.status_code == 200, found.text
    result: dict[str, Any] = found.json
    return result


def line(bank: Bank, goods_id: str) -> dict[str, Any]:
    return next(one for one in books(bank)["goods"] if one["goods_id"] == goods_id)


def a_month(bank: Bank) -> None:
    """By hand, of soap at 0.5 points and 2 yuan: 200 were there, 10 given (3 yuan each), 5 bought
    (2.5 each), 1 broken, 2 missing; 4 went out and 1 of them came back."""
    supervisor = bank.as_("supervisor")
    assert supervisor.patch(f"/goods/{bank.soap}", {"cost": "2"}).status_code == 200
    path = f"/goods/{bank.soap}/stock-movements"
    for sent in (
        {"quantity": 10, "reason": "received", "donor": "丰收粮油店", "cost": "3"},
        {"quantity": 5, "reason": "received", "invoice": "A-1", "cost": "2.5"},
        {"quantity": -1, "reason": "damaged", "note": "压碎"},
    ):
        assert supervisor.post(path, sent).status_code == 201
    counted = bank.as_("till").post(f"/goods/{bank.soap}/counts", {"counted": 212}).json["id"]
    approved = supervisor.post(f"{path}/{counted}/approval", {"reason": "找不到了"})
    assert approved.status_code == 200, approved.text
    assert bank.buy({bank.soap: 3}).status_code == 201
    back = bank.buy({bank.soap: 1}).json["id"]
    void = supervisor.post(f"/redemptions/{back}/void", {"reason": "拿错了"})
    assert void.status_code == 200


def test_a_month_of_soap(bank: Bank) -> None:
    a_month(bank)
    found = books(bank)
    assert (found["receipts"], found["voided"]) == (2, 1)
    assert (found["redeemed"], found["given_back"]) == ("2", "0.5")
    assert (found["agree"], found["faults"]) == (True, [])
    soap = line(bank, bank.soap)
    names = ("opening", "donated", "bought", "moved", "damaged", "counted", "out", "closing")
    # What was on the shelf at first counts as bought this month: that is when it was put there.
    assert [soap[name] for name in names] == [0, 10, 205, 0, -1, -2, 3, 209]
    assert soap["closing"] == bank.stock(bank.soap)
    assert (soap["points"], soap["cost"], soap["donated_worth"]) == ("1.5", "6", "30")
    # Nobody had said what the 200 cost when they came.
    assert soap["bought_worth"] is None


def test_another_month_has_nothing_of_it_and_begins_where_this_one_ended(bank: Bank) -> None:
    a_month(bank)
    found = books(bank, period="2025-01")
    assert (found["receipts"], found["redeemed"], found["agree"]) == (0, "0", True)
    path = f"/supermarkets/{bank.supermarket_id}/books"
    for wrong in ("2026-13", "lifetime-2026", "x", "2099"):
        refused = bank.as_("auditor").get(f"{path}?period={wrong}")
        assert set(problem(refused, 422)["errors"]) == {"period"}
    problem(bank.as_("auditor").get(f"/supermarkets/none/books?period={month(bank)}"), 404)
    problem(bank.as_("li").get(f"{path}?period={month(bank)}"), 403)


def test_money_that_came_is_taken_back_by_another_line_once(bank: Bank) -> None:
    supervisor, path = bank.as_("supervisor"), f"/supermarkets/{bank.supermarket_id}/contributions"
    with bank.inside():
        today = clock.today().isoformat()
    sent = {"kind": "donated", "amount": "500", "received_on": today, "donor": "丰收粮油店"}
    made = supervisor.post(path, sent)
    assert made.status_code == 201, made.text
    assert supervisor.post(path, {**sent, "kind": "allotted", "amount": "80.5"}).status_code == 201
    assert books(bank)["money"] == {"donated": "500", "allotted": "80.5"}
    wrong = f"{path}/{made.json['id']}/correction"
    taken = supervisor.post(wrong, {"reason": "记重了"})
    assert (taken.status_code, taken.json["amount"]) == (201, "-500")
    assert problem(supervisor.post(wrong, {"reason": "再记"}), 409)["code"] == "already_corrected"
    problem(supervisor.post(f"{path}/{taken.json['id']}/correction", {"reason": "x"}), 404)
    assert books(bank)["money"] == {"donated": "0", "allotted": "80.5"}
    listed = bank.as_("auditor").get(path).json["items"]
    assert [one["amount"] for one in listed] == ["-500", "80.5", "500"]
    later = {**sent, "received_on": "2030-01-01"}
    assert set(problem(supervisor.post(path, later), 422)["errors"]) == {"received_on"}
    problem(bank.as_("worker").post(path, sent), 403)


FORGED = {
    "points": ("redemptions", "UPDATE redemptions SET points = points + 100 WHERE id = :id"),
    "line": (
        "redemption_lines",
        "UPDATE redemption_lines SET quantity = 9 WHERE redemption_id = :id",
    ),
    "void": (
        "redemptions",
        "UPDATE redemptions SET status = 'voided', voided_at = occurred_at WHERE id = :id",
    ),
    "movement": (
        "stock_movements",
        "UPDATE stock_movements SET quantity = -1 WHERE source_id = :id",
    ),
    "transfer": ("transfers", "UPDATE transfers SET amount = amount + 5 WHERE source_id = :id"),
    "shelf": ("goods", "UPDATE goods SET stock = stock + 1 WHERE name = '肥皂' AND :id <> ''"),
    "gone": ("stock_movements", "DELETE FROM stock_movements WHERE source_id = :id"),
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_row_of_any_book_is_named(bank: Bank, forged: str) -> None:
    made = bank.buy({bank.soap: 3}).json
    assert books(bank)["agree"] is True
    table, statement = FORGED[forged]

    def forge() -> None:
        for drop in unprotect(table, db.engine.dialect.name):
            session().execute(text(drop))
        session().execute(text(statement), {"id": made["id"]})

    with bank.inside():
        transact(forge)
    found = books(bank)
    assert found["agree"] is False
    said = " ".join(found["faults"])
    assert made["receipt_no"] in said or "肥皂" in said


def test_the_settlement_sheet_is_a_spreadsheet_and_a_paper(bank: Bank) -> None:
    a_month(bank)
    bank.as_("supervisor").patch(f"/goods/{bank.soap}", {"name": "=1+1"})
    path = f"/api/v1/supermarkets/{bank.supermarket_id}/books"
    client = bank.app.test_client()
    headers = {"Authorization": f"Bearer {bank.as_('auditor').token}"}
    got = client.get(f"{path}.xlsx?period={month(bank)}", headers=headers)
    assert got.status_code == 200
    book = CalamineWorkbook.from_filelike(BytesIO(got.data))
    rows: list[Any] = book.get_sheet_by_index(0).to_python()
    [head] = [row for row in rows if row[0] == "货号"]
    [soap] = [row for row in rows if row[1] == "=1+1"]
    assert dict(zip(head, soap, strict=True))["兑出"] == 3
    assert dict(zip(head, soap, strict=True))["成本（元）"] == 6
    above = {row[0]: [cell for cell in row[1:] if cell != ""] for row in rows[: rows.index(head)]}
    assert above["净兑换"] == [1.5, "分"]
    assert above["三本账"] == ["积分、小票、货架一致"]
    assert above["收到的钱减购进"] == ["有的购进没有记价"]
    [total] = [row for row in rows if row[0] == "合计"]
    assert dict(zip(head, total, strict=True))["积分"] == 1.5
    paper = client.get(f"{path}.pdf?period={month(bank)}", headers=headers)
    assert (paper.status_code, paper.data[:5]) == (200, b"%PDF-")


@pytest.mark.engine("sqlite")
def test_nobody_signs_a_page_without_the_totals(bank: Bank) -> None:
    client, supervisor = bank.app.test_client(), bank.as_("supervisor")
    path = f"/api/v1/supermarkets/{bank.supermarket_id}/books.pdf?period={month(bank)}"
    headers = {"Authorization": f"Bearer {bank.tokens['auditor']}"}
    pages = set()
    # About here the page is full.
    for place in range(30):
        body = {"supermarket_id": bank.supermarket_id, "sku": f"X-{place}", "name": "毛巾",
                "unit": "条", "price": "1", "stock": 1}  # fmt: skip
        assert supervisor.post("/goods", body).status_code == 201
        if place < 12:
            continue
        sheet = PdfDocument(client.get(path, headers=headers).data)
        pages.add(len(sheet))
        last = sheet[len(sheet) - 1].get_textpage().get_text_range()
        assert "合计" in last
        assert "拨款单位" in last
    assert pages == {1, 2}


quantities = st.dictionaries(st.sampled_from("rs"), st.integers(1, 5), min_size=1)
receipts_drawn = st.lists(
    st.tuples(quantities, st.integers(1, 900), st.booleans()), min_size=1, max_size=6
)


@given(receipts_drawn, st.data())
def test_books_that_agree_are_silent_and_any_one_figure_changed_is_said(
    drawn: list[tuple[dict[str, int], int, bool]], data: st.DataObject
) -> None:
    receipts = [
        Receipt(str(place), f"R{place}", points, points, goods, voided)
        for place, (goods, points, voided) in enumerate(drawn)
    ]
    points = {one.id: 0 if one.voided else one.points for one in receipts}
    goods = {
        (one.id, number): 0 if one.voided else many
        for one in receipts
        for number, many in one.goods.items()
    }
    shelves = [Shelf("r", 4, 4, 4), Shelf("s", 0, 0, 0)]

    def said(**changed: Any) -> list[str]:
        books: dict[str, Any] = {"points": points, "goods": goods, "shelves": shelves}
        return [str(one) for one in disagreements(receipts, names={}, **(books | changed))]

    assert said() == []
    by = data.draw(st.integers(-3, 3).filter(bool))
    one = data.draw(st.sampled_from(sorted(points)))
    assert len(said(points={**points, one: points[one] + by})) == 1
    thing = data.draw(st.sampled_from(sorted(goods)))
    assert len(said(goods={**goods, thing: goods[thing] + by})) == 1
    assert len(said(shelves=[Shelf("r", 4, 4, 4 + by)])) == 1
    assert len(said(points={**points, "nowhere": by})) == 1


def test_a_later_cost_changes_no_month_that_is_over(bank: Bank) -> None:
    """What came costs what the goods were said to cost then; what nobody knew stays blank."""
    supervisor = bank.as_("supervisor")
    made = {"supermarket_id": bank.supermarket_id, "sku": "C-1", "name": "面条", "unit": "把",
            "price": "3", "stock": 4, "cost": "2.5"}  # fmt: skip
    noodles = supervisor.post("/goods", made).json["id"]
    assert line(bank, noodles)["bought_worth"] == "10"
    assert supervisor.patch(f"/goods/{noodles}", {"cost": "9"}).status_code == 200
    assert line(bank, noodles)["bought_worth"] == "10"
    assert line(bank, bank.rice)["bought_worth"] is None
    assert supervisor.patch(f"/goods/{bank.rice}", {"cost": "20"}).status_code == 200
    assert line(bank, bank.rice)["bought_worth"] is None
