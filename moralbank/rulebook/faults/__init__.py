"""Faults in a rulebook document: where its parts disagree, and how faults are told."""

from collections.abc import Mapping
from typing import Any

from moralbank.rulebook.faults import awarding, honours, spending
from moralbank.rulebook.faults.walking import Path

_CHECKS = (*awarding.CHECKS, *spending.CHECKS, *honours.CHECKS)


def disagreements(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the faults between parts of a document, nested like its fields; empty where none is.

    `data` may lack parts that had faults of their own: nothing is said about those.
    """
    faults: dict[str, Any] = {}
    for check in _CHECKS:
        for path, message in check(data):
            _put(faults, path, message)
    return faults


def _put(faults: dict[Any, Any], path: Path, message: str) -> None:
    """Add a message at a path. A part that is faulty as a whole, and in a part of its own as well,
    keeps what is said of the whole under `_schema`, as marshmallow has it."""
    *parents, last = path
    for part in parents:
        below = faults.setdefault(part, {})
        if isinstance(below, list):
            below = faults[part] = {"_schema": below}
        faults = below
    said = faults.setdefault(last, [])
    if isinstance(said, dict):
        said = said.setdefault("_schema", [])
    said.append(message)


def plain_messages(messages: Any) -> Any:
    """Turn the keys and lazy sentences of marshmallow's messages into text, at every depth."""
    if isinstance(messages, Mapping):
        return {str(key): plain_messages(below) for key, below in messages.items()}
    if isinstance(messages, list):
        return [str(message) for message in messages]
    return [str(messages)]


def fault_paths(errors: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Flatten messages to (path, sentence), as in ("service_items.3.points", "…").

    A fault of a whole object has the object's own path; that of the document itself is "".
    """
    found: list[tuple[str, str]] = []
    for key, below in errors.items():
        name = "" if key == "_schema" else str(key)
        if isinstance(below, Mapping):
            found += [
                (".".join(filter(None, (name, path))), message)
                for path, message in fault_paths(below)
            ]
        else:
            found += [(name, str(message)) for message in below]
    return found
