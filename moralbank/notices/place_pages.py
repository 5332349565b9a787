"""The public's pages of a community and of an errand station."""

from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.pages import PageRoom
from moralbank.core.plots import meter
from moralbank.notices import figures, places, reading, star_lists
from moralbank.notices.rules import SMALL_GROUP
from moralbank.notices.wording import entry, explained, honoured, too_few, totals

COMMUNITIES_A_PAGE = 60
STATIONS = 30
STARS = 8
LATEST = 5
LONGEST_SEARCH = 60

room = PageRoom("places", __name__)


@room.page("/communities", action="public.read", same_for_all=True)
def communities(actor: Actor) -> Any:
    """List the communities, and find one."""
    q = request.args.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    cursor = request.args.get("cursor") or None
    page = places.communities(actor, q=q, cursor=cursor, limit=COMMUNITIES_A_PAGE)
    return render_template(
        "notices/communities.html",
        communities=page.items,
        q=q,
        next_url=url_for(".communities", q=q or None, cursor=page.next) if page.next else None,
        first_url=url_for(".communities", q=q or None) if cursor else None,
    )


@room.page("/communities/<community_id>", action="public.read", same_for_all=True)
def community(actor: Actor, community_id: str) -> Any:
    """Show what a community's volunteers did, its stations, its stars and its notices."""
    here = places.place(actor, community_id, level="community")
    found = reading.list_notices(actor, organization_id=here.id, limit=LATEST).items
    return render_template(
        "notices/community.html",
        place=here,
        **_done(actor, here.id),
        categories=categories(actor, organization_id=here.id),
        stations=[
            {"id": one.id, "name": one.name, "kind": _kind(one), "hours": one.hours}
            for one in places.stations_of(actor, here.id, most=STATIONS)
        ],
        stars=_best(actor, here.id),
        notices=[entry(one) for one in found],
    )


@room.page("/stations/<station_id>", action="public.read", same_for_all=True)
def station(actor: Actor, station_id: str) -> Any:
    """Show an errand station: where it is, what its volunteers did, its stars."""
    here = places.place(actor, station_id, level="station")
    return render_template(
        "notices/station.html",
        place=here,
        kind=_kind(here),
        **_done(actor, here.id),
        certified=_certified(actor, here.id),
    )


def _done(actor: Actor, organization_id: str) -> dict[str, Any]:
    """Return the totals of a place, or why what was done there is not told: fewer people did it
    than may be told apart."""
    found = totals(figures.summary(actor, organization_id=organization_id))
    people = figures.took_part(actor, organization_id=organization_id)
    if 0 < people < SMALL_GROUP:
        return {"totals": {"volunteers": found["volunteers"]}, "withheld": too_few()}
    return {"totals": found, "withheld": None}


def _kind(here: places.Place) -> str:
    words: dict[str, str] = {
        "household": _("家庭代办站"),
        "property": _("物业代办站"),
        "barber": _("理发店代办站"),
        "pharmacy": _("药店代办站"),
    }
    other: str = _("代办站")
    return words.get(here.station_kind or "", other)


def _best(actor: Actor, community_id: str) -> dict[str, Any]:
    found = star_lists.best_volunteers(actor, organization_id=community_id, most=STARS)
    return {
        "period": found.period_title if found else None,
        "people": [honoured(one) for one in found.people] if found else [],
    }


def _certified(actor: Actor, station_id: str) -> dict[str, Any] | None:
    found = star_lists.stars_of(actor, "station", station_id)
    if found is None:
        return None
    return {"period": found.period_title, "stars": found.stars, "why": explained(found)}


def categories(actor: Actor, *, organization_id: str | None = None) -> list[dict[str, Any]]:
    """Return the errands by category as the pages show them, each with its bar."""
    rows = places.by_category(actor, organization_id=organization_id)
    most = max((row.service_events for row in rows), default=1)
    return [
        {
            "name": row.name,
            "events": f"{row.service_events:,}",
            "bar": meter(row.service_events, most),
        }
        for row in rows
    ]
