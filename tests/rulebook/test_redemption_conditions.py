"""The document's conditions on spending."""

from collections.abc import Callable
from typing import Any

import pytest

from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.rules import redemption_refusal

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
            {"redeemed_this_period": 1},
            "too_often",
            "每季度最多兑换 1 次",
        ),
        ({"limit": {"times": 1, "per": "quarter"}}, {"redeemed_this_period": 0}, None, None),
        (
            {"limit": {"times": 3, "per": "day"}},
            {"redeemed_this_period": 4},
            "too_often",
            "每日最多兑换 3 次",
        ),
        ({"min_star": 2}, {"star": 1}, "star_too_low", "达到 2 星方可兑换"),
        ({"min_star": 2}, {"star": 2}, None, None),
        ({"min_tenure_days": 90}, {"tenure_days": 89}, "tenure_too_short", "开户满 90 天方可兑换"),
        ({"min_tenure_days": 90}, {"tenure_days": 90}, None, None),
    ],
)
def test_conditions(
    changed: Callable[..., Rulebook],
    condition: dict[str, Any],
    asked: dict[str, int],
    reason: str | None,
    sentence: str | None,
) -> None:
    rulebook = changed(redemption={**FREE, **condition})
    usual = {"points": 20_00, "redeemed_this_period": 0, "star": 0, "tenure_days": 0}
    refusal = redemption_refusal(rulebook, **{**usual, **asked})
    assert (refusal and refusal.reason) == reason
    assert (refusal and str(refusal.line)) == sentence
