"""System accounts: nothing of theirs is stored, and their balance is exact at any moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from moralbank import ledger
from moralbank.core.db import db
from moralbank.core.transaction import transact
from moralbank.ledger import ISSUANCE
from moralbank.ledger.models import Account, RollUp
from tests.ledger.books import post, post_many, posting

SHOP = "supermarket:店"


@pytest.fixture
def book(app: Flask) -> Iterator[None]:
    """A wallet of 甲 with 100 points."""
    with app.app_context():
        transact(lambda: ledger.open_wallets(["甲"]))
        post(posting(ISSUANCE, "甲", 10_000, key="start"))
        yield
        db.session.rollback()
        verdict = ledger.verify()
        assert verdict.sound, verdict.faults


pytestmark = pytest.mark.usefixtures("book")


def test_an_account_that_nothing_was_posted_to_has_nothing() -> None:
    assert ledger.system_balance(SHOP, "points") == 0
    assert ledger.system_balance(ISSUANCE, "merit") == 0


def test_a_balance_is_the_same_before_and_after_a_roll_up() -> None:
    balance = 0
    for place in range(3):
        for number in range(4):
            post(posting("甲", SHOP, 10 + number, key=f"k{place}/{number}"))
            balance += 10 + number
        assert ledger.system_balance(SHOP, "points") == balance
        assert transact(ledger.roll_up) == transact(ledger.roll_up) == 2
        assert ledger.system_balance(SHOP, "points") == balance
        assert ledger.system_balance(ISSUANCE, "points") == -10_000
    assert db.session.scalars(select(RollUp.balance).order_by(RollUp.balance)).all() == [
        -10_000,
        balance,
    ]


def test_what_comes_back_after_a_roll_up_is_counted() -> None:
    [sold] = post(posting("甲", SHOP, 700, key="s", kind="redemption"))
    transact(ledger.roll_up)
    post(ledger.reversal_of(sold.id, key="back", reason="拿错了"))
    post_many([posting("甲", SHOP, 5, key=f"b{place}") for place in range(3)])
    assert ledger.system_balance(SHOP, "points") == 15
    transact(ledger.roll_up)
    assert ledger.system_balance(SHOP, "points") == 15


def test_system_accounts_store_nothing() -> None:
    post(posting("甲", SHOP, 700, key="s", kind="redemption"))
    stored = db.session.execute(
        select(Account.balance, Account.held, Account.version).where(~Account.wallet)
    ).all()
    assert [tuple(row) for row in stored] == [(0, 0, 0)] * 2
