"""Who stands where: stars by the rulebook's ladder, then places by what was done. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.rules import Line, stars_for
from moralbank.rulebook.rules.lines import number_down


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a subject did in a period: minutes whole, points and merit in hundredths as they were
    awarded, how many errands and ratings, and the sum of the ratings' stars.

    What was spent or given away is not in it, so that neither ever lowers a star.
    """

    minutes: int
    points: int
    merit: int
    events: int
    ratings: int
    rating_stars: int

    @property
    def mean_rating(self) -> Fraction | None:
        """The mean of the ratings, exactly; None where there is none."""
        return Fraction(self.rating_stars, self.ratings) if self.ratings else None

    @property
    def mean_rating_text(self) -> str | None:
        """The mean with at most two decimals, never more than it is, as the explanation has it."""
        mean = self.mean_rating
        return None if mean is None else number_down(mean)

    def to_json(self) -> dict[str, int]:
        """Return plain values for storage."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Work":
        """Read back what `to_json` made. Raises TypeError where a part is missing."""
        return cls(**stored)


@dataclass(frozen=True, slots=True)
class Standing:
    """What one subject reached: stars, 0 to 5, a rank from 1, and why."""

    subject_id: str
    stars: int
    rank: int
    work: Work
    lines: tuple[Line, ...]


def standings(
    rulebook: Rulebook, works: Mapping[str, Work], *, subject: str, period_kind: str
) -> list[Standing]:
    """Return every subject of `works` with its stars and rank, the best first.

    More stars come first, then more merit, more minutes, the better mean rating and more errands.
    Subjects that are alike in all of these share a rank and the ranks after them are left out
    (1, 2, 2, 4); among themselves they are listed by id.
    """
    reached = {
        subject_id: stars_for(
            rulebook,
            subject=subject,
            period_kind=period_kind,
            measures={
                "minutes": work.minutes,
                "points": work.points,
                "merit": work.merit,
                "mean_rating": work.mean_rating,
                "ratings": work.ratings,
                "events": work.events,
            },
        )
        for subject_id, work in works.items()
    }
    keys = {
        subject_id: (
            -reached[subject_id].stars,
            -work.merit,
            -work.minutes,
            -(work.mean_rating or 0),
            -work.events,
        )
        for subject_id, work in works.items()
    }
    listed: list[Standing] = []
    rank, before = 0, None
    for place, subject_id in enumerate(sorted(works, key=lambda one: (keys[one], one)), 1):
        if keys[subject_id] != before:
            rank, before = place, keys[subject_id]
        level = reached[subject_id]
        listed.append(Standing(subject_id, level.stars, rank, works[subject_id], level.lines))
    return listed
