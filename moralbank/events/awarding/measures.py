"""What was done, added up: by volunteer, by month, by category. Only aggregates leave here."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from moralbank.core.db import session
from moralbank.events.awarding.models import Award
from moralbank.events.models import ServiceEvent
from moralbank.events.reach import reached
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below
from moralbank.people.models import Volunteer


@dataclass(frozen=True, slots=True)
class Measures:
    """What one volunteer did in a period: minutes whole, points and merit in hundredths, how many
    errands, and the stars that residents gave (their number and their sum)."""

    minutes: int = 0
    points: int = 0
    merit: int = 0
    events: int = 0
    ratings: int = 0
    stars: int = 0

    def __add__(self, other: "Measures") -> "Measures":
        """Add up what two did."""
        return Measures(
            self.minutes + other.minutes,
            self.points + other.points,
            self.merit + other.merit,
            self.events + other.events,
            self.ratings + other.ratings,
            self.stars + other.stars,
        )


def _performed(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    conditions = [Award.status == "awarded"]
    if since is not None:
        conditions.append(Award.performed_at >= since)
    if until is not None:
        conditions.append(Award.performed_at < until)
    return conditions


def by_volunteer(
    path: str, *, since: datetime | None = None, until: datetime | None = None
) -> dict[str, Measures]:
    """Return what each volunteer with an account at or below `path` did, taken by
    `performed_at`."""
    rows = session().execute(
        select(
            Award.volunteer_id,
            func.sum(Award.minutes),
            func.sum(Award.points),
            func.sum(Award.merit),
            func.count(),
            func.sum(Award.stars),
        )
        .join(Volunteer, Volunteer.id == Award.volunteer_id)
        .join(Organization, Organization.id == Volunteer.community_id)
        .where(below(path), *_performed(since, until))
        .group_by(Award.volunteer_id)
    )
    return {
        row[0]: Measures(int(row[1]), int(row[2]), int(row[3]), row[4], row[4], int(row[5]))
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class Counted:
    """What one volunteer did of one service item under one version of the rulebook: how many
    errands, in how many minutes, the first of them when."""

    service_item: str
    rulebook_version: int
    errands: int
    minutes: int
    first_at: datetime


def by_item(
    volunteer_id: str, *, since: datetime | None = None, until: datetime | None = None
) -> list[Counted]:
    """Return what one volunteer did by service item, of the awards that stand, taken by
    `performed_at`."""
    rows = session().execute(
        select(
            ServiceEvent.service_item,
            Award.rulebook_version,
            func.count(),
            func.sum(Award.minutes),
            func.min(Award.performed_at),
        )
        .join(ServiceEvent, ServiceEvent.id == Award.event_id)
        .where(Award.volunteer_id == volunteer_id, *_performed(since, until))
        .group_by(ServiceEvent.service_item, Award.rulebook_version)
    )
    return [Counted(row[0], row[1], row[2], int(row[3]), row[4]) for row in rows]


@dataclass(frozen=True, slots=True)
class Ratings:
    """Ratings together, each errand's once however many did it: how many, the sum of their stars,
    and of the squares of these."""

    ratings: int = 0
    stars: int = 0
    squares: int = 0


def ratings_by_group(
    group: InstrumentedAttribute[str | None],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, Ratings]:
    """Return the ratings of the errands that members of each group did, by the group's id; `group`
    is the volunteers' column that names theirs. Taken by `performed_at`."""
    rated = (
        # All who did an errand have its one rating.
        select(group.label("group_id"), func.max(Award.stars).label("stars"))
        .join(Volunteer, Volunteer.id == Award.volunteer_id)
        .where(group.is_not(None), *_performed(since, until))
        .group_by(group, Award.event_id)
        .subquery()
    )
    rows = session().execute(
        select(rated.c.group_id, *_added_up(rated.c.stars)).group_by(rated.c.group_id)
    )
    return {row[0]: Ratings(row[1], int(row[2]), int(row[3])) for row in rows}


def ratings_in(path: str, *, since: datetime | None, until: datetime | None) -> Ratings:
    """Return the ratings of errands in the communities at or below `path`, taken by
    `performed_at`."""
    rated = (
        select(func.max(Award.stars).label("stars"))
        .join(ServiceEvent, ServiceEvent.id == Award.event_id)
        .join(Organization, Organization.id == ServiceEvent.community_id)
        .where(below(path), *_performed(since, until))
        .group_by(Award.event_id)
        .subquery()
    )
    many, stars, squares = session().execute(select(*_added_up(rated.c.stars))).one()
    return Ratings(many, int(stars), int(squares))


def _added_up(stars: ColumnElement[int]) -> list[ColumnElement[int]]:
    """Return how many ratings there are, and the sums that `Ratings` has."""
    return [
        func.count(),
        func.coalesce(func.sum(stars), 0),
        func.coalesce(func.sum(stars * stars), 0),
    ]


def count_waiting(path: str) -> dict[str, int]:
    """Count the errands within reach of who works at `path` by status, and those to call back."""
    rows = (
        session()
        .execute(
            select(ServiceEvent.status, func.count())
            .join(Organization, Organization.id == ServiceEvent.community_id)
            .where(reached(path))
            .group_by(ServiceEvent.status)
        )
        .all()
    )
    counts: dict[str, int] = {row[0]: row[1] for row in rows}
    counts["callback"] = (
        session().scalar(
            select(func.count())
            .select_from(ServiceEvent)
            .join(Organization, Organization.id == ServiceEvent.community_id)
            .where(reached(path), unrated(), ServiceEvent.callback_since.is_not(None))
        )
        or 0
    )
    return counts


def unrated() -> ColumnElement[bool]:
    """Return the condition that an errand waits for its rating, as `rating_state` has it: done, or
    its dispute was dismissed before it was rated."""
    awarded = exists().where(Award.event_id == ServiceEvent.id)
    return or_(
        ServiceEvent.status == "completed", and_(ServiceEvent.status == "dismissed", ~awarded)
    )


def is_unrated(event: ServiceEvent) -> bool:
    """Tell whether an errand waits for its rating."""
    if event.status == "dismissed":
        found = select(Award.event_id).where(Award.event_id == event.id).limit(1)
        return session().scalar(found) is None
    return event.status == "completed"
