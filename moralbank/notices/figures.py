"""What the public may count: live sums over the book's awards and redemptions; no names but those
that may be shown."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, TypeVar

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, case, func, select

from moralbank.core import clock, periods
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.pagination import Page, decode_cursor, encode_cursor
from moralbank.core.transaction import query
from moralbank.events.models import Award
from moralbank.honours import rounds
from moralbank.honours.rounds import SUBJECTS, PublishedResult, Subject
from moralbank.market.models import Redemption
from moralbank.notices.lines import alias_marks, consenting
from moralbank.notices.rules import aliases, apart_and_merged
from moralbank.notices.scope import Scope, scope_of
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, names
from moralbank.people.models import Volunteer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Summary:
    """The bank's totals. Points in hundredths; points redeemed are net of voids; minutes are those
    of all who took part. Accounts, stations and supermarkets are those there are now."""

    volunteers: int
    minutes: int
    service_events: int
    points_awarded: int
    points_redeemed: int
    stations: int
    supermarkets: int


@query("public.read")
def summary(
    _actor: Actor, *, organization_id: str | None = None, period: str | None = None
) -> Summary:
    """Return the totals of an organization and a period, never suppressed. Refuses 404, 422."""
    scope = scope_of(organization_id=organization_id, period=period)
    places = _count_places(scope)
    minutes, points, errands = _done(scope)
    return Summary(
        volunteers=_count_volunteers(scope),
        minutes=minutes,
        service_events=errands,
        points_awarded=points,
        points_redeemed=_redeemed(scope),
        stations=places.get("station", 0),
        supermarkets=places.get("supermarket", 0),
    )


def _count_places(scope: Scope) -> dict[str, int]:
    statement = select(Organization.level, func.count()).group_by(Organization.level)
    if scope.path is not None:
        statement = statement.where(below(scope.path))
    return {row[0]: row[1] for row in session().execute(statement)}


def _count_volunteers(scope: Scope) -> int:
    return session().scalar(
        select(func.count())
        .select_from(Volunteer)
        .where(scope.members, Volunteer.status != "closed")
    ) or 0


def _done(scope: Scope) -> tuple[int, int, int]:
    row = session().execute(
        select(
            func.coalesce(func.sum(Award.minutes), 0),
            func.coalesce(func.sum(Award.points), 0),
            func.count(Award.event_id.distinct()),
        ).where(scope.awards, Award.status == "awarded")
    ).one()
    return int(row[0]), int(row[1]), row[2]


def _redeemed(scope: Scope) -> int:
    total = session().scalar(
        select(func.coalesce(func.sum(Redemption.points), 0)).where(scope.redemptions)
    )
    return int(total or 0)


@dataclass(frozen=True, slots=True)
class Month:
    """Points of one month, in hundredths."""

    first: date
    awarded: int
    redeemed: int


MONTHS = 12


@query("public.read")
def by_month(_actor: Actor, *, months: int = MONTHS) -> list[Month]:
    """Return the points awarded and redeemed in each of the last months, this one the last; months
    before the first with any are left out."""
    firsts = [clock.today().replace(day=1)]
    while len(firsts) < months:
        firsts.append(_month_before(firsts[-1]))
    firsts.reverse()
    starts = [clock.start_of(first) for first in firsts]
    awarded = _monthly(Award.points, Award.performed_at, Award.status == "awarded", starts)
    redeemed = _monthly(
        Redemption.points, Redemption.occurred_at, Redemption.status == "completed", starts
    )
    found = [Month(*row) for row in zip(firsts, awarded, redeemed, strict=True)]
    while found and not (found[0].awarded or found[0].redeemed):
        found.pop(0)
    return found


def _month_before(first: date) -> date:
    return date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)


def _monthly(
    amount: Any, moment: Any, condition: ColumnElement[bool], starts: Sequence[datetime]
) -> list[int]:
    ends: list[datetime | None] = [*starts[1:], None]
    sums = [
        func.sum(
            case((moment >= start if end is None else and_(moment >= start, moment < end), amount),
                 else_=0)
        )
        for start, end in zip(starts, ends, strict=True)
    ]  # fmt: skip
    row = session().execute(select(*sums).where(condition, moment >= starts[0])).one()
    return [int(value or 0) for value in row]


@dataclass(frozen=True, slots=True)
class CommunityPoints:
    """What the people of one community did; of several that are too small to show by themselves
    where there is no `organization_id`. `volunteers` are those who took part."""

    organization_id: str | None
    name: str
    volunteers: int
    service_events: int
    minutes: int
    points: int


@query("public.read")
def points_by_community(
    _actor: Actor,
    *,
    organization_id: str | None = None,
    period: str | None = None,
    cursor: str | None = None,
    limit: int,
) -> Page[CommunityPoints]:
    """Return the points awarded, by the volunteers' community, the most first. Refuses 404, 422."""
    scope = scope_of(organization_id=organization_id, period=period)
    rows = session().execute(
        select(
            Organization.id,
            Organization.name,
            func.count(Award.volunteer_id.distinct()),
            func.count(Award.event_id.distinct()),
            func.sum(Award.minutes),
            func.sum(Award.points),
        )
        .join(Volunteer, Volunteer.id == Award.volunteer_id)
        .join(Organization, Organization.id == Volunteer.community_id)
        .where(scope.awards, Award.status == "awarded")
        .group_by(Organization.id, Organization.name)
    )
    found = [
        CommunityPoints(row[0], row[1], row[2], row[3], int(row[4]), int(row[5])) for row in rows
    ]
    merged = _small_merged(found, lambda row: row.volunteers)
    return _page("public-points", merged, cursor=cursor, limit=limit)


