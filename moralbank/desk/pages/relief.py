"""Households in hardship at the desk: the list, what was given, and goods that two people bring."""

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
from moralbank.desk.pages.near import goods_near
from moralbank.desk.pages.room import PAGE_SIZE, go, pages_of, room, said, show
from moralbank.market.relief import gifts, handing_out, households
from moralbank.market.relief.nearness import neighbourhood, pools_over
from moralbank.market.relief.schemas import (
    HouseholdIn,
    ParcelReasonIn,
    ReliefIn,
    ReliefReasonIn,
)
from moralbank.organizations.choices import Groups, communities, only_one, pools
from moralbank.organizations.operations import hangs_on, path_of

ROWS, MORE_ROWS = 3, 5
"""Kinds of goods that one form has room for, and that it has room for when asked."""
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


def _reliefs(actor: Actor, form: Form | None = None, *, about: str | None = None) -> Response:
    cursor = request.args.get("cursor")
    waiting = handing_out.list_reliefs(actor, status="proposed", limit=MOST).items
    page = handing_out.list_reliefs(actor, decided=True, cursor=cursor, limit=PAGE_SIZE)
    may = actor.role in MAY["reliefs.decide"]
    kept = {number for _place, choices in pools(actor) for number, _name in choices}
    return show(
        "reliefs.html",
        form.status if form else 200,
        waiting=[{**_line(one, kept), "mine": one.proposed_by == actor.caller} for one in waiting],
        done=[_line(one, kept) for one in page.items],
        may_decide=may,
        about=about,
        **said(form),
        **pages_of("reliefs", page.next, cursor),
    )


def _line(one: handing_out.ReliefView, kept: set[str]) -> dict[str, Any]:
    """Return a relief as the page shows it; `kept` are the pools that the reader decides about."""
    return {
        "kept_above": one.pool_id is not None and one.pool_id not in kept,
        "id": one.id,
        "no": one.receipt_no,
        "alias": one.household,
        "payer": payer_words(one),
        "shop": one.supermarket,
        "lines": [line.words for line in one.lines],
        "points": points_text(one.points),
        "status": one.status,
        "note": one.note,
        "at": moment_text(one.occurred_at or one.proposed_at),
        "why": one.void_reason or one.reason,
    }


def payer_words(one: handing_out.ReliefView) -> str:
    if one.donation_id is not None:
        words: str = _("邻居捐的物品")
        return words
    return one.pool or _("这一户自己收到的积分")


@room.page("/staff/reliefs/new", action="reliefs.propose")
def relief_new(actor: Actor) -> Response:
    """Ask for goods for a household; of a parcel nothing but for whom is asked."""
    return _new(actor)


def _new(actor: Actor, failed: Form | None = None) -> Response:
    """Ask first for the household, and then for goods of the shops near it."""
    asked = failed.typed if failed else request.args
    parcel = gifts.get_parcel(actor, asked["donation_id"]) if asked.get("donation_id") else None
    number = (parcel and parcel.household_id) or asked.get("household_id")
    home = households.get_household(actor, number) if number else None
    return show(
        "relief_new.html",
        failed.status if failed else 200,
        parcel=parcel and {
            "id": parcel.id,
            "lines": [line.words for line in parcel.lines],
            "shop": parcel.supermarket,
            "pool": parcel.pool,
            "points": points_text(parcel.points),
        },
        home=home and {
            "id": home.id,
            "alias": home.alias,
            "name": home.name,
            "community": home.community,
            "points": points_text(home.points or 0),
        },
        households=[] if home else _by_community(actor, parcel),
        pools=_pools(home) if home and not parcel else [],
        goods=goods_near(home.community_id) if home and not parcel else [],
        rows=ROWS,
        more_rows=MORE_ROWS,
        **said(failed, insufficient_points="pool_id"),
    )  # fmt: skip


def _by_community(actor: Actor, parcel: gifts.Gift | None) -> Groups:
    """Return the households within reach, of a parcel those that it can be brought to."""
    homes = households.list_households(actor, status="active", limit=MOST).items
    if parcel is not None:
        assert parcel.supermarket_id is not None
        assert parcel.pool_id is not None
        near = neighbourhood(parcel.supermarket_id), hangs_on(path_of(parcel.pool_id))
        paths = {place: path_of(place) for place in {one.community_id for one in homes}}
        homes = [
            one for one in homes if all(paths[one.community_id].startswith(here) for here in near)
        ]
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in homes:
        words = _("%(name)s（%(alias)s）", name=one.name, alias=one.alias)
        groups.setdefault(one.community, []).append((one.id, words))
    return list(groups.items())


