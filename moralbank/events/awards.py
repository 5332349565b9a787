"""From a rating to points: score by the rulebook, post one journal, keep the explanation."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import case, func, insert, select, update

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.problems import Refusal
from moralbank.core.transaction import query
from moralbank.events.models import Award, Participant, ServiceEvent
from moralbank.people.volunteers import find_volunteer, hold_volunteers, wallet_of
from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.operations import rulebook, version_in_force
from moralbank.rulebook.rules import History, Line, Score, score


@dataclass(frozen=True, slots=True)
class AwardView:
    """What one participant got, and why, line by line; points and merit in hundredths."""

    event_id: str
    volunteer_id: str
    points: int
    merit: int
    minutes: int
    rulebook_version: int
    lines: tuple[Line, ...]
    status: str
    performed_at: datetime

    @property
    def explanation(self) -> list[str]:
        """The lines in the reader's language."""
        return [_(line.text, **line.values) for line in self.lines]


def _view(row: Award) -> AwardView:
    return AwardView(
        event_id=row.event_id,
        volunteer_id=row.volunteer_id,
        points=row.points,
        merit=row.merit,
        minutes=row.minutes,
        rulebook_version=row.rulebook_version,
        lines=tuple(Line.from_json(line) for line in row.explanation),
        status=row.status,
        performed_at=row.performed_at,
    )


def awards_of(event_id: str) -> list[AwardView]:
    """Return the awards of an errand, none before it was rated."""
    rows = (
        session()
        .execute(select(Award).where(Award.event_id == event_id).order_by(Award.volunteer_id))
        .scalars()
    )
    return [_view(row) for row in rows]


def award(event: ServiceEvent, stars: int) -> list[AwardView]:
    """Award every participant of an errand that is held, in the caller's transaction.

    The rulebook is the one in force on the day of the errand; an item that it no longer has is
    scored by the one of the request. One service award is one journal. The participants' rows are
    held first, so that two errands of one person cannot both use what is left of a cap.
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
    version, book = _standard(event)
    now = clock.now()
    histories = _histories([row.volunteer_id for row in people], event.performed_at)
    rows: list[dict[str, Any]] = []
    postings: list[ledger.Posting] = []
    for person in people:
        scored = score(
            book,
            item_code=event.service_item,
            minutes=person.minutes,
            quantity=event.quantity,
            stars=stars,
            history=histories[person.volunteer_id],
        )
        postings += _postings(event, person.volunteer_id, scored, version)
        rows.append(
            {
                "event_id": event.id,
                "volunteer_id": person.volunteer_id,
                "points": scored.points,
                "merit": scored.merit,
                "minutes": scored.minutes,
                "stars": stars,
                "rulebook_version": version,
                "explanation": [line.to_json() for line in scored.lines],
                "status": "awarded",
                "performed_at": event.performed_at,
                "awarded_at": now,
            }
        )
    session().execute(insert(Award), rows)
    ledger.post(postings)
    return awards_of(event.id)


def _standard(event: ServiceEvent) -> tuple[int, Rulebook]:
    assert event.performed_at is not None
    version = version_in_force(clock.local_date(event.performed_at))
    book = rulebook(version)
    if event.service_item not in book.items:
        version = event.rulebook_version
        book = rulebook(version)
    return version, book


def _postings(
    event: ServiceEvent, volunteer_id: str, scored: Score, version: int
) -> list[ledger.Posting]:
    assert event.performed_at is not None
    amounts: dict[ledger.Asset, int] = {
        "points": scored.points,
        "merit": scored.merit,
        "minutes": scored.minutes,
    }
    return [
        ledger.Posting(
            key=f"award:{event.id}:{volunteer_id}:{asset}",
            kind="award",
            asset=asset,
            payer=ledger.ISSUANCE,
            payee=wallet_of(volunteer_id),
            amount=amount,
            effective_at=event.performed_at,
            reason=event.service_item,
            source_type="service_event",
            source_id=event.id,
            rulebook_version=version,
        )
        for asset, amount in amounts.items()
        if amount > 0
    ]


def _histories(volunteer_ids: list[str], performed_at: datetime) -> dict[str, History]:
    """Return what each volunteer was awarded in the day, month and year of an errand."""
    day = clock.local_date(performed_at)
    day_start, day_end = clock.start_of(day), clock.end_of(day)
    month_start = clock.start_of(day.replace(day=1))
    month_end = clock.start_of(date(day.year + day.month // 12, day.month % 12 + 1, 1))
    year_start = clock.start_of(date(day.year, 1, 1))
    year_end = clock.start_of(date(day.year + 1, 1, 1))

    def within(start: datetime, end: datetime) -> Any:
        inside = (Award.performed_at >= start) & (Award.performed_at < end)
        return func.sum(case((inside, Award.points), else_=0))

    rows = session().execute(
        select(
            Award.volunteer_id,
            within(day_start, day_end).label("day"),
            within(month_start, month_end).label("month"),
            func.sum(Award.points).label("year"),
        )
        .where(
            Award.volunteer_id.in_(volunteer_ids),
            Award.status != "reversed",
            Award.performed_at >= year_start,
            Award.performed_at < year_end,
        )
        .group_by(Award.volunteer_id)
    )
    known = {
        row.volunteer_id: History(
            person={"day": int(row.day), "month": int(row.month), "year": int(row.year)}
        )
        for row in rows
    }
    nothing = History()
    return {volunteer_id: known.get(volunteer_id, nothing) for volunteer_id in volunteer_ids}


def take_back(event: ServiceEvent, reason: str) -> None:
    """Reverse every award of an errand that is held, in the caller's transaction.

    What a volunteer has already spent cannot be taken back; then all of it is refused with 409
    `insufficient_points`, and a supervisor settles it with the volunteer first.
    """
    numbers = ledger.transfers_of("service_event", event.id, kind="award")
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
        .where(Award.event_id == event.id)
        .values(status="reversed")
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True, slots=True)
class BalanceView:
    """A volunteer's balance: points and merit in hundredths, minutes whole. `points` leaves out
    what is provisional; `available` is points less what is held."""

    points: int
    held: int
    available: int
    provisional: int
    merit: int
    minutes: int
    as_of: datetime


@query("balances.read")
def balance(actor: Actor, volunteer_id: str, *, at: datetime | None = None) -> BalanceView:
    """Return a volunteer's balance, now or as the book stood at a moment. Refuses 404."""
    row = find_volunteer(actor, volunteer_id)
    wallets = ledger.balances(wallet_of(row.id), at=at)
    points = wallets["points"]
    return BalanceView(
        points=points.balance,
        held=points.held,
        available=points.available,
        provisional=_provisional(row.id),
        merit=wallets["merit"].balance,
        minutes=wallets["minutes"].balance,
        as_of=at or clock.now(),
    )


def _provisional(volunteer_id: str) -> int:
    total = session().scalar(
        select(func.sum(Award.points)).where(
            Award.volunteer_id == volunteer_id, Award.status == "provisional"
        )
    )
    return int(total or 0)
