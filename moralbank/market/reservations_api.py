"""Reservations and the waiting list over HTTP."""

from typing import Any

from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom
from moralbank.core.openapi import page_of
from moralbank.core.pagination import Page
from moralbank.market import collecting, reservations, waiting
from moralbank.market.receipts import RedemptionView
from moralbank.market.reservations import ReservationView
from moralbank.market.schemas import (
    CollectionIn,
    RedemptionOut,
    ReservationIn,
    ReservationOut,
    ReservationQuery,
    WaitIn,
    WaitOut,
    WaitQuery,
    with_wanted,
)
from moralbank.market.waiting import WaitView

room = ApiRoom("reservations", __name__, description="Goods set aside, and who waits for them")


@room.endpoint(
    "POST", "/reservations", action="reservations.make", body=ReservationIn,
    answer=ReservationOut, status=201, keyed=True,
    refusals={
        403: ["not_in_good_standing"], 404: ["goods_unknown"],
        409: [
            "too_many_reservations", "insufficient_points", "out_of_stock", "limit_exceeded",
            "price_changed",
        ],
    },
)  # fmt: skip
def reserve(actor: Actor, *, body: dict[str, Any]) -> ReservationView:
    """Set goods aside for oneself."""
    return reservations.reserve(actor, **with_wanted(body))


@room.endpoint(
    "GET", "/reservations", action="reservations.read", query=ReservationQuery,
    answer=page_of(ReservationOut),
)  # fmt: skip
def list_reservations(actor: Actor, *, query: dict[str, Any]) -> Page[ReservationView]:
    """List reservations, the newest first."""
    return reservations.list_reservations(actor, **query)


@room.endpoint(
    "POST", "/reservations/<reservation_id>/cancellation", action="reservations.cancel",
    answer=ReservationOut, refusals={409: ["wrong_state"]},
)  # fmt: skip
def cancel_reservation(actor: Actor, *, reservation_id: str) -> ReservationView:
    """Let go of what was set aside."""
    return reservations.cancel(actor, reservation_id)


@room.endpoint(
    "POST", "/reservations/<reservation_id>/collection", action="redemptions.make",
    body=CollectionIn, answer=RedemptionOut, status=201, keyed=True,
    refusals={
        403: [
            "pin_required", "pin_wrong", "card_revoked", "card_locked", "code_used",
            "code_expired", "not_in_good_standing",
        ],
        404: ["card_unknown"],
        409: ["wrong_state", "limit_exceeded"],
    },
)  # fmt: skip
def collect_reservation(
    actor: Actor, *, key: str, reservation_id: str, body: dict[str, Any]
) -> RedemptionView:
    """Hand over what was set aside."""
    return collecting.collect(actor, reservation_id, key=key, **body)


@room.endpoint(
    "POST", "/goods/<goods_id>/waiting", action="waiting.join", body=WaitIn, answer=WaitOut,
    status=201, refusals={409: ["in_stock", "already_waiting"]},
)  # fmt: skip
def join_waiting(actor: Actor, *, goods_id: str, body: dict[str, Any]) -> WaitView:
    """Stand in line for goods that are sold out."""
    return waiting.join(actor, goods_id, **body)


@room.endpoint("GET", "/waiting", action="waiting.read", query=WaitQuery, answer=page_of(WaitOut))
def list_waits(actor: Actor, *, query: dict[str, Any]) -> Page[WaitView]:
    """List who waits, the longest first."""
    return waiting.list_waiting(actor, **query)


@room.endpoint(
    "POST", "/waiting/<wait_id>/leaving", action="waiting.join", answer=WaitOut,
    refusals={409: ["wrong_state"]},
)  # fmt: skip
def leave_waiting(actor: Actor, *, wait_id: str) -> WaitView:
    """Leave the line."""
    return waiting.leave(actor, wait_id)
