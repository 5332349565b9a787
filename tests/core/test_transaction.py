"""One place that commits, and what it does when the database is in the way."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from threading import Timer

import pytest
from flask import Flask
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from moralbank.core.actor import Actor, system
from moralbank.core.counters import take
from moralbank.core.db import db, session
from moralbank.core.problems import Refusal, conflict
from moralbank.core.transaction import query, transact
from moralbank.core.wire import Wire
from tests import postgres


def counted(app: Flask) -> int:
    with app.app_context():
        found = session().scalar(text("SELECT value FROM counters WHERE name = 'tries'"))
        return int(found or 0)


def line() -> int:
    """The number of the server's process that this thread's session speaks with."""
    return int(session().connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


def cut(app: Flask, number: int) -> None:
    """End the server's side of a connection."""
    other = create_engine(app.config["SQLALCHEMY_DATABASE_URI"])
    with other.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:n, 5000)"), {"n": number})
    other.dispose()


@pytest.mark.engine("postgresql")
def test_a_lost_connection_is_tried_again(app: Flask) -> None:
    tries: list[int] = []

    def work() -> int:
        tries.append(take("tries"))
        if len(tries) == 1:
            cut(app, line())
        return take("tries")

    with app.app_context():
        assert transact(work) == 2
    assert tries == [1, 1]
    assert counted(app) == 2


@pytest.mark.engine("postgresql")
def test_a_pool_full_of_lost_connections_costs_one_try(app: Flask) -> None:
    """As after a restart of the server: what the pool keeps is all of the time before it."""
    tries: list[int] = []

    def work() -> int:
        tries.append(1)
        return take("tries")

    with app.app_context():
        kept = [db.engine.connect() for _connection in range(5)]
        numbers = [one.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() for one in kept]
        for one in kept:
            one.close()
        for number in numbers:
            cut(app, number)
        begun: list[Wire] = []
        begin = Wire.begin

        def listen(wire: Wire) -> None:
            begun.append(wire)
            begin(wire)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Wire, "begin", listen)
            assert transact(work) == 1
    assert len(begun) == 2
    assert tries == [1, 1]


@pytest.mark.engine("postgresql")
@pytest.mark.parametrize("repeatable", [False, True])
def test_a_connection_lost_in_the_commit_is_tried_again_by_key_alone(
    app: Flask, repeatable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []
    lines: list[int] = []

    def work() -> int:
        tries.append(take("tries"))
        lines.append(line())
        return tries[-1]

    commit = Wire.commit

    def cut_once(wire: Wire) -> None:
        if len(lines) == 1:
            cut(app, lines[0])
        commit(wire)

    monkeypatch.setattr(Wire, "commit", cut_once)
    with app.app_context():
        if repeatable:
            assert transact(work, repeatable=True) == 1
        else:
            with pytest.raises(DBAPIError):
                transact(work)
    assert len(tries) == (2 if repeatable else 1)
    assert counted(app) == (1 if repeatable else 0)


@pytest.mark.engine("postgresql")
def test_a_deadlock_is_tried_again(app: Flask) -> None:
    tries: list[str] = []

    def work() -> str:
        take("tries")
        tries.append("once")
        if len(tries) == 1:
            session().execute(text("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$"))
        return "done"

    with app.app_context():
        assert transact(work) == "done"
    assert len(tries) == 2
    assert counted(app) == 1


def test_a_refusal_leaves_nothing_and_one_that_keeps_leaves_its_count(app: Flask) -> None:
    def refuse(*, keeps: bool) -> None:
        take("tries")
        refusal = conflict("no", "no")
        refusal.keeps = keeps
        raise refusal

    with app.app_context():
        for keeps in (False, True, False):
            with pytest.raises(Refusal):
                transact(partial(refuse, keeps=keeps))
    assert counted(app) == 1


def test_inner_work_joins_and_falls_with_the_outer(app: Flask) -> None:
    def outer() -> None:
        transact(lambda: take("tries"))
        raise RuntimeError("the outer work fails")

    with app.app_context(), pytest.raises(RuntimeError):
        transact(outer)
    assert counted(app) == 0


@pytest.mark.engine("postgresql")
def test_a_connection_lost_while_reading_costs_the_operation_nothing(app: Flask) -> None:
    with app.app_context():
        cut(app, line())  # the session goes on holding it
        assert transact(lambda: take("tries")) == 1
    assert counted(app) == 1


@pytest.mark.engine("postgresql")
def test_a_refusal_stays_a_refusal_when_the_connection_is_lost(app: Flask) -> None:
    def work() -> None:
        take("tries")
        cut(app, line())
        raise conflict("no", "不行。")

    with app.app_context():
        with pytest.raises(Refusal) as refused:
            transact(work)
        assert refused.value.code == "no"
        assert transact(lambda: take("tries")) == 1


@pytest.mark.engine("postgresql")
def test_a_server_that_is_not_up_yet_is_waited_for(app: Flask) -> None:
    address = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    name = address.database

    def door(change: str) -> None:
        with postgres.connect(Path(str(address.query["host"]))) as connection:
            connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {change}")

    with app.app_context():
        number = line()
        db.session.rollback()
        cut(app, number)
        door("false")
        opening = Timer(0.15, door, ["true"])
        opening.start()
        assert transact(lambda: take("tries")) == 1
        opening.join()


@pytest.mark.engine("postgresql")
def test_what_only_reads_is_asked_again_on_another_connection(app: Flask) -> None:
    @query("organizations.read")
    def read(_actor: Actor) -> int:
        return int(session().scalar(text("SELECT 7")) or 0)

    with app.app_context():
        cut(app, line())
        assert read(system("test")) == 7


@pytest.mark.engine("postgresql")
def test_lost_races_are_counted_apart_from_other_tries(app: Flask) -> None:
    tries: list[str] = []

    def work() -> int:
        tries.append("once")
        if len(tries) < 3:
            session().execute(text("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$"))
        if len(tries) == 3:
            session().execute(text("DO $$ BEGIN RAISE unique_violation; END $$"))
        return take("tries")

    with app.app_context():
        assert transact(work) == 1
    assert len(tries) == 4
