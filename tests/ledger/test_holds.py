"""Two phases: what is held is not available until it is posted, let go, or its time is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.transaction import transact
from moralbank.ledger import ISSUANCE, Held, Posted
from tests.cast import together
from tests.ledger.books import (
    DAY,
    NOON,
    gift,
    next_day,
    outcome,
    points,
    post,
    post_many,
    posting,
    rows,
)

SHOP = "supermarket:店"
SOON = NOON + timedelta(minutes=10)


@pytest.fixture
def book(app: Flask) -> Iterator[None]:
    """Wallets of 甲 and 乙; 甲 has 100 points. It is noon."""
    with app.app_context(), clock.at(NOON):
        transact(lambda: ledger.open_wallets(["甲", "乙"]))
        post(posting(ISSUANCE, "甲", 10_000, key="start"))
        yield
        verdict = ledger.verify()
        assert verdict.sound, verdict.faults


pytestmark = pytest.mark.usefixtures("book")


def hold(amount: int, key: str, payee: str = SHOP) -> Held:
    one = posting("甲", payee, amount, key=key, kind="redemption")
    return transact(lambda: ledger.hold(one, until=SOON))


def post_held(key: str, amount: int | None = None) -> Posted:
    return transact(lambda: ledger.post_held(key, amount=amount))


def void_held(key: str) -> Held:
    return transact(lambda: ledger.void_held(key))


def test_what_is_held_stays_and_is_not_available() -> None:
    assert hold(6_000, "h") == Held("h", 6_000, "pending", SOON, None)
    assert points("甲") == ledger.Balance(10_000, 6_000)
    assert outcome(lambda: post(posting("甲", "乙", 4_001, key="a"))) == "insufficient_points"
    assert outcome(lambda: hold(4_001, "h2")) == "insufficient_points"
    assert outcome(lambda: post(posting("甲", "乙", 4_000, key="b"))) == "done"


@pytest.mark.parametrize("payee", [SHOP, "乙"])
@pytest.mark.parametrize("part", [None, 6_000, 2_500, 1])
def test_a_hold_is_posted_whole_or_in_part_and_the_rest_is_free(
    payee: str, part: int | None
) -> None:
    hold(6_000, "h", payee)
    posted = post_held("h", part)
    assert posted.payer_balance == 10_000 - (part or 6_000)
    assert points("甲") == ledger.Balance(posted.payer_balance, 0)
    before = rows()
    assert post_held("h", part) == posted
    assert outcome(lambda: void_held("h")) == "hold_over"
    assert outcome(lambda: post_held("h", 3)) == "key_reused"
    assert rows() == before


@pytest.mark.parametrize("part", [0, -1, 6_001])
def test_no_more_than_is_held_can_be_posted(part: int) -> None:
    hold(6_000, "h")
    before = rows()
    assert outcome(lambda: post_held("h", part)) == "ValueError"
    assert rows() == before


def test_a_hold_is_let_go_once() -> None:
    hold(6_000, "h")
    assert void_held("h").state == "voided"
    before = rows()
    assert void_held("h").state == "voided"
    assert outcome(lambda: post_held("h")) == "hold_over"
    assert rows() == before
    assert points("甲") == ledger.Balance(10_000, 0)


def test_a_key_holds_once() -> None:
    first = hold(6_000, "h")
    before = rows()
    assert hold(6_000, "h") == first
    assert outcome(lambda: hold(6_001, "h")) == "key_reused"
    assert outcome(lambda: hold(6_000, "h", "乙")) == "key_reused"
    assert rows() == before


def test_what_was_never_held_is_not_found() -> None:
    assert outcome(lambda: post_held("nothing")) == "LookupError"
    assert outcome(lambda: void_held("nothing")) == "LookupError"


def test_a_hold_needs_a_wallet_and_time() -> None:
    one = posting(ISSUANCE, "甲", 1, key="h")
    assert outcome(lambda: transact(lambda: ledger.hold(one, until=SOON))) == "ValueError"
    late = posting("甲", SHOP, 1, key="h")
    assert outcome(lambda: transact(lambda: ledger.hold(late, until=NOON))) == "ValueError"


def test_a_hold_whose_time_is_over_is_free_for_another() -> None:
    hold(6_000, "h")
    with clock.at(SOON):
        assert outcome(lambda: post_held("h")) == "hold_over"
        again = posting("甲", SHOP, 10_000, key="h2", kind="redemption")
        later = SOON + timedelta(minutes=1)
        assert transact(lambda: ledger.hold(again, until=later)).state == "pending"
        assert points("甲") == ledger.Balance(10_000, 10_000)
        assert transact(ledger.time_out) == 0
        assert void_held("h").state == "timed_out"
    with clock.at(later):
        assert transact(ledger.time_out) == 1
        assert transact(ledger.time_out) == 0
    assert points("甲") == ledger.Balance(10_000, 0)


@pytest.mark.parametrize("way", ["one", "journal", "gift", "batch", "expiry"])
def test_a_hold_whose_time_is_over_hinders_nothing(way: str) -> None:
    hold(6_000, "h")
    alone, other = posting("甲", SHOP, 9_000, key="a"), posting(ISSUANCE, "乙", 1, key="b")
    with clock.at(SOON):
        if way == "one":
            assert outcome(lambda: post(alone)) == "done"
        elif way == "journal":
            assert outcome(lambda: post(other, alone)) == "done"
        elif way == "gift":
            assert outcome(lambda: gift("甲", "乙", 9_000, key="g")) == "done"
        elif way == "batch":
            assert isinstance(post_many([alone])[0], Posted)
        else:
            late = NOON + 2 * DAY
            [(part, _)] = transact(lambda: ledger.expire("甲", lapse=next_day, by=late, run="r"))
            assert part.amount == 10_000
    assert points("甲") == ledger.Balance(0 if way == "expiry" else 1_000, 0)


def test_a_hold_posted_eight_times_at_once_is_posted_once(app: Flask) -> None:
    hold(6_000, "h")

    def run() -> Posted:
        with app.app_context(), clock.at(NOON):
            return post_held("h", 2_000)

    assert len(set(together([run] * 8))) == 1
    assert points("甲") == ledger.Balance(8_000, 0)


def test_a_hold_posted_and_voided_at_once_is_one_of_them(app: Flask) -> None:
    hold(6_000, "h")

    def run(what: object) -> str:
        with app.app_context(), clock.at(NOON):
            return outcome(lambda: post_held("h") if what == "post" else void_held("h"))

    told = Counter(together([partial(run, what) for what in ["post", "void"] * 4]))
    assert told == {"done": 4, "hold_over": 4}
    assert points("甲") in (ledger.Balance(10_000, 0), ledger.Balance(4_000, 0))


def test_one_key_held_eight_times_at_once_is_one_hold(app: Flask) -> None:
    def run() -> Held:
        with app.app_context(), clock.at(NOON):
            return hold(6_000, "h")

    assert len(set(together([run] * 8))) == 1
    assert points("甲") == ledger.Balance(10_000, 6_000)
