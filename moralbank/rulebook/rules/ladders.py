"""Star ladders: how many stars a period's work earns, what was met and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.documents.honours import Level
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
}
_MISSING = {
    "minutes": N_("服务时长还差 %(short)s 小时（现有 %(have)s，需 %(need)s）"),
    "points": N_("积分还差 %(short)s（现有 %(have)s，需 %(need)s）"),
    "merit": N_("道德分还差 %(short)s（现有 %(have)s，需 %(need)s）"),
    "mean_rating": N_("平均评价还差 %(short)s 星（现为 %(have)s，需 %(need)s）"),
    "ratings": N_("评价还差 %(short)s 次（现有 %(have)s，需 %(need)s）"),
    "events": N_("服务还差 %(short)s 次（现有 %(have)s，需 %(need)s）"),
}
_NOT_RATED = N_("平均评价需 %(need)s 星，尚无评价")
# What one unit of a measure is worth in the unit that the sentence names.
_SHOWN_IN = {"minutes": 60, "points": 100, "merit": 100}


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
    measures: Mapping[str, int | Fraction | None],
) -> StarLevel:
    """Return the highest level whose needs are all met.

    `subject` is volunteer, station or team, `period_kind` quarter or year. `measures` holds
    `minutes` (whole), `points` and `merit` (hundredths), `mean_rating` (an exact fraction of stars,
    None where there is no rating), `ratings` and `events` (counts). Without a ladder for this
    subject and period there are no stars, and the one line says so.

    Raises KeyError where the ladder asks for a measure that was not given.
    """
    ladder = rulebook.ladder(subject=subject, period=period_kind)
    if ladder is None:
        return StarLevel(0, (Line(N_("规则书没有适用的星级标准")),))
    reached: Level | None = None
    following: Level | None = None
    # A checked ladder never asks less for more stars, so the first level missed ends the climb.
    for level in ladder.levels:
        if all(_meets(measures[name], need) for name, need in level.needs.items()):
            reached = level
        else:
            following = level
            break
    lines = [Line(_REACHED[reached.stars if reached else 0])]
    if reached:
        lines += [_met(name, measures[name] or 0, need) for name, need in reached.needs.items()]
    if following:
        lines.append(Line(_NEXT[following.stars]))
        lines += [
            _missing(name, measures[name], need)
            for name, need in following.needs.items()
            if not _meets(measures[name], need)
        ]
    return StarLevel(reached.stars if reached else 0, tuple(lines))


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
