"""Use cases of waiting: who wants what is sold out stands in line, and comes first when it comes.

Whoever's turn it is has one piece set aside as if they had reserved it. Who cannot have it then
(too few points, a limit) is passed over, and the line says why.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, insert, select, update

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.language import in_chinese
from moralbank.core.pagination import Page, paged
from moralbank.core.problems import Refusal, conflict, invalid_field, not_found
from moralbank.core.transaction import operation, query
from moralbank.market.models import Wait
from moralbank.market.reservations import set_aside_for
from moralbank.market.shelf import book
from moralbank.market.shelf.models import Goods
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below
from moralbank.people.models import Volunteer
from moralbank.people.rules import masked_name
from moralbank.people.volunteers import find_volunteer, hold_volunteers


@dataclass(frozen=True, slots=True)
class WaitView:
    """Somebody in line. `status` is waiting, served, passed or left; `ahead` is how many come
    before them, None where they wait no more; `reason` says why they were passed over."""

    id: str
    goods_id: str
    goods: str
    supermarket_id: str
    supermarket: str
    volunteer_id: str
    display_name: str
    status: str
    ahead: int | None
    joined_at: datetime
    reason: str | None
    reservation_id: str | None


@operation("waiting.join")
def join(actor: Actor, goods_id: str, *, volunteer_id: str | None = None) -> WaitView:
    """Stand in line for one piece of goods that are sold out: the volunteer, or staff for one.

    Refuses 404, 409 `in_stock` while there is any, 409 `already_waiting`, 422 without a volunteer.
    """
    number = volunteer_id or actor.volunteer_id
    if number is None:
        raise invalid_field("volunteer_id", _("必须填写。"))
    person = find_volunteer(actor, number)
    row = session().get(Goods, goods_id, with_for_update=True, populate_existing=True)
    if row is None or not row.active:
        raise not_found()
    if row.stock > row.set_aside:
        raise conflict("in_stock", _("还有货，不用排队，可以直接换或者预留。"))
    waiting = select(Wait.id).where(
        Wait.goods_id == goods_id, Wait.volunteer_id == person.id, Wait.status == "waiting"
    )
    if session().scalar(waiting) is not None:
        raise conflict("already_waiting", _("已经在排队了。"))
    made = new_id()
    session().execute(
        insert(Wait),
        {
            "id": made,
            "goods_id": goods_id,
            "volunteer_id": person.id,
            "status": "waiting",
            "joined_at": clock.now(),
            "ended_at": None,
            "reason": None,
            "reservation_id": None,
        },
    )
    return _view_of(made)


@operation("waiting.join")
def leave(actor: Actor, wait_id: str) -> WaitView:
    """Leave the line. Refuses 404, 409 `wrong_state` for who waits no more."""
    row = session().get(Wait, wait_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise not_found()
    find_volunteer(actor, row.volunteer_id)
    if row.status != "waiting":
        raise conflict("wrong_state", _("已经不在排队了。"))
    row.status, row.ended_at = "left", clock.now()
    session().flush()
    return _view_of(row.id)


@in_chinese
def serve(goods_id: str) -> None:
    """Set one piece aside for each who waits, in their order, as long as there are any, in the
    caller's transaction, which holds the goods' row. Why somebody is passed over is kept, so that
    it is in Chinese, whoever brings the goods."""
    waiting = (
        session()
        .scalars(
            select(Wait)
            .where(Wait.goods_id == goods_id, Wait.status == "waiting")
            .order_by(Wait.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .all()
    )
    for row in waiting:
        free = session().scalar(select(Goods.stock - Goods.set_aside).where(Goods.id == goods_id))
        if not free:
            return
        # Somebody at a counter may hold this person and want these goods: the database lets one of
        # the two begin again.
        hold_volunteers([row.volunteer_id])
        try:
            made = set_aside_for(row.volunteer_id, [(goods_id, 1)])
        except Refusal as refusal:  # nothing was written before it was refused
            gone = refusal.code == "goods_unknown"
            reason = _("这种物品下架了。") if gone else refusal.detail
            ended: dict[str, Any] = {"status": "passed", "reason": reason}
        else:
            ended = {"status": "served", "reservation_id": made.id}
        session().execute(
            update(Wait).where(Wait.id == row.id).values(ended_at=clock.now(), **ended)
        )


book.WHEN_MORE.append(serve)


def _line(row: Wait, goods: Goods, shop: str, name: str, ahead: int) -> WaitView:
    return WaitView(
        row.id, row.goods_id, goods.name, goods.supermarket_id, shop, row.volunteer_id,
        masked_name(name), row.status, ahead if row.status == "waiting" else None, row.joined_at,
        row.reason, row.reservation_id,
    )  # fmt: skip


def _lines() -> Select[Any]:
    earlier = Wait.__table__.alias("earlier")
    ahead = (
        select(func.count())
        .select_from(earlier)
        .where(
            earlier.c.goods_id == Wait.goods_id, earlier.c.status == "waiting",
            earlier.c.id < Wait.id,
        )
        .scalar_subquery()
    )  # fmt: skip
    return (
        select(Wait, Goods, Organization.name, Volunteer.name, ahead)
        .join(Goods, Goods.id == Wait.goods_id)
        .join(Organization, Organization.id == Goods.supermarket_id)
        .join(Volunteer, Volunteer.id == Wait.volunteer_id)
    )


def _view_of(wait_id: str) -> WaitView:
    found = _lines().where(Wait.id == wait_id).execution_options(populate_existing=True)
    row = session().execute(found).one()
    return _line(row[0], row[1], row[2], row[3], row[4])


@query("waiting.read")
def list_waiting(
    actor: Actor,
    *,
    goods_id: str | None = None,
    supermarket_id: str | None = None,
    status: str | None = None,
    cursor: str | None = None,
    limit: int,
) -> Page[WaitView]:
    """List who waits or waited, the longest first: the volunteer's own, or those for goods within
    reach."""
    statement = _lines()
    if actor.kind == "volunteer":
        statement = statement.where(Wait.volunteer_id == actor.volunteer_id)
    elif actor.kind == "terminal":
        statement = statement.where(Goods.supermarket_id == actor.organization_id)
    else:
        statement = statement.where(below(actor.scope or "/"))
    if goods_id is not None:
        statement = statement.where(Wait.goods_id == goods_id)
    if supermarket_id is not None:
        statement = statement.where(Goods.supermarket_id == supermarket_id)
    if status is not None:
        statement = statement.where(Wait.status == status)
    return paged(
        "waiting", statement, by=[Wait.id], cursor=cursor, limit=limit,
        make=lambda row: _line(row[0], row[1], row[2], row[3], row[4]),
    )  # fmt: skip
