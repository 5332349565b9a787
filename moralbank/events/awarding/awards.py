"""From a rating to points: score by the rulebook, post one journal, keep the explanation."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import insert, select, update

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.db import session
from moralbank.core.quantities import points_text
from moralbank.events.awarding import histories
from moralbank.events.awarding.models import Award, ConductRecord, Restoration
from moralbank.events.models import EventChange, Participant, ServiceEvent
from moralbank.people.volunteers import gift_wallet_of, gifts_of, hold_volunteers, wallet_of
from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.operations import rulebook, version_in_force
from moralbank.rulebook.rules import Line, score, with_issued
from moralbank.rulebook.rules.lines import N_

WRITTEN_OFF = N_("已收回 %(taken)s 分，还有 %(gone)s 分已经不在账上，收不回来")


@dataclass(frozen=True, slots=True)
class AwardView:
    """What one participant got, and why, line by line; points, merit, excess, which may only be
    given away, and what of both was gone when it was taken back, in hundredths."""

    event_id: str
    volunteer_id: str
    points: int
    excess: int
    merit: int
    minutes: int
    rulebook_version: int
    lines: tuple[Line, ...]
    status: str
    performed_at: datetime
    cleared: bool
    written_off: int

    @property
    def explanation(self) -> list[str]:
        """The lines in the reader's language."""
        return [_(line.text, **line.values) for line in self.lines]


def view_of(row: Award, said: Iterable[Line] = ()) -> AwardView:
    """Return an award as others see it, its explanation followed by what was said of it since."""
    stands = row.zeroed_by is None  # set to nothing, it is shown as nothing
    return AwardView(
        event_id=row.event_id,
        volunteer_id=row.volunteer_id,
        points=row.points if stands else 0,
        excess=row.excess if stands else 0,
        merit=row.merit if stands else 0,
        minutes=row.minutes if stands else 0,
        rulebook_version=row.rulebook_version,
        lines=(*(Line.from_json(line) for line in row.explanation), *said, *_taken_back(row)),
        status=row.status,
        performed_at=row.performed_at,
        cleared=row.cleared_at is not None,
        written_off=row.written_off,
    )


def _taken_back(row: Award) -> tuple[Line, ...]:
    if row.status != "reversed":
        return ()
    zeroed = row.zeroed_by is not None
    text = N_("这次服务的积分归零：%(reason)s") if zeroed else N_("已收回：%(reason)s")
    line = Line(text, {"reason": row.reversed_for or ""})
    if not row.written_off:
        return (line,)
    figures = {
        "taken": points_text(row.points + row.excess - row.written_off),
        "gone": points_text(row.written_off),
    }
    return line, Line(WRITTEN_OFF, figures)


def awards_of(event_id: str) -> list[AwardView]:
    """Return the awards of an errand, none before it was rated."""
    rows = (
        session()
        .execute(select(Award).where(Award.event_id == event_id).order_by(Award.volunteer_id))
        .scalars()
    )
    said = _dismissed(event_id)
    restored: dict[str, list[Line]] = {}
    for one in session().scalars(
        select(Restoration)
        .where(Restoration.event_id == event_id)
        .order_by(Restoration.restored_at)
    ):
        line = Line(N_("归零已撤销，积分还给本人：%(reason)s"), {"reason": one.reason})
        restored.setdefault(one.volunteer_id, []).append(line)
    return [view_of(row, [*restored.get(row.volunteer_id, ()), *said]) for row in rows]


def _dismissed(event_id: str) -> list[Line]:
    """Return a line for each dispute of an errand that was dismissed."""
    notes = session().scalars(
        select(EventChange.note)
        .where(EventChange.event_id == event_id, EventChange.to_status == "dismissed")
        .where(EventChange.from_status == "disputed")
        .order_by(EventChange.id)
    )
    return [Line(N_("异议不成立：%(reason)s"), {"reason": note}) for note in notes]


