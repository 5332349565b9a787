"""Use cases of giving: points for somebody else, or for a pool, and what a pool was given."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import insert, select

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.problems import conflict, forbidden, invalid, invalid_field, not_found
from moralbank.core.quantities import points_text
from moralbank.core.transaction import operation, query
from moralbank.events.awarding.standings import refuse_stopped
from moralbank.market.models import Donation
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, find, pool_holder
from moralbank.people.models import Volunteer
from moralbank.people.volunteers import gifts_of, wallet_of
from moralbank.rulebook.operations import in_force


@dataclass(frozen=True, slots=True)
class DonationView:
    """A gift as its giver sees it, without the receiver's name; points in hundredths."""

    id: str
    to_volunteer_id: str | None
    to_pool_id: str | None
    points: int
    balance_after: int
    message: str | None
    donated_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """A gift to a pool that is not made yet: what the giver is asked to confirm. `left` is what
    the savings would have after it, in hundredths like `points`."""

    pool_id: str
    pool: str
    points: int
    left: int
    message: str | None


@dataclass(frozen=True, slots=True)
class Gift:
    """A gift to a pool as the pool's staff see it, without the giver; points in hundredths."""

    id: str
    pool_id: str
    pool: str
    points: int
    message: str | None
    donated_at: datetime


@query("donations.make")
def offer(actor: Actor, *, points: int, to_pool_id: str, message: str | None = None) -> Offer:
    """Return what a gift of points (hundredths) to a pool would come to; nothing moves yet.

    Refuses as `donate` does; 409 `insufficient_points` says how many there are to give.
    """
    giver = _giver(actor)
    pool = find(actor, to_pool_id, level="pool")
    wallet, gifts = wallet_of(giver), gifts_of(giver)
    here = ledger.points_of([wallet, gifts])
    saved, only_to_give = (
        here[holder].available if holder in here else 0 for holder in (wallet, gifts)
    )
    if points > saved + only_to_give:
        most = points_text(saved + only_to_give)
        raise conflict("insufficient_points", _("最多可以给 %(points)s 分。", points=most))
    left = saved - max(0, points - only_to_give)
    return Offer(pool.id, pool.name, points, left, message)


@query("donations.read")
def list_gifts(
    actor: Actor, *, pool_id: str | None = None, cursor: str | None = None, limit: int
) -> Page[Gift]:
    """List what one pool, or all within reach, were given, newest first. Refuses 404."""
    statement = (
        select(Donation, Organization.name)
        .join(Organization, Organization.id == Donation.to_pool_id)
        .where(below(actor.scope or "/"))
    )
    if pool_id is not None:
        find(actor, pool_id, level="pool")
        statement = statement.where(Donation.to_pool_id == pool_id)
    return paged(
        "donations",
        statement,
        by=[Donation.id],
        cursor=cursor,
        limit=limit,
        newest_first=True,
        make=lambda row: Gift(
            row[0].id, row[0].to_pool_id, row[1], row[0].points, row[0].message, row[0].donated_at
        ),
    )


@operation("donations.make")
def donate(
    actor: Actor,
    *,
    points: int,
    to_volunteer_id: str | None = None,
    to_pool_id: str | None = None,
    message: str | None = None,
) -> DonationView:
    """Give points (hundredths) to another volunteer or to a pool; the giver's merit stays.

    What the giver can only give away goes first, the rest out of the savings; `balance_after` is
    the savings'. The receiver may spend all of it, and it keeps its dates.

    Refuses 422 unless there is one receiver who is not the giver, 404 for an unknown one, 403 when
    the giver's account is frozen or the rulebook stops them (`not_in_good_standing`), 409
    `insufficient_points`.
    """
    if (to_volunteer_id is None) == (to_pool_id is None):
        message_ = _("请填写 to_volunteer_id 或 to_pool_id 其中一个。")
        raise invalid({"to_volunteer_id": [message_], "to_pool_id": [message_]})
    giver = _giver(actor)
    if to_volunteer_id == giver:
        raise invalid_field("to_volunteer_id", _("不能转赠给自己。"))
    if to_pool_id is not None:
        pool = find(actor, to_pool_id, level="pool")
        payee, reason = pool_holder(pool.id), _("转赠%(pool)s", pool=pool.name)
    elif to_volunteer_id is not None and _is_active(to_volunteer_id):
        payee, reason = wallet_of(to_volunteer_id), _("转赠积分")
    else:
        raise not_found()
    number, now = new_id(), clock.now()
    wallet, gifts = wallet_of(giver), gifts_of(giver)
    here = ledger.hold_wallets([wallet, gifts, payee])
    from_gifts = min(points, here[gifts].available) if gifts in here else 0
    parts = {f"donation:{number}:gifts": (gifts, from_gifts)} if from_gifts else {}
    if points > from_gifts:
        parts[f"donation:{number}"] = wallet, points - from_gifts
    posted = ledger.post(
        [
            ledger.Posting(
                key=key,
                kind="donation",
                asset="points",
                payer=payer,
                payee=payee,
                amount=amount,
                effective_at=now,
                reason=reason,
                source_type="donation",
                source_id=number,
            )
            for key, (payer, amount) in parts.items()
        ]
    )
    left = here[wallet].balance - (points - from_gifts)
    session().execute(
        insert(Donation),
        {
            "id": number,
            "volunteer_id": giver,
            "to_volunteer_id": to_volunteer_id,
            "to_pool_id": to_pool_id,
            "points": points,
            "message": message,
            # The last of its journal: of two, the one out of the savings.
            "transfer_id": posted[-1].id,
            "donated_at": now,
        },
    )
    return DonationView(number, to_volunteer_id, to_pool_id, points, left, message, now)


def _giver(actor: Actor) -> str:
    """Return who gives. Refuses 403 for whom the account or the rulebook stops."""
    giver = actor.volunteer_id
    if giver is None or not _is_active(giver):
        raise forbidden(_("这个账户现在不能转赠积分。"))
    refuse_stopped(in_force(clock.today()), giver, "donations")
    return giver


def _is_active(volunteer_id: str) -> bool:
    status = session().scalar(select(Volunteer.status).where(Volunteer.id == volunteer_id))
    return status == "active"
