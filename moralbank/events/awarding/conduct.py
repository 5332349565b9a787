"""Use cases of conduct: bonuses and deductions by the rulebook's reasons, and where they lead."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import insert, select

from moralbank import ledger
from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.problems import Refusal, conflict, forbidden, invalid_field, not_found
from moralbank.core.transaction import operation, query
from moralbank.events.awarding import histories
from moralbank.events.awarding.models import ConductRecord
from moralbank.events.awarding.taking_back import keep_written_off, take_back
from moralbank.events.changes import hold_within, keep
from moralbank.events.models import NoShow, Participant, ServiceEvent
from moralbank.people.identities import about
from moralbank.people.volunteers import find_volunteer, hold_volunteers, wallet_of
from moralbank.rulebook.operations import rulebook, version_in_force
from moralbank.rulebook.rules import Line, consequence


@dataclass(frozen=True, slots=True)
class ConductView:
    """A bonus or a deduction: signed hundredths as the document says, `moved` of the points, and
    why, line by line."""

    id: str
    volunteer_id: str
    service_event_id: str | None
    reason: str
    name: str
    points: int
    merit: int
    moved: int
    rulebook_version: int
    lines: tuple[Line, ...]
    note: str
    status: str
    happened_at: datetime
    recorded_at: datetime

    @property
    def explanation(self) -> list[str]:
        """The lines in the reader's language."""
        return [_(line.text, **line.values) for line in self.lines]


def view_of(row: ConductRecord) -> ConductView:
    """Return a record as people see it."""
    return ConductView(
        row.id, row.volunteer_id, row.event_id, row.reason,
        rulebook(row.rulebook_version).reasons[row.reason].name, row.points, row.merit, row.moved,
        row.rulebook_version, tuple(Line.from_json(line) for line in row.explanation), row.note,
        row.status, row.happened_at, row.recorded_at,
    )  # fmt: skip


@operation("conduct.record")
def record(
    actor: Actor,
    *,
    volunteer_id: str,
    reason: str,
    note: str,
    service_event_id: str | None = None,
    happened_at: datetime | None = None,
) -> ConductView:
    """Record a bonus or a deduction by a reason of the rulebook in force on the day it happened.

    A deduction takes no more points than there are, and all of its merit; a reason that zeroes the
    event takes back what the volunteer was awarded for it, or leaves nothing of what will be.

    Refuses 404; 403 for one's own account; 422 for a reason that the rulebook has not, an errand
    that is missing or that the volunteer had no part in; 409 `already_recorded` for the same reason
    at the same errand.
    """
    volunteer = find_volunteer(actor, volunteer_id)
    if actor.volunteer_id == volunteer.id:
        raise forbidden(_("自己的账户要由同事办理。"))
    happened = happened_at or clock.now()
    version = version_in_force(clock.local_date(happened))
    book = rulebook(version)
    why = book.reasons.get(reason)
    if why is None:
        raise invalid_field("reason", _("规则书里没有这个原因。"))
    event = None
    if service_event_id is not None:
        event = _errand(actor, service_event_id, volunteer.id)
        _once(event.id, volunteer.id, reason)
    elif why.zeroes_event:
        raise invalid_field("service_event_id", _("请写明是哪一次服务。"))
    hold_volunteers([volunteer.id])
    now = histories.turn(book, [volunteer.id])
    number = new_id()
    if event is not None and why.zeroes_event:
        taken = take_back(event, note, volunteer_ids=[volunteer.id], zeroed_by=number)
        keep(actor, event, "zeroed", note=note, volunteer_id=volunteer.id)
        keep_written_off(actor, event, taken)
    effect = consequence(
        book,
        why,
        available=ledger.spendable(wallet_of(volunteer.id)),
        issued=histories.issued(book, happened),
    )
    if effect.merit < 0:
        ledger.let_merit_fall(wallet_of(volunteer.id))
    ledger.post(
        postings_of(
            number, volunteer.id, why.name,
            moved=effect.moved, merit=effect.merit, at=happened, version=version,
        )
    )  # fmt: skip
    session().execute(
        insert(ConductRecord),
        {
            "id": number,
            "volunteer_id": volunteer.id,
            "event_id": service_event_id,
            "reason": reason,
            "points": effect.points,
            "merit": effect.merit,
            "moved": effect.moved,
            "rulebook_version": version,
            "explanation": [line.to_json() for line in effect.lines],
            "note": note,
            "status": "recorded",
            "happened_at": happened,
            "recorded_at": now,
            "recorded_by": actor.caller,
            "withdrawn_at": None,
            "withdrawn_by": None,
        },
    )
    row = session().get_one(ConductRecord, number)
    audit.record(
        actor, "conduct.record", subject_type="conduct", subject_id=number, reason=reason,
        **about(row.volunteer_id),
    )  # fmt: skip
    return view_of(row)


