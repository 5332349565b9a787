"""When points may be spent: release, expiry, the conditions on a redemption."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moralbank.core.quantities import parse_points
from moralbank.rulebook.documents.awarding import SPANS, optional_points

LIMIT_PERIODS = SPANS
RELEASE_RULES = ("at_once", "held")
EXPIRY_RULES = ("never", "year_end", "months")


@dataclass(frozen=True, slots=True)
class Release:
    """What an award waits for before it counts: the consent of so many `reviewers`, and the end of
    a posted notice of so many working days (None: no notice). Zero and None is at once."""

    reviewers: int
    notice_working_days: int | None

    @property
    def at_once(self) -> bool:
        """Whether an award waits for nothing."""
        return not self.reviewers and self.notice_working_days is None


@dataclass(frozen=True, slots=True)
class Expiry:
    """When points lapse: `never`; at a `year_end`, `months` after the end of the year in which they
    were earned; or `months` after the day on which they were earned."""

    rule: str
    months: int


@dataclass(frozen=True, slots=True)
class RedemptionLimit:
    """How often, how much, or both, one person may redeem in a period; points are hundredths."""

    per: str
    times: int | None
    points: int | None


@dataclass(frozen=True, slots=True)
class RedemptionRules:
    """When points may be spent.  Points are hundredths; all of the `limits` hold.
    `without_pin_per_day` is how often a card is good without its PIN (None: as often as one likes);
    `point_worth` is what one point buys of goods, in hundredths of a yuan (None: prices are free).
    """

    pin_required_above: int
    without_pin_per_day: int | None
    min_points: int | None
    max_points: int | None
    min_balance: int | None
    limits: tuple[RedemptionLimit, ...]
    min_star: int
    min_tenure_days: int
    min_tenure_months: int
    point_worth: int | None


def read_release(doc: Mapping[str, Any]) -> Release:
    """Read the release."""
    if doc["rule"] == "at_once":
        return Release(0, None)
    return Release(doc["reviewers"], doc["notice_working_days"])


def read_expiry(doc: Mapping[str, Any]) -> Expiry:
    """Read the expiry."""
    return Expiry(doc["rule"], doc.get("months") or 0)


def read_redemption(doc: Mapping[str, Any]) -> RedemptionRules:
    """Read the conditions on a redemption; the one `limit` is one of the `limits`."""
    limits = [*([doc["limit"]] if doc["limit"] else []), *doc.get("limits", ())]
    return RedemptionRules(
        pin_required_above=parse_points(doc["pin_required_above"]),
        without_pin_per_day=doc.get("without_pin_per_day"),
        min_points=optional_points(doc["min_points"]),
        max_points=optional_points(doc["max_points"]),
        min_balance=optional_points(doc.get("min_balance")),
        limits=tuple(
            RedemptionLimit(one["per"], one.get("times"), optional_points(one.get("points")))
            for one in limits
        ),
        min_star=doc["min_star"],
        min_tenure_days=doc["min_tenure_days"],
        min_tenure_months=doc.get("min_tenure_months", 0),
        point_worth=optional_points(doc.get("point_worth")),
    )
