"""Households in hardship at the desk: the list, and goods for them that two people bring."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.pages import Form
from moralbank.core.policy import MAY
from moralbank.core.quantities import points_text
from moralbank.core.wording import moment_text
from moralbank.desk.pages import forms
from moralbank.desk.pages.room import PAGE_SIZE, go, pages_of, room, said, show
from moralbank.market import donations
from moralbank.market.relief import handing_out, households
from moralbank.market.relief.schemas import HouseholdIn, ReliefIn, ReliefReasonIn
from moralbank.market.shelf.goods import list_goods
from moralbank.organizations.choices import Groups, communities, only_one, pools, supermarkets
from moralbank.organizations.operations import list_organizations

ROWS = 3
"""Kinds of goods that one form has room for."""
MOST = 200


@room.page("/staff/households", action="households.change")
def households_list(actor: Actor) -> Response:
    """List the households within reach, and ask for another."""
    return _households(actor)


def _households(actor: Actor, form: Form | None = None) -> Response:
    cursor = request.args.get("cursor")
    page = households.list_households(actor, status="active", cursor=cursor, limit=PAGE_SIZE)
    places = communities(actor)
    shown = said(form, already_registered="name")
    if form is None:
        shown["form"] = {"community_id": only_one(places)}
    return show(
        "households.html",
        form.status if form else 200,
        households=[
            {
                "id": one.id,
                "alias": one.alias,
                "name": one.name,
                "where": [word for word in (one.community, one.household_no, one.address) if word],
                "phone": one.phone,
                "note": one.note,
                "points": points_text(one.points or 0),
            }
            for one in page.items
        ],
        communities=places,
        **shown,
        **pages_of("households_list", page.next, cursor),
    )


@room.page("/staff/households", action="households.change", method="POST")
def household_register(actor: Actor) -> Any:
    """Register a household."""
    form = Form(HouseholdIn())

    def work(**values: Any) -> dict[str, str]:
        return {"alias": households.register(actor, **values).alias}

    made = form.submit(actor, work)
    if made is None:
        return _households(actor, form)
    return go(_("已登记，代号 %(alias)s。对外只说代号。", **made), "households_list")


@room.page("/staff/households/<household_id>/end", action="households.change", method="POST")
def household_end(actor: Actor, household_id: str) -> Any:
    """Take a household off the list."""
    households.end(actor, household_id)
    return go(_("已停用。"), "households_list")


@room.page("/staff/reliefs", action="desk.use")
def reliefs(actor: Actor) -> Response:
    """List what was proposed and handed out, what waits first."""
    return _reliefs(actor)


def _reliefs(actor: Actor, form: Form | None = None) -> Response:
    cursor = request.args.get("cursor")
    waiting = handing_out.list_reliefs(actor, status="proposed", limit=MOST).items
    page = handing_out.list_reliefs(actor, cursor=cursor, limit=PAGE_SIZE)
    done = [one for one in page.items if one.status != "proposed"]
    may = actor.role in MAY["reliefs.decide"]
    return show(
        "reliefs.html",
        form.status if form else 200,
        waiting=[{**_line(one), "mine": one.proposed_by == actor.caller} for one in waiting],
        done=[_line(one) for one in done],
        may_decide=may,
        **said(form),
        **pages_of("reliefs", page.next, cursor),
    )


def _line(one: handing_out.ReliefView) -> dict[str, Any]:
    return {
        "id": one.id,
        "no": one.receipt_no,
        "alias": one.household,
        "payer": one.pool or _("这一户自己收到的积分"),
        "shop": one.supermarket,
        "lines": [line.words for line in one.lines],
        "points": points_text(one.points),
        "status": one.status,
        "note": one.note,
        "at": moment_text(one.occurred_at or one.proposed_at),
        "why": one.void_reason or one.reason,
    }


@room.page("/staff/reliefs/new", action="reliefs.propose")
def relief_new(actor: Actor) -> Response:
    """Ask for goods for a household; of a gift of goods they are filled in."""
    form: dict[str, Any] = {"household_id": request.args.get("household", "")}
    gift = request.args.get("gift")
    if gift is not None:
        given = donations.get_gift(actor, gift)
        form = {
            "donation_id": given.id,
            "household_id": given.household_id or "",
            "pool_id": given.pool_id or "",
        }
        for row, line in enumerate(given.lines[:ROWS]):
            form |= {f"goods-{row}": line.goods_id, f"quantity-{row}": line.quantity}
    return _new(actor, form=form)


def _new(actor: Actor, failed: Form | None = None, form: dict[str, Any] | None = None) -> Response:
    homes = households.list_households(actor, status="active", limit=MOST).items
    chosen = (form or (failed.typed if failed else {})).get("household_id")
    places = {one.community_id for one in homes if one.id == chosen}
    shown = said(failed, insufficient_points="pool_id")
    if form is not None:
        shown["form"] = form
    return show(
        "relief_new.html",
        failed.status if failed else 200,
        households=[
            (one.id, _("%(alias)s %(name)s，自有 %(points)s 分", alias=one.alias, name=one.name,
                       points=points_text(one.points or 0)))
            for one in homes
        ],
        pools=pools(actor),
        goods=_goods(actor, places.pop() if places else None),
        rows=range(ROWS),
        **shown,
    )  # fmt: skip


def _goods(actor: Actor, community_id: str | None) -> Groups:
    """Return what the supermarkets of a household's community have, or else all within reach."""
    near = list_organizations(
        actor, levels=("supermarket",), parent_id=community_id, limit=PAGE_SIZE
    ).items
    shops = [(shop.id, shop.name) for shop in near if community_id is not None] or [
        shop for _place, choices in supermarkets(actor) for shop in choices
    ]
    return [
        (
            shop,
            [
                (
                    one.id,
                    _("%(name)s，一%(unit)s %(points)s 分，有 %(n)d", name=one.name, unit=one.unit,
                      points=points_text(one.price_today), n=one.stock - one.set_aside),
                )
                for one in list_goods(actor, supermarket_id=number, limit=MOST).items
                if one.active
            ],
        )
        for number, shop in shops
    ]  # fmt: skip


