"""G and H: whether the book stays quick as it grows, and how fast all of it is checked."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median

import psycopg

from bench.clients import Crew, Round, Task, alternate, middle
from bench.databases import SECRET_KEY, SHOPS, Places, app_on, open_wallets, wallets
from bench.profiles import profile
from bench.report import Finding, Options
from bench.transfers import WALLETS, Redeem, driver_address
from moralbank import ledger
from moralbank.core.db import session

SMALL = 10_000
LARGE = 1_000_000
LARGEST = 5_000_000
PAGE = 20


@dataclass(frozen=True)
class Read:
    """Reading one wallet after another: "balance", or the first page of the "statement"."""

    uri: str
    what: str

    @contextmanager
    def client(self, number: int) -> Iterator[Callable[[], object]]:
        """Read as a request does: a session each."""
        holders, count = wallets(WALLETS), 0

        def once() -> object:
            nonlocal count
            count += 7  # no neighbours, so that no page of the database serves the next one too
            holder = holders[count % WALLETS]
            if self.what == "balance":
                read: object = ledger.balances(holder)
            else:
                read = ledger.statement(holder, "points", cursor=None, limit=PAGE)
            session().rollback()
            return read

        with app_on(self.uri).app_context():
            yield once


# Awards, as `post_many` would write them, but a million in seconds: each wallet in its turn.
_AWARDS = """
INSERT INTO transfers (
    key, journal, kind, asset, payer_id, payee_id, amount, posted_at, effective_at, reason,
    source_type, source_id, rulebook_version, payee_balance, payee_version
)
SELECT 'award:' || n, lpad(n::text, 26, '0'), 'award', 'points', issuance.id, purse.id, 100,
    now(), now(), '梧桐社区 探望老人', 'event', lpad(n::text, 26, '0'), 1,
    purse.balance + 100 * (n / purse.many + 1), purse.version + n / purse.many + 1
FROM generate_series(0, %(count)s - 1) AS n
JOIN (
    SELECT id, balance, version, row_number() OVER (ORDER BY id) - 1 AS place,
        count(*) OVER () AS many
    FROM accounts WHERE wallet AND asset = 'points'
) AS purse ON purse.place = n %% purse.many
JOIN accounts AS issuance ON issuance.holder = 'issuance' AND issuance.asset = 'points'
ORDER BY n
"""
_AWARDED = """
UPDATE accounts SET balance = balance + 100 * %(each)s, version = version + %(each)s,
    moved_at = now()
WHERE wallet AND asset = 'points'
"""


def _filled(places: Places, transfers: int) -> str:
    """Return a book with so many transfers over WALLETS wallets, which divides them."""
    uri = places.bank("postgresql")
    open_wallets(uri, wallets(WALLETS))
    with psycopg.connect(driver_address(uri)) as connection:
        connection.execute(_AWARDS, {"count": transfers})
        connection.execute(_AWARDED, {"each": transfers // WALLETS})
    places.settle(uri)
    return uri


def measure(places: Places, options: Options) -> Iterator[Finding]:
    """G and H on the same books: PostgreSQL, 1,000 wallets."""
    sizes = [SMALL, LARGE, LARGEST] if options.full else [SMALL, LARGE]
    uris = {size: _filled(places, size) for size in sizes}
    if options.wants("G"):
        yield from _growth(uris, options)
    if options.wants("H"):
        yield from _checks(uris, options)


def _growth(uris: dict[int, str], options: Options) -> Iterator[Finding]:
    whats: dict[str, Callable[[str], Task]] = {
        "redemption": lambda uri: Redeem(uri, tuple(SHOPS)),
        "balance": lambda uri: Read(uri, "balance"),
        "first statement page": lambda uri: Read(uri, "statement"),
    }
    seconds = max(0.5, options.seconds / 4)
    for what, task_on in whats.items():
        with ExitStack() as stack:
            turns = {}
            for size, uri in uris.items():
                crew = stack.enter_context(Crew(task_on(uri), processes=1, threads=1))
                turns[str(size)] = partial(crew.round, seconds)
            done = alternate(turns, options.rounds)
        small = middle(done[str(SMALL)])
        for size in list(uris)[1:]:
            rounds = done[str(size)]
            slower = small / middle(rounds)
            found = Finding(
                "G",
                f"{what} at {size:,} transfers",
                slower,
                f"{slower:.2f} × the time at {SMALL:,} ({1000 / middle(rounds):.2f} ms)",
                f"within 1.2 × the time at {SMALL:,}",
                slower <= 1.2,
                [one.rate for one in rounds],
                "a second",
            )
            if not found.met:
                found.profile = profile(task_on(uris[size]))
            yield found


@dataclass(frozen=True)
class _Check:
    """One run of the command: how long it took in seconds, its peak memory in MiB."""

    seconds: float
    memory: float


def _verify(uri: str) -> _Check:
    environment = os.environ | {
        "MORALBANK_SQLALCHEMY_DATABASE_URI": uri,
        "MORALBANK_SECRET_KEY": SECRET_KEY,
        "FLASK_APP": "wsgi",
    }
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "ledger", "verify"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"flask ledger verify: {said[-2000:]}")
    return _Check(time.perf_counter() - began, used.ru_maxrss / 1024)


def _checks(uris: dict[int, str], options: Options) -> Iterator[Finding]:
    """H: the command itself. Its start is not the book's: the smallest book's time is taken off."""
    runs: dict[int, list[_Check]] = {size: [] for size in uris}
    for _round in range(options.rounds):
        for size, uri in uris.items():
            runs[size].append(_verify(uri))
    start = median(run.seconds for run in runs[SMALL])
    small = median(run.memory for run in runs[SMALL])
    for size in list(uris)[1:]:
        rates = [(size - SMALL) / (run.seconds - start) for run in runs[size]]
        found = Finding.rate(
            "H", f"flask ledger verify, {size:,} transfers", [Round(rate) for rate in rates],
            "transfers/s", at_least=200_000,
        )  # fmt: skip
        found.more["the whole command, seconds"] = median(run.seconds for run in runs[size])
        found.more["of which its start and 10,000 transfers, seconds"] = start
        yield found
        memory = median(run.memory for run in runs[size])
        yield Finding(
            "H",
            f"its peak memory at {size:,} transfers",
            memory / small,
            f"{memory / small:.2f} × that at {SMALL:,} ({memory:,.0f} MiB)",
            "constant: within 1.2 ×",
            memory / small <= 1.2,
            [run.memory for run in runs[size]],
            "MiB",
        )
