"""Scoring a past period again: by the rules that were in force, to show that it comes to the same
and that the book says so too; or by a new document, to show who would have gained or lost.

Nothing is changed. Awards are taken in the order in which they were scored, and each sees what had
been awarded, taken back or given as a bonus until then.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.transaction import query
from moralbank.events.awarding import grounds
from moralbank.events.awarding.booked import unbooked
from moralbank.events.awarding.conduct_booked import unbooked_conduct
from moralbank.events.awarding.grounds import Ground, Unfounded
from moralbank.events.awarding.standards import UNREADABLE, Misjudged, Standards, book_of
from moralbank.events.awarding.steps import Amounts, Bonus, Scored, steps_between
from moralbank.events.models import Pairing
from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.operations import changed_versions
from moralbank.rulebook.rules import Line, Tally, score
from moralbank.rulebook.rules.lines import N_

BEYOND_RULES = Line(N_("记录的数字不合规则，无法重算"))


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
    steps = sorted(steps_between(first, last), key=lambda step: step[:4])
    pairs = _pairings()
    found = grounds.between(first, last)
    tally = Tally()
    counted: dict[tuple[str, str], Amounts] = {}
    differing: list[Difference] = []
    misjudged: list[Misjudged] = []
    inside: list[Scored] = []
    standards = Standards()
    kept = 0
    for done, step in enumerate(steps, 1):
        tell(done, len(steps))
        what = step.what
        if isinstance(what, Bonus):
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
    book: Rulebook | None, what: Scored, ground: Ground, tally: Tally, pairs: Pairs
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
    item = book.items.get(errand.item)
    alike = book.items_of(item.category) if item else ()
    try:
        result = score(
            book,
            item_code=errand.item,
            minutes=minutes,
            quantity=what.quantity,
            stars=what.stars if ground.stars is None else ground.stars,
            history=tally.history(errand, met_per=met_per, alike=alike),
        )
    except UNREADABLE:
        return NOTHING, (BEYOND_RULES,)
    return Amounts(result.points, result.excess, result.merit, result.minutes), result.lines


def _pairings() -> Pairs:
    pairs: Pairs = {}
    for row in session().scalars(select(Pairing)):
        pairs.setdefault((row.volunteer_id, row.resident_id), []).append(
            (row.registered_at, row.ended_at)
        )
    return pairs


def _changes(awards: Collection[Scored], now: dict[tuple[str, str], Amounts]) -> list[Change]:
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
