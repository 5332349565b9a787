"""What a limit per person counts: pure functions."""

from collections.abc import Iterable


def added_up(lines: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return how many of each goods are asked for, lines of the same goods together, in the order
    of the goods' ids (the order in which stock is taken, so that two counters never wait for each
    other)."""
    wanted: dict[str, int] = {}
    for goods_id, quantity in lines:
        wanted[goods_id] = wanted.get(goods_id, 0) + quantity
    return dict(sorted(wanted.items()))


def still_allowed(limit: int | None, taken: int) -> int | None:
    """Return how many more of some goods one person may have; None is no limit."""
    return None if limit is None else max(0, limit - taken)
