"""What makes somebody look: thresholds of the checks against gaming, and the random samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

FLAG_KINDS = ("overlap", "pair", "ring", "entered", "address", "hours", "insider", "sample")
"""What a flag can be about; a bad rating opens a case as well, but that is no suspicion."""


@dataclass(frozen=True, slots=True)
class Checks:
    """From where on a check raises a flag.

    `pair`: errands of one volunteer for one resident in a month; `entered`: ratings that one member
    of staff enters in an hour; `address`: ratings from one network address in a day;
    `day_minutes`: one volunteer's minutes in a day; `ahead_minutes`: by how much the end of the
    work lies after its record; `late_days`: how long after the work the record was made; `ring`:
    errands in each direction within 90 days; `sample` and `pairing_sample`: the share of awards,
    and of those of registered pairings, that is called back at random. `delays`: the kinds that
    make an award wait for the answer.
    """

    pair: int
    entered: int
    address: int
    day_minutes: int
    ahead_minutes: int
    late_days: int
    ring: int
    sample: Fraction
    pairing_sample: Fraction
    delays: frozenset[str]


DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "pair": 8,
        "entered": 30,
        "address": 10,
        "day_minutes": 720,
        # Many write the end where the beginning is asked for.
        "ahead_minutes": 120,
        "late_days": 31,
        "ring": 3,
        "sample_percent": "3",
        "pairing_sample_percent": "10",
        "delays": [],
    }
)
"""What a document means that says nothing of checks."""


def read_checks(doc: Mapping[str, Any] | None) -> Checks:
    """Read the checks."""
    said = {**DEFAULTS, **(doc or {})}
    return Checks(
        pair=said["pair"],
        entered=said["entered"],
        address=said["address"],
        day_minutes=said["day_minutes"],
        ahead_minutes=said["ahead_minutes"],
        late_days=said["late_days"],
        ring=said["ring"],
        sample=Fraction(said["sample_percent"]) / 100,
        pairing_sample=Fraction(said["pairing_sample_percent"]) / 100,
        delays=frozenset(said["delays"]),
    )
