"""A rulebook document as frozen values: what the rules read, and nothing that a framework owns.

The document itself is YAML in files and JSON over the API (`docs/rulebook.md`).  It is checked by
`moralbank.rulebook.schemas`; here a checked document becomes numbers that can be computed
with: points in hundredths, multipliers as exact fractions, hours as minutes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import yaml

from moralbank.core.quantities import parse_points

FORMAT = 1
"""The document format that this program reads; a document says which one it is written in."""

MAX_YAML_CHARACTERS = 500_000

UNITS = ("event", "hour", "count")
SUBJECTS = ("volunteer", "station", "team")
LADDER_PERIODS = ("quarter", "year")
LIMIT_PERIODS = ("day", "month", "quarter", "year")
ROUNDING_STEPS = ("0.01", "0.1", "1")
ROUNDING_MODES = ("half_up", "half_even", "down", "up")
NEIGHBOURS_COMBINE = ("lower_median",)
MERIT_RULES = ("equals_points",)
RELEASE_RULES = ("at_once",)
EXPIRY_RULES = ("never",)
STARS = (1, 2, 3, 4, 5)

MEASURES = ("minutes", "points", "merit", "mean_rating", "ratings", "events")
"""What a star ladder can ask for.  A document writes `hours`; it is measured in `minutes`."""


class UnreadableYaml(ValueError):
    """The text is not YAML that a rulebook may use; the message says where."""


def canonical_json(document: Mapping[str, Any]) -> str:
    """Write a checked document as the one JSON text that stands for it (sorted keys, no spaces).

    Two documents mean the same exactly when these texts are equal, so a digest of it is safe.
    """
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class _StrictLoader(yaml.SafeLoader):
    """YAML without the two things that hide a mistake: repeated keys and aliases."""

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
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} is written twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def parse_yaml(text: str) -> Any:
    """Read the YAML of a rulebook into plain values, still unchecked.

    Raises UnreadableYaml, with line and column, for text that is not YAML, is longer than
    `MAX_YAML_CHARACTERS`, writes a key twice (YAML would silently keep the last) or uses aliases.
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


@dataclass(frozen=True, slots=True)
class Category:
    """A category of the catalogue, by its code."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ServiceItem:
    """One kind of errand; `points` are hundredths per `unit`."""

    code: str
    category: str
    name: str
    unit: str
    points: int
    description: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rounding:
    """Points are rounded to multiples of `step` hundredths."""

    step: int
    mode: str


@dataclass(frozen=True, slots=True)
class Caps:
    """The most one person can be awarded, in hundredths; None is no cap."""

    event: int | None
    day: int | None
    month: int | None
    year: int | None


@dataclass(frozen=True, slots=True)
class RedemptionLimits:
    """When points may be spent.  Points are hundredths; `times` and `per` stand together."""

    pin_required_above: int
    min_points: int | None
    max_points: int | None
    times: int | None
    per: str | None
    min_star: int
    min_tenure_days: int


@dataclass(frozen=True, slots=True)
class Level:
    """What `stars` stars need: measure to least value, all of them together.

    Minutes are minutes, points and merit hundredths, the mean rating a fraction of stars.
    """

    stars: int
    needs: Mapping[str, int | Fraction]


@dataclass(frozen=True, slots=True)
class Ladder:
    """The levels for one kind of subject over one kind of period, lowest first."""

    subject: str
    period: str
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A rulebook, ready to compute with.  Make one with `from_document`."""

    title: str
    note: str
    categories: Mapping[str, Category]
    items: Mapping[str, ServiceItem]
    multipliers: Mapping[int, Fraction]
    neighbours_needed: int
    neighbours_combine: str
    rounding: Rounding
    caps: Caps
    merit: str
    release: str
    expiry: str
    redemption: RedemptionLimits
    second_person_above: int
    ladders: tuple[Ladder, ...]

    @property
    def pin_required_above(self) -> int:
        """Hundredths: a redemption of more than this needs the card's PIN."""
        return self.redemption.pin_required_above

    def ladder(self, *, subject: str, period: str) -> Ladder | None:
        """Return the star ladder for a subject and a period (quarter, year), if there is one."""
        for ladder in self.ladders:
            if (ladder.subject, ladder.period) == (subject, period):
                return ladder
        return None

    @classmethod
    def from_document(cls, doc: Mapping[str, Any]) -> Rulebook:
        """Make a rulebook of a document that `schemas.checked_document` has passed.

        Raises KeyError or ValueError for one that it would not have passed.
        """
        rating, redemption = doc["rating"], doc["redemption"]
        limit = redemption["limit"] or {"times": None, "per": None}
        return cls(
            title=doc["title"],
            note=doc["note"],
            categories=MappingProxyType(
                {c["code"]: Category(code=c["code"], name=c["name"]) for c in doc["categories"]}
            ),
            items=MappingProxyType({i["code"]: _item(i) for i in doc["service_items"]}),
            multipliers=MappingProxyType(
                {stars: Fraction(rating["multipliers"][str(stars)]) for stars in STARS}
            ),
            neighbours_needed=rating["neighbours"]["needed"],
            neighbours_combine=rating["neighbours"]["combine"],
            rounding=Rounding(
                step=parse_points(doc["rounding"]["step"]), mode=doc["rounding"]["mode"]
            ),
            caps=Caps(
                **{
                    span: _optional_points(doc["caps"]["person"][span])
                    for span in ("event", "day", "month", "year")
                }
            ),
            merit=doc["merit"]["rule"],
            release=doc["release"]["rule"],
            expiry=doc["expiry"]["rule"],
            redemption=RedemptionLimits(
                pin_required_above=parse_points(redemption["pin_required_above"]),
                min_points=_optional_points(redemption["min_points"]),
                max_points=_optional_points(redemption["max_points"]),
                times=limit["times"],
                per=limit["per"],
                min_star=redemption["min_star"],
                min_tenure_days=redemption["min_tenure_days"],
            ),
            second_person_above=parse_points(doc["adjustments"]["second_person_above"]),
            ladders=tuple(_ladder(ladder) for ladder in doc["star_ladders"]),
        )


def _optional_points(text: str | None) -> int | None:
    return None if text is None else parse_points(text)


def _item(doc: Mapping[str, Any]) -> ServiceItem:
    return ServiceItem(
        code=doc["code"],
        category=doc["category"],
        name=doc["name"],
        unit=doc["unit"],
        points=parse_points(doc["points"]),
        description=doc["description"],
        tags=tuple(doc["tags"]),
    )


def _ladder(doc: Mapping[str, Any]) -> Ladder:
    levels = tuple(
        Level(stars=level["stars"], needs=MappingProxyType(_needs(level["needs"])))
        for level in doc["levels"]
    )
    return Ladder(subject=doc["subject"], period=doc["period"], levels=levels)


def _needs(doc: Mapping[str, Any]) -> dict[str, int | Fraction]:
    needs: dict[str, int | Fraction] = {}
    if "hours" in doc:
        needs["minutes"] = Fraction(doc["hours"]) * 60
    for measure in ("points", "merit"):
        if measure in doc:
            needs[measure] = parse_points(doc[measure])
    if "mean_rating" in doc:
        needs["mean_rating"] = Fraction(doc["mean_rating"])
    for measure in ("ratings", "events"):
        if measure in doc:
            needs[measure] = doc[measure]
    return needs
