"""May these points be spent now?  The document's conditions on a redemption."""

from __future__ import annotations

from dataclasses import dataclass

from moralbank.core.quantities import points_text
from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.rules.lines import N_, Line

_TOO_OFTEN = {
    "day": N_("每日最多兑换 %(times)s 次"),
    "week": N_("每周最多兑换 %(times)s 次"),
    "month": N_("每月最多兑换 %(times)s 次"),
    "quarter": N_("每季度最多兑换 %(times)s 次"),
    "year": N_("每年最多兑换 %(times)s 次"),
}


@dataclass(frozen=True, slots=True)
class RedemptionRefusal:
    """Why a redemption is refused.

    `reason` is one of `below_min_points, above_max_points, too_often, star_too_low,
    tenure_too_short`; `line` says it to the person at the terminal.
    """

    reason: str
    line: Line


def redemption_refusal(
    rulebook: Rulebook, *, points: int, redeemed_this_period: int, star: int, tenure_days: int
) -> RedemptionRefusal | None:
    """Return why a redemption is refused by the rulebook, or None where it is allowed.

    `points` are the hundredths asked for; `redeemed_this_period` the number of redemptions,
    without voided ones, in the period of `rulebook.redemption.per` (0 where that is None);
    `star` the stars now held, 0 for none; `tenure_days` the days since the account was opened.
    The balance, the PIN and the goods' own limits are not the rulebook's and are checked elsewhere.
    """
    limits = rulebook.redemption
    if limits.min_points is not None and points < limits.min_points:
        return RedemptionRefusal(
            "below_min_points",
            Line(N_("每次至少兑换 %(points)s 分"), {"points": points_text(limits.min_points)}),
        )
    if limits.max_points is not None and points > limits.max_points:
        return RedemptionRefusal(
            "above_max_points",
            Line(N_("每次最多兑换 %(points)s 分"), {"points": points_text(limits.max_points)}),
        )
    if limits.times is not None and redeemed_this_period >= limits.times:
        return RedemptionRefusal(
            "too_often", Line(_TOO_OFTEN[limits.per or ""], {"times": limits.times})
        )
    if star < limits.min_star:
        return RedemptionRefusal(
            "star_too_low", Line(N_("达到 %(stars)s 星方可兑换"), {"stars": limits.min_star})
        )
    if tenure_days < limits.min_tenure_days:
        return RedemptionRefusal(
            "tenure_too_short",
            Line(N_("开户满 %(days)s 天方可兑换"), {"days": limits.min_tenure_days}),
        )
    return None
