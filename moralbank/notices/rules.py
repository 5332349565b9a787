"""Aliases, working days, digests and small groups: pure functions."""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from moralbank.core.spelling import MOBILE, seen

SATURDAY = 5
SMALL_GROUP = 5
"""A group of fewer people than this is not shown by itself: one of them could be guessed."""

_STEMS = "甲乙丙丁戊己庚辛壬癸"
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
SHORTEST = 3
_ALIAS = re.compile(f"志愿者 ([{_STEMS}][{_LETTERS}]{{{SHORTEST},}})")


def _spelled(mark: bytes, length: int) -> str:
    """Spell a mark as an alias, for example 志愿者 甲7K3."""
    value = int.from_bytes(mark)
    value, stem = divmod(value, len(_STEMS))
    letters = []
    for _place in range(length):
        value, letter = divmod(value, len(_LETTERS))
        letters.append(_LETTERS[letter])
    return f"志愿者 {_STEMS[stem]}{''.join(letters)}"


def mark_of(name: str) -> str | None:
    """Return what tells an alias from others, 甲7K3; None for what is no alias."""
    found = _ALIAS.fullmatch(name)
    return found and found[1]


def aliases(marks: Mapping[str, bytes], *, shortest: int = SHORTEST) -> dict[str, str]:
    """Return an alias for each subject of one notice, from keyed marks of at least 16 bytes.

    The marks are keyed by notice and subject, so an alias says nothing about the person and is
    another one in the next notice. Two that would read alike are both spelled longer; `shortest` is
    how many letters each has at least.
    """
    named: dict[str, str] = {}
    waiting, length = sorted(marks), shortest
    while waiting:
        spelled = {subject: _spelled(marks[subject], length) for subject in waiting}
        seen: dict[str, int] = {}
        for text in spelled.values():
            seen[text] = seen.get(text, 0) + 1
        named |= {subject: text for subject, text in spelled.items() if seen[text] == 1}
        waiting = [subject for subject, text in spelled.items() if seen[text] > 1]
        length += 1
    return named


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of one year that are not what their weekday says: holidays, and weekend days that
    are worked in exchange."""

    off: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        """Tell whether offices work on `day`."""
        if day in self.working:
            return True
        return day.weekday() < SATURDAY and day not in self.off


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of a period of working days. `weekends_only`: for part of it no calendar of
    holidays was there, so only weekends were left out."""

    day: date
    weekends_only: bool


def deadline(start: date, days: int, calendars: Mapping[int, Calendar]) -> Deadline:
    """Return the last of `days` working days after `start` (which does not count); `start` itself
    for none. `calendars` is by year."""
    day, left, weekends_only = start, days, False
    while left:
        day += timedelta(days=1)
        calendar = calendars.get(day.year)
        weekends_only |= calendar is None
        left -= (calendar or Calendar()).works(day)
    return Deadline(day, weekends_only)


def working_days_left(today: date, last: date, calendars: Mapping[int, Calendar]) -> int:
    """Return how many working days after today there are until `last`, which counts."""
    days = (today + timedelta(days=one) for one in range(1, (last - today).days + 1))
    return sum(calendars.get(day.year, Calendar()).works(day) for day in days)


def takes_objections(
    *, status: str, objection_days: int | None, objection_until: date | None, today: date
) -> bool:
    """Tell whether one may still object: the notice hangs, and the period's last day is not over.
    A notice of no days has no such period."""
    return (
        status == "posted"
        and bool(objection_days)
        and objection_until is not None
        and today <= objection_until
    )


def is_due(*, objection_days: int, objection_until: date, today: date) -> bool:
    """Tell whether the objection period of a posted notice is over."""
    return objection_days == 0 or today > objection_until


def digest(facts: Mapping[str, Any], lines: Iterable[tuple[int, str, Mapping[str, Any]]]) -> str:
    """Return the SHA-256, in hexadecimal, of a notice: its facts and its lines (number, alias,
    figures) as canonical JSON: keys in order, no spaces, UTF-8."""
    whole = {**facts, "lines": [[number, alias, figures] for number, alias, figures in lines]}
    text = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def tells_who(text: str, *, name: str, contact: str) -> bool:
    """Tell whether a text that will be posted gives away who objected: their name, their contact,
    however it is spaced, or anybody's mobile number."""

    def plain(words: str) -> str:
        return re.sub(r"\W", "", seen(words)).casefold()

    own = [plain(one) for one in (name, contact)]
    return MOBILE.search(plain(text)) is not None or any(
        len(one) > 1 and one in plain(text) for one in own
    )


Group = TypeVar("Group")


def apart_and_merged(
    groups: Sequence[tuple[int, Group]],
    *,
    least: int = SMALL_GROUP,
    together: Callable[[Sequence[Group]], int],
) -> tuple[list[Group], list[Group]]:
    """Split groups, each with the number of its people, into those shown by themselves and those
    merged into one row; `together` counts the people of several, each once.

    Every group below `least` is merged. Where all of the merged together are still too few, the
    smallest of the others joins them, so that no row can be guessed; where there is no other, none
    is merged and they are not shown at all.
    """
    shown = sorted((size, place) for place, (size, _group) in enumerate(groups) if size >= least)
    small = {place for place, (size, _group) in enumerate(groups) if size < least}

    def of(places: Collection[int]) -> list[Group]:
        return [group for place, (_size, group) in enumerate(groups) if place in places]

    enough = not small
    while small and not (enough := together(of(small)) >= least) and shown:
        small.add(shown.pop(0)[1])
    return of({place for _size, place in shown}), of(small) if enough else []
