"""What awards rest on: the ratings of an errand, who did it for how long, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select, union

from moralbank.core import clock
from moralbank.core.db import session
from moralbank.events.awarding.models import Award
from moralbank.events.awarding.standards import UNREADABLE, book_of
from moralbank.events.models import Participant, Rating, ServiceEvent
from moralbank.rulebook.rules import combined_stars

Key = tuple[str, str]
"""An errand and a volunteer."""


class Ground(NamedTuple):
    """What one award rests on; None is what is not on record."""

    stars: int | None
    minutes: int | None
    performed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Unfounded:
    """An award that rests on something else than what is on record, or (`stored` None) is missing
    where the errand was rated."""

    event_id: str
    volunteer_id: str
    stored: Ground | None
    found: Ground


@dataclass(frozen=True, slots=True)
class Grounds:
    """The errands of a period, and what every award rests on that was or should have been made."""

    errands: frozenset[str]
    of: Mapping[Key, Ground]

    def unfounded(self, stored: Mapping[Key, Ground]) -> list[Unfounded]:
        """Compare with what the awards say."""
        return [
            Unfounded(*key, stored.get(key), self.of[key])
            for key in sorted(self.of)
            if stored.get(key) != self.of[key]
        ]


def between(first: date, last: date) -> Grounds:
    """Read the grounds of the errands that were done from `first` to `last` (local days, both
    inclusive), or of which an award says so."""
    since, until = clock.start_of(first), clock.end_of(last)
    numbers = union(
        select(ServiceEvent.id).where(
            ServiceEvent.performed_at >= since, ServiceEvent.performed_at < until
        ),
        select(Award.event_id).where(Award.performed_at >= since, Award.performed_at < until),
    ).subquery()
    ids = select(numbers.c.id)
    events = {
        row.id: row
        for row in session().execute(
            select(
                ServiceEvent.id,
                ServiceEvent.performed_at,
                ServiceEvent.resident_id,
                ServiceEvent.rulebook_version,
            ).where(ServiceEvent.id.in_(ids))
        )
    }
    awarded = session().execute(
        select(Award.event_id, Award.volunteer_id, Award.rulebook_version).where(
            Award.event_id.in_(ids)
        )
    )
    versions = {(row.event_id, row.volunteer_id): row.rulebook_version for row in awarded}
    standards = {event_id: version for (event_id, _who), version in versions.items()}
    given: dict[str, list[int]] = {}
    ratings = (
        select(Rating.event_id, Rating.stars)
        .where(Rating.event_id.in_(ids))
        .order_by(Rating.event_id, Rating.place)
    )
    for event_id, rated in session().execute(ratings):
        given.setdefault(event_id, []).append(rated)
    stars = {
        event.id: _stars(
            event.resident_id,
            given.get(event.id, []),
            requested_by=event.rulebook_version,
            awarded_by=standards.get(event.id),
        )
        for event in events.values()
    }
    done = session().execute(
        select(Participant.event_id, Participant.volunteer_id, Participant.minutes).where(
            Participant.event_id.in_(ids), Participant.minutes.is_not(None)
        )
    )
    minutes = {(row.event_id, row.volunteer_id): row.minutes for row in done}
    keys = versions.keys() | {key for key in minutes if stars[key[0]] is not None}
    return Grounds(
        errands=frozenset(events),
        of={
            key: Ground(stars[key[0]], minutes.get(key), events[key[0]].performed_at)
            for key in keys
        },
    )


def _stars(
    resident_id: str | None, given: list[int], *, requested_by: int, awarded_by: int | None
) -> int | None:
    """Return the stars of an errand as its rating was settled, None where it was not: by the
    resident, or by as many neighbours as the version of the request needs, combined by the
    version that awards."""
    if resident_id is not None:
        return given[0] if given else None
    asked, standard = book_of(requested_by), book_of(awarded_by or requested_by)
    if asked is None or standard is None or len(given) < asked.neighbours_needed:
        return None
    try:
        return combined_stars(standard, given)
    except UNREADABLE:
        return None
