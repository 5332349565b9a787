"""Public pages kept for a moment, in this process, for whoever is not signed in.

What the public reads is the same for everybody, and may be a little old: a page is drawn once and
given out until something is written in this process, and for `PAGE_SECONDS` at most, as another
process may have written (0 keeps none). A browser asks each time, by its ETag, and is told when
nothing changed. Such a page has no form that is sent: the token against forged requests is each
visitor's own.

Most visitors bring no cookie. They get the whole answer of a page, as it was given to the first of
them, at the door: before the application looks at the request.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Response, current_app, g, make_response, request, session
from werkzeug.http import generate_etag, is_entity_header, parse_etags

from moralbank.core import clock
from moralbank.core.requests import ROUTE

MOST = 500
"""So many pages are kept; of more, those that were asked for least lately go."""


@dataclass(frozen=True, slots=True)
class _Page:
    """A page that is the same for all."""

    body: bytes
    mimetype: str
    etag: str
    until: datetime


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a server sends of a page that is the same for all: its headers and its bytes."""

    headers: list[tuple[str, str]]
    body: bytes
    etag: str
    until: datetime
    route: str


@dataclass(slots=True)
class _Shelf:
    """The pages of this process and their answers; `written` counts what was written while it
    ran."""

    pages: OrderedDict[Any, _Page] = field(default_factory=OrderedDict)
    answers: OrderedDict[Any, _Answer] = field(default_factory=OrderedDict)
    written: int = 0


def _shelf(app: Flask) -> _Shelf:
    shelf: _Shelf = app.extensions.setdefault("moralbank_kept_pages", _Shelf())
    return shelf


def _put(shelf: OrderedDict[Any, Any], asked: Any, made: Any) -> None:
    shelf[asked] = made
    while len(shelf) > MOST:
        shelf.popitem(last=False)


def something_was_written() -> None:
    """Throw away what is kept: a transaction was committed."""
    shelf = _shelf(current_app)
    shelf.written += 1
    shelf.pages.clear()
    shelf.answers.clear()


def drawing_for_all() -> bool:
    """Tell whether a page is being drawn that others get too."""
    return bool(g.get("drawing_for_all"))


def kept(draw: Callable[[], Any], *, liked: tuple[Any, ...]) -> Response:
    """Return a page that `draw` makes, or made a moment ago. `liked` is how this browser likes
    its pages, in what type and language."""
    seconds = current_app.config["PAGE_SECONDS"]
    if not seconds or session.get("_flashes"):  # what is said to one visitor is said once
        return make_response(draw())
    shelf, now = _shelf(current_app), clock.now()
    asked = request.host, request.full_path, liked
    page, written = shelf.pages.get(asked), shelf.written
    if page is None or page.until <= now:
        g.drawing_for_all = True
        try:
            drawn = make_response(draw())
        finally:
            g.drawing_for_all = False
        if drawn.status_code != 200:
            return drawn
        body, until = drawn.get_data(), now + timedelta(seconds=seconds)
        page = _Page(body, drawn.mimetype or "", generate_etag(body), until)
        if written == shelf.written:  # else it may be of before what was written meanwhile
            _put(shelf.pages, asked, page)
    else:
        shelf.pages[asked] = shelf.pages.pop(asked, page)
    answer = Response(page.body, mimetype=page.mimetype)
    answer.vary.add("Cookie")
    answer.headers["Cache-Control"] = "public, no-cache"
    answer.set_etag(page.etag)
    answer.make_conditional(request)
    g.kept_page = page, written
    return answer


Start = Callable[..., Any]


def open_door(app: Flask) -> None:
    """Let visitors without a cookie be answered at the door with what is kept. Called before any
    other hook is set, so that an answer is kept as the last of them left it."""
    inside, shelf = app.wsgi_app, _shelf(app)

    def door(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET" or "HTTP_COOKIE" in environ:
            return inside(environ, start_response)
        answer = shelf.answers.get(_asked(environ))
        if answer is None or answer.until <= clock.now():
            return inside(environ, start_response)
        environ[ROUTE] = answer.route
        known = environ.get("HTTP_IF_NONE_MATCH")
        if known and parse_etags(known).contains_weak(answer.etag):
            start_response("304 NOT MODIFIED", _without_body(answer.headers))
            return []
        start_response("200 OK", answer.headers.copy())
        return [answer.body]

    app.wsgi_app = door  # type: ignore[method-assign]
    app.after_request(_keep_answer)


def _asked(environ: dict[str, Any]) -> Any:
    names = "wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"
    return tuple(environ.get(name) for name in names)


def _without_body(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if not is_entity_header(name)]


def _keep_answer(response: Response) -> Response:
    found: tuple[_Page, int] | None = g.pop("kept_page", None)
    if found is None or "HTTP_COOKIE" in request.environ or response.status_code != 200:
        return response
    if request.method != "GET" or session.modified:
        return response
    page, written = found
    headers = response.get_wsgi_headers(request.environ)
    headers.remove("Date")  # the server says it
    shelf = _shelf(current_app)
    if written == shelf.written:
        answer = _Answer(
            headers.to_wsgi_list(), response.get_data(), page.etag, page.until,
            request.environ[ROUTE],
        )  # fmt: skip
        _put(shelf.answers, _asked(request.environ), answer)
    return response
