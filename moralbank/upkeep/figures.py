"""Figures of scheduled work, read from its table when somebody asks."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from moralbank.core.actor import system
from moralbank.upkeep.scheduled import last

BOOK = "ledger verify"


class Jobs(Collector):
    """When each job was last done and last failed, and what the last look at the book found."""

    def collect(self) -> Iterator[Metric]:
        """Read the table."""
        done = GaugeMetricFamily(
            "moralbank_job_last_success_timestamp_seconds",
            "When a scheduled job was last done.",
            labels=["job"],
        )
        failed = GaugeMetricFamily(
            "moralbank_job_last_failure_timestamp_seconds",
            "When a scheduled job last failed.",
            labels=["job"],
        )
        sound = GaugeMetricFamily(
            "moralbank_ledger_sound",
            "Whether the last check of the book found every invariant holding (1) or not (0).",
        )
        for job, succeeded_at, failed_at in last(system("metrics")):
            if succeeded_at is not None:
                done.add_metric([job], succeeded_at.timestamp())
            if failed_at is not None:
                failed.add_metric([job], failed_at.timestamp())
            if job == BOOK:
                holds = failed_at is None or (succeeded_at is not None and succeeded_at > failed_at)
                sound.add_metric([], int(holds))
        yield from (done, failed, sound)
