"""The years' calendars, read from `calendar/<year>.yaml`; a new year is a new file."""

from datetime import date, timedelta
from functools import cache
from pathlib import Path

import yaml

from moralbank.notices.rules import Calendar

FOLDER = Path(__file__).parent / "calendar"


@cache
def calendars() -> dict[int, Calendar]:
    """Return the calendars that there are, by year."""
    return {int(path.stem): _read(path) for path in sorted(FOLDER.glob("*.yaml"))}


def _read(path: Path) -> Calendar:
    data = yaml.safe_load(path.read_text("utf-8"))
    holidays = [_days(holiday["from"], holiday["to"]) for holiday in data["holidays"]]
    return Calendar(
        off=frozenset(day for days in holidays for day in days), working=frozenset(data["working"])
    )


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