def _pools(home: households.HouseholdView) -> list[tuple[str, str]]:
    return [(pool.id, pool.name) for pool in pools_over(path_of(home.community_id))]


@room.page("/staff/reliefs/new", action="reliefs.propose", method="POST")
def relief_propose(actor: Actor) -> Any:
    """Propose goods for a household."""
    used = [row for row in range(ROWS + MORE_ROWS) if forms.typed(f"goods-{row}")]
    lines = [
        {
            "goods_id": forms.typed(f"goods-{row}"),
            **forms.whole("quantity", forms.typed(f"quantity-{row}")),
        }
        for row in used
    ]
    parcel = forms.typed("donation_id")
    form = Form(ReliefIn(), more={} if parcel else {"lines": lines})
    nested = form.errors.pop("lines", None)
    if isinstance(nested, Mapping):
        for place, errors in nested.items():
            form.errors |= {
                f"{'quantity' if name == 'quantity' else 'goods'}-{used[int(place)]}": messages
                for name, messages in errors.items()
            }
    if not used and not parcel:
        form.fault("goods-0", _("请选物品。"))

    def work(**values: Any) -> dict[str, str]:
        chosen = [(line["goods_id"], line["quantity"]) for line in values.pop("lines", ())]
        return {"no": handing_out.propose(actor, lines=chosen, **values).receipt_no}

    made = form.submit(actor, work)
    if made is None:
        if "lines" in form.errors:
            form.errors["goods-0"] = form.errors.pop("lines")
        return _new(actor, form)
    return go(_("已提出，等另一位同事批准。"), "reliefs")


@room.page("/staff/gifts/<donation_id>/points", action="reliefs.propose", method="POST")
def gift_to_points(actor: Actor, donation_id: str) -> Any:
    """Turn goods that were given, and wait, into points."""
    form = Form(ParcelReasonIn())

    def work(*, reason: str) -> str:
        gifts.turn_into_points(actor, donation_id, reason=reason)
        return donation_id

    if form.submit(actor, work) is None:
        return _gifts(actor, form, about=donation_id)
    return go(_("已改为积分，物品放回货架，捐赠人会看到原因。"), "gifts_list")


@room.page("/staff/gifts", action="desk.use")
def gifts_list(actor: Actor) -> Response:
    """List what the pools and households within reach were given, and what was said to it; never by
    whom."""
    return _gifts(actor)


def _gifts(actor: Actor, form: Form | None = None, *, about: str | None = None) -> Response:
    """Show the goods that wait to be brought, all of them, and then what came, page by page."""
    cursor = request.args.get("cursor")
    page = gifts.list_gifts(actor, cursor=cursor, limit=PAGE_SIZE)
    waiting = gifts.list_gifts(actor, state="waiting", limit=MOST).items
    return show(
        "gifts.html",
        form.status if form else 200,
        waiting=[_gift_line(gift) for gift in waiting],
        gifts=[_gift_line(gift) for gift in page.items if gift.state != "waiting"],
        about=about,
        may_propose=actor.role in MAY["reliefs.propose"],
        **said(form),
        **pages_of("gifts_list", page.next, cursor),
    )


def _gift_line(gift: gifts.Gift) -> dict[str, Any]:
    return {
        "id": gift.id,
        "at": moment_text(gift.donated_at),
        "to": gift.pool or _("困难户 %(alias)s", alias=gift.household),
        "points": points_text(gift.points),
        "lines": [line.words for line in gift.lines],
        "shop": gift.supermarket,
        "state": gift.state,
        "reason": gift.reason,
        "message": gift.message,
    }


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
        return _reliefs(actor, form, about=relief_id)
    return go(_("已退回，什么都没有动。"), "reliefs")


@room.page("/staff/reliefs/<relief_id>/void", action="reliefs.void", method="POST")
def relief_void(actor: Actor, relief_id: str) -> Any:
    """Take back what was handed out by mistake."""
    form = Form(ReliefReasonIn())
    if form.submit(actor, lambda **said: _done(handing_out.void(actor, relief_id, **said))) is None:
        return _reliefs(actor, form, about=relief_id)
    return go(_("已撤销，积分和库存都退回来了。"), "reliefs")


def _done(made: handing_out.ReliefView) -> str:
    return made.id
