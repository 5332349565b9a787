"""Aliases, working days, digests, small groups: pure rules, no database."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moralbank.notices.calendars import calendars
from moralbank.notices.rules import (
    Calendar,
    aliases,
    apart_and_merged,
    deadline,
    digest,
    is_due,
    takes_objections,
)


def mark(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def test_aliases_are_all_different_and_say_nothing_of_the_order() -> None:
    marks = {f"v{number}": mark(f"n1/{number}") for number in range(3000)}
    named = aliases(marks)
    assert set(named) == set(marks)
    assert len(set(named.values())) == 3000
    # the same notice, asked again and in another order, gives the same aliases
    assert aliases(dict(reversed(marks.items()))) == named
    assert all(text.startswith("志愿者 ") for text in named.values())


def test_an_alias_is_of_one_notice_alone() -> None:
    one = aliases({"v": mark("n1/v"), "w": mark("n1/w")})
    two = aliases({"v": mark("n2/v"), "w": mark("n2/w")})
    assert not set(one.values()) & set(two.values())


def test_two_that_would_read_alike_are_spelled_longer() -> None:
    base = int.from_bytes(mark("x"))
    near = {"a": base.to_bytes(40), "b": (base + 10 * 31**3).to_bytes(40), "c": mark("c")}
    named = aliases(near)
    assert named["a"] != named["b"]
    assert len(named["a"]) == len(named["c"]) + 1


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        # a plain week: Monday to the Friday
        ("2026-08-17", 4, "2026-08-21"),
        # from a Saturday the first working day is Monday
        ("2026-08-15", 5, "2026-08-21"),
        ("2026-08-14", 1, "2026-08-17"),
        # no days: it ends where it begins
        ("2026-08-15", 0, "2026-08-15"),
        # the National Day week is off, Saturday the 10th is worked in exchange
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-09-30", 4, "2026-10-12"),
        # before it, Sunday the 20th of September is worked
        ("2026-09-18", 1, "2026-09-20"),
        # Spring Festival: Saturdays the 14th and the 28th are worked, nine days between are off
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-14", 1, "2026-02-24"),
        ("2026-02-27", 1, "2026-02-28"),
        # Qingming takes a Monday, New Year is followed by a worked Sunday
        ("2026-04-03", 1, "2026-04-07"),
        ("2025-12-31", 1, "2026-01-04"),
    ],
)
def test_working_days_of_2026(start: str, days: int, last: str) -> None:
    found = deadline(date.fromisoformat(start), days, calendars())
    assert found.day == date.fromisoformat(last)
    assert not found.weekends_only


def test_the_days_of_2026_are_as_many_as_were_published() -> None:
    year = calendars()[2026]
    assert len(year.off) == 3 + 9 + 3 + 5 + 3 + 3 + 7
    assert len(year.working) == 6
    assert all(day.weekday() >= 5 for day in year.working)
    every = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    assert sum(year.works(day) for day in every) == 248


def test_a_year_without_a_calendar_leaves_out_weekends_and_says_so() -> None:
    found = deadline(date(2031, 10, 1), 3, calendars())
    assert found.day == date(2031, 10, 6)
    assert found.weekends_only
    # a period that only reaches into such a year says so too
    assert deadline(date(2026, 12, 30), 2, {2026: Calendar()}).weekends_only


@given(st.dates(date(2026, 1, 1), date(2026, 10, 31)), st.integers(1, 30))
def test_a_period_has_exactly_its_working_days(start: date, days: int) -> None:
    known = calendars()
    last = deadline(start, days, known).day
    inside = [start + timedelta(days=number + 1) for number in range((last - start).days)]
    assert sum(known[day.year].works(day) for day in inside) == days
    assert known[last.year].works(last)


def test_objections_are_taken_through_the_whole_last_day() -> None:
    last = date(2026, 8, 21)

    def takes(today: date, *, status: str = "posted", days: int = 5) -> bool:
        return takes_objections(
            status=status, objection_days=days, objection_until=last, today=today
        )

    assert takes(last)
    assert not takes(last + timedelta(days=1))
    assert not takes(last, status="closed")
    assert not takes(last, days=0)
    assert not takes_objections(
        status="draft", objection_days=None, objection_until=None, today=last
    )
    assert not is_due(objection_days=5, objection_until=last, today=last)
    assert is_due(objection_days=5, objection_until=last, today=last + timedelta(days=1))
    assert is_due(objection_days=0, objection_until=last, today=last)


def test_a_digest_is_of_the_content_and_not_of_its_order() -> None:
    one = digest({"a": 1, "b": "二"}, [(1, "甲", {"points": 5, "minutes": 60})])
    assert one == digest({"b": "二", "a": 1}, [(1, "甲", {"minutes": 60, "points": 5})])
    text = '{"a":1,"b":"二","lines":[[1,"甲",{"minutes":60,"points":5}]]}'
    assert one == hashlib.sha256(text.encode()).hexdigest()
    assert one != digest({"a": 1, "b": "二"}, [(1, "甲", {"points": 6, "minutes": 60})])
    assert one != digest({"a": 1, "b": "二"}, [(1, "乙", {"points": 5, "minutes": 60})])


def test_small_groups_are_merged() -> None:
    apart, merged = merge([(9, "a"), (2, "b"), (4, "c")])
    assert (apart, merged) == (["a"], ["b", "c"])


def test_where_the_small_ones_are_still_few_the_next_joins_them() -> None:
    apart, merged = merge([(9, "a"), (2, "b"), (6, "c")])
    assert (apart, merged) == (["a"], ["b", "c"])
    assert merge([(2, "b")]) == merge([(2, "b"), (2, "c")]) == ([], [])
    assert merge([(5, "a"), (6, "b")]) == (["a", "b"], [])


def test_who_is_in_two_groups_is_counted_once() -> None:
    groups = [(3, "abc"), (3, "bcd"), (6, "uvwxyz"), (7, "tuvwxyz")]
    found = apart_and_merged(groups, together=lambda some: len(set("".join(some))))
    assert found == (["tuvwxyz"], ["abc", "bcd", "uvwxyz"])


def merge(groups: list[tuple[int, str]]) -> tuple[list[str], list[str]]:
    sizes = {name: size for size, name in groups}
    return apart_and_merged(groups, together=lambda some: sum(sizes[name] for name in some))


@given(st.lists(st.integers(1, 12), max_size=12))
def test_no_row_has_too_few_people(sizes: list[int]) -> None:
    apart, merged = apart_and_merged([(size, size) for size in sizes], together=sum)
    if sum(sizes) >= 5:
        assert Counter(apart) + Counter(merged) == Counter(sizes)
    assert all(size >= 5 for size in apart)
    assert not merged or sum(merged) >= 5
