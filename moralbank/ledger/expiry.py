"""Points by their dates: what is left of which day, what goes along with a gift, what expires.

Lots are not stored: they follow from the transfers (`rules`), so there is nothing that could
disagree with them.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select, union_all

from moralbank.core import clock
from moralbank.core.db import session
from moralbank.ledger.book import insufficient, post
from moralbank.ledger.models import Account, Transfer
from moralbank.ledger.postings import EXPIRY, Asset, Posted, Posting
from moralbank.ledger.rules import Lot, Step, lots_after, older_than, parts_of


def lots(holder: str, *, asset: Asset = "points") -> list[Lot]:
    """Return what is left in a wallet by the dates of its points, the oldest first.

    With the rulebook's expiry this says what will expire and when. Raises LookupError.
    """
    return lots_after(_steps(_wallet(holder, asset).id))


def oldest(holder: str, amount: int, *, asset: Asset = "points") -> list[Lot]:
    """Return the dates of the next `amount` to leave a wallet, in the caller's transaction.

    The wallet's row is held, so that nothing else leaves first: a gift is posted in these parts,
    and its points keep their dates. Refuses 409 `insufficient_points`; raises LookupError.
    """
    wallet = _wallet(holder, asset, held=True)
    if wallet.balance - wallet.held < amount:
        raise insufficient()
    return parts_of(lots_after(_steps(wallet.id)), amount)


def expire(holder: str, *, before: datetime, run: str) -> Posted | None:
    """Expire the points of a wallet that are dated before a moment, in the caller's transaction.

    The wallet's row is held. What a hold keeps is left to a later run, as is what a void gives back
    with its old date. `run` names the run ("2026-12-31"): the same run twice is one. Returns None
    when there is nothing to expire; raises LookupError.
    """
    wallet = _wallet(holder, "points", held=True)
    amount = min(older_than(lots_after(_steps(wallet.id)), before), wallet.balance - wallet.held)
    if amount <= 0:
        return None
    [posted] = post(
        [
            Posting(
                key=f"expiry:{wallet.id}:{run}",
                kind="expiry",
                asset="points",
                payer=holder,
                payee=EXPIRY,
                amount=amount,
                effective_at=clock.now(),
                source_type="expiry",
                source_id=run,
            )
        ]
    )
    return posted


def holders_with_points(*, after: int = 0, limit: int = 500) -> Iterator[tuple[int, str]]:
    """Return the wallets that have points, in the order of their accounts, from after one on."""
    rows = session().execute(
        select(Account.id, Account.holder)
        .where(Account.asset == "points", Account.wallet, Account.balance > 0, Account.id > after)
        .order_by(Account.id)
        .limit(limit)
    )
    yield from ((row.id, row.holder) for row in rows)


def _wallet(holder: str, asset: Asset, *, held: bool = False) -> Account:
    found = select(Account).where(Account.holder == holder, Account.asset == asset, Account.wallet)
    if held:
        found = found.with_for_update(key_share=True).execution_options(populate_existing=True)
    row = session().execute(found).scalar_one_or_none()
    if row is None:
        raise LookupError(f"{holder} has no wallet of {asset}")
    return row


def _steps(account_id: int) -> Iterator[Step]:
    paid = select(
        Transfer.payer_version.label("version"),
        Transfer.id,
        (-Transfer.amount).label("amount"),
        Transfer.effective_at,
        Transfer.reverses_id,
    ).where(Transfer.payer_id == account_id, Transfer.payer_version.is_not(None))
    received = select(
        Transfer.payee_version,
        Transfer.id,
        Transfer.amount,
        Transfer.effective_at,
        Transfer.reverses_id,
    ).where(Transfer.payee_id == account_id, Transfer.payee_version.is_not(None))
    rows = session().execute(union_all(paid, received).order_by("version"))
    for row in rows:
        yield Step(row.id, row.amount, row.effective_at, row.reverses_id)
