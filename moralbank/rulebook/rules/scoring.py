"""From an errand and its stars to points, with the reason for every step.

Everything is exact: whole hundredths and fractions, rounded once, as the document says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from moralbank.core.quantities import points_text
from moralbank.rulebook.documents import STARS, Rounding, Rulebook, ServiceItem
from moralbank.rulebook.rules.capping import within_issue, within_person, within_times
from moralbank.rulebook.rules.histories import History
from moralbank.rulebook.rules.lines import N_, Line, about_number, exact_number


class UnknownItem(LookupError):
    """The rulebook has no service item of this code."""


@dataclass(frozen=True, slots=True)
class Score:
    """An award to one volunteer for one errand.

    `points` and `merit` are hundredths, `minutes` the whole minutes of service. `excess` is what
    may only be given away: a person's caps cut it off, and the rulebook keeps it for donation.
    `capped` is what was lost to the caps: without any the award would have been
    `points + excess + capped`.
    """

    points: int
    merit: int
    minutes: int
    lines: tuple[Line, ...]
    capped: int
    excess: int = 0


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
_TIME_ROUNDED = {
    "half_up": N_("%(minutes)s 分钟，四舍五入到 %(step)s 分钟的倍数 → %(counted)s 分钟"),
    "half_even": N_("%(minutes)s 分钟，四舍六入五成双到 %(step)s 分钟的倍数 → %(counted)s 分钟"),
    "down": N_("%(minutes)s 分钟，不足 %(step)s 分钟的舍去 → %(counted)s 分钟"),
    "up": N_("%(minutes)s 分钟，不足 %(step)s 分钟的进位 → %(counted)s 分钟"),
}
_DIMINISHED = {
    "day": N_("当日第 %(number)s 次为这位居民服务 × %(multiplier)s %(sign)s %(points)s"),
    "week": N_("当周第 %(number)s 次为这位居民服务 × %(multiplier)s %(sign)s %(points)s"),
    "month": N_("当月第 %(number)s 次为这位居民服务 × %(multiplier)s %(sign)s %(points)s"),
    "quarter": N_("当季第 %(number)s 次为这位居民服务 × %(multiplier)s %(sign)s %(points)s"),
    "half_year": N_("这半年第 %(number)s 次为这位居民服务 × %(multiplier)s %(sign)s %(points)s"),
    "year": N_("当年第 %(number)s 次为这位居民服务 × %(multiplier)s %(sign)s %(points)s"),
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
    and there an errand without one counts once. In this order: points of the item, by the hour of
    what the time is rounded to; times the multiplier of the stars; times what is left for one more
    errand of this pair; rounded once; nothing beyond the caps on how often; cut by the person's
    caps on points per event, day, week, month, quarter, half-year and year, those of the item
    first, then those of its category; and cut by those on the whole issue.

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

    base, lines = _base(rulebook, item, minutes=minutes, quantity=quantity)
    multiplier = rulebook.multipliers[stars]
    exact = base * multiplier
    lines.append(_rated_line(stars, multiplier, exact))
    exact, less_lines = _diminished(rulebook, exact, history)
    lines += less_lines

    rounded = _rounded(exact, rulebook.rounding)
    if rounded != exact:
        lines.append(
            Line(
                _ROUNDED[rulebook.rounding.mode],
                {"step": points_text(rulebook.rounding.step), "points": points_text(rounded)},
            )
        )
    counted, times_lines = within_times(rulebook, item, rounded, history)
    points, cap_lines = within_person(rulebook, item, counted, history)
    excess = counted - points if rulebook.excess == "donation" else 0
    points, excess, issue_lines = within_issue(rulebook, points, excess, history)
    lines += [*times_lines, *cap_lines, *issue_lines]
    return Score(
        points=points,
        merit=_MERIT[rulebook.merit](points),
        minutes=minutes,
        lines=tuple(lines),
        capped=rounded - points - excess,
        excess=excess,
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


def _base(
    rulebook: Rulebook, item: ServiceItem, *, minutes: int, quantity: int | None
) -> tuple[Fraction, list[Line]]:
    """Return the exact hundredths before the rating, and the lines that say so."""
    time = item.time or rulebook.time
    lines: list[Line] = []
    if item.unit == "hour" and time is not None:
        counted = _rounded(Fraction(minutes), time)
        if counted != minutes:
            figures = {"minutes": minutes, "step": time.step, "counted": counted}
            lines.append(Line(_TIME_ROUNDED[time.mode], figures))
        minutes = counted
    points, line = _worth(item, minutes=minutes, quantity=quantity)
    return points, [*lines, line]


def _worth(item: ServiceItem, *, minutes: int, quantity: int | None) -> tuple[Fraction, Line]:
    rate = points_text(item.points)
    if item.unit == "event":
        for least, worth in reversed(item.longer):
            if minutes >= least:
                return Fraction(worth), Line(
                    N_("%(minutes)s 分钟，满 %(least)s 分钟的每次 = %(points)s"),
                    {"minutes": minutes, "least": least, "points": points_text(worth)},
                )
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
    """Round hundredths, or minutes, of at least zero to a multiple of the step."""
    steps, rest = divmod(exact, rounding.step)
    half = Fraction(rounding.step, 2)
    upwards = {
        "half_up": rest >= half,
        "half_even": rest > half or (rest == half and steps % 2 == 1),
        "down": False,
        "up": rest > 0,
    }[rounding.mode]
    return (steps + int(upwards)) * rounding.step


def _diminished(
    rulebook: Rulebook, exact: Fraction, history: History
) -> tuple[Fraction, list[Line]]:
    rule, before = rulebook.diminishing, history.with_resident
    if rule is None or before is None:
        return exact, []
    multiplier = rule.multiplier(before)
    if multiplier == 1:
        return exact, []
    less = exact * multiplier
    text = exact_number(less / 100)
    values: dict[str, str | int] = {
        "number": before + 1,
        "multiplier": exact_number(multiplier) or str(multiplier),
        "sign": "=" if text else "≈",
        "points": text or about_number(less / 100),
    }
    return less, [Line(_DIMINISHED[rule.per], values)]
