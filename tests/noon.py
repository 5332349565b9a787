"""Every run of the tests begins at noon of the same day, whatever day and hour it is outside.

The bank counts by its own days: amid a test, midnight would put one errand on another date than
the next, and what a test asks for "next week" would one day be past. The clock is moved once for a
whole run and runs on from there, in every process of it.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

from moralbank.core import clock

VARIABLE = "NOON_SHIFT_SECONDS"
"""Tells the other processes of a run by how much its clock is moved."""
ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 27)


def begin(day: date = DAY) -> None:
    """Let it be noon of `day`; in a run that has begun, keep its time."""
    outside = datetime.now(UTC)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZONE)
    shift = timedelta(
        seconds=float(os.environ.setdefault(VARIABLE, str((noon - outside).total_seconds())))
    )
    # A moment that a test sets with `clock.at` stays as it is.
    patch.object(clock, "now", lambda: clock._fixed.get() or datetime.now(UTC) + shift).start()
