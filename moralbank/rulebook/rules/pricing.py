"""What goods cost in points, where the document says what a point is worth."""

from __future__ import annotations

from moralbank.core.quantities import points_text
from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.rules.lines import N_, Line


def due_price(rulebook: Rulebook, cost: int) -> int | None:
    """Return the price, in hundredths of a point, of goods that cost the bank `cost` hundredths of
    a yuan; None where the document leaves prices free.

    What the worth makes of the cost is rounded up to the document's rounding step: points come in
    no smaller pieces, and rounded down the points issued would buy more than the budget they were
    issued against.
    """
    worth = rulebook.redemption.point_worth
    if worth is None:
        return None
    step = rulebook.rounding.step
    return -(-cost * 100 // (worth * step)) * step


def price_refusal(rulebook: Rulebook, *, price: int, cost: int | None) -> Line | None:
    """Return why goods may not have this price (hundredths of a point) at this cost (hundredths of
    a yuan), with the price that is right; None where they may. Goods of unknown cost are free."""
    due = None if cost is None else due_price(rulebook, cost)
    if due is None or due == price:
        return None
    assert cost is not None
    assert rulebook.redemption.point_worth is not None
    return Line(
        N_("一分抵 %(worth)s 元：成本 %(cost)s 元的商品应定价 %(price)s 分。"),
        {
            "worth": points_text(rulebook.redemption.point_worth),
            "cost": points_text(cost),
            "price": points_text(due),
        },
    )
