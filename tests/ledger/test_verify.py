"""Nobody can change the book unseen: the database refuses, and what got past it is found."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from moralbank import ledger
from moralbank.core import append_only
from moralbank.core.db import db
from tests.cast import Bank
from tests.core.examples import done_event

PROTECTED = ("transfers", "audit_entries", "event_changes")


def sql(statement: str, **values: Any) -> None:
    db.session.rollback()  # whatever was read before must not hold the table
    engine = db.engine.execution_options(moralbank_writes=True)
    with engine.begin() as connection:
        connection.execute(text(statement), values)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Walk the book in many parts, as a large one is."""
    monkeypatch.setattr(sys.modules["moralbank.ledger.verify"], "AT_ONCE", 2)


@pytest.fixture
def rated(bank: Bank) -> str:
    """A bank with an errand that was rated; returns its id."""
    number = done_event(bank)
    body = {"stars": 5, "channel": "phone"}
    answer = bank.as_("worker").post(f"/service-events/{number}/rating", body)
    assert answer.status_code == 200, answer.text
    assert answer.json["awards"][0]["points"] != "0"
    bank.buy({bank.soap: 2})
    return number


@pytest.mark.usefixtures("rated")
def test_the_database_refuses_to_change_what_was_written(bank: Bank) -> None:
    with bank.inside():
        verbs = ["DELETE FROM {}", "UPDATE {} SET id = id"]
        if db.engine.dialect.name == "postgresql":
            verbs.append("TRUNCATE {} CASCADE")
        else:
            verbs.append("INSERT OR REPLACE INTO {0} SELECT * FROM {0}")
        for table in PROTECTED:
            count = text(f"SELECT count(*) FROM {table}")
            before = db.session.scalar(count)
            assert before
            for verb in verbs:
                with pytest.raises(DBAPIError, match="append-only"):
                    sql(verb.format(table))
            assert db.session.scalar(count) == before


def test_the_database_refuses_a_balance_below_the_floor(bank: Bank) -> None:
    bank.buy({bank.soap: 1})
    with bank.inside():
        for statement in (
            "UPDATE accounts SET balance = -1 WHERE wallet",
            "UPDATE accounts SET held = balance + 1 WHERE wallet",
            "UPDATE accounts SET balance = 5 WHERE NOT wallet",
        ):
            with pytest.raises(DBAPIError, match="(?i)check"):
                sql(statement)


