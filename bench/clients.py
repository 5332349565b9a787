"""Clients that work at the same time: threads in processes, round after round."""

import multiprocessing
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from statistics import median, quantiles
from threading import Barrier
from types import TracebackType
from typing import Protocol

PROCESSES = 2
THREADS = 4
READY_SECONDS = 60


class Task(Protocol):
    """What clients do. It is sent to other processes, so it holds plain values."""

    def client(self, number: int) -> AbstractContextManager[Callable[[], object]]:
        """Make client `number` ready and give what it does again and again."""


@dataclass(frozen=True)
class Round:
    """What was done in one round: how many a second, how long each took in seconds, and how much
    processor time the clients used themselves."""

    rate: float
    latencies: list[float] = field(default_factory=list, repr=False)
    cpu: float = 0

    def percentile(self, hundredth: int) -> float:
        """Return a percentile of the latencies, in seconds."""
        if len(self.latencies) == 1:
            return self.latencies[0]
        return quantiles(self.latencies, n=100)[hundredth - 1]


def middle(rounds: Sequence[Round]) -> float:
    """Return the median rate of some rounds."""
    return median(one.rate for one in rounds)


def cpu_each(rounds: Sequence[Round]) -> float:
    """Return the clients' own processor time for one of what they did, in milliseconds."""
    return median(one.cpu / len(one.latencies) for one in rounds) * 1000


def milliseconds(rounds: Sequence[Round], hundredth: int) -> float:
    """Return the median of a percentile of the latencies."""
    return median(one.percentile(hundredth) for one in rounds) * 1000


class Crew:
    """Processes with threads that wait for the next round."""

    def __init__(self, task: Task, *, processes: int = PROCESSES, threads: int = THREADS) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Connection] = []
        self._processes = []
        for number in range(processes):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_serve, args=(theirs, task, number * threads, threads), daemon=True
            )
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)

    def __enter__(self) -> "Crew":
        self.round(1)  # warm up
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(timeout=30)

    def round(self, seconds: float) -> Round:
        """Let all work for so long."""
        for pipe in self._pipes:
            pipe.send(seconds)
        answers = [pipe.recv() for pipe in self._pipes]
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return Round(
            rate=sum(answer.rate for answer in answers),
            latencies=[one for answer in answers for one in answer.latencies],
            cpu=sum(answer.cpu for answer in answers),
        )


def _serve(pipe: Connection, task: Task, first: int, threads: int) -> None:
    with ThreadPoolExecutor(threads) as pool:
        while True:
            try:
                seconds = pipe.recv()
            except EOFError:
                return
            try:
                pipe.send(_work(task, range(first, first + threads), seconds, pool))
            except BaseException as error:
                pipe.send(RuntimeError(f"a client failed: {error!r}"))


def _work(task: Task, numbers: Sequence[int], seconds: float, pool: ThreadPoolExecutor) -> Round:
    ready = Barrier(len(numbers) + 1)

    def run(number: int) -> list[float]:
        done = []
        with task.client(number) as once:
            ready.wait(timeout=READY_SECONDS)
            now = time.perf_counter()
            end = now + seconds
            while now < end:
                once()
                after = time.perf_counter()
                done.append(after - now)
                now = after
        return done

    running = [pool.submit(run, number) for number in numbers]
    ready.wait(timeout=READY_SECONDS)
    began, cpu = time.perf_counter(), time.process_time()
    latencies = [one for client in running for one in client.result()]
    took = time.perf_counter() - began
    return Round(len(latencies) / took, latencies, time.process_time() - cpu)


def alternate(turns: Mapping[str, Callable[[], Round]], rounds: int) -> dict[str, list[Round]]:
    """Run each in turn, `rounds` times, so that all share the machine's moods."""
    done: dict[str, list[Round]] = {name: [] for name in turns}
    for _round in range(rounds):
        for name, turn in turns.items():
            done[name].append(turn())
    return done
