"""Clients of the bank that remember what they were told, and insist where they were told nothing.

A request that changes something is sent with an Idempotency-Key. When the connection ends before
a whole answer came, the client does not know whether it was done: it sends it again with the same
key, now or (a patient client) at the very end.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from threading import Event
from typing import Any, TypeVar

from tests.bank.served import HOST, PATIENCE_SECONDS
from tests.cast import Member

T = TypeVar("T")
REFUSALS = {"insufficient_points", "out_of_stock"}
"""What a right request may be refused for here."""


@dataclass(frozen=True)
class Request:
    """A request that changes something, kept whole so that it can be sent again."""

    kind: str
    who: str
    path: str
    body: dict[str, Any]
    key: str


@dataclass(frozen=True)
class Told:
    """What the bank answered."""

    status: int
    json: Any
    replayed: bool

    @property
    def done(self) -> bool:
        """Whether the request was acknowledged."""
        return self.status in (200, 201)

    @property
    def refusal(self) -> str:
        """The code of a refusal."""
        code: str = self.json["code"]
        return code


class Line:
    """A kept-alive connection, made anew when the server was killed."""

    def __init__(self, port: int, tokens: dict[str, str]) -> None:
        self._port, self._tokens = port, tokens
        self._connection: http.client.HTTPConnection | None = None

    def send(self, request: Request) -> Told | None:
        """Send a request; None when the connection ended before a whole answer came."""
        return self._ask("POST", request.path, request.who, request.body, request.key)

    def find(self, request: Request) -> list[Any] | None:
        """Ask what became of a redemption, by its key; None as above."""
        path = f"/redemptions?idempotency_key={request.key}"
        told = self._ask("GET", path, request.who, None, None)
        if told is None:
            return None
        assert told.status == 200, told
        items: list[Any] = told.json["items"]
        return items

    def surely(self, ask: Callable[[Request], T | None], request: Request) -> T:
        """Ask until there is an answer: a server that serves hangs up too, on whoever is idle."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (answer := ask(request)) is None:
            assert time.monotonic() < deadline, ("no answer", request)
        return answer

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, method: str, path: str, who: str, body: Any, key: str | None) -> Told | None:
        headers = {"Authorization": f"Bearer {self._tokens[who]}"}
        if key is not None:
            headers |= {"Idempotency-Key": key, "Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body).encode()
        connection = self._connected()
        try:
            connection.request(method, f"/api/v1{path}", sent, headers)
            response = connection.getresponse()
            text = response.read()
        except TimeoutError:
            raise AssertionError(f"no answer to {method} {path} in {PATIENCE_SECONDS} s") from None
        except (OSError, http.client.HTTPException):
            self.close()
            return None
        replayed = response.getheader("Idempotency-Replayed") == "true"
        return Told(response.status, json.loads(text), replayed)

    def _connected(self) -> http.client.HTTPConnection:
        """Wait until a server listens."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._connection is None:
            connection = http.client.HTTPConnection(HOST, self._port, timeout=PATIENCE_SECONDS)
            try:
                connection.connect()
                self._connection = connection
            except OSError:
                connection.close()
                assert time.monotonic() < deadline, "no server came back"
                time.sleep(0.02)
        return self._connection


@dataclass
class Client:
    """Makes requests one after another until it is stopped, and remembers each of them."""

    name: str
    line: Line
    members: dict[str, Member]
    goods: list[str]
    scarce: str
    random: Random
    acknowledged: list[tuple[Request, Told]] = field(default_factory=list)
    open: list[Request] = field(default_factory=list)
    unanswered: list[Request] = field(default_factory=list)
    refused: int = 0
    retries: int = 0
    _made: int = 0
    _to_void: list[str] = field(default_factory=list)

    def work(self, stop: Event) -> None:
        """Make requests until `stop`; half of the unanswered ones stay open."""
        while not stop.is_set():
            request = self._next()
            told = self.line.send(request)
            if told is not None:
                self._remember(request, told)
                continue
            self.unanswered.append(request)
            if self.random.random() < 0.5:
                self.open.append(request)
            else:
                self._insist(request)

    def settle(self) -> None:
        """Send what stayed open again, with the same keys, until all of it is answered."""
        while self.open:
            self._insist(self.open.pop(0))

    def ask_again(self) -> int:
        """Repeat every acknowledged request: the answer is the same one. Return how many."""
        for request, told in self.acknowledged:
            again = self.line.surely(self.line.send, request)
            assert again == Told(told.status, told.json, replayed=True), (request, told, again)
        return len(self.acknowledged)

    def find_again(self, voids: dict[str, Any]) -> int:
        """Compare what the bank finds by the keys of redemptions that were once unanswered with
        what the retry was told, or the void after it. Return how many."""
        answers = {request.key: told.json for request, told in self.acknowledged}
        redemptions = [request for request in self.unanswered if request.kind == "redemption"]
        for request in redemptions:
            answer = answers.get(request.key)
            expected = [] if answer is None else [voids.get(answer["id"], answer)]
            found = self.line.surely(self.line.find, request)
            assert found == expected, (request, answer, found)
        return len(redemptions)

    def _insist(self, request: Request) -> None:
        found: list[Any] = []
        if request.kind == "redemption":
            found = self.line.surely(self.line.find, request)
        told = self.line.surely(self.line.send, request)
        self.retries += 1
        if found:
            assert ([told.json], told.replayed) == (found, True), (request, found, told)
        self._remember(request, told)

    def _remember(self, request: Request, told: Told) -> None:
        if not told.done:
            assert told.status == 409, (request, told)
            assert told.refusal in REFUSALS, (request, told)
            self.refused += 1
            return
        self.acknowledged.append((request, told))
        if request.kind == "redemption":
            self._to_void.append(told.json["id"])

    def _next(self) -> Request:
        self._made += 1
        key = f"{self.name}-{self._made}"
        kinds = ["redemption", "adjustment", "donation", "void"]
        [kind] = self.random.choices(kinds, weights=[60, 15, 15, 10])
        if kind == "void" and not self._to_void:
            kind = "redemption"
        member = self.random.choice(sorted(self.members))
        if kind == "void":
            number = self._to_void.pop(self.random.randrange(len(self._to_void)))
            path = f"/redemptions/{number}/void"
            return Request(kind, "supervisor", path, {"reason": "拿错了"}, key)
        if kind == "adjustment":
            body = {
                "volunteer_id": self.members[member].id,
                "asset": "points",
                "amount": self.random.choice(["10", "7.5"]),
                "reason": "助人",
            }
            return Request(kind, "supervisor", "/adjustments", body, key)
        if kind == "donation":
            other = self.random.choice(sorted(self.members.keys() - {member}))
            body = {"to_volunteer_id": self.members[other].id, "points": "1.25"}
            return Request(kind, member, "/donations", body, key)
        return Request(kind, self._till(), "/redemptions", self._wish(member), key)

    def _till(self) -> str:
        return self.random.choice(["till", "second_till"])

    def _wish(self, member: str) -> dict[str, Any]:
        some = self.random.sample(self.goods, self.random.randint(1, len(self.goods)))
        if self.random.random() < 0.03:
            some.append(self.scarce)
        lines = [{"goods_id": number, "quantity": self.random.randint(1, 2)} for number in some]
        body: dict[str, Any] = {"code": self.members[member].code, "lines": lines}
        if self.random.random() < 0.3:
            body["pin"] = self.members[member].pin
        return body
