"""Use cases of stock: a book of its own that is only added to."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import insert, select, update

from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.direct import Booking
from moralbank.core.ids import new_id
from moralbank.core.policy import within
from moralbank.core.problems import conflict, forbidden, invalid_field, not_found
from moralbank.core.transaction import operation
from moralbank.market.models import Goods, StockCount
from moralbank.organizations.operations import path_of


@dataclass(frozen=True, slots=True)
class MovementView:
    """A movement of stock, `quantity` signed; a pending count has no `stock_after` yet."""

    id: str
    goods_id: str
    quantity: int
    reason: str
    stock_after: int | None
    status: str
    moved_at: datetime


_MOVE = Booking(
    """
    UPDATE goods SET stock = stock + :quantity, version = version + 1
    WHERE id = :goods AND stock + :quantity >= 0
    RETURNING stock, version
    """,
    """
    INSERT INTO stock_movements (
        id, goods_id, quantity, reason, stock_after, version, who, second, source_type, source_id,
        moved_at
    )
    SELECT :id, :goods, :quantity, :reason, moved.stock, moved.version, :who, :second,
        :source_type, :source_id, :now
    FROM moved
    RETURNING stock_after
    """,
)


def record(
    goods_id: str,
    quantity: int,
    *,
    reason: str,
    who: str,
    second: str | None = None,
    source: tuple[str, str] | None = None,
    movement_id: str | None = None,
) -> MovementView:
    """Move the stock of goods by a signed quantity, in the caller's transaction.

    One conditional statement takes it, so that two counters never sell the same bag. `source` is
    the type and id of what moved it. Refuses 409 `out_of_stock` when it would fall below zero.
    """
    number, now = movement_id or new_id(), clock.now()
    source_type, source_id = source or (None, None)
    moved = _MOVE.first(
        id=number, goods=goods_id, quantity=quantity, reason=reason, who=who, second=second,
        source_type=source_type, source_id=source_id, now=now,
    )  # fmt: skip
    if moved is None:
        left = session().execute(
            select(Goods.name, Goods.stock, Goods.unit).where(Goods.id == goods_id)
        )
        name, stock, unit = left.one()
        raise conflict(
            "out_of_stock",
            _("%(name)s只剩 %(stock)d %(unit)s，不够了。", name=name, stock=stock, unit=unit),
        )
    return MovementView(number, goods_id, quantity, reason, moved.stock_after, "posted", now)


def _within_reach(actor: Actor, goods_id: str) -> None:
    supermarket_id = session().scalar(select(Goods.supermarket_id).where(Goods.id == goods_id))
    if supermarket_id is None:
        raise not_found()
    within(actor, path_of(supermarket_id))


@operation("stock.move")
def move(actor: Actor, goods_id: str, *, quantity: int, reason: str) -> MovementView:
    """Book goods that were received (more), damaged (less), or the difference that a count found,
    which stays pending until a second supervisor approves it.

    Refuses 404, 422 for a wrong sign, 409 `out_of_stock`.
    """
    _within_reach(actor, goods_id)
    if reason == "received" and quantity < 0:
        raise invalid_field("quantity", _("收货的数量应大于零。"))
    if reason == "damaged" and quantity > 0:
        raise invalid_field("quantity", _("报损的数量应小于零。"))
    if reason == "count":
        return _ask_for_second(actor, goods_id, quantity)
    moved = record(goods_id, quantity, reason=reason, who=actor.caller)
    audit.record(
        actor, f"stock.{reason}", subject_type="goods", subject_id=goods_id, quantity=quantity
    )
    return moved


def _ask_for_second(actor: Actor, goods_id: str, quantity: int) -> MovementView:
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
            "decided_by": None,
            "decided_at": None,
        },
    )
    audit.record(actor, "stock.count", subject_type="goods", subject_id=goods_id, quantity=quantity)
    return MovementView(number, goods_id, quantity, "count", None, "pending", now)


@operation("stock.move")
def approve(actor: Actor, goods_id: str, movement_id: str) -> MovementView:
    """Post a pending count as its second person.

    Refuses 404, 409 `wrong_state`, 403 for whoever counted, 409 `out_of_stock`.
    """
    _within_reach(actor, goods_id)
    row = (
        session()
        .execute(
            select(StockCount)
            .where(StockCount.id == movement_id, StockCount.goods_id == goods_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .scalar_one_or_none()
    )
    if row is None:
        raise not_found()
    if row.status != "pending":
        raise conflict("wrong_state", _("这次盘点已经入账。"))
    if row.asked_by == actor.caller:
        raise forbidden(_("盘点要由另一位主管复核。"))
    moved = record(
        goods_id, row.quantity, reason="count", who=row.asked_by, second=actor.caller,
        movement_id=row.id,
    )  # fmt: skip
    session().execute(
        update(StockCount)
        .where(StockCount.id == row.id)
        .values(status="posted", decided_by=actor.caller, decided_at=moved.moved_at)
    )
    audit.record(
        actor, "stock.approve", subject_type="goods", subject_id=goods_id, quantity=row.quantity
    )
    return moved
