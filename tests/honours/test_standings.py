"""Places in a star round: pure rules, no database."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moralbank.honours.rules import Standing, Work, standings
from moralbank.rulebook.documents import Rulebook, parse_yaml
from moralbank.rulebook.rules import Prior

DOCUMENT = Path(__file__).resolve().parents[2] / "migrations" / "data" / "rulebook-1.yaml"
BOOK = Rulebook.from_document(parse_yaml(DOCUMENT.read_text("utf-8")))


def work(
    hours: int = 0, *, merit: int = 0, ratings: int = 0, rating_stars: int = 0, events: int = 0
) -> Work:
    return Work(
        minutes=60 * hours, points=merit, merit=merit, events=events, ratings=ratings,
        rating_stars=rating_stars, rated_errands=ratings,
    )  # fmt: skip


def placed(works: dict[str, Work]) -> list[Standing]:
    return standings(BOOK, works, subject="volunteer", period_kind="quarter")


def test_ties_share_a_rank_and_the_next_is_left_out() -> None:
    alike = work(4, merit=100, ratings=2, rating_stars=10, events=2)
    listed = placed({"d": work(), "c": alike, "b": alike, "a": work(8, ratings=3, rating_stars=15)})
    assert [(one.subject_id, one.rank, one.stars) for one in listed] == [
        ("a", 1, 3),
        ("b", 2, 2),
        ("c", 2, 2),
        ("d", 4, 0),
    ]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        # more stars outweigh more merit
        (work(2, merit=10), work(1, merit=9_000)),
        (work(3, merit=20), work(3, merit=10)),
        # of equal merit, the one who worked longer
        (work(3, merit=10), work(2, merit=10)),
        (
            work(3, merit=10, ratings=1, rating_stars=5),
            work(3, merit=10, ratings=1, rating_stars=4),
        ),
        # who was never rated stands behind who was
        (work(3, ratings=1, rating_stars=1), work(3)),
        (work(3, events=3), work(3, events=2)),
    ],
)
def test_what_decides_between_two(better: Work, worse: Work) -> None:
    for works in ({"a": better, "b": worse}, {"b": better, "a": worse}):
        first, second = placed(works)
        assert (first.work, first.rank) == (better, 1)
        assert (second.work, second.rank) == (worse, 2)


def test_a_mean_rating_is_exact_and_never_shown_as_more_than_it_is() -> None:
    # 12 of 3 is four stars to the dot; 125 of 30 is 4.1666…, below the 4.2 of five stars
    assert placed({"a": work(16, ratings=5, rating_stars=20)})[0].stars == 4
    almost = work(24, ratings=30, rating_stars=125)
    assert placed({"a": almost})[0].stars == 4
    assert almost.mean_rating_text == "4.16"
    assert work().mean_rating_text is None


def test_everybody_is_told_why() -> None:
    reached, nothing = placed({"a": work(3), "b": work()})
    assert str(reached.lines[0]) == "达到一星"
    assert any("4" in str(line) for line in reached.lines)  # four hours are two stars
    assert str(nothing.lines[0]) == "尚未达到星级"


def test_nobody_is_nobody() -> None:
    assert placed({}) == []


works = st.builds(
    Work,
    minutes=st.integers(0, 2_000),
    points=st.just(0),
    merit=st.integers(-3, 3),
    events=st.integers(0, 2),
    ratings=st.integers(0, 3),
    rating_stars=st.integers(3, 15),
)


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), works, max_size=12))
def test_a_rank_is_one_more_than_those_ahead(drawn: dict[str, Work]) -> None:
    def key(one: Standing) -> tuple[object, ...]:
        done = one.work
        return (one.stars, done.merit, done.minutes, done.mean_rating or 0, done.events)

    listed = placed(drawn)
    assert {one.subject_id for one in listed} == set(drawn)
    for one in listed:
        assert one.rank == 1 + sum(key(other) > key(one) for other in listed)
    assert [one.rank for one in listed] == sorted(one.rank for one in listed)


def group(members: int, hours: int, *, ratings: int = 3) -> Work:
    return replace(work(hours, merit=100 * hours, ratings=ratings, rating_stars=5 * ratings,
                        events=ratings), members=members)  # fmt: skip


def test_stations_are_measured_by_their_members_share_and_ranked_with_their_like() -> None:
    stations = {
        "small": group(2, 8), "smaller": group(1, 2), "large": group(40, 80), "empty": group(0, 0),
        "idle": group(16, 10),
    }  # fmt: skip
    listed = standings(BOOK, stations, subject="station", period_kind="quarter")
    assert [(one.subject_id, one.stars, one.rank) for one in listed] == [
        ("small", 2, 1),
        ("large", 1, 1),
        ("smaller", 1, 2),
        ("idle", 0, 2),
        ("empty", 0, 3),
    ]
    said = [str(line) for line in listed[0].lines]
    assert "服务时长 4 小时，达到所需的 4 小时" in said
    assert "时长、积分、道德分和次数按每位成员平均（共 2 人）" in said
    assert "和人数相近的比：5 人及以下的共 3 个，排第 1" in said
    assert "和人数相近的比：16 人及以上的共 2 个，排第 1" in map(str, listed[1].lines)


def test_few_ratings_are_drawn_towards_the_districts_mean() -> None:
    """Two of five stars are no better than forty with a mean of 4.8."""
    usual = Prior(weight=5, ratings=100, stars=400, squares=1_700)
    few = replace(work(8, ratings=2, rating_stars=10), prior=usual)
    many = replace(work(8, ratings=40, rating_stars=192), prior=usual)
    assert few.satisfaction == Fraction(30, 7)
    first, second = placed({"few": few, "many": many})
    assert (first.subject_id, second.subject_id) == ("many", "few")
    assert few.satisfaction_span is None
    # 4.71 ± 1.96 × √(1 ÷ 45)
    assert many.satisfaction_span == ["4.41", "5"]


@given(
    own=st.lists(st.integers(1, 5), min_size=1, max_size=30),
    all_of_them=st.lists(st.integers(1, 5), min_size=1, max_size=60),
    weight=st.integers(0, 20),
)
def test_the_drawn_mean_lies_between_and_nears_the_own_with_more_ratings(
    own: list[int], all_of_them: list[int], weight: int
) -> None:
    squares = sum(one * one for one in all_of_them)
    usual = Prior(weight, len(all_of_them), sum(all_of_them), squares)
    mean, middle = Fraction(sum(own), len(own)), Fraction(sum(all_of_them), len(all_of_them))
    drawn = usual.shrunk(ratings=len(own), stars=sum(own))
    assert drawn is not None
    assert min(mean, middle) <= drawn <= max(mean, middle)
    later = usual.shrunk(ratings=3 * len(own), stars=3 * sum(own))
    assert later is not None
    assert abs(later - mean) <= abs(drawn - mean)
    span = usual.span(ratings=len(own), stars=sum(own))
    if weight:
        assert span is not None
        assert 1 <= span[0] <= drawn <= span[1] <= 5
    else:
        assert (span, drawn) == (None, mean)
    assert Prior.from_json(usual.to_json()) == usual
