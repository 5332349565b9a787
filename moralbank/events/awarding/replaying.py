"""Scoring a past period again: by the rules that were in force, to show that it comes to the same
and that the book says so too; or by a new document, to show who would have gained or lost.

Nothing is changed. Awards are taken in the order in which they were scored, and each sees what had
been awarded, taken back or given as a bonus until then.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import or_, select

from moralbank.core import clock, periods
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.transaction import query
from moralbank.events.awarding import grounds
from moralbank.events.awarding.booked import CHUNK, unbooked
from moralbank.events.awarding.conduct_booked import unbooked_conduct
from moralbank.events.awarding.grounds import Ground, Unfounded
from moralbank.events.awarding.models import Award, ConductRecord, Restoration
from moralbank.events.awarding.standards import UNREADABLE, Misjudged, Standards, book_of
from moralbank.events.models import Pairing, ServiceEvent
from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.documents.awarding import SPANS
from moralbank.rulebook.operations import changed_versions
from moralbank.rulebook.rules import Errand, Line, Spans, Tally, score
from moralbank.rulebook.rules.lines import N_

FIRST_MOMENT = datetime(1900, 1, 1, tzinfo=UTC)
LAST_MOMENT = datetime(9998, 12, 31, tzinfo=UTC)
"""Between these, a moment has a local day and its periods on every clock."""
BEYOND_RULES = Line(N_("记录的数字不合规则，无法重算"))


class Amounts(NamedTuple):
    """What an award comes to: hundredths, and whole minutes."""

    points: int
    excess: int
    merit: int
    minutes: int


NOTHING = Amounts(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Difference:
    """An award that does not come to the same: what was stored, and what it comes to now."""

    event_id: str
    volunteer_id: str
    stored: Amounts
    computed: Amounts
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What a volunteer's awards of the period came to, and what they would have: hundredths of
    points, those for donation alone included."""

    volunteer_id: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Replay:
    """A period scored again.

    `differing` are the awards that come to something else; `unfounded` those that rest on something
    else than the ratings, the participants and the errand say, or that are missing; `unbooked` the
    errands of which the book says something else than the awards; `misjudged` those that name
    another version than the one that was in force; `unbooked_conduct` the conduct records of which
    the book, or the version that they name, says something else; `rewritten` the versions of the
    rulebook that are not as they were published; `changes` who would have gained or lost,
    the greatest loss first; `kept` how many awards are for an item that the new document
    has not, and stayed.
    """

    awards: int
    differing: list[Difference]
    unfounded: list[Unfounded]
    unbooked: list[str]
    misjudged: list[Misjudged]
    unbooked_conduct: list[str]
    rewritten: list[int]
    changes: list[Change]
    kept: int

    @property
    def agrees(self) -> bool:
        """Whether every award came to the same, and the book says so."""
        return not (
            self.differing
            or self.unfounded
            or self.unbooked
            or self.misjudged
            or self.unbooked_conduct
            or self.rewritten
        )


class _Scored(NamedTuple):
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


class _Bonus(NamedTuple):
    """A bonus by conduct, in hundredths: it counts against the whole issue."""

    spans: Spans
    points: int


class _Step(NamedTuple):
    """Something that happened: counted, or with `sign` -1 taken out again."""

    at: datetime
    event_id: str
    volunteer_id: str
    sign: int
    what: _Scored | _Bonus


@query("rulebook.replay")
def replay(
    actor: Actor,
    *,
    first: date,
    last: date,
    new: Rulebook | None = None,
    tell: Callable[[int, int], None] = lambda _done, _total: None,
) -> Replay:
    """Score the errands done from `first` to `last` (local days, both inclusive) again.

    Stars, minutes and the day are taken from the ratings, the participants and the errand. Without
    `new` each by the version that made it, from what was stored of the others: then no
    award may differ. With it each by that document, from what the others would have been; bonuses
    and deductions stay as they were. `tell` is told how many of how many steps are done.
    """
    steps = sorted(_steps(first, last), key=lambda step: step[:4])
    pairs = _pairings()
    found = grounds.between(first, last)
    tally = Tally()
    counted: dict[tuple[str, str], Amounts] = {}
    differing: list[Difference] = []
    misjudged: list[Misjudged] = []
    inside: list[_Scored] = []
    standards = Standards()
    kept = 0
    for done, step in enumerate(steps, 1):
        tell(done, len(steps))
        what = step.what
        if isinstance(what, _Bonus):
            tally.add_bonus(what.spans, points=what.points, sign=step.sign)
            continue
        if what.key in counted:  # taken out again, or given back as it was
            before = counted[what.key]
            tally.add(what.errand, points=before.points, excess=before.excess, sign=step.sign)
            continue
        result = what.amounts
        if what.key in found.of:
            inside.append(what)
            book = new or book_of(what.version)
            right = standards.right(
                clock.local_date(what.performed_at), what.awarded_at,
                item=what.errand.item, requested_by=what.requested_by,
            )  # fmt: skip
            if what.version not in right:
                misjudged.append(Misjudged(*what.key, what.version, right[0]))
            if new is not None and what.errand.item not in new.items:
                kept += 1
            else:
                result, lines = _again(book, what, found.of[what.key], tally, pairs)
                if new is None and (result, lines) != (what.amounts, what.lines):
                    differing.append(Difference(*what.key, what.amounts, result, lines))
                    result = what.amounts
        counted[what.key] = result
        tally.add(what.errand, points=result.points, excess=result.excess)
    return Replay(
        awards=len(inside),
        differing=differing,
        unfounded=found.unfounded({what.key: what.ground for what in inside}),
        unbooked=unbooked(first, last, errands=found.errands),
        misjudged=misjudged,
        unbooked_conduct=unbooked_conduct(first, last),
        rewritten=changed_versions(),
        changes=_changes(inside, counted) if new else [],
        kept=kept,
    )


