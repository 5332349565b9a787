"""Which points are left, by their dates: lots, found by replaying transfers in their order.

Pure: no framework, no database, no clock. Amounts are whole hundredths.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime


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


@dataclass(slots=True)
class Lots:
    """What one wallet has left, by date."""

    left: dict[datetime, int] = field(default_factory=dict)
    order: list[datetime] = field(default_factory=list)

    def add(self, lot: Lot) -> None:
        """Put points of a date in."""
        if lot.dated not in self.left:
            heapq.heappush(self.order, lot.dated)
            self.left[lot.dated] = 0
        self.left[lot.dated] += lot.amount

    def take(self, amount: int, *, first: Iterable[Lot] = ()) -> list[Lot]:
        """Take points out: those of `first`'s dates as far as they are there, then the oldest.

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
            oldest = self.order[0]
            part = min(amount, self.left[oldest])
            if part:
                self.left[oldest] -= part
                parts.append(Lot(oldest, part))
                amount -= part
            if not self.left[oldest]:
                heapq.heappop(self.order)
                del self.left[oldest]
        return parts

    def now(self) -> list[Lot]:
        """Return what is left, the oldest first."""
        return [Lot(dated, self.left[dated]) for dated in sorted(self.left) if self.left[dated]]


def replayed(steps: Iterable[Step]) -> dict[int, Lots]:
    """Replay transfers in the order of their making; return what every wallet has left.

    What leaves a wallet are its oldest points, and they keep their dates in another wallet. What a
    reversal gives back has the dates that it had when it went; what it takes back are the very
    points that came in, as far as they are left, and then the oldest.
    """
    wallets: defaultdict[int, Lots] = defaultdict(Lots)
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


def older_than(lots: Iterable[Lot], before: datetime) -> int:
    """Return how much of some lots is dated before a moment."""
    return sum(lot.amount for lot in lots if lot.dated < before)


def next_to_leave(lots: Iterable[Lot], amount: int) -> list[Lot]:
    """Return the dates of the next `amount` to leave, the oldest first. Raises ValueError when
    there is not so much."""
    here = Lots()
    for lot in lots:
        here.add(lot)
    return here.take(amount)
