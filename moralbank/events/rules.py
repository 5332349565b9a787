"""Who may rate, and what state allows what: pure functions."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

MAX_WRONG_CODES = 5
"""As many wrong codes lock an errand's codes."""

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
