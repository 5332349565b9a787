"""The pages behind the slip's QR codes: the resident says how an errand went, the volunteer that
they came, or are done; in a tap or two, without a script."""

from dataclasses import replace
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from moralbank.core.actor import Actor, public
from moralbank.core.api import Nothing
from moralbank.core.pages import Form, PageRoom
from moralbank.core.quantities import points_text
from moralbank.core.wording import duration_text, hours_text, moment_text
from moralbank.events import attendance, ratings
from moralbank.events.links import LinkedErrand, linked
from moralbank.events.rules import rating_state
from moralbank.events.schemas import RatingIn

room = PageRoom("events", __name__)


@room.after_request
def keep_to_yourself(response: Response) -> Response:
    """Keep a link's page out of shared caches and search engines: the link is the permission."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@room.page("/rate/<token>", action="events.rate")
def rate(actor: Actor, token: str) -> Any:
    """Ask for the stars, or say why there is nothing to rate."""
    event = linked(actor, token)
    return _closed(event) or _ask(event, token, form=None)


@room.page("/rate/<token>", action="events.rate", method="POST")
def send_rating(actor: Actor, token: str) -> Any:
    """Take the rating in, and say thanks with what came of it."""
    # The resident rates, whoever else is signed in to this browser; that one only must not have
    # done the errand.
    rater = replace(public(actor.address), volunteer_id=actor.volunteer_id)
    event = linked(actor, token)
    fields = ["stars", "comment"] + ([] if event.has_resident else ["resident_code"])
    form = Form(RatingIn(only=fields))
    if form.values is not None and not event.has_resident and not form.values.get("resident_code"):
        form.errors, form.values, form.status = {"resident_code": [_("必须填写。")]}, None, 422

    def work(**values: Any) -> dict[str, Any]:
        if event.has_resident:
            done = ratings.rate_by_link(rater, token, **values)
        else:
            done = ratings.rate(rater, event.id, **values)
        return {
            "stars": values["stars"],
            "awards": [
                {
                    "display_name": event.names[award.volunteer_id],
                    # Of several neighbours' ratings the points would tell the last one what the
                    # others gave.
                    "points": points_text(award.points) if event.has_resident else None,
                    "hours": hours_text(award.minutes),
                    "time": duration_text(award.minutes),
                    "explanation": award.explanation if event.has_resident else [],
                }
                for award in done.awards
            ],
        }

    thanks = form.submit(actor, work)
    if thanks is not None:
        return render_template("events/rated.html", item=event.item, **thanks)
    # Somebody may have rated between the page and the tap, or just locked the code.
    return _closed(linked(actor, token), form.status) or _ask(event, token, form=form)


def _ask(event: LinkedErrand, token: str, *, form: Form | None) -> Any:
    page = render_template(
        "events/rate.html",
        token=token,
        event={
            "item": event.item,
            "community": event.community,
            "performed_on": moment_text(event.performed_at),
            "performers": list(event.names.values()),
            "minutes": duration_text(event.minutes) if event.minutes else "",
        },
        ask_code=not event.has_resident,
        form=form.typed if form else {},
        errors=form.errors if form else {},
        problem=form.problem if form else None,
    )
    return make_response(page, form.status if form else 200)


def _closed(event: LinkedErrand, status: int = 200) -> Any:
    """Return the page for an errand that takes no rating, or None when it does."""
    words = None
    if event.status == "expired":
        words = (_("已过评价期限"), _("评价的时间已经过了。您有话要说，请打电话给社区。"))
    elif event.status == "cancelled":
        words = (_("这件事已经取消"), _("没有办，也就不用评价了。"))
    elif rating_state(event.status, awarded=event.awarded) == "already_rated":
        words = (_("已经评过了"), _("谢谢您。一件事只评一次；想改，请打电话给社区。"))
    elif rating_state(event.status, awarded=event.awarded) == "wrong_state":
        words = (_("还没有办完"), _("等事情办完、社区登记以后，再打开这一页评价。"))
    elif event.code_locked and not event.has_resident:
        words = (_("评价码已锁定"), _("评价码输错的次数太多。请打电话给社区，由社区替您记下评价。"))
    if words is None:
        return None
    page = render_template("events/rate_closed.html", title=words[0], detail=words[1])
    return make_response(page, status)


@room.page("/visit/<token>", action="events.visit")
def visit(actor: Actor, token: str) -> Any:
    """Offer the one thing that the volunteer may say now."""
    return _visit(actor, token)


def _visit(actor: Actor, token: str, form: Form | None = None) -> Any:
    seen = attendance.visit(actor, token)
    page = render_template(
        "events/visit.html",
        token=token,
        visit=seen,
        came=moment_text(seen.came_at),
        left=moment_text(seen.left_at),
        time=duration_text(seen.minutes) if seen.minutes else "",
        problem=form.problem if form else None,
    )
    return make_response(page, form.status if form else 200)


@room.page("/visit/<token>", action="events.visit", method="POST")
def visit_step(actor: Actor, token: str) -> Any:
    """Write down that the volunteer came, or is done."""
    form = Form(Nothing())

    def work() -> dict[str, str]:
        step = attendance.depart if request.form.get("step") == "out" else attendance.arrive
        return {"event_id": step(actor, token).event_id}

    if form.submit(actor, work) is None:
        return _visit(actor, token, form)
    return redirect(url_for("events_pages.visit", token=token), 303)
