"""The staff's pages of the supermarkets: the shelf, what comes in, counts, the month's books."""

import re
from datetime import timedelta
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.fields import narrow
from moralbank.core.pages import Form
from moralbank.core.policy import MAY
from moralbank.core.problems import Refusal, not_found
from moralbank.core.quantities import points_text
from moralbank.core.wording import day_text, moment_text
from moralbank.desk.pages.forms import typed
from moralbank.desk.pages.room import PAGE_SIZE, go, room, said, show
from moralbank.market import reservations, waiting
from moralbank.market.books import three
from moralbank.market.books.api import settlement
from moralbank.market.shelf import counts, goods, prices, stock
from moralbank.market.shelf.book import MovementView
from moralbank.market.shelf.goods import GoodsView
from moralbank.market.shelf.schemas import (
    CountIn,
    GoodsPatch,
    MoveIn,
    MovementIn,
    PriceIn,
    RejectionIn,
)
from moralbank.organizations.choices import supermarkets
from moralbank.organizations.operations import get as get_organization

MONTHS = 6
"""So many months before this one have their sheets on a shop's page."""
COUNTED = "counted-"
"""What a field for a counted number is called, before the goods' id."""
MOST_GOODS = 200


@room.page("/staff/shops", action="stock.count")
def shops(actor: Actor) -> Response:
    """List the supermarkets within reach."""
    return show("shops.html", shops=supermarkets(actor))


@room.page("/staff/shops/<shop_id>", action="stock.count")
def shop(actor: Actor, shop_id: str) -> Response:
    """Show a supermarket's shelf, what waits for a second person, and the month's books."""
    return _shop(actor, shop_id)


def _shop(actor: Actor, shop_id: str, form: Form | None = None, count_id: str = "") -> Response:
    place = get_organization(actor, shop_id)
    shelf = _shelf(actor, shop_id)
    decides = actor.role in MAY["stock.decide"]
    waiting = []
    if decides:
        page = counts.list_counts(actor, supermarket_id=shop_id, status="pending", limit=PAGE_SIZE)
        waiting = [
            {
                "id": one.id,
                "goods_id": one.goods_id,
                "name": one.goods,
                "unit": one.unit,
                "counted": one.counted,
                "expected": one.expected,
                "difference": None
                if one.difference is None
                else f"{one.difference:+d}".replace("-", "−"),
                "at": moment_text(one.counted_at),
            }
            for one in page.items
        ]
    month = f"{clock.today():%Y-%m}"
    return show(
        "shop.html",
        form.status if form else 200,
        shop={"id": place.id, "name": place.name},
        goods=shelf,
        waiting=waiting,
        count_id=count_id,
        books=_books(actor, shop_id, month),
        months=_months(),
        kept=_kept(actor, shop_id),
        in_line=_in_line(actor, shop_id),
        may_change=actor.role in MAY["goods.change"],
        **said(form),
    )


def _shelf(actor: Actor, shop_id: str) -> list[dict[str, Any]]:
    page = goods.list_goods(actor, supermarket_id=shop_id, limit=MOST_GOODS)
    return [_goods_words(one) for one in page.items]


def _goods_words(one: GoodsView) -> dict[str, Any]:
    return {
        "id": one.id,
        "sku": one.sku,
        "barcode": one.barcode,
        "name": one.name,
        "unit": one.unit,
        "price": points_text(one.price),
        "price_today": points_text(one.price_today),
        "season": one.price_today != one.price,
        "stock": one.stock,
        "aside": one.set_aside,
        "low": one.low,
        "reorder_level": one.reorder_level,
        "active": one.active,
        "picture": one.picture,
    }


def _kept(actor: Actor, shop_id: str) -> list[dict[str, Any]]:
    page = reservations.list_reservations(
        actor, supermarket_id=shop_id, status="open", limit=MOST_GOODS
    )
    return [
        {
            "id": one.id,
            "name": one.display_name,
            "lines": [line.words for line in one.lines],
            "until": moment_text(one.good_until),
        }
        for one in page.items
    ]


def _in_line(actor: Actor, shop_id: str) -> list[dict[str, Any]]:
    page = waiting.list_waiting(actor, supermarket_id=shop_id, status="waiting", limit=MOST_GOODS)
    return [
        {"name": one.display_name, "goods": one.goods, "ahead": one.ahead} for one in page.items
    ]


@room.page("/staff/reservations/<reservation_id>/cancel", action="reservations.cancel",
           method="POST")  # fmt: skip
