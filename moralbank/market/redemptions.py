"""Use cases of redemptions: points become goods, and come back when it was a mistake."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from moralbank import ledger
from moralbank.core import audit, clock, periods
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.direct import Statement
from moralbank.core.ids import new_id
from moralbank.core.problems import Refusal, conflict, forbidden, not_found
from moralbank.core.quantities import points_text
from moralbank.core.transaction import operation
from moralbank.events.awarding.standings import refuse_stopped
from moralbank.honours.rounds import current_stars
from moralbank.market.counter import Counter, Offered, ask
from moralbank.market.models import Redemption, RedemptionLine
from moralbank.market.receipts import ReceiptLine, RedemptionView, reachable, view_of
from moralbank.market.rules import added_up
from moralbank.market.shelf import book
from moralbank.people.phone_codes import use_up
from moralbank.people.presenting import Presented, check_pin, present
from moralbank.people.rules import masked_name, spell
from moralbank.people.volunteers import wallet_of
from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.operations import rulebook
from moralbank.rulebook.rules import Redeemed, redemption_refusal

RECEIPT_LETTERS = 6
"""Random letters of a receipt's number: 800 million a day, none of them mistaken for another."""


_RECEIPT = Statement(
    """
    INSERT INTO redemptions (
        id, receipt_no, supermarket_id, supermarket, terminal_id, idempotency_key, volunteer_id,
        card_id, display_name, delegate, points, with_pin, balance_after, rulebook_version,
        transfer_id, status, occurred_at
    )
    VALUES (
        :id, :receipt_no, :supermarket_id, :supermarket, :terminal_id, :key, :volunteer_id,
        :card_id, :display_name, :delegate, :points, :with_pin, :balance_after, :rulebook_version,
        :transfer_id, 'completed', :occurred_at
    )
    """
)
_RECEIPT_LINE = Statement(
    """
    INSERT INTO redemption_lines (
        redemption_id, line_no, goods_id, name, unit, price, quantity, points, cost
    )
    VALUES (
        :redemption_id, :line_no, :goods_id, :name, :unit, :price, :quantity, :points, :cost
    )
    """
)


