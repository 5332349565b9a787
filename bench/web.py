"""F: a whole redemption over HTTP, against a bare Flask under the same server and load."""

import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

from bench.clients import PROCESSES, THREADS, Crew, Task, alternate, cpu_each, middle, milliseconds
from bench.databases import POINTS, SECRET_KEY, Places, app_on, posting
from bench.profiles import profile_calls
from bench.report import Finding, Options
from moralbank import ledger
from moralbank.core.actor import system
from moralbank.core.transaction import transact
from moralbank.market import terminals
from moralbank.market.shelf import goods
from moralbank.organizations import operations as organizations
from moralbank.organizations.models import Level
from moralbank.people import cards, volunteers

CARDS = 1000
SHOPS = 4
GOODS = 5
PIN = "2468"
CONFIG = Path(__file__).parents[1] / "gunicorn.conf.py"
START_SECONDS = 30


@dataclass(frozen=True)
class Shop:
    """A supermarket: its tills' tokens, its goods."""

    tills: list[str]
    goods: list[str]


def _open_district(uri: str) -> tuple[list[str], list[Shop]]:
    """Open a district as its staff would; return its cards' codes and its shops."""
    with app_on(uri).app_context():
        return transact(_populate)


def _populate() -> tuple[list[str], list[Shop]]:
    actor = system("bench")

    def place(name: str, level: Level, parent_id: str | None) -> str:
        return organizations.create(actor, name=name, level=level, parent_id=parent_id).id

    district = place("新安区", "district", None)
    street = place("长河街道", "street", district)
    community = place("梧桐社区", "community", street)
    station = place("梧桐代办站", "station", community)
    codes, purses = [], []
    for number in range(CARDS):
        opened = volunteers.open_account(
            actor,
            name="李秋兰",
            phone=f"139{number:08}",
            community_id=community,
            station_id=station,
            publish_consent=True,
        )
        codes.append(cards.issue(actor, opened.id, pin=PIN).code)
        purses.append(volunteers.wallet_of(opened.id))
    ledger.post_many(
        [posting(f"opening:{purse}", ledger.ISSUANCE, purse, POINTS, "opening") for purse in purses]
    )
    shops = []
    for number in range(SHOPS):
        shop = place(f"爱心超市{number}", "supermarket", community)
        shelf = [
            goods.create(
                actor, supermarket_id=shop, sku=f"G-{item}", name="肥皂", unit="块", price=50,
                stock=10_000_000, limit_per_person=1_000_000,
            ).id
            for item in range(GOODS)
        ]  # fmt: skip
        tills = [
            terminals.create(actor, supermarket_id=shop, name=f"till {till}").token
            for till in range(2)
        ]
        shops.append(Shop([token for token in tills if token], shelf))
    return codes, shops


def _body(codes: list[str], shop: Shop, chance: random.Random) -> dict[str, object]:
    line = {"goods_id": chance.choice(shop.goods), "quantity": 1}
    return {"code": chance.choice(codes), "pin": PIN, "lines": [line]}