Pairs = dict[tuple[str, str], list[tuple[datetime, datetime | None]]]


def _again(
    book: Rulebook | None, what: _Scored, ground: Ground, tally: Tally, pairs: Pairs
) -> tuple[Amounts, tuple[Line, ...]]:
    if book is None:
        return NOTHING, (BEYOND_RULES,)
    errand = what.errand
    paired = any(
        since <= what.performed_at and (until is None or what.performed_at < until)
        for since, until in pairs.get((errand.volunteer, errand.resident or ""), ())
    )
    met_per = None if book.diminishing is None or paired else book.diminishing.per
    # What is not on record makes the award unfounded; it is scored by its own word.
    minutes = what.amounts.minutes if ground.minutes is None else ground.minutes
    try:
        result = score(
            book,
            item_code=errand.item,
            minutes=minutes,
            quantity=what.quantity,
            stars=what.stars if ground.stars is None else ground.stars,
            history=tally.history(errand, met_per=met_per),
        )
    except UNREADABLE:
        return NOTHING, (BEYOND_RULES,)
    return Amounts(result.points, result.excess, result.merit, result.minutes), result.lines


def _steps(first: date, last: date) -> Iterator[_Step]:
    """Yield what caps can count on any day of the period, in no order."""
    since = clock.start_of(min(periods.period_of(first, span)[0] for span in SPANS))
    until = clock.end_of(max(periods.period_of(last, span)[1] for span in SPANS))
    rows = session().execute(
        select(
            Award,
            ServiceEvent.service_item,
            ServiceEvent.resident_id,
            ServiceEvent.quantity,
            ServiceEvent.performed_at,
            ServiceEvent.rulebook_version,
        )
        .join(ServiceEvent, ServiceEvent.id == Award.event_id)
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
    for award, item, resident_id, quantity, performed_at, requested_by in rows:
        performed = performed_at or award.performed_at
        if not FIRST_MOMENT <= performed <= LAST_MOMENT:
            performed = award.performed_at
        scored = _Scored(
            award.event_id,
            Errand(award.volunteer_id, item, resident_id, _spans(clock.local_date(performed))),
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
        yield _Step(award.awarded_at, award.event_id, award.volunteer_id, 1, scored)
        for one in restored.get(scored.key, ()):
            yield _Step(one.reversed_at, award.event_id, award.volunteer_id, -1, scored)
            yield _Step(one.restored_at, award.event_id, award.volunteer_id, 1, scored)
        if award.reversed_at is not None:
            yield _Step(award.reversed_at, award.event_id, award.volunteer_id, -1, scored)
    bonuses = session().scalars(
        select(ConductRecord).where(
            ConductRecord.moved > 0,
            ConductRecord.happened_at >= since,
            ConductRecord.happened_at < until,
        )
    )
    for row in bonuses:
        bonus = _Bonus(_spans(clock.local_date(row.happened_at)), row.moved)
        yield _Step(row.recorded_at, row.id, row.volunteer_id, 1, bonus)
        if row.withdrawn_at is not None:
            yield _Step(row.withdrawn_at, row.id, row.volunteer_id, -1, bonus)


def _lines(stored: Any) -> tuple[Line, ...]:
    """Read an explanation; one that nobody can read says nothing."""
    try:
        return tuple(Line.from_json(line) for line in stored)
    except UNREADABLE:
        return ()


@lru_cache(maxsize=2000)
def _spans(day: date) -> Spans:
    return {span: periods.period_of(day, span)[0] for span in SPANS}


def _pairings() -> Pairs:
    pairs: Pairs = {}
    for row in session().scalars(select(Pairing)):
        pairs.setdefault((row.volunteer_id, row.resident_id), []).append(
            (row.registered_at, row.ended_at)
        )
    return pairs


def _changes(awards: Collection[_Scored], now: dict[tuple[str, str], Amounts]) -> list[Change]:
    sums: dict[str, tuple[int, int]] = {}
    for one in awards:
        if one.status == "reversed":
            continue
        before, after = sums.get(one.errand.volunteer, (0, 0))
        result = now[one.key]
        sums[one.errand.volunteer] = (
            before + one.amounts.points + one.amounts.excess,
            after + result.points + result.excess,
        )
    changes = [Change(number, *both) for number, both in sums.items() if both[0] != both[1]]
    return sorted(changes, key=lambda one: (one.after - one.before, one.volunteer_id))
