"""The audit trail, read: who did and saw what, newest first, within the reader's reach.

That somebody reads it is a line of it, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.audit import AuditEntry
from moralbank.core.db import session
from moralbank.core.ids import first_id
from moralbank.core.pagination import MAX_LIMIT, Page, paged
from moralbank.core.problems import Refusal, not_found
from moralbank.core.transaction import query
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below
from moralbank.people.identities import public_names
from moralbank.people.models import Staff
from moralbank.people.rules import masked_name
from moralbank.people.staff import find_staff
from moralbank.people.volunteers import find_volunteer

FEW_PLACES, FEW_LINES = 200, 2_000
"""Where so many lines at most concern so many places at most, they are looked up by their places
and put in order; where there are more, reading from the newest on soon has a page full."""
MOST_EXPORTED = 20_000
"""As many lines are in one file: what a person may still look through, and no worker waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines: of some days, those included, by whom (`staff:ID`), of one action, about one
    volunteer."""

    since: date | None = None
    until: date | None = None
    actor_id: str | None = None
    action: str | None = None
    volunteer_id: str | None = None

    def words(self) -> dict[str, str]:
        """Return what goes into the line of the trail that says who read it."""
        told = {"since": self.since, "until": self.until, "by": self.actor_id, "of": self.action}
        return {name: str(value) for name, value in told.items() if value is not None}


@dataclass(frozen=True, slots=True)
class TrailLine:
    """A line of the trail. `username` is there where staff did it; the volunteer whom it is about
    is known by the account and the masked name, staff by the user name (`subject`)."""

    id: str
    at: datetime
    actor: str
    actor_name: str
    username: str | None
    address: str
    action: str
    subject_type: str
    subject_id: str
    subject: str | None
    volunteer_id: str | None
    account_no: str | None
    display_name: str | None
    detail: dict[str, Any]


@query("audit.read")
def search(
    actor: Actor, wanted: Wanted, *, cursor: str | None = None, limit: int
) -> Page[TrailLine]:
    """Return a page of the lines within reach, newest first. Refuses 404 for a volunteer who is out
    of reach."""
    _saw(actor, "audit.read", wanted)
    page = _page(actor, wanted, cursor=cursor, limit=limit)
    return Page(_lines(page.items), page.next)


@query("audit.read")
def export(actor: Actor, wanted: Wanted) -> list[TrailLine]:
    """Return all lines within reach, newest first. Refuses 404, 422 for more than a file holds."""
    _saw(actor, "audit.export", wanted)
    found: list[TrailLine] = []
    for lines in _all(actor, wanted):
        found += lines
        if len(found) > MOST_EXPORTED:
            words = _("超过 %(n)d 条，请把日期范围缩小些再导出。", n=MOST_EXPORTED)
            raise Refusal(422, "too_many_lines", words)
    return found


def _all(actor: Actor, wanted: Wanted) -> Iterator[list[TrailLine]]:
    cursor = None
    while True:
        page = _page(actor, wanted, cursor=cursor, limit=MAX_LIMIT * 5)
        yield _lines(page.items)
        cursor = page.next
        if cursor is None:
            return


def _saw(actor: Actor, action: str, wanted: Wanted) -> None:
    if wanted.volunteer_id is not None:
        find_volunteer(actor, wanted.volunteer_id)
    audit.saw(
        actor, action, subject_type="trail", subject_id="trail",
        volunteer_id=wanted.volunteer_id, **wanted.words(),
    )  # fmt: skip


def _page(actor: Actor, wanted: Wanted, *, cursor: str | None, limit: int) -> Page[AuditEntry]:
    statement: Select[Any] = select(AuditEntry)
    # Ids say when: the lines of some days are those between two ids.
    if wanted.since is not None:
        statement = statement.where(AuditEntry.id >= first_id(_begin(wanted.since)))
    if wanted.until is not None:
        after = _begin(wanted.until + timedelta(days=1))
        statement = statement.where(AuditEntry.id < first_id(after))
    for column, value in (
        (AuditEntry.actor, wanted.actor_id),
        (AuditEntry.action, wanted.action),
        (AuditEntry.volunteer_id, wanted.volunteer_id),
    ):
        if value is not None:
            statement = statement.where(column == value)
    statement, few = _within(actor, statement)
    return paged(
        "trail",
        statement,
        by=[AuditEntry.id.concat("") if few else AuditEntry.id],
        newest_first=True,
        cursor=cursor,
        limit=limit,
        make=lambda row: row[0],
    )


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), clock.zone())


def _within(actor: Actor, statement: Select[Any]) -> tuple[Select[Any], bool]:
    """Keep to the lines that concern the actor's own place and what lies below it."""
    scope = actor.scope if actor.scope is not None else "/"
    if scope == "":
        return statement, False
    paths = session().scalars(
        select(Organization.path).where(below(scope)).limit(FEW_PLACES + 1)
    ).all()  # fmt: skip
    if len(paths) <= FEW_PLACES:
        there = AuditEntry.place.in_(paths)
        some = select(AuditEntry.place).where(there).limit(FEW_LINES + 1).subquery()
        if (session().scalar(select(func.count()).select_from(some)) or 0) <= FEW_LINES:
            return statement.where(there), True
    # Not by the index of places, which would put all of them in order for one page.
    walked = AuditEntry.place.concat("").startswith(scope, autoescape=True)
    return statement.where(walked), False


@query("audit.read")
def staff_called(actor: Actor, username: str) -> str:
    """Return who a member of staff within reach is in the trail (`staff:ID`). Refuses 404."""
    number = session().scalar(select(Staff.id).where(Staff.username == username.casefold()))
    if number is None:
        raise not_found()
    return f"staff:{find_staff(actor, number).id}"


def _lines(rows: list[AuditEntry]) -> list[TrailLine]:
    """Name who did it and whom it is about, with a look-up each for the whole page."""
    people = public_names({row.volunteer_id for row in rows if row.volunteer_id})
    colleagues = {
        row.actor.removeprefix("staff:") for row in rows if row.actor.startswith("staff:")
    } | {row.subject_id for row in rows if row.subject_type == "staff"}
    known = session().execute(select(Staff.id, Staff.username).where(Staff.id.in_(colleagues)))
    usernames = {row.id: row.username for row in known}
    return [
        TrailLine(
            id=row.id,
            at=row.at,
            actor=row.actor,
            actor_name=row.actor_name,
            username=usernames.get(row.actor.removeprefix("staff:")),
            address=row.address,
            action=row.action,
            subject_type=row.subject_type,
            subject_id=row.subject_id,
            subject=usernames.get(row.subject_id) if row.subject_type == "staff" else None,
            volunteer_id=row.volunteer_id,
            account_no=person.account_no if person else None,
            display_name=masked_name(person.name) if person else None,
            detail=row.detail,
        )
        for row in rows
        for person in (people.get(row.volunteer_id or ""),)
    ]
