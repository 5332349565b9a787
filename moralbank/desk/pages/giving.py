"""Giving points or goods to a pool or to a household in hardship, and what became of goods."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.pages import Form
from moralbank.core.problems import Refusal
from moralbank.core.quantities import points_text
from moralbank.core.wording import moment_text
from moralbank.desk.pages import forms
from moralbank.desk.pages.near import goods_near
from moralbank.desk.pages.room import go, room, said, show
from moralbank.desk.pages.wording import balance_words
from moralbank.events.awarding.balances import balance
from moralbank.market import donations
from moralbank.market.relief.gifts import own_parcels
from moralbank.market.relief.households import list_households
from moralbank.market.relief.nearness import pools_over
from moralbank.market.schemas import DonationIn, with_wanted
from moralbank.organizations.choices import Groups, only_one, pools
from moralbank.organizations.operations import path_of
from moralbank.people.volunteers import donation_only

MOST = 200
RECEIVERS = {"pool": "to_pool_id", "household": "to_household_id"}


def _receivers(actor: Actor) -> Groups:
    """Return whom a volunteer may give to: the pools, of goods those near enough, then the
    households of the own community, then others of the street; a household has its alias."""
    if _wants_goods():
        near = pools_over(path_of(actor.organization_id or ""))
        groups = [(_("公益池"), [(f"pool:{pool.id}", pool.name) for pool in near])] if near else []
    else:
        groups = [
            (heading, [(f"pool:{number}", name) for number, name in choices])
            for heading, choices in pools(actor)
        ]
    homes: dict[str, list[tuple[str, str]]] = {}
    for one in sorted(
        list_households(actor, limit=MOST).items,
        key=lambda home: (home.community_id != actor.organization_id, home.community, home.alias),
    ):
        words = _("困难户 %(alias)s", alias=one.alias)
        homes.setdefault(one.community, []).append((f"household:{one.id}", words))
    return groups + [
        (_("%(place)s的困难户（只有代号）", place=place), choices)
        for place, choices in homes.items()
    ]


def _wants_goods() -> bool:
    return request.values.get("what") == "goods"


def _form() -> Form:
    """Read the form: the receiver is one field, goods and how many of them are two."""
    more: dict[str, Any] = {}
    kind, _colon, number = forms.typed("to").partition(":")
    if kind in RECEIVERS and number:
        more[RECEIVERS[kind]] = number
    hidden: tuple[str, ...] = ("to_volunteer_id",)
    if _wants_goods():
        hidden = (*hidden, "points")
        quantity = forms.whole("quantity", forms.typed("quantity"))
        more["lines"] = [{**forms.part("", ("goods_id", "price")), **quantity}]
    form = Form(DonationIn(exclude=hidden), more=more)
    for name in ("to_volunteer_id", *RECEIVERS.values()):
        form.errors.pop(name, None)
    lines = form.errors.pop("lines", None)
    if isinstance(lines, Mapping):
        form.errors |= lines.get("0", lines.get(0, {}))
    elif lines:
        form.errors["goods_id"] = lines
    if not more.keys() & set(RECEIVERS.values()):
        form.fault("to", _("请选给谁。"))
    return form


@room.page("/me/giving", action="me.use")
def me_giving(actor: Actor) -> Response:
    """Ask a volunteer to whom they give, how much or which goods, and what they say to it."""
    return _ask(actor)


def _ask(actor: Actor, form: Form | None = None, offer: donations.Offer | None = None) -> Response:
    assert actor.volunteer_id is not None, "a volunteer's sign-in names their account"
    assert actor.organization_id is not None
    groups = _receivers(actor)
    field = "quantity" if _wants_goods() else "points"
    shown = said(form, insufficient_points=field, out_of_stock=field, price_changed=field)
    if form is None:
        shown["form"] = {"to": only_one(groups), "quantity": "1"}
    only_to_give = donation_only(actor.volunteer_id)
    return show(
        "me_giving.html",
        form.status if form else 200,
        receivers=groups,
        goods=goods_near(actor.organization_id) if _wants_goods() else None,
        available=balance_words(balance(actor, actor.volunteer_id))["available"],
        only_to_give=points_text(only_to_give) if only_to_give else None,
        offer=offer
        and {
            "to": offer.to,
            "lines": [line.words for line in offer.lines],
            "price": points_text(offer.lines[0].price) if offer.lines else None,
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
            offer = donations.offer(actor, **with_wanted(form.values))
        except Refusal as refusal:
            form.refused(refusal)
    return _ask(actor, form, offer)


@room.page("/me/giving", action="me.use", method="POST")
def me_give(actor: Actor) -> Any:
    """Make the gift that was confirmed, once."""
    form = _form()

    def work(**values: Any) -> dict[str, str]:
        return {"points": points_text(donations.donate(actor, **with_wanted(values)).points)}

    given = form.submit(actor, work)
    if given is None:
        return _ask(actor, form)
    if _wants_goods():
        words = _("您给出了 %(points)s 分的物品，谢谢您！送到没有，在“我的存折”里看。", **given)
        return go(words, "me")
    return go(_("您给出了 %(points)s 分，谢谢您！账上已经记下。", **given), "me")


def parcels_of(actor: Actor) -> list[dict[str, Any]]:
    """Return the goods that a volunteer gave lately, and what became of them, as pages show it."""
    return [
        {
            "lines": [line.words for line in one.lines],
            "to": one.pool or _("困难户 %(alias)s", alias=one.household),
            "on": moment_text(one.donated_at),
            "state": one.state,
            "ended": one.ended_at and moment_text(one.ended_at),
            "reason": one.reason,
        }
        for one in own_parcels(actor)
    ]
