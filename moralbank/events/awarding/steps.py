"""What a replay goes through: awards and bonuses as they were stored, and when they were made,
taken back and given back."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import or_, select

from moralbank.core import clock, periods
from moralbank.core.db import session
from moralbank.events.awarding.booked import CHUNK
from moralbank.events.awarding.grounds import Ground
from moralbank.events.awarding.models import Award, ConductRecord, Restoration
from moralbank.events.awarding.standards import UNREADABLE
from moralbank.events.models import ServiceEvent
from moralbank.people.models import Resident
from moralbank.people.residents import TOLD_APART
from moralbank.rulebook.documents.awarding import SPANS
from moralbank.rulebook.rules import Errand, Line, Spans

FIRST_MOMENT = datetime(1900, 1, 1, tzinfo=UTC)
LAST_MOMENT = datetime(9998, 12, 31, tzinfo=UTC)
"""Between these, a moment has a local day and its periods on every clock."""


class Amounts(NamedTuple):
    """What an award comes to: hundredths, and whole minutes."""

    points: int
    excess: int
    merit: int
    minutes: int


class Scored(NamedTuple):
    """An award as it was stored, and the errand that it is for."""

    event_id: str
    errand: Errand
    performed_at: datetime
    said_at: datetime
    awarded_at: datetime
    requested_by: int
    quantity: int | None
    stars: int
    version: int
    amounts: Amounts
    lines: tuple[Line, ...]
    status: str

    @property
    def ground(self) -> Ground:
        """What the award itself says that it rests on."""
        return Ground(self.stars, self.amounts.minutes, self.said_at)

    @property
    def key(self) -> tuple[str, str]:
        return self.event_id, self.errand.volunteer


class Bonus(NamedTuple):
    """A bonus by conduct, in hundredths: it counts against the whole issue."""

    spans: Spans
    points: int


class Step(NamedTuple):
    """Something that happened: counted, or with `sign` -1 taken out again."""

    at: datetime
    event_id: str
    volunteer_id: str
    sign: int
    what: Scored | Bonus


def steps_between(first: date, last: date) -> Iterator[Step]:
    """Yield what caps can count on any day of the period, in no order."""
    since = clock.start_of(min(periods.period_of(first, span)[0] for span in SPANS))
    until = clock.end_of(max(periods.period_of(last, span)[1] for span in SPANS))
    rows = session().execute(
        select(
            Award,
            ServiceEvent.service_item,
            TOLD_APART,
            ServiceEvent.quantity,
            ServiceEvent.performed_at,
            ServiceEvent.rulebook_version,
        )
        .join(ServiceEvent, ServiceEvent.id == Award.event_id)
        .outerjoin(Resident, Resident.id == ServiceEvent.resident_id)
        .where(
            or_(
                Award.performed_at.between(since, until),
                ServiceEvent.performed_at.between(since, until),
            )
        )
        .execution_options(yield_per=CHUNK)
    )
    restored: dict[tuple[str, str], list[Restoration]] = {}
    for one in session().scalars(select(Restoration)):
        restored.setdefault((one.event_id, one.volunteer_id), []).append(one)
    for award, item, resident, quantity, performed_at, requested_by in rows:
        performed = performed_at or award.performed_at
        if not FIRST_MOMENT <= performed <= LAST_MOMENT:
            performed = award.performed_at
        scored = Scored(
            award.event_id,
            Errand(award.volunteer_id, item, resident, _spans(clock.local_date(performed))),
            performed,
            award.performed_at,
            award.awarded_at,
            requested_by,
            quantity,
            award.stars,
            award.rulebook_version,
            Amounts(award.points, award.excess, award.merit, award.minutes),
            _lines(award.explanation),
            award.status,
        )
        yield Step(award.awarded_at, award.event_id, award.volunteer_id, 1, scored)
        for one in restored.get(scored.key, ()):
            yield Step(one.reversed_at, award.event_id, award.volunteer_id, -1, scored)
            yield Step(one.restored_at, award.event_id, award.volunteer_id, 1, scored)
        if award.reversed_at is not None:
            yield Step(award.reversed_at, award.event_id, award.volunteer_id, -1, scored)
    bonuses = session().scalars(
        select(ConductRecord).where(
            ConductRecord.moved > 0,
            ConductRecord.happened_at >= since,
            ConductRecord.happened_at < until,
        )
    )
    for row in bonuses:
        bonus = Bonus(_spans(clock.local_date(row.happened_at)), row.moved)
        yield Step(row.recorded_at, row.id, row.volunteer_id, 1, bonus)
        if row.withdrawn_at is not None:
            yield Step(row.withdrawn_at, row.id, row.volunteer_id, -1, bonus)


def _lines(stored: Any) -> tuple[Line, ...]:
    """Read an explanation; one that nobody can read says nothing."""
    try:
        return tuple(Line.from_json(line) for line in stored)
    except UNREADABLE:
        return ()


@lru_cache(maxsize=2000)
def _spans(day: date) -> Spans:
    return {span: periods.period_of(day, span)[0] for span in SPANS}
