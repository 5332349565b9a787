"""How somebody likes the pages: large type, English; kept in cookies of this browser's and nowhere
else."""

from typing import Any

from flask import redirect, request

from moralbank.core import language
from moralbank.core.actor import Actor
from moralbank.core.pages import LARGE_TYPE, PageRoom, safe_next
from moralbank.core.problems import not_found

A_YEAR = 365 * 24 * 60 * 60

room = PageRoom("look", __name__)


@room.page("/type/<size>", action="public.read")
def choose(_actor: Actor, size: str) -> Any:
    """Remember `large` or `normal` type for a year, and lead back to where it was asked for.
    Refuses 404 for another."""
    if size not in ("large", "normal"):
        raise not_found()
    return _remembered(LARGE_TYPE, "1" if size == "large" else None)


@room.page("/language/<code>", action="public.read")
def choose_language(_actor: Actor, code: str) -> Any:
    """Remember English (`en`) or Chinese (`zh`) for a year, and lead back to where it was asked
    for. Refuses 404 for another."""
    if code not in language.TAGS:
        raise not_found()
    return _remembered(language.COOKIE, code if code == "en" else None)


def _remembered(cookie: str, value: str | None) -> Any:
    """Lead back, with a cookie set, or taken away for None."""
    answer = redirect(safe_next("/"), 303)
    if value is None:
        answer.delete_cookie(cookie)
    else:
        answer.set_cookie(
            cookie, value, max_age=A_YEAR, httponly=True, samesite="Lax", secure=request.is_secure
        )
    return answer