def shop_cancel(actor: Actor, reservation_id: str) -> Any:
    """Let go of what is set aside for somebody."""
    ended = reservations.cancel(actor, reservation_id)
    return go(_("已取消，积分退给储户。"), "shop", shop_id=ended.supermarket_id)


def _books(actor: Actor, shop_id: str, month: str) -> dict[str, Any]:
    found = three.three_books(actor, shop_id, period=month)
    return {
        "month": month,
        "title": found.title,
        "receipts": found.receipts,
        "points": points_text(found.redeemed - found.given_back),
        "faults": found.faults,
    }


@room.page("/staff/shops/<shop_id>/count", action="stock.count")
def shop_count(actor: Actor, shop_id: str) -> Response:
    """Ask how many there are, without saying how many there should be."""
    return _count(actor, shop_id, {})


@room.page("/staff/shops/<shop_id>/count", action="stock.count", method="POST")
def shop_counted(actor: Actor, shop_id: str) -> Any:
    """Write down what was counted; each line is a count of its own."""
    wanted: dict[str, int] = {}
    wrong: dict[str, list[str]] = {}
    for name, text in request.form.items():
        if name.startswith(COUNTED) and text.strip():
            if re.fullmatch(r"[0-9]{1,6}", narrow(text)):
                wanted[name.removeprefix(COUNTED)] = int(narrow(text))
            else:
                wrong[name] = [_("请写数到的个数，例如 12。")]
    if wrong or not wanted:
        return _count(actor, shop_id, wrong, 422, empty=not wrong)
    form = Form(CountIn(), more={"counted": 0})

    def work(**_values: Any) -> int:
        for goods_id, counted in sorted(wanted.items()):
            counts.count(actor, goods_id, counted=counted)
        return len(wanted)

    done = form.submit(actor, work)
    if done is None:
        return _count(actor, shop_id, {}, form.status, problem=form.problem)
    return go(_("记下了 %(n)s 种，等另一位复核。", n=done), "shop", shop_id=shop_id)


def _count(
    actor: Actor,
    shop_id: str,
    errors: dict[str, list[str]],
    status: int = 200,
    *,
    empty: bool = False,
    problem: dict[str, Any] | None = None,
) -> Response:
    place = get_organization(actor, shop_id)
    if empty:
        problem = Refusal(422, "validation_failed", _("请至少数一种。")).to_problem()
    return show(
        "shop_count.html", status,
        shop={"id": place.id, "name": place.name},
        goods=[{"id": one["id"], "name": one["name"], "unit": one["unit"]}
               for one in _shelf(actor, shop_id) if one["active"]],
        form=dict(request.form), errors=errors, problem=problem,
    )  # fmt: skip


@room.page("/staff/shops/<shop_id>/counts/<count_id>", action="stock.move", method="POST")
def shop_decide(actor: Actor, shop_id: str, count_id: str) -> Any:
    """Post a count's difference as its second person, or put it aside."""
    form = Form(RejectionIn())
    goods_id, accept = typed("goods_id"), typed("answer") == "post"

    def work(*, reason: str) -> str:
        if accept:
            return counts.approve(actor, goods_id, count_id, reason=reason).id
        return counts.reject(actor, goods_id, count_id, reason=reason).id

    if form.submit(actor, work) is None:
        return _shop(actor, shop_id, form, count_id)
    words = _("差异已入账。") if accept else _("这次盘点不算，请重新数。")
    return go(words, "shop", shop_id=shop_id)


@room.page("/staff/goods/<goods_id>", action="stock.read")
def shop_goods(actor: Actor, goods_id: str) -> Response:
    """Show one kind of goods: how it came and went, its prices, what may be done."""
    return goods_page(actor, goods_id)


def goods_page(actor: Actor, goods_id: str, form: Form | None = None, action: str = "") -> Response:
    """Return the page of goods; with a form that was refused, `action` says which it is."""
    one = goods.read(actor, goods_id)
    place = get_organization(actor, one.supermarket_id)
    page = stock.movements(actor, goods_id, cursor=request.args.get("cursor"), limit=PAGE_SIZE)
    words = {
        "received": _("收货"), "damaged": _("报损"), "count": _("盘点"), "sold": _("兑出"),
        "returned": _("退回"), "moved": _("调拨"),
    }  # fmt: skip
    following = page.next
    return show(
        "shop_goods.html",
        form.status if form else 200,
        shop={"id": place.id, "name": place.name},
        one=_goods_words(one),
        movements=[
            {
                "at": moment_text(line.moved_at),
                "reason": words[line.reason],
                "quantity": f"{line.quantity:+d}",
                "after": line.stock_after,
                "more": _more_of(line),
            }
            for line in page.items
        ],
        next_url=url_for("desk_pages.shop_goods", goods_id=goods_id, cursor=following)
        if following
        else None,
        prices=[
            {
                "id": season.id,
                "price": points_text(season.price),
                "first": season.starts_on.isoformat(),
                "last": season.ends_on.isoformat(),
                "over": season.ends_on < clock.today(),
            }
            for season in prices.list_prices(actor, goods_id)
        ],
        may_change=actor.role in MAY["goods.change"],
        elsewhere=[
            (
                other.id,
                _(
                    "%(shop)s，有 %(n)s %(unit)s",
                    shop=other.supermarket,
                    n=other.stock,
                    unit=one.unit,
                ),
            )
            for other in goods.alike(actor, goods_id)
        ],
        today=day_text(clock.now()),
        action=action,
        **said(form, barcode_taken="barcode", out_of_stock="quantity", price_overlaps="starts_on"),
    )