def _errand(actor: Actor, event_id: str, volunteer_id: str) -> ServiceEvent:
    try:
        event = hold_within(actor, event_id)
    except Refusal:
        raise invalid_field("service_event_id", _("没有这次服务。")) from None
    was_to_come = select(NoShow.id).where(
        NoShow.event_id == event.id, NoShow.volunteer_id == volunteer_id
    )
    takes_part = session().get(Participant, (event.id, volunteer_id)) is not None
    if not takes_part and session().scalar(was_to_come.limit(1)) is None:
        raise invalid_field("service_event_id", _("这位志愿者没有参加这次服务。"))
    return event


def _once(event_id: str, volunteer_id: str, reason: str) -> None:
    there = session().scalar(
        select(ConductRecord.id).where(
            ConductRecord.event_id == event_id,
            ConductRecord.volunteer_id == volunteer_id,
            ConductRecord.reason == reason,
            ConductRecord.status == "recorded",
        )
    )
    if there is not None:
        raise conflict("already_recorded", _("这次服务已经记过这一条。"))


def postings_of(
    number: str, volunteer_id: str, name: str, *, moved: int, merit: int, at: datetime, version: int
) -> list[ledger.Posting]:
    """Return what the book is to say of a record: signed hundredths `moved` of the points, and of
    merit."""
    wallet = wallet_of(volunteer_id)
    amounts: dict[ledger.Asset, int] = {"points": moved, "merit": merit}
    return [
        ledger.Posting(
            key=f"conduct:{number}:{asset}",
            kind="award" if amount > 0 else "deduction",
            asset=asset,
            payer=ledger.ISSUANCE if amount > 0 else wallet,
            payee=wallet if amount > 0 else ledger.ISSUANCE,
            amount=abs(amount),
            effective_at=at,
            reason=name,
            source_type="conduct",
            source_id=number,
            rulebook_version=version,
        )
        for asset, amount in amounts.items()
        if amount
    ]


@dataclass(frozen=True, slots=True)
class Missed:
    """An errand to which somebody did not come, as a worker put it on record."""

    service_event_id: str
    item: str
    at: datetime
    reason: str


@query("conduct.read")
def missed(actor: Actor, volunteer_id: str, *, limit: int) -> list[Missed]:
    """Return the latest errands to which a volunteer did not come. Refuses 404."""
    volunteer = find_volunteer(actor, volunteer_id)
    rows = session().execute(
        select(NoShow, ServiceEvent)
        .join(ServiceEvent, ServiceEvent.id == NoShow.event_id)
        .where(NoShow.volunteer_id == volunteer.id)
        .order_by(NoShow.id.desc())
        .limit(limit)
    )
    return [
        Missed(
            event.id, rulebook(event.rulebook_version).items[event.service_item].name, row.at,
            row.reason,
        )
        for row, event in rows
    ]  # fmt: skip


@query("conduct.read")
def get(actor: Actor, record_id: str) -> ConductView:
    """Return a record of a volunteer within reach. Refuses 404."""
    row = session().get(ConductRecord, record_id)
    if row is None:
        raise not_found()
    find_volunteer(actor, row.volunteer_id)
    return view_of(row)


@query("conduct.read")
def list_records(
    actor: Actor, volunteer_id: str, *, cursor: str | None = None, limit: int
) -> Page[ConductView]:
    """List a volunteer's bonuses and deductions, newest first. Refuses 404."""
    volunteer = find_volunteer(actor, volunteer_id)
    return paged(
        f"conduct:{volunteer.id}",
        select(ConductRecord).where(ConductRecord.volunteer_id == volunteer.id),
        by=[ConductRecord.id],
        cursor=cursor,
        limit=limit,
        newest_first=True,
        make=lambda row: view_of(row[0]),
    )
