"""The database: one session, two engines, the column types that both share."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, DateTime, Engine, LargeBinary, MetaData, String, Text, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect, ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, registry
from sqlalchemy.types import TypeDecorator

from moralbank.core import keys
from moralbank.core.ids import LENGTH
from moralbank.core.wire import STALE, Wire


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC: ``timestamptz`` where there is one, naive UTC elsewhere."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment: nobody knows when it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs an offset")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment back in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Encrypted(TypeDecorator[str]):
    """A text that is kept encrypted under its purpose's key; it cannot be searched."""

    impl = Text
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Encrypt; an empty text says nothing and stays."""
        return keys.encrypt(self.purpose, value) if value else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Give the text back."""
        return keys.decrypt(self.purpose, value) if value else value


class EncryptedBytes(TypeDecorator[bytes]):
    """Bytes that are kept encrypted under their purpose's key."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Encrypt."""
        return None if value is None else keys.encrypt_bytes(self.purpose, value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Give the bytes back."""
        return None if value is None else keys.decrypt_bytes(self.purpose, value)


MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"

Id = String(LENGTH)
"""The column type of an id made by `moralbank.core.ids.new_id`."""

Document = JSON().with_variant(JSONB(), "postgresql")
"""The column type of a JSON document."""


class _Base(DeclarativeBase):
    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(column_0_N_label)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={datetime: UTCDateTime, dict[str, Any]: Document, str: Text},
    )


def _dump_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


db = SQLAlchemy(
    model_class=_Base,
    disable_autonaming=True,
    session_options={"expire_on_commit": False},
    engine_options={"json_serializer": _dump_json},
)
migrate = Migrate(db=db, directory="migrations", render_as_batch=False, compare_type=True)

if TYPE_CHECKING:

    class Model(_Base):
        """The base of every row."""

        __abstract__ = True
else:
    Model = db.Model


def session() -> Session:
    """Return this request's session. Operations read and write through it; only `core` commits."""
    return db.session()


def insert_unless_there(table: Any, values: dict[str, Any] | None = None) -> Any:
    """Return an INSERT that does nothing where a unique key is taken, for the session's engine.

    Without `values` it is executed with a list of rows.
    """
    dialect = session().get_bind().dialect.name
    build = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = build(table) if values is None else build(table).values(**values)
    return statement.on_conflict_do_nothing()


class Line:
    """A connection as the driver has it. Its errors are raised as SQLAlchemy's own, so that one
    place decides what is tried again."""

    __slots__ = ("_driver", "_engine", "_error", "_lose", "wire")

    def __init__(self, driver: Any, engine: Engine, lose: Callable[[Any], None]) -> None:
        self._driver, self._engine, self._lose = driver, engine, lose
        self.wire: Wire | None = getattr(driver, "wire", None)
        self._error: type[Exception] = engine.dialect.loaded_dbapi.Error

    @property
    def postgresql(self) -> bool:
        """Whether this is PostgreSQL, and not SQLite."""
        return self.wire is not None

    @property
    def driver(self) -> Any:
        """The driver's connection, with nothing left to be sent before it is used."""
        if self.wire is not None:
            self.wire.flush()
        return self._driver

    def execute(self, text: str, values: Any = ()) -> Any:
        """Run one statement as the engine reads it; return the driver's cursor."""
        with self.translating():
            return self.driver.execute(text, values)

    @contextmanager
    def translating(self) -> Iterator[None]:
        """Raise the driver's errors inside the block as SQLAlchemy's."""
        try:
            yield
        except self._error as error:
            lost = self._engine.dialect.is_disconnect(error, self._driver, None)  # type: ignore[arg-type]
            if lost:
                self._lose(error)
                self._engine.dispose(close=False)  # what else the pool keeps is no younger
            raise translated(error, self._engine, lost=lost) from error


def translated(error: Exception, engine: Engine, *, lost: bool = False) -> BaseException:
    """Return a driver's error as SQLAlchemy's own; `lost` says that its connection is."""
    dialect = engine.dialect
    return DBAPIError.instance(
        None, None, error, dialect.loaded_dbapi.Error,
        connection_invalidated=lost, dialect=dialect,
    )  # fmt: skip


def line_of(connection: Connection) -> Line:
    """Return the line of a connection that SQLAlchemy holds."""
    return Line(connection.connection.driver_connection, connection.engine, connection.invalidate)


BUSY_TIMEOUT_MS = 10_000
"""How long a SQLite writer waits for another one, in milliseconds."""


@event.listens_for(Engine, "connect")
def _prepare(connection: Any, _record: Any) -> None:
    """Let neither driver begin transactions by itself: the begin event below says BEGIN. So a
    statement outside a transaction is one of its own, without a round trip to begin or commit."""
    if not isinstance(connection, sqlite3.Connection):
        connection.autocommit = True
        connection.execute("SET TIME ZONE 'UTC'")  # the clock alone knows where the bank is
        connection.wire = Wire(connection)
        return
    # This driver's own transactions begin late and upgrade, which ends in "database is locked".
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        # A statement under triggers keeps what it would need to undo itself: no file for that.
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


# On PostgreSQL a transaction's BEGIN goes over with its first statement, and what was to be sent
# later with its COMMIT. SQLAlchemy's own statements, and the driver's, come after what waits.


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    line = line_of(connection)
    if line.wire is not None:
        line.wire.begin()
        return
    writes = connection.get_execution_options().get("moralbank_writes", False)
    line.execute("BEGIN IMMEDIATE" if writes else "BEGIN")


@event.listens_for(Engine, "before_cursor_execute")
def _send(connection: Connection, *_statement: Any) -> None:
    line = line_of(connection)
    if line.wire is not None:
        with line.translating():
            line.wire.flush()


@event.listens_for(Engine, "commit")
def _commit(connection: Connection) -> None:
    line = line_of(connection)
    if line.wire is not None:
        with line.translating():
            line.wire.commit()


@event.listens_for(Engine, "rollback")
def _roll_back(connection: Connection) -> None:
    if connection.invalidated:
        return
    line = line_of(connection)
    if line.wire is None:
        return
    try:
        with line.translating():
            line.wire.rollback()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise  # a lost connection has nothing left to be rolled back


@event.listens_for(Engine, "checkin")
def _hand_over_empty(driver: Any, _record: Any) -> None:
    """Whoever gets the connection next sends nothing of somebody else's."""
    wire = getattr(driver, "wire", None)
    if wire is not None:
        wire.forget()


@event.listens_for(Engine, "handle_error")
def _leave_what_is_stale(context: ExceptionContext) -> None:
    """Drop a connection whose prepared statements are not what the driver believes."""
    if getattr(context.original_exception, "sqlstate", None) in STALE:
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False


def database_state() -> str:
    """Return "ready", or what is wrong: "no database" or "migrations pending"."""
    from alembic.script import ScriptDirectory

    try:
        current = set(session().execute(text("SELECT version_num FROM alembic_version")).scalars())
    except Exception:  # whatever the driver raises, the database is not there
        session().rollback()
        return "no database"
    heads = set(ScriptDirectory(str(MIGRATIONS)).get_heads())
    return "ready" if current == heads else "migrations pending"
