"""Stars and commendations as communities published them, worked by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moralbank.rulebook.documents import MEASURES, Rulebook, parse_yaml
from moralbank.rulebook.documents.honours import read_commendation
from moralbank.rulebook.rules import StarLevel, commendations_for, stars_for
from tests.rulebook.rulesets import read

Changed = Callable[..., Rulebook]


def measured(**measures: int) -> dict[str, Any]:
    return {**dict.fromkeys(MEASURES, 0), "mean_rating": None, **measures}


def level(rulebook: Rulebook, **measures: int) -> StarLevel:
    return stars_for(
        rulebook, subject="volunteer", period_kind="lifetime", measures=measured(**measures)
    )


def medals(rulebook: Rulebook, hours: int) -> dict[str, int]:
    earned = commendations_for(
        rulebook,
        subject="volunteer",
        period_kind="lifetime",
        measures=measured(minutes=60 * hours),
    )
    return {one.code: one.times for one in earned}


@pytest.mark.parametrize(
    ("hours", "points", "stars"),
    [
        (50, 500, 1),
        (49, 9000, 0),
        (800, 499, 0),
        (200, 2099, 2),
        (200, 2100, 3),
        (799, 8400, 4),
        (800, 8400, 5),
    ],
)
def test_hours_and_points_over_a_lifetime(hours: int, points: int, stars: int) -> None:
    book = read("longquanyi")
    assert level(book, minutes=60 * hours, points=100 * points).stars == stars
    # the same work is nothing over a quarter: this document has no ladder for one
    nothing = stars_for(
        book, subject="volunteer", period_kind="quarter",
        measures=measured(minutes=60 * hours, points=100 * points),
    )  # fmt: skip
    assert nothing.stars == 0


def test_what_a_deduction_cost_is_what_the_next_star_lacks() -> None:
    book = read("longquanyi")
    # 210 hours and 2110 points are three stars; 20 points less are two
    assert level(book, minutes=210 * 60, points=2110_00).stars == 3
    lowered = level(book, minutes=210 * 60, points=2090_00)
    assert [str(line) for line in lowered.lines] == [
        "达到二星",
        "服务时长 210 小时，达到所需的 100 小时",
        "积分 2090，达到所需的 1000",
        "距三星：",
        "积分还差 10（现有 2090，需 2100）",
    ]


@pytest.mark.parametrize(
    ("hours", "stars", "given"),
    [
        (29, 0, {}),
        (30, 1, {}),
        (60, 2, {}),
        (100, 3, {}),
        (200, 4, {}),
        (300, 5, {}),
        (599, 5, {}),
        (600, 5, {"prize": 1, "medal_bronze": 1}),
        (899, 5, {"prize": 1, "medal_bronze": 1}),
        (900, 5, {"prize": 2, "medal_bronze": 1}),
        (1000, 5, {"prize": 2, "medal_bronze": 1, "medal_silver": 1}),
        (1500, 5, {"prize": 4, "medal_bronze": 1, "medal_silver": 1, "medal_gold": 1}),
        (
            3000, 5,
            {"prize": 9, "medal_bronze": 1, "medal_silver": 1, "medal_gold": 1, "lifetime": 1},
        ),
    ],
)  # fmt: skip
def test_a_prize_for_each_further_300_hours_and_medals(
    hours: int, stars: int, given: dict[str, int]
) -> None:
    book = read("zhangjiagang")
    assert level(book, minutes=60 * hours).stars == stars
    assert medals(book, hours) == given


def test_a_commendation_is_told() -> None:
    book = read("zhangjiagang")
    earned = commendations_for(
        book, subject="volunteer", period_kind="lifetime", measures=measured(minutes=60 * 950)
    )
    assert [str(one.line) for one in earned] == ["获得“每满三百小时奖”2 次", "获得“铜质奖章”"]
    for subject, period in (("station", "lifetime"), ("volunteer", "year")):
        assert not commendations_for(
            book, subject=subject, period_kind=period, measures=measured(minutes=60 * 950)
        )


@pytest.mark.parametrize(
    ("hours", "stars"),
    [(99, 0), (100, 1), (300, 2), (599, 2), (600, 3), (1000, 4), (1499, 4), (1500, 5)],
)
def test_the_national_ladder(hours: int, stars: int) -> None:
    assert level(read("national_ladder"), minutes=60 * hours).stars == stars


def test_tenure_is_told_in_days(changed: Changed) -> None:
    ladder = {
        "subject": "volunteer",
        "period": "lifetime",
        "levels": [
            {"stars": 1, "needs": {"tenure_days": 30}},
            {"stars": 2, "needs": {"tenure_days": 365, "hours": "1"}},
        ],
    }
    short = level(changed(star_ladders=[ladder]), minutes=60, tenure_days=100)
    assert [str(line) for line in short.lines] == [
        "达到一星",
        "开户 100 天，达到所需的 30 天",
        "距二星：",
        "开户还差 265 天（现为 100，需 365）",
    ]


EXCLUDING = """
reasons:
  - {code: complaint, name: 居民投诉属实, kind: deduction, points: "5"}
  - {code: no_show, name: 无故缺席, kind: deduction, points: "10"}
  - {code: referral, name: 介绍新人, kind: bonus, points: "5"}
star_ladders:
  - subject: volunteer
    period: lifetime
    levels:
      - {stars: 5, needs: {hours: "1"}}
    excludes: {reasons: [no_show, complaint], struck_off: true}
"""


@pytest.mark.parametrize(
    ("reasons", "standing", "why"),
    [
        ({"referral"}, "", []),
        ({"referral"}, "blacklisted", []),  # this document does not exclude the blacklist
        ({"no_show"}, "", ["本期有“无故缺席”记录，不评星级"]),
        (set(), "struck_off", ["已被除名，不评星级"]),
        (
            {"no_show", "complaint", "referral"},
            "struck_off",
            [
                "本期有“居民投诉属实”记录，不评星级",
                "本期有“无故缺席”记录，不评星级",
                "已被除名，不评星级",
            ],
        ),
    ],
)
def test_who_is_excluded_is_told_why(
    changed: Changed, reasons: set[str], standing: str, why: list[str]
) -> None:
    result = stars_for(
        changed(**parse_yaml(EXCLUDING)), subject="volunteer", period_kind="lifetime",
        measures=measured(minutes=600), reasons=frozenset(reasons), standing=frozenset({standing}),
    )  # fmt: skip
    if why:
        assert (result.stars, [str(line) for line in result.lines]) == (0, why)
    else:
        assert result.stars == 5


@given(
    need=st.integers(1, 500), each=st.integers(1, 500), have=st.integers(0, 5000),
    measure=st.sampled_from(["hours", "points", "events"]),
)  # fmt: skip
def test_a_prize_counts_the_thresholds_passed(
    default: Rulebook, need: int, each: int, have: int, measure: str
) -> None:
    as_text = (lambda n: n) if measure == "events" else str
    prize = read_commendation(
        {
            "code": "prize", "name": "奖", "subject": "volunteer", "period": "year",
            "needs": {measure: as_text(need)}, "again_each": {measure: as_text(each)},
        }
    )  # fmt: skip
    name, unit = {"hours": ("minutes", 60), "points": ("points", 100), "events": ("events", 1)}[
        measure
    ]
    earned = commendations_for(
        replace(default, commendations=(prize,)), subject="volunteer", period_kind="year",
        measures=measured(**{name: have * unit}),
    )  # fmt: skip
    passed = len(range(need, have + 1, each))
    assert [one.times for one in earned] == ([passed] if passed else [])
