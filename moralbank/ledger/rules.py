"""Which points are left, by their dates: lots, found by replaying transfers in their order.

Points leave a wallet in the order in which they lapse, those of one moment, and those that never
lapse, the oldest first. When points of a date lapse is the caller's knowledge, a `Lapse`.

Pure: no framework, no database, no clock. Amounts are whole hundredths.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby

Lapse = Callable[[datetime], datetime | None]
"""Tells from which moment on points of a date have lapsed; None: they never do."""
_NEVER = datetime.max.replace(tzinfo=UTC)


def never(_dated: datetime) -> None:
    """Tell that no points lapse: then the oldest leave first."""


@dataclass(frozen=True, slots=True)
class Step:
    """One transfer; `payer` and `payee` are wallets, None for a system account.

    `dated` is the moment that points out of a system account are of; `reverses` is the transfer
    that it takes back, if it does.
    """

    transfer_id: int
    payer: int | None
    payee: int | None
    amount: int
    dated: datetime
    reverses: int | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """Points of one date."""

    dated: datetime
    amount: int


@dataclass(frozen=True, slots=True)
class Lapsing:
    """Points that lapse at one moment, whatever their dates."""

    at: datetime
    amount: int


@dataclass(slots=True)
class Lots:
    """What one wallet has left, by date."""

    lapse: Lapse = never
    left: dict[datetime, int] = field(default_factory=dict)
    order: list[tuple[datetime, datetime]] = field(default_factory=list)

    def _place(self, dated: datetime) -> tuple[datetime, datetime]:
        return self.lapse(dated) or _NEVER, dated

    def add(self, lot: Lot) -> None:
        """Put points of a date in."""
        if lot.dated not in self.left:
            heapq.heappush(self.order, self._place(lot.dated))
            self.left[lot.dated] = 0
        self.left[lot.dated] += lot.amount

    def take(self, amount: int, *, first: Iterable[Lot] = ()) -> list[Lot]:
        """Take points out: those of `first`'s dates as far as they are there, then in order.

        Raises ValueError when there are not so many: then the book is not sound.
        """
        parts: list[Lot] = []
        for lot in first:
            part = min(lot.amount, self.left.get(lot.dated, 0), amount)
            if part:
                self.left[lot.dated] -= part
                parts.append(Lot(lot.dated, part))
                amount -= part
        while amount:
            if not self.order:
                raise ValueError("a wallet paid more than it had")
            dated = self.order[0][1]
            part = min(amount, self.left[dated])
            if part:
                self.left[dated] -= part
                parts.append(Lot(dated, part))
                amount -= part
            if not self.left[dated]:
                heapq.heappop(self.order)
                del self.left[dated]
        return parts

    def now(self) -> list[Lot]:
        """Return what is left, the next to leave first."""
        dates = sorted((dated for dated in self.left if self.left[dated]), key=self._place)
        return [Lot(dated, self.left[dated]) for dated in dates]


def replayed(steps: Iterable[Step], lapse: Lapse = never) -> dict[int, Lots]:
    """Replay transfers in the order of their making; return what every wallet has left.

    What leaves a wallet are the points that lapse first, of those the oldest, and they keep their
    dates in another wallet. What a reversal gives back has the dates that it had when it went; what
    it takes back are the very points that came in, as far as they are left, and then the first.
    """
    wallets: defaultdict[int, Lots] = defaultdict(lambda: Lots(lapse))
    went: dict[int, list[Lot]] = {}
    for step in steps:
        before = went.get(step.reverses, []) if step.reverses is not None else []
        parts = [Lot(step.dated, step.amount)]
        if step.payer is not None:
            parts = wallets[step.payer].take(step.amount, first=before)
        went[step.transfer_id] = parts
        if step.payee is not None:
            for lot in before or parts:
                wallets[step.payee].add(lot)
    return wallets


def next_to_leave(lots: Iterable[Lot], amount: int, lapse: Lapse = never) -> list[Lot]:
    """Return the dates of the next `amount` to leave, in their order. Raises ValueError when there
    is not so much."""
    return _filled(lots, lapse).take(amount)


def lapsing(lots: Iterable[Lot], *, held: int, lapse: Lapse) -> list[Lapsing]:
    """Return how much of some lots lapses when, the first moment first; what never lapses is left
    out, and so are the next `held` to leave, which a hold keeps. Raises ValueError when more is
    held than there is."""
    here = _filled(lots, lapse)
    here.take(held)
    moments = groupby(here.now(), key=lambda lot: lapse(lot.dated))
    return [
        Lapsing(at, sum(lot.amount for lot in of_one_moment))
        for at, of_one_moment in moments
        if at is not None
    ]


def _filled(lots: Iterable[Lot], lapse: Lapse) -> Lots:
    here = Lots(lapse)
    for lot in lots:
        here.add(lot)
    return here
