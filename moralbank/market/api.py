"""The supermarket over HTTP."""

from typing import Any

from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom
from moralbank.core.openapi import page_of
from moralbank.core.pagination import Page
from moralbank.market import closings, donations, receipts, redemptions, terminals
from moralbank.market.receipts import RedemptionView
from moralbank.market.relief import gifts
from moralbank.market.schemas import (
    DonationIn,
    DonationOut,
    GiftOut,
    GiftQuery,
    NewTerminalOut,
    RedemptionIn,
    RedemptionOut,
    RedemptionQuery,
    TerminalClosingIn,
    TerminalClosingOut,
    TerminalClosingQuery,
    TerminalIn,
    TerminalOut,
    TerminalQuery,
    VoidIn,
    with_wanted,
)

room = ApiRoom("market", __name__, description="Terminals, redemptions, donations")


@room.endpoint(
    "POST", "/terminals", action="terminals.change", body=TerminalIn, answer=NewTerminalOut,
    status=201,
)  # fmt: skip
def create_terminal(actor: Actor, *, body: dict[str, Any]) -> terminals.TerminalView:
    """Set up a terminal; its token is shown once."""
    return terminals.create(actor, **body)


@room.endpoint(
    "GET", "/terminals", action="terminals.read", query=TerminalQuery, answer=page_of(TerminalOut)
)
def list_terminals(actor: Actor, *, query: dict[str, Any]) -> Page[terminals.TerminalView]:
    """List terminals, of one supermarket or of all within reach."""
    return terminals.list_terminals(actor, **query)


@room.endpoint(
    "POST", "/terminals/<terminal_id>/revocation", action="terminals.change", answer=TerminalOut
)
def revoke_terminal(actor: Actor, *, terminal_id: str) -> terminals.TerminalView:
    """Revoke a terminal."""
    return terminals.revoke(actor, terminal_id)


@room.endpoint(
    "POST", "/terminal-closings", action="closings.make", body=TerminalClosingIn,
    answer=TerminalClosingOut,
    status=201,
)  # fmt: skip
def close_day(actor: Actor, *, body: dict[str, Any]) -> closings.ClosingView:
    """Close the terminal's day: what was redeemed since it was closed last, against a count."""
    return closings.close(actor, **body)


@room.endpoint(
    "GET", "/terminal-closings", action="closings.read", query=TerminalClosingQuery,
    answer=page_of(TerminalClosingOut),
)  # fmt: skip
def list_closings(actor: Actor, *, query: dict[str, Any]) -> Page[closings.ClosingView]:
    """List the closings of a supermarket's terminals, newest first."""
    return closings.list_closings(actor, **query)


@room.endpoint(
    "POST", "/redemptions", action="redemptions.make", body=RedemptionIn, answer=RedemptionOut,
    status=201, keyed=True,
    refusals={
        403: [
            "pin_required", "pin_wrong", "card_revoked", "card_locked", "code_used",
            "code_expired", "not_in_good_standing",
        ],
        404: ["card_unknown", "goods_unknown"],
        409: ["insufficient_points", "out_of_stock", "limit_exceeded", "price_changed"],
    },
)  # fmt: skip
def redeem(actor: Actor, *, key: str, body: dict[str, Any]) -> RedemptionView:
    """Exchange points for goods."""
    return redemptions.redeem(actor, key=key, **with_wanted(body))


@room.endpoint(
    "GET", "/redemptions", action="redemptions.find", query=RedemptionQuery,
    answer=page_of(RedemptionOut),
)  # fmt: skip
def find_redemption(actor: Actor, *, query: dict[str, Any]) -> Page[RedemptionView]:
    """Learn what a lost answer was: the redemption of the terminal's own request, if there is."""
    return receipts.find_by_key(actor, **query)


@room.endpoint(
    "GET", "/redemptions/<redemption_id>", action="redemptions.read", answer=RedemptionOut
)
def get_redemption(actor: Actor, *, redemption_id: str) -> RedemptionView:
    """Show a redemption."""
    return receipts.get(actor, redemption_id)


@room.endpoint(
    "POST", "/redemptions/<redemption_id>/void", action="redemptions.void", body=VoidIn,
    answer=RedemptionOut, keyed=True, refusals={409: ["already_voided"]},
)  # fmt: skip
def void_redemption(actor: Actor, *, redemption_id: str, body: dict[str, Any]) -> RedemptionView:
    """Take a redemption back: points, stock and limit return."""
    return redemptions.void(actor, redemption_id, **body)


@room.endpoint(
    "POST", "/donations", action="donations.make", body=DonationIn, answer=DonationOut,
    status=201, keyed=True,
    refusals={
        403: ["not_in_good_standing"], 404: ["goods_unknown"],
        409: ["insufficient_points", "out_of_stock", "price_changed"],
    },
)  # fmt: skip
def donate(actor: Actor, *, body: dict[str, Any]) -> donations.DonationView:
    """Give points to another volunteer, or points or goods to a pool or a household."""
    return donations.donate(actor, **with_wanted(body))


@room.endpoint(
    "GET", "/donations", action="donations.read", query=GiftQuery, answer=page_of(GiftOut)
)
def list_gifts(actor: Actor, *, query: dict[str, Any]) -> Page[gifts.Gift]:
    """List what one pool, or all pools and households within reach, were given, never by whom; a
    volunteer's own gifts."""
    return gifts.list_gifts(actor, **query)
