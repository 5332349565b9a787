"""Who may rate, and what state allows what: pure functions."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from statistics import median
from typing import Literal

from moralbank.core.spelling import seen

MAX_WRONG_CODES = 5
"""As many wrong codes lock an errand's codes."""

MAX_PARTICIPANTS = 500
"""As many volunteers may do one errand."""
UNDER_WAY = frozenset({"open", "claimed"})
"""While an errand waits to be done, who does it may change."""
MAX_OWN_UNDER_WAY = 5
"""As many of a resident's errands may wait to be done when they ask for one more by themselves."""
MAX_WAITING_ASKS = 3
"""As many requests from the public page may wait for a call to one telephone."""
RATED = frozenset({"rated", "awarded", "disputed", "upheld", "dismissed"})
CANCELLABLE = frozenset({"open", "claimed", "completed"})
DISPUTABLE = frozenset({"completed", "rated", "awarded"})


_WEIGHTS = (3, 7, 9, 1, 3, 7, 9)


def slip_no(serial: int) -> str:
    """Return the number of a printed slip, as in P-0000123-6: the serial, and a digit that changes
    when one digit is misread and mostly when two neighbours are swapped."""
    digits = f"{serial:07d}"
    check = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 10
    return f"P-{digits}-{check}"


_DASHES = re.compile("[-‐‑‒–—―−ー_·.:]+")
_LIKE_P = str.maketrans({"Р": "P", "Ρ": "P"})
_PRINTED = re.compile("(?<![0-9A-Z])(P-?)?([0-9]{7})-?([0-9]?)(?![0-9])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Printed:
    """What in a number looks like that of a printed slip: its serial, the whole number as it would
    be printed if it was read right, and whether it says P or has nothing beside its digits."""

    serial: int
    number: str
    says_p: bool


def seen_slip_no(text: str) -> str:
    """Return a slip's number as it is read, however it was written: Ｐ－0000123－6 is P-0000123-6.
    What cannot be seen is no part of it, or a number would look used once and be good twice."""
    return _DASHES.sub("-", seen(text).upper().translate(_LIKE_P)).strip("-")


def printed_in(plain: str) -> Printed | None:
    """Return what looks like a printed slip's number in a number that is read plainly: p00001236,
    0000123-6 and 编号P-0000123-6号 all do."""
    found = _PRINTED.search(plain)
    if found is None:
        return None
    whole = found[0] == plain
    if not found[1] and not (whole and found[3]):
        return None  # digits amid other words are something else's
    return Printed(int(found[2]), f"P-{found[2]}-{found[3]}", says_p=bool(found[1]))


@dataclass(frozen=True, slots=True)
class Performer:
    """What gives away that a rater is somebody who did the errand, or lives with them."""

    volunteer_id: str
    phone_seal: str
    household_seals: frozenset[str]


def is_performer(
    performers: Iterable[Performer],
    *,
    volunteer_id: str | None,
    phone_seals: Collection[str],
    household_seals: Collection[str],
) -> bool:
    """Tell whether the rater's own account, a phone or a household is a performer's."""
    return any(
        performer.volunteer_id == volunteer_id
        or performer.phone_seal in phone_seals
        or not performer.household_seals.isdisjoint(household_seals)
        for performer in performers
    )


def rating_state(status: str, *, awarded: bool) -> Literal["may", "already_rated", "wrong_state"]:
    """Tell whether an errand in `status` may be rated now; so may one whose dispute was dismissed
    before it was `awarded`."""
    if status == "completed" or (status == "dismissed" and not awarded):
        return "may"
    return "already_rated" if status in RATED else "wrong_state"


def still_wanted(needed: int, taking_part: int) -> int:
    """Return how many more volunteers an errand needs that `taking_part` have claimed."""
    return max(0, needed - taking_part)


def fits(tags: Collection[str], suits: Collection[str]) -> bool:
    """Tell whether an item with `tags` is for somebody whom `suits` suit; without tags it is for
    everybody."""
    return not tags or not set(tags).isdisjoint(suits)


@dataclass(frozen=True, slots=True)
class Worked:
    """How long somebody was there, in whole minutes, and what of that counts; None: nothing."""

    measured: int
    counted: int | None


SCANNED_TWICE = timedelta(minutes=1)
"""So soon after coming, a card that is scanned again says nothing: a scanner that reads twice, or
somebody who did not see that it was read."""


def next_step(
    came_at: datetime | None, left_at: datetime | None, now: datetime
) -> Literal["in", "wait", "out", "over"]:
    """Tell what a card says that is scanned where nobody says which way its holder goes: who has
    not come comes, who is there leaves, but not within a minute of coming; who has left has."""
    if came_at is None:
        return "in"
    if left_at is not None:
        return "over"
    return "out" if now - came_at >= SCANNED_TWICE else "wait"


WHOLE_DAY = 24 * 60
"""What an item has for its longest time where the rulebook says none, in minutes."""
FORGOTTEN = 8 * 60
"""Minutes after which a scan that nothing else bounds was most likely left running."""


def worked(came_at: datetime, left_at: datetime, *, least: int, most: int) -> Worked:
    """Return what counts of the time between two scans, rounded to whole minutes (half up):
    at most `most`, nothing of less than `least`, and, where the item is not bounded, nothing of
    more than eight hours: somebody forgot to leave, and people say how long it was."""
    measured = max(0, (left_at - came_at + timedelta(seconds=30)) // timedelta(minutes=1))
    if measured < least or (most >= WHOLE_DAY and measured > FORGOTTEN):
        return Worked(measured, None)
    return Worked(measured, min(measured, most))


def needs_reason(
    given: int, *, attended: bool, measured: int | None, least: int, most: int
) -> bool:
    """Tell whether minutes that somebody writes down must be explained: where the person was
    scanned, those that differ from what was measured; else those outside the item's bounds."""
    return given != measured if attended else not least <= given <= most


WEEK = timedelta(days=7)


def next_week(day: date, *, today: date, until: date) -> tuple[date, int] | None:
    """Return the day on which a weekly errand of `day` comes next, not before `today` nor after
    `until`, and how many weeks were passed over to get there; None when there is none."""
    following, passed = day + WEEK, 0
    if following < today:
        passed = -((following - today) // WEEK)
        following += passed * WEEK
    return (following, passed) if following <= until else None


def may_expire(reached: Iterable[bool], *, can_be_asked: bool) -> bool:
    """Tell whether an errand that nobody rated may end without points: somebody was called in vain
    at least once, or nobody can be asked."""
    tries = list(reached)
    return not any(tries) and (bool(tries) or not can_be_asked)


FEWEST_RATINGS = 5
"""Of fewer ratings the mean is not told: it would tell single ones."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one request. `closed`: it was awarded, and stands; `stars`: all it was given,
    and when."""

    cancelled: bool
    closed: bool
    asked_at: datetime
    done_at: datetime | None
    stars: tuple[tuple[datetime, int], ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """How requests came to an end. `rate` is the part closed of those not cancelled, `median_hours`
    the time from the request to the work; None where there is nothing to tell it by."""

    asked: int
    cancelled: int
    closed: int
    rate: Fraction | None
    median_hours: Fraction | None
    ratings: int
    mean_stars: Fraction | None


def figures(outcomes: Iterable[Outcome], *, fewest: int = 1, lots: int = 1) -> Figures:
    """Return the figures of some requests. Work that came before its request took no time; of fewer
    than `fewest` that were done, how long they took is not told. The mean is that of the first
    ratings, as many as make whole `lots`: whoever reads it again and again sees none come alone."""
    told = list(outcomes)
    cancelled = sum(one.cancelled for one in told)
    closed = sum(one.closed for one in told)
    due = len(told) - cancelled
    waits = [
        max(0, (one.done_at - one.asked_at) // timedelta(minutes=1))
        for one in told
        if one.done_at is not None and not one.cancelled
    ]
    given = sorted((each for one in told for each in one.stars), key=lambda each: each[0])
    stars = [star for _at, star in given[: len(given) - len(given) % lots]]
    return Figures(
        asked=len(told),
        cancelled=cancelled,
        closed=closed,
        rate=Fraction(closed, due) if due else None,
        median_hours=Fraction(median(waits)) / 60 if waits and len(waits) >= fewest else None,
        ratings=len(given),
        mean_stars=Fraction(sum(stars), len(stars)) if len(stars) >= FEWEST_RATINGS else None,
    )


def decimal_text(value: Fraction | None, places: int) -> str | None:
    """Return a figure that is not below zero as a decimal string, rounded half up, without idle
    zeros."""
    if value is None:
        return None
    whole, part = divmod(int(value * 10**places + Fraction(1, 2)), 10**places)
    return f"{whole}.{part:0{places}d}".rstrip("0").rstrip(".")
