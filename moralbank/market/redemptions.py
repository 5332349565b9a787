"""Use cases of redemptions: points become goods, and come back when it was a mistake."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, insert, select, update

from moralbank import ledger
from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.problems import Refusal, conflict, forbidden, not_found
from moralbank.core.quantities import points_text
from moralbank.core.transaction import operation
from moralbank.honours.rounds import current_stars
from moralbank.market import stock
from moralbank.market.goods import taken
from moralbank.market.models import Goods, Redemption, RedemptionLine, Terminal
from moralbank.market.receipts import RedemptionView, reachable, view_of
from moralbank.market.rules import added_up, period_of, still_allowed
from moralbank.organizations.models import Organization
from moralbank.people.cards import check_pin, present
from moralbank.people.models import Volunteer
from moralbank.people.rules import masked_name, spell
from moralbank.people.volunteers import wallet_of
from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.operations import rulebook, version_in_force
from moralbank.rulebook.rules import redemption_refusal

RECEIPT_LETTERS = 6
"""Random letters of a receipt's number: 800 million a day, none of them mistaken for another."""


@dataclass(frozen=True, slots=True)
class _Line:
    goods: Goods
    quantity: int

    @property
    def points(self) -> int:
        return self.goods.price * self.quantity


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
    `card_locked`, 404 `goods_unknown`, 403 `pin_required`, 403 `pin_wrong` (counted), 409
    `limit_exceeded`, 409 `out_of_stock`, 409 `insufficient_points`.
    """
    # Holds the card's row: what one volunteer redeems at two counters happens one after the other.
    card, volunteer, _path = present(code)
    shop_name = _shop_of(actor)
    asked = _priced(actor, lines)
    points = sum(line.points for line in asked)
    version = version_in_force(clock.today())
    rules = rulebook(version)
    if pin is not None:
        check_pin(actor, card, pin)
    elif points > rules.pin_required_above:
        raise Refusal(
            403,
            "pin_required",
            _("超过 %(points)s 分，请储户按密码。", points=points_text(rules.pin_required_above)),
        )
    _check_rulebook(rules, volunteer, points)
    wanted = added_up(lines)
    _check_limits(volunteer.id, {line.goods.id: line.goods for line in asked}, wanted)
    number, now = new_id(), clock.now()
    for goods_id, quantity in wanted.items():
        stock.record(
            goods_id, -quantity, reason="sold", who=actor.caller, source=("redemption", number)
        )
    receipt_no = _receipt_no(now)
    [posted] = ledger.post(
        [
            ledger.Posting(
                key=f"redemption:{number}",
                kind="redemption",
                asset="points",
                payer=wallet_of(volunteer.id),
                payee=f"supermarket:{actor.organization_id}",
                amount=points,
                effective_at=now,
                reason=_("%(shop)s兑换 %(receipt_no)s", shop=shop_name, receipt_no=receipt_no),
                source_type="redemption",
                source_id=number,
                rulebook_version=version,
            )
        ]
    )
    session().execute(
        insert(Redemption),
        {
            "id": number,
            "receipt_no": receipt_no,
            "supermarket_id": actor.organization_id,
            "supermarket": shop_name,
            "terminal_id": actor.id,
            "idempotency_key": key,
            "volunteer_id": volunteer.id,
            "card_id": card.id,
            "display_name": masked_name(volunteer.name),
            "points": points,
            "balance_after": posted.payer_balance,
            "rulebook_version": version,
            "transfer_id": posted.id,
            "status": "completed",
            "occurred_at": now,
            "voided_at": None,
            "voided_by": None,
            "void_reason": None,
        },
    )
    session().execute(insert(RedemptionLine), _frozen(number, asked))
    return view_of(number)


def _shop_of(actor: Actor) -> str:
    """Return the name of the terminal's shop. Refuses 403 when it is none, or was revoked."""
    name = session().scalar(
        select(Organization.name)
        .join(Terminal, Terminal.supermarket_id == Organization.id)
        .where(Terminal.id == actor.id, Terminal.revoked_at.is_(None))
    )
    if name is None:
        raise forbidden(_("这台收银台已停用。"))
    return name


