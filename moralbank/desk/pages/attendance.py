"""The staff's page at which cards are scanned: who comes, who goes, and at the end that it was
done."""

from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.pages import Form
from moralbank.core.wording import duration_text, moment_text
from moralbank.desk.pages.room import go, room, said, show
from moralbank.events import attendance, doing, requests
from moralbank.events.board import board
from moralbank.events.rules import UNDER_WAY
from moralbank.events.schemas import CompletionIn
from moralbank.people.schemas import CodeIn

LATEST = 12
WAYS = ("in", "out")


def _way(given: str | None) -> str:
    return given if given in WAYS else "in"


@room.page("/staff/events/<event_id>/attendance", action="desk.use")
def event_attendance(actor: Actor, event_id: str) -> Response:
    """Wait for the next card."""
    return _board(actor, event_id, _way(request.args.get("way")))


def _board(actor: Actor, event_id: str, way: str, form: Form | None = None) -> Response:
    event = requests.get(actor, event_id)
    there = board(actor, event.id, latest=LATEST)
    shown = said(form)
    shown["form"] = {}  # the next card goes into an empty field
    return show(
        "attendance.html",
        form.status if form else 200,
        event=event,
        way=way,
        runs=event.status in UNDER_WAY,
        needed_at=moment_text(event.needed_at),
        counts={
            "taking_part": there.taking_part,
            "came": there.came,
            "here": there.here,
            "gone": there.gone,
        },
        latest=[
            {
                "name": one.name,
                "came": f"{clock.local(one.came_at):%H:%M}",
                "left": f"{clock.local(one.left_at):%H:%M}" if one.left_at else "",
                "time": duration_text(one.minutes) if one.minutes else "",
            }
            for one in there.latest
        ],
        **shown,
    )


@room.page("/staff/events/<event_id>/attendance", action="desk.use", method="POST")
def event_scan(actor: Actor, event_id: str) -> Any:
    """Take in a card that was scanned or typed."""
    way = _way(request.form.get("way"))
    form = Form(CodeIn())

    def work(code: str) -> dict[str, Any]:
        if way == "in":
            return {"name": attendance.check_in(actor, event_id, code=code).display_name}
        gone = attendance.check_out(actor, event_id, code=code)
        return {"name": gone.display_name, "minutes": gone.minutes}

    done = form.submit(actor, work)
    if done is None:
        return _board(actor, event_id, way, form)
    if way == "in":
        words = _("%(name)s 到了。", name=done["name"])
    elif done["minutes"] is None:
        words = _("%(name)s 走了。时间太短或太长，先不计时长。", name=done["name"])
    else:
        words = _(
            "%(name)s 走了，%(time)s。", name=done["name"], time=duration_text(done["minutes"])
        )
    return go(words, "event_attendance", event_id=event_id, way=way)


@room.page("/staff/events/<event_id>/attendance/completion", action="desk.use", method="POST")
def event_attendance_complete(actor: Actor, event_id: str) -> Any:
    """Record that it was done, by everybody who was scanned and for as long as that."""
    form = Form(CompletionIn(only=("quantity", "note")))

    def work(**values: Any) -> dict[str, int]:
        doing.complete(actor, event_id, **values)
        return {"n": len(requests.get(actor, event_id).participants)}

    done = form.submit(actor, work)
    if done is None:
        if "participants" in form.errors and form.problem:
            form.problem["detail"] = "".join(form.errors["participants"])
        return _board(actor, event_id, "out", form)
    return go(_("已记为办完，共 %(n)d 人，等居民评价。", **done), "event", event_id=event_id)
