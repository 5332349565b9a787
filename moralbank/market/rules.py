"""What a limit per person counts, and over which days: pure functions."""

from collections.abc import Iterable
from datetime import date, timedelta


def period_of(day: date, period: str) -> tuple[date, date]:
    """Return the first and the last day of the period that `day` lies in.

    `period` is day, week (Monday to Sunday), month, quarter or year. Raises ValueError for another.
    """
    if period == "day":
        return day, day
    if period == "week":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    months = {"month": 1, "quarter": 3, "year": 12}.get(period)
    if months is None:
        raise ValueError(f"no period {period!r}")
    start = (day.month - 1) // months * months
    following = date(day.year + (start + months) // 12, (start + months) % 12 + 1, 1)
    return date(day.year, start + 1, 1), following - timedelta(days=1)


def added_up(lines: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return how many of each goods are asked for, lines of the same goods together, in the order
    of the goods' ids (the order in which stock is taken, so that two counters never wait for each
    other)."""
    wanted: dict[str, int] = {}
    for goods_id, quantity in lines:
        wanted[goods_id] = wanted.get(goods_id, 0) + quantity
    return dict(sorted(wanted.items()))


def still_allowed(limit: int | None, taken: int) -> int | None:
    """Return how many more of some goods one person may have; None is no limit."""
    return None if limit is None else max(0, limit - taken)
