"""What was counted on the shelves and posted to the book, as the public reads it: how many there
should have been, how many there were, and why. Who counted and who posted it is nowhere in it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from moralbank.core.db import session
from moralbank.market.shelf.models import Goods, StockCount
from moralbank.notices.scope import Scope
from moralbank.organizations.operations import names


@dataclass(frozen=True, slots=True)
class CountedLine:
    """A difference that a second person posted, at `posted_at`. `expected` and `counted` are None
    where only the difference was said."""

    goods_id: str
    goods: str
    unit: str
    supermarket: str
    expected: int | None
    counted: int | None
    difference: int
    reason: str | None
    posted_at: datetime


def counted_in(scope: Scope) -> list[CountedLine]:
    """Return the counts of a scope, in the order in which they were posted."""
    rows = (
        session()
        .execute(
            select(StockCount, Goods)
            .join(Goods, Goods.id == StockCount.goods_id)
            .where(scope.counts)
            .order_by(StockCount.decided_at, StockCount.id)
        )
        .all()
    )
    called = names({goods.supermarket_id for _count, goods in rows})
    return [
        CountedLine(
            goods.id, goods.name, goods.unit, called[goods.supermarket_id], count.expected,
            count.counted, count.quantity, count.reason, _moment(count),
        )
        for count, goods in rows
    ]  # fmt: skip


def _moment(count: StockCount) -> datetime:
    assert count.decided_at is not None, "what is posted was posted at some moment"
    return count.decided_at
