"""Signing in and out: a volunteer with card and PIN, staff with name and password."""

from typing import Any

from flask import make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.pages import Form, PageRoom, keep_sign_in, safe_next
from moralbank.core.policy import MAY, VOLUNTEER, WORKER
from moralbank.core.problems import Refusal
from moralbank.people import sign_in as sign_ins
from moralbank.people import tokens
from moralbank.people.schemas import TokenIn

room = PageRoom("people", __name__)

WAYS = {"volunteer": ("card_code", "pin"), "staff": ("username", "password")}
"""The two ways to sign in, and the fields of each."""


def home_of(role: str) -> str:
    """Return the page that somebody of a role starts from."""
    if role in VOLUNTEER:
        return "/me"
    if role in WORKER:
        return "/staff"
    return "/staff/audit" if role in MAY["audit.read"] else "/"


def _where_to(role: str) -> str:
    """Return the page asked for, unless it is the other side's."""
    home = home_of(role)
    target = safe_next(home)
    return home if target.startswith("/staff" if home == "/me" else "/me") else target


@room.page("/sign-in", action="tokens.issue")
def sign_in(actor: Actor) -> Any:
    """Show both ways to sign in; who is signed in already goes on to their own page."""
    if actor.kind != "public":
        return redirect(_where_to(actor.role))
    return _ask(way=None, form=None)


def _ask(*, way: str | None, form: Form | None) -> Any:
    page = render_template(
        "people/sign_in.html",
        way=way,
        form=form.typed if form else {},
        errors=form.errors if form else {},
        problem=form.problem if form else None,
        next=safe_next(""),
    )
    response = make_response(page, form.status if form else 200)
    response.headers["Cache-Control"] = "no-store"
    return response


@room.page("/sign-in", action="tokens.issue", method="POST")
def enter(actor: Actor) -> Any:
    """Sign in. Not through `Form.submit`: a token is stored nowhere, not even as an answer."""
    way = "staff" if request.form.get("way") == "staff" else "volunteer"
    fields = WAYS[way]
    form = Form(TokenIn(only=fields))
    if form.values is None:
        missing = [name for name in fields if not form.typed.get(name)]
        form.errors = {**form.errors, **{name: [_("必须填写。")] for name in missing}}
        return _ask(way=way, form=form)
    enter_as = sign_ins.sign_in_staff if way == "staff" else sign_ins.sign_in_volunteer
    try:
        token = enter_as(actor, **form.values)
    except Refusal as refusal:
        form.refused(refusal)
        response = _ask(way=way, form=form)
        if "Retry-After" in refusal.headers:
            response.headers["Retry-After"] = refusal.headers["Retry-After"]
        return response
    keep_sign_in(token.access_token, room.signs_in)
    return redirect(_where_to(token.role), 303)


@room.page("/sign-out", action="tokens.issue", method="POST")
def sign_out(actor: Actor) -> Any:
    """Sign out of this browser. Whoever is not signed in any more is simply out."""
    if actor.kind != "public":
        tokens.sign_out(actor)
    session.pop(room.signs_in, None)
    return redirect(url_for("home_pages.home"), 303)
