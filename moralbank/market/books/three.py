"""The three books of a supermarket for a month, and whether they agree."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, case, func, or_, select

from moralbank import ledger
from moralbank.core import periods
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.transaction import query
from moralbank.market.books import money
from moralbank.market.books.rules import Receipt, Shelf, disagreements
from moralbank.market.models import Redemption, RedemptionLine, Relief, ReliefLine
from moralbank.market.shelf.models import Goods, StockMovement
from moralbank.organizations.operations import find
from moralbank.rulebook.rules import Line

MONTHS: tuple[periods.Kind, ...] = ("month", "quarter", "year")
CHUNK = 500
KINDS: dict[ledger.Kind, int] = {"redemption": 1, "reversal": -1}
CAME = ("donated", "bought", "moved", "damaged", "counted")
"""What adds to the opening stock, some of it below zero."""


@dataclass(frozen=True, slots=True)
class GoodsLine:
    """What became of one kind of goods in a period, in pieces: `opening` + everything between =
    `closing`. Points and yuan are hundredths; `cost` is None where no cost is on record of some
    that went out."""

    goods_id: str
    sku: str
    name: str
    unit: str
    opening: int
    donated: int
    bought: int
    moved: int
    damaged: int
    counted: int
    out: int
    closing: int
    points: int
    cost: int | None
    donated_worth: int | None
    bought_worth: int | None


@dataclass(frozen=True, slots=True)
class ThreeBooks:
    """A supermarket's points, goods and money in a period. Points are hundredths, money hundredths
    of a yuan. `lines` say where the books do not agree; of all time for the shelf, and for the
    receipts of the period and those voided in it. `relief` is what of `redeemed` less `given_back`
    went to households in hardship."""

    supermarket_id: str
    supermarket: str
    period: str
    title: str
    redeemed: int
    given_back: int
    relief: int
    receipts: int
    voided: int
    goods: tuple[GoodsLine, ...]
    money: dict[str, int]
    lines: tuple[Line, ...]

    @property
    def agree(self) -> bool:
        """Whether the three books say the same."""
        return not self.lines

    @property
    def faults(self) -> list[str]:
        """Where they do not, in the reader's language."""
        return [_(line.text, **line.values) for line in self.lines]


@dataclass(frozen=True, slots=True)
class _Sort:
    """A sort of receipts: those of cards, and those of goods for households in hardship."""

    source: str
    made: type[Redemption] | type[Relief]
    line: type[RedemptionLine] | type[ReliefLine]
    of: Any


_SORTS = (
    _Sort("redemption", Redemption, RedemptionLine, RedemptionLine.redemption_id),
    _Sort("relief", Relief, ReliefLine, ReliefLine.relief_id),
)


@query("books.read")
def three_books(actor: Actor, supermarket_id: str, *, period: str) -> ThreeBooks:
    """Return the three books of a supermarket for a month, a quarter or a year.

    A receipt counts in the period in which it was made, with all that belongs to it in the other
    books, and what was given back in the period in which it was voided. Refuses 404 and 422 for
    what is no such period.
    """
    shop = find(actor, supermarket_id, level="supermarket")
    span = periods.read(period, kinds=MONTHS)
    since, until = span.since, span.until
    assert since is not None  # only a lifetime has no beginning
    shelved = select(Goods.id, Goods.name).where(Goods.supermarket_id == shop.id)
    seen = _Seen(dict(session().execute(shelved).tuples().all()))
    made: dict[str, int] = {}
    voided: dict[str, int] = {}
    relief = 0
    for sort in _SORTS:
        these, back = _receipts(sort, shop.id, since, until)
        _look(sort, shop.id, {*these, *back}, since, until, seen)
        made |= these
        voided |= back
        if sort.source == "relief":
            relief = sum(these.values()) - sum(back.values())
    redeemed, given_back = sum(made.values()), sum(voided.values())
    lines = disagreements(
        seen.receipts, points=seen.points, goods=seen.goods, shelves=_shelves(shop.id),
        names=seen.names,
    )  # fmt: skip
    return ThreeBooks(
        supermarket_id=shop.id,
        supermarket=shop.name,
        period=span.name,
        title=span.title,
        redeemed=redeemed,
        given_back=given_back,
        relief=relief,
        receipts=len(made),
        voided=len(voided),
        goods=tuple(_goods(shop.id, since, until)),
        money=money.received(shop.id, span.first, span.last),
        lines=tuple(lines),
    )


