"""From an errand and its stars to points, with the reason for every step.

Everything is exact: whole hundredths and fractions, rounded once, as the document says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from moralbank.core.quantities import points_text
from moralbank.rulebook.documents import STARS, Caps, Rounding, Rulebook, ServiceItem
from moralbank.rulebook.documents.awarding import SPANS
from moralbank.rulebook.rules.lines import N_, Line, about_number, exact_number


class UnknownItem(LookupError):
    """The rulebook has no service item of this code."""


@dataclass(frozen=True, slots=True)
class History:
    """What was awarded before, by the spans (`SPANS`) of the errand's day.

    Hundredths: to this volunteer (`person`), to this volunteer for this item (`item`) and for its
    category (`category`), to everybody (`issue`); a span that is missing counts as nothing.
    `with_resident` is how many errands this volunteer did before for this resident in the span of
    the diminishing returns; None where they do not apply, because there is no one resident or the
    two are a registered pairing.
    """

    person: Mapping[str, int] = field(default_factory=dict)
    item: Mapping[str, int] = field(default_factory=dict)
    category: Mapping[str, int] = field(default_factory=dict)
    issue: Mapping[str, int] = field(default_factory=dict)
    with_resident: int | None = None


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
_DIMINISHED = {
    "day": N_("当日第 %(number)s 次为这位居民服务 × %(multiplier)s %(sign)s %(points)s"),
    "week": N_("当周第 %(number)s 次为这位居民服务 × %(multiplier)s %(sign)s %(points)s"),
    "month": N_("当月第 %(number)s 次为这位居民服务 × %(multiplier)s %(sign)s %(points)s"),
    "quarter": N_("当季第 %(number)s 次为这位居民服务 × %(multiplier)s %(sign)s %(points)s"),
    "half_year": N_("这半年第 %(number)s 次为这位居民服务 × %(multiplier)s %(sign)s %(points)s"),
    "year": N_("当年第 %(number)s 次为这位居民服务 × %(multiplier)s %(sign)s %(points)s"),
}
_KEPT_FOR_DONATION = N_("超出个人上限的 %(points)s 分只能转赠")
_CAPPED_EVENT = N_("每次上限 %(cap)s → %(points)s")
_CAPPED = {
    "day": N_("当日上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "week": N_("当周上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "month": N_("当月上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "quarter": N_("当季上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "half_year": N_("这半年上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "year": N_("当年上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
}
_ITEM_CAPPED_EVENT = N_("此项每次上限 %(cap)s → %(points)s")
_ITEM_CAPPED = {
    "day": N_("此项当日上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "week": N_("此项当周上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "month": N_("此项当月上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "quarter": N_("此项当季上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "half_year": N_("此项这半年上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "year": N_("此项当年上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
}
_CATEGORY_CAPPED_EVENT = N_("这一类每次上限 %(cap)s → %(points)s")
_CATEGORY_CAPPED = {
    "day": N_("这一类当日上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "week": N_("这一类当周上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "month": N_("这一类当月上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "quarter": N_("这一类当季上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "half_year": N_("这一类这半年上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
    "year": N_("这一类当年上限 %(cap)s，已得 %(had)s，剩 %(left)s → %(points)s"),
}
ISSUE_CAPPED = {
    "day": N_("全行当日发放上限 %(cap)s，已发 %(had)s，剩 %(left)s → %(points)s"),
    "week": N_("全行当周发放上限 %(cap)s，已发 %(had)s，剩 %(left)s → %(points)s"),
    "month": N_("全行当月发放上限 %(cap)s，已发 %(had)s，剩 %(left)s → %(points)s"),
    "quarter": N_("全行当季发放上限 %(cap)s，已发 %(had)s，剩 %(left)s → %(points)s"),
    "half_year": N_("全行这半年发放上限 %(cap)s，已发 %(had)s，剩 %(left)s → %(points)s"),
    "year": N_("全行当年发放上限 %(cap)s，已发 %(had)s，剩 %(left)s → %(points)s"),
}

_ISSUE_SHARED = {
    "day": N_(
        "全行当日发放上限 %(cap)s，已发 %(had)s，剩 %(left)s"
        " → 可用 %(points)s，只能转赠 %(excess)s，作废 %(lost)s"
    ),
    "week": N_(
        "全行当周发放上限 %(cap)s，已发 %(had)s，剩 %(left)s"
        " → 可用 %(points)s，只能转赠 %(excess)s，作废 %(lost)s"
    ),
    "month": N_(
        "全行当月发放上限 %(cap)s，已发 %(had)s，剩 %(left)s"
        " → 可用 %(points)s，只能转赠 %(excess)s，作废 %(lost)s"
    ),
    "quarter": N_(
        "全行当季发放上限 %(cap)s，已发 %(had)s，剩 %(left)s"
        " → 可用 %(points)s，只能转赠 %(excess)s，作废 %(lost)s"
    ),
    "half_year": N_(
        "全行这半年发放上限 %(cap)s，已发 %(had)s，剩 %(left)s"
        " → 可用 %(points)s，只能转赠 %(excess)s，作废 %(lost)s"
    ),
    "year": N_(
        "全行当年发放上限 %(cap)s，已发 %(had)s，剩 %(left)s"
        " → 可用 %(points)s，只能转赠 %(excess)s，作废 %(lost)s"
    ),
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
    and there an errand without one counts once. In this order: points of the item; times the
    multiplier of the stars; times what is left for one more errand of this pair; rounded once;
    cut by the person's caps per event, day, week, month, quarter, half-year and year, those of the
    item first, then those of its category; and cut by those on the whole issue.

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

    category = rulebook.categories[item.category]
    base, base_line = _base(item, minutes=minutes, quantity=quantity)
    multiplier = rulebook.multipliers[stars]
    exact = base * multiplier
    lines = [base_line, _rated_line(stars, multiplier, exact)]
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
    step = rulebook.rounding.step
    points = rounded
    for caps, had, event_text, texts in (
        (item.caps, history.item, _ITEM_CAPPED_EVENT, _ITEM_CAPPED),
        (category.caps, history.category, _CATEGORY_CAPPED_EVENT, _CATEGORY_CAPPED),
        (rulebook.caps, history.person, _CAPPED_EVENT, _CAPPED),
    ):
        points, cap_lines = within_caps(caps, points, had, step, event_text, texts)
        lines += cap_lines
    excess = rounded - points if rulebook.excess == "donation" else 0
    # Whatever is issued counts against the budget, spendable or not; the spendable comes first.
    if excess:
        points, excess, issue_lines = _shared(rulebook, points, excess, history.issue)
    else:
        points, issue_lines = within_caps(
            Caps(None, rulebook.issue), points, history.issue, step, "", ISSUE_CAPPED
        )
    lines += issue_lines
    return Score(
        points=points,
        merit=_MERIT[rulebook.merit](points),
        minutes=minutes,
        lines=tuple(lines),
        capped=rounded - points - excess,
        excess=excess,
    )


def _shared(
    rulebook: Rulebook, points: int, excess: int, had: Mapping[str, int]
) -> tuple[int, int, list[Line]]:
    """Cut what may be spent and what may only be given away by the caps on the whole issue; each
    line's figures add up to those of the line before."""
    lines = [Line(_KEPT_FOR_DONATION, {"points": points_text(excess)})]
    for span in SPANS:
        if span not in rulebook.issue:
            continue
        cap, before = rulebook.issue[span], points + excess
        issued, bit = within_caps(
            Caps(None, {span: cap}), before, had, rulebook.rounding.step, "", _ISSUE_SHARED
        )
        points = min(points, issued)
        excess = issued - points
        shares = {"points": points, "excess": excess, "lost": before - issued}
        said = {name: points_text(value) for name, value in shares.items()}
        lines += [Line(line.text, {**line.values, **said}) for line in bit]
    return points, excess, lines


