"""What pools and households were given, and what somebody gave: for the staff without the giver,
for the giver without the receiver's name. And turning goods that nobody can bring into points."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, or_, select

from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.language import recorded
from moralbank.core.pagination import Page, paged
from moralbank.core.policy import within
from moralbank.core.problems import conflict, not_found
from moralbank.core.transaction import operation, query
from moralbank.market.models import Donation, DonationLine, Household, Parcel
from moralbank.market.receipts import ReceiptLine, lines_of, pieces_of
from moralbank.market.relief import parcels
from moralbank.market.relief.households import find_household, refuse_own
from moralbank.market.relief.nearness import pools_over
from moralbank.market.shelf import book
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, find, hangs_on, names

OPEN = ("waiting", "proposed")
TOLD_FOR = timedelta(days=30)
"""So long a giver's own page says what became of goods."""


@dataclass(frozen=True, slots=True)
class Gift:
    """A gift, without the giver; points in hundredths. Pool and household are None where it went to
    another volunteer. `state` of goods: waiting, proposed, completed, or turned (into points, with
    the reason); None where it was points."""

    id: str
    pool_id: str | None
    pool: str | None
    household_id: str | None
    household: str | None
    points: int
    message: str | None
    donated_at: datetime
    lines: tuple[ReceiptLine, ...] = ()
    supermarket_id: str | None = None
    supermarket: str | None = None
    state: str | None = None
    ended_at: datetime | None = None
    reason: str | None = None


def _statement() -> Select[Any]:
    return (
        select(Donation, Household.alias, Parcel)
        .outerjoin(Household, Household.id == Donation.to_household_id)
        .outerjoin(Parcel, Parcel.donation_id == Donation.id)
    )


@query("donations.read")
def list_gifts(
    actor: Actor,
    *,
    pool_id: str | None = None,
    state: str | None = None,
    cursor: str | None = None,
    limit: int,
) -> Page[Gift]:
    """List what one pool, or all pools and households within reach, were given, newest first; and,
    without what was said to it, the goods that wait for anybody whom a pool is there for. For a
    volunteer, what they gave themselves. `state` is that of goods. Refuses 404."""
    statement = _statement()
    if actor.kind == "volunteer":
        statement = statement.where(Donation.volunteer_id == actor.volunteer_id)
    else:
        scope = actor.scope or "/"
        over = [pool.id for pool in pools_over(scope)]
        place = func.coalesce(Donation.to_pool_id, Household.community_id)
        statement = statement.join(Organization, Organization.id == place).where(
            or_(below(scope), Organization.id.in_(over) & Parcel.status.in_(OPEN))
        )
    if pool_id is not None:
        find(actor, pool_id, level="pool")
        statement = statement.where(Donation.to_pool_id == pool_id)
    if state is not None:
        statement = statement.where(Parcel.status == state)
    page = paged(
        "donations", statement, by=[Donation.id], newest_first=True, cursor=cursor, limit=limit,
        make=lambda row: (row[0], row[1], row[2]),
    )  # fmt: skip
    views = _views(page.items)
    if actor.kind != "volunteer":
        reach = _reached(actor, {one.pool_id for one in views if one.pool_id})
        views = [
            one if one.pool_id is None or one.pool_id in reach else replace(one, message=None)
            for one in views
        ]
    return Page(views, page.next)


def _reached(actor: Actor, pool_ids: set[str]) -> set[str]:
    rows = session().execute(
        select(Organization.id, Organization.path).where(Organization.id.in_(pool_ids))
    )
    return {row.id for row in rows if actor.covers(row.path)}


@query("donations.own")
def own_parcels(actor: Actor) -> list[Gift]:
    """Return the goods that a volunteer gave and that wait, or came to an end in the last thirty
    days, the newest first."""
    rows = session().execute(
        _statement()
        .where(
            Donation.volunteer_id == actor.volunteer_id,
            Parcel.status.is_not(None),
            or_(Parcel.ended_at.is_(None), Parcel.ended_at > clock.now() - TOLD_FOR),
        )
        .order_by(Donation.id.desc())
    )
    return _views([(row[0], row[1], row[2]) for row in rows])


@query("donations.read")
def get_parcel(actor: Actor, donation_id: str) -> Gift:
    """Return one gift of goods within reach that waits to be brought. Refuses 404."""
    found = session().execute(_statement().where(Donation.id == donation_id)).one_or_none()
    if found is None or found[2] is None or found[2].status != "waiting":
        raise not_found()
    gift: Donation = found[0]
    if gift.to_household_id is not None:
        find_household(actor, gift.to_household_id)
    else:
        pool = session().get_one(Organization, gift.to_pool_id)
        if not (actor.scope or "/").startswith(hangs_on(pool.path)):
            within(actor, pool.path)
    return _views([(found[0], found[1], found[2])])[0]


@operation("reliefs.propose")
def turn_into_points(actor: Actor, donation_id: str, *, reason: str) -> Gift:
    """Turn a parcel that waits into points for whom it was given: its goods are there for anybody
    again. The giver reads the reason.

    Refuses 404 for what is no parcel within reach, 409 `wrong_state` for one that was brought,
    turned into points, or is proposed.
    """
    gift = session().get(Donation, donation_id)
    if gift is None or gift.to_volunteer_id is not None:
        raise not_found()
    if gift.to_household_id is not None:
        refuse_own(actor, find_household(actor, gift.to_household_id, hold=True))
    else:
        find(actor, gift.to_pool_id or "", level="pool")
    held = parcels.hold_parcel(donation_id)
    if held is None:
        raise not_found()
    parcel, gift = held
    if parcel.status == "proposed":
        raise conflict("wrong_state", _("这份赠物已经提出发放，先退回才能改成积分。"))
    if parcel.status != "waiting":
        raise conflict("wrong_state", _("这份赠物已经办过了，请刷新看看。"))
    now = clock.now()
    parcels.take_out(parcel)
    for goods_id in pieces_of(DonationLine.donation_id, donation_id):
        book.tell_of_more(goods_id)
    parcels.hand_points_on(gift, recorded("赠物改为积分"), now)
    parcels.end(parcel, "turned", actor.caller, now, reason)
    audit.record(actor, "parcels.turn_into_points", subject_type="donation", subject_id=donation_id)
    found = session().execute(_statement().where(Donation.id == donation_id)).one()
    return _views([(found[0], found[1], found[2])])[0]


def _views(rows: Sequence[tuple[Donation, str | None, Parcel | None]]) -> list[Gift]:
    places = {gift.to_pool_id for gift, _alias, _parcel in rows if gift.to_pool_id}
    places |= {parcel.supermarket_id for _gift, _alias, parcel in rows if parcel}
    called = names(places)
    goods = lines_of(DonationLine.donation_id, [gift.id for gift, _alias, _parcel in rows])
    views = []
    for gift, alias, parcel in rows:
        pool = called[gift.to_pool_id] if gift.to_pool_id else None
        view = Gift(
            gift.id, gift.to_pool_id, pool, gift.to_household_id, alias, gift.points, gift.message,
            gift.donated_at,
        )  # fmt: skip
        if parcel is not None:
            view = replace(
                view,
                lines=tuple(goods[gift.id]),
                supermarket_id=parcel.supermarket_id,
                supermarket=called[parcel.supermarket_id],
                state=parcel.status,
                ended_at=parcel.ended_at,
                reason=parcel.reason,
            )
        views.append(view)
    return views
