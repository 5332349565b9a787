"""What the desk asks of several rooms at once. It only reads."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, select

from moralbank.core import keys
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.transaction import query
from moralbank.events.lists import overdue_first
from moralbank.events.models import Participant, Rating, ServiceEvent
from moralbank.events.ratings import COMMENT
from moralbank.events.reach import reached
from moralbank.events.requests import is_overdue, see, speaker
from moralbank.events.series import invited
from moralbank.organizations.models import Organization
from moralbank.people.identities import public_names
from moralbank.people.rules import masked_name
from moralbank.people.volunteers import find_volunteer
from moralbank.rulebook.operations import rulebook

NAMED = 6
"""How many names a line holds."""
WAITING = ("open", "claimed", "completed")
"""The states in which an errand waits for somebody."""


@dataclass(frozen=True, slots=True)
class ErrandLine:
    """An errand in a list, with the masked names of whoever claimed or did it."""

    id: str
    status: str
    item: str
    community: str
    who: str
    created_at: datetime
    performed_at: datetime | None
    deadline: datetime | None
    overdue: bool


def _lines(rows: Sequence[Any]) -> list[ErrandLine]:
    who = performers([row[0].id for row in rows])
    return [
        ErrandLine(
            id=row[0].id,
            status=row[0].status,
            item=rulebook(row[0].rulebook_version).items[row[0].service_item].name,
            community=row[1],
            who=who.get(row[0].id, ""),
            created_at=row[0].created_at,
            performed_at=row[0].performed_at,
            deadline=row[0].deadline,
            overdue=is_overdue(row[0]),
        )
        for row in rows
    ]


def _errands(actor: Actor) -> Select[Any]:
    return (
        select(ServiceEvent, Organization.name)
        .join(Organization, Organization.id == ServiceEvent.community_id)
        .where(reached(actor.scope or "/"))
    )


@query("desk.use")
def longest_waiting(actor: Actor, *, limit: int) -> list[ErrandLine]:
    """Return the errands within reach that wait for somebody: those past their deadline first,
    then the oldest."""
    return _lines(overdue_first(actor, WAITING, limit=limit))


@query("desk.use")
def errands_of(actor: Actor, volunteer_id: str, *, limit: int) -> list[ErrandLine]:
    """Return the latest errands within reach that a volunteer claimed or did. Refuses 404."""
    find_volunteer(actor, volunteer_id)
    own = select(Participant.event_id).where(Participant.volunteer_id == volunteer_id)
    latest = (
        _errands(actor)
        .where(ServiceEvent.id.in_(own))
        .order_by(ServiceEvent.id.desc())
        .limit(limit)
    )
    return _lines(session().execute(latest).all())


def performers(event_ids: Collection[str]) -> dict[str, str]:
    """Return the masked names of who claimed or did some errands, by errand; of many the first."""
    rows = (
        session()
        .execute(
            select(Participant.event_id, Participant.volunteer_id)
            .where(Participant.event_id.in_(event_ids))
            .order_by(Participant.volunteer_id)
        )
        .all()
    )
    names = public_names({row.volunteer_id for row in rows})
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.event_id, []).append(masked_name(names[row.volunteer_id].name))
    return {number: names_text(people) for number, people in found.items()}


def names_text(people: Sequence[str]) -> str:
    """Return masked names in one line; of many the first few and their number."""
    if len(people) <= NAMED:
        return str(_("、").join(people))
    words: str = _("%(names)s 等 %(n)d 人", names=_("、").join(people[:NAMED]), n=len(people))
    return words


@query("desk.use")
def asked_first(actor: Actor, event_id: str) -> list[str]:
    """Return the masked names of who is asked first to do an errand, and whether they declined.
    Refuses 404."""
    see(actor, event_id)
    people = invited(event_id)
    names = public_names(people)
    return [
        _("%(name)s（这次不去）", name=masked_name(names[number].name))
        if declined
        else masked_name(names[number].name)
        for number, declined in people.items()
    ]


@dataclass(frozen=True, slots=True)
class RatingView:
    """A rating as the community that answers for the errand sees it; `speaker` is who rated for
    the resident (name and relation), empty where they did themselves."""

    stars: int
    channel: str
    slip_no: str | None
    comment: str | None
    rated_at: datetime
    speaker: dict[str, Any]


@query("desk.use")
def ratings_of(actor: Actor, event_id: str) -> list[RatingView]:
    """Return the ratings of an errand; none to a member of staff who did it. Refuses 404."""
    see(actor, event_id)
    own = actor.volunteer_id and session().get(Participant, (event_id, actor.volunteer_id))
    if own:
        return []
    rows = (
        session()
        .execute(select(Rating).where(Rating.event_id == event_id).order_by(Rating.place))
        .scalars()
    )
    return [
        RatingView(
            row.stars, row.channel, row.slip_no,
            keys.decrypt_or_none(COMMENT, row.comment), row.rated_at, speaker(row.spoke_for),
        )
        for row in rows
    ]  # fmt: skip
