"""Which points are left, by their dates: a wallet's lots, found by replaying its transfers.

Pure: no framework, no database, no clock. Amounts are whole hundredths.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One transfer from the wallet's side: `amount` signed, `dated` the moment its points are of.

    `reverses` is the transfer that it takes back, if it does.
    """

    transfer_id: int
    amount: int
    dated: datetime
    reverses: int | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """Points of one date that are left."""

    dated: datetime
    amount: int


@dataclass(slots=True)
class Lots:
    """A wallet's lots while its transfers are replayed in the order of their versions.

    What goes out takes the oldest first. What a reversal gives back comes back with the dates it
    had when it went; what a reversal takes back comes out of the very points that came in, as far
    as they are left, and then out of the oldest.
    """

    left: dict[datetime, int] = field(default_factory=dict)
    order: list[datetime] = field(default_factory=list)
    taken: dict[int, list[Lot]] = field(default_factory=dict)

    def add(self, dated: datetime, amount: int) -> None:
        """Put points of a date in."""
        if dated not in self.left:
            heapq.heappush(self.order, dated)
            self.left[dated] = 0
        self.left[dated] += amount

    def take(self, amount: int, *, first: datetime | None = None) -> list[Lot]:
        """Take points out, those of the date `first` before others, then the oldest.

        Raises ValueError when there are not so many: then the book is not sound.
        """
        parts: list[Lot] = []
        if first is not None and self.left.get(first):
            parts.append(self._take_of(first, amount))
            amount -= parts[0].amount
        while amount:
            if not self.order:
                raise ValueError("a wallet paid more than it had")
            oldest = self.order[0]
            if not self.left[oldest]:
                heapq.heappop(self.order)
                del self.left[oldest]
                continue
            parts.append(self._take_of(oldest, amount))
            amount -= parts[-1].amount
        return parts

    def _take_of(self, dated: datetime, most: int) -> Lot:
        part = min(most, self.left[dated])
        self.left[dated] -= part
        return Lot(dated, part)

    def step(self, step: Step) -> None:
        """Replay one transfer."""
        if step.amount > 0:
            back = self.taken.get(step.reverses) if step.reverses is not None else None
            for lot in back or [Lot(step.dated, step.amount)]:
                self.add(lot.dated, lot.amount)
        else:
            first = step.dated if step.reverses is not None else None
            self.taken[step.transfer_id] = self.take(-step.amount, first=first)

    def now(self) -> list[Lot]:
        """Return what is left, the oldest first."""
        return [Lot(dated, self.left[dated]) for dated in sorted(self.left) if self.left[dated]]


def lots_after(steps: Iterable[Step]) -> list[Lot]:
    """Return what is left after a wallet's transfers, in the order of their versions."""
    lots = Lots()
    for step in steps:
        lots.step(step)
    return lots.now()


def older_than(lots: Iterable[Lot], before: datetime) -> int:
    """Return how much of some lots is dated before a moment."""
    return sum(lot.amount for lot in lots if lot.dated < before)


def parts_of(lots: Iterable[Lot], amount: int) -> list[Lot]:
    """Return the dates of the next `amount` to go out, the oldest first: what a gift takes along.

    Raises ValueError when there is not so much.
    """
    replay = Lots()
    for lot in lots:
        replay.add(lot.dated, lot.amount)
    return replay.take(amount)
