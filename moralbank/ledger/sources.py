"""What was posted for what: from the book back to the sources that its transfers name."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from moralbank.core.db import session
from moralbank.ledger.models import Account, Transfer
from moralbank.ledger.postings import Kind, Posting


def sources_between(
    source_type: str, *, kind: Kind, since: datetime, until: datetime, payee: str | None = None
) -> set[str]:  # fmt: skip
    """Return the ids of the sources of a type whose transfers of a kind are dated from `since` to
    before `until`, whether there are such sources or not; to one holder, or to anybody."""
    found = select(Transfer.source_id).where(
        Transfer.source_type == source_type,
        Transfer.kind == kind,
        Transfer.effective_at >= since,
        Transfer.effective_at < until,
    )
    if payee is not None:
        paid = select(Account.id).where(Account.holder == payee)
        found = found.where(Transfer.payee_id.in_(paid))
    return set(session().scalars(found.distinct()))


def posted_for(
    source_type: str, source_ids: Collection[str], *, kind: Kind
) -> tuple[list[Posting], set[str]]:
    """Return the transfers of a kind that were made for some sources, as they were to be posted,
    oldest first; and the sources that have one which nobody can have posted."""
    payer, payee = aliased(Account), aliased(Account)
    rows = session().execute(
        select(Transfer, payer.holder, payee.holder)
        .join(payer, payer.id == Transfer.payer_id)
        .join(payee, payee.id == Transfer.payee_id)
        .where(
            Transfer.source_type == source_type,
            Transfer.source_id.in_(source_ids),
            Transfer.kind == kind,
        )
        .order_by(Transfer.id)
    )
    found: list[Posting] = []
    beyond: set[str] = set()
    for row, payer_holder, payee_holder in rows:
        try:
            found.append(_posted(row, payer_holder, payee_holder, kind))
        except (TypeError, ValueError):
            beyond.add(row.source_id)
    return found, beyond


def _posted(row: Transfer, payer: str, payee: str, kind: Kind) -> Posting:
    asset: Any = row.asset  # what the database says
    return Posting(
        key=row.key,
        kind=kind,
        asset=asset,
        payer=payer,
        payee=payee,
        amount=row.amount,
        effective_at=row.effective_at,
        reason=row.reason,
        source_type=row.source_type,
        source_id=row.source_id,
        rulebook_version=row.rulebook_version,
        reverses=row.reverses_id,
    )
