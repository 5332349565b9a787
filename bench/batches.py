"""D: thousands of transfers a transaction."""

import time
from collections.abc import Iterator
from functools import partial
from uuid import uuid4

from bench.clients import Round, alternate
from bench.databases import Places, app_on, open_wallets, posting, wallets
from bench.profiles import profile_calls
from bench.report import Finding, Options
from moralbank import ledger
from moralbank.core.transaction import transact

BATCH = 5_000
WALLETS = 5_000
ENGINES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}


def post_batches(uri: str, holders: list[str], count: int) -> None:
    """Award points in transactions of BATCH transfers, `count` transfers in all."""
    run = uuid4().hex
    with app_on(uri).app_context():
        for start in range(0, count, BATCH):
            numbers = range(start, min(start + BATCH, count))
            batch = [
                posting(
                    f"award:{run}:{number}",
                    ledger.ISSUANCE,
                    holders[number % len(holders)],
                    100,
                    "award",
                )
                for number in numbers
            ]
            transact(partial(ledger.post_many, batch))


def _timed(uri: str, holders: list[str], count: int) -> Round:
    began = time.perf_counter()
    post_batches(uri, holders, count)
    return Round(count / (time.perf_counter() - began))


def measure(places: Places, options: Options) -> Iterator[Finding]:
    """D: `post_many` on both engines, the making of the postings included."""
    holders = wallets(WALLETS)
    uris = {engine: places.bank(engine) for engine in ENGINES}
    for uri in uris.values():
        open_wallets(uri, holders)
        places.settle(uri)
    count = max(1, round(options.seconds * 20_000 / BATCH)) * BATCH
    done = alternate(
        {engine: partial(_timed, uri, holders, count) for engine, uri in uris.items()},
        options.rounds,
    )
    for engine, name in ENGINES.items():
        found = Finding.rate(
            "D", f"post_many, {BATCH:,} a transaction, {name}", done[engine], "transfers/s",
            at_least=20_000,
        )  # fmt: skip
        if not found.met:
            found.profile = profile_calls(
                partial(post_batches, uris[engine], holders, BATCH), unit="ms", warm=1
            )
        yield found
