"""What the staff's and the public's page of closing rates have in common: what there is to choose
from, and the figures in words (`templates/events/closing.html`)."""

from collections.abc import Callable
from typing import Any

from flask import request
from flask_babel import pgettext

from moralbank.core import clock, periods
from moralbank.core.problems import not_found
from moralbank.events.closing import ClosingView
from moralbank.events.rules import Figures, decimal_text

QUARTERS = 4
"""How many quarters back the pages let one choose from."""


def quarters() -> list[str]:
    """Return the names of this quarter and of some before it, the latest first."""
    today = clock.today()
    place = today.year * 4 + (today.month - 1) // 3
    return [f"{one // 4}Q{one % 4 + 1}" for one in range(place, place - QUARTERS, -1)]


def figures_words(told: Figures | None) -> dict[str, Any]:
    """Return figures as pages show them; "" for what cannot be told."""
    if told is None:
        return {"asked": "", "closed": "", "rate": "", "hours": "", "stars": ""}
    return {
        "asked": told.asked,
        "closed": told.closed,
        "rate": f"{decimal_text(told.rate * 100, 0)}%" if told.rate is not None else "",
        "hours": decimal_text(told.median_hours, 1) or "",
        "stars": decimal_text(told.mean_stars, 2) or "",
    }


def closing_context(closing: Callable[..., ClosingView]) -> dict[str, Any]:
    """Ask for what the page's address chooses (`period`, one of the quarters, and `only`: wishes,
    or what came by telephone or on a page), and return what the template needs. Refuses 404 where
    that is none of them."""
    known = quarters()
    period = request.args.get("period") or known[0]
    only = request.args.get("only") or None
    if period not in known or only not in (None, "wish", "phone", "page"):
        raise not_found()
    wish = only == "wish"
    found = closing(period=period, kind="wish" if wish else None, came_by=None if wish else only)
    words = {"community": pgettext("多个", "社区"), "station": pgettext("多个", "代办站")}
    return {
        "period": period,
        "periods": [(name, periods.parse(name).title) for name in known],
        "only": only,
        "total": figures_words(found.total),
        "parts": [
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
    }
