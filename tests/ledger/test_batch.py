"""Many postings at once: each for itself, in their order, as if they were made one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import hypothesis.strategies as st
import pytest
from flask import Flask
from hypothesis import given, settings
from sqlalchemy import func, select

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.db import db
from moralbank.core.transaction import transact
from moralbank.ledger import ISSUANCE, Posted, Posting, Refused
from moralbank.ledger.models import Transfer
from tests.cast import together
from tests.ledger.books import outcome, points, post, post_many, posting, rows

SHOP = "supermarket:店"


@pytest.fixture
def book(app: Flask) -> Iterator[None]:
    """Wallets of 甲 and 乙; 甲 has 100 points."""
    with app.app_context():
        transact(lambda: ledger.open_wallets(["甲", "乙"]))
        post(posting(ISSUANCE, "甲", 10_000, key="start"))
        yield
        db.session.rollback()
        verdict = ledger.verify()
        assert verdict.sound, verdict.faults


pytestmark = pytest.mark.usefixtures("book")


def codes(answers: list[Posted | Refused]) -> list[str]:
    return [one.code if isinstance(one, Refused) else "posted" for one in answers]


def test_each_is_made_or_refused_for_itself_and_in_order() -> None:
    answers = post_many(
        [
            posting("乙", SHOP, 100, key="too early"),
            posting("甲", "乙", 4_000, key="a"),
            posting("乙", SHOP, 4_000, key="now"),
            posting("甲", "nobody", 1, key="b"),
            posting("甲", "乙", 6_001, key="too much"),
            posting("甲", "乙", 10_000, key="start"),
            posting("甲", SHOP, 6_000, key="the rest"),
        ]
    )
    assert codes(answers) == [
        "insufficient_points", "posted", "posted", "no_wallet", "insufficient_points",
        "key_reused", "posted",
    ]  # fmt: skip
    assert [one.key for one in answers][:2] == ["too early", "a"]
    assert (points("甲").balance, points("乙").balance) == (0, 0)
    assert ledger.system_balance(SHOP, "points") == 10_000


def test_a_key_twice_in_a_batch_is_one_transfer() -> None:
    one = posting("甲", "乙", 100, key="k")
    answers = post_many([one, one, posting("甲", "乙", 101, key="k"), one])
    assert codes(answers) == ["posted", "posted", "key_twice", "posted"]
    assert answers[0] == answers[1] == answers[3]
    assert points("乙").balance == 100


def test_a_batch_again_gets_its_first_answers() -> None:
    batch = [posting("甲", "乙", 10 + place, key=f"k{place}") for place in range(50)]
    first = post_many(batch)
    before = rows()
    assert post_many(batch) == first
    assert [post(one)[0] for one in batch] == first
    assert rows() == before


def test_what_is_held_is_not_there_for_a_batch() -> None:
    until = clock.now() + timedelta(minutes=5)
    transact(lambda: ledger.hold(posting("甲", SHOP, 9_000, key="h"), until=until))
    batch = [posting("甲", "乙", 600, key=f"k{place}") for place in range(3)]
    assert codes(post_many(batch)) == ["posted", "insufficient_points", "insufficient_points"]
    assert points("甲") == ledger.Balance(9_400, 9_000)


def test_an_original_is_taken_back_once_and_the_second_is_refused_alone() -> None:
    gone = [post(posting("甲", "乙", 100, key=f"k{place}"))[0].id for place in range(2)]
    post(ledger.reversal_of(gone[0], key="before", reason="拿错了"))
    again = [ledger.reversal_of(one, key=f"back/{one}", reason="拿错了") for one in gone]
    twice = ledger.reversal_of(gone[1], key="twice", reason="拿错了")
    answers = post_many([*again, twice, posting("甲", "乙", 1, key="other")])
    assert codes(answers) == ["already_reversed", "posted", "already_reversed", "posted"]
    assert points("甲").balance == 9_999


def test_nothing_is_a_batch_too() -> None:
    assert post_many([]) == []


def test_a_batch_is_as_its_postings_one_by_one() -> None:
    walks = count(1)

    @settings(max_examples=min(40, settings().max_examples))
    @given(
        st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3), st.integers(1, 9)), max_size=15)
    )
    def agree(plan: list[tuple[int, int, int]]) -> None:
        walk = next(walks)
        told, standing = [], []
        for way in ("batch", "singly"):
            name = f"{walk}{way}"
            holders = [f"{name}甲", f"{name}乙"]
            transact(lambda holders=holders: ledger.open_wallets(holders))  # type: ignore[misc]
            everybody = [*holders, ISSUANCE, f"supermarket:{name}"]
            made = [
                posting(everybody[a], everybody[(a + b) % 4], amount, key=f"{name}/{place}")
                for place, (a, b, amount) in enumerate(plan)
            ]
            if way == "batch":
                answers = post_many(made)
                told.append([isinstance(one, Posted) for one in answers])
            else:
                told.append([outcome(partial(post, one)) == "done" for one in made])
            standing.append(
                [
                    *(_steps(holder, name) for holder in holders),
                    ledger.system_balance(everybody[3], "points"),
                ]
            )
            db.session.rollback()
        assert told[0] == told[1]
        assert standing[0] == standing[1]

    agree()


def _steps(holder: str, name: str) -> list[Any]:
    page = ledger.statement(holder, "points", cursor=None, limit=50)
    lots = [(lot.dated, lot.amount) for lot in ledger.lots(holder)]
    return [[(one.amount, one.balance_after) for one in page.items], lots]


def test_five_thousand_at_once() -> None:
    holders = [f"人{number}" for number in range(1_000)]
    transact(lambda: ledger.open_wallets(holders))
    batch = [
        posting(ISSUANCE, holders[place % 1_000], 1 + place % 7, key=f"k{place}", kind="opening")
        for place in range(5_000)
    ]
    answers = post_many(batch)
    assert codes(answers) == ["posted"] * 5_000
    assert [one.key for one in answers] == [one.key for one in batch]
    total = sum(one.amount for one in batch)
    assert ledger.system_balance(ISSUANCE, "points") == -total - 10_000
    assert sum(one.balance for one in ledger.points_of(holders).values()) == total
    made = select(func.count()).select_from(Transfer)
    assert db.session.scalar(made) == 5_001


def test_batches_and_single_postings_on_the_same_wallets(app: Flask) -> None:
    """All take the same two wallets, in both ways at once; all arrive."""
    post(posting(ISSUANCE, "乙", 10_000, key="for 乙"))

    def inside(work: Callable[[], object]) -> str:
        with app.app_context():
            return outcome(work)

    def batches(name: str, payer: str, payee: str) -> None:
        for number in range(4):
            made: list[Posting] = [
                posting(payer, payee, 3, key=f"{name}/{number}/{one}") for one in range(25)
            ]
            assert codes(post_many(made)) == ["posted"] * 25

    def singly(name: str, payer: str, payee: str) -> None:
        for number in range(20):
            post(posting(payer, payee, 5, key=f"{name}/{number}"))

    works: list[Callable[[], object]] = [
        partial(batches, "b1", "甲", "乙"),
        partial(batches, "b2", "乙", "甲"),
        partial(singly, "s1", "甲", "乙"),
        partial(singly, "s2", "乙", "甲"),
        partial(singly, "s3", "甲", SHOP),
    ]
    assert together([partial(inside, work) for work in works]) == ["done"] * 5
    assert (points("甲").balance, points("乙").balance) == (9_900, 10_000)
