"""The one place that knows the time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import current_app

_fixed: ContextVar[datetime | None] = ContextVar("moralbank_fixed_time", default=None)


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return _fixed.get() or datetime.now(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let ``now()`` answer `moment` inside the block: for seasons that are replayed, and for tests.

    Raises ValueError when `moment` has no offset.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs an offset")
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)


def stopwatch() -> float:
    """Return the seconds of a clock that never goes back: two readings say how long it took."""
    return time.monotonic()


def pause(seconds: float) -> None:
    """Wait, for a retry's back-off."""
    time.sleep(seconds)


@lru_cache(maxsize=4)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def zone() -> ZoneInfo:
    """Return the bank's time zone (``MORALBANK_TIMEZONE``); dates are local to it."""
    return _zone(current_app.config["TIMEZONE"])


def local(moment: datetime) -> datetime:
    """Return `moment` on the bank's own clock."""
    return moment.astimezone(zone())


def local_date(moment: datetime) -> date:
    """Return the local date of `moment`."""
    return local(moment).date()


def today() -> date:
    """Return the local date of now."""
    return local_date(now())


def start_of(day: date) -> datetime:
    """Return the moment, in UTC, at which the local `day` begins."""
    return datetime(day.year, day.month, day.day, tzinfo=zone()).astimezone(UTC)


def end_of(day: date) -> datetime:
    """Return the moment, in UTC, at which the local `day` is over (exclusive)."""
    return start_of(day + timedelta(days=1))
