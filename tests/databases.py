"""Fresh databases for the tests, on both engines.

Each engine has one template, made once per run by the project's own migrations; every test gets
a copy. With several test processes the first one makes the templates and tells the others. A
process may keep further templates of its own: copies that it filled.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import flask_migrate
from flask import Flask

from tests import postgres

ENGINES = ("sqlite", "postgresql")
SECRET_KEY = "a secret for the tests alone, and long enough"
TEMPLATE = "template_bank"
WAITING_FOR_A_LOCK = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
"""How many transactions wait for another one; PostgreSQL alone can say."""


def make_app(uri: str, **config: object) -> Flask:
    """The application on the database at `uri`, set up for tests."""
    from moralbank.app import create_app  # here: a test of pure rules need not wait for it

    return create_app(
        {
            "SQLALCHEMY_DATABASE_URI": uri,
            "SECRET_KEY": SECRET_KEY,
            "TESTING": True,
            "PAGE_SECONDS": 0,  # a test sees at once what it did
            "FIGURE_SECONDS": 0,
            "RATELIMIT_ENABLED": False,
            "ARGON2_TIME_COST": 1,  # passwords of tests need no slow hash
            "ARGON2_MEMORY_KIB": 8,
            **config,
        }
    )


def close_connections(app: Flask) -> None:
    """Close the application's pooled connections, so that its database may be copied or dropped."""
    with app.app_context():
        for engine in app.extensions["sqlalchemy"].engines.values():
            engine.dispose()


class Databases:
    """Makes databases and removes them; starts what it needs when first asked."""

    def __init__(self, prepared: dict[str, str] | None = None) -> None:
        """`prepared` is what another process's `prepare` answered; that process cleans up."""
        self._places = {engine: Path(place) for engine, place in (prepared or {}).items()}
        self._filled: dict[tuple[str, Hashable], tuple[str, Any]] = {}
        self._server: postgres.PostgresServer | None = None
        self._ours: list[Path] = []

    def prepare(self) -> dict[str, str]:
        """Make both templates now, and answer where they are, for other processes."""
        return {engine: str(self._place(engine)) for engine in ENGINES}

    @contextmanager
    def fresh(self, engine: str, template: str = TEMPLATE) -> Iterator[str]:
        """The URI of a new, migrated, empty database on `engine`, dropped afterwards.

        With a `template` that `filled` named it holds what that one holds.
        """
        name = f"bank_{uuid4().hex}"
        uri = self._copy(engine, name, template)
        try:
            yield uri
        finally:
            if engine == "sqlite":
                shutil.rmtree(self._place(engine) / name)
            else:
                postgres.drop_database(self._place(engine), name)

    def filled(self, engine: str, which: Hashable, fill: Callable[[str], Any]) -> tuple[str, Any]:
        """Keep a template that `fill(uri)` fills when `which` is first asked for.

        Returns its name and what `fill` returned; `fill` leaves no connection open.
        """
        kept = self._filled.get((engine, which))
        if kept is None:
            name = f"filled_{uuid4().hex}"
            kept = self._filled[engine, which] = name, fill(self._copy(engine, name, TEMPLATE))
        return kept

    def _copy(self, engine: str, name: str, template: str) -> str:
        """Copy a template to a new database `name`; return its URI."""
        place = self._place(engine)
        if engine == "sqlite":
            (place / name).mkdir()
            shutil.copyfile(place / template / "bank.db", place / name / "bank.db")
            return f"sqlite:///{place / name / 'bank.db'}"
        postgres.create_database(place, name, template=template)
        return postgres.uri(place, name)

    def close(self) -> None:
        """Stop the server and remove every file that this process made."""
        if self._server is not None:
            self._server.stop()
        for folder in self._ours:
            shutil.rmtree(folder, ignore_errors=True)

    def _place(self, engine: str) -> Path:
        """Where the engine's databases lie: a folder of files, or the server's socket."""
        if engine not in self._places:
            if engine == "sqlite":
                self._places[engine] = self._make_sqlite()
            else:
                self._places[engine] = self._make_postgresql()
        return self._places[engine]

    def _make_sqlite(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="moralbank-", dir=postgres.scratch_base()))
        self._ours.append(folder)
        (folder / TEMPLATE).mkdir()
        _migrate(f"sqlite:///{folder / TEMPLATE / 'bank.db'}")
        return folder

    def _make_postgresql(self) -> Path:
        self._server = postgres.PostgresServer.start()
        postgres.create_database(self._server.home, TEMPLATE)
        _migrate(postgres.uri(self._server.home, TEMPLATE))
        return self._server.home


def _migrate(uri: str) -> None:
    """Bring the database to the newest revision, with the migrations that `make run` uses."""
    app = make_app(uri)
    with app.app_context():
        flask_migrate.upgrade()
    close_connections(app)
