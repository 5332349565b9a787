"""The bank as it is really served: gunicorn with two processes, which may be killed at any moment.

Every process of one start is in a process group of its own, which is killed as a whole and by its
id. A pipe that all of them inherit tells when the last one is dead.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from scripts.environment import ROOT
from tests.databases import SECRET_KEY

HOST = "127.0.0.1"
PATIENCE_SECONDS = 120.0
"""How long anything may take before a test gives up; on an idle machine a start takes two."""

# Serves until the pipe on standard input closes, which also happens when the test run itself is
# killed; a server that ends by itself takes its group along.
KEEPER = """
{ "$@"; kill -KILL 0; } &
read -r _
kill -KILL 0
"""
COMMAND = ["gunicorn", "-c", "gunicorn.conf.py", "tests.bank.wsgi:app"]
# Hands over a socket that listens, as systemd does: as descriptor 3, and for this process.
ACTIVATION = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


class Served:
    """A bank on a port of this machine, started and killed as often as a test likes."""

    def __init__(
        self,
        uri: str,
        log: Path,
        *,
        activated: bool = False,
        settings: dict[str, str] | None = None,
    ) -> None:
        """`uri` is the database; what the server says is added to the file `log`. An `activated`
        server is handed a socket that goes on listening without it. `settings` are added to its
        environment."""
        self._uri, self._log, self._settings = uri, log, settings or {}
        self._pid = log.with_suffix(".pid")
        self._process: subprocess.Popen[bytes] | None = None
        self._alive = -1
        # Held for as long as the bank is there, so that nobody else gets the port while no server
        # listens on it; it is bound and never listens.
        self._holder = socket.socket()
        self._holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._holder.bind((HOST, 0))
        self.port: int = self._holder.getsockname()[1]
        self._activated = activated
        if activated:
            self._holder.listen(128)

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill()
        self._holder.close()

    def start(self) -> None:
        """Start the server and return when it answers."""
        assert self._process is None
        self._pid.unlink(missing_ok=True)  # of a server that was killed
        self._alive, theirs = os.pipe()
        try:
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    ["sh", "-c", KEEPER, "keeper", *self._command()],
                    cwd=ROOT,
                    env=self.environment(),
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    pass_fds=[theirs, *([self._holder.fileno()] if self._activated else [])],
                    start_new_session=True,
                )
        finally:
            os.close(theirs)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            over = self._process.poll() is not None or time.monotonic() > deadline
            assert not over, f"the server does not answer:\n{self.said()[-3000:]}"
            time.sleep(0.02)

    def stop(self) -> None:
        """Tell the server to stop, as `systemctl stop` does; return when its last process ended."""
        process, self._process = self._process, None
        assert process is not None
        os.kill(int(self._pid.read_text()), signal.SIGTERM)
        self._wait_for_the_last(process)

    def kill(self) -> None:
        """Kill every process of the server with SIGKILL; return when the last one is dead."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        self._wait_for_the_last(process)

    def _wait_for_the_last(self, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        readable, _, _ = select.select([self._alive], [], [], PATIENCE_SECONDS)
        assert readable, "a process of the server lives on"
        os.close(self._alive)
        assert process.stdin is not None
        process.stdin.close()

    def freeze(self) -> None:
        """Stop every process of the server where it stands."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGCONT)

    def said(self) -> str:
        """What the server wrote so far, over all its lives."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def _command(self) -> list[str]:
        server = ["-m", *COMMAND, "--pid", str(self._pid)]
        if not self._activated:
            return [sys.executable, *server, "--reuse-port"]
        return [sys.executable, "-c", ACTIVATION, str(self._holder.fileno()), *server]

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def environment(self) -> dict[str, str]:
        """What the server's processes are told, for commands beside it too."""
        own = ("MORALBANK_", "GUNICORN_", "WEB_CONCURRENCY", "PORT")
        inherited = {name: text for name, text in os.environ.items() if not name.startswith(own)}
        return inherited | {
            "PORT": str(self.port),
            "WEB_CONCURRENCY": "2",
            "MORALBANK_SECRET_KEY": SECRET_KEY,
            "MORALBANK_SQLALCHEMY_DATABASE_URI": self._uri,
            "MORALBANK_RATELIMIT_ENABLED": "false",
            **self._settings,
        }
