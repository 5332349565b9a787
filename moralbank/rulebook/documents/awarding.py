"""What an award is computed from: the catalogue, the rating, the caps, bonuses and deductions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from moralbank.core.quantities import parse_points

UNITS = ("event", "hour", "count")
SPANS = ("day", "week", "month", "quarter", "half_year", "year")
"""The periods over which awards are capped, the shortest first; a week begins on Monday."""
ROUNDING_STEPS = ("0.01", "0.1", "1")
ROUNDING_MODES = ("half_up", "half_even", "down", "up")
NEIGHBOURS_COMBINE = ("lower_median",)
MERIT_RULES = ("equals_points",)
EXCESS_RULES = ("lost", "donation")
REASON_KINDS = ("bonus", "deduction")
STARS = (1, 2, 3, 4, 5)
MAX_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that can be awarded, in hundredths: for one event, and in all by span; and for how
    many errands of a span (`times`). Whatever is not in it has no cap."""

    event: int | None
    spans: Mapping[str, int]
    times: Mapping[str, int] = field(default_factory=dict)


NO_CAPS = Caps(None, MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Category:
    """A category of the catalogue, by its code; `caps` are those of one person at all its items."""

    code: str
    name: str
    caps: Caps


@dataclass(frozen=True, slots=True)
class Rounding:
    """Points are rounded to multiples of `step` hundredths, time to multiples of `step` minutes."""

    step: int
    mode: str


@dataclass(frozen=True, slots=True)
class MinuteBounds:
    """How long one volunteer plausibly works at one errand, in whole minutes, both inclusive."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class ServiceItem:
    """One kind of errand; `points` are hundredths per `unit`, `caps` those of one person at this
    item alone. `longer` says from how many minutes on an event is worth how much instead, the
    shortest first; `time` what an hour's item rounds time to, where it is not what all do."""

    code: str
    category: str
    name: str
    unit: str
    points: int
    description: str
    tags: tuple[str, ...]
    caps: Caps = NO_CAPS
    minutes: MinuteBounds = MinuteBounds(1, MAX_MINUTES)
    longer: tuple[tuple[int, int], ...] = ()
    time: Rounding | None = None


@dataclass(frozen=True, slots=True)
class Diminishing:
    """What one volunteer's errands for one resident are still worth, as they become more.

    `steps` are pairs of how many errands came before in the same span (`per`), rising, and the
    multiplier from there on.
    """

    per: str
    steps: tuple[tuple[int, Fraction], ...]

    def multiplier(self, before: int) -> Fraction:
        """Return the multiplier of an errand that `before` others of this pair precede."""
        found = Fraction(1)
        for after, multiplier in self.steps:
            if before >= after:
                found = multiplier
        return found


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody gets a bonus or a deduction; `points` and `merit` are hundredths, at least
    zero. `zeroes_event`: what was awarded for the errand in question is taken back too."""

    code: str
    name: str
    kind: str
    points: int
    merit: int
    zeroes_event: bool


def optional_points(text: str | None) -> int | None:
    """Read points that may be left open, as hundredths."""
    return None if text is None else parse_points(text)


def read_spans(doc: Mapping[str, Any]) -> Mapping[str, int]:
    """Read the caps by span, without those that are left open."""
    found = {span: optional_points(doc.get(span)) for span in SPANS}
    return MappingProxyType({span: cap for span, cap in found.items() if cap is not None})


def read_caps(doc: Mapping[str, Any] | None) -> Caps:
    """Read the caps of a person, at everything, at a category or at an item."""
    if not doc:
        return NO_CAPS
    times = {span: most for span, most in (doc.get("times") or {}).items() if most is not None}
    return Caps(optional_points(doc.get("event")), read_spans(doc), MappingProxyType(times))


def read_time(doc: Mapping[str, Any] | None) -> Rounding | None:
    """Read what time is rounded to, if it is."""
    return Rounding(doc["minutes"], doc["mode"]) if doc else None


def read_category(doc: Mapping[str, Any]) -> Category:
    """Read a category."""
    return Category(doc["code"], doc["name"], read_caps(doc.get("caps")))


def read_item(doc: Mapping[str, Any]) -> ServiceItem:
    """Read a service item."""
    minutes = doc.get("minutes") or {"least": 1, "most": MAX_MINUTES}
    return ServiceItem(
        code=doc["code"],
        category=doc["category"],
        name=doc["name"],
        unit=doc["unit"],
        points=parse_points(doc["points"]),
        description=doc["description"],
        tags=tuple(doc["tags"]),
        caps=read_caps(doc.get("caps")),
        minutes=MinuteBounds(minutes["least"], minutes["most"]),
        longer=tuple(
            (one["minutes"], parse_points(one["points"])) for one in doc.get("longer") or ()
        ),
        time=read_time(doc.get("time")),
    )


def read_diminishing(doc: Mapping[str, Any] | None) -> Diminishing | None:
    """Read the diminishing returns, if there are any."""
    if doc is None:
        return None
    steps = ((step["after"], Fraction(step["multiplier"])) for step in doc["steps"])
    return Diminishing(doc["per"], tuple(steps))


def read_reason(doc: Mapping[str, Any]) -> Reason:
    """Read a reason; without merit of its own it moves as much merit as points."""
    points = parse_points(doc["points"])
    merit = optional_points(doc.get("merit"))
    return Reason(
        code=doc["code"],
        name=doc["name"],
        kind=doc["kind"],
        points=points,
        merit=points if merit is None else merit,
        zeroes_event=doc.get("zeroes_event", False),
    )
