"""Households in hardship and relief over HTTP."""

from typing import Any

from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom
from moralbank.core.openapi import page_of
from moralbank.core.pagination import Page
from moralbank.market.relief import gifts, handing_out, households
from moralbank.market.relief.schemas import (
    HouseholdIn,
    HouseholdOut,
    HouseholdQuery,
    ParcelReasonIn,
    ReliefIn,
    ReliefOut,
    ReliefQuery,
    ReliefReasonIn,
)
from moralbank.market.schemas import GiftOut, with_wanted

room = ApiRoom("relief", __name__, description="Households in hardship, and goods for them")


@room.endpoint(
    "POST", "/households", action="households.change", body=HouseholdIn, answer=HouseholdOut,
    status=201, refusals={409: ["already_registered"]},
)  # fmt: skip
def register_household(actor: Actor, *, body: dict[str, Any]) -> households.HouseholdView:
    """Register a household in hardship."""
    return households.register(actor, **body)


@room.endpoint(
    "GET", "/households", action="households.read", query=HouseholdQuery,
    answer=page_of(HouseholdOut),
)  # fmt: skip
def list_households(actor: Actor, *, query: dict[str, Any]) -> Page[households.HouseholdView]:
    """List households; who they are is told to their own staff alone."""
    return households.list_households(actor, **query)


@room.endpoint(
    "POST", "/households/<household_id>/end", action="households.change", answer=HouseholdOut,
    refusals={409: ["wrong_state"]},
)  # fmt: skip
def end_household(actor: Actor, *, household_id: str) -> households.HouseholdView:
    """Take a household off the list."""
    return households.end(actor, household_id)


@room.endpoint(
    "POST", "/reliefs", action="reliefs.propose", body=ReliefIn, answer=ReliefOut, status=201,
    keyed=True,
    refusals={404: ["goods_unknown"], 409: ["insufficient_points", "wrong_state", "price_changed"]},
)  # fmt: skip
def propose_relief(actor: Actor, *, body: dict[str, Any]) -> handing_out.ReliefView:
    """Propose goods for a household, or a parcel that was given for it."""
    return handing_out.propose(actor, **with_wanted(body))


@room.endpoint(
    "POST", "/donations/<donation_id>/points", action="reliefs.propose", body=ParcelReasonIn,
    answer=GiftOut, refusals={409: ["wrong_state"]},
)  # fmt: skip
def turn_into_points(actor: Actor, *, donation_id: str, body: dict[str, Any]) -> gifts.Gift:
    """Turn goods that were given, and wait, into points for whom they were given."""
    return gifts.turn_into_points(actor, donation_id, **body)


@room.endpoint(
    "GET", "/reliefs", action="reliefs.read", query=ReliefQuery, answer=page_of(ReliefOut)
)
def list_reliefs(actor: Actor, *, query: dict[str, Any]) -> Page[handing_out.ReliefView]:
    """List what was proposed and handed out."""
    return handing_out.list_reliefs(actor, **query)


@room.endpoint("GET", "/reliefs/<relief_id>", action="reliefs.read", answer=ReliefOut)
def get_relief(actor: Actor, *, relief_id: str) -> handing_out.ReliefView:
    """Show one."""
    return handing_out.get_relief(actor, relief_id)


@room.endpoint(
    "POST", "/reliefs/<relief_id>/approval", action="reliefs.decide", answer=ReliefOut, keyed=True,
    refusals={409: ["insufficient_points", "out_of_stock", "wrong_state", "already_voided"]},
)  # fmt: skip
def approve_relief(actor: Actor, *, relief_id: str) -> handing_out.ReliefView:
    """Hand out what somebody else proposed."""
    return handing_out.approve(actor, relief_id)


@room.endpoint(
    "POST", "/reliefs/<relief_id>/rejection", action="reliefs.decide", body=ReliefReasonIn,
    answer=ReliefOut, refusals={409: ["wrong_state", "already_voided"]},
)  # fmt: skip
def reject_relief(actor: Actor, *, relief_id: str, body: dict[str, Any]) -> handing_out.ReliefView:
    """Put a proposal aside."""
    return handing_out.reject(actor, relief_id, **body)


@room.endpoint(
    "POST", "/reliefs/<relief_id>/void", action="reliefs.void", body=ReliefReasonIn,
    answer=ReliefOut, keyed=True, refusals={409: ["wrong_state", "already_voided"]},
)  # fmt: skip
def void_relief(actor: Actor, *, relief_id: str, body: dict[str, Any]) -> handing_out.ReliefView:
    """Take back what was handed out by mistake."""
    return handing_out.void(actor, relief_id, **body)
