"""Goods from the volunteer's phone: set some aside for collection, or wait for what is sold out."""

from typing import Any

from flask import Response
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.fields import Schema
from moralbank.core.pages import Form
from moralbank.core.quantities import points_text
from moralbank.core.wording import moment_text
from moralbank.desk.pages.room import go, room, said, show
from moralbank.market import reservations, waiting
from moralbank.market.counter import shelf_of
from moralbank.market.pages import chosen_lines, name_wrong_quantities
from moralbank.market.schemas import ReservationIn, wanted_of
from moralbank.organizations.choices import supermarkets
from moralbank.organizations.operations import find, list_organizations

MOST = 50


def kept_for(actor: Actor) -> list[dict[str, Any]]:
    """Return what is set aside for the volunteer now, as pages show it."""
    page = reservations.list_reservations(actor, status="open", limit=MOST)
    return [
        {
            "id": one.id,
            "lines": [line.words for line in one.lines],
            "shop": one.supermarket,
            "points": points_text(one.points),
            "until": moment_text(one.good_until),
        }
        for one in page.items
    ]


def in_line(actor: Actor) -> list[dict[str, Any]]:
    """Return what the volunteer waits for, as pages show it."""
    page = waiting.list_waiting(actor, status="waiting", limit=MOST)
    return [
        {
            "id": one.id,
            "goods_id": one.goods_id,
            "goods": one.goods,
            "shop": one.supermarket,
            "ahead": one.ahead,
        }
        for one in page.items
    ]


@room.page("/me/goods", action="reservations.make")
def me_shops(actor: Actor) -> Response:
    """List the supermarkets, those of the own community first."""
    shops = [
        {"id": number, "name": name, "community": community}
        for community, places in supermarkets(actor)
        for number, name in places
    ]
    home = {
        place.id
        for place in list_organizations(
            actor, levels=("supermarket",), parent_id=actor.organization_id, limit=MOST
        ).items
    }
    return show("me_shops.html", shops=sorted(shops, key=lambda shop: shop["id"] not in home))


@room.page("/me/goods/<shop_id>", action="reservations.make")
def me_goods(actor: Actor, shop_id: str) -> Response:
    """Show what a supermarket has."""
    return _goods(actor, shop_id)


def _goods(actor: Actor, shop_id: str, form: Form | None = None) -> Response:
    assert actor.volunteer_id is not None
    reservations.sweep()
    place = find(actor, shop_id, level="supermarket")
    mine = {one["goods_id"]: one for one in in_line(actor)}
    offered = shelf_of(place.id, actor.volunteer_id)
    words: list[dict[str, Any]] = [
        {
            "id": one.id,
            "name": one.name,
            "unit": one.unit,
            "price": points_text(one.price),
            "stock": one.stock,
            "most": one.most,
            "picture": one.picture,
            "waits": mine.get(one.id),
        }
        for one in offered
    ]
    return show(
        "me_goods.html",
        form.status if form else 200,
        shop={"id": place.id, "name": place.name},
        goods=[one for one in words if one["stock"] > 0],
        gone=[one for one in words if one["stock"] <= 0],
        **said(form),
    )


@room.page("/me/goods/<shop_id>", action="reservations.make", method="POST")
def me_reserve(actor: Actor, shop_id: str) -> Any:
    """Set goods aside, once per form shown."""
    form = Form(ReservationIn(), more={"lines": chosen_lines()})

    def work(*, lines: list[dict[str, Any]]) -> str:
        wanted, shown = wanted_of(lines)
        return moment_text(reservations.reserve(actor, lines=wanted, shown=shown).good_until)

    until = form.submit(actor, work)
    if until is None:
        name_wrong_quantities(form)
        return _goods(actor, shop_id, form)
    return go(_("留好了，请在 %(until)s 前到店里领。", until=until), "me")


@room.page("/me/reservations/<reservation_id>/cancel", action="reservations.make", method="POST")
def me_cancel(actor: Actor, reservation_id: str) -> Any:
    """Let go of what was set aside."""
    form = Form(Schema())
    if form.submit(actor, lambda: reservations.cancel(actor, reservation_id).id) is None:
        return go(_("这份预留已经领走、取消或过期。"), "me")
    return go(_("已取消，积分退回来了。"), "me")


@room.page("/me/goods/<shop_id>/waiting/<goods_id>", action="reservations.make", method="POST")
def me_wait(actor: Actor, shop_id: str, goods_id: str) -> Any:
    """Stand in line for goods that are sold out."""
    form = Form(Schema())

    def work() -> int:
        return waiting.join(actor, goods_id).ahead or 0

    ahead = form.submit(actor, work)
    if ahead is None:
        return _goods(actor, shop_id, form)
    return go(_("排上了，前面还有 %(n)d 人。到货就给您留一份。", n=ahead), "me")


@room.page("/me/waiting/<wait_id>/leave", action="reservations.make", method="POST")
def me_leave(actor: Actor, wait_id: str) -> Any:
    """Leave the line."""
    form = Form(Schema())
    if form.submit(actor, lambda: waiting.leave(actor, wait_id).id) is None:
        return go(_("已经不在排队了。"), "me")
    return go(_("不排了。"), "me")
