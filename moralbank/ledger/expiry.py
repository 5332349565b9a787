"""Points by their dates: what is left of which day, what goes along with a gift, what expires.

Lots are not stored: they follow from the transfers (`rules`), so there is nothing that could
disagree with them.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import select, union

from moralbank.core import clock
from moralbank.core.db import session
from moralbank.ledger.book import insufficient, post
from moralbank.ledger.models import Account, Transfer
from moralbank.ledger.overdue import time_out
from moralbank.ledger.postings import EXPIRY, Asset, Posted, Posting
from moralbank.ledger.rules import Lot, Step, next_to_leave, older_than, replayed


def lots(holder: str, *, asset: Asset = "points") -> list[Lot]:
    """Return what is left in a wallet by the dates of its points, the oldest first.

    With the rulebook's expiry this says what will expire and when. Raises LookupError.
    """
    return _lots(_wallet(holder, asset).id)


def oldest(holder: str, amount: int, *, asset: Asset = "points") -> list[Lot]:
    """Return the dates of the next `amount` to leave a wallet, in the caller's transaction.

    The wallet's row is held, so that nothing else leaves first: a gift is posted in these parts,
    and its points keep their dates. Refuses 409 `insufficient_points`; raises LookupError.
    """
    wallet = _wallet(holder, asset, held=True)
    if wallet.balance - wallet.held < amount:
        time_out(account_ids=[wallet.id])
        wallet = _wallet(holder, asset, held=True)
    if wallet.balance - wallet.held < amount:
        raise insufficient()
    return next_to_leave(_lots(wallet.id), amount)


def spendable(holder: str) -> int:
    """Return the points available in a wallet, in hundredths, in the caller's transaction: the
    wallet's row is held, so that nothing leaves it meanwhile. Raises LookupError."""
    time_out(account_ids=[_wallet(holder, "points").id])
    wallet = _wallet(holder, "points", held=True)
    return wallet.balance - wallet.held


def expire(holder: str, *, before: datetime, run: str) -> Posted | None:
    """Expire the points of a wallet that are dated before a moment, in the caller's transaction.

    The wallet's row is held. A hold whose time is not over keeps the oldest points, which would be
    the next to leave: they are left to a later run, as is what a void gives back with its old date.
    `run` names the run ("2026-12-31"): the same run again returns its first answer, whatever
    came back meanwhile. Returns None when there is nothing to expire; raises LookupError.
    """
    time_out(account_ids=[_wallet(holder, "points").id])
    wallet = _wallet(holder, "points", held=True)
    key = f"expiry:{wallet.id}:{run}"
    first = (
        session()
        .execute(select(Transfer.id, Transfer.payer_balance).where(Transfer.key == key))
        .one_or_none()
    )
    if first is not None:
        return Posted(first.id, key, first.payer_balance, None)
    amount = older_than(_lots(wallet.id), before) - wallet.held
    if amount <= 0:
        return None
    [posted] = post(
        [
            Posting(
                key=key,
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


def _lots(account_id: int) -> list[Lot]:
    wallets = _forebears([account_id])
    while True:
        steps = list(_steps(wallets))
        # Somebody new may have given to one of them since the question who did.
        new = {step.payer for step in steps if step.payer is not None} - wallets
        if not new:
            return replayed(steps)[account_id].now()
        wallets |= _forebears(new)


def _forebears(account_ids: Iterable[int]) -> set[int]:
    """Return some wallets and all from which points came into them, by however many hands: points
    that were given keep their dates, so the givers' transfers are replayed too."""
    known: set[int] = set()
    fresh = set(account_ids)
    while fresh:
        known |= fresh
        givers = session().scalars(
            select(Transfer.payer_id.distinct()).where(
                Transfer.payee_id.in_(fresh),
                Transfer.payee_version.is_not(None),
                Transfer.payer_version.is_not(None),
            )
        )
        fresh = set(givers) - known
    return known


def _steps(wallets: set[int]) -> Iterator[Step]:
    """Yield the transfers of some wallets in the order of their making.

    Numbers rise with the versions of every wallet: a transfer takes its number while it holds the
    wallet. `verify` checks it.
    """
    paid = select(Transfer.id).where(
        Transfer.payer_id.in_(wallets), Transfer.payer_version.is_not(None)
    )
    received = select(Transfer.id).where(
        Transfer.payee_id.in_(wallets), Transfer.payee_version.is_not(None)
    )
    rows = session().execute(
        select(
            Transfer.id, Transfer.payer_id, Transfer.payee_id, Transfer.payer_version,
            Transfer.payee_version, Transfer.amount, Transfer.effective_at, Transfer.reverses_id,
        )
        .where(Transfer.id.in_(union(paid, received)))
        .order_by(Transfer.id)
    )  # fmt: skip
    for row in rows:
        yield Step(
            row.id,
            None if row.payer_version is None else row.payer_id,
            None if row.payee_version is None else row.payee_id,
            row.amount,
            row.effective_at,
            row.reverses_id,
        )
