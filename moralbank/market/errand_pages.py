"""The counter's pages of errands: what is on today, and a field at which cards come and go."""

from typing import Any

from flask import request, url_for

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.pages import Form
from moralbank.core.wording import duration_text, moment_text
from moralbank.events import attendance, board
from moralbank.market.pages import room, show
from moralbank.people.schemas import CodeIn

__all__ = ["room"]

PAGE_SIZE = 20
"""How many errands the list shows at once."""
LATEST = 30
"""How many of those who came or went are shown, those who are still there before the others."""


@room.page("/terminal/errands", action="events.scan")
def terminal_errands(actor: Actor) -> Any:
    """List the errands for which somebody may come today."""
    cursor = request.args.get("cursor")
    page = board.errands_today(actor, cursor=cursor, limit=PAGE_SIZE)
    following = url_for("market_pages.terminal_errands", cursor=page.next) if page.next else None
    return show(
        actor, "terminal_errands.html",
        errands=[
            {
                "id": one.id,
                "item": one.item,
                "status": one.status,
                "community": one.community,
                "station": one.station,
                "needed_at": moment_text(one.needed_at),
                "here": one.here,
            }
            for one in page.items
        ],
        next_url=following,
        first_url=url_for("market_pages.terminal_errands") if cursor else None,
    )  # fmt: skip


@room.page("/terminal/errands/<event_id>", action="events.scan")
def terminal_errand(actor: Actor, event_id: str) -> Any:
    """Wait for the next card."""
    return _scan(actor, event_id)


@room.page("/terminal/errands/<event_id>", action="events.scan", method="POST")
def terminal_pass(actor: Actor, event_id: str) -> Any:
    """Take in a card that was scanned or typed, and say who came or left. A reload says it again,
    and takes in nothing."""
    form = Form(CodeIn())

    def work(code: str) -> dict[str, Any]:
        scan = attendance.pass_by(actor, event_id, code=code)
        return {
            "name": scan.display_name,
            "came": _time(scan.came_at),
            "left": _time(scan.left_at),
            "time": duration_text(scan.minutes) if scan.minutes else "",
        }

    return _scan(actor, event_id, form, form.submit(actor, work))


def _scan(
    actor: Actor, event_id: str, form: Form | None = None, passed: dict[str, Any] | None = None
) -> Any:
    there = board.board(actor, event_id, latest=LATEST, here_first=True)
    return show(
        actor, "terminal_errand.html",
        form.status if form else 200,
        errand={
            "id": there.event_id,
            "item": there.item,
            "community": there.community,
            "needed_at": moment_text(there.needed_at),
            "runs": there.runs,
        },
        counts={"here": there.here, "gone": there.gone, "taking_part": there.taking_part},
        people=[
            {
                "name": one.name,
                "came": _time(one.came_at),
                "left": _time(one.left_at),
                "time": duration_text(one.minutes) if one.minutes else "",
            }
            for one in there.latest
        ],
        passed=passed,
        errors=form.errors if form else {},
        problem=form.problem if form else None,
    )  # fmt: skip


def _time(moment: Any) -> str:
    return f"{clock.local(moment):%H:%M}" if moment else ""
