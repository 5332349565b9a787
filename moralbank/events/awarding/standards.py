"""Which version of the rulebook was the right one for an award, as it was known then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from moralbank.core.db import session
from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.models import RulebookVersion
from moralbank.rulebook.operations import rulebook

IN_FLIGHT = timedelta(seconds=10)
"""An award that was being made while a version was published may have seen it or not."""
UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, NoResultFound)
"""What comes of a row that the service cannot have written."""


@dataclass(frozen=True, slots=True)
class Misjudged:
    """An award that names another version than the one that was to make it."""

    event_id: str
    volunteer_id: str
    stored: int
    right: int


class _Version(NamedTuple):
    begins: date
    number: int
    published_at: datetime


def book_of(version: int) -> Rulebook | None:
    """Return a version, None where there is none that can be read."""
    try:
        return rulebook(version)
    except UNREADABLE:
        return None


class Standards:
    """The versions, in the order in which they come into force."""

    def __init__(self) -> None:
        rows = session().execute(
            select(
                RulebookVersion.effective_from,
                RulebookVersion.version,
                RulebookVersion.published_at,
            ).order_by(RulebookVersion.effective_from, RulebookVersion.version)
        )
        self._versions = [_Version(*row) for row in rows]
        self._books = cache(book_of)

    def right(self, day: date, at: datetime, *, item: str, requested_by: int) -> Sequence[int]:
        """Return the version that was to make an award at a moment, for an errand of a local day:
        the one in force on that day, of those that were published by then; or, for an item that it
        has not, the one of the request. More than one where one was being published just then."""
        begun = [one for one in self._versions if one.begins <= day]
        moments = {at} | {
            one.published_at + step
            for one in begun
            for step in (timedelta(0), -timedelta(microseconds=1))
            if abs(one.published_at - at) < IN_FLIGHT
        }
        found: dict[int, None] = {}
        for moment in sorted(moments, key=lambda one: (one != at, one)):
            known = [one.number for one in begun if one.published_at <= moment]
            number = known[-1] if known else 1
            book = self._books(number)
            has_it = book is not None and item in book.items
            found[number if has_it else requested_by] = None
        return list(found)
