"""Use cases of goods: put them on a shelf, change them, read them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, insert, select, update

from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.policy import within
from moralbank.core.problems import conflict, invalid_field, not_found
from moralbank.core.transaction import operation, query
from moralbank.market.shelf.book import record
from moralbank.market.shelf.models import Goods, GoodsPicture
from moralbank.market.shelf.pictures import address_of, pictures_of
from moralbank.market.shelf.prices import price_on, prices_on
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, find, path_of
from moralbank.rulebook.operations import in_force
from moralbank.rulebook.rules import price_refusal


@dataclass(frozen=True, slots=True)
class GoodsView:
    """Goods on a shelf; `price` and `price_today` in hundredths of a point, `cost` in hundredths of
    a yuan. The price of today is the price, unless a season has another. `low` says that it is time
    to order more, `picture` where there is one."""

    id: str
    supermarket_id: str
    sku: str
    barcode: str | None
    name: str
    unit: str
    price: int
    price_today: int
    stock: int
    set_aside: int
    reorder_level: int | None
    low: bool
    limit_per_person: int | None
    limit_period: str
    cost: int | None
    active: bool
    picture: str | None


def _view(row: Goods, price_today: int | None, picture: str | None) -> GoodsView:
    return GoodsView(
        row.id, row.supermarket_id, row.sku, row.barcode, row.name, row.unit, row.price,
        row.price if price_today is None else price_today, row.stock, row.set_aside,
        row.reorder_level,
        row.reorder_level is not None and row.stock <= row.reorder_level,
        row.limit_per_person, row.limit_period, row.cost, row.active, picture,
    )  # fmt: skip


def _as_it_stands(row: Goods) -> GoodsView:
    today, shown = prices_on(clock.today(), [row.id]), pictures_of([row.id])
    return _view(row, today.get(row.id), shown.get(row.id))


@operation("goods.change")
def create(
    actor: Actor,
    *,
    supermarket_id: str,
    sku: str,
    name: str,
    unit: str,
    price: int,
    stock: int,
    barcode: str | None = None,
    reorder_level: int | None = None,
    limit_per_person: int | None = None,
    limit_period: str = "month",
    cost: int | None = None,
) -> GoodsView:
    """Put goods on a supermarket's shelf; what is there at first counts as received.

    Refuses 404, 409 `sku_taken`, 409 `barcode_taken`, 422 for a price that is not what a point's
    worth makes of the cost.
    """
    find(actor, supermarket_id, level="supermarket")
    taken = select(Goods.id).where(Goods.supermarket_id == supermarket_id, Goods.sku == sku)
    if session().scalar(taken) is not None:
        raise conflict("sku_taken", _("这家超市已有这个货号。"))
    _check_barcode(supermarket_id, barcode)
    _check_price(price=price, cost=cost)
    number = new_id()
    session().execute(
        insert(Goods),
        {
            "id": number,
            "supermarket_id": supermarket_id,
            "sku": sku,
            "barcode": barcode,
            "name": name,
            "unit": unit,
            "price": price,
            "stock": 0,
            "set_aside": 0,
            "version": 0,
            "limit_per_person": limit_per_person,
            "limit_period": limit_period,
            "cost": cost,
            "reorder_level": reorder_level,
            "active": True,
            "created_at": clock.now(),
        },
    )
    if stock:
        record(number, stock, reason="received", who=actor.caller, cost=cost)
    audit.record(actor, "goods.create", subject_type="goods", subject_id=number, sku=sku)
    return _as_it_stands(session().get_one(Goods, number))


@operation("goods.change")
def change(actor: Actor, goods_id: str, **changes: Any) -> GoodsView:
    """Change name, unit, barcode, price, limit, cost, the level at which to order or whether the
    goods are offered; never the stock.

    Receipts that were given keep what they say. Refuses 404, 409 `barcode_taken`, 422 for a price
    or a cost after which the price is not what a point's worth makes of the cost.
    """
    row = find_goods(actor, goods_id)
    if changes:
        # Held, so that of two who change price and cost at once the later sees what the first did.
        session().refresh(row, with_for_update=True)
        if changes.get("barcode") not in (None, row.barcode):
            _check_barcode(row.supermarket_id, changes["barcode"])
        if "price" in changes or "cost" in changes:
            _check_price(price=changes.get("price", row.price), cost=changes.get("cost", row.cost))
        session().execute(update(Goods).where(Goods.id == row.id).values(**changes))
        audit.record(
            actor, "goods.change", subject_type="goods", subject_id=row.id,
            changed=sorted(changes),
        )  # fmt: skip
    session().refresh(row)
    return _as_it_stands(row)


def _check_barcode(supermarket_id: str, barcode: str | None) -> None:
    taken = select(Goods.name).where(
        Goods.supermarket_id == supermarket_id, Goods.barcode == barcode
    )
    name = None if barcode is None else session().scalar(taken)
    if name is not None:
        raise conflict("barcode_taken", _("这个条码已用于%(name)s。", name=name))


def _check_price(*, price: int, cost: int | None) -> None:
    refused = price_refusal(in_force(clock.today()), price=price, cost=cost)
    if refused is not None:
        raise invalid_field("price", _(refused.text, **refused.values))


def find_goods(actor: Actor, goods_id: str) -> Goods:
    """Return the row of goods in a supermarket within the actor's reach. Refuses 404."""
    row = session().get(Goods, goods_id)
    if row is None:
        raise not_found()
    within(actor, path_of(row.supermarket_id))
    return row


