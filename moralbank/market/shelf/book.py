"""The book of the stock: what came and went, with what was left. It is only ever added to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, Unpack

from flask_babel import gettext as _
from sqlalchemy import select

from moralbank.core import clock, keys
from moralbank.core.db import session
from moralbank.core.direct import Booking, Statement
from moralbank.core.ids import new_id
from moralbank.core.problems import Refusal, conflict
from moralbank.market.shelf.models import Goods

DONOR = "donor"


@dataclass(frozen=True, slots=True)
class MovementView:
    """A movement of stock, `quantity` signed; a pending count has no `stock_after` yet. `donor`,
    `invoice` and `cost` (of one piece, in hundredths of a yuan) are of what was received."""

    id: str
    goods_id: str
    quantity: int
    reason: str
    stock_after: int | None
    status: str
    moved_at: datetime
    donor: str | None = None
    invoice: str | None = None
    cost: int | None = None
    note: str | None = None


class Said(TypedDict, total=False):
    """What may be said of a movement; `cost` is of one piece, in hundredths of a yuan."""

    donor: str | None
    invoice: str | None
    cost: int | None
    note: str | None


_MOVE = Booking(
    """
    UPDATE goods SET stock = stock + :quantity, version = version + 1
    WHERE id = :goods AND stock - set_aside + :quantity >= 0
    RETURNING stock, version
    """,
    """
    INSERT INTO stock_movements (
        id, goods_id, quantity, reason, stock_after, version, who, second, source_type, source_id,
        moved_at, donor, invoice, unit_cost, note
    )
    SELECT :id, :goods, :quantity, :reason, moved.stock, moved.version, :who, :second,
        :source_type, :source_id, :now, :donor, :invoice, :cost, :note
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
    at: datetime | None = None,
    **said: Unpack[Said],
) -> MovementView:
    """Move the stock of goods by a signed quantity, in the caller's transaction.

    One conditional statement takes it, so that two counters never sell the same bag. `source` is
    the type and id of what moved it. Refuses 409 `out_of_stock` when it would fall below zero.
    """
    number, now = movement_id or new_id(), at or clock.now()
    source_type, source_id = source or (None, None)
    values = {
        "id": number, "goods": goods_id, "quantity": quantity, "reason": reason, "who": who,
        "second": second, "source_type": source_type, "source_id": source_id, "now": now,
        "donor": keys.encrypt_or_none(DONOR, said.get("donor")), "invoice": said.get("invoice"),
        "cost": said.get("cost"), "note": said.get("note"),
    }  # fmt: skip
    moved = _MOVE.first(**values)
    if moved is None and any(freed(goods_id) for freed in WHEN_SHORT):
        moved = _MOVE.first(**values)
    if moved is None:
        left = session().execute(
            select(Goods.name, Goods.stock, Goods.set_aside, Goods.unit).where(Goods.id == goods_id)
        )
        raise too_few(*left.one())
    if quantity > 0:
        tell_of_more(goods_id)
    return MovementView(
        number, goods_id, quantity, reason, moved.stock_after, "posted", now, **said
    )


def too_few(name: str, stock: int, aside: int, unit: str) -> Refusal:
    """Return the refusal 409 `out_of_stock`, which says how many are there for anybody."""
    words = _(
        "%(name)s只剩 %(stock)d %(unit)s，不够了。", name=name, stock=stock - aside, unit=unit
    )
    if aside:
        words = _("%(words)s另有 %(n)d %(unit)s已给人留着。", words=words, n=aside, unit=unit)
    return conflict("out_of_stock", words)


_ASIDE = Statement(
    """
    UPDATE goods SET set_aside = set_aside + :quantity
    WHERE id = :goods AND set_aside + :quantity BETWEEN 0 AND stock
    RETURNING name
    """
)


def set_aside(goods_id: str, quantity: int) -> None:
    """Set so many pieces aside on the shelf, or with less than nothing let them go, in the caller's
    transaction. They are in stock and for nobody else. Refuses 409 `out_of_stock`."""
    if _ASIDE.first(goods=goods_id, quantity=quantity) is None:
        left = session().execute(
            select(Goods.name, Goods.stock, Goods.set_aside, Goods.unit).where(Goods.id == goods_id)
        )
        raise too_few(*left.one())


WHEN_MORE: list[Callable[[str], None]] = []
"""Who is told, in the same transaction, of goods of which there is more than before: whoever waits
for them comes before the next at the counter. The shelf does not know them."""


WHEN_SHORT: list[Callable[[str], bool]] = []
"""Who is asked, in the same transaction, to let go of goods of which there are too few, and tells
whether they did: what was set aside for too long is there for whoever comes."""


def tell_of_more(goods_id: str) -> None:
    """Tell whoever waits that there is more of some goods."""
    for told in WHEN_MORE:
        told(goods_id)
