"""How somebody likes the pages: large type, kept in a cookie of this browser's and nowhere else."""

from typing import Any

from flask import redirect, request

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
    answer = redirect(safe_next("/"), 303)
    if size == "large":
        answer.set_cookie(
            LARGE_TYPE, "1", max_age=A_YEAR, httponly=True, samesite="Lax", secure=request.is_secure
        )
    else:
        answer.delete_cookie(LARGE_TYPE)
    return answer
