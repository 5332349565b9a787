"""A server killed within a transaction leaves nothing of it, and its key is free at once."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine, text

from moralbank import ledger
from moralbank.core.db import db
from tests.bank.books import column
from tests.bank.clients import Line, Request, Told
from tests.bank.served import PATIENCE_SECONDS, Served
from tests.cast import Bank
from tests.databases import WAITING_FOR_A_LOCK


def test_a_killed_server_leaves_no_key_in_progress(
    bank: Bank, served: Served, engine_name: str
) -> None:
    served.start()
    line = Line(served.port, bank.tokens)
    body = {"code": bank.li.code, "lines": [{"goods_id": bank.soap, "quantity": 1}]}

    def buy_until_unanswered() -> tuple[Request, int]:
        done = 0
        while True:
            request = Request("redemption", "till", "/redemptions", body, f"sale-{done}")
            told = line.send(request)
            if told is None:
                return request, done
            assert told.status == 201, told
            done += 1

    stock = bank.stock(bank.soap)
    kill_amid = {"sqlite": kill_amid_writing, "postgresql": kill_amid_waiting}[engine_name]
    with ThreadPoolExecutor(1) as thread, bank.inside():
        working = thread.submit(buy_until_unanswered)
        try:
            kill_amid(db.engine, served, working.done)
        finally:
            served.kill()
    request, done = working.result()

    served.start()
    told = line.surely(line.send, request)
    assert told.status == 201, told
    assert line.surely(line.find, request) == [told.json]
    assert line.surely(line.send, request) == Told(201, told.json, replayed=True)
    assert bank.stock(bank.soap) == stock - done - 1
    assert column(bank, "SELECT idempotency_key FROM redemptions")[request.key] == 1
    with bank.inside():
        assert ledger.verify().faults == []
    line.close()


def kill_amid_waiting(engine: Engine, served: Served, over: Callable[[], bool]) -> None:
    """Kill the server while a request's transaction waits, its key inserted, for a shelf that is
    locked here."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with engine.connect() as lock, engine.connect() as look:
        lock.execute(text("SELECT id FROM goods FOR UPDATE"))
        while not look.scalar(text(WAITING_FOR_A_LOCK)):
            look.rollback()
            assert not over()
            assert time.monotonic() < deadline, "no request came to wait"
            time.sleep(0.005)
        served.kill()


def kill_amid_writing(engine: Engine, served: Served, over: Callable[[], bool]) -> None:
    """Kill the server while it is frozen with the database locked, that is within a transaction."""
    assert engine.url.database is not None
    deadline = time.monotonic() + PATIENCE_SECONDS
    path = engine.url.database
    with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as look:
        while True:
            assert not over()
            assert time.monotonic() < deadline, "the database was never caught locked"
            if _locked(look):
                served.freeze()
                time.sleep(0.05)  # a signal takes a moment; nothing rests on how long
                if _locked(look):
                    served.kill()
                    return
                served.thaw()
            time.sleep(0.001)


def _locked(look: sqlite3.Connection) -> bool:
    try:
        look.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        return True
    look.execute("ROLLBACK")
    return False
