"""A backup taken while clients redeem, give and take back is one moment of the bank."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import Event

from moralbank import ledger
from scripts.environment import ROOT
from tests.bank.books import column
from tests.bank.clients import Client, Line
from tests.bank.served import PATIENCE_SECONDS, Served
from tests.cast import Bank
from tests.databases import Databases, close_connections, make_app


def test_a_backup_under_load_restores_to_one_moment(
    bank: Bank, served: Served, databases: Databases, engine_name: str, tmp_path: Path
) -> None:
    goods = [bank.soap]
    crowd = [
        Client(f"client-{place}", Line(served.port, bank.tokens), bank.members, goods, bank.rice,
               Random(place))
        for place in range(4)
    ]  # fmt: skip
    served.start()
    stop = Event()
    file = tmp_path / "bank.backup"
    with ThreadPoolExecutor(len(crowd)) as threads:
        working = [threads.submit(client.work, stop) for client in crowd]
        try:
            before = acknowledged_after(crowd, 20)
            made = subprocess.run(
                [sys.executable, "-m", "flask", "backup", str(file)],
                cwd=ROOT, env=served.environment(), capture_output=True, text=True,
                timeout=PATIENCE_SECONDS,
            )  # fmt: skip
            meanwhile = redemptions(crowd)
            acknowledged_after(crowd, 20)
        finally:
            stop.set()
        for done in working:
            done.result()
    assert made.returncode == 0, made.stderr
    served.kill()
    for client in crowd:
        client.line.close()
    assert before < meanwhile, "nobody bought anything while the backup was made"

    everything = set(column(bank, "SELECT idempotency_key FROM redemptions"))
    with databases.fresh(engine_name) as uri:
        bank.app = make_app(uri)
        back = bank.app.test_cli_runner().invoke(args=["restore", str(file)])
        assert back.exit_code == 0, back.output
        assert "the same totals" in back.output
        there = set(column(bank, "SELECT idempotency_key FROM redemptions"))
        assert before <= there < everything
        with bank.inside():
            assert ledger.trial_balance().balanced
            assert ledger.verify().faults == []
        close_connections(bank.app)


def redemptions(crowd: list[Client]) -> set[str]:
    """The keys of all redemptions that were acknowledged so far."""
    return {
        request.key
        for client in crowd
        for request, _told in list(client.acknowledged)
        if request.kind == "redemption"
    }


def acknowledged_after(crowd: list[Client], many: int) -> set[str]:
    """Wait until so many more redemptions are acknowledged; return the keys of all."""
    wanted, deadline = len(redemptions(crowd)) + many, time.monotonic() + PATIENCE_SECONDS
    while len(keys := redemptions(crowd)) < wanted:
        assert time.monotonic() < deadline, "the clients do not get on"
        time.sleep(0.01)
    return keys
