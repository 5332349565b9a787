"""The house stands as designed: who imports whom, who commits, who reads the time."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "moralbank"
CLOCK = Path("moralbank/core/clock.py")

# Calls that ask a machine what time it is, ours or the database's.
CLOCK_READINGS = {
    "datetime": {"now", "today", "utcnow"},
    "date": {"today"},
    "time": {"time", "time_ns", "localtime", "gmtime", "strftime", "ctime"},
    "func": {"now", "current_date", "current_time", "current_timestamp", "localtimestamp"},
}


def sources() -> list[Path]:
    return sorted(path.relative_to(ROOT) for path in PACKAGE.rglob("*.py"))


def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text("utf-8"), filename=str(path))


def commits(module: ast.AST) -> Iterator[int]:
    """The lines that call some `.commit(...)`."""
    for node in ast.walk(module):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr == "commit":
            yield called.lineno


def clock_readings(module: ast.AST) -> Iterator[int]:
    """The lines that read a clock, by whatever name it was imported."""
    known = {name: name for name in CLOCK_READINGS}
    for node in ast.walk(module):
        if isinstance(node, ast.Import | ast.ImportFrom):
            known |= {alias.asname: alias.name for alias in node.names if alias.asname}
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            readings = {alias.name for alias in node.names} & CLOCK_READINGS["time"]
            yield from [node.lineno] * len(readings)
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute):
            owner = node.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if node.attr in CLOCK_READINGS.get(known.get(name, name), ()):
                yield node.lineno


# Who may take what from the book besides its face: the house puts its doors in, and people shows a
# volunteer's statement as the book shows itself.
BOOKS_DOORS = {
    Path("moralbank/rooms.py"): {"moralbank.ledger.api", "moralbank.ledger.commands"},
    Path("moralbank/people/api.py"): {"moralbank.ledger.schemas"},
    Path("moralbank/people/schemas.py"): {"moralbank.ledger.schemas"},
}


def from_within_the_book(module: ast.AST) -> set[str]:
    """The parts of the book that a module imports."""
    names: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name for name in names if name.startswith("moralbank.ledger.")}


def found(search: Callable[[ast.AST], Iterator[int]], path: Path) -> list[str]:
    return [f"{path}:{line}" for line in search(tree(path))]


def test_import_contracts_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True) == EXIT_STATUS_SUCCESS, "see the report above"


def test_only_core_commits() -> None:
    outside = [path for path in sources() if not path.is_relative_to("moralbank/core")]
    assert outside
    assert [line for path in outside for line in found(commits, path)] == []


def test_only_the_clock_reads_the_time() -> None:
    outside = [path for path in sources() if path != CLOCK]
    assert outside
    assert [line for path in outside for line in found(clock_readings, path)] == []


def test_nothing_outside_imports_from_within_the_book() -> None:
    outside = [path for path in sources() if not path.is_relative_to("moralbank/ledger")]
    taken = {path: from_within_the_book(tree(path)) for path in outside}
    assert {path: names for path, names in taken.items() if names} == BOOKS_DOORS


def test_the_search_finds_what_it_looks_for() -> None:
    assert found(clock_readings, CLOCK)
    assert found(commits, Path("moralbank/core/transaction.py"))


@pytest.mark.parametrize(
    "code",
    [
        "datetime.now(UTC)",
        "import datetime as d\nd.datetime.utcnow()",
        "from datetime import datetime as moment\nmoment.now()",
        "from datetime import date\ndate.today()",
        "import time\ntime.time()",
        "from time import time_ns\ntime_ns()",
        "column(default=datetime.now)",
        "from sqlalchemy import func\ncolumn(server_default=func.now())",
    ],
)
def test_every_way_to_read_the_time_is_known(code: str) -> None:
    assert list(clock_readings(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        "clock.now()",
        "from moralbank.core import clock\nclock.today()",
        "import time\ntime.sleep(1)",
        "datetime.fromisoformat(text)",
    ],
)
def test_the_bank_s_own_clock_is_no_offence(code: str) -> None:
    assert not list(clock_readings(ast.parse(code)))
