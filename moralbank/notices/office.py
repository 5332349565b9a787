"""Notices as those see them who make them: drafts, what hangs, what posting takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, literal, or_, select

from moralbank.core import clock, periods
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.pagination import Page, paged
from moralbank.core.policy import within
from moralbank.core.transaction import query
from moralbank.honours import rounds
from moralbank.notices import lines
from moralbank.notices.calendars import calendars
from moralbank.notices.corrections import Named, corrected_by, is_corrected, standing
from moralbank.notices.models import Notice, Objection
from moralbank.notices.operations import Signature, days_asked, signature, wrong_state
from moralbank.notices.reading import NoticeView, ShownLine, find, show, view
from moralbank.notices.rules import Deadline, deadline, is_due, working_days_left
from moralbank.notices.scope import notices_below
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, path_of


@dataclass(frozen=True, slots=True)
class Hung:
    """A notice that was posted: whether it is within the reader's reach or of a place above, how
    many working days it still takes objections after today (None: it takes none any more), how
    many objections are open, and whether it could be closed now."""

    notice: NoticeView
    ours: bool
    days_left: int | None
    open_objections: int
    due: bool


def _find(actor: Actor, notice_id: str) -> Notice:
    """Return the row of a notice within reach. Refuses 404."""
    row = find(actor, notice_id)
    within(actor, path_of(row.organization_id))
    return row


def _find_near(actor: Actor, notice_id: str) -> Notice:
    """Return the row of a notice within reach, or of a posted one of a place above: it is about
    the reader's place too. Refuses 404."""
    row = find(actor, notice_id)
    path = path_of(row.organization_id)
    if row.status == "draft" or not (actor.scope or "").startswith(path):
        within(actor, path)
    return row


def _near(actor: Actor) -> ColumnElement[bool]:
    above = literal(actor.scope or "/").startswith(Organization.path)
    return or_(_within(actor), Notice.organization_id.in_(select(Organization.id).where(above)))


def _within(actor: Actor) -> ColumnElement[bool]:
    return notices_below(actor.scope or "/")


@query("notices.draft")
def list_drafts(actor: Actor, *, cursor: str | None = None, limit: int) -> Page[NoticeView]:
    """List the drafts within reach, newest first."""
    return paged(
        "notice-drafts",
        select(Notice).where(Notice.status == "draft", _within(actor)),
        by=[Notice.id],
        cursor=cursor,
        limit=limit,
        make=lambda row: view(row[0]),
        newest_first=True,
    )


@query("desk.use")
def list_hung(actor: Actor, *, status: str, cursor: str | None = None, limit: int) -> Page[Hung]:
    """List the notices that are `posted` or `closed` within reach, and of the places above, newest
    first."""
    page = paged(
        f"notices-{status}",
        select(Notice, is_corrected()).where(
            Notice.status == status, Notice.number.is_not(None), _near(actor)
        ),
        by=[Notice.number],
        cursor=cursor,
        limit=limit,
        make=lambda row: view(row[0], row[1]),
        newest_first=True,
    )
    return Page(_hung(actor, page.items), page.next)


@query("desk.use")
def is_draft(actor: Actor, notice_id: str) -> bool:
    """Tell whether a notice is not posted yet. Refuses 404."""
    return _find_near(actor, notice_id).status == "draft"


@query("desk.use")
def get_hung(actor: Actor, notice_id: str) -> Hung:
    """Return a posted notice. Refuses 404, 409 `wrong_state` for a draft."""
    row = _find_near(actor, notice_id)
    if row.status == "draft":
        raise wrong_state()
    return _hung(actor, [view(row, corrected=corrected_by(row.id) is not None)])[0]


def _hung(actor: Actor, notices: Sequence[NoticeView]) -> list[Hung]:
    today = clock.today()
    found = select(Organization.id).where(
        Organization.id.in_({one.organization_id for one in notices}), below(actor.scope or "/")
    )
    ours = set(session().scalars(found))
    waiting = _open_objections([one.id for one in notices])
    hung = []
    for one in notices:
        assert one.objection_until is not None
        assert one.objection_days is not None
        left = None
        if one.takes_objections:
            left = working_days_left(today, one.objection_until, calendars())
        over = is_due(
            objection_days=one.objection_days, objection_until=one.objection_until, today=today
        )
        still = waiting.get(one.id, 0)
        due = one.status == "posted" and over and not still
        hung.append(Hung(one, one.organization_id in ours, left, still, due))
    return hung