def _priced(actor: Actor, lines: Sequence[tuple[str, int]]) -> list[_Line]:
    rows = session().execute(
        select(Goods)
        .where(
            Goods.id.in_({goods_id for goods_id, _quantity in lines}),
            Goods.supermarket_id == actor.organization_id,
            Goods.active,
        )
        .execution_options(populate_existing=True)
    )
    offered = {row.id: row for row in rows.scalars()}
    if any(goods_id not in offered for goods_id, _quantity in lines):
        raise Refusal(404, "goods_unknown", _("本店没有这种物品。"))
    return [_Line(offered[goods_id], quantity) for goods_id, quantity in lines]


def _check_rulebook(rules: Rulebook, volunteer: Volunteer, points: int) -> None:
    today = clock.today()
    per = rules.redemption.per
    refused = redemption_refusal(
        rules,
        points=points,
        redeemed_this_period=_redeemed_in(volunteer.id, *period_of(today, per)) if per else 0,
        star=current_stars(volunteer.id) if rules.redemption.min_star else 0,
        tenure_days=(today - clock.local_date(volunteer.opened_at)).days,
    )
    if refused is not None:
        raise conflict("limit_exceeded", _(refused.line.text, **refused.line.values))


def _redeemed_in(volunteer_id: str, first: date, last: date) -> int:
    return (
        session().scalar(
            select(func.count())
            .select_from(Redemption)
            .where(
                Redemption.volunteer_id == volunteer_id,
                Redemption.status == "completed",
                Redemption.occurred_at >= clock.start_of(first),
                Redemption.occurred_at < clock.end_of(last),
            )
        )
        or 0
    )


def _check_limits(volunteer_id: str, goods: dict[str, Goods], wanted: dict[str, int]) -> None:
    had = taken(volunteer_id, goods.values())
    for goods_id, quantity in wanted.items():
        row = goods[goods_id]
        left = still_allowed(row.limit_per_person, had.get(goods_id, 0))
        if left is not None and quantity > left:
            raise conflict("limit_exceeded", _limit_words(row, left))


def _limit_words(goods: Goods, left: int) -> str:
    per = {
        "day": _("每人每天"),
        "week": _("每人每周"),
        "month": _("每人每月"),
        "quarter": _("每人每季度"),
        "year": _("每人每年"),
    }[goods.limit_period]
    words: str = _(
        "%(name)s%(per)s限 %(limit)d %(unit)s，还可以换 %(left)d %(unit)s。",
        name=goods.name, per=per, limit=goods.limit_per_person, unit=goods.unit, left=left,
    )  # fmt: skip
    return words


def _receipt_no(now: datetime) -> str:
    """Return a number that a person can read aloud; no counter, so that no counters queue."""
    letters = spell(secrets.token_bytes(8), RECEIPT_LETTERS)
    return f"{clock.local(now):%y%m%d}-{letters}"


def _frozen(redemption_id: str, asked: list[_Line]) -> list[dict[str, Any]]:
    return [
        {
            "redemption_id": redemption_id,
            "line_no": place,
            "goods_id": line.goods.id,
            "name": line.goods.name,
            "unit": line.goods.unit,
            "price": line.goods.price,
            "quantity": line.quantity,
            "points": line.points,
        }
        for place, line in enumerate(asked, start=1)
    ]


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
    for goods_id, quantity in added_up(lines.tuples()).items():
        stock.record(
            goods_id, quantity, reason="returned", who=actor.caller, source=("redemption", row.id)
        )
    ledger.post([ledger.reversal_of(row.transfer_id, key=f"void:{row.id}", reason=reason)])
    session().execute(
        update(Redemption)
        .where(Redemption.id == row.id)
        .values(status="voided", voided_at=clock.now(), voided_by=actor.caller, void_reason=reason)
    )
    audit.record(
        actor, "redemptions.void", subject_type="redemption", subject_id=row.id,
        receipt_no=row.receipt_no,
    )  # fmt: skip
    return view_of(row.id)
