"""Lines for the log: one JSON object each, and nothing that somebody told the bank.

A request is one line that names its route by the rule, since an address may hold a resident's link,
a name that was searched for or the number of a card. Of an error its kind and its places in the
code are written, not what it says: a database's error quotes the row. What libraries warn of is
cut before they begin to quote a request.

Every line of a request bears its id, which its answer bears too (``X-Request-ID``).
"""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

request_id: ContextVar[str | None] = ContextVar("moralbank_request_id", default=None)
"""The id of the request that is being answered here; None outside of one."""

FIELDS = "fields"
"""The attribute of a record under which our own lines bring what else they say."""
_OWN = "moralbank"
_OF_PROCESSES = re.compile(r"Worker\b|Shutting down\b|Reloader\b")
"""What gunicorn warns of that is no request."""
_QUOTES_FROM = re.compile(r"[:=%'\"\[{/]")


class JsonLines(logging.Formatter):
    """Writes a record as one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
            "process": record.process,
        }
        if number := request_id.get():
            line["request_id"] = number
        line.update(getattr(record, FIELDS, {}))
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = described(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def _message(record: logging.LogRecord) -> str:
    own = record.name.partition(".")[0] == _OWN
    text = str(record.msg)
    if own or record.levelno < logging.WARNING or _OF_PROCESSES.match(text):
        return record.getMessage()
    return _QUOTES_FROM.split(text, maxsplit=1)[0].strip()


def described(error: BaseException) -> list[dict[str, Any]]:
    """Return what an error was, and what caused it, the first cause last: its kind, the database's
    code where there is one, and where in the code it went up; not its words."""
    told: list[dict[str, Any]] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        kind = type(current)
        one: dict[str, Any] = {"kind": f"{kind.__module__}.{kind.__qualname__}"}
        if state := getattr(current, "sqlstate", None):
            one["sqlstate"] = state
        one["at"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(current.__traceback__)
        ]
        told.append(one)
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    return told


CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "root": {"level": "INFO", "handlers": ["lines"]},
    "loggers": {
        "alembic": {"level": "WARNING"},
        "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
        # It would write addresses; the bank writes a line of its own.
        "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
    },
    "handlers": {
        "lines": {
            "class": "logging.StreamHandler",
            "formatter": "lines",
            "stream": "ext://sys.stderr",
        }
    },
    "formatters": {"lines": {"()": "moralbank.core.logs.JsonLines"}},
}
"""How a server writes its log: everything as lines, to standard error."""
