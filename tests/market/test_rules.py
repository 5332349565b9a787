"""Periods of limits, and lines added up."""

from datetime import date

import pytest

from moralbank.market.rules import added_up, period_of, still_allowed


@pytest.mark.parametrize(
    ("day", "period", "first", "last"),
    [
        (date(2026, 7, 15), "day", date(2026, 7, 15), date(2026, 7, 15)),
        (date(2026, 7, 15), "week", date(2026, 7, 13), date(2026, 7, 19)),
        (date(2026, 1, 1), "week", date(2025, 12, 29), date(2026, 1, 4)),
        (date(2026, 2, 28), "month", date(2026, 2, 1), date(2026, 2, 28)),
        (date(2028, 2, 28), "month", date(2028, 2, 1), date(2028, 2, 29)),
        (date(2026, 12, 31), "month", date(2026, 12, 1), date(2026, 12, 31)),
        (date(2026, 9, 30), "quarter", date(2026, 7, 1), date(2026, 9, 30)),
        (date(2026, 10, 1), "quarter", date(2026, 10, 1), date(2026, 12, 31)),
        (date(2026, 5, 5), "year", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_periods(day: date, period: str, first: date, last: date) -> None:
    assert period_of(day, period) == (first, last)


def test_an_unknown_period_is_an_error() -> None:
    with pytest.raises(ValueError, match="fortnight"):
        period_of(date(2026, 7, 15), "fortnight")


def test_lines_of_the_same_goods_are_added_up_in_the_order_of_their_ids() -> None:
    assert list(added_up([("b", 1), ("a", 2), ("b", 3)]).items()) == [("a", 2), ("b", 4)]


def test_what_is_still_allowed_is_never_negative() -> None:
    assert still_allowed(None, 5) is None
    assert still_allowed(2, 1) == 1
    assert still_allowed(2, 5) == 0
