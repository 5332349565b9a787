"""Figures of a server with several processes: they add up, also after one of them died."""

from __future__ import annotations

import http.client
import json
import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import IntegrityError, OperationalError

from moralbank.core.actor import system
from moralbank.core.transaction import transact
from moralbank.upkeep import scheduled
from tests.bank.served import HOST, PATIENCE_SECONDS, Served
from tests.cast import Bank
from tests.databases import close_connections

TOKEN = "a token for the figures alone"
Figures = dict[tuple[str, frozenset[str]], float]


def asked(server: Served, path: str, token: str | None = None) -> tuple[int, str]:
    """Ask on a connection of its own, so that any process may answer."""
    line = http.client.HTTPConnection(HOST, server.port, timeout=PATIENCE_SECONDS)
    line.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
    answer = line.getresponse()
    text = answer.read().decode()
    line.close()
    return answer.status, text


def read(text: str) -> Figures:
    """Every figure by its name and the values of its labels."""
    return {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def figures(server: Served) -> Figures:
    """The server's figures."""
    status, text = asked(server, "/metrics", TOKEN)
    assert status == 200
    return read(text)


def count(found: Figures, route: str, status: int = 200) -> float:
    """How many requests of a route were answered."""
    return found.get(("moralbank_requests_total", frozenset({"GET", route, str(status)})), 0)


def counted(server: Served, route: str, wanted: int, status: int = 200) -> Figures:
    """The figures when so many requests of a route are counted, which is after each of them was
    answered; none is counted twice."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (many := count(found := figures(server), route, status)) < wanted:
        assert time.monotonic() < deadline, f"{many} requests of {route} are counted, not {wanted}"
        time.sleep(0.05)
    assert many == wanted
    return found


def processes(server: Served, route: str) -> set[int]:
    """Which processes answered requests of a route, as the log has it."""
    lines = [json.loads(line) for line in server.said().splitlines()]
    return {line["process"] for line in lines if line.get("route") == route}


def test_figures_of_several_processes_add_up(bank: Bank, database_uri: str, tmp_path: Path) -> None:
    with bank.inside():
        list(scheduled.run(system("test"), {"ledger verify": scheduled.NIGHTLY["ledger verify"]}))
    close_connections(bank.app)
    settings = {"MORALBANK_METRICS_TOKEN": TOKEN}
    with Served(database_uri, tmp_path / "server.log", settings=settings) as server:
        server.start()
        sent = 0
        deadline = time.monotonic() + PATIENCE_SECONDS
        while sent < 40 or len(processes(server, "/readyz")) < 2:
            assert asked(server, "/readyz")[0] == 200
            sent += 1
            assert time.monotonic() < deadline, "one process answers everything"
        assert asked(server, "/rate/a-secret-of-hers")[0] == 404
        counted(server, "/rate/<token>", 1, status=404)
        found = counted(server, "/readyz", sent)
        assert found["moralbank_request_seconds_count", frozenset({"/readyz"})] == sent
        assert found["moralbank_ledger_sound", frozenset()] == 1
        job = "moralbank_job_last_success_timestamp_seconds", frozenset({"ledger verify"})
        assert found[job] > 0

        [victim, *_others] = processes(server, "/readyz")
        os.kill(victim, signal.SIGKILL)
        for _ in range(10):
            while True:  # a request that the victim had let in is lost with it
                try:
                    assert asked(server, "/healthz")[0] == 200
                except (OSError, http.client.HTTPException):
                    continue
                break
        counted(server, "/readyz", sent)
        assert "a-secret-of-hers" not in asked(server, "/metrics", TOKEN)[1]
        server.stop()


@pytest.mark.engine("sqlite")
def test_figures_are_for_whoever_brings_the_token(bank: Bank) -> None:
    client = bank.app.test_client()
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert client.get("/metrics", headers=right).status_code == 404  # none is set
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    bank.app.config["METRICS_TOKEN"] = TOKEN
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    admin = {"Authorization": f"Bearer {bank.tokens['admin']}"}
    assert client.get("/metrics", headers=admin).status_code == 404
    got = client.get("/metrics", headers=right)
    assert (got.status_code, got.mimetype) == (200, "text/plain")


@pytest.mark.engine("sqlite")
def test_retries_and_what_the_last_check_found_are_told(bank: Bank) -> None:
    bank.app.config["METRICS_TOKEN"] = TOKEN

    def told() -> Figures:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return read(bank.app.test_client().get("/metrics", headers=headers).text)

    def fail(_actor: object) -> str:
        raise scheduled.NotSound("1 row at fault")

    before = told()
    tries = [
        IntegrityError("", {}, ValueError()),
        OperationalError("", {}, sqlite3.OperationalError("database is locked")),
    ]

    def lose() -> str:
        if tries:
            raise tries.pop()
        return "done"

    with bank.inside():
        assert transact(lose) == "done"
        list(scheduled.run(system("test"), {"ledger verify": fail}))
    after = told()
    for why in ("race", "database"):
        name = "moralbank_transaction_retries_total", frozenset({why})
        assert after[name] == before.get(name, 0) + 1
    assert after["moralbank_ledger_sound", frozenset()] == 0