@dataclass(frozen=True, slots=True)
class SupermarketPoints:
    """What was redeemed at one supermarket, net of voids; or at several where too few people
    redeemed to show them apart."""

    organization_id: str | None
    name: str
    volunteers: int
    redemptions: int
    points: int


@query("public.read")
def redemptions_by_supermarket(
    _actor: Actor,
    *,
    organization_id: str | None = None,
    period: str | None = None,
    cursor: str | None = None,
    limit: int,
) -> Page[SupermarketPoints]:
    """Return the points redeemed, by supermarket, the most first. Refuses 404, 422."""
    scope = scope_of(organization_id=organization_id, period=period)
    rows = session().execute(
        select(
            Organization.id,
            Organization.name,
            func.count(Redemption.volunteer_id.distinct()),
            func.count(),
            func.sum(Redemption.points),
        )
        .join(Organization, Organization.id == Redemption.supermarket_id)
        .where(scope.redemptions)
        .group_by(Organization.id, Organization.name)
    )
    found = [SupermarketPoints(row[0], row[1], row[2], row[3], int(row[4])) for row in rows]
    merged = _small_merged(found, lambda row: row.volunteers)
    return _page("public-redemptions", merged, cursor=cursor, limit=limit)


Row = TypeVar("Row", CommunityPoints, SupermarketPoints)


def _small_merged(rows: list[Row], people: Callable[[Row], int]) -> list[Row]:
    """Merge the rows of too few people into one last row, the others the most points first."""
    apart, small = apart_and_merged([(people(row), row) for row in rows])
    apart.sort(key=lambda row: (-row.points, row.name, row.organization_id or ""))
    if small:
        counted = [
            field.name for field in fields(small[0]) if field.name not in ("organization_id", "name")
        ]
        sums = {name: sum(getattr(row, name) for row in small) for name in counted}
        apart.append(replace(small[0], organization_id=None, name=_("其他"), **sums))
    return apart


def _page(name: str, items: Sequence[T], *, cursor: str | None, limit: int) -> Page[T]:
    """Return a page of a list that is made anew each time; the cursor is a place in it."""
    start = decode_cursor(name, cursor)[0] if cursor is not None else 0
    end = start + limit
    return Page(list(items[start:end]), encode_cursor(name, [end]) if end < len(items) else None)


@dataclass(frozen=True, slots=True)
class PublicStars:
    """One subject's published stars, under the name that may be shown at this moment."""

    subject: Subject
    period: str
    round_organization_id: str
    organization: str
    display_name: str
    stars: int
    rank: int
    minutes: int
    points: int

    @property
    def period_title(self) -> str:
        """What a reader calls the period."""
        return periods.parse(self.period).title


@query("public.read")
def stars(
    _actor: Actor,
    *,
    organization_id: str | None = None,
    period: str | None = None,
    subject: Subject | None = None,
    cursor: str | None = None,
    limit: int,
) -> Page[PublicStars]:
    """Return the published stars of a period, by default the latest one published, the best first;
    who reached none is not listed. Refuses 404, 422."""
    path = scope_of(organization_id=organization_id).path
    found: list[tuple[Subject, str, PublishedResult]] = []
    for one in (subject,) if subject else SUBJECTS:
        asked = periods.read(period).name if period is not None else latest_period(path, one)
        if asked is not None:
            results = rounds.published_results(path, one, asked, least_stars=1)
            found += [(one, asked, result) for result in results]
    page = _page("public-stars", found, cursor=cursor, limit=limit)
    return Page(_shown(found, page.items), page.next)


def latest_period(path: str | None, subject: Subject) -> str | None:
    """Return the latest period with published stars of a kind of subject."""
    return next(iter(rounds.published_periods(path, subject)), None)


def _shown(
    everybody: Iterable[tuple[Subject, str, PublishedResult]],
    wanted: Sequence[tuple[Subject, str, PublishedResult]],
) -> list[PublicStars]:
    """Name `wanted`. An alias belongs to one round, and is told from all others of the list."""
    marks: dict[str, bytes] = {}
    for subject, _period, result in everybody:
        if subject == "volunteer":
            marks |= alias_marks(result.round_id, [result.subject_id])
    alias = aliases(marks)
    people = [result.subject_id for subject, _period, result in wanted if subject == "volunteer"]
    homes = _homes(people)
    called = names(
        {result.subject_id for subject, _period, result in wanted if subject != "volunteer"}
        | {result.organization_id for _subject, _period, result in wanted}
    )
    called |= {number: alias[number] for number in people} | consenting(people)
    return [
        PublicStars(
            subject, period, result.organization_id,
            homes.get(result.subject_id) or called.get(result.organization_id, ""),
            called.get(result.subject_id, ""), result.stars, result.rank,
            result.measures.minutes, result.measures.points,
        )
        for subject, period, result in wanted
    ]  # fmt: skip


def _homes(people: Sequence[str]) -> dict[str, str]:
    """Return the communities of those who agree to be named; of the others an alias alone is
    told, as a small community could give them away."""
    rows = session().execute(
        select(Volunteer.id, Organization.name)
        .join(Organization, Organization.id == Volunteer.community_id)
        .where(Volunteer.id.in_(people), Volunteer.publish_consent)
    )
    return {row[0]: row[1] for row in rows}