def with_issued(history: History, more: int) -> History:
    """Return a history in which everybody together was awarded `more` hundredths more."""
    if not more:
        return history
    issue = {span: history.issue.get(span, 0) + more for span in SPANS}
    return replace(history, issue=issue)


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


def within_caps(
    caps: Caps,
    points: int,
    had_by_span: Mapping[str, int],
    step: int,
    event_text: str,
    texts: Mapping[str, str],
) -> tuple[int, list[Line]]:
    """Cut hundredths by caps; return what is left, and a line for each cap that bit."""
    lines = []
    if caps.event is not None and points > caps.event:
        points = caps.event - caps.event % step
        lines.append(
            Line(event_text, {"cap": points_text(caps.event), "points": points_text(points)})
        )
    for span in SPANS:
        cap = caps.spans.get(span)
        if cap is None:
            continue
        # Reversals can bring a day below nothing; that does not widen its cap.
        had = had_by_span.get(span, 0)
        left = max(0, cap - max(0, had))
        if points > left:
            # Rounded down to the step: what is left may stem from a rulebook with a finer one.
            points = left - left % step
            figures = {"cap": cap, "had": had, "left": left, "points": points}
            lines.append(
                Line(texts[span], {name: points_text(value) for name, value in figures.items()})
            )
    return points, lines
