"""What was measured, and the page that says so."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.clients import Round, middle
from moralbank.core import clock

DOCS = Path(__file__).parents[1] / "docs"


@dataclass(frozen=True)
class Options:
    """How long to measure (`seconds` of one round) and what: letters, none for all."""

    rounds: int = 5
    seconds: float = 4
    full: bool = False
    parts: str = ""

    def wants(self, letters: str) -> bool:
        """Tell whether any of these parts is to be measured."""
        return not self.parts or bool(set(letters) & set(self.parts))


@dataclass
class Finding:
    """One line of the table: `says` in words, `value` what the target speaks of."""

    part: str
    name: str
    value: float
    says: str
    target: str = "—"
    met: bool | None = None
    rounds: list[float] = field(default_factory=list)
    unit: str = ""
    more: dict[str, float] = field(default_factory=dict)
    profile: str = ""

    @classmethod
    def rate(
        cls,
        part: str,
        name: str,
        done: Sequence[Round],
        unit: str,
        *,
        at_least: float | None = None,
    ) -> "Finding":
        """Make a finding of a plain rate."""
        value = middle(done)
        made = cls(part, name, value, f"{value:,.0f} {unit}", unit=unit)
        made.rounds = [one.rate for one in done]
        if at_least is not None:
            made.target, made.met = f"at least {at_least:,.0f} {unit}", value >= at_least
        return made

    @classmethod
    def ratio(
        cls,
        part: str,
        name: str,
        done: Sequence[Round],
        of: float,
        of_name: str,
        *,
        at_least: float,
        unit: str,
    ) -> "Finding":
        """Make a finding of a rate against another one."""
        ratio = middle(done) / of
        made = cls(
            part, name, ratio, f"{ratio:.2f} × {of_name} ({middle(done):,.0f} {unit})", unit=unit
        )
        made.rounds = [one.rate for one in done]
        made.target, made.met = f"at least {at_least} × {of_name}", ratio >= at_least
        return made

    @property
    def verdict(self) -> str:
        """Return whether the target was met, in a word."""
        return {None: "—", True: "met", False: "**missed**"}[self.met]

    def line(self) -> str:
        """Return what a terminal shows at once."""
        more = "".join(f"\n     {name}: {digits(value)}" for name, value in self.more.items())
        verdict = self.verdict.strip("*")
        return f"{self.part}  {self.name}: {self.says}; target: {self.target}; {verdict}{more}"


def digits(value: float) -> str:
    """Return a number with as many digits as matter."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def machine(postgresql: str) -> dict[str, str]:
    """Say on what was measured, and when."""
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in _read("/proc/cpuinfo").splitlines()
            if line.startswith("model name")
        ),
        platform.processor() or "unknown",
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": f"{clock.now():%Y-%m-%d %H:%M} UTC",
        "cores": f"{os.cpu_count()}",
        "processor": processor,
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "PostgreSQL": postgresql,
        "load before": f"{os.getloadavg()[0]:.2f}",
    }


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def write(findings: Sequence[Finding], facts: dict[str, str], command: str) -> None:
    """Write docs/benchmarks.md, and the same with every round as docs/benchmarks.json."""
    page = _page(findings, facts, command)
    (DOCS / "benchmarks.md").write_text(page, encoding="utf-8")
    kept = {"command": command, "machine": facts, "findings": [asdict(one) for one in findings]}
    text = json.dumps(kept, indent=1, ensure_ascii=False)
    (DOCS / "benchmarks.json").write_text(text + "\n", encoding="utf-8")


def _page(findings: Sequence[Finding], facts: dict[str, str], command: str) -> str:
    rounds = max(len(one.rounds) for one in findings)
    lines = [
        "# How fast the book is",
        "",
        f"Written by `{command}`: all in one run on one machine, medians of {rounds} rounds; what",
        "is compared takes turns. PostgreSQL is durable (`fsync`, `synchronous_commit` on), so is",
        "SQLite (`synchronous=FULL`, WAL); both lie on disk. Clients, server and database share",
        "the cores. Every round is in [benchmarks.json](benchmarks.json).",
        "",
        " · ".join(f"{name}: {value}" for name, value in facts.items()),
        "",
        "| | what | measured | target | |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.part} | {one.name} | {one.says} | {one.target} | {one.verdict} |"
        for one in findings
    ]
    for one in findings:
        if one.more or one.profile:
            lines += ["", f"## {one.part}: {one.name}"]
        if one.more:
            lines += ["", "| | |", "|---|---|"]
            lines += [f"| {name} | {digits(value)} |" for name, value in one.more.items()]
        if one.profile:
            lines += [
                "",
                "Where the time goes, one client alone under the profiler, which makes Python look",
                "slower than it is, but not waiting:",
                "",
                "```",
                one.profile,
                "```",
            ]
    return "\n".join(lines) + "\n"
