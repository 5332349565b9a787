"""Star ladders: how many stars a period's work earns, what was met and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.documents.honours import Ladder, Level, Needs
from moralbank.rulebook.rules.lines import N_, Line, number_down, number_up

_REACHED = {
    0: N_("尚未达到星级"),
    1: N_("达到一星"),
    2: N_("达到二星"),
    3: N_("达到三星"),
    4: N_("达到四星"),
    5: N_("达到五星"),
}
_NEXT = {
    1: N_("距一星："),
    2: N_("距二星："),
    3: N_("距三星："),
    4: N_("距四星："),
    5: N_("距五星："),
}
_MET = {
    "minutes": N_("服务时长 %(have)s 小时，达到所需的 %(need)s 小时"),
    "points": N_("积分 %(have)s，达到所需的 %(need)s"),
    "merit": N_("道德分 %(have)s，达到所需的 %(need)s"),
    "mean_rating": N_("平均评价 %(have)s 星，达到所需的 %(need)s 星"),
    "ratings": N_("评价 %(have)s 次，达到所需的 %(need)s 次"),
    "events": N_("服务 %(have)s 次，达到所需的 %(need)s 次"),
    "tenure_days": N_("开户 %(have)s 天，达到所需的 %(need)s 天"),
}
_MISSING = {
    "minutes": N_("服务时长还差 %(short)s 小时（现有 %(have)s，需 %(need)s）"),
    "points": N_("积分还差 %(short)s（现有 %(have)s，需 %(need)s）"),
    "merit": N_("道德分还差 %(short)s（现有 %(have)s，需 %(need)s）"),
    "mean_rating": N_("平均评价还差 %(short)s 星（现为 %(have)s，需 %(need)s）"),
    "ratings": N_("评价还差 %(short)s 次（现有 %(have)s，需 %(need)s）"),
    "events": N_("服务还差 %(short)s 次（现有 %(have)s，需 %(need)s）"),
    "tenure_days": N_("开户还差 %(short)s 天（现为 %(have)s，需 %(need)s）"),
}
_NOT_RATED = N_("平均评价需 %(need)s 星，尚无评价")
_WITHOUT_MEAN = {
    _MET["mean_rating"]: N_(
        "平均评价达到所需的 %(need)s 星（评价不足 %(fewest)s 次，不公布平均数）"
    ),
    _MISSING["mean_rating"]: N_(
        "平均评价没有达到所需的 %(need)s 星（评价不足 %(fewest)s 次，不公布平均数）"
    ),
}
_ANY_OF = N_("另外，下面各条满足一条即可：")
_OR = N_("或者")
_EXCLUDED_FOR = N_("本期有“%(reason)s”记录，不评星级")
_EXCLUDED_AS = {
    "struck_off": N_("已被除名，不评星级"),
    "blacklisted": N_("已列入黑名单，不评星级"),
}
# What one unit of a measure is worth in the unit that the sentence names.
_SHOWN_IN = {"minutes": 60, "points": 100, "merit": 100}


Measured = Mapping[str, int | Fraction | None]
"""What was measured over a period, by the names of `documents.MEASURES`: minutes whole, points and
merit in hundredths, the mean rating exactly or None where there is none, counts, and days."""


@dataclass(frozen=True, slots=True)
class StarLevel:
    """The stars earned, 0 to 5, and why: what was met, and what the next star still needs."""

    stars: int
    lines: tuple[Line, ...]


def stars_for(
    rulebook: Rulebook,
    *,
    subject: str,
    period_kind: str,
    measures: Measured,
    reasons: frozenset[str] = frozenset(),
    standing: frozenset[str] = frozenset(),
) -> StarLevel:
    """Return the highest level whose needs are all met.

    `subject` is volunteer, station or team, `period_kind` quarter, year or lifetime. `reasons` are
    the codes of the bonuses and deductions on record in the period, and `standing` says
    struck_off, blacklisted, both or neither: whom the ladder excludes for one of them has no star,
    whatever was done, and a line each says why. Without a ladder for this subject and period there
    are no stars either, and the one line says so. Quotas, which look at everybody, come after
    this (`within_quotas`).

    Raises KeyError where the ladder asks for a measure that was not given.
    """
    ladder = rulebook.ladder(subject=subject, period=period_kind)
    if ladder is None:
        return StarLevel(0, (Line(N_("规则书没有适用的星级标准")),))
    excluded = _excluded(rulebook, ladder, reasons, standing)
    if excluded:
        return StarLevel(0, excluded)
    reached: Level | None = None
    following: Level | None = None
    # A checked ladder never asks less for more stars, so the first level missed ends the climb.
    for level in ladder.levels:
        if meets(measures, level.needs) and (not level.either or _way(measures, level)):
            reached = level
        else:
            following = level
            break
    lines = [Line(_REACHED[reached.stars if reached else 0])]
    if reached:
        met = {**reached.needs, **(_way(measures, reached) or {})}
        lines += [_met(name, measures[name] or 0, need) for name, need in met.items()]
    if following:
        lines += [Line(_NEXT[following.stars]), *_all_missing(measures, following.needs)]
        if following.either and _way(measures, following) is None:
            lines.append(Line(_ANY_OF))
            for index, one in enumerate(following.either):
                lines += [Line(_OR)] * bool(index) + _all_missing(measures, one)
    return StarLevel(reached.stars if reached else 0, tuple(lines))


def _way(measures: Measured, level: Level) -> Needs | None:
    """Return the first of a level's ways that is met."""
    return next((one for one in level.either if meets(measures, one)), None)


