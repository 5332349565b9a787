"""The public's page of how requests come to an end."""

from functools import partial
from typing import Any

from flask import render_template

from moralbank.core.actor import Actor
from moralbank.core.pages import PageRoom
from moralbank.events.closing_pages import closing_context
from moralbank.notices.closing_rates import closing_rates

room = PageRoom("closing", __name__)


@room.page("/closing", action="public.read", same_for_all=True)
def closing(actor: Actor) -> Any:
    """Show a quarter's requests: how many were closed, how soon, how content people were."""
    return render_template("notices/closing.html", **closing_context(partial(closing_rates, actor)))
