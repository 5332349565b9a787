"""Use cases of counting: whoever counts does not see what the book has, and a second person posts
the difference, with its reason."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Select, insert, select, update

from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.problems import conflict, forbidden, invalid_field, not_found
from moralbank.core.transaction import operation, query
from moralbank.market.shelf.book import MovementView, record
from moralbank.market.shelf.goods import find_goods
from moralbank.market.shelf.models import Goods, StockCount
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, find


@dataclass(frozen=True, slots=True)
class CountedView:
    """What somebody counted, and nothing of what was expected."""

    id: str
    goods_id: str
    counted: int
    counted_at: datetime


@dataclass(frozen=True, slots=True)
class CountView:
    """A count as its second person sees it. `difference` is what it would add to the stock;
    `counted` and `expected` are None where only the difference was said. Whoever counted sees
    neither what was expected nor the difference while it waits. `status` is pending, posted, agreed
    (there was no difference), rejected, or replaced by a later count."""

    id: str
    goods_id: str
    goods: str
    unit: str
    supermarket_id: str
    counted: int | None
    expected: int | None
    difference: int | None
    status: str
    reason: str | None
    counted_at: datetime


@operation("stock.count")
def count(actor: Actor, goods_id: str, *, counted: int) -> CountedView:
    """Write down how many were counted, blind. The difference from what the book has at this moment
    waits for a second person; a count of the same goods by somebody else that still waits is
    replaced.

    Whoever counts is told the same whether it agrees or not. Refuses 404, 409 `wrong_state` while
    an own count of these goods waits: nobody takes a difference back alone.
    """
    row = find_goods(actor, goods_id)
    # Held, so that nothing is sold between the count and the figure that it is compared with.
    session().refresh(row, with_for_update=True)
    now = clock.now()
    own = select(StockCount.id).where(
        StockCount.goods_id == row.id,
        StockCount.status == "pending",
        StockCount.counted.is_not(None),
        StockCount.asked_by == actor.caller,
    )
    if session().scalar(own.limit(1)) is not None:
        words = _(
            "%(name)s上次数的还在等另一位复核。数错了请复核的人退回，再数一遍。", name=row.name
        )
        raise conflict("wrong_state", words)
    _replace(row.id, actor.caller, now, blind=True)
    number, difference = new_id(), counted - row.stock
    session().execute(
        insert(StockCount),
        {
            "id": number,
            "goods_id": row.id,
            "counted": counted,
            "expected": row.stock,
            "quantity": difference,
            "status": "pending" if difference else "agreed",
            "asked_by": actor.caller,
            "asked_at": now,
        },
    )
    audit.record(actor, "stock.count", subject_type="goods", subject_id=row.id, counted=counted)
    return CountedView(number, row.id, counted, now)


def _replace(goods_id: str, who: str, at: datetime, *, blind: bool = False) -> None:
    """Put aside the counts of some goods that still wait (`blind`: those alone), in the caller's
    transaction: they were counted against a stock that is no more."""
    waiting = update(StockCount).where(
        StockCount.goods_id == goods_id, StockCount.status == "pending"
    )
    if blind:
        waiting = waiting.where(StockCount.counted.is_not(None))
    session().execute(waiting.values(status="replaced", decided_by=who, decided_at=at))


def ask_for_second(actor: Actor, goods_id: str, quantity: int) -> MovementView:
    """Let the difference that a count found wait for a second person, in the caller's transaction.
    Refuses 409 `out_of_stock`."""
    stock = session().scalar(select(Goods.stock).where(Goods.id == goods_id)) or 0
    if stock + quantity < 0:
        raise conflict("out_of_stock", _("库存没有这么多，请重新盘点。"))
    number, now = new_id(), clock.now()
    session().execute(
        insert(StockCount),
        {
            "id": number,
            "goods_id": goods_id,
            "quantity": quantity,
            "status": "pending",
            "asked_by": actor.caller,
            "asked_at": now,
        },
    )
    audit.record(actor, "stock.count", subject_type="goods", subject_id=goods_id, quantity=quantity)
    return MovementView(number, goods_id, quantity, "count", None, "pending", now)


@operation("stock.move")
def approve(
    actor: Actor, goods_id: str, count_id: str, *, reason: str | None = None
) -> MovementView:
    """Post a pending count as its second person, with the reason of the difference, which a blind
    count needs. Other counts of these goods that wait are replaced: one miscount is posted once.

    Refuses 404, 409 `wrong_state`, 403 for whoever counted, 422, 409 `out_of_stock`.
    """
    row = _held(actor, goods_id, count_id)
    if row.counted is not None and reason is None:
        raise invalid_field("reason", _("请写明差异的原因。"))
    goods = session().get_one(Goods, goods_id)
    if 0 <= goods.stock + row.quantity < goods.set_aside:
        words = _(
            "%(name)s有 %(n)d %(unit)s给人留着，比数到的多。先取消预留，或把赠物改为积分，再入账。",
            name=goods.name, n=goods.set_aside, unit=goods.unit,
        )  # fmt: skip
        raise conflict("out_of_stock", words)
    moved = record(
        goods_id, row.quantity, reason="count", who=row.asked_by, second=actor.caller,
        movement_id=row.id, note=reason,
    )  # fmt: skip
    _decide(actor, row, "posted", reason, moved.moved_at)
    _replace(goods_id, actor.caller, moved.moved_at)
    audit.record(
        actor, "stock.approve", subject_type="goods", subject_id=goods_id, quantity=row.quantity
    )
    return moved


@operation("stock.move")
def reject(actor: Actor, goods_id: str, count_id: str, *, reason: str) -> CountView:
    """Put a pending count aside as its second person: it was miscounted, and moves nothing.

    Refuses 404, 409 `wrong_state`, 403 for whoever counted.
    """
    row = _held(actor, goods_id, count_id)
    _decide(actor, row, "rejected", reason, clock.now())
    audit.record(actor, "stock.reject", subject_type="goods", subject_id=goods_id)
    goods = session().get_one(Goods, goods_id)
    return _view(actor, session().get_one(StockCount, row.id, populate_existing=True), goods)


def _held(actor: Actor, goods_id: str, count_id: str) -> StockCount:
    goods = find_goods(actor, goods_id)
    # Goods before their counts, as whoever counts holds them.
    session().refresh(goods, with_for_update=True)
    row = (
        session()
        .execute(
            select(StockCount)
            .where(StockCount.id == count_id, StockCount.goods_id == goods_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .scalar_one_or_none()
    )
    if row is None:
        raise not_found()
    if row.status != "pending":
        raise conflict("wrong_state", _("这次盘点已经处理过了。"))
    if row.asked_by == actor.caller:
        raise forbidden(_("盘点要由另一位主管复核。"))
    return row


def _decide(actor: Actor, row: StockCount, status: str, reason: str | None, at: datetime) -> None:
    session().execute(
        update(StockCount)
        .where(StockCount.id == row.id)
        .values(status=status, reason=reason, decided_by=actor.caller, decided_at=at)
    )


@query("stock.decide")
def list_counts(
    actor: Actor,
    *,
    supermarket_id: str | None = None,
    status: str | None = None,
    cursor: str | None = None,
    limit: int,
) -> Page[CountView]:
    """List the counts within the actor's reach, the latest first. Refuses 404."""
    statement: Select[tuple[StockCount, Goods]] = (
        select(StockCount, Goods)
        .join(Goods, Goods.id == StockCount.goods_id)
        .join(Organization, Organization.id == Goods.supermarket_id)
        .where(below(actor.scope or "/"))
    )
    if supermarket_id is not None:
        find(actor, supermarket_id, level="supermarket")
        statement = statement.where(Goods.supermarket_id == supermarket_id)
    if status is not None:
        statement = statement.where(StockCount.status == status)
    return paged(
        "counts", statement, by=[StockCount.id], newest_first=True, cursor=cursor, limit=limit,
        make=lambda row: _view(actor, row[0], row[1]),
    )  # fmt: skip


def _view(actor: Actor, row: StockCount, goods: Goods) -> CountView:
    blind = row.status == "pending" and row.asked_by == actor.caller and row.counted is not None
    return CountView(
        row.id, goods.id, goods.name, goods.unit, goods.supermarket_id, row.counted,
        None if blind else row.expected, None if blind else row.quantity, row.status, row.reason,
        row.asked_at,
    )  # fmt: skip
