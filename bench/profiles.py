"""Where the time goes: one client alone under Python's profiler, condensed to the top lines."""

import cProfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.clients import Task

TOP = 14


def profile(task: Task) -> str:
    """Return the functions in which one client spends most time of its own, for one call of it."""
    with task.client(0) as once:
        return profile_calls(once)


def profile_calls(
    once: Callable[[], object], *, unit: str = "µs", warm: int = 50, seconds: float = 2
) -> str:
    """Profile what is called again and again, after `warm` calls; `unit` is "µs" or "ms"."""
    for _call in range(warm):
        once()
    watch, count = cProfile.Profile(), 0
    began = time.perf_counter()
    watch.enable()
    while time.perf_counter() < began + seconds:
        once()
        count += 1
    watch.disable()
    watch.create_stats()
    rows = sorted(
        ((own, calls, place) for place, (_first, calls, own, _all, _who) in watch.stats.items()),
        reverse=True,
    )
    total = sum(own for own, _calls, _place in rows)
    scale = {"µs": 1e6, "ms": 1e3}[unit] / count
    lines = [f"{unit:>8} {'share':>6} {'calls':>7}  in all {total * scale:,.0f} {unit}"]
    lines += [
        f"{own * scale:8.1f} {own / total:6.1%} {calls / count:7.1f}  {_name(place)}"
        for own, calls, place in rows[:TOP]
    ]
    return "\n".join(lines)


def _name(place: tuple[str, int, str]) -> str:
    file, _line, function = place
    if file == "~":
        return function.strip("<>")
    parts = Path(file).parts
    if "site-packages" in parts:
        parts = parts[parts.index("site-packages") + 1 :]
    else:
        parts = parts[-3:]
    return f"{'/'.join(parts[-3:])}: {function}"
