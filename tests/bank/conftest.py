"""The shared cast, ready to be served and killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bank.served import Served
from tests.cast import Bank, Member, bank
from tests.databases import close_connections

__all__ = ["bank", "served"]

STOCK = 50_000
FIRST_POINTS = "200"
FULL_NAME = "钱新春"


@pytest.fixture
def served(bank: Bank, database_uri: str, tmp_path: Path) -> Iterator[Served]:
    """The bank with its cast and full shelves, ready to be served; no process outlives the test."""
    for number in (bank.soap, _more_goods(bank)):
        body = {"quantity": STOCK, "reason": "received"}
        got = bank.as_("supervisor").post(f"/goods/{number}/stock-movements", body)
        assert got.status_code == 201, got.text
    for place, name in enumerate(("qian", "sun")):
        bank.members[name] = _open_account(bank, name, f"1390000001{place}")
    close_connections(bank.app)  # so that the server finds the database as after a night
    with Served(database_uri, tmp_path / "server.log") as made:
        yield made


def _more_goods(bank: Bank) -> str:
    body = {
        "supermarket_id": bank.supermarket_id, "sku": "T-1", "name": "毛巾", "unit": "条",
        "price": "1.5", "stock": 0,
    }  # fmt: skip
    made = bank.as_("supervisor").post("/goods", body)
    assert made.status_code == 201, made.text
    number: str = made.json["id"]
    return number


def _open_account(bank: Bank, name: str, phone: str) -> Member:
    """Open an account with a card and some points, and sign its holder in, all over the API."""
    pin = "8642"
    body = {
        "name": FULL_NAME, "phone": phone, "community_id": bank.community_id,
        "station_id": bank.station_id, "publish_consent": False,
    }  # fmt: skip
    worker, supervisor = bank.as_("worker"), bank.as_("supervisor")
    opened = worker.post("/volunteers", body).json
    card = worker.post(f"/volunteers/{opened['id']}/cards", {"pin": pin}).json
    gift = {"volunteer_id": opened["id"], "asset": "points", "amount": FIRST_POINTS, "reason": "开"}
    assert supervisor.post("/adjustments", gift).status_code == 201
    token = bank.as_("public").post("/tokens", {"card_code": card["code"], "pin": pin})
    bank.tokens[name], bank.ids[name] = token.json["access_token"], opened["id"]
    return Member(
        opened["id"], FULL_NAME, opened["account_no"], phone, card["code"], pin, card["id"]
    )
