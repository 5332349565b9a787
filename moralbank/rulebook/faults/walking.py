"""How the checks walk through a document of which some parts may be missing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Path = tuple[str | int, ...]
Faults = Iterator[tuple[Path, str]]
Check = Callable[[Mapping[str, Any]], Faults]


def part(data: Any, *path: str) -> Any:
    """Return what lies at `path`, or None where a part on the way had a fault or is missing."""
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data


def twice(entries: Sequence[Mapping[str, Any]] | None, keys: tuple[str, ...]) -> Iterator[int]:
    """Yield the places of entries that are, by `keys`, like one before them."""
    seen = set()
    for index, entry in enumerate(entries or ()):
        if all(key in entry for key in keys):
            mark = tuple(entry[key] for key in keys)
            if mark in seen:
                yield index
            seen.add(mark)


def codes(entries: Sequence[Mapping[str, Any]] | None) -> set[str] | None:
    """Return the codes of some entries, None where one of them is not known for a fault."""
    if entries is None or not all("code" in entry for entry in entries):
        return None
    return {entry["code"] for entry in entries}
