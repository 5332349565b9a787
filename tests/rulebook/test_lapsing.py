"""Until when points may be spent: by hand, and properties."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.documents.spending import Expiry
from moralbank.rulebook.rules import last_day

days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
grace = st.integers(0, 600)
months = st.integers(1, 600)


@pytest.mark.parametrize(
    ("rule", "many", "earned", "last"),
    [
        ("year_end", 0, date(2026, 1, 1), date(2026, 12, 31)),
        ("year_end", 0, date(2026, 12, 31), date(2026, 12, 31)),
        ("year_end", 2, date(2026, 7, 3), date(2027, 2, 28)),
        ("year_end", 2, date(2027, 7, 3), date(2028, 2, 29)),
        ("year_end", 6, date(2026, 7, 3), date(2027, 6, 30)),
        ("year_end", 12, date(2026, 7, 3), date(2027, 12, 31)),
        ("months", 1, date(2026, 1, 15), date(2026, 2, 15)),
        ("months", 1, date(2026, 1, 31), date(2026, 2, 28)),
        ("months", 1, date(2028, 1, 31), date(2028, 2, 29)),
        ("months", 1, date(2026, 2, 28), date(2026, 3, 28)),
        ("months", 12, date(2028, 2, 29), date(2029, 2, 28)),
        ("months", 24, date(2026, 12, 1), date(2028, 12, 1)),
        ("never", 0, date(2026, 1, 1), None),
    ],
)
def test_the_last_day(rule: str, many: int, earned: date, last: date | None) -> None:
    assert last_day(Expiry(rule, many), earned) == last


def test_the_document_says_it(changed: Callable[..., Rulebook]) -> None:
    earned = date(2026, 7, 3)
    by_year = changed(expiry={"rule": "year_end"})
    assert last_day(by_year.expiry, earned) == date(2026, 12, 31)
    with_grace = changed(expiry={"rule": "year_end", "months": 3})
    assert last_day(with_grace.expiry, earned) == date(2027, 3, 31)
    by_months = changed(expiry={"rule": "months", "months": 18})
    assert last_day(by_months.expiry, earned) == date(2028, 1, 3)


@given(days, grace)
def test_a_year_s_points_lapse_together_at_the_end_of_a_month(earned: date, many: int) -> None:
    last = last_day(Expiry("year_end", many), earned)
    assert last is not None
    assert last == last_day(Expiry("year_end", many), date(earned.year, 1, 1))
    assert (last + timedelta(days=1)).day == 1
    assert _months(last) - _months(date(earned.year, 12, 1)) == many
    assert last >= earned


@given(days, months)
def test_months_end_on_the_day_of_that_name_or_the_last_of_a_short_month(
    earned: date, many: int
) -> None:
    last = last_day(Expiry("months", many), earned)
    assert last is not None
    assert _months(last) - _months(earned) == many
    assert last.day == min(earned.day, monthrange(last.year, last.month)[1])


@given(days, days, st.sampled_from(["year_end", "months"]), months)
def test_by_one_rule_older_points_never_outlast_newer_ones(
    one: date, other: date, rule: str, many: int
) -> None:
    first = last_day(Expiry(rule, many), min(one, other))
    second = last_day(Expiry(rule, many), max(one, other))
    assert first is not None
    assert second is not None
    assert first <= second


def _months(day: date) -> int:
    return 12 * day.year + day.month
