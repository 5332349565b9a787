"""Use cases of a notice: draft it, post it, close it when its time is over."""

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import insert, select, update

from moralbank.core import audit, clock, counters
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.policy import within
from moralbank.core.problems import Refusal, conflict, invalid_field, not_found
from moralbank.core.transaction import operation, query
from moralbank.events.checking import releasing
from moralbank.honours import rounds
from moralbank.notices import corrections, lines
from moralbank.notices.calendars import calendars
from moralbank.notices.ending import is_over, let_go, told_in
from moralbank.notices.models import Notice
from moralbank.notices.reading import NoticeView, view
from moralbank.notices.rules import deadline, digest
from moralbank.notices.scope import notice_scope
from moralbank.organizations.models import LEVELS, Organization
from moralbank.organizations.operations import find, path_of


def wrong_state() -> Refusal:
    """409: the notice, or the objection, is not where this can be done."""
    return conflict("wrong_state", _("公示或异议当前的状态不能这样办。"))


@operation("notices.draft")
def draft(
    actor: Actor, *, kind: str, organization_id: str, period: str, correction_of: str | None = None,
    correction_reason: str | None = None,
) -> NoticeView:  # fmt: skip
    """Draft a notice of an organization and all below it, perhaps the correction of one that is
    posted. Refuses 404; 422 for a bad period (a lifetime is one of stars alone, one to come of
    rules), for counts of a station, which has no shelf, and for a notice that this one cannot
    correct, or no reason for it."""
    place = find(actor, organization_id)
    if place.level not in LEVELS:
        raise not_found()
    notice_scope(kind, organization_id=organization_id, period=period)
    if kind == "stock_counts" and place.level == "station":
        raise invalid_field("organization_id", _("代办站没有货架，请选爱心超市或它的上级。"))
    corrections.check(
        correction_of, correction_reason, kind=kind, organization_id=place.id, period=period
    )
    number = new_id()
    session().execute(
        insert(Notice),
        {
            "id": number,
            "kind": kind,
            "organization_id": place.id,
            "organization": place.name,
            "period": period,
            "status": "draft",
            "subjects": lines.SUBJECTS[kind],
            "drafted_by": actor.caller,
            "drafted_at": clock.now(),
            "weekends_only": False,
            "correction_of": correction_of,
            "correction_reason": correction_reason,
        },
    )
    audit.record(
        actor, "notices.draft", subject_type="notice", subject_id=number, kind=kind, period=period,
        correction_of=correction_of,
    )  # fmt: skip
    return view(hold(actor, number))


def hold(actor: Actor, notice_id: str) -> Notice:
    """Hold the row of a notice within the actor's reach until the transaction ends. Refuses 404."""
    row = _hold(notice_id)
    if row is None:
        raise not_found()
    within(actor, path_of(row.organization_id))
    return row


