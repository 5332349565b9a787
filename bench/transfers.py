"""A to C and E: one redemption's transfer per transaction."""

import random
import re
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

import psycopg

from bench.clients import PROCESSES, THREADS, Crew, Round, Task, alternate, cpu_each, middle
from bench.databases import SHOPS, Places, app_on, open_wallets, posting, wallets
from bench.profiles import profile
from bench.report import Finding, Options
from moralbank import ledger
from moralbank.core.db import db
from tests import postgres

WALLETS = 1_000


@dataclass(frozen=True)
class Redeem:
    """One redemption's transfer per transaction, through the ledger's public face."""

    uri: str
    shops: tuple[str, ...]

    @contextmanager
    def client(self, number: int) -> Iterator[Callable[[], object]]:
        """Redeem with cards taken at random."""
        holders, run = wallets(WALLETS), uuid4().hex
        chance, count = random.Random(run), 0

        def once() -> object:
            nonlocal count
            count += 1
            one = posting(
                f"redemption:{run}:{count}",
                chance.choice(holders),
                chance.choice(self.shops),
                chance.randint(1, 100),
            )
            return ledger.post([one])

        with app_on(self.uri).app_context():
            yield once


_PLAIN = """
WITH moved AS (
    UPDATE accounts
    SET balance = balance - %(amount)s, version = version + 1, moved_at = now()
    WHERE id = %(wallet)s AND balance - held - %(amount)s >= floor
    RETURNING id, balance, version, moved_at
)
INSERT INTO transfers (
    key, journal, kind, asset, payer_id, payee_id, amount, posted_at, effective_at, reason,
    source_type, source_id, payer_balance, payer_version
)
SELECT %(key)s, %(key)s, 'redemption', 'points', moved.id, %(shop)s, %(amount)s, moved.moved_at,
    now(), '', 'redemption', %(key)s, moved.balance, moved.version
FROM moved
RETURNING id, payer_balance
"""


@dataclass(frozen=True)
class Rung:
    """The same work with less around it, to see what each layer costs.

    `how` is "driver" (psycopg, one prepared statement that commits itself), "begin" (the same
    between BEGIN and COMMIT) or "core" (the same through a SQLAlchemy connection).
    """

    uri: str
    how: str

    @contextmanager
    def client(self, number: int) -> Iterator[Callable[[], object]]:
        """Redeem by the numbers of the accounts."""
        run, count = uuid4().hex, 0
        chance = random.Random(run)
        purses, shops = _account_ids(self.uri)

        def values() -> dict[str, object]:
            nonlocal count
            count += 1
            return {
                "key": f"rung:{run}:{count}",
                "wallet": chance.choice(purses),
                "shop": chance.choice(shops),
                "amount": chance.randint(1, 100),
            }

        if self.how == "core":
            with app_on(self.uri).app_context():
                engine = db.engine

            def through_core() -> object:
                with engine.begin() as connection:
                    return connection.exec_driver_sql(_PLAIN, values()).one()

            yield through_core
            return
        with psycopg.connect(driver_address(self.uri), prepare_threshold=0) as connection:
            connection.autocommit = self.how == "driver"

            def by_driver() -> object:
                made = connection.execute(_PLAIN, values()).fetchone()
                if self.how == "begin":
                    connection.commit()
                return made

            yield by_driver


def driver_address(uri: str) -> str:
    """Return SQLAlchemy's address of a database as the driver writes it."""
    return uri.replace("postgresql+psycopg:", "postgresql:")


def _account_ids(uri: str) -> tuple[list[int], list[int]]:
    """Return the numbers of the wallets of points and of the supermarkets' accounts."""
    select = "SELECT id FROM accounts WHERE asset = 'points' AND "
    with app_on(uri).app_context(), db.engine.connect() as connection:
        purses = connection.exec_driver_sql(select + "wallet").scalars().all()
        shops = connection.exec_driver_sql(select + "holder LIKE 'supermarket%%'").scalars().all()
    return list(purses), list(shops)