def _open_objections(notice_ids: list[str]) -> dict[str, int]:
    rows = session().execute(
        select(Objection.notice_id, func.count())
        .where(Objection.notice_id.in_(notice_ids), Objection.status == "open")
        .group_by(Objection.notice_id)
    )
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a draft would say if it were posted now, and what there is to know before that.

    `many` is how many lines it has, `lines` some of them; None where there are no stars to post.
    `least_days` is how long the rulebook has it hang, `last_days` what the last day would be for
    each number of working days, `usual` who posts and where, as the last notice of the place had
    it. `runs_until`: its period is not over before that day. `posted`: the one of the same kind,
    place and period that stands, which it would correct. `round_id` is the star round that would
    hang in it. `superseded`: what it corrects has been corrected by another meanwhile, so that it
    can never be posted.
    """

    notice: NoticeView
    many: int | None
    lines: list[ShownLine]
    least_days: int
    last_days: list[Deadline]
    usual: Signature
    runs_until: date | None
    posted: Named | None
    round_id: str | None
    superseded: Named | None
    corrects: Named | None


@query("notices.draft")
def outlook(actor: Actor, notice_id: str, *, most_days: int, after: int = 0, limit: int) -> Outlook:
    """Return what a draft would say, lines `after` + 1 on, and what posting it takes for up to
    `most_days` working days. Refuses 404, 409 `wrong_state` when it is posted."""
    row = _find(actor, notice_id)
    if row.status != "draft":
        raise wrong_state()
    gathered = lines.gather(row)
    written = [] if gathered is None else gathered.lines
    today, period = clock.today(), periods.parse(row.period)
    round_ = rounds.to_hang(row.organization_id, row.period) if row.kind == "stars" else None
    of = session().get(Notice, row.correction_of) if row.correction_of else None
    return Outlook(
        view(row, subjects=None if gathered is None else gathered.subjects),
        None if gathered is None else len(written),
        show(written[after : after + limit]),
        days_asked(row) or 0,
        [deadline(today, days, calendars()) for days in range(most_days + 1)],
        _usual(row),
        period.last if period.last >= today else None,
        None if of is not None else standing(row, gathered.subjects if gathered else row.subjects),
        None if round_ is None else round_.id,
        None if of is None else corrected_by(of.id),
        None if of is None or of.number is None else Named(of.id, of.number),
    )


def _usual(row: Notice) -> Signature:
    """Return who posted the last notice of the place and where one finds them, or who would."""
    last = session().scalar(
        select(Notice)
        .where(Notice.organization_id == row.organization_id, Notice.number.is_not(None))
        .order_by(Notice.number.desc())
        .limit(1)
    )
    usual = signature(row.organization_id)
    if last is None:
        return usual
    return Signature(
        last.authority or usual.authority, last.phone or usual.phone, last.address or usual.address
    )


@query("notices.draft")
def draft_of(actor: Actor, *, kind: str, organization_id: str, period: str) -> str | None:
    """Return the id of the newest draft that there is of a kind, a place and a period within
    reach and corrects nothing, so that nobody drafts it twice."""
    return session().scalar(
        select(Notice.id)
        .where(
            Notice.status == "draft",
            Notice.kind == kind,
            Notice.organization_id == organization_id,
            Notice.period == period,
            Notice.correction_of.is_(None),
            _within(actor),
        )
        .order_by(Notice.id.desc())
        .limit(1)
    )


@query("notices.draft")
def to_correct(actor: Actor, notice_id: str) -> NoticeView:
    """Return the posted notice within reach that somebody wants to correct. Refuses 404, 409
    `wrong_state` for a draft."""
    row = _find(actor, notice_id)
    if row.status == "draft":
        raise wrong_state()
    return view(row)
