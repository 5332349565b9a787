"""The bank test: the server is killed again and again, and nothing is lost, doubled or made up."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event
from typing import Any

import pytest

from tests.bank.books import Recorded, agree, none_or_once
from tests.bank.clients import Client, Line
from tests.bank.served import PATIENCE_SECONDS, Served
from tests.cast import Bank

PLENTY = 1_000
"""Goods with so many pieces do not run out here."""


def test_killed_twice(bank: Bank, served: Served) -> None:
    live_through(bank, served, clients=4, kills=2, seconds=1.0)


@pytest.mark.long
def test_killed_every_three_seconds_for_thirty(
    bank: Bank, served: Served, engine_name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    counts = live_through(bank, served, clients=8, kills=10, seconds=3.0)
    with capfd.disabled():
        told = ", ".join(f"{name} {count}" for name, count in counts.items())
        print(f"\nThe bank test on {engine_name}: {told}")


def live_through(
    bank: Bank, served: Served, *, clients: int, kills: int, seconds: float
) -> dict[str, int]:
    """Let clients work while the server is killed after every so many `seconds` of serving; then
    hold what they were told against what the bank has. Return the counts."""
    before = Recorded(bank)
    crowd = [_client(bank, served, place) for place in range(clients)]
    stop = Event()
    with ThreadPoolExecutor(clients) as threads:
        working = [threads.submit(client.work, stop) for client in crowd]
        try:
            for _kill in range(kills):
                served.start()
                _serve(crowd, seconds)
                served.kill()
            served.start()
        finally:
            stop.set()
        for done in working:
            done.result()

        still_open = [request for client in crowd for request in client.open]
        none_or_once(bank, crowd, still_open)
        list(threads.map(Client.settle, crowd))
        voids = _voided(crowd)
        repeated = sum(threads.map(Client.ask_again, crowd))
        found = sum(threads.map(lambda client: client.find_again(voids), crowd))
    for client in crowd:
        client.line.close()
    agree(bank, before, crowd)
    said = served.said()
    assert "Traceback" not in said, said
    assert '"level":"error"' not in said, said

    unanswered = [request for client in crowd for request in client.unanswered]
    assert unanswered, "every kill missed: this run proved nothing"
    kinds = Counter(request.kind for client in crowd for request, _told in client.acknowledged)
    return {
        "kills": kills,
        **{f"{kind}s": count for kind, count in sorted(kinds.items())},
        "refused": sum(client.refused for client in crowd),
        "unanswered": len(unanswered),
        "of them left open to the end": len(still_open),
        "retries answered": sum(client.retries for client in crowd),
        "answers repeated alike": repeated,
        "found by key": found,
    }


def _client(bank: Bank, served: Served, place: int) -> Client:
    goods = bank.as_("admin").get("/goods").json["items"]
    plenty = sorted(item["id"] for item in goods if item["stock"] >= PLENTY)
    line = Line(served.port, bank.tokens)
    return Client(f"client-{place}", line, bank.members, plenty, bank.rice, Random(place))


def _serve(crowd: list[Client], seconds: float) -> None:
    """Let the server serve for so long, and until somebody was acknowledged since it started."""
    told = sum(len(client.acknowledged) for client in crowd)
    start = time.monotonic()
    while time.monotonic() < start + seconds or (
        sum(len(client.acknowledged) for client in crowd) == told
    ):
        assert time.monotonic() < start + PATIENCE_SECONDS, "nobody was acknowledged"
        time.sleep(0.01)


def _voided(crowd: list[Client]) -> dict[str, Any]:
    """The last word on every redemption that was voided, by its id."""
    return {
        told.json["id"]: told.json
        for client in crowd
        for request, told in client.acknowledged
        if request.kind == "void"
    }
