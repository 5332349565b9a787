"""Points by their dates: what is left of which day, what goes along with a gift, what lapses.

Lots are not stored: they follow from the transfers (`rules`), so there is nothing that could
disagree with them. When points of a date lapse is not in the book: whoever asks brings it along.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import select, union

from moralbank.core.db import session
from moralbank.core.language import recorded
from moralbank.ledger.book import insufficient, post
from moralbank.ledger.models import Account, Transfer
from moralbank.ledger.overdue import time_out
from moralbank.ledger.postings import EXPIRY, Asset, Posted, Posting
from moralbank.ledger.rules import Lapse, Lapsing, Lot, Step, never, next_to_leave, replayed
from moralbank.ledger.rules import lapsing as lapsing_of


def lots(holder: str, *, asset: Asset = "points", lapse: Lapse = never) -> list[Lot]:
    """Return what is left in a wallet by the dates of its points, the next to leave first. Raises
    LookupError."""
    return _lots(_wallet(holder, asset).id, lapse)


def oldest(holder: str, amount: int, *, asset: Asset = "points", lapse: Lapse = never) -> list[Lot]:
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
    return next_to_leave(_lots(wallet.id, lapse), amount, lapse)


def spendable(holder: str) -> int:
    """Return the points available in a wallet, in hundredths, in the caller's transaction: the
    wallet's row is held, so that nothing leaves it meanwhile. Raises LookupError."""
    time_out(account_ids=[_wallet(holder, "points").id])
    wallet = _wallet(holder, "points", held=True)
    return wallet.balance - wallet.held


def lapsing(holder: str, *, lapse: Lapse) -> list[Lapsing]:
    """Return how many of a wallet's points lapse when, the first moment first, as things stand:
    what never lapses and what holds keep is left out. Raises LookupError."""
    wallet = _wallet(holder, "points")
    # A wallet that somebody pays out of meanwhile may by now have less than was held of it.
    here = _lots(wallet.id, lapse)
    return lapsing_of(here, held=min(wallet.held, sum(lot.amount for lot in here)), lapse=lapse)


def expire(holder: str, *, lapse: Lapse, by: datetime, run: str) -> list[tuple[Lapsing, Posted]]:
    """Take the points of a wallet that have lapsed by a moment, in the caller's transaction: a
    transfer for each moment at which some did, of which it is the `effective_at`.

    The wallet's row is held. What lapses is what would leave next, so the rule that the first
    leave first takes just these. A hold whose time is not over keeps them: they are left to a
    later run, as is what a void gives back with its old date. `run` names the run ("2026-12-31"):
    the same run again takes nothing, whatever came back meanwhile. Raises LookupError.
    """
    time_out(account_ids=[_wallet(holder, "points").id])
    wallet = _wallet(holder, "points", held=True)
    if _ran(wallet.id, run):
        return []
    found = lapsing_of(_lots(wallet.id, lapse), held=wallet.held, lapse=lapse)
    due = [part for part in found if part.at <= by]
    if not due:
        return []
    posted = post(
        [
            Posting(
                key=f"expiry:{wallet.id}:{run}:{place}",
                kind="expiry",
                asset="points",
                payer=holder,
                payee=EXPIRY,
                amount=part.amount,
                effective_at=part.at,
                reason=recorded("积分到期"),
                source_type="expiry",
                source_id=run,
            )
            for place, part in enumerate(due)
        ]
    )
    return list(zip(due, posted, strict=True))


def _ran(account_id: int, run: str) -> bool:
    found = session().scalar(
        select(Transfer.id)
        .where(
            Transfer.source_type == "expiry",
            Transfer.source_id == run,
            Transfer.kind == "expiry",
            Transfer.payer_id == account_id,
        )
        .limit(1)
    )
    return found is not None


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


def _lots(account_id: int, lapse: Lapse) -> list[Lot]:
    wallets = _forebears([account_id])
    while True:
        steps = list(_steps(wallets))
        # Somebody new may have given to one of them since the question who did.
        new = {step.payer for step in steps if step.payer is not None} - wallets
        if not new:
            return replayed(steps, lapse)[account_id].now()
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
