"""Reading redemptions: one receipt, a terminal's own, a day's list, what a notice tells."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from moralbank.core import clock, links
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.pagination import Page, paged
from moralbank.core.policy import within
from moralbank.core.problems import not_found
from moralbank.core.transaction import query
from moralbank.market.models import Redemption, RedemptionLine
from moralbank.market.rules import added_up
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, path_of

RECEIPT = "receipt"
CHUNK = 500
"""Ids in one question to the database."""


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A line of a receipt, as the goods were called and priced then; points in hundredths."""

    goods_id: str
    name: str
    unit: str
    quantity: int
    price: int
    points: int

    @property
    def words(self) -> str:
        """What it is and how many, as a page says it."""
        return f"{self.name} × {self.quantity} {self.unit}"


@dataclass(frozen=True, slots=True)
class RedemptionView:
    """A redemption and its receipt. `balance_after` is what was left right after it, in hundredths
    like `points`. `delegate` is who came for the holder, masked."""

    id: str
    receipt_no: str
    status: str
    points: int
    balance_after: int
    lines: tuple[ReceiptLine, ...]
    occurred_at: datetime
    supermarket_id: str
    supermarket: str
    terminal_id: str
    volunteer_id: str
    display_name: str
    delegate: str | None
    voided_at: datetime | None
    void_reason: str | None


def _view(row: Redemption, lines: Sequence[ReceiptLine]) -> RedemptionView:
    return RedemptionView(
        row.id, row.receipt_no, row.status, row.points, row.balance_after, tuple(lines),
        row.occurred_at, row.supermarket_id, row.supermarket, row.terminal_id, row.volunteer_id,
        row.display_name, row.delegate, row.voided_at, row.void_reason,
    )  # fmt: skip


def lines_of(
    of: InstrumentedAttribute[str], numbers: Sequence[str]
) -> dict[str, list[ReceiptLine]]:
    """Return the lines of some receipts, reservations, reliefs or gifts, in their order; `of` is
    the column by which a line knows its own."""
    line = of.class_
    found: dict[str, list[ReceiptLine]] = {number: [] for number in numbers}
    for start in range(0, len(numbers), CHUNK):
        rows = session().scalars(
            select(line).where(of.in_(numbers[start : start + CHUNK])).order_by(of, line.line_no)
        )
        for row in rows:
            found[getattr(row, of.key)].append(
                ReceiptLine(row.goods_id, row.name, row.unit, row.quantity, row.price, row.points)
            )
    return found


def pieces_of(of: InstrumentedAttribute[str], number: str) -> dict[str, int]:
    """Return the goods of a receipt, a reservation or a relief, and how many of each."""
    return added_up((line.goods_id, line.quantity) for line in lines_of(of, [number])[number])


def _views(rows: Iterable[Redemption]) -> list[RedemptionView]:
    known = list(rows)
    lines = lines_of(RedemptionLine.redemption_id, [row.id for row in known])
    return [_view(row, lines[row.id]) for row in known]


def view_of(redemption_id: str) -> RedemptionView:
    """Return a redemption that is known to be there, as it stands now."""
    row = session().get_one(Redemption, redemption_id, populate_existing=True)
    return _views([row])[0]


def reachable(actor: Actor, row: Redemption) -> None:
    """Refuse 404 unless a redemption is the volunteer's own, of the terminal's own supermarket,
    or of one within the staff's reach."""
    if actor.kind == "volunteer":
        if actor.volunteer_id != row.volunteer_id:
            raise not_found()
    elif actor.kind == "terminal":
        if actor.organization_id != row.supermarket_id:
            raise not_found()
    else:
        within(actor, path_of(row.supermarket_id))


@query("redemptions.read")
def get(actor: Actor, redemption_id: str) -> RedemptionView:
    """Return one redemption. Refuses 404 (see `reachable`)."""
    row = session().get(Redemption, redemption_id)
    if row is None:
        raise not_found()
    reachable(actor, row)
    return _views([row])[0]


def token_of(redemption_id: str) -> str:
    """Return the token of the link to a receipt, which whoever holds the paper may open."""
    return links.make_token(RECEIPT, redemption_id)


@query("receipts.show")
def shown(actor: Actor, token: str) -> RedemptionView:
    """Return the receipt that a link opens, as it stands now. Refuses 404."""
    row = session().get(Redemption, links.number_in(token) or "")
    if row is None or not links.is_genuine(RECEIPT, token):
        raise not_found()
    return _views([row])[0]


@query("redemptions.find")
def by_key(actor: Actor, key: str) -> str | None:
    """Return the id of the redemption that a terminal's own request with a key became."""
    return session().scalar(
        select(Redemption.id).where(
            Redemption.terminal_id == actor.id, Redemption.idempotency_key == key
        )
    )


@query("redemptions.find")
def find_by_key(
    actor: Actor, *, idempotency_key: str, cursor: str | None = None, limit: int
) -> Page[RedemptionView]:
    """Return what a terminal's own request with a key became: one redemption, or none at all."""
    page = paged(
        "redemptions",
        select(Redemption).where(
            Redemption.terminal_id == actor.id, Redemption.idempotency_key == idempotency_key
        ),
        by=[Redemption.id],
        cursor=cursor,
        limit=limit,
        make=lambda row: row[0],
    )
    return Page(_views(page.items), page.next)


@query("redemptions.make")
def of_day(actor: Actor, day: date) -> list[RedemptionView]:
    """Return the redemptions of the terminal's supermarket on a local date, newest first."""
    rows = session().scalars(
        select(Redemption)
        .where(
            Redemption.supermarket_id == actor.organization_id,
            Redemption.occurred_at >= clock.start_of(day),
            Redemption.occurred_at < clock.end_of(day),
        )
        .order_by(Redemption.occurred_at.desc(), Redemption.id.desc())
    )
    return _views(rows)


def redemptions_between(
    path: str | None, since: datetime | None, until: datetime | None
) -> list[RedemptionView]:
    """Return the redemptions at the supermarkets at or below `path` (None: all) by `occurred_at`,
    from `since` on and before `until`, in the order in which they happened; voided ones too, which
    say so by their status."""
    statement = select(Redemption)
    if path is not None:
        statement = statement.join(
            Organization, Organization.id == Redemption.supermarket_id
        ).where(below(path))
    if since is not None:
        statement = statement.where(Redemption.occurred_at >= since)
    if until is not None:
        statement = statement.where(Redemption.occurred_at < until)
    return _views(session().scalars(statement.order_by(Redemption.occurred_at, Redemption.id)))
