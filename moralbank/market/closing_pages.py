"""The counter's page for the close of day: count the receipts, enter the number. No script."""

from typing import Any

from flask import redirect, session, url_for

from moralbank.core.actor import Actor
from moralbank.core.pages import Form, PageRoom
from moralbank.core.quantities import points_text
from moralbank.market import closings
from moralbank.market.pages import show
from moralbank.market.schemas import TerminalClosingIn

room = PageRoom("closings", __name__, signs_in="terminal")
CLOSED = "closed"
"""Where the browser keeps what the last closing said, until it was shown."""


@room.page("/terminal/closing", action="closings.make")
def closing(actor: Actor) -> Any:
    """Ask how many receipts there are, or show what came of it."""
    return show(actor, "terminal_closing.html", made=session.pop(CLOSED, None))


@room.page("/terminal/closing", action="closings.make", method="POST")
def close(actor: Actor) -> Any:
    """Close the day."""
    form = Form(TerminalClosingIn())

    def work(**values: Any) -> dict[str, Any]:
        made = closings.close(actor, **values)
        return {
            "receipts": made.receipts,
            "voided": made.voided,
            "points": points_text(made.points),
            "counted": made.counted,
            "reason": made.reason,
        }

    made = form.submit(actor, work)
    if made is not None:
        session[CLOSED] = made
        return redirect(url_for("closings_pages.closing"), 303)
    return show(
        actor, "terminal_closing.html", form.status, made=None,
        form=form.typed, errors=form.errors, problem=form.problem,
    )  # fmt: skip