@operation("redemptions.make")
def redeem(
    actor: Actor,
    *,
    key: str | None = None,
    code: str,
    pin: str | None = None,
    lines: Sequence[tuple[str, int]],
) -> RedemptionView:
    """Exchange a card holder's points for goods of the terminal's own shop, all or nothing.

    `lines` are goods ids and quantities, `key` is the caller's Idempotency-Key, by which a lost
    answer is found again. In this order it refuses 404 `card_unknown`, 403 `card_revoked`, 403
    `card_locked`, of a phone's code 403 `code_used` and 403 `code_expired`, 404 `goods_unknown`,
    403 `pin_required`, 403 `pin_wrong` (counted), 409 `limit_exceeded`, 409 `out_of_stock`, 409
    `insufficient_points`.
    """
    # Holds the card's row: what one volunteer redeems at two counters happens one after the other.
    card = present(code, to=actor)
    wanted = added_up(lines)
    counter = ask(actor.id, card.volunteer_id, list(wanted))
    bought = _priced(counter, lines)
    points = sum(line.points for line in bought)
    rules = rulebook(counter.rulebook_version)
    if pin is not None:
        check_pin(actor, card, pin)
    elif not card.by_phone:  # its owner signed in on the phone by the PIN
        _check_without_pin(rules, card, points)
    _check_rulebook(rules, card, points)
    _check_limits(counter, wanted)
    number, now = new_id(), clock.now()
    for goods_id, quantity in wanted.items():
        book.record(
            goods_id,
            -quantity,
            reason="sold",
            who=actor.caller,
            source=("redemption", number),
            at=now,
        )
    receipt_no = _receipt_no(now)
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
                reason=_words(counter.shop, receipt_no, card.delegate),
                source_type="redemption",
                source_id=number,
                rulebook_version=counter.rulebook_version,
            )
        ]
    )
    assert actor.organization_id is not None
    assert posted.payer_balance is not None
    made = RedemptionView(
        id=number,
        receipt_no=receipt_no,
        status="completed",
        points=points,
        balance_after=posted.payer_balance,
        lines=bought,
        occurred_at=now,
        supermarket_id=actor.organization_id,
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
    _keep(made, counter, key, card.card_id, posted.id, with_pin=with_pin)
    return made


def _words(shop: str, receipt_no: str, delegate: str | None) -> str:
    """Return what the volunteer's statement says of it."""
    words: str = _("%(shop)s兑换 %(receipt_no)s", shop=shop, receipt_no=receipt_no)
    return (
        words
        if delegate is None
        else _("%(words)s，%(delegate)s代领", words=words, delegate=delegate)
    )


def _keep(
    made: RedemptionView,
    counter: Counter,
    key: str | None,
    card_id: str,
    transfer_id: int,
    *,
    with_pin: bool,
) -> None:
    """Write the receipt down as it was given."""
    _RECEIPT.later(
        id=made.id,
        receipt_no=made.receipt_no,
        supermarket_id=made.supermarket_id,
        supermarket=made.supermarket,
        terminal_id=made.terminal_id,
        key=key,
        volunteer_id=made.volunteer_id,
        card_id=card_id,
        display_name=made.display_name,
        delegate=made.delegate,
        points=made.points,
        with_pin=with_pin,
        balance_after=made.balance_after,
        rulebook_version=counter.rulebook_version,
        transfer_id=transfer_id,
        occurred_at=made.occurred_at,
    )
    for place, line in enumerate(made.lines, start=1):
        cost = counter.goods[line.goods_id].cost
        _RECEIPT_LINE.later(redemption_id=made.id, line_no=place, cost=cost, **asdict(line))


def _priced(counter: Counter, lines: Sequence[tuple[str, int]]) -> tuple[ReceiptLine, ...]:
    if any(goods_id not in counter.goods for goods_id, _quantity in lines):
        raise Refusal(404, "goods_unknown", _("本店没有这种物品。"))
    bought = []
    for goods_id, quantity in lines:
        goods = counter.goods[goods_id]
        bought.append(
            ReceiptLine(
                goods_id, goods.name, goods.unit, quantity, goods.price, goods.price * quantity
            )
        )
    return tuple(bought)


def _check_without_pin(rules: Rulebook, card: Presented, points: int) -> None:
    """Refuse 403 `pin_required` for more points than go without a PIN, or for more often a day."""
    if points > rules.pin_required_above:
        most = points_text(rules.pin_required_above)
        raise Refusal(403, "pin_required", _("超过 %(points)s 分，请储户按密码。", points=most))
    times = rules.redemption.without_pin_per_day
    if times is None:
        return
    today = clock.today()
    done = session().scalar(
        select(func.count()).where(
            Redemption.volunteer_id == card.volunteer_id,
            Redemption.status == "completed",
            Redemption.with_pin.is_(False),
            Redemption.occurred_at >= clock.start_of(today),
            Redemption.occurred_at < clock.end_of(today),
        )
    )
    if (done or 0) >= times:
        words = _("今天不按密码的兑换已满 %(times)d 次，请储户按密码。", times=times)
        raise Refusal(403, "pin_required", words)


def _check_rulebook(rules: Rulebook, card: Presented, points: int) -> None:
    today = clock.today()
    said = rules.redemption
    refused = redemption_refusal(
        rules,
        points=points,
        redeemed={
            limit.per: _redeemed_in(card.volunteer_id, *periods.period_of(today, limit.per))
            for limit in said.limits
        },
        balance=0 if said.min_balance is None else _spendable(card.volunteer_id),
        star=current_stars(card.volunteer_id) if said.min_star else 0,
        opened_on=clock.local_date(card.opened_at),
        today=today,
    )
    if refused is not None:
        raise conflict("limit_exceeded", _(refused.line.text, **refused.line.values))
    refuse_stopped(rules, card.volunteer_id, "redemptions")


def _spendable(volunteer_id: str) -> int:
    wallet = wallet_of(volunteer_id)
    found = ledger.points_of([wallet]).get(wallet)
    return found.available if found else 0


def _redeemed_in(volunteer_id: str, first: date, last: date) -> Redeemed:
    times, points = (
        session()
        .execute(
            select(func.count(), func.coalesce(func.sum(Redemption.points), 0)).where(
                Redemption.volunteer_id == volunteer_id,
                Redemption.status == "completed",
                Redemption.occurred_at >= clock.start_of(first),
                Redemption.occurred_at < clock.end_of(last),
            )
        )
        .one()
    )
    return Redeemed(times, int(points))


def _check_limits(counter: Counter, wanted: dict[str, int]) -> None:
    for goods_id, quantity in wanted.items():
        goods = counter.goods[goods_id]
        if goods.most is not None and quantity > goods.most:
            raise conflict("limit_exceeded", _limit_words(goods, goods.most))


def _limit_words(goods: Offered, left: int) -> str:
    per = {
        "day": _("每人每天"),
        "week": _("每人每周"),
        "month": _("每人每月"),
        "quarter": _("每人每季度"),
        "year": _("每人每年"),
    }[goods.limit_period]
    words: str = _(
        "%(name)s%(per)s限 %(limit)d %(unit)s，还可以换 %(left)d %(unit)s。",
        name=goods.name, per=per, limit=goods.limit, unit=goods.unit, left=left,
    )  # fmt: skip
    return words


def _receipt_no(now: datetime) -> str:
    """Return a number that a person can read aloud; no counter, so that no counters queue."""
    letters = spell(secrets.token_bytes(8), RECEIPT_LETTERS)
    return f"{clock.local(now):%y%m%d}-{letters}"


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
    lines = session().execute(
        select(RedemptionLine.goods_id, RedemptionLine.quantity).where(
            RedemptionLine.redemption_id == row.id
        )
    )
    now = clock.now()
    for goods_id, quantity in added_up(lines.tuples()).items():
        book.record(
            goods_id,
            quantity,
            reason="returned",
            who=actor.caller,
            source=("redemption", row.id),
            at=now,
        )
    ledger.post([ledger.reversal_of(row.transfer_id, key=f"void:{row.id}", reason=reason)])
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
