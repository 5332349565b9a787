"""The staff's pages of errands: what waits, the lists, and taking a request."""

from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.api import Nothing
from moralbank.core.language import in_chinese
from moralbank.core.pages import Form
from moralbank.core.pagination import Page
from moralbank.core.policy import MAY
from moralbank.core.qr import qr_markup
from moralbank.core.wording import moment_text
from moralbank.desk.operations import longest_waiting, performers
from moralbank.desk.pages import forms
from moralbank.desk.pages.errand import one
from moralbank.desk.pages.room import PAGE_SIZE, pages_of, room, said, show
from moralbank.events import asks, codes, lists, requests
from moralbank.events.awarding import measures
from moralbank.events.checking import flags, releasing
from moralbank.events.closing import closing_total
from moralbank.events.closing_pages import figures_words, quarters
from moralbank.events.models import STATUSES
from moralbank.events.schemas import TakenOut
from moralbank.market.shelf.goods import to_reorder
from moralbank.notices import objections
from moralbank.organizations import operations as organizations
from moralbank.organizations.choices import communities, only_one, stations
from moralbank.people import adjustments, changes
from moralbank.rulebook.operations import catalogue_groups

LONGEST = 10
LOWEST = 10


@room.page("/staff", action="desk.use")
def staff(actor: Actor) -> Response:
    """Show what waits, and the ways to what is done most."""
    counts = measures.count_waiting(actor.scope or "/")
    return show(
        "staff.html",
        place=organizations.get(actor, actor.organization_id).name
        if actor.organization_id
        else _("全行"),
        counts={
            "asks": asks.count_waiting(actor.scope or "/"),
            "open": counts.get("open", 0),
            "to_complete": counts.get("claimed", 0),
            "to_rate": counts.get("completed", 0),
            "callback": counts["callback"],
            "to_look_at": flags.count_open(actor.scope or "/"),
            "to_release": releasing.count_waiting(actor.scope or "/"),
            "second_person": changes.count_asked(actor) + adjustments.count_pending(actor)
            if actor.role in MAY["accounts.decide"]
            else 0,
            "objections": objections.count_open(actor.scope or "/")
            if actor.role in MAY["objections.decide"]
            else 0,
        },
        closing=figures_words(closing_total(actor, period=quarters()[0])),
        waiting=[
            {
                "id": line.id,
                "item": line.item,
                "community": line.community,
                "who": line.who,
                "since": _("%(when)s登记", when=moment_text(line.created_at)),
                "status": line.status,
                "late_since": moment_text(line.deadline) if line.overdue else "",
            }
            for line in longest_waiting(actor, limit=LONGEST)
        ],
        may_see_people=actor.role in MAY["staff.read"],
        may_read_trail=actor.role in MAY["audit.read"],
        low=to_reorder(actor, limit=LOWEST),
    )


@room.page("/staff/awards", action="awards.review")
def awards_waiting(actor: Actor) -> Response:
    """List the errands whose points are not in the book yet, the oldest first."""
    cursor = request.args.get("cursor")
    page = lists.waiting_for_review(actor, cursor=cursor, limit=PAGE_SIZE)
    return show(
        "awards_waiting.html", events=_listed(page.items),
        **pages_of("awards_waiting", page.next, cursor),
    )  # fmt: skip


def _listed(lines: list[lists.EventLine]) -> list[dict[str, Any]]:
    who = performers([line.id for line in lines])
    return [
        {
            "id": line.id,
            "item": line.service_item_name,
            "community": line.community,
            "station": line.station,
            "who": who.get(line.id),
            "when": moment_text(line.performed_at or line.needed_at or line.created_at),
            "status": line.status,
            "late_since": moment_text(line.deadline) if line.overdue else "",
            "still_wanted": line.still_wanted if line.volunteers_needed > 1 else 0,
        }
        for line in lines
    ]


@room.page("/staff/events", action="desk.use")
def events(actor: Actor) -> Response:
    """List errands by their state, or those whose resident should be called."""
    status, callback = _wanted()
    cursor = request.args.get("cursor")
    page = errand_lines(actor, cursor, PAGE_SIZE)
    query = {"callback": "1"} if callback else {"status": status or None}
    return show(
        "events.html",
        status=status,
        callback=callback,
        events=_listed(page.items),
        **pages_of("events", page.next, cursor, **query),
    )


def _wanted() -> tuple[str, bool]:
    """Return the state that the address asks for ("": any), and whether to call about it."""
    status = request.args.get("status", "")
    return status if status in STATUSES else "", request.args.get("callback") == "1"


def errand_lines(actor: Actor, cursor: str | None, limit: int) -> Page[lists.EventLine]:
    """Return the errands that the address asks for."""
    status, callback = _wanted()
    return lists.list_events(
        actor, status=status or None, callback=callback, cursor=cursor, limit=limit
    )


@room.page("/staff/events/new", action="events.request")
def event_new(actor: Actor) -> Response:
    """Ask for what a request needs."""
    return _ask_request(actor)


def _ask_request(actor: Actor, form: Form | None = None) -> Response:
    places = communities(actor)
    shown = said(form)
    if form is None:
        shown["form"] = {"community_id": only_one(places) or "", "volunteers_needed": "1"}
    own = organizations.own_station(actor)
    return show(
        "event_new.html",
        form.status if form else 200,
        items=catalogue_groups(),
        communities=places,
        station=own.name if own else None,
        stations=[] if own else stations(actor),
        relations=forms.relations(),
        **shown,
    )


@room.page("/staff/events/new", action="events.request", method="POST")
def event_take(actor: Actor) -> Any:
    """Take a request, and show the code and the slip: here alone. A reload shows them again."""
    form = forms.request_form()

    def work(**asked: Any) -> dict[str, Any]:
        taken: dict[str, Any] = TakenOut().dump(requests.request_errand(actor, **asked))
        return taken

    taken = form.submit(actor, work)
    if taken is None:
        if "repeats" in form.errors:
            form.errors["repeats_until"] = form.errors.pop("repeats")
        return _ask_request(actor, form)
    return slips(actor, taken)


@room.page("/staff/events/<event_id>/codes", action="events.renew_codes", method="POST")
def event_codes(actor: Actor, event_id: str) -> Any:
    """Make new codes, and show them and the slips: here alone."""
    form = Form(Nothing())

    def work() -> dict[str, Any]:
        made: dict[str, Any] = TakenOut().dump(codes.renew(actor, event_id))
        return made

    made = form.submit(actor, work)
    return one(actor, event_id, form, "codes") if made is None else slips(actor, made)


@in_chinese
def slips(actor: Actor, taken: dict[str, Any]) -> Response:
    """Return the page of the codes and slips that were just made."""
    event = requests.get(actor, taken["id"])
    community = organizations.get(actor, event.community_id)
    rate_url = request.url_root.rstrip("/") + taken["rating_path"]
    visit_url = request.url_root.rstrip("/") + taken["visit_path"]
    return show(
        "event_created.html",
        event={
            "id": event.id,
            "item": event.service_item_name,
            "community": event.community,
            "station": event.station,
            "needed_at": moment_text(event.needed_at),
            "taken_at": moment_text(event.created_at),
        },
        resident_code=taken["resident_code"] if event.has_resident else None,
        neighbour_codes=taken["neighbour_codes"],
        rate_url=rate_url,
        rate_qr=qr_markup(rate_url),
        visit_url=visit_url,
        visit_qr=qr_markup(visit_url),
        phone=community.phone,
    )
