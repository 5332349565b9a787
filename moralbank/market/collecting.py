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
from moralbank.market.reservations import end, hold_open, key_of, open_of, pieces_of
from moralbank.market.selling import check_limits, check_pin_needed, check_rulebook, keep_receipt
from moralbank.market.shelf import book
from moralbank.people.phone_codes import use_up
from moralbank.people.presenting import check_pin, present
from moralbank.people.rules import masked_name
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
    [view] = [one for one in open_of(row.volunteer_id, row.supermarket_id) if one.id == row.id]
    pieces = pieces_of(row.id)
    counter = ask(actor.id, card.volunteer_id, list(pieces))
    rules = rulebook(counter.rulebook_version)
    if pin is not None:
        check_pin(actor, card, pin)
    elif not card.by_phone:
        check_pin_needed(rules, card, row.points)
    check_rulebook(rules, card.volunteer_id, card.opened_at, row.points, held=row.points)
    check_limits(counter, {one: many for one, many in pieces.items() if one in counter.goods})
    now = clock.now()
    for goods_id, quantity in sorted(pieces.items()):
        book.set_aside(goods_id, -quantity)
        book.record(
            goods_id, -quantity, reason="sold", who=actor.caller, source=("redemption", row.id),
            at=now,
        )  # fmt: skip
    end(row, "collected", actor.caller)
    posted = ledger.post_held(key_of(row.id))
    assert posted.payer_balance is not None
    made = RedemptionView(
        id=row.id,
        receipt_no=row.receipt_no,
        status="completed",
        points=row.points,
        balance_after=posted.payer_balance,
        lines=view.lines,
        occurred_at=now,
        supermarket_id=row.supermarket_id,
        supermarket=counter.shop,
        terminal_id=actor.id,
        volunteer_id=card.volunteer_id,
        display_name=masked_name(card.name),
        delegate=card.delegate,
        voided_at=None,
        void_reason=None,
    )
    if card.by_phone:
        use_up(card.card_id)
    with_pin = pin is not None or card.by_phone
    keep_receipt(made, counter, key, card.card_id, posted.id, with_pin=with_pin)
    return made
