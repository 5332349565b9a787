"""The path that every HTML request takes; the same operations as the API, the same checks."""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from functools import partial
from typing import Any

from flask import Blueprint, Response, current_app, g, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFProtect, generate_csrf
from markupsafe import Markup, escape
from marshmallow import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from moralbank.core import clock, idempotency, language, policy
from moralbank.core.actor import Actor, public
from moralbank.core.api import Authenticate
from moralbank.core.bodies import field_errors
from moralbank.core.fields import Schema, clean_identifier, from_text
from moralbank.core.kept import drawing_for_all, kept
from moralbank.core.problems import Refusal

csrf = CSRFProtect()
LARGE_TYPE = "large_type"
"""The cookie of a browser that asked for large type."""

# A browser drops tabs and line breaks and reads \\ as /, so that "/\t/host" would lead elsewhere.
_SAFE_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")


class PageRoom(Blueprint):
    """A room's HTML routes. Each says its action in the policy's table, and so who may open it.

    `signs_in` names the sign-in that its pages use: people and terminals keep theirs apart, so that
    one browser can hold both.
    """

    def __init__(self, name: str, import_name: str, *, signs_in: str = "person") -> None:
        super().__init__(f"{name}_pages", import_name)
        self.signs_in = signs_in

    def page(
        self,
        rule: str,
        *,
        action: str,
        method: str = "GET",
        still: bool = False,
        same_for_all: bool = False,
        largest: int | None = None,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a handler `(actor, **ids)`; a POST is checked for its CSRF token first.

        Somebody who is not signed in is led to the sign-in, and who has something to do first to
        where that is done; a role that may not gets a 403 page.
        A `still` one is for anybody and looks at no cookie, so that its answer may be kept by any
        cache, and is in Chinese. One that is the `same_for_all` who are not signed in is kept for a
        moment (`kept`), and has no form that is sent. `largest` is how many bytes a body may have
        that holds a file.
        """

        def decorate(handler: Callable[..., Any]) -> Callable[..., Any]:
            def view(**ids: str) -> Any:
                if largest is not None:
                    request.max_content_length = largest
                if method == "POST":
                    csrf.protect()
                actor = public(request.remote_addr or "") if still else signed_in(self.signs_in)
                try:
                    policy.require(actor, action)
                except Refusal as refusal:
                    if refusal.status == 401 and method == "GET":
                        return redirect(sign_in_address(self.signs_in))
                    if actor.owes is not None and refusal.code == f"{actor.owes}_due":
                        return redirect(url_for("account_pages.account"), 303)
                    raise
                cleaned = {name: clean_identifier(text) for name, text in ids.items()}
                if same_for_all and actor.kind == "public":
                    return kept(
                        partial(handler, actor, **cleaned),
                        liked=(_large_type(), language.chosen()),
                    )
                return handler(actor, **cleaned)

            view.__name__ = handler.__name__
            view.__doc__ = handler.__doc__
            view.action = action  # type: ignore[attr-defined]
            view.still = still  # type: ignore[attr-defined]
            self.add_url_rule(rule, view_func=view, methods=[method])
            return handler

        return decorate


def sign_in_address(kind: str) -> str:
    """Return where somebody (or a terminal) signs in, with the way back to this page."""
    endpoint = "market_pages.enrol" if kind == "terminal" else "people_pages.sign_in"
    return url_for(endpoint, next=request.full_path.rstrip("?"))


def signed_in(kind: str = "person") -> Actor:
    """Return who is signed in to these pages in this browser, or the public."""
    known: dict[str, Actor] = g.setdefault("signed_in", {})
    if kind not in known:
        known[kind] = _actor_of_cookie(kind)
    return known[kind]


def _actor_of_cookie(kind: str) -> Actor:
    address = request.remote_addr or ""
    token = session.get(kind)
    if token:
        authenticate: Authenticate = current_app.extensions["moralbank_authenticate"]
        actor = authenticate(token, address)
        if actor is not None:
            return actor
        session.pop(kind, None)
    return public(address)


def _large_type() -> bool:
    return request.cookies.get(LARGE_TYPE) == "1"


def page_context() -> dict[str, Any]:
    """Return what every page knows: the bank's name and telephone, who looks at it, in what type
    and language."""
    config, name = current_app.config, current_app.config["BANK_NAME"]
    try:
        actor = signed_in()
    except SQLAlchemyError:
        # The page that says that something is broken must not need what is broken.
        actor = public("")
    viewer = None if actor.kind == "public" else {"name": actor.name, "role": actor.role}
    return {
        "large_type": _large_type(),
        "here": request.full_path.rstrip("?") if request.method == "GET" else "/",
        "viewer": viewer,
        "language": language.TAGS["en" if language.in_english() else "zh"],
        "always_chinese": language.chosen() == language.ENGLISH and not language.in_english(),
        "bank_name": _(name) if name else "",  # a word of the catalogue, unless one was set
        "bank_place": config["BANK_PLACE"],
        "bank_phone": config["BANK_PHONE"],
    }


def keep_sign_in(token: str, kind: str = "person") -> None:
    """Remember a token of this browser's in its signed cookie."""
    session[kind] = token
    session.permanent = True


def safe_next(default: str) -> str:
    """Return where to go after a sign-in: a path of this site, never another one."""
    target = request.values.get("next", "")
    return target if _SAFE_PATH.fullmatch(target) else default


class Form:
    """What a person typed, what is wrong with it, and the one operation that it asks for."""

    def __init__(
        self,
        schema: Schema,
        *,
        more: Mapping[str, Any] | None = None,
        moments: Mapping[str, str] | None = None,
    ) -> None:
        """Read the request's form for `schema`. `more` adds values that the page itself made,
        `moments` those that people type as a date and a time: NAME_on and NAME_time, by the field
        that they make; both may be left out."""
        self.typed = {
            name: text
            for name, text in request.form.items()
            if name not in ("csrf_token", "idempotency_key")
        }
        self.errors: dict[str, Any] = {}
        self.problem: dict[str, Any] | None = None
        self.status = 200
        self.values: dict[str, Any] | None = None
        known = {name: text for name, text in self.typed.items() if name in schema.fields}
        made, halves = _moments(moments or {})
        try:
            given = from_text(schema, known, typed=True)
            self.values = schema.load({**given, **(more or {}), **made})
        except ValidationError as error:
            self.errors = field_errors(error)
            self.status = 422
        for field in halves:
            self.fault(field, _("日期和时间请都填上，或者都不填。"))

    def fault(self, name: str, message: str) -> None:
        """Put an error of the page's own beside a field; the form is then not good."""
        self.errors[name] = [message]
        self.values = None
        self.status = 422

    def submit(self, actor: Actor, work: Callable[..., Any]) -> Any:
        """Run `work(**values)` once per form shown, and return its JSON-able result.

        Returns None when something is not good: `errors` and `problem` then say what, and the page
        is shown again with `status`.
        """
        if self.values is None:
            return None
        values = self.values
        key = request.form.get("idempotency_key") or None
        asked = idempotency.fingerprint("form", request.path, self.typed)
        try:
            idempotency.check_key(key, required=False)
            return idempotency.once(actor, key, asked, lambda: (200, work(**values))).body
        except Refusal as refusal:
            if refusal.code == "idempotency_key_reused":
                words = _("这一页交过一次，改过的没有办。请先看看那次办好没有，还要办就再交一次。")
                refusal = Refusal(422, refusal.code, words)
            self.refused(refusal)
            return None

    def refused(self, refusal: Refusal) -> None:
        """Take in a refusal, to be shown beside the fields it names."""
        self.status = refusal.status
        self.errors = dict(refusal.errors or {})
        self.problem = refusal.to_problem()


def _moments(wanted: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the moments that were typed, by their fields, and the fields of which half was."""
    made: dict[str, str] = {}
    halves: list[str] = []
    for field, name in wanted.items():
        day, hour = (request.form.get(f"{name}_{part}", "").strip() for part in ("on", "time"))
        if moment := local_moment(day, hour):
            made[field] = moment
        elif day or hour:
            halves.append(field)
    return made, halves


def local_moment(day: str, hour: str) -> str | None:
    """Return a local date and time, as the browser sends them, as a moment with its offset.

    None when they are no date and time: the schema then says that the moment is missing.
    """
    try:
        moment = datetime.combine(date.fromisoformat(day), time.fromisoformat(hour))
    except ValueError:
        return None
    return None if moment.tzinfo else moment.replace(tzinfo=clock.zone()).isoformat()


def _csrf_field() -> Markup:
    if drawing_for_all():
        # The next visitor would get this one's token.
        raise RuntimeError("a page that is the same for all has a form that is sent")
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def _new_key() -> str:
    return secrets.token_urlsafe(16)


_ROW, _CELL = re.compile(r"<tr\b.*?</tr>", re.DOTALL), re.compile(r"<t[dh]\b(?! colspan)")


def headed(rows: Markup, heads: Sequence[tuple[str, str]]) -> Markup:
    """Return a table's rows with the head of its column in each cell (`data-head`), for where the
    page is so narrow that heads have no place above them. `heads`: the text and class of each."""

    def named(row: re.Match[str]) -> str:
        texts = (text for text, _class in heads)
        return _CELL.sub(lambda cell: f'{cell[0]} data-head="{escape(next(texts, ""))}"', row[0])

    return Markup(_ROW.sub(named, rows))  # noqa: S704 — markup already; the heads are escaped


TEMPLATE_GLOBALS = {"csrf_field": _csrf_field, "new_key": _new_key}
"""What every template may call: the CSRF token's field, and a fresh idempotency key."""

TEMPLATE_FILTERS = {"headed": headed}


def secure_headers(response: Response) -> Response:
    """Add the headers that keep pages from being framed, sniffed or scripted by others."""
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data: blob:; "
        "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault(
        "Permissions-Policy", "camera=(self), microphone=(), geolocation=()"
    )
    return response
