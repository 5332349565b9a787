"""Giving points to a pool for neighbours in hardship, and what the pools were given."""

from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.pages import Form
from moralbank.core.problems import Refusal
from moralbank.core.quantities import points_text
from moralbank.core.wording import moment_text
from moralbank.desk.pages import forms
from moralbank.desk.pages.room import PAGE_SIZE, go, pages_of, room, said, show
from moralbank.desk.pages.wording import balance_words
from moralbank.events.awarding.balances import balance
from moralbank.market import donations
from moralbank.market.schemas import DonationIn
from moralbank.organizations.choices import only_one, pools
from moralbank.people.volunteers import donation_only


def _form() -> Form:
    form = Form(DonationIn(exclude=("to_volunteer_id",)))
    form.errors.pop("to_volunteer_id", None)
    if not forms.typed("to_pool_id"):
        form.fault("to_pool_id", _("请选一个公益池。"))
    return form


@room.page("/me/giving", action="me.use")
def me_giving(actor: Actor) -> Response:
    """Ask a volunteer to which pool they give, how much, and what they say to it."""
    return _ask(actor)


def _ask(actor: Actor, form: Form | None = None, offer: donations.Offer | None = None) -> Response:
    assert actor.volunteer_id is not None, "a volunteer's sign-in names their account"
    groups = pools(actor)
    shown = said(form, insufficient_points="points")
    if form is None:
        shown["form"] = {"to_pool_id": only_one(groups)}
    only_to_give = donation_only(actor.volunteer_id)
    return show(
        "me_giving.html",
        form.status if form else 200,
        pools=groups,
        available=balance_words(balance(actor, actor.volunteer_id))["available"],
        only_to_give=points_text(only_to_give) if only_to_give else None,
        offer=offer
        and {
            "pool_id": offer.pool_id,
            "pool": offer.pool,
            "points": points_text(offer.points),
            "left": points_text(offer.left),
            "message": offer.message,
        },
        **shown,
    )


@room.page("/me/giving/offer", action="me.use", method="POST")
def me_giving_offer(actor: Actor) -> Response:
    """Say what a gift comes to, before it is made; the form stays below, to be changed."""
    form = _form()
    offer = None
    if form.values is not None:
        try:
            offer = donations.offer(actor, **form.values)
        except Refusal as refusal:
            form.refused(refusal)
    return _ask(actor, form, offer)


@room.page("/me/giving", action="me.use", method="POST")
def me_give(actor: Actor) -> Any:
    """Make the gift that was confirmed, once."""
    form = _form()

    def work(**values: Any) -> dict[str, str]:
        return {"points": points_text(donations.donate(actor, **values).points)}

    given = form.submit(actor, work)
    if given is None:
        return _ask(actor, form)
    return go(_("您给出了 %(points)s 分，谢谢您！账上已经记下。", **given), "me")


@room.page("/staff/gifts", action="desk.use")
def gifts(actor: Actor) -> Response:
    """List what the pools within reach were given, and what was said to it; never by whom."""
    cursor = request.args.get("cursor")
    page = donations.list_gifts(actor, cursor=cursor, limit=PAGE_SIZE)
    return show(
        "gifts.html",
        gifts=[
            {
                "at": moment_text(gift.donated_at),
                "pool": gift.pool,
                "points": points_text(gift.points),
                "message": gift.message,
            }
            for gift in page.items
        ],
        **pages_of("gifts", page.next, cursor),
    )
