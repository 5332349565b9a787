"""System accounts: hot, so nothing of theirs is stored; a roll-up and the tail after it are exact.

Thousands of transfers pass through issuance or a supermarket. A stored balance would be one row
that all of them wait for. Instead the balance is summed: from a roll-up, made now and then, and
from the transfers after it.
"""

from typing import Any, cast

from sqlalchemy import Table, and_, func, insert, select, text, update

from moralbank.core import clock
from moralbank.core.db import session
from moralbank.ledger.models import Account, RollUp, Transfer
from moralbank.ledger.postings import Asset

LONGEST_WAIT_MS = 100
"""How long a roll-up, and all posting with it, waits for what is under way, in milliseconds."""

_through = func.coalesce(RollUp.through_id, 0)
_received = (
    select(func.coalesce(func.sum(Transfer.amount), 0))
    .where(
        Transfer.payee_id == Account.id, Transfer.payee_version.is_(None), Transfer.id > _through
    )
    .correlate(Account, RollUp)
    .scalar_subquery()
)
_paid = (
    select(func.coalesce(func.sum(Transfer.amount), 0))
    .where(
        Transfer.payer_id == Account.id, Transfer.payer_version.is_(None), Transfer.id > _through
    )
    .correlate(Account, RollUp)
    .scalar_subquery()
)
_balances = (
    select(
        Account.id,
        Account.holder,
        (func.coalesce(RollUp.balance, 0) + _received - _paid).label("balance"),
        RollUp.account_id.label("rolled"),
    )
    .join(RollUp, RollUp.account_id == Account.id, isouter=True)
    .where(~Account.wallet)
)


def system_balance(holder: str, asset: Asset) -> int:
    """Return what a system account received less what it paid, exact at this moment.

    Hundredths (minutes: whole); issuance is below zero by all that was ever issued. An account
    that nothing was posted to yet has 0. Takes no lock.
    """
    row = (
        session()
        .execute(_balances.where(and_(Account.holder == holder, Account.asset == asset)))
        .one_or_none()
    )
    return 0 if row is None else int(row.balance)


def roll_up() -> int:
    """Move every system account's roll-up to now, in the caller's transaction; return how many.

    Numbers are given out before they are committed, so a roll-up through a number could miss a
    transfer below it that is still under way. Therefore posting waits while the tail is summed,
    which is short when this is done often. Behind a batch that is under way it does not wait, for
    all posting would wait behind it: then it is tried again, as `transact` does.
    """
    connection = session().connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = {LONGEST_WAIT_MS}"))
        connection.execute(text("LOCK TABLE transfers IN SHARE MODE"))
    last = session().scalar(select(func.max(Transfer.id))) or 0
    rows: list[Any] = list(session().execute(_balances))
    made = clock.now()
    table = cast(Table, RollUp.__table__)
    for row in rows:
        values = {"through_id": last, "balance": int(row.balance), "made_at": made}
        if row.rolled is None:
            session().execute(insert(table), {"account_id": row.id, **values})
        else:
            session().execute(update(table).where(table.c.account_id == row.id).values(**values))
    return len(rows)
