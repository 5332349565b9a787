"""How requests come to an end: how many, how soon, how content; by station and by community."""

from collections.abc import Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Closing:
    """How a community's requests, or those that a station's volunteers took, came to an end."""

    organization_id: str
    name: str
    level: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class ClosingView:
    """All of them together, then the communities and the stations one by one."""

    total: Figures
    items: list[Closing]


@query("events.closing")
def closing(
    actor: Actor,
    *,
    community_id: str | None = None,
    period: str | None = None,
    kind: str | None = None,
) -> ClosingView:
    """Return how the requests within reach that were taken in a period came to an end. A
    community's are those of its residents; a station's those that its volunteers claimed or did.
    Refuses 404, 422 for a period that is none."""
    conditions = _taken_in(actor, period)
    if community_id is not None:
        find_community(actor, community_id)
        conditions.append(ServiceEvent.community_id == community_id)
    if kind is not None:
        conditions.append(ServiceEvent.kind == kind)
    outcomes = _outcomes(conditions)
    communities: dict[str, list[Outcome]] = {}
    for community, outcome in outcomes.values():
        communities.setdefault(community, []).append(outcome)
    stations: dict[str, list[Outcome]] = {}
    for event_id, station in _stations(conditions):
        stations.setdefault(station, []).append(outcomes[event_id][1])
    return ClosingView(
        figures(outcome for _place, outcome in outcomes.values()),
        [*_named("community", communities), *_named("station", stations)],
    )


@query("events.closing")
def closing_total(actor: Actor, *, period: str) -> Figures:
    """Return the figures of all requests within reach that were taken in a period, alone. Refuses
    422 for a period that is none."""
    outcomes = _outcomes(_taken_in(actor, period))
    return figures(outcome for _place, outcome in outcomes.values())


def _taken_in(actor: Actor, period: str | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [reached(actor.scope or "/")]
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
    stars: dict[str, list[int]] = {}
    rated = select(Rating.event_id, Rating.stars).join(
        ServiceEvent, ServiceEvent.id == Rating.event_id
    )
    for row in session().execute(_of_events(rated, conditions)):
        stars.setdefault(row.event_id, []).append(row.stars)
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


def _named(level: str, outcomes: dict[str, list[Outcome]]) -> list[Closing]:
    known = names(set(outcomes))
    return [Closing(number, known[number], level, figures(outcomes[number])) for number in
            sorted(outcomes, key=lambda number: known[number])]  # fmt: skip
