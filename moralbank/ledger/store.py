"""One posting in one statement, past the ORM: the counter's hot path.

What stands here is only quick: it makes a transfer between a wallet and a system account when
everything is as it should be, and otherwise does nothing and returns None. Then `book` goes the
long way, which opens accounts, replays, and says what is wrong.

The condition on the floor is the statement's own: nothing is read first and written later.
"""

from datetime import UTC, datetime
from typing import Any

from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.ledger.postings import Posted, Posting, is_system

_POSTGRESQL_PAY = """
WITH moved AS (
    UPDATE accounts
    SET balance = balance - %(amount)s, version = version + 1,
        moved_at = GREATEST(moved_at, %(posted_at)s)
    WHERE holder = %(payer)s AND asset = %(asset)s AND wallet
        AND balance - held - %(amount)s >= floor
        AND NOT EXISTS (SELECT 1 FROM transfers WHERE key = %(key)s)
        AND EXISTS (SELECT 1 FROM accounts
                    WHERE holder = %(payee)s AND asset = %(asset)s AND NOT wallet)
    RETURNING id, balance, version, moved_at
)
INSERT INTO transfers (
    key, journal, kind, asset, payer_id, payee_id, amount, posted_at, effective_at, reason,
    source_type, source_id, rulebook_version, reverses_id, payer_balance, payer_version
)
SELECT %(key)s, %(journal)s, %(kind)s, %(asset)s, moved.id, other.id, %(amount)s,
    moved.moved_at, %(effective_at)s, %(reason)s, %(source_type)s, %(source_id)s,
    %(rulebook_version)s, %(reverses)s, moved.balance, moved.version
FROM moved, accounts AS other
WHERE other.holder = %(payee)s AND other.asset = %(asset)s
RETURNING id, payer_balance, payee_balance
"""
_POSTGRESQL_RECEIVE = """
WITH moved AS (
    UPDATE accounts
    SET balance = balance + %(amount)s, version = version + 1,
        moved_at = GREATEST(moved_at, %(posted_at)s)
    WHERE holder = %(payee)s AND asset = %(asset)s AND wallet
        AND NOT EXISTS (SELECT 1 FROM transfers WHERE key = %(key)s)
        AND EXISTS (SELECT 1 FROM accounts
                    WHERE holder = %(payer)s AND asset = %(asset)s AND NOT wallet)
    RETURNING id, balance, version, moved_at
)
INSERT INTO transfers (
    key, journal, kind, asset, payer_id, payee_id, amount, posted_at, effective_at, reason,
    source_type, source_id, rulebook_version, reverses_id, payee_balance, payee_version
)
SELECT %(key)s, %(journal)s, %(kind)s, %(asset)s, other.id, moved.id, %(amount)s,
    moved.moved_at, %(effective_at)s, %(reason)s, %(source_type)s, %(source_id)s,
    %(rulebook_version)s, %(reverses)s, moved.balance, moved.version
FROM moved, accounts AS other
WHERE other.holder = %(payer)s AND other.asset = %(asset)s
RETURNING id, payer_balance, payee_balance
"""

# SQLite has no UPDATE inside a WITH: there it is two statements of one transaction.
_SQLITE_PAY = """
UPDATE accounts
SET balance = balance - :amount, version = version + 1, moved_at = MAX(moved_at, :posted_at)
WHERE holder = :payer AND asset = :asset AND wallet AND balance - held - :amount >= floor
    AND NOT EXISTS (SELECT 1 FROM transfers WHERE key = :key)
    AND EXISTS (SELECT 1 FROM accounts WHERE holder = :payee AND asset = :asset AND NOT wallet)
RETURNING id, balance, version, moved_at
"""
_SQLITE_PAID = """
INSERT INTO transfers (
    key, journal, kind, asset, payer_id, payee_id, amount, posted_at, effective_at, reason,
    source_type, source_id, rulebook_version, reverses_id, payer_balance, payer_version
)
SELECT :key, :journal, :kind, :asset, :wallet_id, id, :amount, :posted_at, :effective_at, :reason,
    :source_type, :source_id, :rulebook_version, :reverses, :balance, :version
FROM accounts WHERE holder = :payee AND asset = :asset
RETURNING id
"""
_SQLITE_RECEIVE = """
UPDATE accounts
SET balance = balance + :amount, version = version + 1, moved_at = MAX(moved_at, :posted_at)
WHERE holder = :payee AND asset = :asset AND wallet
    AND NOT EXISTS (SELECT 1 FROM transfers WHERE key = :key)
    AND EXISTS (SELECT 1 FROM accounts WHERE holder = :payer AND asset = :asset AND NOT wallet)
RETURNING id, balance, version, moved_at
"""
_SQLITE_RECEIVED = """
INSERT INTO transfers (
    key, journal, kind, asset, payer_id, payee_id, amount, posted_at, effective_at, reason,
    source_type, source_id, rulebook_version, reverses_id, payee_balance, payee_version
)
SELECT :key, :journal, :kind, :asset, id, :wallet_id, :amount, :posted_at, :effective_at, :reason,
    :source_type, :source_id, :rulebook_version, :reverses, :balance, :version
FROM accounts WHERE holder = :payer AND asset = :asset
RETURNING id
"""


def quick(posting: Posting, *, now: datetime) -> Posted | None:
    """Post between a wallet and a system account, in the caller's transaction, or do nothing.

    Locks the wallet's row. Returns None, with nothing changed, when the posting is not of that
    shape, its key was used, an account is missing or the wallet has not enough.
    """
    pays = is_system(posting.payee)
    if pays == is_system(posting.payer):
        return None
    connection = session().connection()
    if connection.dialect.name == "postgresql":
        statement = _POSTGRESQL_PAY if pays else _POSTGRESQL_RECEIVE
        row = connection.exec_driver_sql(statement, _values(posting, now)).one_or_none()
        return None if row is None else Posted(row[0], posting.key, row[1], row[2])
    move, write = (_SQLITE_PAY, _SQLITE_PAID) if pays else (_SQLITE_RECEIVE, _SQLITE_RECEIVED)
    values = _values(posting, now)
    values["posted_at"] = sqlite_moment(now)
    values["effective_at"] = sqlite_moment(posting.effective_at)
    moved = connection.exec_driver_sql(move, values).one_or_none()
    if moved is None:
        return None
    values["wallet_id"], values["balance"], values["version"], values["posted_at"] = moved
    number = connection.exec_driver_sql(write, values).scalar_one()
    return Posted(
        number, posting.key, moved.balance if pays else None, None if pays else moved.balance
    )


def _values(posting: Posting, now: datetime) -> dict[str, Any]:
    return {
        "key": posting.key,
        "journal": new_id(),
        "kind": posting.kind,
        "asset": posting.asset,
        "payer": posting.payer,
        "payee": posting.payee,
        "amount": posting.amount,
        "posted_at": now,
        "effective_at": posting.effective_at,
        "reason": posting.reason,
        "source_type": posting.source_type,
        "source_id": posting.source_id,
        "rulebook_version": posting.rulebook_version,
        "reverses": posting.reverses,
    }


def sqlite_moment(moment: datetime) -> str:
    """Write a moment as the column type does on SQLite: naive, in UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
