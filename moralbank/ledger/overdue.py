"""Holds whose time is over: what they keep is free again, at the latest when it is needed."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import Table, select, update

from moralbank.core import clock
from moralbank.core.db import session
from moralbank.ledger.models import Account, Hold

State = Literal["pending", "posted", "voided", "timed_out"]

_accounts = cast(Table, Account.__table__)


def time_out(*, account_ids: Collection[int] | None = None) -> int:
    """Let go of every hold whose time is over (of some accounts, or of all); return how many.

    Locks the holds and then their wallets; a hold that another transaction is at is left to it, so
    this waits for no hold and may be called with wallets locked. Safe to run twice and beside
    others: each hold is let go once.
    """
    now = clock.now()
    over = (
        select(Hold)
        .where(Hold.state == "pending", Hold.until <= now)
        .order_by(Hold.payer_id, Hold.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if account_ids is not None:
        over = over.where(Hold.payer_id.in_(account_ids))
    rows = session().execute(over).scalars().all()
    for row in rows:
        let_go(row, "timed_out", now)
    return len(rows)


def let_go(row: Hold, state: State, now: datetime, *, posted: int | None = None) -> None:
    """Free what a hold sets aside, and write down what became of it; its row is locked."""
    session().execute(
        update(_accounts)
        .where(_accounts.c.id == row.payer_id)
        .values(held=_accounts.c.held - row.amount)
    )
    session().execute(
        update(cast(Table, Hold.__table__))
        .where(Hold.id == row.id)
        .values(state=state, settled_at=now, posted_amount=posted)
    )
