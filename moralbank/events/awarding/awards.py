"""From a rating to points: score by the rulebook, post one journal, keep the explanation."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import insert, select, update

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.db import session
from moralbank.core.problems import Refusal
from moralbank.events.awarding import histories
from moralbank.events.awarding.models import Award
from moralbank.events.models import Participant, ServiceEvent
from moralbank.people.volunteers import GIFTS, gift_wallet_of, hold_volunteers, wallet_of
from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.operations import rulebook, version_in_force
from moralbank.rulebook.rules import Line, score, with_issued
from moralbank.rulebook.rules.lines import N_


@dataclass(frozen=True, slots=True)
class AwardView:
    """What one participant got, and why, line by line; points, merit and excess, which may only
    be given away, in hundredths."""

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

    @property
    def explanation(self) -> list[str]:
        """The lines in the reader's language."""
        return [_(line.text, **line.values) for line in self.lines]


def _view(row: Award) -> AwardView:
    return AwardView(
        event_id=row.event_id,
        volunteer_id=row.volunteer_id,
        points=row.points,
        excess=row.excess,
        merit=row.merit,
        minutes=row.minutes,
        rulebook_version=row.rulebook_version,
        lines=(*(Line.from_json(line) for line in row.explanation), *_taken_back(row)),
        status=row.status,
        performed_at=row.performed_at,
        cleared=row.cleared_at is not None,
    )


def _taken_back(row: Award) -> tuple[Line, ...]:
    if row.status != "reversed":
        return ()
    return (Line(N_("已收回：%(reason)s"), {"reason": row.reversed_for or ""}),)


def awards_of(event_id: str) -> list[AwardView]:
    """Return the awards of an errand, none before it was rated."""
    rows = (
        session()
        .execute(select(Award).where(Award.event_id == event_id).order_by(Award.volunteer_id))
        .scalars()
    )
    return [_view(row) for row in rows]


def award(event: ServiceEvent, stars: int, *, waits: bool = False) -> list[AwardView]:
    """Award every participant of an errand that is held, in the caller's transaction.

    The rulebook is `standard_of` the errand. One service award is one journal. The participants'
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
    version, book = standard_of(event)
    histories.wait_for_issue(book)
    before = histories.before(
        book,
        volunteer_ids=[row.volunteer_id for row in people],
        item_code=event.service_item,
        resident_id=event.resident_id,
        performed_at=event.performed_at,
    )
    issued = 0
    rows: list[dict[str, Any]] = []
    for person in people:
        # One after the other: what the first is awarded leaves less of the issue to the next.
        scored = score(
            book,
            item_code=event.service_item,
            minutes=person.minutes,
            quantity=event.quantity,
            stars=stars,
            history=with_issued(before.histories[person.volunteer_id], issued),
        )
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
                "status": "provisional",
                "performed_at": event.performed_at,
                "awarded_at": before.now,
            }
        )
    session().execute(insert(Award), rows)
    if book.release.at_once and not waits:
        release(event, at=before.now)
    return awards_of(event.id)


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
        parts.append(("gifts", "points", f"{GIFTS}{row.volunteer_id}", row.excess))
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


def take_back(
    event: ServiceEvent, reason: str, *, volunteer_ids: Collection[str] | None = None
) -> None:
    """Reverse the awards of an errand that is held, in the caller's transaction: every one, or
    those of some volunteers. A provisional one was never posted, so nothing is moved for it.

    What a volunteer has already spent cannot be taken back; then all of it is refused with 409
    `insufficient_points`, and a supervisor settles it with the volunteer first.
    """
    chosen = (Award.event_id == event.id) & (Award.status != "reversed")
    if volunteer_ids is not None:
        chosen &= Award.volunteer_id.in_(volunteer_ids)
    rows = session().scalars(select(Award).where(chosen).order_by(Award.volunteer_id)).all()
    if not rows:
        return
    people = [row.volunteer_id for row in rows]
    hold_volunteers(people)
    now = histories.turn(rulebook(rows[0].rulebook_version), people)
    posted = {
        wallet
        for row in rows
        if row.status == "awarded"
        for wallet in (wallet_of(row.volunteer_id), f"{GIFTS}{row.volunteer_id}")
    }
    numbers = ledger.transfers_of("service_event", event.id, kind="award", payees=posted)
    try:
        ledger.post(
            [
                ledger.reversal_of(number, key=f"reversal:{number}", reason=reason)
                for number in numbers
            ]
        )
    except Refusal as refusal:
        refusal.detail = _("积分已被兑换，余额不够退回，请先与志愿者协商。")
        raise
    session().execute(
        update(Award)
        .where(chosen)
        .values(status="reversed", reversed_at=now, reversed_for=reason)
        .execution_options(synchronize_session=False)
    )
    for row in rows:
        session().refresh(row)