def _more_of(line: MovementView) -> str:
    cost = None
    if line.cost is not None:
        cost = _("每件 %(yuan)s 元", yuan=points_text(line.cost))
    return " · ".join(part for part in (line.donor, line.invoice, cost, line.note) if part)


@room.page("/staff/goods/<goods_id>/movements", action="stock.move", method="POST")
def shop_move(actor: Actor, goods_id: str) -> Any:
    """Book goods that were received, or broke."""
    form = Form(MovementIn())
    if form.values is not None and form.values["reason"] == "damaged":
        form.values["quantity"] = -abs(form.values["quantity"])

    def work(**values: Any) -> str:
        return stock.move(actor, goods_id, **values).id

    if form.submit(actor, work) is None:
        return goods_page(actor, goods_id, form, "move")
    return go(_("已入库存账。"), "shop_goods", goods_id=goods_id)


@room.page("/staff/goods/<goods_id>/moves", action="stock.move", method="POST")
def shop_moved(actor: Actor, goods_id: str) -> Any:
    """Move goods to another supermarket's shelf."""
    form = Form(MoveIn())

    def work(**values: Any) -> str:
        return stock.move_to(actor, goods_id, **values)[0].id

    if form.submit(actor, work) is None:
        return goods_page(actor, goods_id, form, "moved")
    return go(_("调拨已记入两家的库存账。"), "shop_goods", goods_id=goods_id)


@room.page("/staff/goods/<goods_id>/settings", action="goods.change", method="POST")
def shop_change(actor: Actor, goods_id: str) -> Any:
    """Change the barcode and the level at which to order more; empty is none."""
    form = Form(
        GoodsPatch(only=("barcode", "reorder_level")),
        more={name: None for name in ("barcode", "reorder_level") if not typed(name)},
    )

    def work(**values: Any) -> str:
        return goods.change(actor, goods_id, **values).id

    if form.submit(actor, work) is None:
        return goods_page(actor, goods_id, form, "settings")
    return go(_("已改好。"), "shop_goods", goods_id=goods_id)


@room.page("/staff/goods/<goods_id>/prices", action="goods.change", method="POST")
def shop_price(actor: Actor, goods_id: str) -> Any:
    """Give goods another price for some days."""
    form = Form(PriceIn())

    def work(**values: Any) -> str:
        return prices.set_price(actor, goods_id, **values).id

    if form.submit(actor, work) is None:
        return goods_page(actor, goods_id, form, "price")
    return go(_("价格已定好，到时自动生效。"), "shop_goods", goods_id=goods_id)


@room.page("/staff/goods/<goods_id>/prices/<price_id>/end", action="goods.change", method="POST")
def shop_price_end(actor: Actor, goods_id: str, price_id: str) -> Any:
    """End a season's price."""
    prices.end_price(actor, goods_id, price_id)
    return go(_("已恢复原价。"), "shop_goods", goods_id=goods_id)


def _months() -> list[str]:
    """Return the months before this one whose sheets the page links, the latest first."""
    first = clock.today().replace(day=1)
    months = []
    for _month in range(MONTHS):
        first = (first - timedelta(days=1)).replace(day=1)
        months.append(f"{first:%Y-%m}")
    return months


@room.page("/staff/shops/<shop_id>/books/<month>.<ending>", action="books.read")
def shop_sheet(actor: Actor, shop_id: str, month: str, ending: str) -> Response:
    """Show a month's settlement sheet: a spreadsheet, or a paper. Refuses 404 for another
    ending."""
    if ending not in ("xlsx", "pdf"):
        raise not_found()
    return settlement(actor, shop_id, period=month, ending=ending)
