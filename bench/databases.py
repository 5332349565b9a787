"""Durable databases for measuring: a PostgreSQL server of our own, and SQLite files on disk."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import flask_migrate
from flask import Flask

from moralbank import ledger
from moralbank.app import create_app
from moralbank.core import clock
from moralbank.core.db import db
from moralbank.core.transaction import transact
from tests import postgres

SECRET_KEY = "a secret for measuring alone, and long enough"  # noqa: S105 — guards nothing

# Durable as in production: every commit is on the disk before it is answered.
SETTINGS = {
    "listen_addresses": "",
    "port": str(postgres.PORT),
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "autovacuum": "on",
    "jit": "off",
    "max_connections": "100",
    "shared_buffers": "1GB",
    "timezone": "Asia/Shanghai",
}


class Places:
    """Makes databases that survive a power cut, and removes them at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server: postgres.PostgresServer | None = None
        self._count = 0

    @property
    def server(self) -> postgres.PostgresServer:
        """The PostgreSQL server, started when first asked."""
        if self._server is None:
            self._server = postgres.PostgresServer.start(SETTINGS, base=self.folder)
        return self._server

    def bank(self, engine: str) -> str:
        """Return the URI of a new, migrated, empty database of the bank."""
        self._count += 1
        if engine == "postgresql":
            name = f"bank_{self._count}"
            postgres.create_database(self.server.home, name)
            uri = postgres.uri(self.server.home, name)
        else:
            uri = f"sqlite:///{self.folder / f'bank_{self._count}.db'}"
        with app_on(uri).app_context():
            flask_migrate.upgrade()
        return uri

    def settle(self, uri: str) -> None:
        """Bring a filled database to rest: statistics, visibility, everything on the disk."""
        if uri.startswith("postgresql"):
            name = uri.partition("?")[0].rpartition("/")[2]
            with postgres.connect(self.server.home, name) as connection:
                connection.execute("VACUUM ANALYZE")
                connection.execute("CHECKPOINT")
        else:
            with app_on(uri).app_context(), db.engine.connect() as reader:
                reader.exec_driver_sql("ANALYZE")
                reader.commit()

    def close(self) -> None:
        """Stop the server."""
        if self._server is not None:
            self._server.stop()


@contextmanager
def places() -> Iterator[Places]:
    """Give a maker of databases on the disk of TMPDIR; nothing is left behind."""
    with tempfile.TemporaryDirectory(prefix="moralbank-bench-") as folder:
        Path(folder).chmod(0o755)  # the server runs as another user when we are root
        made = Places(Path(folder))
        try:
            yield made
        finally:
            made.close()


@cache
def app_on(uri: str) -> Flask:
    """Return this process's application on the database at `uri`."""
    return create_app({"SQLALCHEMY_DATABASE_URI": uri, "SECRET_KEY": SECRET_KEY})


POINTS = 100_000_000
"""What a wallet has at first, in hundredths: enough for any run."""
SHOPS = [f"supermarket:{number:02}" for number in range(20)]


def wallets(count: int) -> list[str]:
    """Return the names of the wallets."""
    return [f"volunteer:{number:06}" for number in range(count)]


def open_wallets(uri: str, holders: Sequence[str]) -> None:
    """Open wallets with ample points, and every supermarket's account."""
    with app_on(uri).app_context():
        transact(lambda: ledger.open_wallets(holders))
        transact(
            lambda: ledger.post_many(
                [
                    posting(f"opening:{holder}", ledger.ISSUANCE, holder, POINTS, "opening")
                    for holder in holders
                ]
            )
        )
        transact(
            lambda: ledger.post_many(
                [posting(f"first:{shop}", holders[0], shop, 1) for shop in SHOPS]
            )
        )


def posting(
    key: str, payer: str, payee: str, amount: int, kind: ledger.Kind = "redemption"
) -> ledger.Posting:
    """Return a posting as a redemption makes it."""
    return ledger.Posting(
        key=key,
        kind=kind,
        asset="points",
        payer=payer,
        payee=payee,
        amount=amount,
        effective_at=clock.now(),
        reason="梧桐爱心超市兑换 260501-ABCDEF",
        source_type="redemption",
        source_id=key,
        rulebook_version=1,
    )
