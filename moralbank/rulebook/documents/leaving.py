"""What becomes of points whose holder leaves the bank, or dies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LEAVING_RULES = ("keep", "lapse")


@dataclass(frozen=True, slots=True)
class Leaving:
    """`points`: what is left in an account that is closed stays there (`keep`) or lapses. `heirs`:
    to whom the points of somebody who died may go, by what they were to each other, within so many
    `days` of the death (None: at any time). With no heirs named, they go to nobody."""

    points: str
    heirs: tuple[str, ...]
    days: int | None


def read_leaving(doc: Mapping[str, Any] | None) -> Leaving:
    """Read it; a document that says nothing leaves points where they are."""
    if doc is None:
        return Leaving("keep", (), None)
    return Leaving(doc["points"], tuple(doc["heirs"]), doc["days"])
