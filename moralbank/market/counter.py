"""What the counter must know to sell, in one question: whose shop it is, which rulebook is in
force, what the goods cost, and how many of them one person had already."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from moralbank.core import clock, periods
from moralbank.core.actor import Actor
from moralbank.core.direct import Statement
from moralbank.core.problems import forbidden
from moralbank.core.transaction import query
from moralbank.market.rules import still_allowed
from moralbank.market.shelf.models import PERIODS
from moralbank.market.shelf.pictures import address_of
from moralbank.market.shelf.prices import PRICE_TODAY
from moralbank.rulebook.operations import IN_FORCE

# How many of some goods somebody had in its current period; voided redemptions do not count. The
# goods are no condition on the lines: they would be looked up among all that was ever sold of them.
_HAD = """CASE WHEN goods.limit_per_person IS NULL THEN 0 ELSE (
    SELECT COALESCE(SUM(CASE WHEN line.goods_id = goods.id THEN line.quantity END), 0)
    FROM redemptions AS redemption
    JOIN redemption_lines AS line ON line.redemption_id = redemption.id
    WHERE redemption.volunteer_id = :volunteer AND redemption.status = 'completed'
        AND redemption.occurred_at >= CASE goods.limit_period
            WHEN 'day' THEN :day WHEN 'week' THEN :week WHEN 'month' THEN :month
            WHEN 'quarter' THEN :quarter ELSE :year END
) END"""

_OFFERED = f"""shop.name AS shop, {IN_FORCE} AS version, goods.id, goods.name, goods.unit,
        {PRICE_TODAY} AS price, goods.cost, goods.limit_per_person, goods.limit_period,
        {_HAD} AS had"""
_GOODS = "goods.supermarket_id = shop.id AND goods.active AND goods.id = ANY(:goods)"

_ASKED = Statement(
    f"""
    SELECT {_OFFERED}
    FROM terminals
    JOIN organizations AS shop ON shop.id = terminals.supermarket_id
    LEFT JOIN goods ON {_GOODS}
    WHERE terminals.id = :terminal AND terminals.revoked_at IS NULL
    """  # noqa: S608 — our own words
)
_ASKED_AT = Statement(
    f"""
    SELECT {_OFFERED}
    FROM organizations AS shop
    LEFT JOIN goods ON {_GOODS}
    WHERE shop.id = :shop
    """  # noqa: S608 — our own words
)
_SHELF = Statement(
    f"""
    SELECT goods.id, goods.name, goods.unit, goods.barcode, {PRICE_TODAY} AS price,
        goods.stock - goods.set_aside AS stock,
        goods.limit_per_person, picture.digest,
        {_HAD} AS had
    FROM goods LEFT JOIN goods_pictures AS picture ON picture.goods_id = goods.id
    WHERE goods.supermarket_id = :shop AND goods.active
    ORDER BY goods.stock = goods.set_aside, goods.id
    """  # noqa: S608 — our own words
)


@dataclass(frozen=True, slots=True)
class Offered:
    """Goods of the counter's own shop; `most` is how many of them this person may still have, None
    without a limit. `price` is in hundredths of a point, `cost` in hundredths of a yuan."""

    id: str
    name: str
    unit: str
    price: int
    cost: int | None
    limit: int | None
    limit_period: str
    most: int | None


@dataclass(frozen=True, slots=True)
class Counter:
    """A shop and what was asked for there; goods that it does not offer are left out."""

    shop: str
    rulebook_version: int
    goods: dict[str, Offered]


def ask(terminal_id: str, volunteer_id: str, goods_ids: list[str]) -> Counter:
    """Return what a terminal's shop has of some goods, for one person. Refuses 403 when the
    terminal is none, or was revoked."""
    today = clock.today()
    rows = _ASKED.rows(
        terminal=terminal_id, volunteer=volunteer_id, goods=goods_ids, today=today,
        **_starts(today, clock.zone()),
    )  # fmt: skip
    if not rows:
        raise forbidden(_("这台收银台已停用。"))
    return _counter(rows)


def ask_at(shop_id: str, volunteer_id: str, goods_ids: list[str]) -> Counter:
    """Return what a shop has of some goods, for one person who is not at its counter."""
    today = clock.today()
    return _counter(
        _ASKED_AT.rows(
            shop=shop_id, volunteer=volunteer_id, goods=goods_ids, today=today,
            **_starts(today, clock.zone()),
        )
    )  # fmt: skip


def _counter(rows: list[Any]) -> Counter:
    return Counter(
        rows[0].shop,
        rows[0].version,
        {
            row.id: Offered(
                row.id, row.name, row.unit, row.price, row.cost, row.limit_per_person,
                row.limit_period, still_allowed(row.limit_per_person, int(row.had)),
            )
            for row in rows
            if row.id is not None
        },
    )  # fmt: skip


@lru_cache(maxsize=8)
def _starts(today: date, _zone: ZoneInfo) -> dict[str, datetime]:
    return {period: clock.start_of(periods.period_of(today, period)[0]) for period in PERIODS}


@dataclass(frozen=True, slots=True)
class ShelfGoods:
    """Goods as the counter offers them to one person; `most` is how many they may still have,
    `picture` where there is one."""

    id: str
    barcode: str | None
    name: str
    unit: str
    price: int
    stock: int
    most: int | None
    picture: str | None


@query("redemptions.make")
def shelf(actor: Actor, volunteer_id: str) -> list[ShelfGoods]:
    """Return what the terminal's supermarket offers to a volunteer, sold-out goods last."""
    assert actor.organization_id is not None
    return shelf_of(actor.organization_id, volunteer_id)


def shelf_of(shop_id: str, volunteer_id: str) -> list[ShelfGoods]:
    """Return what a shop offers to a volunteer now, sold-out goods last; `stock` is what is not set
    aside for others."""
    today = clock.today()
    rows = _SHELF.rows(
        shop=shop_id, volunteer=volunteer_id, today=today,
        **_starts(today, clock.zone()),
    )  # fmt: skip
    return [
        ShelfGoods(
            row.id, row.barcode, row.name, row.unit, row.price, row.stock,
            still_allowed(row.limit_per_person, int(row.had)),
            row.digest and address_of(row.digest),
        )
        for row in rows
    ]  # fmt: skip
