"""SQL handed straight to the driver: for the few statements that every counter waits for.

SQLAlchemy builds, compiles and fetches at several times the cost of a small statement itself. What
stands on the way of a redemption is therefore written as SQL, once for both engines; everything
else is not.

A statement names its values `:so`, and is written as PostgreSQL reads it. Two things are put in
SQLite's words: `= ANY(:list)`, and `FOR UPDATE` in its kinds, which a file with one writer does not
need. Moments go in and come out aware.

What needs no answer may be said `later`: on PostgreSQL it goes over with the next statement that
does, or with the commit, and its failure shows there. On SQLite it is done at once.
"""

import json
import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.exc import DBAPIError

from moralbank.core.db import Line, db, line_of, session, translated
from moralbank.core.wire import Query, column_names

_ANY = re.compile(r"= ANY\(:([a-z_]+)\)")
_LOCK = re.compile(r"\s+FOR (NO KEY )?UPDATE( OF [a-z_]+(, [a-z_]+)*)?")
_MOVED = re.compile(r"\bmoved\.([a-z_]+)")
_FROM_MOVED = re.compile(r"FROM moved\b(, )?")


def line() -> Line:
    """Return the line of the caller's transaction, or of what its session is reading."""
    return session().info.get("line") or line_of(session().connection())


def in_transaction() -> bool:
    """Tell whether `core.transaction` has a transaction open here."""
    return "line" in session().info


@contextmanager
def alone() -> Iterator[Line]:
    """Give a line outside every transaction: a statement on it is a transaction of its own, that
    the database itself begins and commits."""
    engine = db.engine
    try:
        pooled = engine.raw_connection()
    except engine.dialect.loaded_dbapi.Error as error:
        raise translated(error, engine) from error
    try:
        yield Line(pooled.driver_connection, engine, pooled.invalidate)
    finally:
        pooled.close()


class Statement:
    """One statement. Its rows have their columns as attributes; `moments` names those that are
    moments."""

    def __init__(self, text: str, *, moments: Iterable[str] = ()) -> None:
        self.query = Query(text)
        self.sqlite = _ANY.sub(r"IN (SELECT value FROM json_each(:\1))", _LOCK.sub("", text))
        self._reads = text.lstrip().startswith("SELECT")
        self._moments = frozenset(moments)
        self._make: Callable[[Iterable[Any]], Any] | None = None
        self._places: list[int] = []

    def rows(self, **values: Any) -> list[Any]:
        """Run it in the transaction that is open, or where none is, in its own."""
        open_line: Line | None = session().info.get("line")
        if open_line is not None:
            return self.on(open_line, values)
        try:
            with alone() as own:
                return self.on(own, values)
        except DBAPIError as error:
            if not (self._reads and error.connection_invalidated):
                raise
        with alone() as own:  # to ask once more changes nothing
            return self.on(own, values)

    def first(self, **values: Any) -> Any:
        """Run it as `rows` does; return its first row, or None."""
        rows = self.rows(**values)
        return rows[0] if rows else None

    def later(self, **values: Any) -> None:
        """Run it in the transaction that is open, before whatever comes next, without an answer."""
        here = line()
        if here.wire is None:
            here.execute(self.sqlite, _for_sqlite(values))
        else:
            with here.translating():
                here.wire.later(self.query, values)

    def on(self, line: Line, values: dict[str, Any]) -> list[Any]:
        """Run it on a line."""
        if line.wire is None:
            cursor = line.execute(self.sqlite, _for_sqlite(values))
            found = cursor.fetchall()
            if self._make is None:
                self._learn([column[0] for column in cursor.description or ()])
        else:
            with line.translating():
                result, found = line.wire.rows(self.query, values)
            if self._make is None:
                self._learn(column_names(result))
        if self._places:
            found = [self._with_moments(row) for row in found]
        return list(map(self._make, found))  # type: ignore[arg-type]

    def _learn(self, names: list[str]) -> None:
        self._places = [place for place, name in enumerate(names) if name in self._moments]
        row: Any = namedtuple("Row", names)  # type: ignore[misc]
        self._make = row._make

    def _with_moments(self, row: Sequence[Any]) -> list[Any]:
        values = list(row)
        for place in self._places:
            values[place] = _moment(values[place])
        return values


class Booking:
    """A change of one row that returns what it came to, and the row that records it.

    `change` is an UPDATE … RETURNING, `record` an INSERT … SELECT … FROM moved that may use what
    it returned as `moved.…`. PostgreSQL runs them as one statement; SQLite, which has no round
    trips, as two. Where nothing is changed, nothing is recorded.
    """

    def __init__(self, change: str, record: str) -> None:
        self._whole = Statement(f"WITH moved AS ({change}) {record}")
        self._change = Statement(change)
        self._record = Statement(_MOVED.sub(r":moved_\1", _FROM_MOVED.sub(_alone_from, record)))

    def first(self, **values: Any) -> Any:
        """Run it in the transaction that is open, or where none is, in its own; return the row that
        the record returns, or None where nothing was changed."""
        open_line: Line | None = session().info.get("line")
        if open_line is not None:
            return self._on(open_line, values)
        with alone() as own:
            if own.postgresql:
                return self._on(own, values)
            own.execute("BEGIN IMMEDIATE")  # what is not committed, the pool rolls back
            recorded = self._on(own, values)
            own.execute("COMMIT")
            return recorded

    def _on(self, line: Line, values: dict[str, Any]) -> Any:
        if line.wire is not None:
            rows = self._whole.on(line, values)
        else:
            moved = self._change.on(line, values)
            if not moved:
                return None
            returned = {f"moved_{name}": value for name, value in moved[0]._asdict().items()}
            rows = self._record.on(line, values | returned)
        return rows[0] if rows else None


def _for_sqlite(values: dict[str, Any]) -> dict[str, Any]:
    return {name: sqlite_value(value) for name, value in values.items()}


def _alone_from(found: re.Match[str]) -> str:
    return "FROM " if found[1] else ""


def sqlite_moment(moment: datetime) -> str:
    """Write a moment as the column type does on SQLite: naive, in UTC."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat(sep=" ", timespec="microseconds").partition("+")[0]


def sqlite_value(value: Any) -> Any:
    """Return a value as SQLite takes it: moments and dates as text, lists as JSON."""
    if isinstance(value, datetime):
        return sqlite_moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, list) else value


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    found: datetime = value  # the connection speaks UTC
    return found
