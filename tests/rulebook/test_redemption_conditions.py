"""The document's conditions on spending."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.rules import Redeemed, redemption_refusal

FREE: dict[str, Any] = {
    "pin_required_above": "50",
    "min_points": None,
    "max_points": None,
    "limit": None,
    "min_star": 0,
    "min_tenure_days": 0,
}


@pytest.mark.parametrize(
    ("condition", "asked", "reason", "sentence"),
    [
        ({"min_points": "5"}, {"points": 4_99}, "below_min_points", "每次至少兑换 5 分"),
        ({"min_points": "5"}, {"points": 5_00}, None, None),
        ({"max_points": "100"}, {"points": 100_01}, "above_max_points", "每次最多兑换 100 分"),
        ({"max_points": "100"}, {"points": 100_00}, None, None),
        (
            {"limit": {"times": 1, "per": "quarter"}},
            {"redeemed": {"quarter": Redeemed(1, 10_00)}},
            "too_often",
            "每季度最多兑换 1 次",
        ),
        (
            {"limit": {"times": 1, "per": "quarter"}},
            {"redeemed": {"quarter": Redeemed()}},
            None,
            None,
        ),
        (
            {"limit": {"times": 3, "per": "day"}},
            {"redeemed": {"day": Redeemed(4)}},
            "too_often",
            "每日最多兑换 3 次",
        ),
        ({"min_star": 2}, {"star": 1}, "star_too_low", "达到 2 星方可兑换"),
        ({"min_star": 2}, {"star": 2}, None, None),
        (
            {"min_tenure_days": 90},
            {"opened_on": date(2026, 3, 4)},
            "tenure_too_short",
            "开户满 90 天方可兑换",
        ),
        ({"min_tenure_days": 90}, {"opened_on": date(2026, 3, 3)}, None, None),
        (
            {"min_tenure_months": 3},
            {"opened_on": date(2026, 3, 2)},
            "tenure_too_short",
            "开户满 3 个月方可兑换",
        ),
        ({"min_tenure_months": 3}, {"opened_on": date(2026, 3, 1)}, None, None),
        # Three months after the last day of November is the last day of February.
        (
            {"min_tenure_months": 3},
            {"opened_on": date(2025, 11, 30), "today": date(2026, 2, 27)},
            "tenure_too_short",
            "开户满 3 个月方可兑换",
        ),
        (
            {"min_tenure_months": 3},
            {"opened_on": date(2025, 11, 30), "today": date(2026, 2, 28)},
            None,
            None,
        ),
        (
            {"min_balance": "100"},
            {"balance": 99_99},
            "balance_too_low",
            "可用积分满 100 分方可兑换",
        ),
        ({"min_balance": "100"}, {"balance": 100_00}, None, None),
        (
            {"limits": [{"per": "month", "times": None, "points": "50"}]},
            {"redeemed": {"month": Redeemed(1, 30_01)}},
            "too_much",
            "每月最多兑换 50 分，本月还可兑换 19.99 分",
        ),
        (
            {"limits": [{"per": "month", "times": None, "points": "50"}]},
            {"redeemed": {"month": Redeemed(1, 30_00)}},
            None,
            None,
        ),
        # All of them hold: the week's times and the half-year's points.
        (
            {
                "limit": {"times": 1, "per": "week"},
                "limits": [{"per": "half_year", "times": 4, "points": "200"}],
            },
            {"redeemed": {"week": Redeemed(), "half_year": Redeemed(3, 190_00)}},
            "too_much",
            "每半年最多兑换 200 分，这半年还可兑换 10 分",
        ),
        (
            {
                "limit": {"times": 1, "per": "week"},
                "limits": [{"per": "half_year", "times": 4, "points": "200"}],
            },
            {"redeemed": {"week": Redeemed(1, 1_00), "half_year": Redeemed(3, 20_00)}},
            "too_often",
            "每周最多兑换 1 次",
        ),
    ],
)
def test_conditions(
    changed: Callable[..., Rulebook],
    condition: dict[str, Any],
    asked: dict[str, Any],
    reason: str | None,
    sentence: str | None,
) -> None:
    rulebook = changed(redemption={**FREE, **condition})
    usual = {
        "points": 20_00, "redeemed": {}, "balance": 0, "star": 0,
        "opened_on": date(2026, 3, 1), "today": date(2026, 6, 1),
    }  # fmt: skip
    refusal = redemption_refusal(rulebook, **{**usual, **asked})
    assert (refusal and refusal.reason) == reason
    assert (refusal and str(refusal.line)) == sentence
