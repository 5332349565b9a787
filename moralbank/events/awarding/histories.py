"""What counts against the caps of an award: what was awarded before, as the book of awards has it.

Whoever asks holds the volunteers' rows, and where the whole issue is capped the issue's turn, so
that nothing is awarded between the question and the award.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, select

from moralbank.core import clock, counters, periods
from moralbank.core.db import session
from moralbank.events.awarding.models import Award, ConductRecord, Restoration
from moralbank.events.models import ServiceEvent
from moralbank.events.pairings import paired_with
from moralbank.people import residents
from moralbank.people.models import Resident
from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.documents.awarding import SPANS, Caps
from moralbank.rulebook.rules import History

LEAST_STEP = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Before:
    """What was before an award: the history of each volunteer, and the moment of the award, which
    is later than everything that was counted, whatever the machines' clocks say."""

    histories: dict[str, History]
    now: datetime


def wait_for_issue(book: Rulebook) -> None:
    """Where the whole issue is capped, wait for one's turn; it lasts until the transaction ends."""
    if book.issue:
        counters.take("issue")


def turn(book: Rulebook, volunteer_ids: Collection[str]) -> datetime:
    """Return the moment of something else that caps count than an award (that one is taken back, a
    bonus): later than every award to these volunteers, who are held, and where the whole issue is
    capped, whose turn is waited for, later than every award at all."""
    wait_for_issue(book)
    if book.issue:
        return after(_last_of_all())
    latest = session().scalar(
        select(func.max(Award.awarded_at)).where(Award.volunteer_id.in_(volunteer_ids))
    )
    return after([latest])


def before(
    book: Rulebook,
    *,
    volunteer_ids: Sequence[str],
    item_code: str,
    resident_id: str | None,
    performed_at: datetime,
) -> Before:
    """Return the history of some volunteers for an errand; theirs and the issue's turn are held."""
    windows = windows_of(performed_at)
    persons, latest = _by_person(book, volunteer_ids, windows)
    issued = _issued(book, windows)
    if book.issue:
        latest = [*latest, *_last_of_all()]
    item = book.items[item_code]
    alike = book.items_of(item.category)
    items = _at_items(item.caps, volunteer_ids, [item_code], windows)
    categories = _at_items(book.categories[item.category].caps, volunteer_ids, alike, windows)
    met = _with_resident(book, volunteer_ids, resident_id, performed_at, windows)
    histories = {
        number: History(
            person=persons.get(number, NOTHING).points,
            item=items.get(number, NOTHING).points,
            category=categories.get(number, NOTHING).points,
            issue=issued,
            person_times=persons.get(number, NOTHING).times,
            item_times=items.get(number, NOTHING).times,
            category_times=categories.get(number, NOTHING).times,
            with_resident=met.get(number),
        )
        for number in volunteer_ids
    }
    return Before(histories, after(latest))


def after(moments: Iterable[datetime | None]) -> datetime:
    """Return now, or where a clock ran ahead the least moment that is later than all of these."""
    return max([clock.now(), *(moment + LEAST_STEP for moment in moments if moment is not None)])


@dataclass(frozen=True, slots=True)
class Had:
    """What somebody was awarded by span, in hundredths, and how many errands brought points."""

    points: Mapping[str, int]
    times: Mapping[str, int]


NOTHING = Had({}, {})


@dataclass(frozen=True, slots=True)
class Window:
    """The moments of a span, from `since` to before `until`."""

    since: datetime
    until: datetime

    def holds(self, column: Any) -> ColumnElement[bool]:
        """Return the SQL that a moment lies in it."""
        inside: ColumnElement[bool] = (column >= self.since) & (column < self.until)
        return inside


def windows_of(performed_at: datetime) -> dict[str, Window]:
    """Return the day, week, month, quarter and year that a moment lies in, on the local clock."""
    day = clock.local_date(performed_at)
    found = {}
    for span in SPANS:
        first, last = periods.period_of(day, span)
        found[span] = Window(clock.start_of(first), clock.end_of(last))
    return found


def _sums(
    spans: Iterable[str], windows: dict[str, Window], moment: Any, amount: Any
) -> list[ColumnElement[int]]:
    return [
        func.coalesce(func.sum(case((windows[span].holds(moment), amount), else_=0)), 0).label(span)
        for span in spans
    ]


def _had(caps: Caps, windows: dict[str, Window]) -> list[ColumnElement[int]]:
    """Return the SQL of what these caps count of the awards that stand; `_read` takes it out of a
    row."""
    points = case((_stands(), Award.points), else_=0)
    brought = case((_stands() & (Award.points + Award.excess > 0), 1), else_=0)
    times = _sums(caps.times, windows, Award.performed_at, brought)
    return [
        *_sums(caps.spans, windows, Award.performed_at, points),
        *(column.label(f"{span}_times") for span, column in zip(caps.times, times, strict=True)),
    ]


