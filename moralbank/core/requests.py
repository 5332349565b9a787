"""Around every request: its id, and what is said of it when its answer is out."""

import logging
import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, request
from werkzeug.wsgi import ClosingIterator

from moralbank.core import clock, metrics
from moralbank.core.logs import FIELDS, request_id

ROUTE = "moralbank.route"
"""Where in a request's environment its route stands."""
HEADER = "X-Request-ID"
METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})
OTHER = "other"
"""What a route, or a method, is called that the bank does not know."""
# An id of digits alone might be somebody's telephone.
_SANE = re.compile(r"(?!\d+$)[A-Za-z0-9._-]{8,64}")

Start = Callable[..., Any]
_log = logging.getLogger("moralbank.requests")


def watch(app: Flask) -> None:
    """Give every request of `app` an id, a line in the log and its place in the figures. Called
    after every other thing that stands around the application, so that this stands around all."""
    inside = app.wsgi_app

    def watched(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        number, began = _id_of(environ), clock.stopwatch()
        request_id.set(number)
        told = 500

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            nonlocal told
            told = int(status[:3])
            return start_response(status, [*headers, (HEADER, number)], *more)

        def done() -> None:
            request_id.set(number)
            _tell(environ, told, clock.stopwatch() - began)
            request_id.set(None)

        try:
            answer = inside(environ, start)
        except BaseException:
            done()
            raise
        return ClosingIterator(answer, done)

    app.wsgi_app = watched  # type: ignore[method-assign]
    app.before_request(_name_route)
    app.log_exception = _failed  # type: ignore[method-assign]


def _id_of(environ: dict[str, Any]) -> str:
    given = environ.get("HTTP_X_REQUEST_ID", "")
    return given if _SANE.fullmatch(given) else secrets.token_hex(12)


def _name_route() -> None:
    if request.url_rule is not None:
        request.environ[ROUTE] = request.url_rule.rule


def _tell(environ: dict[str, Any], status: int, seconds: float) -> None:
    method, route = environ["REQUEST_METHOD"], environ.get(ROUTE, OTHER)
    if method not in METHODS:
        method = OTHER
    metrics.REQUESTS.labels(method, route, status).inc()
    metrics.SECONDS.labels(route).observe(seconds)
    fields = {
        "method": method,
        "route": route,
        "status": status,
        "milliseconds": round(seconds * 1000, 1),
    }
    _log.info("request", extra={FIELDS: fields})


def _failed(exc_info: Any) -> None:
    """Write down an error that nobody foresaw, in place of Flask's line with the address in it."""
    _log.error("failed", exc_info=exc_info)