@dataclass(slots=True)
class _Seen:
    """What the three books have of some receipts."""

    names: dict[str, str]
    receipts: list[Receipt] = field(default_factory=list)
    points: Counter[str] = field(default_factory=Counter)
    goods: Counter[tuple[str, str]] = field(default_factory=Counter)


def _receipts(
    sort: _Sort, shop_id: str, since: datetime, until: datetime
) -> tuple[dict[str, int], dict[str, int]]:
    """Return the points of what was redeemed in a period, and of what was voided in it."""
    of = sort.made
    occurred, voided = _in(of.occurred_at, since, until), _in(of.voided_at, since, until)
    rows = (
        session()
        .execute(
            select(of.id, of.points, occurred.label("made"), voided.label("voided")).where(
                of.supermarket_id == shop_id, or_(occurred, voided)
            )
        )
        .all()
    )
    return (
        {row.id: row.points for row in rows if row.made},
        {row.id: row.points for row in rows if row.voided},
    )


def _in(moment: Any, since: datetime, until: datetime) -> ColumnElement[bool]:
    inside: ColumnElement[bool] = (moment >= since) & (moment < until)
    return inside


def _look(
    sort: _Sort,
    shop_id: str,
    looked_at: Collection[str],
    since: datetime,
    until: datetime,
    seen: _Seen,
) -> None:
    """See what the books have of receipts of one sort, and of what has none."""
    holder = f"supermarket:{shop_id}"
    stray = ledger.sources_between(
        sort.source, kind="redemption", since=since, until=until, payee=holder
    )
    moved = session().execute(
        select(StockMovement.source_id)
        .join(Goods, Goods.id == StockMovement.goods_id)
        .where(
            Goods.supermarket_id == shop_id,
            StockMovement.source_type == sort.source,
            StockMovement.moved_at >= since,
            StockMovement.moved_at < until,
        )
        .distinct()
    )
    numbers = sorted({*looked_at, *stray, *(row.source_id for row in moved)})
    for start in range(0, len(numbers), CHUNK):
        some = numbers[start : start + CHUNK]
        seen.receipts += _read(sort, shop_id, some)
        seen.points.update(_booked(sort, holder, some))
        left = session().execute(
            select(
                StockMovement.source_id, StockMovement.goods_id, func.sum(StockMovement.quantity)
            )
            .where(
                StockMovement.source_type == sort.source,
                StockMovement.source_id.in_(some),
                StockMovement.goods_id.in_(seen.names),
            )
            .group_by(StockMovement.source_id, StockMovement.goods_id)
        )
        for number, goods_id, quantity in left:
            seen.goods[number, goods_id] = -int(quantity)


def _booked(sort: _Sort, holder: str, numbers: list[str]) -> Counter[str]:
    """Return what a supermarket's account got for some receipts, less what went back."""
    points: Counter[str] = Counter()
    for kind, sign in KINDS.items():
        for posting in ledger.posted_for(sort.source, numbers, kind=kind)[0]:
            if (posting.payee if sign > 0 else posting.payer) == holder:
                points[posting.source_id] += sign * posting.amount
    return points


def _read(sort: _Sort, shop_id: str, numbers: list[str]) -> list[Receipt]:
    lines: defaultdict[str, Counter[str]] = defaultdict(Counter)
    worth: Counter[str] = Counter()
    for row in session().execute(
        select(
            sort.of.label("number"), sort.line.goods_id, sort.line.quantity, sort.line.points
        ).where(sort.of.in_(numbers))
    ):
        lines[row.number][row.goods_id] += row.quantity
        worth[row.number] += row.points
    of = sort.made
    rows = session().execute(
        select(of.id, of.receipt_no, of.points, of.status).where(
            of.id.in_(numbers), of.supermarket_id == shop_id
        )
    )
    return [
        Receipt(
            row.id, row.receipt_no, row.points, worth[row.id], lines[row.id],
            voided=row.status != "completed",
        )
        for row in rows
    ]  # fmt: skip


