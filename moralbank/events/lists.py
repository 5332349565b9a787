"""Errands in lists: what staff see, and what volunteers may choose from."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import aliased

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.pagination import Page, paged
from moralbank.core.problems import invalid_field
from moralbank.core.transaction import query
from moralbank.events.awarding.measures import is_unrated, unrated
from moralbank.events.awarding.models import Award
from moralbank.events.models import Invitation, Participant, ServiceEvent
from moralbank.events.participants import district_of
from moralbank.events.reach import reached
from moralbank.events.requests import is_overdue, wanted
from moralbank.events.rules import UNDER_WAY, fits
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, find_community, path_of
from moralbank.people.models import Volunteer
from moralbank.people.skills import suits
from moralbank.rulebook.operations import in_force, rulebook


@dataclass(frozen=True, slots=True)
class EventLine:
    """An errand in a list: nothing of who asked. `fits` says whether its item is for the volunteer
    who looks, and is None for others."""

    id: str
    status: str
    service_item: str
    service_item_name: str
    community_id: str
    community: str
    station_id: str | None
    station: str | None
    has_resident: bool
    needed_at: datetime | None
    performed_at: datetime | None
    created_at: datetime
    callback_due: bool
    volunteers_needed: int
    still_wanted: int
    deadline: datetime | None
    overdue: bool
    fits: bool | None
    kind: str

    @classmethod
    def of(cls, found: Any, unfit: Collection[str] | None = None) -> "EventLine":
        """Make a line of an errand's row, the names of its community and of the station that posted
        it, and how many take part."""
        row = found[0]
        return cls(
            id=row.id,
            status=row.status,
            service_item=row.service_item,
            service_item_name=rulebook(row.rulebook_version).items[row.service_item].name,
            community_id=row.community_id,
            community=found[1],
            station_id=row.station_id,
            station=found[2],
            has_resident=row.resident_id is not None,
            needed_at=row.needed_at,
            performed_at=row.performed_at,
            created_at=row.created_at,
            callback_due=row.callback_since is not None and is_unrated(row),
            volunteers_needed=row.volunteers_needed,
            still_wanted=wanted(row, found[3]),
            deadline=row.deadline,
            overdue=is_overdue(row),
            fits=None if unfit is None else row.service_item not in unfit,
            kind=row.kind,
        )


@query("events.read")
def list_events(
    actor: Actor,
    *,
    status: str | None = None,
    community_id: str | None = None,
    fit: bool | None = None,
    mine: bool = False,
    free: bool = False,
    asked: bool = False,
    callback: bool = False,
    cursor: str | None = None,
    limit: int,
) -> Page[EventLine]:
    """List errands that the actor may see, newest first. `mine` keeps to a volunteer's own, `free`
    to open ones that are not, `asked` to those that they are asked to do again, `callback` to those
    whose resident should be called.

    To a volunteer the open ones come in another order: first what suits them, of that first what
    is near (what the own station posted, own community, own street, the rest of the district), of
    that first who asked first.
    `fit` keeps to what suits them. Refuses 404, 422 for `fit` by anybody else.
    """
    statement = _lines()
    unfit: list[str] | None = None
    if actor.kind == "volunteer":
        unfit = _unfit_items(actor)
        statement = _seen_by_volunteer(actor, statement, mine=mine, free=free)
    elif fit is not None:
        raise invalid_field("fit", _("只有志愿者可以按自己的技能查找。"))
    else:
        statement = statement.where(reached(actor.scope or "/"))
    if community_id is not None:
        find_community(actor, community_id)
        statement = statement.where(ServiceEvent.community_id == community_id)
    if status is not None:
        statement = statement.where(ServiceEvent.status == status)
    if fit and unfit is not None:
        statement = statement.where(ServiceEvent.service_item.not_in(unfit))
    if asked:
        statement = statement.where(ServiceEvent.status == "open")
        invited = select(Invitation.event_id).where(
            Invitation.volunteer_id == actor.volunteer_id, Invitation.declined_at.is_(None)
        )
        own = select(Participant.event_id).where(Participant.volunteer_id == actor.volunteer_id)
        statement = statement.where(ServiceEvent.id.in_(invited), ServiceEvent.id.not_in(own))
    if callback:
        statement = statement.where(ServiceEvent.callback_since.is_not(None), unrated())
    choosing = unfit is not None and status == "open"
    order = _for_volunteer(actor, unfit or []) if choosing else []
    return paged(
        "open-errands" if choosing else "service-events",
        statement,
        by=[*order, ServiceEvent.id],
        cursor=cursor,
        limit=limit,
        newest_first=not choosing,
        make=lambda row: EventLine.of(row, unfit),
    )


@query("awards.review")
def waiting_for_review(actor: Actor, *, cursor: str | None = None, limit: int) -> Page[EventLine]:
    """List the errands within reach with awards that wait for their release, oldest first."""
    waiting = select(Award.event_id).where(Award.status == "provisional")
    return paged(
        "awards-waiting",
        _lines().where(reached(actor.scope or "/"), ServiceEvent.id.in_(waiting)),
        by=[ServiceEvent.id],
        cursor=cursor,
        limit=limit,
        make=EventLine.of,
    )


def _lines() -> Select[Any]:
    station = aliased(Organization)
    return (
        select(ServiceEvent, Organization.name, station.name, _taking_part())
        .join(Organization, Organization.id == ServiceEvent.community_id)
        .join(station, station.id == ServiceEvent.station_id, isouter=True)
    )


def _taking_part() -> Any:
    return (
        select(func.count())
        .select_from(Participant)
        .where(Participant.event_id == ServiceEvent.id)
        .correlate(ServiceEvent)
        .scalar_subquery()
    )


def _seen_by_volunteer(
    actor: Actor, statement: Select[Any], *, mine: bool, free: bool
) -> Select[Any]:
    own = ServiceEvent.id.in_(
        select(Participant.event_id).where(Participant.volunteer_id == actor.volunteer_id)
    )
    if mine:
        return statement.where(own)
    near = below(district_of(actor.scope or "?"))
    if free:
        return statement.where(~own, ServiceEvent.status == "open", near)
    return statement.where(or_(own, (ServiceEvent.status == "open") & near))


def _unfit_items(actor: Actor) -> list[str]:
    """Return the items of the catalogue in force that do not suit a volunteer."""
    assert actor.volunteer_id is not None
    own = suits(actor.volunteer_id)
    items = in_force(clock.today()).items.values()
    return [item.code for item in items if not fits(item.tags, own)]


def _for_volunteer(actor: Actor, unfit: Collection[str]) -> list[ColumnElement[int]]:
    """Return the order in which a volunteer is shown what is open: what suits, what is near."""
    path = path_of(actor.organization_id) if actor.organization_id else (actor.scope or "?")
    street = "/".join(path.split("/")[:3]) + "/"
    suiting = case((ServiceEvent.service_item.in_(unfit), 1), else_=0)
    station = session().scalar(
        select(Volunteer.station_id).where(Volunteer.id == actor.volunteer_id)
    )
    near = case(
        (ServiceEvent.station_id == (station or ""), 0),
        (Organization.path == path, 1),
        (below(street), 2),
        else_=3,
    )
    return [suiting, near]


@query("desk.use")
def overdue_first(
    actor: Actor, statuses: Collection[str], *, limit: int
) -> list[tuple[ServiceEvent, str]]:
    """Return errands in `statuses` within reach, with their communities' names: those past their
    deadline first (the earliest deadline, nobody's before somebody's), then the oldest."""
    late = ServiceEvent.status.in_(UNDER_WAY) & (ServiceEvent.deadline < clock.now())
    rows = session().execute(
        select(ServiceEvent, Organization.name)
        .join(Organization, Organization.id == ServiceEvent.community_id)
        .where(reached(actor.scope or "/"), ServiceEvent.status.in_(statuses))
        .order_by(
            case((late & (ServiceEvent.status == "open"), 0), (late, 1), else_=2),
            case((late, ServiceEvent.deadline)).asc(),
            ServiceEvent.id,
        )
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]
