"""Every row of the bank, taken out at one moment and put back, on either engine.

Only rows are copied. The schema is made by the migrations, so that what is put back has the
constraints and triggers of the program, and rows of one engine may go to the other.
"""

import base64
import contextlib
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    Table,
    delete,
    event,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from moralbank.core import clock, keys
from moralbank.core.backups import Unusable
from moralbank.core.db import UTCDateTime, db, migrate, session

AT_ONCE = 1_000
"""How many rows are read, or put in, with one statement."""
REVISIONS = "alembic_version"
"""The migrations' own table: their revision stands in the head."""
FILLED = {"rulebook_versions": 1}
"""What the migrations themselves put into an empty bank: the default rulebook."""
_PURPOSE = "phone"
"""The ring that is asked whether the secret is the one of then."""

_DOCUMENT = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def taken(about: Callable[[], dict[str, Any]]) -> Iterator[Any]:
    """Give the lines of a backup: a head, and for each table a line that says its columns and how
    many rows it has, and those rows. All are of one moment, whoever writes meanwhile.

    The head holds what `about` returns of the same moment, too.
    """
    current = session()
    current.rollback()
    try:
        connection = current.connection()
        if connection.dialect.name == "postgresql":
            level = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
            connection.execute(text(level))
        tables = _tables(connection)
        if REVISIONS not in {table.name for table in tables}:
            raise Unusable("there is no bank in the database")
        yield {
            "engine": connection.dialect.name,
            "revision": connection.scalar(text(f"SELECT version_num FROM {REVISIONS}")),  # noqa: S608 — our own word
            "at": clock.now().isoformat(),
            "keys": [key.id for key in keys.ring(_PURPOSE)],
            **about(),
        }
        for table in tables:
            if table.name == REVISIONS:
                continue
            yield {
                "table": table.name,
                "columns": [column.name for column in table.columns],
                "rows": connection.scalar(select(func.count()).select_from(table)),
            }
            rows = connection.execute(select(table), execution_options={"yield_per": AT_ONCE})
            for row in rows:
                yield [_plain(value) for value in row]
    finally:
        current.rollback()


def put_back(lines: Iterator[Any], *, replace: bool = False) -> dict[str, Any]:
    """Put the rows of a backup into the database, and bring it to the newest revision; return the
    backup's head, with its "rows". All of it is one transaction.

    Raises Unusable, and changes nothing, where something is in the database (unless it is to be
    replaced), where the backup is of a revision that this program does not know, where it was
    made under a secret that is not given, or where rows are missing.
    """
    head = next(lines)
    _check_known(head)
    with db.engine.connect().execution_options(moralbank_writes=True) as connection:
        # SQLite heeds this outside a transaction alone.
        lite = connection.dialect.name == "sqlite"
        driver: Any = connection.connection.driver_connection
        if lite:
            driver.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                if not replace:
                    _check_empty(connection)
                _drop_all(connection)
                _migrate(connection, head["revision"])
                with _guards_off(connection):
                    counts = _fill(connection, lines)
                _migrate(connection, "head")
                if lite and connection.execute(text("PRAGMA foreign_key_check")).first():
                    raise Unusable("the backup has rows that refer to rows that are not in it")
        finally:
            if lite:
                driver.execute("PRAGMA foreign_keys = ON")
    db.engine.dispose()  # what was prepared is for the tables of before
    return {**head, "rows": counts}


def _check_known(head: dict[str, Any]) -> None:
    known = ScriptDirectory.from_config(migrate.get_config()).walk_revisions()
    if head["revision"] not in {script.revision for script in known}:
        raise Unusable(
            f"the backup is of schema {head['revision']}, which this version of the program does"
            " not know: install the newer one first"
        )
    if missing := set(head["keys"]) - {key.id for key in keys.ring(_PURPOSE)}:
        raise Unusable(
            f"the backup was made under a secret that is not given here (key {min(missing)}):"
            " set MORALBANK_SECRET_KEY and MORALBANK_SECRET_KEY_FALLBACKS as they were"
        )


def _check_empty(connection: Connection) -> None:
    for table in _tables(connection):
        if table.name == REVISIONS:
            continue
        rows = connection.execute(select(table).limit(FILLED.get(table.name, 0) + 1)).all()
        if len(rows) > FILLED.get(table.name, 0):
            raise Unusable(
                f"the database is not empty (there are rows in {table.name}); with --replace all"
                " that is in it is thrown away first"
            )


