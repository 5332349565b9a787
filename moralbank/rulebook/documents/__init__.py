"""A rulebook document as frozen values: what the rules read, and nothing that a framework owns.

The document itself is YAML in files and JSON over the API (`docs/rulebook.md`).  It is checked by
`moralbank.rulebook.schemas`; here a checked document becomes numbers that can be computed
with: points in hundredths, multipliers as exact fractions, hours as minutes.  Each part of the
document has a module of its name here, in `schemas`, in `faults` and among the `rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from moralbank.core.quantities import parse_points
from moralbank.rulebook.documents.awarding import (
    STARS,
    Caps,
    Category,
    Diminishing,
    Reason,
    Rounding,
    ServiceItem,
    read_caps,
    read_category,
    read_diminishing,
    read_item,
    read_reason,
    read_spans,
    read_time,
)
from moralbank.rulebook.documents.checks import Checks, read_checks
from moralbank.rulebook.documents.honours import (
    MEASURES,
    Commendation,
    Ladder,
    Standing,
    read_commendation,
    read_ladder,
    read_standing,
)
from moralbank.rulebook.documents.leaving import Leaving, read_leaving
from moralbank.rulebook.documents.spending import (
    Expiry,
    RedemptionRules,
    Release,
    read_expiry,
    read_redemption,
    read_release,
)
from moralbank.rulebook.documents.text import UnreadableYaml, canonical_json, parse_yaml

__all__ = [
    "FORMAT",
    "MEASURES",
    "STARS",
    "Caps",
    "Rounding",
    "Rulebook",
    "ServiceItem",
    "UnreadableYaml",
    "canonical_json",
    "parse_yaml",
]

FORMAT = 1
"""The document format that this program reads; a document says which one it is written in."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A rulebook, ready to compute with.  Make one with `from_document`.

    `time` is what an hour's work is rounded to, None where every minute counts. `caps` are those of
    one person, `issue` those of everybody together by span; `excess` says what
    becomes of what a person's caps cut off. `prior_ratings` is as how many ratings the district's
    mean counts.
    """

    title: str
    note: str
    categories: Mapping[str, Category]
    items: Mapping[str, ServiceItem]
    multipliers: Mapping[int, Fraction]
    neighbours_needed: int
    neighbours_combine: str
    rounding: Rounding
    time: Rounding | None
    caps: Caps
    issue: Mapping[str, int]
    excess: str
    diminishing: Diminishing | None
    reasons: Mapping[str, Reason]
    merit: str
    release: Release
    expiry: Expiry
    redemption: RedemptionRules
    second_person_above: int
    leaving: Leaving
    ladders: tuple[Ladder, ...]
    prior_ratings: int
    commendations: tuple[Commendation, ...]
    standing: Standing
    checks: Checks

    @property
    def pin_required_above(self) -> int:
        """Hundredths: a redemption of more than this needs the card's PIN."""
        return self.redemption.pin_required_above

    def items_of(self, category: str) -> list[str]:
        """Return the codes of a category's items."""
        return [code for code, item in self.items.items() if item.category == category]

    def ladder(self, *, subject: str, period: str) -> Ladder | None:
        """Return the star ladder for a subject and a kind of period, if there is one."""
        for ladder in self.ladders:
            if (ladder.subject, ladder.period) == (subject, period):
                return ladder
        return None

    @classmethod
    def from_document(cls, doc: Mapping[str, Any]) -> Rulebook:
        """Make a rulebook of a document that `schemas.checked_document` has passed, now or when
        the format knew fewer keys.

        Raises KeyError or ValueError for one that it would not have passed.
        """
        rating, caps = doc["rating"], doc["caps"]
        return cls(
            title=doc["title"],
            note=doc["note"],
            categories=MappingProxyType({c["code"]: read_category(c) for c in doc["categories"]}),
            items=MappingProxyType({i["code"]: read_item(i) for i in doc["service_items"]}),
            multipliers=MappingProxyType(
                {stars: Fraction(rating["multipliers"][str(stars)]) for stars in STARS}
            ),
            neighbours_needed=rating["neighbours"]["needed"],
            neighbours_combine=rating["neighbours"]["combine"],
            rounding=Rounding(
                step=parse_points(doc["rounding"]["step"]), mode=doc["rounding"]["mode"]
            ),
            time=read_time(doc["rounding"].get("time")),
            caps=read_caps(caps["person"]),
            issue=read_spans(caps.get("issue") or {}),
            excess=caps.get("excess", "lost"),
            diminishing=read_diminishing(doc.get("diminishing")),
            reasons=MappingProxyType({r["code"]: read_reason(r) for r in doc.get("reasons", ())}),
            merit=doc["merit"]["rule"],
            release=read_release(doc["release"]),
            expiry=read_expiry(doc["expiry"]),
            redemption=read_redemption(doc["redemption"]),
            second_person_above=parse_points(doc["adjustments"]["second_person_above"]),
            leaving=read_leaving(doc.get("leaving")),
            ladders=tuple(read_ladder(ladder) for ladder in doc["star_ladders"]),
            prior_ratings=(doc.get("satisfaction") or {}).get("prior_ratings", 0),
            commendations=tuple(read_commendation(c) for c in doc.get("commendations", ())),
            standing=read_standing(doc.get("standing")),
            checks=read_checks(doc.get("checks")),
        )
