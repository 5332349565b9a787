"""`flask scheduled …`: what is due is done once, by however many at once, whatever fails."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.core.db import db, session
from moralbank.core.transaction import transact
from moralbank.rulebook.operations import publish
from moralbank.upkeep import scheduled
from scripts.environment import ROOT
from tests import noon
from tests.cast import Bank
from tests.core.examples import done_event, repeated_event, reserved
from tests.databases import SECRET_KEY, Databases, close_connections, make_app

LATER = timedelta(days=400)
"""By then everything that the bank below has is over."""
EXPIRY = {"rule": "months", "months": 1}


@pytest.fixture
def busy(bank: Bank) -> Bank:
    """A bank in which something is due, in 400 days, for each of the jobs."""
    reserved(bank)
    for _ in range(3):
        done_event(bank)
    repeated_event(bank)
    supervisor = bank.as_("supervisor")
    with bank.inside():
        period, today = str(clock.today().year), clock.today()
        held = ledger.Posting(
            key="held", kind="donation", asset="points", payer=f"volunteer:{bank.li.id}",
            payee=f"volunteer:{bank.zhao.id}", amount=100, effective_at=clock.now(),
            source_type="test", source_id="1",
        )  # fmt: skip
        transact(lambda: ledger.hold(held, until=clock.now() + timedelta(hours=1)))
        document = bank.as_("admin").get("/rulebooks/1").json["document"]
        publish(system("test"), effective_from=today, document=document | {"expiry": EXPIRY})
    asked = {"kind": "points", "organization_id": bank.street_id, "period": period}
    notice = supervisor.post("/notices", asked).json["id"]
    posted = supervisor.post(f"/notices/{notice}/posting", {"objection_days": 5})
    assert posted.status_code == 200, posted.text
    return bank


def start(uri: str, *words: str) -> subprocess.Popen[str]:
    """Begin a command in a process of its own, in 400 days."""
    shift = float(os.environ[noon.VARIABLE]) + LATER.total_seconds()
    environment = os.environ | {
        noon.VARIABLE: str(shift),
        "MORALBANK_SECRET_KEY": SECRET_KEY,
        "MORALBANK_SQLALCHEMY_DATABASE_URI": uri,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "tests.bank.wsgi:app", *words],
        cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> list[str]:
    """Wait for a command that must succeed; return the lines that it printed."""
    printed, errors = process.communicate(timeout=300)
    assert process.returncode == 0, printed + errors
    return printed.splitlines()


def state(bank: Bank) -> dict[str, Any]:
    """The book's balances, how many rows there are, and where things stand."""
    told: dict[str, Any] = {}
    with bank.inside(), db.engine.connect() as connection:
        for what in (
            "SELECT holder, asset, balance, held, version FROM accounts ORDER BY holder, asset",
            "SELECT kind, payer_id, payee_id, amount FROM transfers ORDER BY kind, 2, 3, 4",
            "SELECT state, count(*) FROM holds GROUP BY state ORDER BY state",
            *(
                f"SELECT status, count(*) FROM {table} GROUP BY status ORDER BY status"
                for table in ("service_events", "reservations", "notices", "flags")
            ),
            "SELECT action, count(*) FROM audit_entries GROUP BY action ORDER BY action",
            "SELECT count(*) FROM event_changes",
            "SELECT count(*) FROM rollups",
        ):
            told[what] = [tuple(row) for row in connection.execute(text(what))]
        assert ledger.verify().faults == []
        session().rollback()
    close_connections(bank.app)
    return told


def test_two_at_once_do_what_one_does(
    busy: Bank, database_uri: str, databases: Databases, engine_name: str, tmp_path: Path
) -> None:
    before = state(busy)
    runner = busy.app.test_cli_runner()
    assert runner.invoke(args=["backup", str(tmp_path / "twin")]).exit_code == 0
    close_connections(busy.app)
    pair = [start(database_uri, "scheduled", "nightly") for _ in range(2)]
    said = [ended(process) for process in pair]
    by_two = state(busy)
    with databases.fresh(engine_name) as uri:
        busy.app = make_app(uri)
        restored = busy.app.test_cli_runner().invoke(args=["restore", str(tmp_path / "twin")])
        assert restored.exit_code == 0, restored.output
        close_connections(busy.app)
        alone = ended(start(uri, "scheduled", "nightly"))
        by_one = state(busy)
        again = ended(start(uri, "scheduled", "nightly"))
        assert state(busy) == by_one
    for told in (by_two, by_one):  # one was backed up, the other restored
        trail = "SELECT action, count(*) FROM audit_entries GROUP BY action ORDER BY action"
        told[trail] = [row for row in told[trail] if not row[0].startswith("bank.")]
    assert by_two == by_one
    assert before != by_one
    assert [line.partition(":")[0] for line in alone] == list(scheduled.NIGHTLY)
    assert [[line.partition(":")[0] for line in lines] for lines in said] == [
        list(scheduled.NIGHTLY), list(scheduled.NIGHTLY),
    ]  # fmt: skip
    assert alone[:2] == ["reservations lapse: 1 ended", "ledger time-out: 1 holds let go"]
    assert alone[2] == "notices close: 1 closed"
    assert alone[3] == "points expire: 220 points of 2 wallets"
    assert again[:4] == [
        "reservations lapse: 0 ended", "ledger time-out: 0 holds let go",
        "notices close: 0 closed", "points expire: 0 points of 0 wallets",
    ]  # fmt: skip
    assert alone[-2].startswith("ledger verify: sound")


def test_often_is_a_part_of_the_night(bank: Bank) -> None:
    result = bank.app.test_cli_runner().invoke(args=["scheduled", "often"])
    assert result.exit_code == 0, result.output
    assert [line.partition(":")[0] for line in result.stdout.splitlines()] == list(scheduled.OFTEN)
    assert scheduled.OFTEN.keys() <= scheduled.NIGHTLY.keys()


def test_what_fails_stops_no_other_job(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_actor: object) -> str:
        session().execute(text("SELECT 1"))
        raise ValueError("张三 13912345678")

    monkeypatch.setitem(scheduled.NIGHTLY, "notices close", fail)
    with bank.inside():
        engine = db.engine.execution_options(moralbank_writes=True)
        with engine.begin() as connection:
            connection.execute(text("UPDATE accounts SET balance = balance + 1 WHERE wallet"))
    result = bank.app.test_cli_runner().invoke(args=["scheduled", "nightly"])
    assert result.exit_code == 1
    lines = dict(line.split(": ", 1) for line in result.stdout.splitlines())
    assert list(lines) == list(scheduled.NIGHTLY)
    assert lines["notices close"] == "FAILED, ValueError"
    assert lines["ledger verify"].startswith("FAILED, ")
    assert "see flask ledger verify" in lines["ledger verify"]
    assert lines["notices verify"] == "sound"
    assert "builtins.ValueError" in result.stderr
    assert "139" not in result.output
    with bank.inside():
        rows = session().execute(
            text("SELECT name FROM jobs WHERE succeeded_at IS NULL ORDER BY name")
        )
        assert [name for (name,) in rows] == ["ledger verify", "notices close"]
