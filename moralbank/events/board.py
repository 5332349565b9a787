"""Who is at an errand, as the place sees it where cards are scanned; never for whom it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import aliased

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.pagination import Page, paged
from moralbank.core.transaction import query
from moralbank.events.models import Attendance, ServiceEvent
from moralbank.events.participants import count
from moralbank.events.presence import attendances
from moralbank.events.reach import place_of
from moralbank.events.requests import see
from moralbank.events.rules import UNDER_WAY
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below
from moralbank.people.identities import public_names
from moralbank.people.rules import masked_name
from moralbank.rulebook.operations import rulebook


@dataclass(frozen=True, slots=True)
class Scanned:
    """Somebody who was scanned at an errand, by their masked name."""

    name: str
    came_at: datetime
    left_at: datetime | None
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Board:
    """Who is at an errand: how many take part, were scanned, are there and are gone, and the
    latest to come or go. `runs` is True until it is done."""

    event_id: str
    item: str
    community: str
    needed_at: datetime | None
    runs: bool
    taking_part: int
    came: int
    here: int
    gone: int
    latest: list[Scanned]


@query("events.scan")
def board(actor: Actor, event_id: str, *, latest: int, here_first: bool = False) -> Board:
    """Return who is at an errand, `here_first`: those who are still there. Refuses 404."""
    event, _path = see(actor, event_id)
    rows = list(attendances(event_id).values())
    here = sum(row.left_at is None for row in rows)
    rows.sort(key=lambda row: row.left_at or row.came_at, reverse=True)
    if here_first:
        rows.sort(key=lambda row: row.left_at is not None)
    names = public_names(row.volunteer_id for row in rows[:latest])
    return Board(
        event_id=event.id,
        item=rulebook(event.rulebook_version).items[event.service_item].name,
        community=session().get_one(Organization, event.community_id).name,
        needed_at=event.needed_at,
        runs=event.status in UNDER_WAY,
        taking_part=count(event_id),
        came=len(rows),
        here=here,
        gone=len(rows) - here,
        latest=[
            Scanned(
                masked_name(names[row.volunteer_id].name), row.came_at, row.left_at, row.minutes
            )
            for row in rows[:latest]
        ],
    )


@dataclass(frozen=True, slots=True)
class PlaceErrand:
    """An errand that somebody may come for today, where it was posted, and how many are there."""

    id: str
    status: str
    item: str
    community: str
    station: str | None
    needed_at: datetime | None
    here: int


@query("events.scan")
def errands_today(actor: Actor, *, cursor: str | None = None, limit: int) -> Page[PlaceErrand]:
    """List the errands under way that a terminal's place sees today: where somebody is, then those
    of today, then those that should have been done before or have no time. What is for a later day
    is left out. Refuses 404 for whatever is no terminal of a place."""
    today = clock.start_of(clock.today())
    here = (
        select(func.count())
        .select_from(Attendance)
        .where(Attendance.event_id == ServiceEvent.id, Attendance.left_at.is_(None))
        .correlate(ServiceEvent)
        .scalar_subquery()
    )
    station = aliased(Organization)
    due = or_(
        ServiceEvent.needed_at.is_(None), ServiceEvent.needed_at < clock.end_of(clock.today())
    )
    statement: Any = (
        select(ServiceEvent, Organization.name, station.name, here)
        .join(Organization, Organization.id == ServiceEvent.community_id)
        .join(station, station.id == ServiceEvent.station_id, isouter=True)
        .where(below(place_of(actor)), ServiceEvent.status.in_(UNDER_WAY), or_(due, here > 0))
    )
    first = case((here > 0, 0), (ServiceEvent.needed_at >= today, 1), else_=2)
    return paged(
        "errands-today", statement, by=[first, ServiceEvent.id], cursor=cursor, limit=limit,
        make=lambda row: PlaceErrand(
            id=row[0].id,
            status=row[0].status,
            item=rulebook(row[0].rulebook_version).items[row[0].service_item].name,
            community=row[1],
            station=row[2],
            needed_at=row[0].needed_at,
            here=row[3],
        ),
    )  # fmt: skip
