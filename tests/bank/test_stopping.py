"""A server that is told to stop answers whoever it let in; with a socket that stays, everybody."""

from __future__ import annotations

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from moralbank import ledger
from moralbank.core.db import db
from tests.bank.books import column
from tests.bank.clients import Line, Request, Told
from tests.bank.served import HOST, PATIENCE_SECONDS, Served
from tests.bank.waiting import shelves_held, wait_until_one_waits
from tests.cast import Bank
from tests.databases import close_connections

SLOW = 12
"""So many requests are under way; the server has sixteen threads."""


def test_every_request_under_way_is_answered(bank: Bank, served: Served) -> None:
    served.start()

    def buy(place: int) -> Told | None:
        line = Line(served.port, bank.tokens)
        body = {"code": bank.li.code, "lines": [{"goods_id": bank.soap, "quantity": 1}]}
        told = line.send(Request("redemption", "till", "/redemptions", body, f"slow-{place}"))
        line.close()
        return told

    with ThreadPoolExecutor(SLOW + 1) as threads, bank.inside():
        with shelves_held(db.engine):
            slow = [threads.submit(buy, place) for place in range(SLOW)]
            wait_until_one_waits(db.engine)
            time.sleep(1)  # the others have been let in by now
            stopping = threads.submit(served.stop)
            time.sleep(0.5)
            assert not any(request.done() for request in slow)
            assert not stopping.done()
        stopping.result()
        told = [request.result() for request in slow]
    close_connections(bank.app)
    assert [answer and answer.status for answer in told] == [201] * SLOW
    there = column(bank, "SELECT idempotency_key FROM redemptions")
    assert {key for key in there if key.startswith("slow-")} == {
        f"slow-{place}" for place in range(SLOW)
    }
    with bank.inside():
        assert ledger.verify().faults == []
    assert '"level":"error"' not in served.said()


def test_with_a_socket_that_stays_a_restart_loses_no_request(
    bank: Bank, database_uri: str, tmp_path: Path
) -> None:
    close_connections(bank.app)
    stop = Event()
    with Served(database_uri, tmp_path / "server.log", activated=True) as server:

        def ask() -> list[int]:
            """Ask again and again, each time on a connection of its own, as a proxy does."""
            answers = []
            while not stop.is_set():
                line = http.client.HTTPConnection(HOST, server.port, timeout=PATIENCE_SECONDS)
                line.request("GET", "/readyz")
                answer = line.getresponse()
                assert json.loads(answer.read()) == {"status": "ready"}
                answers.append(answer.status)
                line.close()
            return answers

        server.start()
        with ThreadPoolExecutor(4) as threads:
            asking = [threads.submit(ask) for _ in range(4)]
            try:
                for _restart in range(2):
                    time.sleep(0.5)
                    server.stop()
                    server.start()
            finally:
                time.sleep(0.5)
                stop.set()
            for done in asking:
                assert set(done.result()) == {200}
