"""Use cases of objections: anybody may make one, a supervisor decides it, once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, insert, or_, select, update

from moralbank.core import audit, clock, keys, ratelimit
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.policy import within
from moralbank.core.problems import forbidden, invalid_field, not_found
from moralbank.core.transaction import operation, query
from moralbank.notices.models import Notice, NoticeLine, Objection
from moralbank.notices.operations import hold, wrong_state
from moralbank.notices.reading import NoticeView, find, view
from moralbank.notices.rules import takes_objections, tells_who
from moralbank.notices.scope import notices_below
from moralbank.organizations.operations import path_of

PURPOSE = "objections"
MOST = 30
"""Objections from one address within the window."""
WINDOW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class ObjectionView:
    """An objection as the staff see it."""

    id: str
    notice_id: str
    line_no: int | None
    name: str
    contact: str
    reason: str
    status: str
    made_at: datetime
    decision: str | None
    decided_at: datetime | None


def _view(row: Objection) -> ObjectionView:
    return ObjectionView(
        row.id, row.notice_id, row.line_no, keys.decrypt(PURPOSE, row.name),
        keys.decrypt(PURPOSE, row.contact), keys.decrypt(PURPOSE, row.reason), row.status,
        row.made_at, row.decision, row.decided_at,
    )  # fmt: skip


def _line_of(actor: Actor, row: Objection) -> NoticeLine | None:
    """Return the line that an objection names, if it names one. Refuses 403 for whoever it is
    about."""
    if row.line_no is None:
        return None
    line = session().get_one(NoticeLine, (row.notice_id, row.line_no))
    if actor.volunteer_id == line.subject_id:
        raise forbidden(_("关于自己的异议要由别人处理。"))
    return line


@operation("objections.make")
def make(
    actor: Actor, notice_id: str, *, name: str, contact: str, reason: str,
    line_no: int | None = None,
) -> ObjectionView:  # fmt: skip
    """Object to a posted notice, or to one line of it; nobody needs a sign-in.

    Refuses 404, 409 `wrong_state` before it is posted or after the objection period, 422 for a
    line that is not there, 429 after 30 objections from one address in ten minutes.
    """
    notice = find(actor, notice_id)
    bucket = f"objections:{actor.address or actor.caller}"
    ratelimit.check(bucket, limit=MOST, window=WINDOW)
    if not takes_objections(
        status=notice.status, objection_days=notice.objection_days,
        objection_until=notice.objection_until, today=clock.today(),
    ):  # fmt: skip
        raise wrong_state()
    if line_no is not None and session().get(NoticeLine, (notice.id, line_no)) is None:
        raise invalid_field("line_no", _("这份公示没有这一行。"))
    ratelimit.failed(bucket, window=WINDOW)
    number = new_id()
    session().execute(
        insert(Objection),
        {
            "id": number,
            "notice_id": notice.id,
            "line_no": line_no,
            "name": keys.encrypt(PURPOSE, name),
            "contact": keys.encrypt(PURPOSE, contact),
            "reason": keys.encrypt(PURPOSE, reason),
            "status": "open",
            "made_at": clock.now(),
        },
    )
    audit.record(
        actor, "objections.make", subject_type="objection", subject_id=number,
        notice_id=notice.id, line_no=line_no, place=path_of(notice.organization_id),
    )  # fmt: skip
    return _view(session().get_one(Objection, number))


@operation("objections.decide")
def decide(
    actor: Actor, notice_id: str, objection_id: str, *, upheld: bool, reason: str
) -> ObjectionView:
    """Decide an objection; `reason` is posted with the notice.

    Refuses 404, 409 `wrong_state` when it is decided already, 403 for whoever the line is about,
    422 for a reason that tells who objected.
    """
    notice = hold(actor, notice_id)
    row = session().get(Objection, objection_id, populate_existing=True)
    if row is None or row.notice_id != notice.id:
        raise not_found()
    if row.status != "open":
        raise wrong_state()
    line = _line_of(actor, row)
    made = _view(row)
    if tells_who(reason, name=made.name, contact=made.contact):
        raise invalid_field("reason", _("会贴出来给大家看，请不要写提异议的人的姓名、联系方式。"))
    session().execute(
        update(Objection)
        .where(Objection.id == row.id)
        .values(
            status="upheld" if upheld else "dismissed",
            decision=reason,
            decided_by=actor.caller,
            decided_at=clock.now(),
        )
        .execution_options(synchronize_session=False)
    )
    session().refresh(row)
    audit.record(
        actor, "objections.decide", subject_type="objection", subject_id=row.id, upheld=upheld,
        notice_id=notice.id, line_no=row.line_no,
        subject=None if line is None else line.subject_id, place=path_of(notice.organization_id),
    )  # fmt: skip
    return _view(row)


@query("objections.read")
def get(actor: Actor, objection_id: str) -> ObjectionView:
    """Return an objection within a supervisor's reach; that they saw who made it is put on record.
    Refuses 404, 403 for whoever its line is about."""
    row = session().get(Objection, objection_id)
    if row is None:
        raise not_found()
    place = path_of(find(actor, row.notice_id).organization_id)
    within(actor, place)
    _line_of(actor, row)
    audit.saw(actor, "objections.see", subject_type="objection", subject_id=row.id, place=place)
    return _view(row)


@dataclass(frozen=True, slots=True)
class OpenObjection:
    """An objection that waits for its decision, without who made it and what they wrote; `days` is
    for how many."""

    id: str
    notice: NoticeView
    line_no: int | None
    made_at: datetime
    days: int


@query("objections.read")
def list_open(
    actor: Actor, *, notice_id: str | None = None, cursor: str | None = None, limit: int
) -> Page[OpenObjection]:
    """List what waits for a decision within a supervisor's reach, oldest first; of one notice, if
    that is asked."""
    statement = (
        select(Objection, Notice)
        .join(Notice, Notice.id == Objection.notice_id)
        .where(*_open_within(actor.scope or "/"))
    )
    if notice_id is not None:
        statement = statement.where(Notice.id == notice_id)
    return paged(
        "open-objections", statement, by=[Objection.id], cursor=cursor, limit=limit,
        make=lambda row: _waiting(row[0], row[1]),
    )  # fmt: skip


def _waiting(row: Objection, notice: Notice) -> OpenObjection:
    days = (clock.today() - clock.local_date(row.made_at)).days
    return OpenObjection(row.id, view(notice), row.line_no, row.made_at, days)


def _open_within(path: str) -> tuple[ColumnElement[bool], ...]:
    return Objection.status == "open", notices_below(path)


def count_open(path: str) -> int:
    """Return how many objections to notices at or below `path` wait for a decision."""
    found = (
        select(func.count())
        .select_from(Objection)
        .join(Notice, Notice.id == Objection.notice_id)
        .where(*_open_within(path))
    )
    return session().scalar(found) or 0


@query("objections.read")
def list_objections(
    actor: Actor, notice_id: str, *, cursor: str | None = None, limit: int
) -> Page[ObjectionView]:
    """List the objections to a notice within a supervisor's reach, oldest first, but for those
    about the supervisor; that they saw who made them is put on record. Refuses 404."""
    notice = find(actor, notice_id)
    place = path_of(notice.organization_id)
    within(actor, place)
    audit.saw(actor, "objections.see", subject_type="notice", subject_id=notice.id, place=place)
    own = select(NoticeLine.line_no).where(
        NoticeLine.notice_id == notice.id, NoticeLine.subject_id == actor.volunteer_id
    )
    return paged(
        f"objections:{notice.id}",
        select(Objection).where(
            Objection.notice_id == notice.id,
            or_(Objection.line_no.is_(None), Objection.line_no.not_in(own)),
        ),
        by=[Objection.id],
        cursor=cursor,
        limit=limit,
        make=lambda row: _view(row[0]),
    )
