"""The love supermarkets as the public sees them: where they are, what they have, for how much."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import aliased

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.pagination import Page, paged
from moralbank.core.transaction import query
from moralbank.market.shelf.goods import PublicGoods, public_goods
from moralbank.market.shelf.models import Goods
from moralbank.organizations.models import Organization
from moralbank.rulebook.operations import in_force


@dataclass(frozen=True, slots=True)
class Shop:
    """A supermarket. Phone and address are the shop's; `community` is what it belongs to."""

    id: str
    name: str
    community: str
    address: str | None
    hours: str | None
    phone: str | None
    goods: list[PublicGoods]


@query("public.read")
def supermarkets(
    _actor: Actor, *, q: str = "", cursor: str | None = None, limit: int
) -> Page[Shop]:
    """Return supermarkets with their goods, in the order in which they were opened. `q` is part of
    the name of a supermarket, of its community, or of goods that it offers."""
    home = aliased(Organization)
    statement: Select[Any] = (
        select(Organization, home.name)
        .join(home, home.id == Organization.parent_id, isouter=True)
        .where(Organization.level == "supermarket")
    )
    if q:
        offered = select(Goods.supermarket_id).where(
            Goods.active, Goods.name.contains(q, autoescape=True)
        )
        statement = statement.where(
            or_(
                Organization.name.contains(q, autoescape=True),
                home.name.contains(q, autoescape=True),
                Organization.id.in_(offered),
            )
        )
    page = paged(
        "public-supermarkets",
        statement,
        by=[Organization.id],
        cursor=cursor,
        limit=limit,
        make=lambda row: (row[0], row[1] or ""),
    )
    shelves = public_goods([row.id for row, _home in page.items])
    shops = [
        Shop(row.id, row.name, of, row.address, row.hours, row.phone, shelves.get(row.id, []))
        for row, of in page.items
    ]
    return Page(shops, page.next)


@query("public.read")
def point_worth(_actor: Actor) -> int | None:
    """Return what one point buys of goods, in hundredths of a yuan; None where prices are free."""
    return in_force(clock.today()).redemption.point_worth
