"""The staff's page of how requests come to an end, by community and by station."""

from functools import partial

from flask import Response

from moralbank.core.actor import Actor
from moralbank.desk.pages.room import room, show
from moralbank.events.closing import closing
from moralbank.events.closing_pages import closing_context


@room.page("/staff/closing", action="desk.use")
def closing_rates(actor: Actor) -> Response:
    """Show a quarter's requests: how many were closed, how soon, how content people were."""
    return show("closing.html", **closing_context(partial(closing, actor)))
