"""Lines for the log: an id for each request, its route and not its address, and nobody's words."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from moralbank.core import logs
from tests.cast import Bank, bank

__all__ = ["bank"]

PHONE = "13912345678"


class Written:
    """A log that a test reads."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def lines(self) -> list[dict[str, Any]]:
        """Everything that was written."""
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


def ask(app: Flask, path: str, *, method: str = "GET", **headers: str) -> TestResponse:
    """Send a request, and take in its whole answer."""
    client = app.test_client(use_cookies=False)
    return client.open(path, method=method, headers=headers, buffered=True)


@pytest.fixture
def log() -> Iterator[Written]:
    """What is logged, as a server logs it."""
    written = Written()
    handler = logging.StreamHandler(written.stream)
    handler.setFormatter(logs.JsonLines())
    root, own = logging.getLogger(), logging.getLogger("moralbank")
    level = own.level
    root.addHandler(handler)
    own.setLevel(logging.INFO)
    for name, one in logging.root.manager.loggerDict.items():
        # A tool that a test before this one ran may have silenced them.
        if name.startswith("moralbank") and isinstance(one, logging.Logger):
            one.disabled, one.propagate = False, True
    silenced = logging.root.manager.disable
    logging.disable(logging.NOTSET)
    yield written
    logging.disable(silenced)
    own.setLevel(level)
    root.removeHandler(handler)


@pytest.mark.engine("sqlite")
def test_a_request_is_one_line_with_its_route(bank: Bank, log: Written) -> None:
    token = f"Bearer {bank.tokens['worker']}"
    got = ask(bank.app, f"/api/v1/volunteers?q={PHONE}", Authorization=token)
    assert got.status_code == 200
    [line] = log.lines()
    assert line["request_id"] == got.headers["X-Request-ID"]
    assert len(line["request_id"]) == 24
    assert {name: line[name] for name in ("method", "route", "status", "message", "level")} == {
        "method": "GET", "route": "/api/v1/volunteers", "status": 200, "message": "request",
        "level": "info",
    }  # fmt: skip
    assert line["milliseconds"] >= 0
    assert PHONE not in log.stream.getvalue()


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("given", ["01JABC-request.7", "d9f0c1b2-0000-4000-8000-1234567890ab"])
def test_a_sane_id_is_taken_over(app: Flask, log: Written, given: str) -> None:
    got = ask(app, "/healthz", **{"X-Request-ID": given})
    assert got.headers.get_all("X-Request-ID") == [given]
    assert [line["request_id"] for line in log.lines()] == [given]


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize(
    "given", ["", "short", PHONE, "a b c d e f", "李秋兰李秋兰李秋兰", "x" * 65]
)
def test_any_other_id_is_not(app: Flask, log: Written, given: str) -> None:
    header = given.encode().decode("latin-1")
    got = ask(app, "/healthz", **{"X-Request-ID": header})
    [number] = got.headers.get_all("X-Request-ID")
    assert number not in (given, header)
    assert [line["request_id"] for line in log.lines()] == [number]
    assert not given or given not in log.stream.getvalue()


@pytest.mark.engine("sqlite")
def test_what_has_no_route_is_other(app: Flask, log: Written) -> None:
    assert ask(app, f"/nowhere/{PHONE}").status_code == 404
    ask(app, "/healthz", method="BREW")
    assert [(line["method"], line["route"]) for line in log.lines()] == [
        ("GET", "other"), ("other", "other"),
    ]  # fmt: skip


@pytest.mark.engine("sqlite")
def test_a_page_that_is_kept_at_the_door_has_its_route_and_its_own_id(
    app: Flask, log: Written
) -> None:
    app.config["PAGE_SECONDS"] = 25
    numbers = {ask(app, "/stars").headers["X-Request-ID"] for _ in range(3)}
    assert len(numbers) == 3
    assert [line["route"] for line in log.lines()] == ["/stars"] * 3
    assert {line["request_id"] for line in log.lines()} == numbers


@pytest.mark.engine("sqlite")
def test_an_error_is_told_by_its_kind_and_place_and_not_in_its_words(
    app: Flask, log: Written
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.get("/broken/<token>")
    def broken(token: str) -> str:
        try:
            raise KeyError(PHONE)
        except KeyError as error:
            raise ValueError(f"{token} of 李秋兰") from error

    got = ask(app, "/broken/a-secret-of-hers")
    assert got.status_code == 500
    failed, line = log.lines()
    assert (failed["level"], failed["message"]) == ("error", "failed")
    assert failed["request_id"] == line["request_id"] == got.headers["X-Request-ID"]
    assert [one["kind"] for one in failed["error"]] == ["builtins.ValueError", "builtins.KeyError"]
    assert " broken" in failed["error"][0]["at"][-1]
    assert (line["route"], line["status"]) == ("/broken/<token>", 500)
    for secret in (PHONE, "李秋兰", "a-secret-of-hers"):
        assert secret not in log.stream.getvalue()


def test_what_others_warn_of_is_cut_before_it_quotes(log: Written) -> None:
    server = logging.getLogger("gunicorn.error")
    server.error("Error handling request %s", "/rate/a-secret-of-hers")
    server.warning("Invalid request from ip=10.1.2.3: GET /rate/a-secret-of-hers")
    server.error("Worker (pid:%s) was sent %s!", 17, "SIGKILL")
    assert [line["message"] for line in log.lines()] == [
        "Error handling request",
        "Invalid request from ip",
        "Worker (pid:17) was sent SIGKILL!",
    ]
