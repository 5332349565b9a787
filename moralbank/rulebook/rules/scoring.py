"""From an errand and its stars to points, with the reason for every step.

Everything is exact: whole hundredths and fractions, rounded once, as the document says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from moralbank.core.quantities import points_text
from moralbank.rulebook.documents import STARS, Rounding, Rulebook, ServiceItem
from moralbank.rulebook.rules.lines import N_, Line, about_number, exact_number


class UnknownItem(LookupError):
    """The rulebook has no service item of this code."""


@dataclass(frozen=True, slots=True)
class History:
    """Hundredths already awarded to the volunteer in the day, month and year of the errand."""

    day: int
    month: int
    year: int


@dataclass(frozen=True, slots=True)
class Score:
    """An award to one volunteer for one errand.

    `points` and `merit` are hundredths, `minutes` the whole minutes of service. `capped` is what
    the caps took away: without any cap the award would have been `points + capped`.
    """

    points: int
    merit: int
    minutes: int
    lines: tuple[Line, ...]
    capped: int


_RATED = {
    1: N_("一星 × %(multiplier)s = %(points)s"),
    2: N_("二星 × %(multiplier)s = %(points)s"),
    3: N_("三星 × %(multiplier)s = %(points)s"),
    4: N_("四星 × %(multiplier)s = %(points)s"),
    5: N_("五星 × %(multiplier)s = %(points)s"),
}
_RATED_ABOUT = {
    1: N_("一星 × %(multiplier)s ≈ %(points)s"),
    2: N_("二星 × %(multiplier)s ≈ %(points)s"),
    3: N_("三星 × %(multiplier)s ≈ %(points)s"),
    4: N_("四星 × %(multiplier)s ≈ %(points)s"),
    5: N_("五星 × %(multiplier)s ≈ %(points)s"),
}
_ROUNDED = {
    "half_up": N_("四舍五入到 %(step)s → %(points)s"),
    "half_even": N_("四舍六入五成双到 %(step)s → %(points)s"),
    "down": N_("不足 %(step)s 的舍去 → %(points)s"),
    "up": N_("不足 %(step)s 的进位 → %(points)s"),
}
_CAPPED_EVENT = N_("每次上限 %(cap)s → %(points)s")
_CAPPED = {
    "day": N_("当日上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "month": N_("当月上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "year": N_("当年上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
}


def score(
    rulebook: Rulebook,
    *,
    item_code: str,
    minutes: int,
    quantity: int | None,
    stars: int,
    history: History,
) -> Score:
    """Return what one volunteer is awarded for one rated errand, and why, line by line.

    `minutes` are those of this volunteer; `quantity` counts only where the item's unit is `count`,
    and there an errand without one counts once. In this order: points of the item, times the
    multiplier of the stars, rounded once, then cut by the caps per event, day, month and year.

    Raises UnknownItem for a code that the rulebook has not, ValueError for minutes below zero, a
    quantity below one and stars outside one to five.
    """
    item = rulebook.items.get(item_code)
    if item is None:
        raise UnknownItem(item_code)
    if minutes < 0:
        raise ValueError(f"minutes below zero: {minutes}")
    if quantity is not None and quantity < 1:
        raise ValueError(f"quantity below one: {quantity}")
    _check_stars(stars)

    base, base_line = _base(item, minutes=minutes, quantity=quantity)
    multiplier = rulebook.multipliers[stars]
    exact = base * multiplier
    lines = [base_line, _rated_line(stars, multiplier, exact)]

    rounded = _rounded(exact, rulebook.rounding)
    if rounded != exact:
        lines.append(
            Line(
                _ROUNDED[rulebook.rounding.mode],
                {"step": points_text(rulebook.rounding.step), "points": points_text(rounded)},
            )
        )
    points, cap_lines = _within_caps(rulebook, rounded, history)
    return Score(
        points=points,
        merit=_MERIT[rulebook.merit](points),
        minutes=minutes,
        lines=(*lines, *cap_lines),
        capped=rounded - points,
    )


def combined_stars(rulebook: Rulebook, stars: Sequence[int]) -> int:
    """Make one rating of several neighbours' ratings, in whole stars.

    The lower median: half of them or more gave at least so many stars, and one friend or one enemy
    among three does not decide.  Raises ValueError for none, or for stars outside one to five.
    """
    if not stars:
        raise ValueError("no ratings to combine")
    for given in stars:
        _check_stars(given)
    return _COMBINE[rulebook.neighbours_combine](stars)


def _lower_median(stars: Sequence[int]) -> int:
    return sorted(stars)[(len(stars) - 1) // 2]


_COMBINE: dict[str, Callable[[Sequence[int]], int]] = {"lower_median": _lower_median}
_MERIT: dict[str, Callable[[int], int]] = {"equals_points": lambda points: points}


def _check_stars(stars: int) -> None:
    if stars not in STARS:
        raise ValueError(f"stars go from one to five: {stars}")


def _base(item: ServiceItem, *, minutes: int, quantity: int | None) -> tuple[Fraction, Line]:
    """Return the exact hundredths before the rating, and the line that says so."""
    rate = points_text(item.points)
    if item.unit == "event":
        points = Fraction(item.points)
        return points, Line(N_("每次 %(rate)s = %(points)s"), {"rate": rate, "points": rate})
    if item.unit == "count":
        count = 1 if quantity is None else quantity
        points = Fraction(item.points * count)
        return points, Line(
            N_("数量 %(quantity)s × %(rate)s = %(points)s"),
            {"quantity": count, "rate": rate, "points": points_text(item.points * count)},
        )
    hours = Fraction(minutes, 60)
    points = hours * item.points
    hours_text, earned = exact_number(hours), exact_number(points / 100)
    if hours_text and earned:
        return points, Line(
            N_("%(hours)s 小时 × %(rate)s = %(points)s"),
            {"hours": hours_text, "rate": rate, "points": earned},
        )
    # 50 minutes are no finite decimal of an hour: say minutes, so that the line is true as is.
    if earned:
        return points, Line(
            N_("%(minutes)s 分钟 ÷ 60 × %(rate)s = %(points)s"),
            {"minutes": minutes, "rate": rate, "points": earned},
        )
    return points, Line(
        N_("%(minutes)s 分钟 ÷ 60 × %(rate)s ≈ %(points)s"),
        {"minutes": minutes, "rate": rate, "points": about_number(points / 100)},
    )


def _rated_line(stars: int, multiplier: Fraction, exact: Fraction) -> Line:
    text = exact_number(exact / 100)
    values = {"multiplier": exact_number(multiplier) or str(multiplier)}
    if text is None:
        return Line(_RATED_ABOUT[stars], {**values, "points": about_number(exact / 100)})
    return Line(_RATED[stars], {**values, "points": text})


def _rounded(exact: Fraction, rounding: Rounding) -> int:
    """Round hundredths of at least zero to a multiple of the step."""
    steps, rest = divmod(exact, rounding.step)
    half = Fraction(rounding.step, 2)
    upwards = {
        "half_up": rest >= half,
        "half_even": rest > half or (rest == half and steps % 2 == 1),
        "down": False,
        "up": rest > 0,
    }[rounding.mode]
    return (steps + int(upwards)) * rounding.step


def _within_caps(rulebook: Rulebook, points: int, history: History) -> tuple[int, list[Line]]:
    lines = []
    caps, step = rulebook.caps, rulebook.rounding.step
    if caps.event is not None and points > caps.event:
        points = caps.event - caps.event % step
        lines.append(
            Line(_CAPPED_EVENT, {"cap": points_text(caps.event), "points": points_text(points)})
        )
    for span, cap, had in (
        ("day", caps.day, history.day),
        ("month", caps.month, history.month),
        ("year", caps.year, history.year),
    ):
        if cap is None:
            continue
        # Reversals can bring a day below nothing; that does not widen its cap.
        left = max(0, cap - max(0, had))
        if points > left:
            # Rounded down to the step: what is left may stem from a rulebook with a finer one.
            points = left - left % step
            figures = {"cap": cap, "had": had, "left": left, "points": points}
            lines.append(
                Line(_CAPPED[span], {name: points_text(value) for name, value in figures.items()})
            )
    return points, lines
