"""A whole errand against the real server: its log tells what was asked, and nothing of anybody."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import time
from typing import Any
from urllib.parse import quote, urlencode

from moralbank.events import codes
from tests.bank.conftest import FULL_NAME
from tests.bank.served import HOST, PATIENCE_SECONDS, Served
from tests.cast import PASSWORD, Bank
from tests.databases import SECRET_KEY, close_connections

RESIDENT, RESIDENT_PHONE, ADDRESS = "孟庆祥", "13612340000", "长河路17号3单元"


class Visit:
    """Asks the server; remembers the ids that it gave."""

    def __init__(self, port: int, tokens: dict[str, str]) -> None:
        self._port, self._tokens = port, tokens
        self.ids: list[str] = []

    def ask(
        self, method: str, path: str, who: str | None = None, body: Any = None, *, key: str = ""
    ) -> Any:
        """Send a request, to the API as JSON; return the answer's JSON or its text."""
        headers = {}
        if who is not None:
            headers["Authorization"] = f"Bearer {self._tokens[who]}"
        if key:
            headers["Idempotency-Key"] = key
        sent = None
        if body is not None:
            as_json = path.startswith("/api/")
            sent = json.dumps(body).encode() if as_json else urlencode(body).encode()
            kind = "json" if as_json else "x-www-form-urlencoded"
            headers["Content-Type"] = f"application/{kind}"
        connection = http.client.HTTPConnection(HOST, self._port, timeout=PATIENCE_SECONDS)
        with contextlib.closing(connection):
            connection.request(method, path, sent, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        self.ids.append(answer.headers["X-Request-ID"])
        assert answer.status < 500, text
        return json.loads(text) if "json" in answer.headers.get("Content-Type", "") else text


def requests(served: Served) -> list[dict[str, Any]]:
    """The log's lines of requests, but for those that asked whether the server is up."""
    lines = [json.loads(line) for line in served.said().splitlines()]
    told = [line for line in lines if line["message"] == "request"]
    return [line for line in told if line["route"] != "/healthz"]


def test_a_whole_errand_leaves_nobody_in_the_log(bank: Bank, served: Served) -> None:
    served.start()
    visit = Visit(served.port, bank.tokens)
    api = "/api/v1"
    newcomer = {
        "name": "吴桂芳", "phone": "13900000077", "community_id": bank.community_id,
        "publish_consent": True,
    }  # fmt: skip
    opened = visit.ask("POST", f"{api}/volunteers", "worker", newcomer)
    card = visit.ask("POST", f"{api}/volunteers/{opened['id']}/cards", "worker", {"pin": "975310"})
    signed_in = visit.ask(
        "POST", f"{api}/tokens", body={"card_code": card["code"], "pin": "975310"}
    )
    bank.tokens["wu"] = signed_in["access_token"]
    visit.ask("POST", f"{api}/tokens", body={"username": "worker", "password": PASSWORD})
    visit.ask("POST", f"{api}/tokens", body={"username": "worker", "password": "wrong, but hers"})
    resident = {"name": RESIDENT, "phone": RESIDENT_PHONE, "address": ADDRESS}
    items = visit.ask("GET", f"{api}/service-items", "worker")["items"]
    item = next(one["code"] for one in items if one["unit"] == "event")
    request = {"service_item": item, "community_id": bank.community_id, "resident": resident}
    errand = visit.ask("POST", f"{api}/service-events", "worker", request)
    path = f"{api}/service-events/{errand['id']}"
    visit.ask("POST", f"{path}/claim", "wu")
    with bank.inside():
        link = codes.link_token(errand["id"])
    close_connections(bank.app)
    done = {
        "participants": [{"volunteer_id": opened["id"], "minutes": 60}],
        "performed_at": "2026-11-27T08:00:00+08:00",
    }
    visit.ask("POST", f"{path}/completion", "worker", done)
    visit.ask("GET", f"/rate/{link}")
    visit.ask("POST", f"/rate/{link}", body={"stars": "5", "comment": "多谢吴桂芳"})
    rating = {"stars": 5, "resident_code": errand["resident_code"], "comment": "多谢吴桂芳"}
    rated = visit.ask("POST", f"{path}/rating", body=rating)
    assert rated["status"] == "awarded", rated
    visit.ask("GET", f"{api}/volunteers?q=13900000077", "worker")
    visit.ask("GET", f"{api}/volunteers?q={quote(FULL_NAME)}", "worker")
    visit.ask("GET", f"/staff/accounts?q={quote(FULL_NAME)}")
    sale = {
        "code": card["code"],
        "pin": "975310",
        "lines": [{"goods_id": bank.soap, "quantity": 1}],
    }
    sold = visit.ask("POST", f"{api}/redemptions", "till", sale, key="the-key-of-hers")
    assert sold["status"] == "completed", sold
    visit.ask("GET", f"{api}/redemptions?idempotency_key=the-key-of-hers", "till")
    visit.ask("GET", f"/verify?name={quote(RESIDENT)}&number=17")
    visit.ask("GET", f"/nowhere/{RESIDENT_PHONE}")
    visit.ask("GET", "/notices")
    with socket.create_connection((HOST, served.port), timeout=PATIENCE_SECONDS) as raw:
        raw.sendall(f"GET /rate/{link} nonsense\r\n\r\n".encode())
        raw.recv(4096)

    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(told := requests(served)) < len(visit.ids):  # a line comes after its answer
        assert time.monotonic() < deadline, "a request is not in the log"
        time.sleep(0.05)
    assert sorted(line["request_id"] for line in told) == sorted(visit.ids)
    assert {"/rate/<token>", "/api/v1/redemptions", "/notices", "other"} <= {
        line["route"] for line in told
    }
    secrets = {
        opened["name"], newcomer["phone"], opened["account_no"], RESIDENT, RESIDENT_PHONE, ADDRESS,
        FULL_NAME, quote(FULL_NAME), quote(RESIDENT), link, errand["resident_code"], card["code"],
        "975310", "the-key-of-hers", PASSWORD, "wrong, but hers", "多谢", SECRET_KEY,
        opened["id"], errand["id"], HOST + ":5", *bank.tokens.values(),
    }  # fmt: skip
    for member in bank.members.values():
        secrets |= {member.name, member.phone, member.code, member.account_no}
    said = served.said()
    assert [secret for secret in secrets if secret in said] == []