def award(
    event: ServiceEvent, stars: int, standard: tuple[int, Rulebook], *, waits: bool = False
) -> list[AwardView]:
    """Award every participant of an errand that is held, in the caller's transaction.

    For whom a complaint is on record that sets the errand to zero, the award is taken back in the
    moment in which it is made: scored after the others', so that it takes nothing of theirs.

    `standard` is `standard_of` the errand. One service award is one journal. The participants'
    rows are held first, so that two errands of one person cannot both use what is left of a cap.
    Where the rulebook does not release at once, or a flag makes them wait (`waits`), the awards
    are provisional and the book knows nothing yet.
    """
    assert event.performed_at is not None
    people = (
        session()
        .execute(
            select(Participant.volunteer_id, Participant.minutes)
            .where(Participant.event_id == event.id, Participant.minutes.is_not(None))
            .order_by(Participant.volunteer_id)
        )
        .all()
    )
    hold_volunteers(row.volunteer_id for row in people)
    zeroed = zeroed_in(event)
    people = sorted(people, key=lambda row: row.volunteer_id in zeroed)
    version, book = standard
    histories.wait_for_issue(book)
    before = histories.before(
        book,
        volunteer_ids=[row.volunteer_id for row in people],
        item_code=event.service_item,
        resident_id=event.resident_id,
        performed_at=event.performed_at,
    )
    issued, now = 0, before.now
    rows: list[dict[str, Any]] = []
    for person in people:
        record = zeroed.get(person.volunteer_id)
        if record is not None:
            now += histories.LEAST_STEP
        # One after the other: what the first is awarded leaves less of the issue to the next.
        scored = score(
            book,
            item_code=event.service_item,
            minutes=person.minutes,
            quantity=event.quantity,
            stars=stars,
            history=with_issued(before.histories[person.volunteer_id], issued),
        )
        if record is None:
            issued += scored.points + scored.excess
        rows.append(
            {
                "event_id": event.id,
                "volunteer_id": person.volunteer_id,
                "points": scored.points,
                "excess": scored.excess,
                "merit": scored.merit,
                "minutes": scored.minutes,
                "stars": stars,
                "rulebook_version": version,
                "explanation": [line.to_json() for line in scored.lines],
                "status": "provisional" if record is None else "reversed",
                "performed_at": event.performed_at,
                "awarded_at": now,
                "reversed_at": None,
                "reversed_for": None,
                "zeroed_by": None,
            }
        )
        if record is not None:
            now += histories.LEAST_STEP
            rows[-1] |= {
                "reversed_at": now, "reversed_for": record.note, "zeroed_by": record.id,
            }  # fmt: skip
    session().execute(insert(Award), rows)
    if book.release.at_once and not waits:
        release(event, at=before.now)
    return awards_of(event.id)


def zeroed_in(event: ServiceEvent) -> dict[str, ConductRecord]:
    """Return the records that set an errand to zero, by the volunteer; of several the first."""
    rows = session().scalars(
        select(ConductRecord)
        .where(ConductRecord.event_id == event.id, ConductRecord.status == "recorded")
        .order_by(ConductRecord.id.desc())
    )
    return {
        row.volunteer_id: row
        for row in rows
        if rulebook(row.rulebook_version).reasons[row.reason].zeroes_event
    }


def standard_of(event: ServiceEvent) -> tuple[int, Rulebook]:
    """Return the version and the rulebook by which an errand that was done is awarded, and its
    rating looked at: the one in force on the day of the errand, or, for an item that it no longer
    has, the one of the request."""
    assert event.performed_at is not None
    version = version_in_force(clock.local_date(event.performed_at))
    book = rulebook(version)
    if event.service_item not in book.items:
        version = event.rulebook_version
        book = rulebook(version)
    return version, book


def release(
    event: ServiceEvent, *, at: datetime, volunteer_ids: Collection[str] | None = None
) -> None:
    """Post the provisional awards of an errand that is held, in the caller's transaction: all of
    them, or those of some volunteers. Released again, nothing is left to post."""
    chosen = (Award.event_id == event.id) & (Award.status == "provisional")
    if volunteer_ids is not None:
        chosen &= Award.volunteer_id.in_(volunteer_ids)
    waiting = session().scalars(select(Award).where(chosen).order_by(Award.volunteer_id)).all()
    if not waiting:
        return
    for row in waiting:
        if row.excess:
            gift_wallet_of(row.volunteer_id)  # opened before it is paid
    ledger.post([posting for row in waiting for posting in postings_of(event, row)])
    session().execute(
        update(Award)
        .where(chosen)
        .values(status="awarded", released_at=at)
        .execution_options(synchronize_session=False)
    )
    for row in waiting:
        session().refresh(row)


def postings_of(event: ServiceEvent, row: Award) -> list[ledger.Posting]:
    """Return what the book is to say of an award once it is released."""
    parts: list[tuple[str, ledger.Asset, str, int]] = [
        ("points", "points", wallet_of(row.volunteer_id), row.points),
        ("merit", "merit", wallet_of(row.volunteer_id), row.merit),
        ("minutes", "minutes", wallet_of(row.volunteer_id), row.minutes),
    ]
    if row.excess:
        parts.append(("gifts", "points", gifts_of(row.volunteer_id), row.excess))
    return [
        ledger.Posting(
            key=f"award:{event.id}:{row.volunteer_id}:{part}",
            kind="award",
            asset=asset,
            payer=ledger.ISSUANCE,
            payee=payee,
            amount=amount,
            effective_at=row.performed_at,
            reason=event.service_item,
            source_type="service_event",
            source_id=event.id,
            rulebook_version=row.rulebook_version,
        )
        for part, asset, payee, amount in parts
        if amount > 0
    ]
