"""Whose an errand is: within reach of whoever works for its community, or for the station that
posted it."""

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased

from moralbank.core.actor import Actor
from moralbank.core.policy import within
from moralbank.core.problems import invalid_field, not_found
from moralbank.events.models import ServiceEvent
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import (
    below,
    find,
    find_community,
    hangs_on,
    own_station,
    path_of,
    serves,
)


def check_reach(actor: Actor, event: ServiceEvent, path: str) -> None:
    """Refuse with 404 an errand that is out of reach of staff or of a terminal; `path` is that of
    its community. A terminal stands in a shop, and serves the place that the shop hangs on."""
    if actor.kind == "terminal":
        if not path.startswith(place_of(actor)):
            raise not_found()
    elif not actor.covers(path):
        if event.station_id is None:
            raise not_found()
        within(actor, path_of(event.station_id))


def reached(path: str) -> ColumnElement[bool]:
    """Return the condition that an errand is within reach of who works at `path`, as `check_reach`
    has it, for a statement that joins the errand's community as `Organization`."""
    station = aliased(Organization)
    posted = select(station.id).where(station.path.startswith(path, autoescape=True))
    return or_(below(path), ServiceEvent.station_id.in_(posted))


def place_of(actor: Actor) -> str:
    """Return the path of the place whose errands a terminal sees. Refuses 404 whatever else asks,
    and a terminal without a place."""
    place = hangs_on(actor.scope or "/")
    if actor.kind != "terminal" or place == "/":
        raise not_found()
    return place


def posting_place(
    actor: Actor, community_id: str, station_id: str | None
) -> tuple[Organization, Organization | None]:
    """Return the community for which a request is taken, and the station that posts it, if one
    does: who works for a station posts for it without saying so.

    Refuses 404 for what is out of reach: for a station's staff every other station, and every
    community that theirs does not serve; 422 for a station that does not serve the community.
    """
    community = find_community(actor, community_id)
    station = own_station(actor)
    if station_id is not None:
        station = find(actor, station_id, level="station")
    if station is not None and not serves(station, community):
        raise invalid_field("station_id", _("这个代办站不在该社区。"))
    return community, station