class Yardstick:
    """pgbench's TPC-B-like transactions on the same server."""

    def __init__(self, places: Places) -> None:
        self.server = places.server
        postgres.create_database(self.server.home, "yardstick")
        self._run("-i", "-s", "10", "-q")

    def _run(self, *options: str) -> str:
        at = ["-h", str(self.server.home), "-p", str(postgres.PORT), "-U", postgres.SUPERUSER]
        done = subprocess.run(
            [self.server.binaries / "pgbench", *at, *options, "yardstick"],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def round(self, seconds: float) -> Round:
        """Run for so long, a whole second at least."""
        clients = PROCESSES * THREADS
        said = self._run("-c", str(clients), "-j", "2", "-T", str(max(1, round(seconds))), "-n")
        found = re.search(r"tps = ([\d.]+) \(without", said)
        if found is None:
            raise RuntimeError(f"pgbench said: {said}")
        return Round(float(found[1]))


RUNGS = {
    "driver": "the driver alone, one prepared statement that commits itself",
    "begin": "the driver alone, between BEGIN and COMMIT",
    "core": "SQLAlchemy Core, between BEGIN and COMMIT",
}


def postgresql(places: Places, options: Options) -> Iterator[Finding]:
    """A, B and C, and the rungs below B, alternating on one server."""
    yardstick = Yardstick(places)
    uri = places.bank("postgresql")
    open_wallets(uri, wallets(WALLETS))
    places.settle(uri)
    tasks: dict[str, Task] = {"B": Redeem(uri, tuple(SHOPS)), "C": Redeem(uri, (SHOPS[0],))}
    tasks |= {how: Rung(uri, how) for how in RUNGS}
    with ExitStack() as stack:
        turns: dict[str, Callable[[], Round]] = {"A": lambda: yardstick.round(options.seconds)}
        for name, task in tasks.items():
            crew = stack.enter_context(Crew(task))
            turns[name] = partial(crew.round, options.seconds)
        done = alternate(turns, options.rounds)
    a, b = middle(done["A"]), middle(done["B"])
    yield Finding.rate("A", "pgbench, TPC-B-like, scale 10, 8 clients", done["A"], "transactions/s")
    found = Finding.ratio(
        "B", "one redemption's transfer per transaction, 8 clients in 2 processes, 1,000 wallets",
        done["B"], a, "A", at_least=1.0, unit="transfers/s",
    )  # fmt: skip
    found.more["clients' CPU for one, ms"] = cpu_each(done["B"])
    for how, words in RUNGS.items():
        found.more[f"{words}: × A"] = middle(done[how]) / a
        found.more[f"{words}: clients' CPU for one, ms"] = cpu_each(done[how])
    if not found.met:
        found.profile = profile(tasks["B"])
    yield found
    yield Finding.ratio(
        "C", "the same, every transfer to one supermarket", done["C"], b, "B", at_least=0.9,
        unit="transfers/s",
    )  # fmt: skip


def bare_sqlite(path: Path, seconds: float) -> Round:
    """A bare loop on a copy of the book: is the key known, take from the wallet, write the row."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        select = "SELECT id FROM accounts WHERE asset = 'points' AND "
        purses = [row[0] for row in connection.execute(select + "wallet")]
        shops = [row[0] for row in connection.execute(select + "holder LIKE 'supermarket:%'")]
        run, cpu = uuid4().hex, time.process_time()
        done: list[float] = []
        chance = random.Random(run)
        began = now = time.perf_counter()
        while now < began + seconds:
            key = f"bare:{run}:{len(done)}"
            wallet, shop, amount = chance.choice(purses), chance.choice(shops), 1
            connection.execute("BEGIN IMMEDIATE")
            known = connection.execute("SELECT 1 FROM transfers WHERE key = ?", (key,)).fetchone()
            assert known is None
            balance, version, moment = connection.execute(
                "UPDATE accounts SET balance = balance - ?, version = version + 1 "
                "WHERE id = ? AND balance - held - ? >= floor RETURNING balance, version, moved_at",
                (amount, wallet, amount),
            ).fetchone()
            connection.execute(
                "INSERT INTO transfers (key, journal, kind, asset, payer_id, payee_id, amount, "
                "posted_at, effective_at, reason, source_type, source_id, payer_balance, "
                "payer_version) VALUES (?, ?, 'redemption', 'points', ?, ?, ?, ?, ?, '', "
                "'redemption', ?, ?, ?)",
                (key, key, wallet, shop, amount, moment, moment, key, balance, version),
            )
            connection.execute("COMMIT")
            after = time.perf_counter()
            done.append(after - now)
            now = after
        return Round(len(done) / (now - began), done, time.process_time() - cpu)


def sqlite(places: Places, options: Options) -> Iterator[Finding]:
    """E: one transfer per transaction on a file, against a bare loop."""
    uri, bare = places.bank("sqlite"), places.bank("sqlite")
    for each in (uri, bare):
        open_wallets(each, wallets(WALLETS))
        places.settle(each)
    path, task = Path(bare.removeprefix("sqlite:///")), Redeem(uri, tuple(SHOPS))
    with Crew(task, processes=1, threads=1) as alone:
        done = alternate(
            {
                "E": lambda: alone.round(options.seconds),
                "bare": lambda: bare_sqlite(path, options.seconds),
            },
            options.rounds,
        )
    found = Finding.ratio(
        "E", "SQLite, one durable transfer per transaction, one client", done["E"],
        middle(done["bare"]), "a bare sqlite3 loop", at_least=0.5, unit="transfers/s",
    )  # fmt: skip
    found.more["the bare loop, transfers/s"] = middle(done["bare"])
    found.more["CPU for one, ms"] = cpu_each(done["E"])
    found.more["the bare loop's CPU for one, ms"] = cpu_each(done["bare"])
    if not found.met:
        found.profile = profile(task)
    yield found
