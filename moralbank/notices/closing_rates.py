"""What the public sees of how requests come to an end: no figure of fewer than five."""

from collections.abc import Iterable, Sequence

from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.transaction import query
from moralbank.events.closing import Closing, ClosingView, Outcomes, outcomes_below
from moralbank.events.rules import FEWEST_RATINGS, Figures, figures
from moralbank.notices.rules import SMALL_GROUP, apart_and_merged
from moralbank.notices.scope import scope_of
from moralbank.organizations.operations import names


@query("public.read")
def closing_rates(
    _actor: Actor,
    *,
    organization_id: str | None = None,
    period: str | None = None,
    kind: str | None = None,
    came_by: str | None = None,
) -> ClosingView:
    """Return how the requests of a period came to an end, by community and by station; those of
    which there are fewer than five are one line, as are the figures of points. Refuses 404, 422."""
    path = scope_of(organization_id=organization_id, period=period).path or "/"
    found = outcomes_below(path, period=period, kind=kind, came_by=came_by)
    total = _told(found.all) if len(found.all) >= SMALL_GROUP else None
    items = [*_lines("community", found.communities), *_lines("station", found.stations)]
    return ClosingView(total, items)


def _told(outcomes: Outcomes) -> Figures:
    return figures(outcomes.values(), fewest=FEWEST_RATINGS)


def _lines(level: str, places: dict[str, Outcomes]) -> Iterable[Closing]:
    known = names(set(places))
    apart, small = apart_and_merged(
        [(len(places[number]), number) for number in sorted(places, key=lambda one: known[one])],
        together=lambda numbers: len(_union(places, numbers)),
    )
    for number in apart:
        yield Closing(number, known[number], level, _told(places[number]))
    if small:
        yield Closing(None, _("其他"), level, _told(_union(places, small)))


def _union(places: dict[str, Outcomes], numbers: Sequence[str]) -> Outcomes:
    """Return the requests of several places, each once: people of two stations may do one."""
    return {event_id: one for number in numbers for event_id, one in places[number].items()}
