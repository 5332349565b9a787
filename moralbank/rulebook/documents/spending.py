"""When points may be spent: release, expiry, the conditions on a redemption."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moralbank.core.quantities import parse_points
from moralbank.rulebook.documents.awarding import optional_points

LIMIT_PERIODS = ("day", "week", "month", "quarter", "year")
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
class RedemptionLimits:
    """When points may be spent.  Points are hundredths; `times` and `per` stand together.
    `point_worth` is what one point buys of goods, in hundredths of a yuan (None: prices are free).
    """

    pin_required_above: int
    min_points: int | None
    max_points: int | None
    times: int | None
    per: str | None
    min_star: int
    min_tenure_days: int
    point_worth: int | None


def read_release(doc: Mapping[str, Any]) -> Release:
    """Read the release."""
    if doc["rule"] == "at_once":
        return Release(0, None)
    return Release(doc["reviewers"], doc["notice_working_days"])


def read_expiry(doc: Mapping[str, Any]) -> Expiry:
    """Read the expiry."""
    return Expiry(doc["rule"], doc.get("months") or 0)


def read_redemption(doc: Mapping[str, Any]) -> RedemptionLimits:
    """Read the conditions on a redemption."""
    limit = doc["limit"] or {"times": None, "per": None}
    return RedemptionLimits(
        pin_required_above=parse_points(doc["pin_required_above"]),
        min_points=optional_points(doc["min_points"]),
        max_points=optional_points(doc["max_points"]),
        times=limit["times"],
        per=limit["per"],
        min_star=doc["min_star"],
        min_tenure_days=doc["min_tenure_days"],
        point_worth=optional_points(doc.get("point_worth")),
    )
