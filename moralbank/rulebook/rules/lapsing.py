"""Until when may points be spent?  The document's `expiry`."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from moralbank.rulebook.documents.spending import Expiry


def last_day(expiry: Expiry, earned: date) -> date | None:
    """Return the last local day on which points may be spent that were earned on a local day, or
    None where they never lapse.

    A month that has no such day ends on its last: one month after 31 January is 28 or 29 February.
    """
    if expiry.rule == "never":
        return None
    if expiry.rule == "year_end":
        return months_after(date(earned.year, 12, 31), expiry.months)
    return months_after(earned, expiry.months)


def months_after(day: date, months: int) -> date:
    """Return the day so many months later, or where that month has no such day its last."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
