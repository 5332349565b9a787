"""Limits per person, and lines added up."""

from moralbank.market.rules import added_up, still_allowed


def test_lines_of_the_same_goods_are_added_up_in_the_order_of_their_ids() -> None:
    assert list(added_up([("b", 1), ("a", 2), ("b", 3)]).items()) == [("a", 2), ("b", 4)]


def test_what_is_still_allowed_is_never_negative() -> None:
    assert still_allowed(None, 5) is None
    assert still_allowed(2, 1) == 1
    assert still_allowed(2, 5) == 0
