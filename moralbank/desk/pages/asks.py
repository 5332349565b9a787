"""The staff's pages of what residents ask for by themselves: who is to be called, and the card that
opens a resident's own page."""

from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.language import in_chinese
from moralbank.core.pages import Form
from moralbank.core.qr import qr_markup
from moralbank.core.wording import moment_text
from moralbank.desk.pages.errand import one
from moralbank.desk.pages.errands import slips
from moralbank.desk.pages.room import PAGE_SIZE, go, pages_of, room, said, show
from moralbank.events import asks, own, requests
from moralbank.events.asks_api import AskTakenIn, LinkIn
from moralbank.events.schemas import ReasonIn, TakenOut
from moralbank.rulebook.operations import catalogue_groups


@room.page("/staff/asks", action="asks.decide")
def asks_waiting(actor: Actor) -> Response:
    """List who waits for a call back, the oldest first."""
    cursor = request.args.get("cursor")
    page = asks.waiting(actor, cursor=cursor, limit=PAGE_SIZE)
    return show(
        "asks.html",
        asks=[{"id": ask.id, "item": ask.item, "name": ask.name, "community": ask.community,
               "at": moment_text(ask.asked_at), "wish": ask.kind == "wish"}
              for ask in page.items],
        **pages_of("asks_waiting", page.next, cursor),
    )  # fmt: skip


@room.page("/staff/asks/<ask_id>", action="asks.decide")
def ask(actor: Actor, ask_id: str) -> Response:
    """Show whom to call and what they asked for."""
    return _ask(actor, ask_id)


def _ask(actor: Actor, ask_id: str, form: Form | None = None) -> Response:
    seen = asks.get(actor, ask_id)
    shown = said(form)
    if form is None:
        needed = clock.local(seen.needed_at) if seen.needed_at else None
        shown["form"] = {
            "service_item": seen.service_item,
            "needed_on": f"{needed:%Y-%m-%d}" if needed else "",
            "needed_time": f"{needed:%H:%M}" if needed else "",
            "note": seen.note or "",
            "address": seen.address or "",
        }
    return show(
        "ask.html",
        form.status if form else 200,
        ask=seen,
        asked_at=moment_text(seen.asked_at),
        needed_at=moment_text(seen.needed_at),
        items=catalogue_groups(),
        **shown,
    )


@room.page("/staff/asks/<ask_id>/taking", action="asks.decide", method="POST")
def ask_take(actor: Actor, ask_id: str) -> Any:
    """Take it as an errand, and show the code to tell on the telephone."""
    form = Form(AskTakenIn(), moments={"needed_at": "needed"})

    def work(**corrected: Any) -> dict[str, Any]:
        taken: dict[str, Any] = TakenOut().dump(asks.take(actor, ask_id, **corrected))
        return taken

    taken = form.submit(actor, work)
    return _ask(actor, ask_id, form) if taken is None else slips(actor, taken)


@room.page("/staff/asks/<ask_id>/refusal", action="asks.decide", method="POST")
def ask_refuse(actor: Actor, ask_id: str) -> Any:
    """Put it aside, and say why."""
    form = Form(ReasonIn())

    def work(reason: str) -> dict[str, str]:
        return {"status": asks.refuse(actor, ask_id, reason=reason).status}

    if form.submit(actor, work) is None:
        return _ask(actor, ask_id, form)
    return go(_("已记下，这件事不办。"), "asks_waiting")


@room.page("/staff/events/<event_id>/resident-link", action="residents.link", method="POST")
@in_chinese
def resident_card(actor: Actor, event_id: str) -> Any:
    """Show the card that opens a resident's own page, to print and hand over."""
    form = Form(LinkIn())

    def work(**asked: Any) -> dict[str, str]:
        return {"path": own.give_link(actor, event_id, **asked)}

    given = form.submit(actor, work)
    if given is None:
        return one(actor, event_id, form, "link")
    event = requests.get(actor, event_id)
    assert event.resident is not None
    url = request.url_root.rstrip("/") + given["path"]
    return show(
        "resident_card.html", event_id=event.id, name=event.resident.name,
        community=event.community, url=url, qr=qr_markup(url),
    )  # fmt: skip
