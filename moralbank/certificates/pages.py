"""The public's pages of certificates: whether the one in their hands is genuine."""

from typing import Any

from flask import Response, make_response, render_template, request

from moralbank.certificates.schemas import VerifyIn
from moralbank.certificates.verifying import Verdict, by_link, by_number
from moralbank.certificates.wording import kind_word
from moralbank.core.actor import Actor
from moralbank.core.pages import Form, PageRoom
from moralbank.core.problems import Refusal
from moralbank.core.wording import whole_day_text

room = PageRoom("certificates", __name__)


@room.after_request
def keep_to_yourself(response: Response) -> Response:
    """Keep these pages out of shared caches and search engines."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@room.page("/certificates/<token>", action="certificates.verify")
def shown(actor: Actor, token: str) -> Any:
    """Show whether the certificate with this code is genuine."""
    return render_template("certificates/shown.html", verdict=_words(by_link(actor, token)))


@room.page("/verify", action="certificates.verify")
def verify(actor: Actor) -> Any:
    """Ask for the number and the holder's name."""
    return _page(typed={"number": request.args.get("number", "")[:20]})


@room.page("/verify", action="certificates.verify", method="POST")
def verify_typed(actor: Actor) -> Any:
    """Say whether there is such a certificate."""
    form = Form(VerifyIn())
    if form.values is None:
        return _page(form.status, typed=form.typed, errors=form.errors)
    # Nothing is done here that must not be done twice, and what was answered is kept nowhere.
    try:
        found = by_number(actor, **form.values)
    except Refusal as refusal:
        form.refused(refusal)
        return _page(form.status, typed=form.typed, problem=form.problem)
    return _page(typed=form.typed, answered=True, verdict=_words(found) if found else None)


def _page(
    status: int = 200,
    *,
    typed: dict[str, str],
    errors: dict[str, Any] | None = None,
    problem: dict[str, Any] | None = None,
    answered: bool = False,
    verdict: dict[str, Any] | None = None,
) -> Response:
    page = render_template(
        "certificates/verify.html", form=typed, errors=errors or {}, problem=problem,
        answered=answered, verdict=verdict,
    )  # fmt: skip
    return make_response(page, status)


def _words(one: Verdict) -> dict[str, Any]:
    return {
        "kind": kind_word(one.kind),
        "number": one.number,
        "holder": one.display_name,
        "issuer": one.issuer,
        "issued_on": whole_day_text(one.issued_on),
        "revoked_on": one.revoked_on and whole_day_text(one.revoked_on),
    }
