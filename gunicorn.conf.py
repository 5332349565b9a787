"""Settings of gunicorn: `gunicorn -c gunicorn.conf.py wsgi:app`."""

import os
import sys

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

# Errors go to standard error. There is no access log: the links in it would be secrets of
# residents (/rate/...); a proxy in front may log what it likes.
errorlog = "-"
accesslog = None
