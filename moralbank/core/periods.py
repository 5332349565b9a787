"""Periods that people name: a year "2026", a quarter "2026Q3", a month "2026-07", and a lifetime up
to the end of a year or quarter, "lifetime-2026Q3"; all local."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from flask_babel import gettext as _

from moralbank.core import clock
from moralbank.core.language import written
from moralbank.core.problems import invalid_field

Kind = Literal["year", "quarter", "month", "lifetime"]
KINDS: tuple[Kind, ...] = ("year", "quarter", "month")
"""The kinds that have a beginning: what most figures are asked for."""
ALL_KINDS: tuple[Kind, ...] = (*KINDS, "lifetime")
MAX_TEXT = 15
"""More characters than any period needs; a bound for the fields that take one."""
_NAME = re.compile(r"(20[0-9]{2})(?:Q([1-4])|-(0[1-9]|1[0-2]))?")
_LIFETIME = "lifetime-"
_EARLIEST = date(2000, 1, 1)
_EXAMPLES: dict[Kind, str] = {
    "year": "2026",
    "quarter": "2026Q3",
    "month": "2026-07",
    "lifetime": "lifetime-2026Q3",
}


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of local days, from `first` to `last` inclusive.

    A lifetime holds everything up to its last day, also what was before the earliest day that a
    name can stand for, which is its `first`.
    """

    name: str
    kind: Kind
    first: date
    last: date

    @property
    def since(self) -> datetime | None:
        """The moment at which it begins; None for a lifetime, which has no beginning."""
        return None if self.kind == "lifetime" else clock.start_of(self.first)

    @property
    def until(self) -> datetime:
        """The moment at which it is over (exclusive)."""
        return clock.end_of(self.last)

    @property
    def title(self) -> str:
        """What a reader calls it."""
        year, last = self.first.year, self.last.month
        title: str = _("%(year)d 年度", year=year)
        if self.kind == "lifetime":
            return self._lifetime_title
        if self.kind == "quarter":
            title = _("%(year)d 年第 %(number)d 季度", year=year, number=last // 3)
        elif self.kind == "month":
            title = written(self.first, _("y 年 M 月"))
        return title

    @property
    def _lifetime_title(self) -> str:
        end = parse(self.name.removeprefix(_LIFETIME))
        title: str = (
            _("截至 %(year)d 年底", year=end.last.year)
            if end.kind == "year"
            else _("截至 %(quarter)s", quarter=end.title)
        )
        return title


def parse(name: str) -> Period:
    """Return the period called `name`, of the years 2000 to 2099. Raises ValueError."""
    ending = name.removeprefix(_LIFETIME)
    match = _NAME.fullmatch(ending)
    if match is None or (ending != name and match[3]):  # no lifetime ends with a month
        raise ValueError(f"no period {name!r}")
    if ending != name:
        return Period(name, "lifetime", _EARLIEST, parse(ending).last)
    year, quarter, month = int(match[1]), match[2], match[3]
    if quarter:
        return _months(name, "quarter", year, 3 * int(quarter) - 2, 3)
    if month:
        return _months(name, "month", year, int(month), 1)
    return _months(name, "year", year, 1, 12)


def _months(name: str, kind: Kind, year: int, first: int, many: int) -> Period:
    following = first + many
    end = date(year + (following - 1) // 12, (following - 1) % 12 + 1, 1)
    return Period(name, kind, date(year, first, 1), end - timedelta(days=1))


def period_of(day: date, period: str) -> tuple[date, date]:
    """Return the first and the last day of the period that `day` lies in.

    `period` is day, week (Monday to Sunday), month, quarter, half_year or year. Raises ValueError
    for another.
    """
    if period == "day":
        return day, day
    if period == "week":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    months = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}.get(period)
    if months is None:
        raise ValueError(f"no period {period!r}")
    start = (day.month - 1) // months * months
    following = date(day.year + (start + months) // 12, (start + months) % 12 + 1, 1)
    return date(day.year, start + 1, 1), following - timedelta(days=1)


def read(name: str, *, kinds: Collection[Kind] = KINDS, ahead: bool = False) -> Period:
    """Return the period called `name`, which is of one of `kinds` and is over or has begun, or is
    still to come (`ahead`); a lifetime has begun with the year or quarter that ends it.

    Refuses 422, naming `period`.
    """
    try:
        period = parse(name)
    except ValueError:
        period = None
    if period is None or period.kind not in kinds:
        known = _("、").join(example for kind, example in _EXAMPLES.items() if kind in kinds)
        raise invalid_field("period", _("没有这个期间，请写成例如 %(examples)s。", examples=known))
    if not ahead and parse(name.removeprefix(_LIFETIME)).first > clock.today():
        raise invalid_field("period", _("这个期间还没有开始。"))
    return period
