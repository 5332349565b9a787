"""Use cases of delegates: somebody of the family buys with a volunteer's points until a day.

A delegate has a card and a PIN of their own, which draw on the volunteer's savings: they end alone,
and the volunteer's card stays at home.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import func, insert, select, update

from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.problems import conflict, invalid_field, not_found
from moralbank.core.transaction import operation, query
from moralbank.people.cards import put_out_for
from moralbank.people.identities import about
from moralbank.people.models import Card, Delegate
from moralbank.people.volunteers import find_volunteer, hold_volunteers

MAX_DELEGATES = 3
"""As many at one time can buy with one volunteer's points."""
LONGEST = timedelta(days=366)
"""A delegate is named for a year at most, and then anew."""


@dataclass(frozen=True, slots=True)
class DelegateView:
    """A delegate, as the volunteer and the staff see one. `status` is active, expired or ended;
    `card_id` is their card's, `card_status` active, locked or revoked; `code` is in the answer that
    names them alone."""

    id: str
    volunteer_id: str
    name: str
    relation: str
    phone: str | None
    good_until: date
    status: str
    named_at: datetime
    ended_at: datetime | None
    card_id: str
    card_status: str
    code: str | None = None


@operation("delegates.name")
def name_delegate(
    actor: Actor,
    volunteer_id: str,
    *,
    name: str,
    relation: str,
    good_until: date,
    pin: str,
    phone: str | None = None,
) -> DelegateView:
    """Name a delegate up to a day, that day included, with a card under a PIN that they chose.

    Refuses 404; 409 `wrong_state` for a closed account, 409 `too_many_delegates` beyond three at
    one time; 422 for a day that is over or more than a year away.
    """
    volunteer = find_volunteer(actor, volunteer_id)
    if volunteer.status == "closed":
        raise conflict("wrong_state", _("这个账户已经销户。"))
    today = clock.today()
    if not today <= good_until <= today + LONGEST:
        raise invalid_field("good_until", _("应在今天到一年之内。"))
    hold_volunteers([volunteer.id])  # so that two who are named at once are counted in turn
    others = session().scalar(
        select(func.count()).where(
            Delegate.volunteer_id == volunteer.id, Delegate.ended_at.is_(None),
            Delegate.good_until >= today,
        )
    )  # fmt: skip
    if (others or 0) >= MAX_DELEGATES:
        raise conflict(
            "too_many_delegates", _("同时最多 %(n)d 位代领人，请先停用一位。", n=MAX_DELEGATES)
        )
    number = new_id()
    session().execute(
        insert(Delegate),
        {
            "id": number,
            "volunteer_id": volunteer.id,
            "name": name,
            "relation": relation,
            "phone": phone,
            "good_until": good_until,
            "named_at": clock.now(),
            "named_by": actor.caller,
            "ended_at": None,
            "ended_by": None,
        },
    )
    card = put_out_for(number, volunteer.id, pin=pin)
    audit.record(
        actor, "delegates.name", subject_type="delegate", subject_id=number,
        until=good_until.isoformat(), **about(volunteer.id),
    )  # fmt: skip
    return replace(_view(session().get_one(Delegate, number), card.id, card.status), code=card.code)


@operation("delegates.end")
def end_delegate(actor: Actor, delegate_id: str) -> DelegateView:
    """End a delegate, and with them their card, at once: the volunteer for themselves, or staff.
    Ended twice is ended. Refuses 404."""
    row = session().get(Delegate, delegate_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise not_found()
    find_volunteer(actor, row.volunteer_id)
    if row.ended_at is None:
        row.ended_at, row.ended_by = clock.now(), actor.caller
        session().flush()
        session().execute(
            update(Card)
            .where(Card.delegate_id == row.id, Card.status != "revoked")
            .values(status="revoked", revoked_at=row.ended_at)
        )
        audit.record(
            actor, "delegates.end", subject_type="delegate", subject_id=row.id,
            **about(row.volunteer_id),
        )  # fmt: skip
    return _one(row)


@query("delegates.read")
def list_delegates(
    actor: Actor, volunteer_id: str, *, cursor: str | None = None, limit: int
) -> Page[DelegateView]:
    """List a volunteer's delegates, also those of before, the latest named first. That staff saw
    them is put on record. Refuses 404."""
    volunteer = find_volunteer(actor, volunteer_id)
    audit.saw(
        actor, "delegates.see", subject_type="volunteer", subject_id=volunteer.id,
        **about(volunteer.id),
    )  # fmt: skip
    return paged(
        f"delegates:{volunteer.id}",
        select(Delegate, Card.id, Card.status)
        .join(Card, Card.delegate_id == Delegate.id)
        .where(Delegate.volunteer_id == volunteer.id),
        by=[Delegate.id],
        newest_first=True,
        cursor=cursor,
        limit=limit,
        make=lambda row: _view(row[0], row[1], row[2]),
    )


@query("delegates.read")
def get_delegate(actor: Actor, delegate_id: str) -> DelegateView:
    """Return a delegate of somebody within reach. Refuses 404."""
    row = session().get(Delegate, delegate_id)
    if row is None:
        raise not_found()
    find_volunteer(actor, row.volunteer_id)
    return _one(row)


def _one(row: Delegate) -> DelegateView:
    card = session().execute(select(Card.id, Card.status).where(Card.delegate_id == row.id)).one()
    return _view(row, card.id, card.status)


def _view(row: Delegate, card_id: str, card_status: str) -> DelegateView:
    over = row.good_until < clock.today()
    status = "ended" if row.ended_at is not None else "expired" if over else "active"
    return DelegateView(
        row.id, row.volunteer_id, row.name, row.relation, row.phone, row.good_until, status,
        row.named_at, row.ended_at, card_id, card_status,
    )  # fmt: skip
