"""Moments and lengths of time in the reader's words, on the bank's own clock."""

from datetime import date, datetime

from flask_babel import gettext as _

from moralbank.core import clock
from moralbank.core.language import written
from moralbank.core.quantities import points_text


def day_text(moment: datetime) -> str:
    """Return a moment's local date: 2026-07-01."""
    return f"{clock.local_date(moment):%Y-%m-%d}"


def whole_day_text(day: date) -> str:
    """Return a date as a sentence has it: 2026 年 7 月 1 日."""
    return written(day, _("y 年 M 月 d 日"))


def moment_text(moment: datetime | None) -> str:
    """Return a moment as a person reads it, without the year where it is this one; "" for none."""
    if moment is None:
        return ""
    local = clock.local(moment)
    this_year = local.year == clock.today().year
    words = written(local.date(), _("M月d日") if this_year else _("y年M月d日"))
    return f"{words} {local:%H:%M}"


def duration_text(minutes: int) -> str:
    """Return minutes in words: 2 小时, 1 小时 30 分钟, 50 分钟."""
    hours, rest = divmod(minutes, 60)
    parts = [_("%(n)d 小时", n=hours)] if hours else []
    if rest or not hours:
        parts.append(_("%(n)d 分钟", n=rest))
    return " ".join(parts)


def hours_text(minutes: int) -> str:
    """Return minutes as hours with at most two decimals, rounded down: 90 → "1.5", 50 → "0.83".

    So does the rulebook where it says how many hours there are and how many are needed.
    """
    return points_text(minutes * 100 // 60)
