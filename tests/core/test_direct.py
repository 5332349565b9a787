"""Statements for the driver: what is said later, in one go, and what happens when it fails."""

from __future__ import annotations

import gc
import time
from contextlib import suppress
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from moralbank.core.db import db, line_of, session
from moralbank.core.direct import Statement, line
from moralbank.core.transaction import transact

ADD = Statement("INSERT INTO counters (name, value) VALUES (:name, :value)")
READ = Statement("SELECT name, value FROM counters WHERE name = ANY(:names) ORDER BY name")
NAMES = ["a", "b", "c"]


def counters(app: Flask) -> dict[str, int]:
    with app.app_context():
        return {row.name: row.value for row in READ.rows(names=NAMES)}


@pytest.mark.parametrize("read", ["directly", "through the session", "never"])
def test_what_is_said_later_comes_before_what_follows(app: Flask, read: str) -> None:
    def work() -> int:
        ADD.later(name="a", value=1)
        ADD.later(name="b", value=2)
        if read == "directly":
            return len(READ.rows(names=NAMES))
        if read == "never":
            return 2
        return int(session().scalar(text("SELECT COUNT(*) FROM counters WHERE name < 'c'")) or 0)

    with app.app_context():
        assert transact(work) == 2
    assert counters(app) == {"a": 1, "b": 2}


def test_a_failure_of_what_was_said_later_undoes_everything(app: Flask) -> None:
    tries = []

    def work() -> None:
        tries.append(1)
        ADD.later(name="a", value=1)
        ADD.later(name="b", value=2)
        ADD.later(name="a", value=3)
        ADD.later(name="c", value=4)

    with app.app_context():
        with pytest.raises(IntegrityError):
            transact(work)
        assert counters(app) == {}
        assert len(tries) == 3  # a lost race for a key looks like this
        transact(lambda: ADD.later(name="c", value=5))
    assert counters(app) == {"c": 5}


def test_what_was_said_later_is_forgotten_with_its_transaction(app: Flask) -> None:
    def work() -> None:
        ADD.later(name="a", value=1)
        raise RuntimeError

    with app.app_context():
        with pytest.raises(RuntimeError):
            transact(work)
        transact(lambda: ADD.later(name="b", value=2))
    assert counters(app) == {"b": 2}


@pytest.mark.engine("postgresql")
def test_a_statement_that_is_no_longer_prepared_is_prepared_anew(app: Flask) -> None:
    tries: list[int] = []

    def work() -> None:
        tries.append(1)
        ADD.later(name="a", value=len(tries))
        READ.rows(names=NAMES)
        if len(tries) == 1:
            line().execute("DEALLOCATE ALL")
        ADD.later(name="b", value=len(tries))

    with app.app_context():
        transact(work)
        assert counters(app) == {"a": 2, "b": 2}
        with db.engine.connect() as connection:  # the pool's only one
            connection.exec_driver_sql("DEALLOCATE ALL")
            connection.rollback()
    assert counters(app) == {"a": 2, "b": 2}


@pytest.mark.engine("postgresql")
def test_what_is_sent_may_be_large_both_ways(app: Flask) -> None:
    """More than the sockets hold in either direction: nobody waits for the other for ever."""
    long = Statement("SELECT repeat(:text, 20) AS text")

    def work() -> int:
        for _copy in range(40):
            long.later(text="x" * 100_000)
        return len(long.first(text="y" * 100_000).text)

    with app.app_context():
        assert transact(work) == 2_000_000


@pytest.mark.engine("postgresql")
def test_others_run_while_an_answer_is_awaited(app: Flask) -> None:
    sleep = Statement("SELECT pg_sleep(0.5)")
    counted = 0

    def wait() -> None:
        with app.app_context():
            transact(sleep.rows)

    waiting = Thread(target=wait)
    waiting.start()
    while waiting.is_alive():
        counted += 1
        time.sleep(0.001)
    assert counted > 50


@pytest.mark.engine("postgresql")
def test_a_connection_that_dies_in_an_answer_says_so(app: Flask) -> None:
    die = Statement("SELECT pg_terminate_backend(pg_backend_pid())")
    with app.app_context():
        with pytest.raises(DBAPIError) as refused:
            die.rows()
        assert refused.value.connection_invalidated
        assert READ.rows(names=NAMES) == []


@pytest.mark.engine("postgresql")
def test_the_sessions_own_statements_outlive_a_loss_of_what_was_prepared(app: Flask) -> None:
    def read() -> int:
        return int(
            session().scalar(text("SELECT COUNT(*) FROM counters WHERE name <> :n"), {"n": "a"})
            or 0
        )

    with app.app_context():
        for _time in range(8):  # so often that the driver prepares it
            transact(read)
        # As a pooler between the two does it: the driver does not see it.
        transact(lambda: session().execute(text("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$")))
        assert transact(read) == 0
        assert transact(read) == 0


@pytest.mark.engine("postgresql")
def test_what_waits_is_not_handed_over_with_the_connection(app: Flask) -> None:
    with app.app_context():
        connection = db.engine.connect()
        connection.begin()
        wire = line_of(connection).wire
        assert wire is not None
        wire.later(ADD.query, {"name": "a", "value": 1})
        del connection, wire
        gc.collect()
        transact(lambda: ADD.later(name="b", value=2))
    assert counters(app) == {"b": 2}


@pytest.mark.engine("postgresql")
def test_whoever_goes_on_after_a_failure_is_not_told_that_all_is_well(app: Flask) -> None:
    def work() -> str:
        ADD.rows(name="a", value=1)
        with suppress(DBAPIError):
            ADD.rows(name="a", value=2)
        return "all is well"

    with app.app_context(), pytest.raises(DBAPIError, match="rolled back"):
        transact(work)
    assert counters(app) == {}
