"""Limits hold across the processes of one server, for they are counted in the database."""

from __future__ import annotations

import http.client
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from moralbank.people.sign_in import MAX_FAILURES_PER_NAME
from tests.bank.served import HOST, PATIENCE_SECONDS, Served
from tests.cast import Bank
from tests.databases import close_connections

AT_ONCE = 6


def test_wrong_passwords_are_counted_over_all_processes(
    bank: Bank, database_uri: str, tmp_path: Path
) -> None:
    """Each on a line of its own, so that both processes get some; at most as many more are let
    through as are under way when the last one is counted."""
    close_connections(bank.app)
    body = json.dumps({"username": "worker", "password": "wrong horse"})

    def sign_in(_number: int, port: int) -> int:
        connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE_SECONDS)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", "/api/v1/tokens", body, headers)
            return connection.getresponse().status
        finally:
            connection.close()

    settings = {"MORALBANK_RATELIMIT_ENABLED": "true"}
    with Served(database_uri, tmp_path / "server.log", settings=settings) as served:
        served.start()
        with ThreadPoolExecutor(AT_ONCE) as threads:
            tries = [threads.submit(sign_in, number, served.port) for number in range(40)]
            found = Counter(tried.result() for tried in tries)
        assert found.keys() == {401, 429}
        assert MAX_FAILURES_PER_NAME <= found[401] < MAX_FAILURES_PER_NAME + AT_ONCE
        assert {sign_in(number, served.port) for number in range(12)} == {429}
