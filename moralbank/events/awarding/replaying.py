"""Scoring a past period again: by the rules that were in force, to show that it comes to the same
and that the book says so too; or by a new document, to show who would have gained or lost.

Nothing is changed. Awards are taken in the order in which they were scored, and each sees what had
been awarded, taken back or given as a bonus until then.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import select

from moralbank import ledger
from moralbank.core import clock, periods
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.transaction import query
from moralbank.events.awarding.models import Award, ConductRecord, Restoration
from moralbank.events.models import Pairing, ServiceEvent
from moralbank.people.volunteers import GIFTS, wallet_of
from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.documents.awarding import SPANS
from moralbank.rulebook.operations import rulebook
from moralbank.rulebook.rules import Errand, Line, Spans, Tally, score

CHUNK = 500
"""Errands in one question to the book."""


class Amounts(NamedTuple):
    """What an award comes to: hundredths, and whole minutes."""

    points: int
    excess: int
    merit: int
    minutes: int


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

    `differing` are the awards that come to something else; `unbooked` the errands of which the
    book says something else than the awards; `changes` who would have gained or lost, the greatest
    loss first; `kept` how many awards are for an item that the new document has not, and stayed.
    """

    awards: int
    differing: list[Difference]
    unbooked: list[str]
    changes: list[Change]
    kept: int

    @property
    def agrees(self) -> bool:
        """Whether every award came to the same, and the book says so."""
        return not self.differing and not self.unbooked


class _Scored(NamedTuple):
    """An award as it was stored, and what it was computed from."""

    event_id: str
    errand: Errand
    day: date
    performed_at: datetime
    quantity: int | None
    stars: int
    version: int
    amounts: Amounts
    lines: tuple[Line, ...]
    status: str

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

    Without `new` each by the version that made it, from what was stored of the others: then no
    award may differ. With it each by that document, from what the others would have been; bonuses
    and deductions stay as they were. `tell` is told how many of how many steps are done.
    """
    steps = sorted(_steps(first, last), key=lambda step: step[:4])
    pairs = _pairings()
    tally = Tally()
    counted: dict[tuple[str, str], Amounts] = {}
    differing: list[Difference] = []
    inside: list[_Scored] = []
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
        if first <= what.day <= last:
            inside.append(what)
            book = new or rulebook(what.version)
            if what.errand.item in book.items:
                result, lines = _again(book, what, tally, pairs)
                if new is None and (result, lines) != (what.amounts, what.lines):
                    differing.append(Difference(*what.key, what.amounts, result, lines))
                    result = what.amounts
            else:
                kept += 1
        counted[what.key] = result
        tally.add(what.errand, points=result.points, excess=result.excess)
    return Replay(
        awards=len(inside),
        differing=differing,
        unbooked=_unbooked(inside),
        changes=_changes(inside, counted) if new else [],
        kept=kept,
    )


Pairs = dict[tuple[str, str], list[tuple[datetime, datetime | None]]]


def _again(
    book: Rulebook, what: _Scored, tally: Tally, pairs: Pairs
) -> tuple[Amounts, tuple[Line, ...]]:
    errand = what.errand
    paired = any(
        since <= what.performed_at and (until is None or what.performed_at < until)
        for since, until in pairs.get((errand.volunteer, errand.resident or ""), ())
    )
    met_per = None if book.diminishing is None or paired else book.diminishing.per
    result = score(
        book,
        item_code=errand.item,
        minutes=what.amounts.minutes,
        quantity=what.quantity,
        stars=what.stars,
        history=tally.history(errand, met_per=met_per),
    )
    return Amounts(result.points, result.excess, result.merit, result.minutes), result.lines


def _steps(first: date, last: date) -> Iterator[_Step]:
    """Yield what caps can count on any day of the period, in no order."""
    since = clock.start_of(min(periods.period_of(first, span)[0] for span in SPANS))
    until = clock.end_of(max(periods.period_of(last, span)[1] for span in SPANS))
    rows = session().execute(
        select(Award, ServiceEvent.service_item, ServiceEvent.resident_id, ServiceEvent.quantity)
        .join(ServiceEvent, ServiceEvent.id == Award.event_id)
        .where(Award.performed_at >= since, Award.performed_at < until)
        .execution_options(yield_per=CHUNK)
    )
    restored: dict[tuple[str, str], list[Restoration]] = {}
    for one in session().scalars(select(Restoration)):
        restored.setdefault((one.event_id, one.volunteer_id), []).append(one)
    for award, item, resident_id, quantity in rows:
        day = clock.local_date(award.performed_at)
        scored = _Scored(
            award.event_id,
            Errand(award.volunteer_id, item, resident_id, _spans(day)),
            day,
            award.performed_at,
            quantity,
            award.stars,
            award.rulebook_version,
            Amounts(award.points, award.excess, award.merit, award.minutes),
            tuple(Line.from_json(line) for line in award.explanation),
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


def _unbooked(awards: Collection[_Scored]) -> list[str]:
    """Return the errands of which the book says something else than their awards."""
    expected: dict[str, dict[tuple[str, str], int]] = {}
    for one in awards:
        wallets = expected.setdefault(one.event_id, {})
        stands = one.status == "awarded"
        for asset in ("points", "merit", "minutes"):
            amount = getattr(one.amounts, asset) if stands else 0
            wallets[wallet_of(one.errand.volunteer), asset] = amount
        wallets[f"{GIFTS}{one.errand.volunteer}", "points"] = one.amounts.excess if stands else 0
    numbers = sorted(expected)
    wrong: list[str] = []
    for start in range(0, len(numbers), CHUNK):
        some = numbers[start : start + CHUNK]
        booked: dict[str, dict[tuple[str, str], int]] = {number: {} for number in some}
        for (number, holder, asset), amount in ledger.moved_for("service_event", some).items():
            booked[number][holder, asset] = amount
        wrong += [number for number in some if _moved(booked[number]) != _moved(expected[number])]
    return wrong


def _moved(amounts: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    return {wallet: amount for wallet, amount in amounts.items() if amount}


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
