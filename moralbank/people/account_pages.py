"""One's own account: the password, and where one is signed in."""

from typing import Any

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.pages import Form, PageRoom
from moralbank.core.pagination import MAX_LIMIT
from moralbank.core.policy import MAY, due
from moralbank.core.wording import moment_text
from moralbank.people import own_account
from moralbank.people.schemas import PasswordChangeIn

room = PageRoom("account", __name__)


@room.after_request
def leave_nothing_behind(response: Response) -> Response:
    """Let no browser or proxy keep these pages."""
    response.headers["Cache-Control"] = "no-store"
    return response


@room.page("/account", action="tokens.own")
def account(actor: Actor) -> Response:
    """Show where one is signed in, and to staff how to change the password."""
    return _show(actor)


def _show(actor: Actor, form: Form | None = None) -> Response:
    found = own_account.sign_ins(actor, limit=MAX_LIMIT).items
    newest_first = sorted(found, key=lambda one: one.created_at, reverse=True)
    page = render_template(
        "people/account.html",
        sign_ins=[
            {
                "id": one.id,
                "since": moment_text(one.created_at),
                "used": moment_text(one.seen_at),
                "address": one.address,
                "current": one.current,
            }
            for one in newest_first
        ],
        has_password=actor.role in MAY["account.own"],
        due=due(actor.owes).detail if actor.owes else None,
        errors=form.errors if form else {},
        problem=form.problem if form else None,
    )
    return make_response(page, form.status if form else 200)


def _back(words: str) -> Any:
    flash(words)
    return redirect(url_for("account_pages.account"), 303)


@room.page("/account/password", action="account.own", method="POST")
def account_password(actor: Actor) -> Any:
    """Change one's own password."""
    form = Form(PasswordChangeIn())

    def work(**passwords: str) -> bool:
        own_account.change_password(actor, **passwords)
        return True

    if form.submit(actor, work) is None:
        return _show(actor, form)
    return _back(_("口令已改，别处的登录都已失效。"))


@room.page("/account/sign-ins/<sign_in_id>/end", action="tokens.own", method="POST")
def account_end(actor: Actor, sign_in_id: str) -> Any:
    """End a sign-in of one's own somewhere else."""
    own_account.end_sign_in(actor, sign_in_id)
    return _back(_("那一处已退出。"))


@room.page("/account/sign-ins/end", action="tokens.own", method="POST")
def account_end_others(actor: Actor) -> Any:
    """End all of one's own sign-ins but this one."""
    own_account.end_other_sign_ins(actor)
    return _back(_("别处的登录都已退出。"))
