"""Use cases of the stock: received, damaged, moved to another shop, and the list of it all."""

from typing import Unpack

from flask_babel import gettext as _
from sqlalchemy import select

from moralbank.core import audit
from moralbank.core.actor import Actor
from moralbank.core.pagination import Page, paged
from moralbank.core.problems import invalid_field
from moralbank.core.transaction import operation, query
from moralbank.market.shelf import counts
from moralbank.market.shelf.book import MovementView, Said, record
from moralbank.market.shelf.goods import find_goods
from moralbank.market.shelf.models import StockMovement


@operation("stock.move")
def move(
    actor: Actor, goods_id: str, *, quantity: int, reason: str, **said: Unpack[Said]
) -> MovementView:
    """Book goods that were received (more), damaged (less), or the difference that a count found,
    which stays pending until a second supervisor approves it.

    Refuses 404, 422 for a wrong sign and for a donor, an invoice or a cost of what was not
    received, 409 `out_of_stock`.
    """
    goods = find_goods(actor, goods_id)
    if reason == "received" and quantity < 0:
        raise invalid_field("quantity", _("收货的数量应大于零。"))
    if reason == "damaged" and quantity > 0:
        raise invalid_field("quantity", _("报损的数量应小于零。"))
    if reason != "received":
        for name in ("donor", "invoice", "cost"):
            if said.get(name) is not None:
                raise invalid_field(name, _("只用于收货。"))
    if reason == "count":
        return counts.ask_for_second(actor, goods_id, quantity)
    if reason == "received" and said.get("cost") is None:
        # What they are said to cost now, so that a later word changes no month that is over.
        said["cost"] = goods.cost
    moved = record(goods_id, quantity, reason=reason, who=actor.caller, **said)
    audit.record(
        actor, f"stock.{reason}", subject_type="goods", subject_id=goods_id, quantity=quantity
    )
    return moved


@operation("stock.move")
def move_to(
    actor: Actor, goods_id: str, *, to_goods_id: str, quantity: int, note: str | None = None
) -> tuple[MovementView, MovementView]:
    """Move goods to another supermarket's shelf, out of the one book and into the other at once.

    Both are to be within the actor's reach. Refuses 404, 422 for the same supermarket or for goods
    in another unit, 409 `out_of_stock`.
    """
    here, there = find_goods(actor, goods_id), find_goods(actor, to_goods_id)
    if here.supermarket_id == there.supermarket_id:
        raise invalid_field("to_goods_id", _("请选另一家超市的物品。"))
    if here.unit != there.unit:
        raise invalid_field("to_goods_id", _("两边的单位不同，不能调拨。"))
    steps = {here.id: (-quantity, there.id), there.id: (quantity, here.id)}
    # In the order of their ids, so that two who move goods towards each other wait in turn.
    moved = {
        one: record(
            one, steps[one][0], reason="moved", who=actor.caller, source=("goods", steps[one][1]),
            note=note,
        )
        for one in sorted(steps)
    }  # fmt: skip
    audit.record(
        actor, "stock.moved", subject_type="goods", subject_id=here.id, quantity=quantity,
        to=there.id,
    )  # fmt: skip
    return moved[here.id], moved[there.id]


@query("stock.read")
def movements(
    actor: Actor, goods_id: str, *, cursor: str | None = None, limit: int
) -> Page[MovementView]:
    """List the movements of goods within the actor's reach, the latest first. Refuses 404."""
    find_goods(actor, goods_id)
    return paged(
        f"stock:{goods_id}",
        select(StockMovement).where(StockMovement.goods_id == goods_id),
        by=[StockMovement.version],
        newest_first=True,
        cursor=cursor,
        limit=limit,
        make=lambda row: _view(row[0]),
    )


def _view(row: StockMovement) -> MovementView:
    return MovementView(
        row.id, row.goods_id, row.quantity, row.reason, row.stock_after, "posted", row.moved_at,
        row.donor, row.invoice, row.unit_cost, row.note,
    )  # fmt: skip
