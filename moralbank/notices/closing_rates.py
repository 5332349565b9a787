"""What the public sees of how requests come to an end: no figure of fewer than five."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from flask_babel import gettext as _

from moralbank.core import periods
from moralbank.core.actor import Actor
from moralbank.core.counted import counted
from moralbank.core.transaction import query
from moralbank.events.closing import Closing, ClosingView, Outcomes, outcomes_below
from moralbank.events.closing_pages import quarters
from moralbank.events.rules import FEWEST_RATINGS, Figures, figures
from moralbank.notices.rules import SMALL_GROUP, apart_and_merged
from moralbank.organizations.operations import names

QUARTERS_ALONE: tuple[periods.Kind, ...] = ("quarter",)


@query("public.read")
def closing_rates(
    _actor: Actor, *, period: str | None = None, kind: str | None = None, came_by: str | None = None
) -> ClosingView:
    """Return how the requests of a quarter came to an end, by community and by station; those of
    which there are fewer than five are one line, as are the figures of points.

    No figure, and no difference of two, tells of fewer than five ratings: there are whole quarters
    alone, some of the requests (`kind`, `came_by`) have no mean, and where too few ratings would be
    left beside the means that are told, the smallest of those is not. A mean counts five more
    ratings at once, or whoever reads it before and after one would know that one. Refuses 422.
    """
    period = period or quarters()[0]
    periods.read(period, kinds=QUARTERS_ALONE)
    return _closing_rates(period=period, kind=kind, came_by=came_by)


@counted
def _closing_rates(*, period: str, kind: str | None, came_by: str | None) -> ClosingView:
    found = outcomes_below("/", period=period, kind=kind, came_by=came_by)
    if len(found.all) < SMALL_GROUP:
        return ClosingView(None, [])
    part = kind is not None or came_by is not None
    items = []
    for level, places in (("community", found.communities), ("station", found.stations)):
        lines = dict(_lines(level, places))
        told = set() if part else _tell_means(found.all, [one for one, _line in lines.values()])
        items += [
            line if number in told else replace(line, figures=_without_mean(line.figures))
            for number, (_outcomes, line) in enumerate(lines.values())
        ]
    total = _told(found.all)
    return ClosingView(_without_mean(total) if part else total, items)


def _told(outcomes: Outcomes) -> Figures:
    return figures(outcomes.values(), fewest=FEWEST_RATINGS, lots=FEWEST_RATINGS)


def _without_mean(told: Figures) -> Figures:
    return replace(told, mean_stars=None, median_hours=None)


def _ratings(outcomes: Outcomes) -> int:
    return sum(len(one.stars) for one in outcomes.values())


def _tell_means(whole: Outcomes, parts: Sequence[Outcomes]) -> set[int]:
    """Return the places of the parts whose mean may be told beside that of the whole."""
    told = sorted(
        (number for number, part in enumerate(parts) if _ratings(part) >= FEWEST_RATINGS),
        key=lambda number: -_ratings(parts[number]),
    )
    while told:
        known = {event_id for number in told for event_id in parts[number]}
        rest = _ratings({number: one for number, one in whole.items() if number not in known})
        if rest == 0 or rest >= FEWEST_RATINGS:
            break
        told.pop()
    return set(told)


def _lines(
    level: str, places: dict[str, Outcomes]
) -> Iterable[tuple[str | None, tuple[Outcomes, Closing]]]:
    known = names(set(places))
    apart, small = apart_and_merged(
        [(len(places[number]), number) for number in sorted(places, key=lambda one: known[one])],
        together=lambda numbers: len(_union(places, numbers)),
    )
    for number in apart:
        line = Closing(number, known[number], level, _told(places[number]))
        yield number, (places[number], line)
    if small:
        union = _union(places, small)
        yield None, (union, Closing(None, _("其他"), level, _told(union)))


def _union(places: dict[str, Outcomes], numbers: Sequence[str]) -> Outcomes:
    """Return the requests of several places, each once: people of two stations may do one."""
    return {event_id: one for number in numbers for event_id, one in places[number].items()}
