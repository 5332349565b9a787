"""May these points be spent now?  The document's conditions on a redemption."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from moralbank.core.quantities import points_text
from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.documents.spending import RedemptionLimit
from moralbank.rulebook.rules.lapsing import months_after
from moralbank.rulebook.rules.lines import N_, Line

_TOO_OFTEN = {
    "day": N_("每日最多兑换 %(times)s 次"),
    "week": N_("每周最多兑换 %(times)s 次"),
    "month": N_("每月最多兑换 %(times)s 次"),
    "quarter": N_("每季度最多兑换 %(times)s 次"),
    "half_year": N_("每半年最多兑换 %(times)s 次"),
    "year": N_("每年最多兑换 %(times)s 次"),
}
_TOO_MUCH = {
    "day": N_("每日最多兑换 %(most)s 分，今日还可兑换 %(left)s 分"),
    "week": N_("每周最多兑换 %(most)s 分，本周还可兑换 %(left)s 分"),
    "month": N_("每月最多兑换 %(most)s 分，本月还可兑换 %(left)s 分"),
    "quarter": N_("每季度最多兑换 %(most)s 分，本季度还可兑换 %(left)s 分"),
    "half_year": N_("每半年最多兑换 %(most)s 分，这半年还可兑换 %(left)s 分"),
    "year": N_("每年最多兑换 %(most)s 分，今年还可兑换 %(left)s 分"),
}


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What somebody redeemed in a period, without voided redemptions: how often, and hundredths."""

    times: int = 0
    points: int = 0


@dataclass(frozen=True, slots=True)
class RedemptionRefusal:
    """Why a redemption is refused.

    `reason` is one of `below_min_points, above_max_points, balance_too_low, too_often, too_much,
    star_too_low, tenure_too_short`; `line` says it to the person at the terminal.
    """

    reason: str
    line: Line


def redemption_refusal(
    rulebook: Rulebook,
    *,
    points: int,
    redeemed: Mapping[str, Redeemed],
    balance: int,
    star: int,
    opened_on: date,
    today: date,
) -> RedemptionRefusal | None:
    """Return why a redemption is refused by the rulebook, or None where it is allowed.

    `points` are the hundredths asked for, `balance` those that could be spent before; `redeemed`
    is what was redeemed in the periods of `rulebook.redemption.limits` up to now; `star` the stars
    now held, 0 for none; `opened_on` the day on which the account was opened. Whether the balance
    pays for it, the PIN and the goods' own limits are not the rulebook's and are checked elsewhere.
    """
    rules = rulebook.redemption
    if rules.min_points is not None and points < rules.min_points:
        text = N_("每次至少兑换 %(points)s 分")
        return _refusal("below_min_points", text, points=points_text(rules.min_points))
    if rules.max_points is not None and points > rules.max_points:
        text = N_("每次最多兑换 %(points)s 分")
        return _refusal("above_max_points", text, points=points_text(rules.max_points))
    if rules.min_balance is not None and balance < rules.min_balance:
        text = N_("可用积分满 %(points)s 分方可兑换")
        return _refusal("balance_too_low", text, points=points_text(rules.min_balance))
    for limit in rules.limits:
        refused = _over(limit, points, redeemed[limit.per])
        if refused:
            return refused
    if star < rules.min_star:
        return _refusal("star_too_low", N_("达到 %(stars)s 星方可兑换"), stars=rules.min_star)
    if (today - opened_on).days < rules.min_tenure_days:
        text = N_("开户满 %(days)s 天方可兑换")
        return _refusal("tenure_too_short", text, days=rules.min_tenure_days)
    if months_after(opened_on, rules.min_tenure_months) > today:
        text = N_("开户满 %(months)s 个月方可兑换")
        return _refusal("tenure_too_short", text, months=rules.min_tenure_months)
    return None


def _over(limit: RedemptionLimit, points: int, had: Redeemed) -> RedemptionRefusal | None:
    if limit.times is not None and had.times >= limit.times:
        return _refusal("too_often", _TOO_OFTEN[limit.per], times=limit.times)
    if limit.points is not None and had.points + points > limit.points:
        return _refusal(
            "too_much",
            _TOO_MUCH[limit.per],
            most=points_text(limit.points),
            left=points_text(max(0, limit.points - had.points)),
        )
    return None


def _refusal(reason: str, text: str, **values: str | int) -> RedemptionRefusal:
    return RedemptionRefusal(reason, Line(text, values))
