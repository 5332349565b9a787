"""Points that lapse by the rulebook: take what has lapsed, and tell what lapses next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from moralbank import ledger
from moralbank.core import audit, clock, policy
from moralbank.core.actor import Actor
from moralbank.core.transaction import operation, query
from moralbank.people.volunteers import find_volunteer, wallet_of
from moralbank.rulebook.operations import last_days

AT_ONCE = 500
PARCEL = "parcel:"
"""So the book's names for what pays goods that somebody gave begin."""


@dataclass(frozen=True, slots=True)
class Lapsed:
    """How many wallets lost how many points (hundredths)."""

    wallets: int
    points: int


@dataclass(frozen=True, slots=True)
class NextToLapse:
    """Points (hundredths) and the last local day on which they may be spent."""

    points: int
    last_day: date


def _lapse() -> ledger.Lapse | None:
    """Return what the book asks, from which moment on points of a date have lapsed; None where by
    no rulebook any ever do."""
    last_day = last_days()
    if last_day is None:
        return None

    def lapse(dated: datetime) -> datetime | None:
        day = last_day(clock.local_date(dated))
        return None if day is None else clock.end_of(day)

    return lapse


def expire(actor: Actor, *, on: date, dry_run: bool = False) -> Lapsed:
    """Take, from every wallet, the points whose last day was before a local day: volunteers', what
    they can only give away, pools' and households'. Points of a parcel paid for goods already.

    Each wallet is a transaction of its own, so that a run which is killed may simply be run again,
    and two at once take nothing twice. `dry_run` takes nothing and reports what would lapse if
    nothing more were spent or earned. Raises ValueError for a day to come without it.
    """
    policy.require(actor, "points.expire")
    if on > clock.today() and not dry_run:
        raise ValueError("points lapse when their last day is over, not before")
    lapse = _lapse()
    if lapse is None:
        return Lapsed(0, 0)
    by = clock.start_of(on)
    gone = []
    for holder in _holders():
        if dry_run:
            found = ledger.lapsing(holder, lapse=lapse)
            gone.append(sum(part.amount for part in found if part.at <= by))
        elif _first_has_lapsed(holder, lapse, by):
            gone.append(_expire_wallet(actor, holder, on=on))
    return Lapsed(sum(amount > 0 for amount in gone), sum(gone))


def _holders() -> Iterator[str]:
    after = 0
    while wallets := list(ledger.holders_with_points(after=after, limit=AT_ONCE)):
        yield from (holder for _number, holder in wallets if not holder.startswith(PARCEL))
        after = wallets[-1][0]


def _first_has_lapsed(holder: str, lapse: ledger.Lapse, by: datetime) -> bool:
    """Tell whether it is worth holding a wallet: what leaves next is what lapses first."""
    lots = ledger.lots(holder, lapse=lapse)
    at = lapse(lots[0].dated) if lots else None
    return at is not None and at <= by


@operation("points.expire")
def _expire_wallet(actor: Actor, holder: str, *, on: date) -> int:
    """Take what has lapsed from one wallet; return how much that was."""
    lapse = _lapse()
    assert lapse is not None
    run = on.isoformat()
    taken = ledger.expire(holder, lapse=lapse, by=clock.start_of(on), run=run)
    amount = sum(part.amount for part, _posted in taken)
    if amount:
        audit.record(
            actor, "points.expire", subject_type="wallet", subject_id=holder,
            run=run, hundredths=amount,
        )  # fmt: skip
    return amount


@query("balances.read")
def next_to_lapse(actor: Actor, volunteer_id: str) -> NextToLapse | None:
    """Return which of a volunteer's spendable points lapse next, None when none ever do. Refuses
    404."""
    row = find_volunteer(actor, volunteer_id)
    lapse = _lapse()
    found = ledger.lapsing(wallet_of(row.id), lapse=lapse) if lapse is not None else []
    if not found:
        return None
    return NextToLapse(found[0].amount, clock.local_date(found[0].at) - timedelta(days=1))
