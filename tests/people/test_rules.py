"""What tells account numbers apart: as little of them as is needed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from moralbank.people.rules import account_no, endings


@given(st.sets(st.integers(1, 9_999_999), min_size=2, max_size=40))
def test_the_shortest_endings_tell_account_numbers_apart(running: set[int]) -> None:
    numbers = [account_no(number) for number in running]
    found = endings(numbers)
    assert set(found) == set(numbers)
    assert len(set(found.values())) == len(numbers)
    assert all(number.endswith(end) for number, end in found.items())
    [long] = {len(end) for end in found.values()}
    assert long >= 2
    assert long == 2 or len({number[-(long - 1) :] for number in numbers}) < len(numbers)


def test_one_alone_needs_none() -> None:
    assert endings([]) == endings(["00000018"]) == {}
