"""The pages on which residents ask by themselves: a public one, and one of their own behind a link
that is theirs; big, plain, without a script."""

from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from moralbank.core.actor import Actor, system
from moralbank.core.pages import Form, PageRoom
from moralbank.core.qr import qr_markup
from moralbank.core.wording import moment_text
from moralbank.events import asks, own
from moralbank.events.asks_api import AskIn, CallOffIn, OwnAskIn
from moralbank.organizations.choices import communities
from moralbank.rulebook.operations import catalogue_groups

room = PageRoom("own", __name__)

PAGE_SIZE = 20


@room.after_request
def keep_to_yourself(response: Response) -> Response:
    """Keep a resident's page out of shared caches and search engines: the link is the
    permission."""
    response.headers["Cache-Control"] = "no-store"
    if request.path.startswith("/resident/"):
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def _ask_form(schema: OwnAskIn) -> Form:
    """Read what is asked for: a date and a time are one moment, a tick makes it a wish."""
    more = {"kind": "wish"} if request.form.get("wish") else {}
    return Form(schema, more=more, moments={"needed_at": "needed"})


def _show(template: str, form: Form | None = None, /, **context: Any) -> Response:
    said = {
        "form": form.typed if form else {},
        "errors": form.errors if form else {},
        "problem": form.problem if form else None,
    }
    if form and form.errors and form.problem is None:
        said["problem"] = {"detail": _("有些地方还没填对，请看下面标红的提示。")}
    page = render_template(f"events/{template}", **{**said, **context})
    return make_response(page, form.status if form else 200)


@room.page("/ask", action="asks.send")
def ask(actor: Actor) -> Any:
    """Ask what is needed, where, and whom to call."""
    return _ask(None)


def _ask(form: Form | None) -> Response:
    chosen = {"community_id": request.args.get("community_id", "")}
    typed = {} if form else {"form": chosen}
    return _show(
        "ask.html", form, items=catalogue_groups(), communities=communities(system("asks")), **typed
    )


@room.page("/ask", action="asks.send", method="POST")
def send_ask(actor: Actor) -> Any:
    """Take it in, and say that somebody will call."""
    form = _ask_form(AskIn())

    def work(**values: Any) -> dict[str, str]:
        return {"status": asks.send(actor, **values)}

    if form.submit(actor, work) is None:
        return _ask(form)
    return _show("asked.html")


@room.page("/resident/<token>", action="residents.own")
def own_page(actor: Actor, token: str) -> Any:
    """Show what a resident asked for, and how they rated it."""
    return _own(actor, token, None)


def _own(actor: Actor, token: str, form: Form | None) -> Response:
    cursor = request.args.get("cursor")
    seen = own.own_page(actor, token, cursor=cursor, limit=PAGE_SIZE)
    here = url_for("own_pages.own_page", token=token)
    return _show(
        "own.html",
        form,
        token=token,
        seen=seen,
        errands=[
            {
                "id": one.id,
                "item": one.item,
                "wish": one.kind == "wish",
                "status": one.status,
                "asked_at": moment_text(one.created_at),
                "needed_at": moment_text(one.needed_at),
                "performed_at": moment_text(one.performed_at),
                "names": one.names,
                "stars": one.stars,
                "comment": one.comment,
                "rated_by": one.rated_by,
                "rate_url": one.rating and url_for("events_pages.rate", token=one.rating),
                "visit_qr": one.visit and qr_markup(
                    url_for("events_pages.visit", token=one.visit, _external=True)
                ),
                "may_cancel": one.may_cancel,
                "weekly": one.weekly,
            }
            for one in seen.errands.items
        ],
        next_url=f"{here}?cursor={seen.errands.next}" if seen.errands.next else None,
        first_url=here if cursor else None,
    )  # fmt: skip


@room.page("/resident/<token>/ask", action="residents.own")
def own_ask(actor: Actor, token: str) -> Any:
    """Ask a resident what is needed."""
    return _own_ask(actor, token, None)


def _own_ask(actor: Actor, token: str, form: Form | None) -> Response:
    seen = own.own_page(actor, token, limit=1)
    return _show("own_ask.html", form, token=token, seen=seen, items=catalogue_groups())


@room.page("/resident/<token>/ask", action="residents.own", method="POST")
def send_own_ask(actor: Actor, token: str) -> Any:
    """Take it, and show the code for a call back."""
    form = _ask_form(OwnAskIn())

    def work(**values: Any) -> dict[str, str]:
        return {"code": own.ask_again(actor, token, **values).resident_code}

    taken = form.submit(actor, work)
    if taken is None:
        return _own_ask(actor, token, form)
    return _show("own_asked.html", token=token, code=taken["code"])


@room.page("/resident/<token>/errands/<event_id>/cancellation", action="residents.own",
           method="POST")  # fmt: skip
def call_off(actor: Actor, token: str, event_id: str) -> Any:
    """Cancel an errand that is not needed any more."""
    form = Form(CallOffIn())

    def work(**asked: Any) -> dict[str, str]:
        return {"status": own.call_off_own(actor, token, event_id, **asked)}

    if form.submit(actor, work) is None:
        return _own(actor, token, form)
    return redirect(url_for("own_pages.own_page", token=token), 303)
