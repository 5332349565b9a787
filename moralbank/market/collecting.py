"""Use case of collecting: what was set aside is handed over at the counter, with a receipt."""

from sqlalchemy import select

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.problems import not_found
from moralbank.core.transaction import operation
from moralbank.market.counter import ask
from moralbank.market.models import Reservation
from moralbank.market.receipts import RedemptionView
from moralbank.market.reservations import end, hold_open, key_of, views
from moralbank.market.rules import added_up
from moralbank.market.selling import check_card, check_limits, check_rulebook, hand_over
from moralbank.market.shelf import book
from moralbank.people.presenting import present
from moralbank.rulebook.operations import rulebook


@operation("redemptions.make")
def collect(
    actor: Actor,
    reservation_id: str,
    *,
    code: str,
    pin: str | None = None,
    key: str | None = None,
) -> RedemptionView:
    """Hand over what was set aside in the terminal's own shop to whoever shows the volunteer's
    card, at the price of then: the redemption has the reservation's id and number.

    `key` is the caller's Idempotency-Key. Refuses as `redeem` does, 404 for a reservation that is
    not this card's, 409 `wrong_state` when it was collected, cancelled, or its time is over.
    """
    card = present(code, to=actor)
    owner = session().scalar(
        select(Reservation.volunteer_id).where(Reservation.id == reservation_id)
    )
    if owner != card.volunteer_id:
        raise not_found()
    row = hold_open(actor, reservation_id)
    [view] = views([row])
    pieces = added_up((line.goods_id, line.quantity) for line in view.lines)
    counter = ask(actor.id, card.volunteer_id, list(pieces))
    rules = rulebook(counter.rulebook_version)
    with_pin = check_card(actor, rules, card, row.points, pin=pin)
    check_rulebook(rules, card.volunteer_id, card.opened_at, row.points, held=row.points)
    check_limits(counter, {one: many for one, many in pieces.items() if one in counter.goods})
    now = clock.now()
    for goods_id, quantity in pieces.items():
        book.set_aside(goods_id, -quantity)
        book.record(
            goods_id, -quantity, reason="sold", who=actor.caller, source=("redemption", row.id),
            at=now,
        )  # fmt: skip
    end(row, "collected", actor.caller)
    return hand_over(
        actor, card, counter, view.lines, ledger.post_held(key_of(row.id)),
        number=row.id, receipt_no=row.receipt_no, at=now, key=key, with_pin=with_pin,
    )  # fmt: skip
