"""The counter in a real browser while the server that it asks is killed, and started again."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from moralbank import ledger
from moralbank.core.db import db
from tests.bank.served import HOST, Served
from tests.bank.waiting import shelves_held, wait_until_one_waits
from tests.browser.conftest import windows
from tests.browser.test_counter import choose, enrol, redemptions
from tests.cast import Bank
from tests.databases import close_connections


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
