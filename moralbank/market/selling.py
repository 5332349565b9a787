"""What every sale has in common: what is asked before it, and the receipt that is kept of it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from types import MappingProxyType

from flask_babel import gettext as _
from sqlalchemy import func, select

from moralbank import ledger
from moralbank.core import clock, periods
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.direct import Statement
from moralbank.core.language import recorded
from moralbank.core.problems import Refusal, conflict
from moralbank.core.quantities import points_text
from moralbank.events.awarding.standings import refuse_stopped
from moralbank.honours.rounds import current_stars
from moralbank.market.counter import Counter, Offered
from moralbank.market.models import Redemption
from moralbank.market.receipts import ReceiptLine, RedemptionView
from moralbank.market.shelf import book
from moralbank.market.shelf.goods import costs_of
from moralbank.people.phone_codes import use_up
from moralbank.people.presenting import Presented, check_pin
from moralbank.people.rules import masked_name, spell
from moralbank.people.volunteers import wallet_of
from moralbank.rulebook.documents import Rulebook
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


NO_PRICES: Mapping[str, int] = MappingProxyType({})


def priced(
    counter: Counter, lines: Sequence[tuple[str, int]], shown: Mapping[str, int] = NO_PRICES
) -> tuple[ReceiptLine, ...]:
    """Return the lines at the prices of today; `shown` are those that the person was shown, by
    goods. Refuses 404 `goods_unknown`, 409 `price_changed`."""
    if any(goods_id not in counter.goods for goods_id, _quantity in lines):
        raise Refusal(404, "goods_unknown", _("本店没有这种物品。"))
    bought = []
    for goods_id, quantity in lines:
        goods = counter.goods[goods_id]
        if shown.get(goods_id, goods.price) != goods.price:
            points = points_text(goods.price)
            words = _(
                "价钱变了：%(name)s现在每%(unit)s %(points)s 分。请再看一遍。",
                name=goods.name, unit=goods.unit, points=points,
            )  # fmt: skip
            raise conflict("price_changed", words)
        bought.append(
            ReceiptLine(
                goods_id, goods.name, goods.unit, quantity, goods.price, goods.price * quantity
            )
        )
    return tuple(bought)


def check_limits(counter: Counter, wanted: dict[str, int]) -> None:
    """Refuse 409 `limit_exceeded` for more of some goods than one person may have."""
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


def check_card(
    actor: Actor, rules: Rulebook, card: Presented, points: int, *, pin: str | None
) -> bool:
    """Tell whether a sale counts as one with the PIN: it was given and is right, or the code was on
    a phone, whose owner signed in there by it. Refuses 403 `pin_wrong` (counted), 403
    `pin_required`."""
    if pin is not None:
        check_pin(actor, card, pin)
    elif not card.by_phone:
        _check_without_pin(rules, card, points)
    return pin is not None or card.by_phone


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


def check_rulebook(
    rules: Rulebook, volunteer_id: str, opened_at: datetime, points: int, *, held: int = 0
) -> None:
    """Refuse 409 `limit_exceeded` for what the rulebook does not let somebody redeem now, 403
    `not_in_good_standing`; `held` are points of theirs that are set aside for this very sale."""
    today = clock.today()
    said = rules.redemption
    refused = redemption_refusal(
        rules,
        points=points,
        redeemed={
            limit.per: _redeemed_in(volunteer_id, *periods.period_of(today, limit.per))
            for limit in said.limits
        },
        balance=0 if said.min_balance is None else _spendable(volunteer_id) + held,
        star=current_stars(volunteer_id) if said.min_star else 0,
        opened_on=clock.local_date(opened_at),
        today=today,
    )
    if refused is not None:
        raise conflict("limit_exceeded", _(refused.line.text, **refused.line.values))
    refuse_stopped(rules, volunteer_id, "redemptions")


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


def new_receipt_no(now: datetime) -> str:
    """Return a number that a person can read aloud; no counter, so that no counters queue."""
    letters = spell(secrets.token_bytes(8), RECEIPT_LETTERS)
    return f"{clock.local(now):%y%m%d}-{letters}"


def statement_words(shop: str, receipt_no: str, delegate: str | None) -> str:
    """Return what the volunteer's statement says of it."""
    words = recorded("%(shop)s兑换 %(receipt_no)s", shop=shop, receipt_no=receipt_no)
    return (
        words
        if delegate is None
        else recorded("%(words)s，%(delegate)s代领", words=words, delegate=delegate)
    )


def hand_over(
    actor: Actor,
    card: Presented,
    counter: Counter,
    lines: tuple[ReceiptLine, ...],
    posted: ledger.Posted,
    *,
    number: str,
    receipt_no: str,
    at: datetime,
    key: str | None,
    with_pin: bool,
) -> RedemptionView:
    """Write down, in the caller's transaction, what a terminal sold to whoever showed a card, and
    return the receipt. A phone's code buys nothing more."""
    assert actor.organization_id is not None
    assert posted.payer_balance is not None
    made = RedemptionView(
        id=number,
        receipt_no=receipt_no,
        status="completed",
        points=sum(line.points for line in lines),
        balance_after=posted.payer_balance,
        lines=lines,
        occurred_at=at,
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
    _RECEIPT.later(
        id=made.id,
        receipt_no=made.receipt_no,
        supermarket_id=made.supermarket_id,
        supermarket=made.supermarket,
        terminal_id=made.terminal_id,
        key=key,
        volunteer_id=made.volunteer_id,
        card_id=card.card_id,
        display_name=made.display_name,
        delegate=made.delegate,
        points=made.points,
        with_pin=with_pin,
        balance_after=made.balance_after,
        rulebook_version=counter.rulebook_version,
        transfer_id=posted.id,
        occurred_at=made.occurred_at,
    )
    gone = [line.goods_id for line in made.lines if line.goods_id not in counter.goods]
    # Reserved, and no longer offered.
    costs = costs_of(gone) if gone else {}
    for place, line in enumerate(made.lines, start=1):
        offered = counter.goods.get(line.goods_id)
        cost = costs[line.goods_id] if offered is None else offered.cost
        _RECEIPT_LINE.later(redemption_id=made.id, line_no=place, cost=cost, **asdict(line))
    return made


def take_back(
    pieces: Mapping[str, int],
    transfer_id: int,
    *,
    who: str,
    source: tuple[str, str],
    reason: str,
    at: datetime,
) -> None:
    """Put goods back on the shelf and the points where they came from, in the caller's transaction;
    `source` is the type and id of what had sold them. The points keep their old date."""
    for goods_id, quantity in pieces.items():
        book.record(goods_id, quantity, reason="returned", who=who, source=source, at=at)
    ledger.post([ledger.reversal_of(transfer_id, key=f"void:{source[1]}", reason=reason)])
