"""Public pages kept for a moment, in this process, for whoever is not signed in.

What the public reads is the same for everybody, and may be a little old: a page is drawn once and
given out until something is written in this process, and for `PAGE_SECONDS` at most, as another
process may have written (0 keeps none). A browser asks each time, by its ETag, and is told when
nothing changed. What is each visitor's own in a page with a form – the token against forged
requests, the form's key – is put in when it is given out; such a page no browser keeps.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Response, current_app, g, make_response, request, session

from moralbank.core import clock

MOST = 500
"""So many pages are kept; of more, those that were asked for least lately go."""
TOKEN, KEY = (f"in-place-of-{secrets.token_hex(12)}" for _mark in range(2))
"""Marks that no page has by itself."""


@dataclass(frozen=True, slots=True)
class _Page:
    body: str
    mimetype: str
    until: datetime


@dataclass(slots=True)
class _Shelf:
    """The pages of this process; `written` counts what was written while it ran."""

    pages: OrderedDict[Any, _Page] = field(default_factory=OrderedDict)
    written: int = 0


def _shelf(app: Flask) -> _Shelf:
    shelf: _Shelf = app.extensions.setdefault("moralbank_kept_pages", _Shelf())
    return shelf


def something_was_written() -> None:
    """Throw away what is kept: a transaction was committed."""
    shelf = _shelf(current_app)
    shelf.written += 1
    shelf.pages.clear()


def keeping() -> bool:
    """Tell whether a page is being drawn for all: then marks stand for what is each visitor's."""
    return bool(g.get("keeping_page"))


def kept(
    draw: Callable[[], Any],
    *,
    liked: tuple[Any, ...],
    token: Callable[[], str],
    key: Callable[[], str],
) -> Response:
    """Return a page that `draw` makes, or made a moment ago. `liked` is how this browser likes
    its pages, in what type and language; `token` and `key` make the visitor's own."""
    seconds = current_app.config["PAGE_SECONDS"]
    if not seconds or session.get("_flashes"):  # what is said to one visitor is said once
        return make_response(draw())
    shelf, now = _shelf(current_app), clock.now()
    asked = request.host, request.full_path, liked
    page = shelf.pages.get(asked)
    if page is None or page.until <= now:
        written = shelf.written
        g.keeping_page = True
        try:
            drawn = make_response(draw())
        finally:
            g.keeping_page = False
        until = now + timedelta(seconds=seconds)
        page = _Page(drawn.get_data(as_text=True), drawn.mimetype or "", until)
        if drawn.status_code != 200:
            drawn.set_data(_own(page.body, token, key))
            return drawn
        if written == shelf.written:  # else it may be of before what was written meanwhile
            shelf.pages[asked] = page
            while len(shelf.pages) > MOST:
                shelf.pages.popitem(last=False)
    else:
        shelf.pages[asked] = shelf.pages.pop(asked, page)
    own = _own(page.body, token, key)
    answer = Response(own, mimetype=page.mimetype)
    answer.vary.add("Cookie")
    if own != page.body:
        answer.headers["Cache-Control"] = "private, no-store"
        return answer
    answer.headers["Cache-Control"] = "public, no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _own(body: str, token: Callable[[], str], key: Callable[[], str]) -> str:
    """Put what is the visitor's own in, where marks stand for it; each key is another."""
    if TOKEN in body:
        body = body.replace(TOKEN, token())
    while KEY in body:
        body = body.replace(KEY, key(), 1)
    return body
