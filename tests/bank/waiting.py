"""Requests that wait amid their transaction, for as long as a test likes."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator

from sqlalchemy import Engine, text

from tests.bank.served import PATIENCE_SECONDS
from tests.databases import WAITING_FOR_A_LOCK


@contextlib.contextmanager
def shelves_held(engine: Engine) -> Iterator[None]:
    """Hold the shelves, so that whatever wants goods waits amid its transaction."""
    if engine.dialect.name == "sqlite":
        assert engine.url.database is not None
        path = engine.url.database
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as lock:
            lock.execute("BEGIN IMMEDIATE")
            yield
        return
    with engine.connect() as lock:
        lock.execute(text("SELECT id FROM goods FOR UPDATE"))
        yield


def wait_until_one_waits(engine: Engine) -> None:
    """Return when a transaction waits for the shelves; SQLite shows nobody who waits."""
    if engine.dialect.name == "sqlite":
        return
    deadline = time.monotonic() + PATIENCE_SECONDS
    with engine.connect() as look:
        while not look.scalar(text(WAITING_FOR_A_LOCK)):
            look.rollback()
            assert time.monotonic() < deadline, "no request came to wait"
            time.sleep(0.01)
