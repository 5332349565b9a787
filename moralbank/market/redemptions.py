"""Use cases of redemptions: points become goods, and come back when it was a mistake."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from sqlalchemy import select, update

from moralbank import ledger
from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.problems import conflict, forbidden, not_found
from moralbank.core.transaction import operation
from moralbank.market.counter import ask
from moralbank.market.models import Redemption, RedemptionLine
from moralbank.market.receipts import RedemptionView, pieces_of, reachable, view_of
from moralbank.market.rules import added_up
from moralbank.market.selling import (
    NO_PRICES,
    check_card,
    check_limits,
    check_rulebook,
    hand_over,
    new_receipt_no,
    priced,
    statement_words,
    take_back,
)
from moralbank.market.shelf import book
from moralbank.people.presenting import present
from moralbank.people.volunteers import wallet_of
from moralbank.rulebook.operations import rulebook


@operation("redemptions.make")
def redeem(
    actor: Actor,
    *,
    key: str | None = None,
    code: str,
    pin: str | None = None,
    lines: Sequence[tuple[str, int]],
    shown: Mapping[str, int] = NO_PRICES,
) -> RedemptionView:
    """Exchange a card holder's points for goods of the terminal's own shop, all or nothing.

    `lines` are goods ids and quantities, `key` is the caller's Idempotency-Key, by which a lost
    answer is found again, `shown` the prices that the screen had. In this order it refuses 404
    `card_unknown`, 403 `card_revoked`, 403 `card_locked`, of a phone's code 403 `code_used` and 403
    `code_expired`, 404 `goods_unknown`, 409 `price_changed`, 403 `pin_required`, 403 `pin_wrong`
    (counted), 409 `limit_exceeded`, 409 `out_of_stock`, 409 `insufficient_points`.
    """
    # Holds the card's row: what one volunteer redeems at two counters happens one after the other.
    card = present(code, to=actor)
    wanted = added_up(lines)
    counter = ask(actor.id, card.volunteer_id, list(wanted))
    bought = priced(counter, lines, shown)
    points = sum(line.points for line in bought)
    rules = rulebook(counter.rulebook_version)
    with_pin = check_card(actor, rules, card, points, pin=pin)
    check_rulebook(rules, card.volunteer_id, card.opened_at, points)
    check_limits(counter, wanted)
    number, now = new_id(), clock.now()
    for goods_id, quantity in wanted.items():
        book.record(
            goods_id, -quantity, reason="sold", who=actor.caller, source=("redemption", number),
            at=now,
        )  # fmt: skip
    receipt_no = new_receipt_no(now)
    [posted] = ledger.post(
        [
            ledger.Posting(
                key=f"redemption:{number}",
                kind="redemption",
                asset="points",
                payer=wallet_of(card.volunteer_id),
                payee=f"supermarket:{actor.organization_id}",
                amount=points,
                effective_at=now,
                reason=statement_words(counter.shop, receipt_no, card.delegate),
                source_type="redemption",
                source_id=number,
                rulebook_version=counter.rulebook_version,
            )
        ]
    )
    return hand_over(
        actor, card, counter, bought, posted,
        number=number, receipt_no=receipt_no, at=now, key=key, with_pin=with_pin,
    )  # fmt: skip


@operation("redemptions.void")
def void(actor: Actor, redemption_id: str, *, reason: str) -> RedemptionView:
    """Take a redemption back, once: points, stock and limit come back, with the points' old date.

    A supervisor is the second person to the terminal. Refuses 404, 403 for one's own redemption,
    409 `already_voided`.
    """
    row = (
        session()
        .execute(
            select(Redemption)
            .where(Redemption.id == redemption_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .scalar_one_or_none()
    )
    if row is None:
        raise not_found()
    reachable(actor, row)
    if actor.volunteer_id == row.volunteer_id:
        raise forbidden(_("自己的兑换要由同事撤销。"))
    if row.status == "voided":
        raise conflict("already_voided", _("这笔兑换已经撤销过了。"))
    now = clock.now()
    take_back(
        pieces_of(RedemptionLine.redemption_id, row.id), row.transfer_id,
        who=actor.caller, source=("redemption", row.id), reason=reason, at=now,
    )  # fmt: skip
    session().execute(
        update(Redemption)
        .where(Redemption.id == row.id)
        .values(status="voided", voided_at=now, voided_by=actor.caller, void_reason=reason)
    )
    audit.record(
        actor, "redemptions.void", subject_type="redemption", subject_id=row.id,
        receipt_no=row.receipt_no,
    )  # fmt: skip
    return view_of(row.id)
