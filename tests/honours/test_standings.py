"""Places in a star round: pure rules, no database."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moralbank.honours.rules import Standing, Work, standings
from moralbank.rulebook.documents import Rulebook, parse_yaml

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
