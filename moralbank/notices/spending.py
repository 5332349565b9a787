"""What pools and gifts brought to households in hardship, as the public reads it: which day, who
paid, what it was. Whom it reached is nowhere in it."""

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.pagination import Page, paged
from moralbank.core.transaction import query
from moralbank.market.models import Relief, ReliefLine
from moralbank.notices.scope import scope_of
from moralbank.organizations.operations import names


@dataclass(frozen=True, slots=True)
class SpentLine:
    """What was handed out at one time; points in hundredths. `pool` is None where neighbours had
    given it for that household. `goods` says what and how many."""

    occurred_on: date
    pool_id: str | None
    pool: str | None
    supermarket: str
    points: int
    goods: list[str]


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
        by=[Relief.occurred_at, Relief.id],
        newest_first=True,
        cursor=cursor,
        limit=limit,
        make=lambda row: row[0],
    )
    called = names(
        {number for row in page.items for number in (row.pool_id, row.supermarket_id) if number}
    )
    goods: dict[str, list[str]] = {row.id: [] for row in page.items}
    for line in session().scalars(
        select(ReliefLine)
        .where(ReliefLine.relief_id.in_(goods))
        .order_by(ReliefLine.relief_id, ReliefLine.line_no)
    ):
        goods[line.relief_id].append(f"{line.name} × {line.quantity} {line.unit}")
    return Page(
        [
            SpentLine(
                clock.local_date(row.occurred_at), row.pool_id, row.pool_id and called[row.pool_id],
                called[row.supermarket_id], row.points, goods[row.id],
            )
            for row in page.items
        ],
        page.next,
    )  # fmt: skip


def payer_words(pool: str | None) -> str:
    """Return who paid, as the public reads it."""
    words: str = pool or _("邻居捐赠")
    return words
