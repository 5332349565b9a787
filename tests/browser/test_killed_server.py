"""The counter in a real browser while the server that it asks is killed, and started again."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, expect
from sqlalchemy import Engine, text

from moralbank import ledger
from moralbank.core.db import db
from tests.bank.served import HOST, PATIENCE_SECONDS, Served
from tests.browser.conftest import windows
from tests.browser.test_counter import choose, enrol, redemptions
from tests.cast import Bank
from tests.databases import WAITING_FOR_A_LOCK, close_connections


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


def test_a_server_killed_amid_a_redemption_does_it_once_when_it_is_back(
    browser: Browser, bank: Bank, database_uri: str, tmp_path: Path
) -> None:
    close_connections(bank.app)
    with (
        Served(database_uri, tmp_path / "server.log") as server,
        windows(browser, f"http://{HOST}:{server.port}") as window,
    ):
        server.start()
        page = window()
        enrol(page, bank)
        choose(page, bank)
        with bank.inside():
            with shelves_held(db.engine):
                with page.expect_request("**/terminal/redemptions"):
                    page.get_by_role("button", name="确认兑换").click(no_wait_after=True)
                wait_until_one_waits(db.engine)
                server.kill()
            close_connections(bank.app)
        expect(page.get_by_role("heading", name="这一笔还不知道成没成")).to_be_visible()
        expect(page.get_by_text("网络不通，还在问。")).to_be_visible()
        assert redemptions(bank) == 0
        close_connections(bank.app)
        server.start()
        expect(page.get_by_role("heading", name="兑换成功")).to_be_visible(timeout=30_000)
        assert (redemptions(bank), bank.points(bank.li)) == (1, "199.5")
        with bank.inside():
            assert ledger.verify().faults == []