@room.page("/staff/reliefs/new", action="reliefs.propose", method="POST")
def relief_propose(actor: Actor) -> Any:
    """Propose goods for a household."""
    used = [row for row in range(ROWS) if forms.typed(f"goods-{row}")]
    lines = [
        {
            "goods_id": forms.typed(f"goods-{row}"),
            **forms.whole("quantity", forms.typed(f"quantity-{row}")),
        }
        for row in used
    ]
    form = Form(ReliefIn(), more={"lines": lines})
    nested = form.errors.pop("lines", None)
    if isinstance(nested, Mapping):
        for place, errors in nested.items():
            form.errors |= {
                f"{'quantity' if name == 'quantity' else 'goods'}-{used[int(place)]}": messages
                for name, messages in errors.items()
            }
    if not used:
        form.fault("goods-0", _("请选物品。"))

    def work(**values: Any) -> dict[str, str]:
        chosen = [(line["goods_id"], line["quantity"]) for line in values.pop("lines")]
        return {"no": handing_out.propose(actor, lines=chosen, **values).receipt_no}

    made = form.submit(actor, work)
    if made is None:
        if "lines" in form.errors:
            form.errors["goods-0"] = form.errors.pop("lines")
        return _new(actor, form)
    return go(_("已提出，等另一位同事批准。"), "reliefs")


@room.page("/staff/reliefs/<relief_id>/approval", action="reliefs.decide", method="POST")
def relief_approve(actor: Actor, relief_id: str) -> Any:
    """Hand out what somebody else proposed."""
    handing_out.approve(actor, relief_id)
    return go(_("已批准，物品出库，积分已付给超市。"), "reliefs")


@room.page("/staff/reliefs/<relief_id>/rejection", action="reliefs.decide", method="POST")
def relief_reject(actor: Actor, relief_id: str) -> Any:
    """Put a proposal aside."""
    form = Form(ReliefReasonIn())
    if (
        form.submit(actor, lambda **said: _done(handing_out.reject(actor, relief_id, **said)))
        is None
    ):
        return _reliefs(actor, form)
    return go(_("已退回，什么都没有动。"), "reliefs")


@room.page("/staff/reliefs/<relief_id>/void", action="reliefs.void", method="POST")
def relief_void(actor: Actor, relief_id: str) -> Any:
    """Take back what was handed out by mistake."""
    form = Form(ReliefReasonIn())
    if form.submit(actor, lambda **said: _done(handing_out.void(actor, relief_id, **said))) is None:
        return _reliefs(actor, form)
    return go(_("已撤销，积分和库存都退回来了。"), "reliefs")


def _done(made: handing_out.ReliefView) -> str:
    return made.id
