"""What the clients were told, held against what the bank has on its books."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import text

from moralbank import ledger
from moralbank.core.db import db
from moralbank.core.quantities import parse_points
from tests.bank.clients import Client, Request, Told
from tests.cast import Bank


class Recorded:
    """What the bank's tables hold, read past the API."""

    def __init__(self, bank: Bank) -> None:
        self.ids = {
            "redemption": column(bank, "SELECT id FROM redemptions"),
            "void": column(bank, "SELECT id FROM redemptions WHERE status = 'voided'"),
            "adjustment": column(bank, "SELECT id FROM adjustments WHERE status = 'posted'"),
            "donation": column(bank, "SELECT id FROM donations"),
        }
        self.transfers = len(column(bank, "SELECT id FROM transfers"))
        with bank.inside():
            self.points = {
                holder: balance.available
                for holder, balance in ledger.points_of(_wallets(bank)).items()
            }
            db.session.rollback()
        goods = bank.as_("admin").get("/goods").json["items"]
        self.stock = {item["id"]: item["stock"] for item in goods}


def _wallets(bank: Bank) -> list[str]:
    return [f"volunteer:{member.id}" for member in bank.members.values()]


def column(bank: Bank, sql: str) -> Counter[str]:
    with bank.inside(), db.engine.connect() as connection:
        return Counter(connection.scalars(text(sql)))


def none_or_once(bank: Bank, crowd: list[Client], still_open: list[Request]) -> None:
    """Before anything is settled: each acknowledged redemption is there once with its id, each
    open one none or once, and nothing else."""
    with bank.inside(), db.engine.connect() as connection:
        rows = (
            connection.execute(text("SELECT idempotency_key, id FROM redemptions")).tuples().all()
        )
    there = dict(rows)
    assert len(there) == len(rows)
    acknowledged = {
        request.key: told.json["id"]
        for client in crowd
        for request, told in client.acknowledged
        if request.kind == "redemption"
    }
    assert acknowledged.items() <= there.items()
    assert there.keys() - acknowledged.keys() <= {request.key for request in still_open}


def agree(bank: Bank, before: Recorded, crowd: list[Client]) -> None:
    """When every request has its answer, the bank holds exactly what was acknowledged."""
    after = Recorded(bank)
    acknowledged = [pair for client in crowd for pair in client.acknowledged]
    for kind, ids in after.ids.items():
        told_ids = [told.json["id"] for request, told in acknowledged if request.kind == kind]
        assert ids - before.ids[kind] == Counter(told_ids), kind
    assert after.transfers - before.transfers == len(acknowledged)

    points, stock = dict(before.points), dict(before.stock)
    for request, told in acknowledged:
        _apply(request, told, bank.ids, points, stock)
    assert after.points == points
    assert after.stock == stock

    moved = "SELECT goods_id, SUM(quantity) FROM stock_movements GROUP BY goods_id"
    with bank.inside():
        sums = {number: int(total) for number, total in db.session.execute(text(moved)).tuples()}
        assert {number: left for number, left in after.stock.items() if left} == {
            number: total for number, total in sums.items() if total
        }
        faults = ledger.verify().faults
        assert faults == [], faults
        assert ledger.trial_balance().balanced


def _apply(
    request: Request,
    told: Told,
    ids: dict[str, str],
    points: dict[str, int],
    stock: dict[str, int],
) -> None:
    """Book one acknowledged request in a plain copy of the wallets and the shelves."""
    answer = told.json
    if request.kind == "adjustment":
        points[f"volunteer:{answer['volunteer_id']}"] += parse_points(answer["amount"])
    elif request.kind == "donation":
        points[f"volunteer:{ids[request.who]}"] -= parse_points(answer["points"])
        points[f"volunteer:{answer['to_volunteer_id']}"] += parse_points(answer["points"])
    else:
        sign = -1 if request.kind == "redemption" else 1
        points[f"volunteer:{answer['volunteer_id']}"] += sign * parse_points(answer["points"])
        for line in answer["lines"]:
            stock[line["goods_id"]] += sign * line["quantity"]
