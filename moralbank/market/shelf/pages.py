"""The pictures of goods, for every page that shows some."""

from flask import Response

from moralbank.core.actor import Actor
from moralbank.core.pages import PageRoom
from moralbank.market.shelf import pictures

room = PageRoom("shelf", __name__)


@room.page("/pictures/<digest>.jpg", action="public.read", still=True)
def goods_picture(actor: Actor, digest: str) -> Response:
    """Show a picture; its name is made of what it shows, so it may be kept for good."""
    answer = Response(pictures.picture(actor, digest), mimetype="image/jpeg")
    answer.cache_control.public = True
    answer.cache_control.max_age = 365 * 24 * 3600
    answer.cache_control.immutable = True
    return answer