def _shelves(shop_id: str) -> list[Shelf]:
    """Return every book of goods in its sum, its last line, and what stands on the shelf."""
    last = (
        select(StockMovement.stock_after)
        .where(StockMovement.goods_id == Goods.id, StockMovement.version == Goods.version)
        .correlate(Goods)
        .scalar_subquery()
    )
    moved = (
        select(func.coalesce(func.sum(StockMovement.quantity), 0))
        .where(StockMovement.goods_id == Goods.id)
        .correlate(Goods)
        .scalar_subquery()
    )
    rows = session().execute(
        select(Goods.id, Goods.stock, func.coalesce(last, 0).label("last"), moved.label("moved"))
        .where(Goods.supermarket_id == shop_id)
        .order_by(Goods.id)
    )
    return [Shelf(row.id, int(row.moved), int(row.last), row.stock) for row in rows]


def _goods(shop_id: str, since: datetime, until: datetime) -> list[GoodsLine]:
    within = _in(StockMovement.moved_at, since, until)
    quantity, reason = StockMovement.quantity, StockMovement.reason
    given = StockMovement.donor.is_not(None)
    worth = quantity * func.coalesce(StockMovement.unit_cost, 0)
    unknown = StockMovement.unit_cost.is_(None)

    def total(condition: ColumnElement[bool], amount: Any) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, amount), else_=0)), 0)

    rows = session().execute(
        select(
            Goods,
            total(StockMovement.moved_at < since, quantity).label("opening"),
            total(within & (reason == "received") & given, quantity).label("donated"),
            total(within & (reason == "received") & ~given, quantity).label("bought"),
            total(within & (reason == "moved"), quantity).label("moved"),
            total(within & (reason == "damaged"), quantity).label("damaged"),
            total(within & (reason == "count"), quantity).label("counted"),
            total(within & reason.in_(["sold", "returned"]), -quantity).label("out"),
            total(within & (reason == "received") & given, worth).label("donated_worth"),
            total(within & (reason == "received") & ~given, worth).label("bought_worth"),
            total(within & (reason == "received") & given & unknown, 1).label("donated_unknown"),
            total(within & (reason == "received") & ~given & unknown, 1).label("bought_unknown"),
        )
        .outerjoin(StockMovement, StockMovement.goods_id == Goods.id)
        .where(Goods.supermarket_id == shop_id)
        .group_by(Goods.id)
        .order_by(Goods.id)
    )
    points, cost = _worth_of_lines(shop_id, since, until)
    found = []
    for row in rows:
        goods, out = row.Goods, int(row.out)
        came = {name: int(getattr(row, name)) for name in CAME}
        found.append(
            GoodsLine(
                goods_id=goods.id,
                sku=goods.sku,
                name=goods.name,
                unit=goods.unit,
                opening=int(row.opening),
                **came,
                out=out,
                closing=int(row.opening) + sum(came.values()) - out,
                points=points[goods.id],
                cost=cost.get(goods.id, 0),
                donated_worth=None if row.donated_unknown else int(row.donated_worth),
                bought_worth=None if row.bought_unknown else int(row.bought_worth),
            )
        )
    return found


def _worth_of_lines(
    shop_id: str, since: datetime, until: datetime
) -> tuple[Counter[str], dict[str, int | None]]:
    """Return the points of what went out of each goods in a period, net of what came back in it,
    and what it cost; None where a line has no cost."""
    points: Counter[str] = Counter()
    cost: dict[str, int | None] = {}
    for sort, sign in [(sort, sign) for sort in _SORTS for sign in (1, -1)]:
        of, line = sort.made, sort.line
        moment = of.occurred_at if sign > 0 else of.voided_at
        rows = session().execute(
            select(
                line.goods_id,
                func.sum(line.points).label("points"),
                func.sum(line.quantity * line.cost).label("cost"),
                func.sum(case((line.cost.is_(None), 1), else_=0)).label("unknown"),
            )
            .join(of, of.id == sort.of)
            .where(of.supermarket_id == shop_id, _in(moment, since, until))
            .group_by(line.goods_id)
        )
        for row in rows:
            points[row.goods_id] += sign * int(row.points)
            so_far = cost.get(row.goods_id, 0)
            known = so_far is not None and not row.unknown
            cost[row.goods_id] = (
                so_far + sign * int(row.cost) if known and so_far is not None else None
            )
    return points, cost
