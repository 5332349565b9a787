"""The text of a rulebook document: YAML in files, one JSON text that stands for it in storage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

MAX_YAML_CHARACTERS = 500_000


class UnreadableYaml(ValueError):
    """The text is not YAML that a rulebook may use; the message says where."""


def canonical_json(document: Mapping[str, Any]) -> str:
    """Write a checked document as the one JSON text that stands for it (sorted keys, no spaces).

    Two documents mean the same exactly when these texts are equal, so a digest of it is safe.
    """
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class _StrictLoader(yaml.SafeLoader):
    """YAML without the three things that hide a mistake: repeated keys, keys merged in by `<<`, and
    aliases."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(
                None, None, "aliases are not used in a rulebook", self.get_mark()
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.tag == "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(
                    None, None, "'<<' is not used in a rulebook", key.start_mark
                )
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} is written twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def parse_yaml(text: str) -> Any:
    """Read the YAML of a rulebook into plain values, still unchecked.

    Raises UnreadableYaml, with line and column, for text that is not YAML, is longer than
    `MAX_YAML_CHARACTERS`, writes a key twice (YAML would silently keep the last), merges keys by
    `<<` or uses aliases.
    """
    if len(text) > MAX_YAML_CHARACTERS:
        raise UnreadableYaml(f"longer than {MAX_YAML_CHARACTERS} characters")
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader, made stricter
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise UnreadableYaml(f"{where}{error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # ValueError: YAML's own reading of an impossible date such as 2026-13-45.
        raise UnreadableYaml(str(error) or "not YAML") from error
