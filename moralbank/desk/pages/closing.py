"""The staff's page of how requests come to an end, by community and by station."""

from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank.core import clock, periods
from moralbank.core.actor import Actor
from moralbank.desk.pages.room import room, show
from moralbank.events.closing import closing
from moralbank.events.rules import Figures, decimal_text

QUARTERS = 4
"""How many quarters back there is to choose from."""


def quarters() -> list[str]:
    """Return the names of this quarter and of some before it, the latest first."""
    today = clock.today()
    place = today.year * 4 + (today.month - 1) // 3
    return [f"{one // 4}Q{one % 4 + 1}" for one in range(place, place - QUARTERS, -1)]


def figures_words(figures: Figures) -> dict[str, Any]:
    """Return the figures as pages show them; "" for what cannot be told."""
    return {
        "asked": figures.asked,
        "closed": figures.closed,
        "rate": f"{decimal_text(figures.rate * 100, 0)}%" if figures.rate is not None else "",
        "hours": decimal_text(figures.median_hours, 1) or "",
        "stars": decimal_text(figures.mean_stars, 2) or "",
    }


@room.page("/staff/closing", action="desk.use")
def closing_rates(actor: Actor) -> Response:
    """Show a quarter's requests: how many were closed, how soon, how content people were."""
    known = quarters()
    period = request.args.get("period")
    period = period if period in known else known[0]
    kind = "wish" if request.args.get("kind") == "wish" else None
    found = closing(actor, period=period, kind=kind)
    words = {"community": _("社区"), "station": _("代办站")}
    return show(
        "closing.html",
        period=period,
        periods=[(name, periods.parse(name).title) for name in known],
        wishes=kind == "wish",
        total=figures_words(found.total),
        parts=[
            (
                words[level],
                [
                    {"name": line.name, **figures_words(line.figures)}
                    for line in found.items
                    if line.level == level
                ],
            )
            for level in words
        ],
    )
