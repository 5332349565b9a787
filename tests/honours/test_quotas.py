"""Quotas, exclusions and conduct in a star round: pure rules, worked by hand and at random."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moralbank.honours.rules import Conduct, Standing, Work, standings
from moralbank.rulebook.documents import Rulebook, parse_yaml
from moralbank.rulebook.documents.honours import Quota, read_commendation, read_ladder
from moralbank.rulebook.schemas import checked_document
from tests.honours.test_standings import BOOK, work
from tests.rulebook.conftest import DEFAULT

LEVELS = [{"stars": stars, "needs": {"hours": str(2**stars)}} for stars in range(1, 6)]
"""2, 4, 8, 16 and 32 hours."""


def book(*quotas: dict[str, Any], excludes: dict[str, Any] | None = None) -> Rulebook:
    ladder = {
        "subject": "volunteer", "period": "lifetime", "levels": LEVELS, "quotas": quotas,
        "excludes": excludes,
    }  # fmt: skip
    return replace(BOOK, ladders=(read_ladder(ladder),))


def quota(stars: int, percent: str, of: str = "listed") -> dict[str, Any]:
    return {"stars": stars, "percent": percent, "of": of}


def placed(
    rules: Rulebook, works: dict[str, Work], conduct: dict[str, Conduct] | None = None
) -> list[Standing]:
    return standings(
        rules, works, subject="volunteer", period_kind="lifetime", conduct=conduct or {}
    )


def stars(listed: list[Standing]) -> dict[str, int]:
    return {one.subject_id: one.stars for one in listed}


def words(listed: list[Standing], subject_id: str) -> list[str]:
    return [str(line) for one in listed if one.subject_id == subject_id for line in one.lines]


def test_the_best_tenth_may_have_five_stars() -> None:
    """Of 25 a tenth is two and a half, so two: the third best gets the four that it earned too."""
    works = {f"v{number:02d}": work(32, merit=100 - number, events=1) for number in range(4)}
    works |= {f"w{number:02d}": work(1) for number in range(21)}
    listed = placed(book(quota(5, "10")), works)
    assert list(stars(listed).values())[:6] == [5, 5, 4, 4, 0, 0]
    assert [one.rank for one in listed][:6] == [1, 2, 3, 4, 5, 5]
    assert words(listed, "v02") == [
        "达到五星",
        "服务时长 32 小时，达到所需的 32 小时",
        "5 星及以上的名额为 2 个（参评 25 个的 10%，舍去小数）",
        "排在前面、同样达到要求的已有 2 个",
        "限于名额，评为四星",
    ]
    assert "排在前面、同样达到要求的已有 3 个" in words(listed, "v03")
    assert words(listed, "v01") == ["达到五星", "服务时长 32 小时，达到所需的 32 小时"]


def test_of_those_who_did_something() -> None:
    works = {f"v{number:02d}": work(32, merit=100 - number, events=1) for number in range(9)}
    works |= {f"w{number:02d}": work(0) for number in range(91)}
    every = placed(book(quota(5, "25")), works)
    active = placed(book(quota(5, "25", "active")), works)
    assert Counter(stars(every).values()) == {5: 9, 0: 91}  # 25 of the 100 who are listed
    assert Counter(stars(active).values()) == {5: 2, 4: 7, 0: 91}  # 2.25 of the 9 who are active
    assert "5 星及以上的名额为 2 个（本期有服务的 9 个的 25%，舍去小数）" in words(active, "v02")


def test_a_tie_that_does_not_fit_is_left_out_whole() -> None:
    """Of ten, thirty per cent are three: the first two fit, the two on rank 3 do not, and nobody
    gets past them."""
    works = {"a": work(40, merit=9), "b": work(40, merit=8)}
    works |= {"c": work(40, merit=7), "d": work(40, merit=7), "e": work(40, merit=6)}
    works |= {f"w{number}": work(1) for number in range(5)}
    listed = placed(book(quota(4, "30")), works)
    assert stars(listed) == {
        "a": 5, "b": 5, "c": 3, "d": 3, "e": 3, **{f"w{number}": 0 for number in range(5)}
    }  # fmt: skip
    for one in ("c", "d"):
        assert words(listed, one)[-3:] == [
            "4 星及以上的名额为 3 个（参评 10 个的 30%，舍去小数）",
            "名额还余 1 个，同名次的有 2 个，放不下，都不评",
            "限于名额，评为三星",
        ]
    assert words(listed, "e")[-2:] == ["排在前面、同样达到要求的已有 4 个", "限于名额，评为三星"]


def test_who_is_left_out_takes_the_next_level_with_room() -> None:
    """Ten people: one may have five stars, two may have four or five, three at least three."""
    works = {letter: work(32, merit=50 - place) for place, letter in enumerate("abcde")}
    works |= {letter: work(8, merit=90 - place) for place, letter in enumerate("fghij")}
    listed = placed(book(quota(3, "30"), quota(4, "20"), quota(5, "10")), works)
    assert list(stars(listed).items()) == [
        ("a", 5), ("b", 4), ("c", 3), ("d", 2), ("e", 2),
        ("f", 2), ("g", 2), ("h", 2), ("i", 2), ("j", 2),
    ]  # fmt: skip
    assert words(listed, "d") == [
        "达到五星",
        "服务时长 32 小时，达到所需的 32 小时",
        "5 星及以上的名额为 1 个（参评 10 个的 10%，舍去小数）",
        "排在前面、同样达到要求的已有 3 个",
        "4 星及以上的名额为 2 个（参评 10 个的 20%，舍去小数）",
        "排在前面、同样达到要求的已有 3 个",
        "3 星及以上的名额为 3 个（参评 10 个的 30%，舍去小数）",
        "排在前面、同样达到要求的已有 3 个",
        "限于名额，评为二星",
    ]


def test_no_room_at_all_is_no_star_at_all() -> None:
    listed = placed(book(quota(1, "100"), quota(2, "49.99")), {"a": work(40), "b": work(2)})
    assert stars(listed) == {"a": 1, "b": 1}  # 0.9998 of a place is none
    none = placed(book(quota(1, "0")), {"a": work(40)})
    assert stars(none) == {"a": 0}
    assert words(none, "a")[-1] == "限于名额，未评星级"
    # a quota that closes several levels is told once
    assert sum("名额为" in line for line in words(none, "a")) == 1


def test_deductions_lower_the_star_and_bonuses_raise_it() -> None:
    needs = [{"stars": 1, "needs": {"hours": "2", "points": "20"}}]
    needs.append({"stars": 2, "needs": {"hours": "4", "points": "40"}})
    ladder = {"subject": "volunteer", "period": "lifetime", "levels": needs}
    rules = replace(BOOK, ladders=(read_ladder(ladder),))
    works = {one: work(4, merit=40_00) for one in "abc"}
    conduct = {
        "b": Conduct(points=-30_00, merit=-10_50, reasons=frozenset({"no_show"})),
        "c": Conduct(points=5_00, merit=5_00),
    }
    listed = placed(rules, works, conduct)
    assert [(one.subject_id, one.stars, one.rank) for one in listed] == [
        ("c", 2, 1), ("a", 2, 2), ("b", 0, 3),
    ]  # fmt: skip
    lowered = listed[2]
    assert (lowered.work.points, lowered.work.merit, lowered.work.minutes) == (10_00, 29_50, 240)
    assert words(listed, "b") == [
        "尚未达到星级",
        "距一星：",
        "积分还差 10（现有 10，需 20）",
        "其中奖励和扣减合计：积分 -30，道德分 -10.5",
    ]
    assert not any("奖励" in line for line in words(listed, "a"))


EXCLUDES = {"reasons": ["no_show"], "struck_off": True, "blacklisted": True}


@pytest.mark.parametrize(
    ("conduct", "why"),
    [
        (Conduct(reasons=frozenset({"no_show"})), "本期有“无故缺席”记录，不评星级"),
        (Conduct(standing=frozenset({"struck_off"})), "已被除名，不评星级"),
        (Conduct(standing=frozenset({"blacklisted"})), "已列入黑名单，不评星级"),
    ],
)
def test_an_excluded_one_takes_nobodys_place(conduct: Conduct, why: str) -> None:
    """Half of three is one: with the best excluded the second has it, though all three count."""
    reason = {"code": "no_show", "name": "无故缺席", "kind": "deduction", "points": "10"}
    document = {**parse_yaml(DEFAULT.read_text(encoding="utf-8")), "reasons": [reason]}
    known = Rulebook.from_document(checked_document(document)).reasons
    rules = replace(book(quota(5, "50"), excludes=EXCLUDES), reasons=known)
    works = {"a": work(99, merit=9), "b": work(40, merit=5), "c": work(40, merit=4)}
    assert stars(placed(rules, works)) == {"a": 5, "b": 4, "c": 4}
    listed = placed(rules, works, {"a": conduct})
    assert stars(listed) == {"b": 5, "c": 4, "a": 0}
    assert words(listed, "a") == [why]


def test_commendations_stand_beside_the_stars() -> None:
    prize = {
        "code": "prize", "name": "爱心奖", "subject": "volunteer", "period": "lifetime",
        "needs": {"hours": "600"}, "again_each": {"hours": "300"},
    }  # fmt: skip
    rules = replace(BOOK, ladders=(), commendations=(read_commendation(prize),))
    listed = placed(rules, {"a": work(950), "b": work(599), "c": work(600)})
    assert {
        one.subject_id: [(medal.code, medal.name, medal.times) for medal in one.commendations]
        for one in listed
    } == {"a": [("prize", "爱心奖", 2)], "b": [], "c": [("prize", "爱心奖", 1)]}
    assert words(listed, "a") == ["规则书没有适用的星级标准", "获得“爱心奖”2 次"]


works_drawn = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3),
    st.builds(
        Work,
        minutes=st.sampled_from([0, 60, 120, 240, 480, 960, 1920, 2400]),
        points=st.just(0),
        merit=st.integers(-2, 2),
        events=st.integers(0, 1),
        ratings=st.just(1),
        rating_stars=st.integers(4, 5),
    ),
    max_size=24,
)
percents = st.sampled_from(["0", "5", "10", "12.5", "33.33", "50", "80", "100"])
quotas_drawn = st.lists(
    st.builds(quota, st.integers(1, 5), percents, st.sampled_from(["listed", "active"])),
    max_size=4,
    unique_by=lambda one: one["stars"],
)
conduct_drawn = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3),
    st.builds(
        Conduct,
        points=st.integers(-3, 3),
        merit=st.integers(-2, 2),
        standing=st.frozensets(st.sampled_from(["struck_off", "blacklisted"])),
    ),
)


def room(one: Quota, listed: list[Standing]) -> int:
    base = sum(one.of == "listed" or standing.work.events > 0 for standing in listed)
    return int(Fraction(base) * one.percent / 100) if one.percent is not None else one.places or 0


@given(works_drawn, quotas_drawn, conduct_drawn)
def test_a_quota_is_never_exceeded_and_no_place_is_wasted(
    works: dict[str, Work], quotas: list[dict[str, Any]], conduct: dict[str, Conduct]
) -> None:
    free = stars(placed(book(excludes=EXCLUDES), works, conduct))
    rules = book(*quotas, excludes=EXCLUDES)
    listed = placed(rules, works, conduct)
    [ladder] = rules.ladders

    def exceeded(held: dict[str, int]) -> bool:
        return any(
            sum(many >= one.stars for many in held.values()) > room(one, listed)
            for one in ladder.quotas
        )

    held = stars(listed)
    assert not exceeded(held)
    assert all(held[one] <= free[one] for one in works)
    assert all(before.stars >= after.stars for before, after in pairwise(listed))
    ranks: dict[int, set[int]] = {}
    for one in listed:
        ranks.setdefault(one.rank, set()).add(one.stars)
        if one.stars < free[one.subject_id]:
            assert any("限于名额" in str(line) for line in one.lines)
    assert all(len(alike) == 1 for alike in ranks.values())
    # the first tie below its own would exceed a quota with one star more, all of them together
    below = next((one for one in listed if one.stars < free[one.subject_id]), None)
    if below is not None:
        tie = {one.subject_id: below.stars + 1 for one in listed if one.rank == below.rank}
        assert exceeded(held | tie)


@given(works_drawn, quotas_drawn, st.randoms(use_true_random=False))
def test_the_order_of_the_subjects_does_not_matter(
    works: dict[str, Work], quotas: list[dict[str, Any]], chance: random.Random
) -> None:
    shuffled = list(works.items())
    chance.shuffle(shuffled)
    rules = book(*quotas)
    assert placed(rules, works) == placed(rules, dict(shuffled))


@given(
    works_drawn,
    st.integers(0, 600),
    st.integers(0, 500),
    st.integers(0, 400),
    st.sampled_from(["volunteer", "station"]),
)
def test_more_work_never_gives_fewer_stars_without_quotas(
    works: dict[str, Work], minutes: int, points: int, days: int, subject: str
) -> None:
    needs = [{"hours": "2"}, {"hours": "4", "points": "1"}, {"hours": "8", "points": "3"}]
    levels = [{"stars": many, "needs": need} for many, need in enumerate(needs, 1)]
    levels.append({"stars": 5, "needs": {**needs[-1], "tenure_days": 100}})
    ladder = read_ladder({"subject": subject, "period": "year", "levels": levels})
    rules = replace(BOOK, ladders=(ladder,))
    before = {number: replace(one, tenure_days=50) for number, one in works.items()}
    after = {
        number: replace(
            one, minutes=one.minutes + minutes, points=one.points + points, tenure_days=50 + days
        )
        for number, one in works.items()
    }
    few = stars(standings(rules, before, subject=subject, period_kind="year"))
    many = stars(standings(rules, after, subject=subject, period_kind="year"))
    assert all(few[one] <= many[one] for one in works)