def _tables(connection: Connection) -> list[Table]:
    """Return the tables that are there, with the types that both engines share."""
    found = MetaData()

    @event.listens_for(found, "column_reflect")
    def share(_inspector: Any, _table: Any, column: Any) -> None:
        if isinstance(column["type"], DateTime):
            column["type"] = UTCDateTime()
        elif isinstance(column["type"], JSON):
            column["type"] = _DOCUMENT

    found.reflect(connection)
    return found.sorted_tables


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, date) else value


def _reader(table: Table, name: str) -> Callable[[Any], Any]:
    """Return what makes a column's value of what JSON has of it."""
    kind = table.columns[name].type
    read: Callable[[Any], Any] | None = None
    if isinstance(kind, UTCDateTime):
        read = datetime.fromisoformat
    elif isinstance(kind, Date):
        read = date.fromisoformat
    elif isinstance(kind, LargeBinary):
        read = base64.b64decode
    return lambda value: value if value is None or read is None else read(value)


def _fill(connection: Connection, lines: Iterator[Any]) -> dict[str, int]:
    """Put all rows into their tables, in place of what the migrations put there; return how many
    each has."""
    tables = {table.name: table for table in _tables(connection)}
    for name in FILLED.keys() & tables.keys():
        connection.execute(delete(tables[name]))
    counts: dict[str, int] = {}
    for heading in lines:
        table, many = tables[heading["table"]], heading["rows"]
        readers = [(name, _reader(table, name)) for name in heading["columns"]]
        coming, counts[table.name] = islice(lines, many), 0
        while rows := list(islice(coming, AT_ONCE)):
            connection.execute(
                insert(table),
                [
                    {name: read(value) for (name, read), value in zip(readers, row, strict=True)}
                    for row in rows
                ],
            )
            counts[table.name] += len(rows)
        if counts[table.name] != many:
            raise Unusable(f"the backup has fewer rows of {table.name} than it says")
    if missing := tables.keys() - counts.keys() - {REVISIONS}:
        raise Unusable(f"the backup does not have all tables: {min(missing)} is missing")
    return counts


def _drop_all(connection: Connection) -> None:
    """Drop every table with its rows, and on PostgreSQL the functions of its triggers."""
    names = [
        connection.dialect.identifier_preparer.quote(table.name) for table in _tables(connection)
    ]
    if connection.dialect.name == "sqlite":
        for name in names:
            connection.execute(text(f"DROP TABLE {name}"))
        return
    if names:
        connection.execute(text(f"DROP TABLE {', '.join(names)} CASCADE"))
    connection.execute(text("DROP FUNCTION IF EXISTS refuse_change()"))


def _migrate(connection: Connection, revision: str) -> None:
    config = migrate.get_config()
    config.attributes["connection"] = connection  # see migrations/env.py
    command.upgrade(config, revision)


_FOREIGN_KEYS = text("""
    SELECT conrelid::regclass::text AS "table", quote_ident(conname) AS name,
        pg_get_constraintdef(oid) AS says
    FROM pg_constraint
    WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
""")
_COUNTED = text("""
    SELECT format('SELECT setval(%L, max(%I)) FROM %I', sequence, column_name, table_name)
    FROM information_schema.columns,
        pg_get_serial_sequence(quote_ident(table_name), column_name) AS sequence
    WHERE table_schema = current_schema() AND sequence IS NOT NULL
""")


@contextlib.contextmanager
def _guards_off(connection: Connection) -> Iterator[None]:
    """Let rows come in any order, and those that the migrations put there go: foreign keys and
    triggers are taken off, and put back as they were. Putting a foreign key back checks it."""

    def run(statements: Iterable[str]) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)

    if connection.dialect.name == "sqlite":  # whose foreign keys are off already
        kept = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        ).all()
        run(f"DROP TRIGGER {name}" for name, _sql in kept)
        yield
        run(sql for _name, sql in kept)
        return
    tables = [table.name for table in _tables(connection)]
    keys_ = connection.execute(_FOREIGN_KEYS).all()
    run(f"ALTER TABLE {key.table} DROP CONSTRAINT {key.name}" for key in keys_)
    run(f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in tables)
    yield
    run(f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in tables)
    run(f"ALTER TABLE {key.table} ADD CONSTRAINT {key.name} {key.says}" for key in keys_)
    run(connection.scalars(_COUNTED).all())
