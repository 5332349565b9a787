"""Giving points or goods to a pool or to a household in hardship, and what those were given."""

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
from moralbank.desk.pages.room import PAGE_SIZE, go, pages_of, room, said, show
from moralbank.desk.pages.wording import balance_words
from moralbank.events.awarding.balances import balance
from moralbank.market import donations
from moralbank.market.counter import shelf_of
from moralbank.market.relief.households import list_households
from moralbank.market.schemas import DonationIn
from moralbank.organizations.choices import Groups, only_one, pools
from moralbank.organizations.operations import list_organizations
from moralbank.people.volunteers import donation_only

MOST = 200
SHOPS = 5
RECEIVERS = {"pool": "to_pool_id", "household": "to_household_id"}


def _receivers(actor: Actor) -> Groups:
    """Return the pools and the households that a volunteer may give to; a household has its alias,
    those of the own community first."""
    groups = [
        (heading, [(f"pool:{number}", name) for number, name in choices])
        for heading, choices in pools(actor)
    ]
    homes = sorted(
        list_households(actor, limit=MOST).items,
        key=lambda home: home.community_id != actor.organization_id,
    )
    words = [
        (
            f"household:{one.id}",
            _("%(place)s困难户 %(alias)s", place=one.community, alias=one.alias),
        )
        for one in homes
    ]
    return [*groups, *([(_("困难户（只有代号）"), words)] if words else [])]


def _goods(actor: Actor) -> Groups:
    """Return what the supermarkets of the own community have, or else a few others."""
    assert actor.volunteer_id is not None
    home = list_organizations(
        actor, levels=("supermarket",), parent_id=actor.organization_id, limit=SHOPS
    ).items
    near = home or list_organizations(actor, levels=("supermarket",), limit=SHOPS).items
    return [
        (
            shop.name,
            [
                (
                    one.id,
                    _("%(name)s，一%(unit)s %(points)s 分", name=one.name, unit=one.unit,
                      points=points_text(one.price)),
                )
                for one in shelf_of(shop.id, actor.volunteer_id)
                if one.stock > 0
            ],
        )
        for shop in near
    ]  # fmt: skip


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
        more["lines"] = [{**forms.part("", ("goods_id",)), **quantity}]
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
    groups = _receivers(actor)
    shown = said(form, insufficient_points="quantity" if _wants_goods() else "points")
    if form is None:
        shown["form"] = {"to": only_one(groups), "quantity": "1"}
    only_to_give = donation_only(actor.volunteer_id)
    return show(
        "me_giving.html",
        form.status if form else 200,
        receivers=groups,
        goods=_goods(actor) if _wants_goods() else None,
        available=balance_words(balance(actor, actor.volunteer_id))["available"],
        only_to_give=points_text(only_to_give) if only_to_give else None,
        offer=offer
        and {
            "to": offer.to,
            "lines": [line.words for line in offer.lines],
            "points": points_text(offer.points),
            "left": points_text(offer.left),
            "message": offer.message,
        },
        **shown,
    )


def _with_lines(values: dict[str, Any]) -> dict[str, Any]:
    lines = [(line["goods_id"], line["quantity"]) for line in values.get("lines", ())]
    return {**values, "lines": lines}


@room.page("/me/giving/offer", action="me.use", method="POST")
def me_giving_offer(actor: Actor) -> Response:
    """Say what a gift comes to, before it is made; the form stays below, to be changed."""
    form = _form()
    offer = None
    if form.values is not None:
        try:
            offer = donations.offer(actor, **_with_lines(form.values))
        except Refusal as refusal:
            form.refused(refusal)
    return _ask(actor, form, offer)


@room.page("/me/giving", action="me.use", method="POST")
def me_give(actor: Actor) -> Any:
    """Make the gift that was confirmed, once."""
    form = _form()

    def work(**values: Any) -> dict[str, str]:
        return {"points": points_text(donations.donate(actor, **_with_lines(values)).points)}

    given = form.submit(actor, work)
    if given is None:
        return _ask(actor, form)
    return go(_("您给出了 %(points)s 分，谢谢您！账上已经记下。", **given), "me")


@room.page("/staff/gifts", action="desk.use")
def gifts(actor: Actor) -> Response:
    """List what the pools and households within reach were given, and what was said to it; never by
    whom."""
    cursor = request.args.get("cursor")
    page = donations.list_gifts(actor, cursor=cursor, limit=PAGE_SIZE)
    return show(
        "gifts.html",
        gifts=[
            {
                "id": gift.id,
                "at": moment_text(gift.donated_at),
                "to": gift.pool or _("困难户 %(alias)s", alias=gift.household),
                "points": points_text(gift.points),
                "lines": [line.words for line in gift.lines],
                "state": gift.state,
                "message": gift.message,
            }
            for gift in page.items
        ],
        **pages_of("gifts", page.next, cursor),
    )