@dataclass(frozen=True)
class Ask:
    """One request after another on one connection; without shops, the bare hello."""

    port: int
    codes: list[str]
    shops: list[Shop]

    @contextmanager
    def client(self, number: int) -> Iterator[Callable[[], object]]:
        """Stand at one till."""
        chance = random.Random(number)
        host = f"Host: 127.0.0.1:{self.port}\r\n"
        with closing(socket.create_connection(("127.0.0.1", self.port))) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

            def say_hello() -> object:
                return answer(connection, f"GET / HTTP/1.1\r\n{host}\r\n".encode(), b"200")

            if not self.shops:
                yield say_hello
                return
            shop = self.shops[number % len(self.shops)]
            token = shop.tills[number // len(self.shops) % len(shop.tills)]

            def redeem() -> object:
                body = json.dumps(_body(self.codes, shop, chance)).encode()
                head = (
                    f"POST /api/v1/redemptions HTTP/1.1\r\n{host}Authorization: Bearer {token}\r\n"
                    f"Idempotency-Key: {uuid4()}\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n"
                )
                return answer(connection, head.encode() + body, b"201")

            yield redeem


def answer(connection: socket.socket, request: bytes, status: bytes) -> bytes:
    """Send a request, return the answer's body; raises RuntimeError for another status."""
    connection.sendall(request)
    got = b""
    while b"\r\n\r\n" not in got:
        got += _more(connection)
    head, _, body = got.partition(b"\r\n\r\n")
    words = head.lower().partition(b"content-length:")[2]
    length = int(words.partition(b"\r\n")[0])
    while len(body) < length:
        body += _more(connection)
    if head.split(b" ", 2)[1] != status:
        raise RuntimeError((head + b"\n" + body).decode())
    return body


def _more(connection: socket.socket) -> bytes:
    some = connection.recv(65536)
    if not some:
        raise RuntimeError("the server hung up")
    return some


@contextmanager
def served(application: str, environment: dict[str, str]) -> Iterator[int]:
    """Serve an application with the project's gunicorn settings, on a free port."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", CONFIG, "-b", f"127.0.0.1:{port}", application],
        env=os.environ | {"MORALBANK_SECRET_KEY": SECRET_KEY, "WEB_CONCURRENCY": "2"} | environment,
        stderr=subprocess.DEVNULL,  # the log is written as in production, and read by nobody
    )  # fmt: skip
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("gunicorn did not start")


def measure(places: Places, options: Options) -> Iterator[Finding]:
    """F: card, PIN, limit, stock, points and receipt, 8 clients that keep their connections."""
    uri = places.bank("postgresql")
    codes, shops = _open_district(uri)
    places.settle(uri)
    with ExitStack() as stack:
        bank = stack.enter_context(served("wsgi:app", {"MORALBANK_SQLALCHEMY_DATABASE_URI": uri}))
        bare = stack.enter_context(served("bench.hello:app", {}))
        turns = {}
        tasks: dict[str, Task] = {"F": Ask(bank, codes, shops), "hello": Ask(bare, [], [])}
        for name, task in tasks.items():
            turns[name] = partial(stack.enter_context(Crew(task)).round, options.seconds)
        done = alternate(turns, options.rounds)
    hello = middle(done["hello"])
    found = Finding.ratio(
        "F", f"a redemption over HTTP, {PROCESSES * THREADS} clients, gunicorn gthread, 2 workers",
        done["F"], hello, "a bare Flask hello", at_least=0.2, unit="redemptions/s",
    )  # fmt: skip
    found.more["the bare hello, requests/s"] = hello
    found.more["the clients' own CPU for a redemption, ms"] = cpu_each(done["F"])
    if not found.met:
        found.profile = _profile(uri, codes, shops)
    yield found
    middling, worst = milliseconds(done["F"], 50), milliseconds(done["F"], 99)
    yield Finding(
        "F", "its slowest hundredth", worst / middling,
        f"p99 {worst:.1f} ms = {worst / middling:.1f} × p50 {middling:.1f} ms",
        "p99 under 10 × p50", worst < 10 * middling,
        [one.percentile(99) * 1000 for one in done["F"]], "ms",
    )  # fmt: skip


def _profile(uri: str, codes: list[str], shops: list[Shop]) -> str:
    """Profile one client alone, inside the application, without a server around it."""
    chance, client = random.Random(0), app_on(uri).test_client()
    headers = {"Authorization": f"Bearer {shops[0].tills[0]}"}

    def redeem() -> object:
        answer = client.post(
            "/api/v1/redemptions",
            json=_body(codes, shops[0], chance),
            headers=headers | {"Idempotency-Key": str(uuid4())},
        )
        assert answer.status_code == 201, answer.text
        return answer

    return profile_calls(redeem)