def _read(caps: Caps, row: Row[Any]) -> Had:
    return Had(
        {span: int(getattr(row, span)) for span in caps.spans},
        {span: int(getattr(row, f"{span}_times")) for span in caps.times},
    )


def _within(spans: Iterable[str], windows: dict[str, Window], moment: Any) -> ColumnElement[bool]:
    chosen = [windows[span] for span in spans]
    since, until = min(one.since for one in chosen), max(one.until for one in chosen)
    return Window(since, until).holds(moment)


def _stands() -> ColumnElement[bool]:
    return Award.status != "reversed"


def _by_person(
    book: Rulebook, volunteer_ids: Sequence[str], windows: dict[str, Window]
) -> tuple[dict[str, Had], list[datetime | None]]:
    """Return what each was awarded by what the caps count, and the last moments of all that."""
    rows = session().execute(
        select(
            Award.volunteer_id,
            func.max(Award.awarded_at).label("awarded"),
            func.max(Award.reversed_at).label("reversed"),
            *_had(book.caps, windows),
        )
        .where(
            Award.volunteer_id.in_(volunteer_ids),
            # Whatever another cap counts lies in the year or the week of the errand too.
            _within(SPANS, windows, Award.performed_at),
        )
        .group_by(Award.volunteer_id)
    )
    persons: dict[str, Had] = {}
    latest: list[datetime | None] = []
    for row in rows:
        persons[row.volunteer_id] = _read(book.caps, row)
        latest += [row.awarded, row.reversed]
    restored = select(func.max(Restoration.restored_at)).where(
        Restoration.restored_at >= clock.now(), Restoration.volunteer_id.in_(volunteer_ids)
    )
    return persons, [*latest, session().scalar(restored)]


def _at_items(
    caps: Caps, volunteer_ids: Sequence[str], codes: Collection[str], windows: dict[str, Window]
) -> dict[str, Had]:
    """Return what each was awarded at some items, by what these caps count."""
    spans = {*caps.spans, *caps.times}
    if not spans:
        return {}
    rows = session().execute(
        select(Award.volunteer_id, *_had(caps, windows))
        .join(ServiceEvent, ServiceEvent.id == Award.event_id)
        .where(
            Award.volunteer_id.in_(volunteer_ids),
            ServiceEvent.service_item.in_(codes),
            _stands(),
            _within(spans, windows, Award.performed_at),
        )
        .group_by(Award.volunteer_id)
    )
    return {row.volunteer_id: _read(caps, row) for row in rows}


def _issued(book: Rulebook, windows: dict[str, Window]) -> dict[str, int]:
    """Return what was issued to everybody by capped span: awards and bonuses."""
    spans = list(book.issue)
    if not spans:
        return {}
    awards = (
        session()
        .execute(
            select(*_sums(spans, windows, Award.performed_at, Award.points + Award.excess)).where(
                _stands(), _within(spans, windows, Award.performed_at)
            )
        )
        .one()
    )
    bonuses = (
        session()
        .execute(
            select(*_sums(spans, windows, ConductRecord.happened_at, ConductRecord.moved)).where(
                ConductRecord.moved > 0,
                ConductRecord.status == "recorded",
                _within(spans, windows, ConductRecord.happened_at),
            )
        )
        .one()
    )
    return {span: int(getattr(awards, span)) + int(getattr(bonuses, span)) for span in spans}


def issued(book: Rulebook, at: datetime) -> dict[str, int]:
    """Return what was issued to everybody in the spans of a moment; the issue's turn is held."""
    return _issued(book, windows_of(at))


def _last_of_all() -> list[datetime | None]:
    return [
        session().scalar(select(func.max(column)))
        for column in (Award.awarded_at, Award.reversed_at, Restoration.restored_at)
    ]


def _with_resident(
    book: Rulebook,
    volunteer_ids: Sequence[str],
    resident_id: str | None,
    performed_at: datetime,
    windows: dict[str, Window],
) -> dict[str, int]:
    """Return how often each served this resident before; nobody for whom it does not matter."""
    if book.diminishing is None or resident_id is None:
        return {}
    paired = paired_with(resident_id, performed_at)
    rows = session().execute(
        select(Award.volunteer_id, func.count().label("met"))
        .join(ServiceEvent, ServiceEvent.id == Award.event_id)
        .join(Resident, Resident.id == ServiceEvent.resident_id)
        .where(
            Award.volunteer_id.in_(volunteer_ids),
            residents.counted_with(resident_id),
            _stands(),
            windows[book.diminishing.per].holds(Award.performed_at),
        )
        .group_by(Award.volunteer_id)
    )
    known = {row.volunteer_id: int(row.met) for row in rows}
    return {number: known.get(number, 0) for number in volunteer_ids if number not in paired}