def _all_missing(measures: Measured, needs: Needs) -> list[Line]:
    return [
        _missing(name, measures[name], need)
        for name, need in needs.items()
        if not _meets(measures[name], need)
    ]


def _excluded(
    rulebook: Rulebook, ladder: Ladder, reasons: frozenset[str], standing: frozenset[str]
) -> tuple[Line, ...]:
    """Return why somebody gets no star on this ladder, a line for each cause."""
    excludes = ladder.excludes
    lines = [
        Line(_EXCLUDED_FOR, {"reason": reason.name})
        for code, reason in rulebook.reasons.items()
        if code in excludes.reasons & reasons
    ]
    for name, applies in (
        ("struck_off", excludes.struck_off),
        ("blacklisted", excludes.blacklisted),
    ):
        if applies and name in standing:
            lines.append(Line(_EXCLUDED_AS[name]))
    return tuple(lines)


def meets(measures: Measured, needs: Needs) -> bool:
    """Say whether all needs are met. Raises KeyError for a measure that was not given."""
    return all(_meets(measures[name], need) for name, need in needs.items())


def without_mean(line: Line, *, fewest: int) -> Line:
    """Return a line of `stars_for` without the mean rating that it may tell: for who has fewer than
    `fewest` ratings, whose mean would tell single ones."""
    text = _WITHOUT_MEAN.get(line.text)
    if text is None:
        return line
    return Line(text, {"need": line.values["need"], "fewest": fewest})


def _meets(have: int | Fraction | None, need: int | Fraction) -> bool:
    return have is not None and have >= need


def _met(name: str, have: int | Fraction, need: int | Fraction) -> Line:
    unit = _SHOWN_IN.get(name, 1)
    return Line(
        _MET[name],
        {"have": number_down(Fraction(have) / unit), "need": number_up(Fraction(need) / unit)},
    )


def _missing(name: str, have: int | Fraction | None, need: int | Fraction) -> Line:
    unit = _SHOWN_IN.get(name, 1)
    need_text = number_up(Fraction(need) / unit)
    if have is None:
        return Line(_NOT_RATED, {"need": need_text})
    return Line(
        _MISSING[name],
        {
            "short": number_up(Fraction(need - have) / unit),
            "have": number_down(Fraction(have) / unit),
            "need": need_text,
        },
    )
