"""The staff's page of the money that a supermarket was given."""

from datetime import date
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.pages import Form
from moralbank.core.policy import MAY
from moralbank.core.quantities import points_text
from moralbank.desk.pages.room import PAGE_SIZE, go, pages_of, room, said, show
from moralbank.market.books import money
from moralbank.market.books.schemas import ContributionIn, TakenBackIn
from moralbank.organizations.operations import get as get_organization


@room.page("/staff/shops/<shop_id>/money", action="money.read")
def shop_money(actor: Actor, shop_id: str) -> Response:
    """List the money that came, and ask for more of it."""
    return _money(actor, shop_id)


def _money(actor: Actor, shop_id: str, form: Form | None = None, line: str = "") -> Response:
    place = get_organization(actor, shop_id)
    cursor = request.args.get("cursor")
    page = money.list_contributions(actor, shop_id, cursor=cursor, limit=PAGE_SIZE)
    kinds = {"donated": _("捐款"), "allotted": _("拨款")}
    return show(
        "shop_money.html",
        form.status if form else 200,
        shop={"id": place.id, "name": place.name},
        lines=[
            {
                "id": one.id,
                "day": _day(one.received_on),
                "kind": kinds[one.kind],
                "amount": _yuan(one.amount),
                "more": " · ".join(part for part in (one.donor, one.receipt_no, one.note) if part),
                "takes_back": one.corrects_id is not None,
                "taken_back": one.corrected,
            }
            for one in page.items
        ],
        may_record=actor.role in MAY["money.record"],
        today=_day(clock.today()),
        line=line,
        **said(form, already_corrected="reason"),
        **pages_of("shop_money", page.next, cursor, shop_id=shop_id),
    )


def _day(day: date) -> str:
    return day.isoformat()


def _yuan(amount: int) -> str:
    return points_text(amount).replace("-", "−")


@room.page("/staff/shops/<shop_id>/money", action="money.record", method="POST")
def shop_money_came(actor: Actor, shop_id: str) -> Any:
    """Write down money that came."""
    form = Form(ContributionIn())

    def work(**values: Any) -> str:
        return money.contribute(actor, shop_id, **values).id

    if form.submit(actor, work) is None:
        return _money(actor, shop_id, form)
    return go(_("已记下。"), "shop_money", shop_id=shop_id)


@room.page("/staff/shops/<shop_id>/money/<line_id>/back", action="money.record", method="POST")
def shop_money_back(actor: Actor, shop_id: str, line_id: str) -> Any:
    """Take back a line that was written down wrong."""
    form = Form(TakenBackIn())

    def work(**values: Any) -> str:
        return money.take_back(actor, shop_id, line_id, **values).id

    if form.submit(actor, work) is None:
        return _money(actor, shop_id, form, line_id)
    return go(_("已冲回。对的那一笔请另记。"), "shop_money", shop_id=shop_id)