@query("goods.read")
def read(actor: Actor, goods_id: str) -> GoodsView:
    """Return goods in a supermarket within the actor's reach. Refuses 404."""
    return _as_it_stands(find_goods(actor, goods_id))


@query("goods.read")
def list_goods(
    actor: Actor, *, supermarket_id: str | None = None, cursor: str | None = None, limit: int
) -> Page[GoodsView]:
    """List goods that the actor may see, oldest first; a terminal's are its own shop's unless it
    asks for another's. Refuses 404."""
    statement: Select[Any] = select(Goods)
    if supermarket_id is None and actor.kind == "terminal":
        supermarket_id = actor.organization_id
    if supermarket_id is not None:
        find(actor, supermarket_id, level="supermarket")
        statement = statement.where(Goods.supermarket_id == supermarket_id)
    elif actor.kind != "volunteer":
        statement = statement.join(Organization, Organization.id == Goods.supermarket_id).where(
            below(actor.scope or "/")
        )
    page = paged(
        "goods", statement, by=[Goods.id], cursor=cursor, limit=limit, make=lambda row: row[0],
    )  # fmt: skip
    numbers = [row.id for row in page.items]
    today, shown = prices_on(clock.today(), numbers), pictures_of(numbers)
    return Page([_view(row, today.get(row.id), shown.get(row.id)) for row in page.items], page.next)


@dataclass(frozen=True, slots=True)
class LowGoods:
    """Goods of which it is time to order more, and where."""

    supermarket_id: str
    supermarket: str
    name: str
    unit: str
    stock: int


@query("goods.read")
def to_reorder(actor: Actor, *, limit: int) -> list[LowGoods]:
    """Return what is at its reorder level or below it in the supermarkets within reach, the
    emptiest shelves first."""
    rows = session().execute(
        select(Goods.supermarket_id, Organization.name, Goods.name, Goods.unit, Goods.stock)
        .join(Organization, Organization.id == Goods.supermarket_id)
        .where(Goods.active, Goods.stock <= Goods.reorder_level, below(actor.scope or "/"))
        .order_by(Goods.stock, Goods.id)
        .limit(limit)
    )
    return [LowGoods(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class AlikeGoods:
    """The same goods on another shelf."""

    id: str
    supermarket: str
    name: str
    stock: int


@query("goods.read")
def alike(actor: Actor, goods_id: str) -> list[AlikeGoods]:
    """Return the same goods in the other supermarkets within reach: those of one name, number or
    barcode in the same unit, the emptiest shelves first. Refuses 404."""
    here = find_goods(actor, goods_id)
    known = (Goods.sku == here.sku) | (Goods.name == here.name)
    if here.barcode is not None:
        known |= Goods.barcode == here.barcode
    rows = session().execute(
        select(Goods.id, Organization.name, Goods.name, Goods.stock)
        .join(Organization, Organization.id == Goods.supermarket_id)
        .where(
            known,
            Goods.active,
            Goods.unit == here.unit,
            Goods.supermarket_id != here.supermarket_id,
            below(actor.scope or "/"),
        )
        .order_by(Goods.stock, Goods.id)
    )
    return [AlikeGoods(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class PublicGoods:
    """Goods as anybody may see them; `price` in hundredths of a point, `left` what is not set aside
    for somebody, `picture` where it is."""

    name: str
    unit: str
    price: int
    left: int
    picture: str | None


def costs_of(goods_ids: Iterable[str]) -> dict[str, int | None]:
    """Return what one piece of some goods costs, in hundredths of a yuan, where that is known."""
    rows = session().execute(select(Goods.id, Goods.cost).where(Goods.id.in_(goods_ids)))
    return {row.id: row.cost for row in rows}


def public_goods(supermarket_ids: Iterable[str] | None = None) -> dict[str, list[PublicGoods]]:
    """Return what the supermarkets offer, by supermarket id: of all of them, or of some."""
    statement = (
        select(
            Goods.supermarket_id,
            Goods.name,
            Goods.unit,
            price_on(clock.today()).label("price"),
            (Goods.stock - Goods.set_aside).label("left"),
            GoodsPicture.digest,
        )
        .outerjoin(GoodsPicture, GoodsPicture.goods_id == Goods.id)
        .where(Goods.active)
    )
    if supermarket_ids is not None:
        statement = statement.where(Goods.supermarket_id.in_(list(supermarket_ids)))
    shelves: dict[str, list[PublicGoods]] = {}
    for row in session().execute(statement.order_by(Goods.supermarket_id, Goods.id)):
        picture = row.digest and address_of(row.digest)
        offered = PublicGoods(row.name, row.unit, row.price, row.left, picture)
        shelves.setdefault(row.supermarket_id, []).append(offered)
    return shelves
