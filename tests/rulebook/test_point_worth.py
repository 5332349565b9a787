"""What a point is worth in goods, and the prices that follow."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.rules import due_price, price_refusal
from tests.rulebook.rulesets import read


@pytest.mark.parametrize(
    ("worth", "step", "cost", "price"),
    [
        ("1", "1", 12_00, 12_00),
        ("1", "1", 12_01, 13_00),
        ("1", "0.1", 12_01, 12_10),
        ("1", "0.01", 12_01, 12_01),
        ("0.5", "1", 12_00, 24_00),
        ("0.3", "0.1", 1_00, 3_40),
        ("2.5", "1", 10_00, 4_00),
        ("1000", "1", 1, 1_00),
        ("0.01", "0.01", 1_000_000_00, 100_000_000_00),
    ],
)
def test_what_goods_cost(
    changed: Callable[..., Rulebook], worth: str, step: str, cost: int, price: int
) -> None:
    book = changed(redemption__point_worth=worth, rounding__step=step)
    assert due_price(book, cost) == price
    assert price_refusal(book, price=price, cost=cost) is None


@given(worth=st.integers(1, 1000_00), cost=st.integers(1, 10**8))
@pytest.mark.parametrize("name", ["mutual_help", "kinds_of_rule"])
def test_a_price_is_the_least_in_whole_steps_that_pays_the_cost(
    name: str, worth: int, cost: int
) -> None:
    book = read(name)
    book = replace(book, redemption=replace(book.redemption, point_worth=worth))
    price, step = due_price(book, cost), book.rounding.step
    assert price is not None
    assert price % step == 0
    assert Fraction(price - step, 100) * worth < cost <= Fraction(price, 100) * worth
    for wrong in (price - step, price - 1, price + 1):
        assert price_refusal(book, price=wrong, cost=cost) is not None


def test_the_right_price_is_named(changed: Callable[..., Rulebook]) -> None:
    refused = price_refusal(
        changed(redemption__point_worth="0.5", rounding__step="1"), price=12_00, cost=12_25
    )
    assert str(refused) == "一分抵 0.5 元：成本 12.25 元的商品应定价 25 分。"


def test_prices_are_free_without_a_worth_and_without_a_cost(
    default: Rulebook, changed: Callable[..., Rulebook]
) -> None:
    assert default.redemption.point_worth is None
    assert due_price(default, 12_00) is None
    assert price_refusal(default, price=1, cost=12_00) is None
    assert price_refusal(changed(redemption__point_worth="1"), price=1, cost=None) is None
