"""Star ladders: what a period's work earns, and what is told about it."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moralbank.rulebook.documents import MEASURES, Rulebook
from moralbank.rulebook.rules import StarLevel, stars_for

Changed = Callable[..., Rulebook]


def level(rulebook: Rulebook, **measures: int | Fraction | None) -> StarLevel:
    nothing: dict[str, int | Fraction | None] = dict.fromkeys(MEASURES, 0)
    nothing["mean_rating"] = None
    return stars_for(
        rulebook, subject="volunteer", period_kind="quarter", measures={**nothing, **measures}
    )


def volunteer_ladder(*levels: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "subject": "volunteer",
            "period": "quarter",
            "levels": [{"stars": stars, "needs": needs} for stars, needs in enumerate(levels, 1)],
        }
    ]


def test_nothing_done(default: Rulebook) -> None:
    result = level(default)
    assert result.stars == 0
    assert [str(line) for line in result.lines] == [
        "尚未达到星级",
        "距一星：",
        "服务时长还差 2 小时（现有 0，需 2）",
    ]


def test_met_and_missing(default: Rulebook) -> None:
    result = level(default, minutes=500, mean_rating=Fraction(47, 11), ratings=3)
    assert result.stars == 3
    assert [str(line) for line in result.lines] == [
        "达到三星",
        "服务时长 8.33 小时，达到所需的 8 小时",
        "平均评价 4.27 星，达到所需的 3.5 星",
        "评价 3 次，达到所需的 3 次",
        "距四星：",
        "服务时长还差 7.67 小时（现有 8.33，需 16）",
        "评价还差 2 次（现有 3，需 5）",
    ]


def test_hours_without_a_rating_stay_at_the_star_that_asks_for_none(default: Rulebook) -> None:
    result = level(default, minutes=40 * 60)
    assert result.stars == 1
    assert "平均评价需 3 星，尚无评价" in map(str, result.lines)


def test_the_highest_star_has_nothing_missing(default: Rulebook) -> None:
    result = level(default, minutes=24 * 60, mean_rating=Fraction(42, 10), ratings=8)
    assert result.stars == 5
    assert len(result.lines) == 4


def test_a_minute_short_is_short_and_never_shown_as_enough(default: Rulebook) -> None:
    result = level(default, minutes=119)
    assert result.stars == 0
    assert str(result.lines[-1]) == "服务时长还差 0.02 小时（现有 1.98，需 2）"


@pytest.mark.parametrize(
    ("hours", "points", "stars"),
    [
        (50, 500, 1),
        (50, 499, 0),
        (49, 9000, 0),
        (100, 1000, 2),
        (200, 2099, 2),
        (200, 2100, 3),
        (399, 4200, 3),
        (400, 4200, 4),
        (800, 8399, 4),
        (800, 8400, 5),
    ],
)
def test_hours_and_points_together(changed: Changed, hours: int, points: int, stars: int) -> None:
    """Thresholds as a district published them for its own stars: both must be met."""
    needs = [("50", "500"), ("100", "1000"), ("200", "2100"), ("400", "4200"), ("800", "8400")]
    rulebook = changed(
        star_ladders=volunteer_ladder(*({"hours": h, "points": p} for h, p in needs))
    )
    assert level(rulebook, minutes=hours * 60, points=points * 100).stars == stars


def test_a_ladder_may_name_the_fifth_star_alone(changed: Changed) -> None:
    ladder = volunteer_ladder({"merit": "100"})
    ladder[0]["levels"][0]["stars"] = 5
    rulebook = changed(star_ladders=ladder)
    assert level(rulebook, merit=100_00).stars == 5
    short = level(rulebook, merit=-2_50)
    assert short.stars == 0
    assert str(short.lines[-1]) == "道德分还差 102.5（现有 -2.5，需 100）"


def test_without_a_ladder_there_are_no_stars(changed: Changed) -> None:
    result = level(changed(star_ladders=[]), minutes=10_000)
    assert (result.stars, len(result.lines)) == (0, 1)


def test_a_measure_that_is_needed_must_be_given(default: Rulebook) -> None:
    with pytest.raises(KeyError, match="minutes"):
        stars_for(default, subject="volunteer", period_kind="quarter", measures={})


@given(
    subject=st.sampled_from(["volunteer", "station", "team"]),
    period_kind=st.sampled_from(["quarter", "year"]),
    minutes=st.lists(st.integers(0, 60_000), min_size=2, max_size=6),
    rating=st.none() | st.fractions(1, 5, max_denominator=40),
    ratings=st.integers(0, 200),
    points=st.integers(0, 10_000_00),
)
def test_more_hours_never_fewer_stars(
    default: Rulebook,
    subject: str,
    period_kind: str,
    minutes: list[int],
    rating: Fraction | None,
    ratings: int,
    points: int,
) -> None:
    results = [
        stars_for(
            default,
            subject=subject,
            period_kind=period_kind,
            measures={
                "minutes": some,
                "points": points,
                "mean_rating": rating,
                "ratings": ratings,
            },
        ).stars
        for some in sorted(minutes)
    ]
    assert all(fewer <= more for fewer, more in pairwise(results))
