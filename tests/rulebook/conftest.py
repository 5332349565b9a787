"""The default rulebook, as a document and as values; no database is needed here."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from moralbank.rulebook.documents import Rulebook, parse_yaml
from moralbank.rulebook.schemas import checked_document

DEFAULT = Path(__file__).parents[2] / "migrations" / "data" / "rulebook-1.yaml"
_CHECKED = checked_document(parse_yaml(DEFAULT.read_text(encoding="utf-8")))


@pytest.fixture
def document() -> dict[str, Any]:
    """The default document in normal form, free to be changed."""
    return deepcopy(_CHECKED)


@pytest.fixture(scope="session")
def default() -> Rulebook:
    """The default rulebook."""
    return Rulebook.from_document(_CHECKED)


@pytest.fixture
def changed(document: dict[str, Any]) -> Callable[..., Rulebook]:
    """Make a rulebook that differs from the default in the parts given by dotted path."""

    def make(**parts: Any) -> Rulebook:
        for path, value in parts.items():
            *parents, last = path.split("__")
            place = document
            for parent in parents:
                place = place[parent]
            place[last] = value
        return Rulebook.from_document(checked_document(document))

    return make
