"""What the checks see in a rating, by hand; and rings of people who serve each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.rules import Doer, Elsewhere, Rated, ring_line, rings, seen_in

Changed = Callable[..., Rulebook]
NEVER = Fraction(999, 1000)
DOER = Doer("li", 60, 60, 1, paired=False, elsewhere=())
PLAIN = Rated("home.shopping", 5, entered=1, address=0, chance=NEVER, doers=(DOER,))


def told(book: Rulebook, **parts: Any) -> list[tuple[str, str | None, str]]:
    doer = {name: parts.pop(name) for name in list(parts) if name in Doer.__slots__}
    rated = replace(PLAIN, doers=(replace(DOER, **doer),), **parts)
    return [(one.kind, one.volunteer_id, str(one.line)) for one in seen_in(book, rated)]


def test_an_ordinary_rating_is_nothing_to_look_at(default: Rulebook) -> None:
    assert told(default) == []


@pytest.mark.parametrize(
    ("parts", "kind", "line"),
    [
        ({"lowest": 2}, "low_rating", "居民的评价很低（2 星及以下提请核实）"),
        ({"lowest": 1}, "low_rating", "居民的评价很低（2 星及以下提请核实）"),
        ({"late_days": 32}, "hours", "做完 32 天以后才记录（超过 31 天提请核实）"),
        ({"before_account": True}, "hours", "做这件事的那天，这位志愿者还没有开户"),
        (
            {"with_resident": 9},
            "pair",
            "本月第 9 次为同一位居民服务（超过 8 次提请核实）",
        ),
        (
            {"entered": 31},
            "entered",
            "同一位工作人员一小时内录入了 31 份评价（超过 30 份提请核实）",
        ),
        (
            {"address": 11},
            "address",
            "同一个网络地址一天内发来 11 份评价（超过 10 份提请核实）",
        ),
        ({"day_minutes": 721}, "hours", "这一天共记 721 分钟（超过 720 分钟提请核实）"),
        (
            {"elsewhere": (Elsewhere("代取药品", "九点", "十点"),)},
            "overlap",
            "同一时间还记在另一件事上：代取药品，九点 至 十点",
        ),
        ({"chance": Fraction(29, 1000)}, "sample", "随机抽查，请打电话核实"),
    ],
)
def test_each_check_says_what_it_saw(
    default: Rulebook, parts: dict[str, Any], kind: str, line: str
) -> None:
    [(seen, _who, said)] = told(default, **parts)
    assert (seen, said) == (kind, line)


@pytest.mark.parametrize(
    "parts",
    [
        {"lowest": 3}, {"with_resident": 8}, {"entered": 30}, {"address": 10},
        {"day_minutes": 720}, {"chance": Fraction(3, 100)}, {"with_resident": 20, "paired": True},
    ],
)  # fmt: skip
def test_up_to_the_threshold_nothing_is_seen(default: Rulebook, parts: dict[str, Any]) -> None:
    assert told(default, **parts) == []


def test_a_registered_pairing_is_sampled_more_often(default: Rulebook) -> None:
    assert told(default, chance=Fraction(99, 1000)) == []
    assert [one[0] for one in told(default, chance=Fraction(99, 1000), paired=True)] == ["sample"]


def test_the_items_own_bounds(changed: Changed, document: dict[str, Any]) -> None:
    items = [dict(item) for item in document["service_items"]]
    items[0]["minutes"] = {"least": 10, "most": 90}
    book = changed(service_items=items)
    assert told(book, minutes=90) == told(book, minutes=10) == []
    for minutes in (9, 91):
        said = f"记为 {minutes} 分钟，这一项一般在 10 至 90 分钟"
        assert told(book, minutes=minutes) == [("hours", "li", said)]


def test_rings_by_hand() -> None:
    served = {("a", "b"): 3, ("b", "a"): 5, ("b", "c"): 3, ("c", "d"): 4, ("d", "b"): 3,
              ("e", "e"): 9, ("d", "a"): 2}  # fmt: skip
    assert rings(served, least=3) == [("a", "b"), ("b", "c", "d")]
    assert rings(served, least=2) == [("a", "b"), ("a", "b", "c", "d"), ("b", "c", "d")]
    assert str(ring_line(3, 3)) == "3 位志愿者九十天内互相服务，每一环至少 3 次"


@given(st.dictionaries(st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde")),
                       st.integers(1, 4)), st.integers(1, 4))  # fmt: skip
def test_every_ring_of_two_to_four_is_found_once(
    served: dict[tuple[str, str], int], least: int
) -> None:
    expected = {
        ring
        for size in (2, 3, 4)
        for ring in permutations("abcde", size)
        if ring[0] == min(ring)
        and all(
            served.get(pair, 0) >= least for pair in zip(ring, (*ring[1:], ring[0]), strict=True)
        )
    }
    found = rings(served, least=least)
    assert set(found) == expected
    assert len(found) == len(expected)
