"""Satisfaction: the mean of somebody's ratings, drawn towards the district's where they are few.

One rating of five stars is no proof of a better hand than forty with a mean of 4.8. So the
district's own mean counts as some further ratings, as many as the document says (an empirical
Bayesian mean), and how sure the result is is told with it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

SURE = Decimal("1.96")
"""So many standard errors to each side: nineteen of twenty such spans hold what they are about."""
LEAST, MOST = Fraction(1), Fraction(5)


@dataclass(frozen=True, slots=True)
class Prior:
    """What all ratings of a district were: how many, the sum of their stars and of the squares of
    these; and as how many ratings their mean counts (0: not at all)."""

    weight: int = 0
    ratings: int = 0
    stars: int = 0
    squares: int = 0

    @property
    def mean(self) -> Fraction | None:
        """The district's mean, exactly; None where there is no rating or it does not count."""
        return Fraction(self.stars, self.ratings) if self.ratings and self.weight else None

    def shrunk(self, *, ratings: int, stars: int) -> Fraction | None:
        """Return the mean of some ratings (their number, the sum of their stars) drawn towards the
        district's; None where there is no rating."""
        if not ratings:
            return None
        if self.mean is None:
            return Fraction(stars, ratings)
        return (stars + self.weight * self.mean) / (ratings + self.weight)

    def span(self, *, ratings: int, stars: int) -> tuple[Fraction, Fraction] | None:
        """Return between which means somebody's true one lies in nineteen of twenty cases, by how
        far the district's ratings lie apart; None where there is no mean to draw towards."""
        middle = self.shrunk(ratings=ratings, stars=stars)
        if middle is None or self.mean is None:
            return None
        spread = Fraction(self.squares, self.ratings) - self.mean**2
        variance = spread / (ratings + self.weight)
        error = (Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt()
        half = Fraction(SURE * error)
        return max(LEAST, middle - half), min(MOST, middle + half)

    def to_json(self) -> dict[str, int]:
        """Return plain values for storage."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Prior:
        """Read back what `to_json` made. Raises TypeError where a part is unknown."""
        return cls(**stored)


NO_PRIOR = Prior()
