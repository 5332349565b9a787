"""Who stands where: stars by the rulebook, places by what was done, commendations. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from itertools import groupby
from types import MappingProxyType
from typing import Any

from moralbank.core.quantities import points_text
from moralbank.events.rules import FEWEST_RATINGS
from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.documents.honours import Ladder
from moralbank.rulebook.rules import (
    NO_PRIOR,
    Commended,
    Given,
    Line,
    Measured,
    Prior,
    Tie,
    commendations_for,
    stars_for,
    within_quotas,
)
from moralbank.rulebook.rules.lines import N_, number_down, number_up

_CONDUCT = N_("其中奖励和扣减合计：积分 %(points)s，道德分 %(merit)s")
_SHRUNK = N_(
    "平均评价怎么算：%(ratings)s 次评价平均 %(mean)s 星，加上全区平均 %(prior)s 星"
    "（算 %(weight)s 次），折算为 %(shrunk)s 星；次数越少越不准，多半在 %(low)s 到 %(high)s 星之间"
)
_PER_MEMBER = N_("时长、积分、道德分和次数按每位成员平均（共 %(members)s 人）")
_IN_CLASS = {
    "first": N_("和人数相近的比：%(most)s 人及以下的共 %(many)s 个，排第 %(rank)s"),
    "middle": N_("和人数相近的比：%(least)s 到 %(most)s 人的共 %(many)s 个，排第 %(rank)s"),
    "last": N_("和人数相近的比：%(least)s 人及以上的共 %(many)s 个，排第 %(rank)s"),
}
_WITHOUT_PLACE = {
    _IN_CLASS["first"]: N_("和人数相近的比：%(most)s 人及以下的共 %(many)s 个"),
    _IN_CLASS["middle"]: N_("和人数相近的比：%(least)s 到 %(most)s 人的共 %(many)s 个"),
    _IN_CLASS["last"]: N_("和人数相近的比：%(least)s 人及以上的共 %(many)s 个"),
}
_OF_CLASS = frozenset((*_WITHOUT_PLACE, *_WITHOUT_PLACE.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a subject did in a period: minutes whole, points and merit in hundredths as they were
    awarded, more for bonuses and less for deductions, how many errands and ratings, the sum of the
    ratings' stars, and for a volunteer how many days the account was open when the period ended.
    Of a group an errand counts for each member who did it, its rating once. There are rounds of
    before that was so: in theirs `ratings` has a rating as often as it had members, and
    `rated_errands` how many errands were rated, or 0 where that was not counted yet. `members` is
    how many people a station or team has and `took_part` how many of them did something (None where
    that was not counted yet), `prior` the district's ratings where they count.

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
    members: int | None = None
    took_part: int | None = None
    prior: Prior = NO_PRIOR

    @property
    def tells_mean(self) -> bool:
        """Whether there are enough ratings for their mean to tell no single one."""
        return self.rated_errands >= FEWEST_RATINGS

    @property
    def mean_rating(self) -> Fraction | None:
        """The mean of the ratings, exactly; None where there is none."""
        return Fraction(self.rating_stars, self.ratings) if self.ratings else None

    @property
    def satisfaction(self) -> Fraction | None:
        """The mean of the ratings drawn towards the district's, which is what ladders ask for and
        what decides between two; None where there is no rating."""
        return self.prior.shrunk(ratings=self.ratings, stars=self.rating_stars)

    @property
    def mean_rating_text(self) -> str | None:
        """The mean with at most two decimals, never more than it is, as the explanation has it;
        None where it is not told."""
        return self._told(self.mean_rating)

    @property
    def satisfaction_text(self) -> str | None:
        """The satisfaction likewise."""
        return self._told(self.satisfaction)

    @property
    def satisfaction_span(self) -> list[str] | None:
        """Between which means it lies in nineteen of twenty cases; None where that is not told."""
        span = self.prior.span(ratings=self.ratings, stars=self.rating_stars)
        if span is None or not self.tells_mean:
            return None
        return [number_down(span[0]), number_up(span[1])]

    def _told(self, mean: Fraction | None) -> str | None:
        return None if mean is None or not self.tells_mean else number_down(mean)

    def measured(self, *, per_member: bool = False) -> Measured:
        """Return what a ladder or a commendation can ask for; `per_member` shares what was done out
        among the members. Ratings are evidence, of which a group has what it has."""
        share = Fraction(1)
        if per_member:
            share = Fraction(1, self.members) if self.members else Fraction(0)
        return {
            "minutes": self.minutes * share,
            "points": self.points * share,
            "merit": self.merit * share,
            "mean_rating": self.satisfaction,
            "ratings": self.ratings,
            "events": self.events * share,
            "tenure_days": self.tenure_days,
        }

    def to_json(self) -> dict[str, Any]:
        """Return plain values for storage."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Work":
        """Read back what `to_json` made, now or before it knew all of it. Raises TypeError where
        a part is missing."""
        prior = Prior.from_json(stored.get("prior") or {})
        return cls(**{**stored, "prior": prior})


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

    Where the ladder measures per member, all of that is each member's share. Where it has classes
    of size, each class has its own ranks and its own places under a quota; of equal stars and rank
    the smaller class is listed first.
    """
    done = {number: _with(work, conduct.get(number, NOTHING)) for number, work in works.items()}
    ladder = rulebook.ladder(subject=subject, period=period_kind)
    classes: dict[int, dict[str, Work]] = {}
    for number, work in done.items():
        size = ladder.size_class(work.members or 0) if ladder is not None else 0
        classes.setdefault(size, {})[number] = work
    listed = [
        (size, one)
        for size, alike in classes.items()
        for one in _standings(rulebook, alike, subject, period_kind, conduct, ladder, size)
    ]
    listed.sort(key=lambda placed: (-placed[1].stars, placed[1].rank, placed[0]))
    return [one for _size, one in listed]


def _standings(
    rulebook: Rulebook,
    done: Mapping[str, Work],
    subject: str,
    period_kind: str,
    conduct: Mapping[str, Conduct],
    ladder: Ladder | None,
    size: int,
) -> list[Standing]:
    """Return those of one class of size, ranked among themselves."""
    per_member = ladder is not None and ladder.per_member
    measured = {number: work.measured(per_member=per_member) for number, work in done.items()}
    earned = {}
    for number in done:
        known = conduct.get(number, NOTHING)
        earned[number] = stars_for(
            rulebook, subject=subject, period_kind=period_kind, measures=measured[number],
            reasons=known.reasons, standing=known.standing,
        )  # fmt: skip
    keys = {
        number: (
            -earned[number].stars,
            -(here["merit"] or 0),
            -(here["minutes"] or 0),
            -(here["mean_rating"] or 0),
            -(here["events"] or 0),
        )
        for number, here in measured.items()
    }
    ranked = sorted(done, key=lambda one: (keys[one], one))
    ties = [list(alike) for _key, alike in groupby(ranked, key=keys.__getitem__)]
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
            work = done[number]
            medals = commendations_for(
                rulebook, subject=subject, period_kind=period_kind, measures=work.measured()
            )
            lines = (
                *earned[number].lines,
                *one.lines,
                *_explained(work, per_member=per_member),
                *_in_class(ladder, size, many=len(done), rank=rank),
                *_told(conduct.get(number, NOTHING)),
                *(medal.line for medal in medals),
            )
            listed.append(Standing(number, one.stars, rank, work, lines, medals))
    return listed


def _explained(work: Work, *, per_member: bool) -> tuple[Line, ...]:
    """Say how what was measured came about, where it is not as it was done."""
    lines = []
    if per_member:
        lines.append(Line(_PER_MEMBER, {"members": work.members or 0}))
    mean, prior, shrunk = work.mean_rating, work.prior.mean, work.satisfaction
    span = work.satisfaction_span
    if mean is not None and prior is not None and shrunk is not None and span is not None:
        lines.append(
            Line(
                _SHRUNK,
                {
                    "ratings": work.ratings, "mean": number_down(mean),
                    "prior": number_down(prior), "weight": work.prior.weight,
                    "shrunk": number_down(shrunk), "low": span[0], "high": span[1],
                },
            )
        )  # fmt: skip
    return tuple(lines)


def _in_class(ladder: Ladder | None, size: int, *, many: int, rank: int) -> tuple[Line, ...]:
    """Say with whom a group was compared, where the ladder has classes of size."""
    if ladder is None or not ladder.size_classes:
        return ()
    limits = ladder.size_classes
    values = {"many": many, "rank": rank}
    if size == 0:
        return (Line(_IN_CLASS["first"], {"most": limits[0], **values}),)
    values["least"] = limits[size - 1] + 1
    if size == len(limits):
        return (Line(_IN_CLASS["last"], values),)
    return (Line(_IN_CLASS["middle"], {"most": limits[size], **values}),)


def without_place(line: Line) -> Line:
    """Return a line without the place in the class that it may tell: who has no star has a place in
    the list, the first perhaps where nobody has one, but none to be proud of."""
    text = _WITHOUT_PLACE.get(line.text)
    return line if text is None else Line(text, line.values)


def of_class(lines: Iterable[Line]) -> list[Line]:
    """Return what an explanation says of the class of size, and nothing else."""
    return [line for line in lines if line.text in _OF_CLASS]


def size_class_of(lines: Iterable[Line]) -> tuple[int, int | None] | None:
    """Return from how many members to how many (None: any) the class goes in which an explanation
    compares a group; None where it names no class."""
    for line in of_class(lines):
        most = line.values.get("most")
        return int(line.values.get("least", 0)), None if most is None else int(most)
    return None


def shared_out(lines: Iterable[Line]) -> bool:
    """Tell whether an explanation is of a group of which each member's share was counted."""
    return any(line.text == _PER_MEMBER for line in lines)


def for_everybody(lines: Iterable[Line]) -> list[Line]:
    """Return what anybody may read of a group's explanation: bonuses and deductions are of single
    members, and stay with the staff."""
    return [line for line in lines if line.text != _CONDUCT]


def _with(work: Work, conduct: Conduct) -> Work:
    return replace(work, points=work.points + conduct.points, merit=work.merit + conduct.merit)


def _told(conduct: Conduct) -> tuple[Line, ...]:
    if not (conduct.points or conduct.merit):
        return ()
    figures = {"points": points_text(conduct.points), "merit": points_text(conduct.merit)}
    return (Line(_CONDUCT, figures),)
