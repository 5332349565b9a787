"""How requests come to an end: how many, how soon, how content; by station and by community."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select

from moralbank.core import periods
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.transaction import query
from moralbank.events.awarding.models import Award
from moralbank.events.models import Participant, Rating, ServiceEvent
from moralbank.events.reach import reached
from moralbank.events.rules import Figures, Outcome, figures
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import find_community, names
from moralbank.people.models import Volunteer

Outcomes = dict[str, Outcome]
"""What came of some requests, by errand."""


@dataclass(frozen=True, slots=True)
class Places:
    """What came of requests: all of them, and by the id of the community whose residents asked and
    of the station whose volunteers claimed or did them."""

    all: Outcomes
    communities: dict[str, Outcomes]
    stations: dict[str, Outcomes]


@dataclass(frozen=True, slots=True)
class Closing:
    """How a community's requests, or those that a station's volunteers took, came to an end; of
    several that are too small to tell apart where there is no `organization_id`."""

    organization_id: str | None
    name: str
    level: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class ClosingView:
    """All of them together (None: too few to tell), then the communities and the stations."""

    total: Figures | None
    items: list[Closing]


@query("events.closing")
def closing(
    actor: Actor,
    *,
    community_id: str | None = None,
    period: str | None = None,
    kind: str | None = None,
    came_by: str | None = None,
) -> ClosingView:
    """Return how the requests within reach that were taken in a period came to an end. A
    community's are those of its residents; a station's those that its volunteers claimed or did.
    Refuses 404, 422 for a period that is none."""
    if community_id is not None:
        find_community(actor, community_id)
    found = outcomes_below(
        actor.scope or "/", community_id=community_id, period=period, kind=kind, came_by=came_by
    )
    items = []
    for level, places in (("community", found.communities), ("station", found.stations)):
        known = names(set(places))
        items += [
            Closing(number, known[number], level, figures(places[number].values()))
            for number in sorted(places, key=lambda one: known[one])
        ]
    return ClosingView(figures(found.all.values()), items)


def outcomes_below(
    path: str,
    *,
    community_id: str | None = None,
    period: str | None,
    kind: str | None = None,
    came_by: str | None = None,
) -> Places:
    """Return what came of the requests within reach of `path` that were taken in a period: of one
    community, of one kind, or that came in one way, where that is asked. Refuses 422 for a period
    that is none."""
    conditions = _taken_in(path, period)
    if community_id is not None:
        conditions.append(ServiceEvent.community_id == community_id)
    if kind is not None:
        conditions.append(ServiceEvent.kind == kind)
    if came_by is not None:
        conditions.append(ServiceEvent.came_by == came_by)
    outcomes = _outcomes(conditions)
    communities: dict[str, Outcomes] = {}
    for event_id, (community, outcome) in outcomes.items():
        communities.setdefault(community, {})[event_id] = outcome
    stations: dict[str, Outcomes] = {}
    for event_id, station in _stations(conditions):
        stations.setdefault(station, {})[event_id] = outcomes[event_id][1]
    told = {event_id: outcome for event_id, (_place, outcome) in outcomes.items()}
    return Places(told, communities, stations)


@query("events.closing")
def closing_total(actor: Actor, *, period: str) -> Figures:
    """Return the figures of all requests within reach that were taken in a period, alone. Refuses
    422 for a period that is none."""
    outcomes = _outcomes(_taken_in(actor.scope or "/", period))
    return figures(outcome for _place, outcome in outcomes.values())


def _taken_in(path: str, period: str | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [reached(path)]
    if period is not None:
        span = periods.read(period)
        conditions += [ServiceEvent.created_at >= span.since, ServiceEvent.created_at < span.until]
    return conditions


def _of_events(statement: Select[Any], conditions: list[ColumnElement[bool]]) -> Select[Any]:
    return statement.join(Organization, Organization.id == ServiceEvent.community_id).where(
        *conditions
    )


def _outcomes(conditions: list[ColumnElement[bool]]) -> dict[str, tuple[str, Outcome]]:
    """Return each request's community and what came of it, by its id."""
    stars: dict[str, list[tuple[datetime, int]]] = {}
    rated = select(Rating.event_id, Rating.rated_at, Rating.stars).join(
        ServiceEvent, ServiceEvent.id == Rating.event_id
    )
    for row in session().execute(_of_events(rated, conditions)):
        stars.setdefault(row.event_id, []).append((row.rated_at, row.stars))
    awarded = exists().where(Award.event_id == ServiceEvent.id)
    events = select(
        ServiceEvent.id, ServiceEvent.community_id, ServiceEvent.status, ServiceEvent.created_at,
        ServiceEvent.performed_at, awarded.label("awarded"),
    )  # fmt: skip
    return {
        row.id: (
            row.community_id,
            Outcome(
                cancelled=row.status == "cancelled",
                closed=row.status in ("awarded", "dismissed") and row.awarded,
                asked_at=row.created_at,
                done_at=row.performed_at,
                stars=tuple(stars.get(row.id, ())),
            ),
        )
        for row in session().execute(_of_events(events, conditions))
    }


def _stations(conditions: list[ColumnElement[bool]]) -> Iterable[tuple[str, str]]:
    """Return the requests with the stations of who claimed or did them, each pair once."""
    pairs = (
        select(Participant.event_id, Volunteer.station_id)
        .join(Volunteer, Volunteer.id == Participant.volunteer_id)
        .join(ServiceEvent, ServiceEvent.id == Participant.event_id)
        .distinct()
    )
    for row in session().execute(_of_events(pairs, conditions)):
        if row.station_id is not None:
            yield row.event_id, row.station_id
