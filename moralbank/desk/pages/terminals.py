"""The staff's page of a supermarket's terminals: set one up, end one."""

from functools import partial
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.pages import Form
from moralbank.core.qr import qr_markup
from moralbank.core.quantities import points_text
from moralbank.core.wording import day_text, moment_text
from moralbank.desk.pages.room import PAGE_SIZE, go, pages_of, room, said, show, submit_secret
from moralbank.market import closings, terminals
from moralbank.market.schemas import TerminalIn
from moralbank.market.terminals import TerminalView
from moralbank.organizations.operations import get as get_organization

LATEST = 14
"""How many closings of a day are shown beside the terminals."""


@room.page("/staff/shops/<shop_id>/terminals", action="terminals.read")
def shop_terminals(actor: Actor, shop_id: str) -> Response:
    """List a supermarket's terminals."""
    return _terminals(actor, shop_id)


def _terminals(
    actor: Actor, shop_id: str, form: Form | None = None, made: TerminalView | None = None
) -> Response:
    place = get_organization(actor, shop_id)
    here = request.args.get("cursor")
    page = terminals.list_terminals(actor, supermarket_id=shop_id, cursor=here, limit=PAGE_SIZE)
    return show(
        "shop_terminals.html",
        201 if made else form.status if form else 200,
        shop={"id": place.id, "name": place.name},
        made=_shown_once(made) if made else None,
        terminals=[
            {
                "id": one.id,
                "name": one.name,
                "since": day_text(one.created_at),
                "active": one.status == "active",
            }
            for one in page.items
        ],
        closings=[
            {
                "terminal": one.terminal,
                "at": moment_text(one.closed_at),
                "receipts": one.receipts,
                "counted": one.counted,
                "voided": one.voided,
                "points": points_text(one.points),
                "reason": one.reason,
            }
            for one in closings.list_closings(actor, supermarket_id=shop_id, limit=LATEST).items
        ],
        **pages_of("shop_terminals", page.next, here, shop_id=shop_id),
        **said(form),
    )


def _shown_once(made: TerminalView) -> dict[str, Any]:
    """Return a new terminal's token, as text and as the code that its device scans."""
    address = url_for("market_pages.enrol", _external=True)
    return {
        "name": made.name,
        "token": made.token,
        "qr": qr_markup(f"{address}#{made.token}"),
        "address": address,
    }


@room.page("/staff/shops/<shop_id>/terminals", action="terminals.change", method="POST")
def shop_terminal_new(actor: Actor, shop_id: str) -> Any:
    """Set up a terminal; its token is in no other answer."""
    form = Form(TerminalIn(), more={"supermarket_id": shop_id})
    done, made = submit_secret(form, actor, partial(terminals.create, actor))
    if not done:
        return _terminals(actor, shop_id, form)
    if made is None:
        words = _("这台已经建过了。令牌没记下来的话，停用它再建一台。")
        return go(words, "shop_terminals", shop_id=shop_id)
    return _terminals(actor, shop_id, made=made)


@room.page(
    "/staff/shops/<shop_id>/terminals/<terminal_id>/end", action="terminals.change", method="POST"
)
def shop_terminal_end(actor: Actor, shop_id: str, terminal_id: str) -> Any:
    """End a terminal's sign-in: broken, lost, replaced."""
    ended = terminals.revoke(actor, terminal_id)
    words = _("「%(name)s」已停用，那台设备不能再兑换。", name=ended.name)
    return go(words, "shop_terminals", shop_id=shop_id)
