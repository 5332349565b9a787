"""What work and conduct lead to: star ladders, commendations, being struck off, the blacklist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from moralbank.core.quantities import parse_points

SUBJECTS = ("volunteer", "station", "team")
LADDER_PERIODS = ("quarter", "year", "lifetime")
QUOTA_OF = ("listed", "active")
MEASURED_PER = ("member", "whole")
CONDUCT_PERIODS = ("year", "lifetime")
STOPS = ("claims", "awards", "redemptions", "donations")

MEASURES = ("minutes", "points", "merit", "mean_rating", "ratings", "events", "tenure_days")
"""What a star ladder can ask for.  A document writes `hours`; it is measured in `minutes`."""

Needs = Mapping[str, int | Fraction]
"""Measure to least value, all of them together: minutes, hundredths, counts, days, and the mean
rating as a fraction of stars."""


@dataclass(frozen=True, slots=True)
class Level:
    """What `stars` stars need: all of `needs`, and where there is something in `either` all of one
    of these."""

    stars: int
    needs: Needs
    either: tuple[Needs, ...] = ()


@dataclass(frozen=True, slots=True)
class Quota:
    """How many may have `stars` stars or more: so many `places`, or so many per cent of all that
    are `listed`, or of those `active`, that did something in the period."""

    stars: int
    places: int | None
    percent: Fraction | None
    of: str | None

    def room(self, *, listed: int, active: int) -> int:
        """Return how many places there are."""
        if self.percent is None:
            return self.places or 0
        return int(self.percent * self.base(listed=listed, active=active) / 100)

    def base(self, *, listed: int, active: int) -> int:
        """Return what the percentage is of."""
        return listed if self.of == "listed" else active


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Who gets no star: whoever has one of these reasons on record in the ladder's period, is
    struck off, or is on the blacklist."""

    reasons: frozenset[str]
    struck_off: bool
    blacklisted: bool


NOBODY = Exclusion(frozenset(), struck_off=False, blacklisted=False)


@dataclass(frozen=True, slots=True)
class Ladder:
    """The levels for one kind of subject over one kind of period, lowest first. `per_member`: what
    a station or team did is shared out among its members before it is measured. `size_classes`
    are the most members of each class but the last; each class is ranked by itself."""

    subject: str
    period: str
    levels: tuple[Level, ...]
    quotas: tuple[Quota, ...] = ()
    excludes: Exclusion = NOBODY
    per_member: bool = False
    size_classes: tuple[int, ...] = ()

    def size_class(self, members: int) -> int:
        """Return the number of the class of a group with so many members, from 0."""
        return sum(members > most for most in self.size_classes)


@dataclass(frozen=True, slots=True)
class Commendation:
    """A medal or a prize besides the stars, for `needs` over a kind of period; `again_each` further
    amount of one measure earns it once more."""

    code: str
    name: str
    subject: str
    period: str
    needs: Needs
    again_each: tuple[str, int | Fraction] | None


@dataclass(frozen=True, slots=True)
class StrikeOff:
    """So many records of one reason, in a calendar year or ever, strike somebody off."""

    reason: str
    times: int
    per: str


@dataclass(frozen=True, slots=True)
class Standing:
    """When somebody is struck off or on the blacklist, and what each of the two stops.

    `merit_below` is in hundredths and may be below zero; None where there is no blacklist.
    """

    strike_off: tuple[StrikeOff, ...]
    struck_off_stops: frozenset[str]
    merit_below: int | None
    blacklisted_stops: frozenset[str]


NO_STANDING = Standing((), frozenset(), None, frozenset())


def read_ladder(doc: Mapping[str, Any]) -> Ladder:
    """Read a star ladder."""
    excludes = doc.get("excludes")
    return Ladder(
        subject=doc["subject"],
        period=doc["period"],
        levels=tuple(
            Level(
                level["stars"],
                read_needs(level["needs"]),
                tuple(read_needs(one) for one in level["needs"].get("any_of", ())),
            )
            for level in doc["levels"]
        ),
        quotas=tuple(_read_quota(quota) for quota in doc.get("quotas", ())),
        excludes=NOBODY
        if excludes is None
        else Exclusion(
            frozenset(excludes["reasons"]),
            struck_off=excludes["struck_off"],
            blacklisted=excludes["blacklisted"],
        ),
        per_member=doc.get("per") == "member",
        size_classes=tuple(doc.get("size_classes") or ()),
    )


def _read_quota(doc: Mapping[str, Any]) -> Quota:
    percent = doc.get("percent")
    return Quota(
        doc["stars"],
        doc.get("places"),
        None if percent is None else Fraction(percent),
        doc.get("of"),
    )


def read_commendation(doc: Mapping[str, Any]) -> Commendation:
    """Read a commendation."""
    again = doc.get("again_each")
    return Commendation(
        code=doc["code"],
        name=doc["name"],
        subject=doc["subject"],
        period=doc["period"],
        needs=read_needs(doc["needs"]),
        again_each=next(iter(read_needs(again).items())) if again else None,
    )


def read_standing(doc: Mapping[str, Any] | None) -> Standing:
    """Read when somebody is struck off or blacklisted."""
    if doc is None:
        return NO_STANDING
    off, black = doc.get("strike_off"), doc.get("blacklist")
    return Standing(
        strike_off=tuple(StrikeOff(one["reason"], one["times"], one["per"]) for one in off["when"])
        if off
        else (),
        struck_off_stops=frozenset(off["stops"]) if off else frozenset(),
        merit_below=parse_points(black["merit_below"]) if black else None,
        blacklisted_stops=frozenset(black["stops"]) if black else frozenset(),
    )


def read_needs(doc: Mapping[str, Any]) -> Needs:
    """Read what a level asks for, as measures."""
    needs: dict[str, int | Fraction] = {}
    if "hours" in doc:
        needs["minutes"] = Fraction(doc["hours"]) * 60
    for measure in ("points", "merit"):
        if measure in doc:
            needs[measure] = parse_points(doc[measure])
    if "mean_rating" in doc:
        needs["mean_rating"] = Fraction(doc["mean_rating"])
    for measure in ("ratings", "events", "tenure_days"):
        if measure in doc:
            needs[measure] = doc[measure]
    return MappingProxyType(needs)
