"""What the public may count: live sums over awards and redemptions, without a name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, TypeVar

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, case, func, select

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.counted import counted
from moralbank.core.db import session
from moralbank.core.pagination import Page, decode_cursor, encode_cursor
from moralbank.core.transaction import query
from moralbank.events.awarding.models import Award
from moralbank.market.models import Donation, Redemption, Relief
from moralbank.notices.rules import apart_and_merged
from moralbank.notices.scope import Scope, scope_of
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below
from moralbank.people.models import Volunteer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Summary:
    """The bank's totals. Points in hundredths; points redeemed, by cards and for households in
    hardship, are net of voids; minutes are those
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
    return _summary(organization_id=organization_id, period=period)


@counted
def _summary(*, organization_id: str | None, period: str | None) -> Summary:
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


@query("public.read")
def took_part(_actor: Actor, *, organization_id: str) -> int:
    """Return how many people did what the totals of an organization say was done. Refuses 404."""
    return _took_part(organization_id=organization_id)


@counted
def _took_part(*, organization_id: str) -> int:
    scope = scope_of(organization_id=organization_id)
    people = select(func.count(Award.volunteer_id.distinct()))
    return session().scalar(people.where(scope.awards, Award.status == "awarded")) or 0


def _count_places(scope: Scope) -> dict[str, int]:
    statement = select(Organization.level, func.count()).group_by(Organization.level)
    if scope.path is not None:
        statement = statement.where(below(scope.path))
    return {row[0]: row[1] for row in session().execute(statement)}


def _count_volunteers(scope: Scope) -> int:
    return (
        session().scalar(
            select(func.count())
            .select_from(Volunteer)
            .where(scope.members, Volunteer.status != "closed")
        )
        or 0
    )


def _done(scope: Scope) -> tuple[int, int, int]:
    row = (
        session()
        .execute(
            select(
                func.coalesce(func.sum(Award.minutes), 0),
                func.coalesce(func.sum(Award.points), 0),
                func.count(Award.event_id.distinct()),
            ).where(scope.awards, Award.status == "awarded")
        )
        .one()
    )
    return int(row[0]), int(row[1]), row[2]


def _redeemed(scope: Scope) -> int:
    return sum(
        int(session().scalar(select(func.coalesce(func.sum(made.points), 0)).where(here)) or 0)
        for made, here in ((Redemption, scope.redemptions), (Relief, scope.reliefs))
    )


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
    return _by_month(months=months)


@counted
def _by_month(*, months: int) -> list[Month]:
    firsts = [clock.today().replace(day=1)]
    while len(firsts) < months:
        firsts.append(_month_before(firsts[-1]))
    firsts.reverse()
    starts = [clock.start_of(first) for first in firsts]
    awarded = _monthly(Award.points, Award.performed_at, Award.status == "awarded", starts)
    sold, brought = (
        _monthly(made.points, made.occurred_at, made.status == "completed", starts)
        for made in (Redemption, Relief)
    )
    redeemed = [one + other for one, other in zip(sold, brought, strict=True)]
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
    found = _points_by_community(organization_id=organization_id, period=period)
    return listed("public-points", found, cursor=cursor, limit=limit)


@counted
def _points_by_community(
    *, organization_id: str | None, period: str | None
) -> list[CommunityPoints]:
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
    # Everybody has one community.
    return _small_merged(found, lambda rows: sum(row.volunteers for row in rows))


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
    found = _redemptions_by_supermarket(organization_id=organization_id, period=period)
    return listed("public-redemptions", found, cursor=cursor, limit=limit)


@counted
def _redemptions_by_supermarket(
    *, organization_id: str | None, period: str | None
) -> list[SupermarketPoints]:
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

    def people_of(rows: Sequence[SupermarketPoints]) -> int:
        at_these = Redemption.supermarket_id.in_([row.organization_id for row in rows])
        people = select(func.count(Redemption.volunteer_id.distinct()))
        return session().scalar(people.where(scope.redemptions, at_these)) or 0

    return _small_merged(found, people_of)


@dataclass(frozen=True, slots=True)
class PoolPoints:
    """What one donation pool was given; or several where too few gave to show them apart.
    `volunteers` are those who gave."""

    organization_id: str | None
    name: str
    volunteers: int
    gifts: int
    points: int


@query("public.read")
def gifts_by_pool(
    _actor: Actor,
    *,
    organization_id: str | None = None,
    period: str | None = None,
    cursor: str | None = None,
    limit: int,
) -> Page[PoolPoints]:
    """Return the points given to pools, by pool, the most first. Refuses 404, 422."""
    found = _gifts_by_pool(organization_id=organization_id, period=period)
    return listed("public-gifts", found, cursor=cursor, limit=limit)


@counted
def _gifts_by_pool(*, organization_id: str | None, period: str | None) -> list[PoolPoints]:
    scope = scope_of(organization_id=organization_id, period=period)
    givers = func.count(Donation.volunteer_id.distinct())
    rows = session().execute(
        select(Organization.id, Organization.name, givers, func.count(), func.sum(Donation.points))
        .join(Organization, Organization.id == Donation.to_pool_id)
        .where(scope.gifts)
        .group_by(Organization.id, Organization.name)
    )
    found = [PoolPoints(row[0], row[1], row[2], row[3], int(row[4])) for row in rows]

    def people_of(rows: Sequence[PoolPoints]) -> int:
        to_these = Donation.to_pool_id.in_([row.organization_id for row in rows])
        return session().scalar(select(givers).where(scope.gifts, to_these)) or 0

    return _small_merged(found, people_of)


Row = TypeVar("Row", CommunityPoints, SupermarketPoints, PoolPoints)


def _small_merged(rows: list[Row], people: Callable[[Sequence[Row]], int]) -> list[Row]:
    """Merge the rows of too few people into one last row, the others the most points first; what
    is of too few people even so is left out. `people` counts those of several rows, each once."""
    apart, small = apart_and_merged([(row.volunteers, row) for row in rows], together=people)
    apart.sort(key=lambda row: (-row.points, row.name, row.organization_id or ""))
    if small:
        counted = [
            field.name
            for field in fields(small[0])
            if field.name not in ("organization_id", "name", "volunteers")
        ]
        sums = {name: sum(getattr(row, name) for row in small) for name in counted}
        sums["volunteers"] = people(small)
        apart.append(replace(small[0], organization_id=None, name=_("其他"), **sums))
    return apart


def listed(name: str, items: Sequence[T], *, cursor: str | None, limit: int) -> Page[T]:
    """Return a page of a list that is made anew each time; the cursor is a place in it."""
    start = decode_cursor(name, cursor)[0] if cursor is not None else 0
    end = start + limit
    return Page(list(items[start:end]), encode_cursor(name, [end]) if end < len(items) else None)
