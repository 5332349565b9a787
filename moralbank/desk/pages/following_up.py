"""The staff's pages of what must not be forgotten: calls to residents, and series to end."""

from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.pages import Form
from moralbank.core.wording import moment_text
from moralbank.desk.pages.errand import one
from moralbank.desk.pages.room import PAGE_SIZE, go, pages_of, room, said, show
from moralbank.events import callbacks, series
from moralbank.events.schemas import CallbackIn, ReasonIn


@room.page("/staff/callbacks", action="events.call_back")
def to_call(actor: Actor) -> Response:
    """List who is to be called, and what was tried."""
    return _list(actor)


def _list(actor: Actor, form: Form | None = None, event_id: str | None = None) -> Response:
    cursor = request.args.get("cursor")
    page = callbacks.to_call(actor, cursor=cursor, limit=PAGE_SIZE)
    return show(
        "callbacks.html",
        form.status if form else 200,
        events=[
            {
                "id": line.id,
                "item": line.item,
                "community": line.community,
                "performed_at": moment_text(line.performed_at),
                "callees": line.callees,
                "tries": [
                    {
                        "at": moment_text(one.at),
                        "who": one.actor_name,
                        "reached": one.reached,
                        "note": one.note,
                    }
                    for one in line.tries
                ],
                "overdue": line.overdue,
            }
            for line in page.items
        ],
        refused=event_id,
        **said(form),
        **pages_of("to_call", page.next, cursor),
    )


@room.page("/staff/events/<event_id>/callback", action="events.call_back", method="POST")
def event_call(actor: Actor, event_id: str) -> Any:
    """Put a try on record."""
    form = Form(CallbackIn())

    def work(**values: Any) -> dict[str, bool]:
        callbacks.call_back(actor, event_id, **values)
        return {"reached": values["reached"]}

    done = form.submit(actor, work)
    if done is None:
        return _list(actor, form, event_id)
    if done["reached"]:
        return go(_("记下了。请把居民的评价录进来。"), "event", event_id=event_id)
    return go(_("记下了，没有联系上。"), "to_call")


@room.page("/staff/events/<event_id>/series/end", action="events.end_series", method="POST")
def event_series_end(actor: Actor, event_id: str) -> Any:
    """End a series."""
    form = Form(ReasonIn())

    def work(reason: str) -> dict[str, str]:
        series.end_series(actor, event_id, reason=reason)
        return {"id": event_id}

    if form.submit(actor, work) is None:
        return one(actor, event_id, form, "series")
    return go(_("以后不再每周登记了。已经登记的照办。"), "event", event_id=event_id)
