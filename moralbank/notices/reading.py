"""Reading notices: the list of what is posted, one notice with its lines as they may be shown."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from moralbank.core import clock, periods
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.pagination import Page, paged
from moralbank.core.policy import SUPERVISOR, within
from moralbank.core.problems import Refusal, not_found
from moralbank.core.transaction import query
from moralbank.notices import lines
from moralbank.notices.corrections import Named, around, is_corrected
from moralbank.notices.kinds import heading
from moralbank.notices.models import Notice, Objection
from moralbank.notices.rules import takes_objections
from moralbank.notices.scope import AHEAD
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import path_of
from moralbank.people.naming import named_in_public


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice without its lines. `subjects` is what they are about, None of a draft of stars where
    nobody looked yet which round it would hang. `takes_objections`: one may still object today;
    `corrected`: one that was posted later corrects it, as lists and the notice's own page say."""

    id: str
    number: int | None
    kind: str
    organization_id: str
    organization: str
    period: str
    status: str
    subjects: str | None
    posted_on: date | None
    objection_days: int | None
    objection_until: date | None
    weekends_only: bool
    authority: str | None
    phone: str | None
    address: str | None
    digest: str | None
    takes_objections: bool
    correction_of: str | None
    correction_reason: str | None
    corrected: bool = False

    @property
    def period_title(self) -> str:
        """What a reader calls the period."""
        return periods.parse(self.period).title

    @property
    def title(self) -> str:
        """What stands at the head of the notice."""
        title = heading(self.kind, self.subjects, place=self.organization, period=self.period_title)
        return _("%(title)s（更正）", title=title) if self.correction_of else title


def view(row: Notice, corrected: bool = False, *, subjects: str | None = None) -> NoticeView:
    """Return a notice's row as it is shown; `subjects` of a draft are those of its lines as they
    would be now."""
    if subjects is None and not (row.kind == "stars" and row.status == "draft"):
        subjects = row.subjects
    return NoticeView(
        row.id, row.number, row.kind, row.organization_id, row.organization, row.period,
        row.status, subjects, row.posted_on, row.objection_days, row.objection_until,
        row.weekends_only, row.authority, row.phone, row.address, row.digest,
        takes_objections(
            status=row.status, objection_days=row.objection_days,
            objection_until=row.objection_until, today=clock.today(),
        ),
        row.correction_of, row.correction_reason, corrected,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line as the public sees it. `figures` has points in hundredths."""

    line_no: int
    display_name: str
    figures: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DecidedObjection:
    """What is posted of an objection: its line, the decision and why; never who made it."""

    id: str
    line_no: int | None
    status: str
    decision: str
    decided_on: date


@dataclass(frozen=True, slots=True)
class WholeNotice:
    """A notice with its lines, what was decided on objections to it, which notice it corrects, and
    which corrects it."""

    notice: NoticeView
    lines: list[ShownLine]
    objections: list[DecidedObjection]
    corrects: Named | None
    corrected_by: Named | None


def _may_see_drafts(actor: Actor, notice: Notice) -> bool:
    if actor.kind != "system" and actor.role not in SUPERVISOR:
        return False
    try:
        within(actor, path_of(notice.organization_id))
    except Refusal:
        return False
    return True


def find(actor: Actor, notice_id: str) -> Notice:
    """Return the row of a notice that the actor may read: a posted one, or a draft within a
    supervisor's reach. Refuses 404."""
    row = session().get(Notice, notice_id)
    if row is None or (row.status == "draft" and not _may_see_drafts(actor, row)):
        raise not_found()
    return row


@query("notices.read")
def get(actor: Actor, notice_id: str, *, after: int = 0, limit: int | None = None) -> WholeNotice:
    """Return a notice with its lines from `after` + 1 on, at most `limit` of them.

    A posted notice's figures are the frozen ones; names are looked up now, so that a consent
    withdrawn a moment ago is honoured. A draft's lines are what they would be today. Refuses 404.
    """
    row, subjects = find(actor, notice_id), None
    if row.status == "draft":
        gathered = lines.gather(row)
        subjects = None if gathered is None else gathered.subjects
        written = [] if gathered is None else gathered.lines
        written = written[after : None if limit is None else after + limit]
    else:
        written = lines.frozen(row.id, after=after, limit=limit)
    corrects, later = around(row)
    told = view(row, later is not None, subjects=subjects)
    return WholeNotice(told, show(written), _decided(row.id), corrects, later)


def show(written: list[lines.NumberedLine]) -> list[ShownLine]:
    """Return lines under the names that may be shown at this moment."""
    named = named_in_public(line.subject_id for line in written)
    return [
        ShownLine(line.line_no, named.get(line.subject_id, line.alias), line.figures)
        for line in written
    ]


def _decided(notice_id: str) -> list[DecidedObjection]:
    rows = session().scalars(
        select(Objection)
        .where(Objection.notice_id == notice_id, Objection.status != "open")
        .order_by(Objection.decided_at, Objection.id)
    )
    decided = []
    for row in rows:
        assert row.decided_at is not None
        day = clock.local_date(row.decided_at)
        decided.append(DecidedObjection(row.id, row.line_no, row.status, row.decision or "", day))
    return decided


@query("notices.read")
def list_notices(
    _actor: Actor,
    *,
    kind: str | None = None,
    organization_id: str | None = None,
    period: str | None = None,
    q: str = "",
    cursor: str | None = None,
    limit: int,
) -> Page[NoticeView]:
    """List what is posted or closed, newest first; `q` is part of the name of its place, as it is
    called now or was when it was posted. Refuses 422 for a period that is none."""
    statement = select(Notice, is_corrected()).where(Notice.number.is_not(None))
    if kind is not None:
        statement = statement.where(Notice.kind == kind)
    if organization_id is not None:
        statement = statement.where(Notice.organization_id == organization_id)
    if period is not None:
        ahead = kind is None or kind in AHEAD
        span = periods.read(period, kinds=periods.ALL_KINDS, ahead=ahead)
        statement = statement.where(Notice.period == span.name)
    if q:
        called = select(Organization.id).where(Organization.name.contains(q, autoescape=True))
        statement = statement.where(
            Notice.organization.contains(q, autoescape=True) | Notice.organization_id.in_(called)
        )
    return paged(
        "notices",
        statement,
        by=[Notice.number],
        cursor=cursor,
        limit=limit,
        make=lambda row: view(row[0], row[1]),
        newest_first=True,
    )
