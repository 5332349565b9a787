"""Settings of gunicorn: `gunicorn -c gunicorn.conf.py wsgi:app`."""

import json
import os
import shutil
import socket
import sys
import tempfile
from http import HTTPStatus
from typing import Any

from gunicorn import util

from moralbank.core.logs import CONFIG

if not os.environ.get("MORALBANK_SECRET_KEY", "").strip():
    sys.exit("MORALBANK_SECRET_KEY is not set: the bank does not open without its secret.")

# `gunicorn -b ...` says otherwise, for instance a socket behind a proxy.
bind = f"127.0.0.1:{os.environ.get('PORT') or 8000}"

# Most of a request is waiting for the database, so each process answers several at once.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = 8

# Each process opens database connections of its own after the fork.
preload_app = False

# Processes are managed by signals, as ever; no socket in somebody's home folder.
control_socket_disable = True

# Seconds: a hung process is replaced; on a restart, requests under way may end.
timeout = 60
graceful_timeout = 30
keepalive = 5

# A longer address than gunicorn takes by itself reaches the bank, which answers in its own words.
limit_request_line = 8190

# Lines of JSON on standard error. There is no access log: the links in it would be secrets of
# residents (/rate/...); the bank's own line of a request names its route instead.
errorlog = "-"
accesslog = None
logconfig_dict = CONFIG


# Here the processes put their figures; see moralbank/core/metrics.py. One folder for each start.
FIGURES = tempfile.mkdtemp(prefix="moralbank-figures-")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = FIGURES


def on_exit(_server: Any) -> None:
    """Take the folder of figures away; whoever gathers them knows that they begin at nothing."""
    shutil.rmtree(FIGURES, ignore_errors=True)


def write_error(sock: socket.socket, status: int, reason: str, _message: str) -> None:
    """Answer what is not even a request in the bank's own form: RFC 9457, no HTML."""
    problem = {
        "type": "urn:moralbank:problem:bad_request",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": "这个请求看不明白。",
        "code": "bad_request",
    }
    body = json.dumps(problem, ensure_ascii=False).encode()
    head = (
        f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\n"
        f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    util.write_nonblock(sock, head.encode("latin-1") + body)


util.write_error = write_error