LAST = "(SELECT max(id) FROM transfers WHERE kind = 'redemption')"
COPY = (
    "INSERT INTO transfers (key, journal, kind, asset, payer_id, payee_id, amount, posted_at,"
    " effective_at, reason, source_type, source_id, rulebook_version, reverses_id,"
    " payer_balance, payer_version, payee_balance, payee_version)"
    " SELECT 'forged', journal, {kind}, asset, {sides}, amount, posted_at, effective_at, reason,"
    " source_type, source_id, rulebook_version, {reverses}, {running}"
    " FROM transfers WHERE id = {id}"
)
MATCH = (
    "UPDATE accounts SET version = version + 1, balance = balance +"
    " (SELECT amount FROM transfers WHERE key = 'forged')"
    " WHERE id = (SELECT payee_id FROM transfers WHERE key = 'forged')"
)
FORGERIES: dict[str, tuple[list[str], str]] = {
    "an amount": (
        [f"UPDATE transfers SET amount = amount + 100 WHERE id = {LAST}"],
        "running balance",
    ),
    "an amount of another asset": (
        ["UPDATE transfers SET amount = amount + 1 WHERE asset = 'minutes'"],
        "running balance",
    ),
    "an amount that no sum can hold": (
        [f"UPDATE transfers SET amount = {2**63 - 1} WHERE asset = 'points'"],
        "no more than any book takes",
    ),
    "a balance that no sum can hold": (
        [f"UPDATE accounts SET balance = {2**63 - 1}, held = 0, floor = -{2**62} WHERE wallet"],
        "no more than any book takes",
    ),
    "a row taken out of the middle": (
        ["DELETE FROM transfers WHERE id = (SELECT min(id) FROM transfers WHERE asset = 'points')"],
        "no row is missing",
    ),
    "the last row taken out": (
        ["DELETE FROM transfers WHERE id = (SELECT max(id) FROM transfers WHERE asset = 'merit')"],
        "stored balance",
    ),
    "a running balance": (
        [f"UPDATE transfers SET payer_balance = payer_balance - 1 WHERE id = {LAST}"],
        "running balance",
    ),
    "no running balance": (
        [f"UPDATE transfers SET payer_balance = NULL WHERE id = {LAST}"],
        "running balance",
    ),
    "a running balance of a system account": (
        [f"UPDATE transfers SET payee_balance = 77 WHERE id = {LAST}"],
        "between two accounts",
    ),
    "a wallet with a number below one": (
        [
            """
            INSERT INTO accounts
                (id, holder, asset, wallet, balance, held, version, floor, moved_at)
            SELECT -1, 'volunteer:nobody', asset, wallet, 100000, 0, 0, 0, moved_at
            FROM accounts WHERE asset = 'points' AND wallet LIMIT 1
            """
        ],
        "stored balance",
    ),
    "a floor": (
        ["UPDATE accounts SET floor = -100000 WHERE asset = 'points' AND wallet"],
        "below its floor",
    ),
    "a stored balance": (
        ["UPDATE accounts SET balance = balance + 100000 WHERE asset = 'points' AND wallet"],
        "stored balance",
    ),
    "a stored version": (
        ["UPDATE accounts SET version = version + 1 WHERE asset = 'merit' AND wallet"],
        "stored version",
    ),
    "a balance with rows to match, awarded twice": (
        [
            COPY.format(
                kind="kind", sides="payer_id, payee_id", reverses="NULL",
                running="NULL, NULL, payee_balance + amount, payee_version + 1",
                id="(SELECT max(id) FROM transfers WHERE kind = 'award' AND asset = 'merit')",
            ),
            MATCH,
        ],
        "awarded once",
    ),
    "a reversal that takes back something else": (
        [
            COPY.format(
                kind="'reversal'", sides="payer_id, payee_id", reverses="id",
                running="NULL, NULL, payee_balance + amount, payee_version + 1",
                id="(SELECT max(id) FROM transfers WHERE kind = 'award' AND asset = 'merit')",
            )
        ],
        "a reversal takes back",
    ),
    "an account of another asset": (
        [
            f"UPDATE transfers SET asset = 'minutes' WHERE id = {LAST}",
        ],
        "of its asset",
    ),
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.usefixtures("rated")
def test_a_forgery_is_found(bank: Bank, runner: FlaskCliRunner, forgery: str) -> None:
    statements, invariant = FORGERIES[forgery]
    with bank.inside():
        assert ledger.verify().sound
        for statement in append_only.unprotect("transfers", db.engine.dialect.name):
            sql(statement)
        for statement in statements:
            sql(statement)
        verdict = ledger.verify()
        assert not verdict.sound
        assert any(invariant in fault.invariant for fault in verdict.faults), verdict.faults
    told = runner.invoke(args=["ledger", "verify"])
    assert told.exit_code == 1
    assert invariant in told.stderr


def test_a_sound_book_is_said_to_be_sound(bank: Bank, rated: str, runner: FlaskCliRunner) -> None:
    told = runner.invoke(args=["ledger", "verify"])
    assert (told.exit_code, told.stderr) == (0, "")
    assert told.stdout.startswith("sound: ")


def test_a_wallet_that_gained_without_a_transfer_unbalances_the_book(bank: Bank) -> None:
    auditor = bank.as_("auditor")
    assert auditor.get("/ledger/trial-balance").json["balanced"]
    with bank.inside():
        sql("UPDATE accounts SET balance = balance + 1 WHERE asset = 'points' AND wallet")
    assert not auditor.get("/ledger/trial-balance").json["balanced"]
