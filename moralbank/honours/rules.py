"""Who stands where: stars by the rulebook, places by what was done, commendations. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from itertools import groupby
from types import MappingProxyType
from typing import Any

from moralbank.core.quantities import points_text
from moralbank.events.rules import FEWEST_RATINGS
from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.rules import (
    Commended,
    Given,
    Line,
    Measured,
    Tie,
    commendations_for,
    stars_for,
    within_quotas,
)
from moralbank.rulebook.rules.lines import N_, number_down

_CONDUCT = N_("其中奖励和扣减合计：积分 %(points)s，道德分 %(merit)s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a subject did in a period: minutes whole, points and merit in hundredths as they were
    awarded, more for bonuses and less for deductions, how many errands and ratings, the sum of the
    ratings' stars, and for a volunteer how many days the account was open when the period ended.
    `rated_errands` are the errands that were rated, each once, however many members of a group did
    it (0 in rounds of before that was counted).

    What was spent or given away is not in it, so that neither ever lowers a star.
    """

    minutes: int
    points: int
    merit: int
    events: int
    ratings: int
    rating_stars: int
    tenure_days: int | None = None
    rated_errands: int = 0

    @property
    def tells_mean(self) -> bool:
        """Whether there are enough ratings for their mean to tell no single one."""
        return self.rated_errands >= FEWEST_RATINGS

    @property
    def mean_rating(self) -> Fraction | None:
        """The mean of the ratings, exactly; None where there is none."""
        return Fraction(self.rating_stars, self.ratings) if self.ratings else None

    @property
    def mean_rating_text(self) -> str | None:
        """The mean with at most two decimals, never more than it is, as the explanation has it;
        None where it is not told."""
        mean = self.mean_rating if self.tells_mean else None
        return None if mean is None else number_down(mean)

    @property
    def measures(self) -> Measured:
        """What a ladder or a commendation can ask for."""
        return {
            "minutes": self.minutes,
            "points": self.points,
            "merit": self.merit,
            "mean_rating": self.mean_rating,
            "ratings": self.ratings,
            "events": self.events,
            "tenure_days": self.tenure_days,
        }

    def to_json(self) -> dict[str, int | None]:
        """Return plain values for storage."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Work":
        """Read back what `to_json` made, now or before it knew all of it. Raises TypeError where
        a part is missing."""
        return cls(**stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """What is on record of a subject besides its errands: the sums of a period's bonuses (plus) and
    deductions (minus) in hundredths, their reasons' codes, and how it stands today:
    struck_off, blacklisted, both or neither."""

    points: int = 0
    merit: int = 0
    reasons: frozenset[str] = frozenset()
    standing: frozenset[str] = frozenset()


NOTHING = Conduct()


@dataclass(frozen=True, slots=True)
class Standing:
    """What one subject reached: stars, 0 to 5, a rank from 1, why, and its commendations."""

    subject_id: str
    stars: int
    rank: int
    work: Work
    lines: tuple[Line, ...]
    commendations: tuple[Commended, ...] = ()


def standings(
    rulebook: Rulebook,
    works: Mapping[str, Work],
    *,
    subject: str,
    period_kind: str,
    conduct: Mapping[str, Conduct] = MappingProxyType({}),
) -> list[Standing]:
    """Return every subject of `works` with its stars and rank, the best first.

    `works` are the awards alone; bonuses and deductions of `conduct` are added here. Those who have
    earned more stars come first, then who has more merit, more minutes, the better mean rating and
    more errands. Subjects that are alike in all of these share a rank and the ranks after them are
    left out (1, 2, 2, 4); among themselves they are listed by id. In this order a quota is filled,
    so that nobody has more stars than who stands before.
    """
    done = {number: _with(work, conduct.get(number, NOTHING)) for number, work in works.items()}
    earned = {}
    for number, work in done.items():
        known = conduct.get(number, NOTHING)
        earned[number] = stars_for(
            rulebook, subject=subject, period_kind=period_kind, measures=work.measures,
            reasons=known.reasons, standing=known.standing,
        )  # fmt: skip
    keys = {
        number: (
            -earned[number].stars,
            -work.merit,
            -work.minutes,
            -(work.mean_rating or 0),
            -work.events,
        )
        for number, work in done.items()
    }
    ranked = sorted(done, key=lambda one: (keys[one], one))
    ties = [list(alike) for _key, alike in groupby(ranked, key=keys.__getitem__)]
    ladder = rulebook.ladder(subject=subject, period=period_kind)
    given = [Given() for _tie in ties]
    if ladder is not None:
        given = within_quotas(
            ladder,
            [Tie(earned[alike[0]].stars, len(alike)) for alike in ties],
            listed=len(done),
            active=sum(work.events > 0 for work in done.values()),
        )
    listed: list[Standing] = []
    for alike, one in zip(ties, given, strict=True):
        rank = len(listed) + 1
        for number in alike:
            medals = commendations_for(
                rulebook, subject=subject, period_kind=period_kind, measures=done[number].measures
            )
            lines = (
                *earned[number].lines,
                *one.lines,
                *_told(conduct.get(number, NOTHING)),
                *(medal.line for medal in medals),
            )
            listed.append(Standing(number, one.stars, rank, done[number], lines, medals))
    return listed


def _with(work: Work, conduct: Conduct) -> Work:
    return replace(work, points=work.points + conduct.points, merit=work.merit + conduct.merit)


def _told(conduct: Conduct) -> tuple[Line, ...]:
    if not (conduct.points or conduct.merit):
        return ()
    figures = {"points": points_text(conduct.points), "merit": points_text(conduct.merit)}
    return (Line(_CONDUCT, figures),)