def _hold(notice_id: str) -> Notice | None:
    return session().scalar(
        select(Notice)
        .where(Notice.id == notice_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


@operation("notices.post")
def post(
    actor: Actor, notice_id: str, *, objection_days: int, authority: str | None = None,
    phone: str | None = None, address: str | None = None,
) -> NoticeView:  # fmt: skip
    """Post a draft: number, dates, authority and lines are frozen under a digest.

    `objection_days` are working days after today; with none the notice takes no objections. Who
    posts and where one finds them is what `signature` says, unless something else is given. Of one
    kind, place and period one notice stands: a second one corrects the first.
    Provisional awards that it tells of hang in it from now on, if the rulebook has them wait for
    a notice. Refuses 404; 409 `wrong_state` when it is posted already, there are no stars to
    post, or another one has corrected the same notice meanwhile; 422 for fewer days than the
    rulebook asks.
    """
    notice = hold(actor, notice_id)
    if notice.status != "draft":
        raise wrong_state()
    number = counters.take("notice")  # from here on whoever posts another notice waits
    if notice.correction_of and corrections.corrected_by(notice.correction_of):
        raise wrong_state()
    if notice.kind == "points":
        _hang(notice, objection_days)
    if notice.kind == "stars":
        rounds.hang(notice.organization_id, notice.period, notice.id)
    gathered = lines.gather(notice)
    if gathered is None:
        raise conflict("wrong_state", _("这个组织在这一期还没有公布的星级评定。"))
    last = deadline(clock.today(), objection_days, calendars())
    lines.write(notice.id, gathered.lines)
    before = corrections.standing(notice, gathered.subjects)
    if notice.correction_of is None and before is not None:
        notice.correction_of, notice.correction_reason = before.id, corrections.LATER
    usual = signature(notice.organization_id)
    notice.organization = session().get_one(Organization, notice.organization_id).name
    notice.authority = authority or usual.authority
    notice.phone, notice.address = phone or usual.phone, address or usual.address
    notice.subjects = gathered.subjects
    notice.number = number
    notice.posted_by = actor.caller
    notice.posted_on = clock.today()
    notice.objection_days = objection_days
    notice.objection_until = last.day
    notice.weekends_only = last.weekends_only
    notice.status, notice.digest = "posted", digest_of(notice, gathered.lines)
    session().flush()
    audit.record(
        actor, "notices.post", subject_type="notice", subject_id=notice.id, number=notice.number,
        lines=len(gathered.lines), digest=notice.digest,
    )  # fmt: skip
    return view(notice)


def days_asked(notice: Notice) -> int | None:
    """Return for how many working days the rulebook has a notice hang; None where it says
    nothing."""
    if notice.kind != "points":
        return None
    return releasing.working_days_asked(told_in(notice))


def _hang(notice: Notice, objection_days: int) -> None:
    """Before the lines are gathered: an award made between the two is told of and not released,
    never the other way round."""
    asked = days_asked(notice)
    if asked is not None and objection_days < asked:
        raise invalid_field(
            "objection_days", _("规则书要求积分至少公示 %(days)d 个工作日。", days=asked)
        )
    if asked is not None:
        releasing.hang(notice.id, told_in(notice))


@dataclass(frozen=True, slots=True)
class Signature:
    """Who posts a notice, and where one finds them."""

    authority: str
    phone: str | None
    address: str | None


def signature(organization_id: str) -> Signature:
    """Return who posts an organization's notices unless something else is said: itself, with its
    phone and address or those of the nearest organization above that has them."""
    place = session().get_one(Organization, organization_id)
    above = place.path.strip("/").split("/")
    rows = session().scalars(select(Organization).where(Organization.id.in_(above)))
    nearest = sorted(rows, key=lambda row: len(row.path), reverse=True)
    return Signature(
        place.name,
        next((row.phone for row in nearest if row.phone), None),
        next((row.address for row in nearest if row.address), None),
    )


def digest_of(notice: Notice, written: list[lines.NumberedLine]) -> str:
    """Return the digest of a posted notice from what is stored of it."""

    def day(value: date | None) -> str | None:
        return None if value is None else value.isoformat()

    facts = {
        "id": notice.id,
        "number": notice.number,
        "kind": notice.kind,
        "organization_id": notice.organization_id,
        "organization": notice.organization,
        "period": notice.period,
        "subjects": notice.subjects,
        "posted_on": day(notice.posted_on),
        "objection_days": notice.objection_days,
        "objection_until": day(notice.objection_until),
        "authority": notice.authority,
        "phone": notice.phone,
        "address": notice.address,
    }
    if notice.correction_of is not None:
        # Left out elsewhere: the digests of before there were corrections hold.
        facts |= {
            "correction_of": notice.correction_of,
            "correction_reason": notice.correction_reason,
        }
    return digest(facts, ((line.line_no, line.alias, line.figures) for line in written))


@operation("notices.post")
def close_due(actor: Actor) -> list[str]:
    """Close every posted notice within the actor's reach whose objection period is over, and that
    of what corrects it, and of which nothing waits for a decision; return their ids. Run again, it
    closes nothing twice. What hangs in them is released (`ending.let_go`)."""
    rows = session().scalars(
        select(Notice)
        .where(Notice.status == "posted")
        .order_by(Notice.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    closed = []
    for notice in rows.all():
        over = is_over(notice) and all(map(is_over, corrections.after(notice.id)))
        if not over or not actor.covers(path_of(notice.organization_id)):
            continue
        if not let_go(actor, notice):
            closed.append(notice.id)
    if closed:
        session().execute(
            update(Notice)
            .where(Notice.id.in_(closed))
            .values(status="closed", closed_at=clock.now())
            .execution_options(synchronize_session=False)
        )
    for notice_id in closed:
        audit.record(actor, "notices.close", subject_type="notice", subject_id=notice_id)
    return closed


@query("notices.read")
def faults(_actor: Actor) -> list[str]:
    """Return the ids of the posted notices that no longer agree with their digest."""
    rows = session().scalars(select(Notice).where(Notice.status != "draft").order_by(Notice.number))
    return [
        notice.id
        for notice in rows.all()
        if digest_of(notice, lines.frozen(notice.id)) != notice.digest
    ]
