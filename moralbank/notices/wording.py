"""What several of the public's pages show alike: totals, notices in a list, people with stars."""

from typing import Any

from moralbank.core.quantities import points_text
from moralbank.notices import figures, reading, star_lists


def grouped(hundredths: int) -> str:
    """Write points with commas: 1234550 → "12,345.5"."""
    whole, point, part = points_text(hundredths).partition(".")
    return f"{int(whole):,}{point}{part}"


def totals(summary: figures.Summary) -> dict[str, str]:
    """Return totals as finished strings."""
    return {
        "volunteers": f"{summary.volunteers:,}",
        "hours": f"{summary.minutes // 60:,}",
        "service_events": f"{summary.service_events:,}",
        "points_awarded": grouped(summary.points_awarded),
        "points_redeemed": grouped(summary.points_redeemed),
        "stations": f"{summary.stations:,}",
        "supermarkets": f"{summary.supermarkets:,}",
    }


def honoured(one: star_lists.PublicStars) -> dict[str, Any]:
    """Return somebody with stars as the macro `honour_list` shows them."""
    return {"display_name": one.display_name, "community": one.organization, "stars": one.stars}


def state(notice: reading.NoticeView) -> str:
    """Return where a notice stands: draft, objection (one may still object) or closed."""
    if notice.status == "draft":
        return "draft"
    return "objection" if notice.takes_objections else "closed"


def entry(notice: reading.NoticeView) -> dict[str, Any]:
    """Return a notice as the macro `notice_entries` shows it."""
    return {
        "id": notice.id,
        "title": notice.title,
        "posted_on": notice.posted_on,
        "state": state(notice),
    }
