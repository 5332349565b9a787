"""Periods by name: which local days and moments they hold, and which names are none."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from moralbank.core import clock, periods
from moralbank.core.problems import Refusal

NOW = datetime(2026, 8, 15, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "kind", "first", "last"),
    [
        ("2026", "year", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026Q1", "quarter", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026Q3", "quarter", date(2026, 7, 1), date(2026, 9, 30)),
        ("2026Q4", "quarter", date(2026, 10, 1), date(2026, 12, 31)),
        ("2024-02", "month", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-12", "month", date(2026, 12, 1), date(2026, 12, 31)),
        ("lifetime-2026", "lifetime", date(2000, 1, 1), date(2026, 12, 31)),
        ("lifetime-2026Q2", "lifetime", date(2000, 1, 1), date(2026, 6, 30)),
    ],
)
def test_a_name_stands_for_its_days(name: str, kind: str, first: date, last: date) -> None:
    period = periods.parse(name)
    assert (period.name, period.kind, period.first, period.last) == (name, kind, first, last)


@pytest.mark.parametrize(
    "name",
    ["", "26", "2026Q0", "2026Q5", "2026q3", "2026-00", "2026-13", "2026-7", "2026Q3 ", "2026Q3\n",
     "1999", "20260", "２０２６", "2026Q３", "2026-07-01", "9999",
     "lifetime", "lifetime-", "lifetime-2026-07", "lifetime-lifetime-2026",
     "Lifetime-2026", "2026-lifetime"],
)  # fmt: skip
def test_other_names_are_none(name: str) -> None:
    with pytest.raises(ValueError, match="no period"):
        periods.parse(name)


@pytest.mark.engine("sqlite")
def test_a_period_begins_and_ends_on_the_banks_own_clock(app: Flask) -> None:
    with app.app_context():
        quarter = periods.parse("2026Q3")
        assert quarter.since == datetime(2026, 6, 30, 16, tzinfo=UTC)
        assert quarter.until == datetime(2026, 9, 30, 16, tzinfo=UTC)


@pytest.mark.engine("sqlite")
def test_a_period_that_has_begun_is_read_and_no_other(app: Flask) -> None:
    with app.test_request_context(), clock.at(NOW):
        for name in ("2026", "2026Q3", "2026-08", "2000"):
            assert periods.read(name).name == name
        assert periods.parse("2026Q3").title == "2026 年第 3 季度"
        for name in ("2026Q4", "2027", "2026-09", "2099", "soon"):
            with pytest.raises(Refusal) as refused:
                periods.read(name)
            assert refused.value.status == 422
            assert list(refused.value.errors or {}) == ["period"]
        with pytest.raises(Refusal):
            periods.read("2026-08", kinds=("quarter", "year"))


@pytest.mark.engine("sqlite")
def test_a_lifetime_has_an_end_alone_and_is_read_where_it_is_wanted(app: Flask) -> None:
    with app.test_request_context(), clock.at(NOW):
        for name, title in (
            ("lifetime-2026Q3", "截至 2026 年第 3 季度"),
            ("lifetime-2026", "截至 2026 年底"),
        ):
            lifetime = periods.read(name, kinds=periods.ALL_KINDS)
            assert (lifetime.since, lifetime.title) == (None, title)
        quarter = periods.parse("lifetime-2026Q3")
        assert quarter.until == datetime(2026, 9, 30, 16, tzinfo=UTC)
        with pytest.raises(Refusal):
            periods.read("lifetime-2026Q4", kinds=periods.ALL_KINDS)  # not begun
        with pytest.raises(Refusal) as refused:
            periods.read("lifetime-2026Q3")
        assert "lifetime" not in str(refused.value.errors)


@pytest.mark.engine("sqlite")
def test_a_quarter_has_begun_at_local_midnight(app: Flask) -> None:
    with app.test_request_context():
        with clock.at(datetime(2026, 9, 30, 15, 59, tzinfo=UTC)), pytest.raises(Refusal):
            periods.read("2026Q4")
        with clock.at(datetime(2026, 9, 30, 16, tzinfo=UTC)):
            assert periods.read("2026Q4").first == date(2026, 10, 1)


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
def test_the_period_of_a_day(day: date, period: str, first: date, last: date) -> None:
    assert periods.period_of(day, period) == (first, last)


def test_a_period_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="fortnight"):
        periods.period_of(date(2026, 7, 15), "fortnight")
