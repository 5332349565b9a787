"""Use cases of seasons' prices: from one day to another goods cost something else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, func, insert, select, update

from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.policy import within
from moralbank.core.problems import conflict, invalid_field, not_found
from moralbank.core.transaction import operation, query
from moralbank.market.shelf.models import Goods, GoodsPrice
from moralbank.organizations.operations import path_of
from moralbank.rulebook.operations import in_force
from moralbank.rulebook.rules import price_refusal

PRICE_TODAY = """COALESCE((
    SELECT season.price FROM goods_prices AS season
    WHERE season.goods_id = goods.id AND season.starts_on <= :today AND season.ends_on >= :today
), goods.price)"""
"""The SQL of what goods cost on the day `:today`, for a statement that reads `goods`."""


@dataclass(frozen=True, slots=True)
class PriceView:
    """A season's price, in hundredths of a point; both days are local, and count."""

    id: str
    goods_id: str
    price: int
    starts_on: date
    ends_on: date


def price_on(day: date) -> ColumnElement[int]:
    """Return the SQL of what goods cost on a local day, in hundredths."""
    season = (
        select(GoodsPrice.price)
        .where(
            GoodsPrice.goods_id == Goods.id, GoodsPrice.starts_on <= day, GoodsPrice.ends_on >= day
        )
        .correlate(Goods)
        .scalar_subquery()
    )
    return func.coalesce(season, Goods.price)


def prices_on(day: date, goods_ids: Sequence[str]) -> dict[str, int]:
    """Return what some goods cost on a local day, in hundredths."""
    rows = session().execute(select(Goods.id, price_on(day)).where(Goods.id.in_(goods_ids)))
    return {row[0]: int(row[1]) for row in rows}


@operation("goods.change")
def set_price(
    actor: Actor, goods_id: str, *, price: int, starts_on: date, ends_on: date
) -> PriceView:
    """Give goods another price from a day, today at the earliest, to another; both count.

    Refuses 404, 422 for days that are over or the wrong way round and for a price that is not what
    a point's worth makes of the cost, 409 `price_overlaps`.
    """
    row = _held(actor, goods_id)
    if starts_on < clock.today():
        raise invalid_field("starts_on", _("最早从今天开始。"))
    if ends_on < starts_on:
        raise invalid_field("ends_on", _("不能早于开始的日子。"))
    refused = price_refusal(in_force(starts_on), price=price, cost=row.cost)
    if refused is not None:
        raise invalid_field("price", _(refused.text, **refused.values))
    other = session().scalar(
        select(GoodsPrice).where(
            GoodsPrice.goods_id == row.id,
            GoodsPrice.starts_on <= ends_on,
            GoodsPrice.ends_on >= starts_on,
        )
    )
    if other is not None:
        raise conflict(
            "price_overlaps",
            _("%(first)s 至 %(last)s 已经另定了价。", first=other.starts_on, last=other.ends_on),
        )
    made = PriceView(new_id(), row.id, price, starts_on, ends_on)
    session().execute(
        insert(GoodsPrice),
        {
            "id": made.id,
            "goods_id": row.id,
            "price": price,
            "starts_on": starts_on,
            "ends_on": ends_on,
            "made_by": actor.caller,
            "made_at": clock.now(),
        },
    )
    audit.record(
        actor, "goods.season", subject_type="goods", subject_id=row.id,
        starts_on=starts_on.isoformat(), ends_on=ends_on.isoformat(),
    )  # fmt: skip
    return made


@operation("goods.change")
def end_price(actor: Actor, goods_id: str, price_id: str) -> None:
    """End a season's price: one that has begun with yesterday, one that has not as if it had never
    been. One that is over stays.

    Refuses 404, 409 `wrong_state`.
    """
    _held(actor, goods_id)
    row = session().get(GoodsPrice, price_id)
    if row is None or row.goods_id != goods_id:
        raise not_found()
    today = clock.today()
    if row.ends_on < today:
        raise conflict("wrong_state", _("这个价格已经过期。"))
    if row.starts_on >= today:
        session().execute(delete(GoodsPrice).where(GoodsPrice.id == row.id))
    else:
        session().execute(
            update(GoodsPrice)
            .where(GoodsPrice.id == row.id)
            .values(ends_on=today - timedelta(days=1))
        )
    audit.record(actor, "goods.season_end", subject_type="goods", subject_id=goods_id)


@query("goods.read")
def list_prices(actor: Actor, goods_id: str) -> list[PriceView]:
    """List the seasons' prices of goods, the latest first. Refuses 404."""
    row = session().get(Goods, goods_id)
    if row is None:
        raise not_found()
    within(actor, path_of(row.supermarket_id))
    rows = session().scalars(
        select(GoodsPrice)
        .where(GoodsPrice.goods_id == goods_id)
        .order_by(GoodsPrice.starts_on.desc())
    )
    return [PriceView(one.id, one.goods_id, one.price, one.starts_on, one.ends_on) for one in rows]


def _held(actor: Actor, goods_id: str) -> Goods:
    """Return goods within the actor's reach, held: of two seasons at once the later sees the
    first."""
    row = session().get(Goods, goods_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise not_found()
    within(actor, path_of(row.supermarket_id))
    return row
