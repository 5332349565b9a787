"""Figures for Prometheus, of all processes of a server together, and of nobody.

Each process adds to files of its own in a folder that gunicorn.conf.py names, and whichever
process is asked adds up all of them; so nothing is lost with a process that died.
"""

import os
from collections.abc import Iterable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.registry import Collector

_own = CollectorRegistry()

REQUESTS = Counter(
    "moralbank_requests",
    "Requests that were answered.",
    ["method", "route", "status"],
    registry=_own,
)
SECONDS = Histogram(
    "moralbank_request_seconds",
    "How long requests took, until the last byte was handed over.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=_own,
)
RETRIES = Counter(
    "moralbank_transaction_retries",
    "Transactions that were run once more: after a lost race for a key, or as the database asked.",
    ["why"],
    registry=_own,
)


def written(more: Iterable[Collector]) -> bytes:
    """Return all figures as Prometheus reads them, with those that `more` collects when asked."""
    registry: Any = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_own)
    for collector in more:
        registry.register(collector)
    return generate_latest(registry)
