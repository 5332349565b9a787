"""Places as the public sees them: what was done where and of what kind, a community, a station."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import aliased

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.counted import counted
from moralbank.core.db import session
from moralbank.core.pagination import Page, paged
from moralbank.core.problems import not_found
from moralbank.core.transaction import query
from moralbank.events.awarding.models import Award
from moralbank.events.models import ServiceEvent
from moralbank.notices.rules import apart_and_merged
from moralbank.notices.scope import scope_of
from moralbank.organizations.models import Organization
from moralbank.rulebook.operations import in_force


@dataclass(frozen=True, slots=True)
class CategoryEvents:
    """How many errands of a category were done, and by how many people; of several that too few
    people did, together."""

    name: str
    volunteers: int
    service_events: int


@query("public.read")
def by_category(
    _actor: Actor, *, organization_id: str | None = None, period: str | None = None
) -> list[CategoryEvents]:
    """Return the errands done by category of the rulebook in force, the most first; those of too
    few people are one row, the last. Refuses 404, 422."""
    return _by_category(organization_id=organization_id, period=period)


@counted
def _by_category(*, organization_id: str | None, period: str | None) -> list[CategoryEvents]:
    scope = scope_of(organization_id=organization_id, period=period)
    book = in_force(clock.today())
    kind: ColumnElement[str] = case(
        *(
            (ServiceEvent.service_item.in_(book.items_of(code)), category.name)
            for code, category in book.categories.items()
        ),
        else_="",
    )
    there = (
        select(
            kind.label("category_of_item"),
            func.count(Award.volunteer_id.distinct()),
            func.count(Award.event_id.distinct()),
        )
        .join(ServiceEvent, ServiceEvent.id == Award.event_id)
        .where(scope.awards, Award.status == "awarded")
    )
    rows = [
        CategoryEvents(row[0] or _("以前的项目"), row[1], row[2])
        for row in session().execute(there.group_by("category_of_item"))
    ]

    def people(some: Sequence[CategoryEvents]) -> int:
        names = {one.name for one in some}
        return (
            session().scalar(
                select(func.count(Award.volunteer_id.distinct()))
                .join(ServiceEvent, ServiceEvent.id == Award.event_id)
                .where(scope.awards, Award.status == "awarded", kind.in_(names | {""}))
            )
            or 0
        )

    apart, small = apart_and_merged([(row.volunteers, row) for row in rows], together=people)
    apart.sort(key=lambda row: (-row.service_events, row.name))
    if small:
        events = sum(row.service_events for row in small)
        apart.append(CategoryEvents(_("其他"), people(small), events))
    return apart


@dataclass(frozen=True, slots=True)
class Place:
    """A community or a station. `of` is what it lies in. A station in somebody's home has neither
    phone nor address here."""

    id: str
    name: str
    level: str
    of_id: str | None
    of: str
    station_kind: str | None
    hours: str | None
    phone: str | None
    address: str | None


@query("public.read")
def communities(_actor: Actor, *, q: str = "", cursor: str | None, limit: int) -> Page[Place]:
    """Return the communities in the order in which they were set up; `q` is part of the name of
    one, or of its street."""
    home = aliased(Organization)
    statement = _places("community", home)
    if q:
        statement = statement.where(
            Organization.name.contains(q, autoescape=True) | home.name.contains(q, autoescape=True)
        )
    return paged(
        "public-communities", statement, by=[Organization.id], cursor=cursor, limit=limit,
        make=lambda row: _place(row[0], row[1]),
    )  # fmt: skip


@query("public.read")
def place(_actor: Actor, organization_id: str, *, level: str) -> Place:
    """Return one community or station. Refuses 404."""
    home = aliased(Organization)
    found = session().execute(_places(level, home).where(Organization.id == organization_id))
    row = found.one_or_none()
    if row is None:
        raise not_found()
    return _place(row[0], row[1])


@query("public.read")
def stations_of(_actor: Actor, community_id: str, *, most: int) -> list[Place]:
    """Return the stations of a community, at most `most` of them."""
    home = aliased(Organization)
    rows = session().execute(
        _places("station", home)
        .where(Organization.parent_id == community_id)
        .order_by(Organization.id)
        .limit(most)
    )
    return [_place(row[0], row[1]) for row in rows]


def _places(level: str, home: Any) -> Select[Any]:
    return (
        select(Organization, home.name)
        .join(home, home.id == Organization.parent_id, isouter=True)
        .where(Organization.level == level)
    )


def _place(row: Organization, of: str | None) -> Place:
    at_home = row.station_kind == "household"
    return Place(
        row.id, row.name, row.level, row.parent_id, of or "", row.station_kind, row.hours,
        None if at_home else row.phone, None if at_home else row.address,
    )  # fmt: skip
