"""Who may rate, and what state allows what: pure functions."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

MAX_WRONG_CODES = 5
"""As many wrong codes lock an errand's codes."""

MAX_PARTICIPANTS = 500
"""As many volunteers may do one errand."""
UNDER_WAY = frozenset({"open", "claimed"})
"""While an errand waits to be done, who does it may change."""
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


def worked(came_at: datetime, left_at: datetime, *, least: int, most: int) -> Worked:
    """Return what counts of the time between two scans, rounded to whole minutes (half up):
    at most `most`, and nothing of less than `least`."""
    measured = max(0, (left_at - came_at + timedelta(seconds=30)) // timedelta(minutes=1))
    return Worked(measured, min(measured, most) if measured >= least else None)


def needs_reason(
    given: int, *, attended: bool, measured: int | None, least: int, most: int
) -> bool:
    """Tell whether minutes that somebody writes down must be explained: where the person was
    scanned, those that differ from what was measured; else those outside the item's bounds."""
    return given != measured if attended else not least <= given <= most
