"""What pools and gifts brought to households in hardship, as the public reads it: which day, who
paid, what it was. Whom it reached is nowhere in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import select

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.pagination import Page, paged
from moralbank.core.transaction import query
from moralbank.market.models import Relief, ReliefLine
from moralbank.market.receipts import ReceiptLine, lines_of
from moralbank.notices.scope import Scope, scope_of
from moralbank.organizations.operations import names


@dataclass(frozen=True, slots=True)
class SpentLine:
    """What was handed out at one time; points in hundredths. `pool` is None where neighbours had
    given it for that household."""

    occurred_on: date
    pool_id: str | None
    pool: str | None
    supermarket: str
    points: int
    lines: tuple[ReceiptLine, ...]

    @property
    def payer(self) -> str:
        """Who paid, as the public reads it."""
        words: str = self.pool or _("邻居捐赠")
        return words

    @property
    def goods(self) -> list[str]:
        """What it was and how many, in words."""
        return [line.words for line in self.lines]


@query("public.read")
def spent(
    _actor: Actor,
    *,
    organization_id: str | None = None,
    period: str | None = None,
    cursor: str | None = None,
    limit: int,
) -> Page[SpentLine]:
    """Return what was handed out at the supermarkets of a place in a period, the latest first; what
    was taken back is not there. Refuses 404, 422."""
    scope = scope_of(organization_id=organization_id, period=period)
    page = paged(
        "public-spending",
        select(Relief).where(scope.reliefs),
        by=[Relief.id],
        newest_first=True,
        cursor=cursor,
        limit=limit,
        make=lambda row: row[0],
    )
    return Page(_told(page.items), page.next)


def spent_in(scope: Scope) -> list[tuple[str, SpentLine]]:
    """Return all that was handed out in a scope, the earliest first, each with the id of who is
    named for it: the pool, or else the supermarket."""
    rows = (
        session()
        .scalars(select(Relief).where(scope.reliefs).order_by(Relief.occurred_at, Relief.id))
        .all()
    )
    return [
        (row.pool_id or row.supermarket_id, line)
        for row, line in zip(rows, _told(rows), strict=True)
    ]


def _told(rows: Sequence[Relief]) -> list[SpentLine]:
    called = names(
        {number for row in rows for number in (row.pool_id, row.supermarket_id) if number}
    )
    lines = lines_of(ReliefLine.relief_id, [row.id for row in rows])
    return [
        SpentLine(
            clock.local_date(_moment(row)), row.pool_id, row.pool_id and called[row.pool_id],
            called[row.supermarket_id], row.points, tuple(lines[row.id]),
        )
        for row in rows
    ]  # fmt: skip


def _moment(row: Relief) -> datetime:
    assert row.occurred_at is not None, "what stands was handed out at some moment"
    return row.occurred_at
