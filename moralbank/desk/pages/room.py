"""The desk's room, and what its pages have in common."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.pages import Form, PageRoom

room = PageRoom("desk", __name__)

PAGE_SIZE = 30
"""How many lines a list shows at once."""


@room.after_request
def leave_nothing_behind(response: Response) -> Response:
    """Let no browser or proxy keep these pages: several people share an office computer."""
    response.headers["Cache-Control"] = "no-store"
    return response


def show(template: str, status: int = 200, /, **context: Any) -> Response:
    """Return one of the desk's pages."""
    return make_response(render_template(f"desk/{template}", **context), status)


def go(words: str, endpoint: str, **ids: Any) -> Any:
    """Lead on to another page, which says `words`."""
    flash(words)
    return redirect(url_for(f"desk_pages.{endpoint}", **ids), 303)


def said(form: Form | None, **fields: str) -> dict[str, Any]:
    """Return what a page needs to show a form again: the old input, the errors, the problem.

    `fields` maps a refusal's code to the field that it is about, so that it stands there too.
    """
    if form is None:
        return {"form": {}, "errors": {}, "problem": None}
    problem, errors = form.problem, dict(form.errors)
    if problem is not None and problem["code"] in fields:
        errors[fields[problem["code"]]] = [problem["detail"]]
    if problem is None and errors:
        problem = {"detail": _("有些地方还没填对，请看下面标红的提示。")}
    return {"form": form.typed, "errors": errors, "problem": problem}


class Numbered(Protocol):
    """Something that was made, and has a number."""

    @property
    def id(self) -> str:
        """Return its number."""


Made = TypeVar("Made", bound=Numbered)


def submit_secret(form: Form, actor: Actor, make: Callable[..., Made]) -> tuple[bool, Made | None]:
    """Submit a form that makes something with a secret, which is in this answer and nowhere after
    it, not even where answers are kept for those who ask twice.

    Return whether it was done, and what was made; None for a form that was sent again.
    """
    made: list[Made] = []

    def work(**values: Any) -> str:
        made[:] = [make(**values)]
        return made[0].id

    number = form.submit(actor, work)
    # What a form sent again made was rolled back; its number is that of the first.
    fresh = bool(made) and made[0].id == number
    return number is not None, made[0] if fresh else None


def pages_of(
    endpoint: str, following: str | None, here: str | None, **query: Any
) -> dict[str, Any]:
    """Return the addresses of a list's next page and, from a later page, of its first."""

    def address(**more: Any) -> str:
        return url_for(f"desk_pages.{endpoint}", **query, **more)

    return {
        "next_url": address(cursor=following) if following else None,
        "first_url": address() if here else None,
    }
