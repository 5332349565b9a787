"""Whatever changes in a rulebook is told: in a sentence, or else by its key."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from marshmallow import ValidationError

from moralbank.rulebook.changes import changes
from moralbank.rulebook.documents import Rulebook, parse_yaml
from moralbank.rulebook.schemas import checked_document

pytestmark = pytest.mark.engine("sqlite")

SETS = Path(__file__).parent / "rulesets"


def others(value: Any) -> Iterator[Any]:
    """Other values of the same sort, of which one may be valid."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1)
    elif isinstance(value, str):
        if value.replace(".", "", 1).isdigit():
            yield f"{float(value) + 1:g}"
        yield from (
            f"{value}二",
            "down",
            "up",
            "half_up",
            "donation",
            "void",
            "month",
            "week",
            "day",
        )


def leaves(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all single values of a document."""
    if isinstance(part, dict | list):
        for key, inside in part.items() if isinstance(part, dict) else enumerate(part):
            yield from leaves(inside, (*path, key))
    elif part is not None:
        yield path


def changed(document: dict[str, Any], path: tuple[Any, ...]) -> Rulebook | None:
    """The rulebook with another valid value at a place; None where there is none to be found."""
    *way, last = path
    there = document
    for key in way:
        there = there[key]
    for value in others(there[last]):
        new = deepcopy(document)
        inside = new
        for key in way:
            inside = inside[key]
        if value == there[last]:
            continue
        inside[last] = value
        try:
            return Rulebook.from_document(checked_document(new))
        except ValidationError:
            continue
    return None


@pytest.mark.parametrize("name", ["kinds_of_rule", "mutual_help"])
def test_no_single_change_is_left_out(app: Flask, name: str) -> None:
    document = checked_document(parse_yaml((SETS / f"{name}.yaml").read_text("utf-8")))
    before = Rulebook.from_document(document)
    tried = 0
    with app.test_request_context():
        assert changes(before, before) == []
        for path in leaves(document):
            after = changed(document, path)
            if after is not None and after != before:
                tried += 1
                assert changes(before, after), path
    assert tried > 25


def test_what_no_sentence_tells_is_told_by_its_key(app: Flask) -> None:
    document = checked_document(parse_yaml((SETS / "kinds_of_rule.yaml").read_text("utf-8")))
    document["categories"][0]["name"] += "（新）"
    renamed = Rulebook.from_document(document)
    document = deepcopy(document)
    document["adjustments"]["second_person_above"] = "123"
    after = Rulebook.from_document(document)
    with app.test_request_context():
        [one] = changes(renamed, after)
        assert one.name == "规则书：second_person_above"
        assert one.after == "12300"
