"""Expiry against explicit lots: a book in plain Python that keeps each hundredth with its date."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from threading import Thread
from typing import Any

import hypothesis.strategies as st
import pytest
from flask import Flask
from hypothesis import given, settings

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.db import db
from moralbank.core.transaction import transact
from moralbank.ledger import EXPIRY, ISSUANCE, Lot, Posted
from tests.ledger.books import NOON, Model, gift, outcome, points, post, posting, refusal

SHOP = "supermarket:店"
DAY = timedelta(days=1)
STEADY_EXAMPLES = 15


@pytest.fixture
def book(app: Flask) -> Iterator[None]:
    """Wallets of 甲 and 乙."""
    with app.app_context():
        transact(lambda: ledger.open_wallets(["甲", "乙"]))
        yield
        verdict = ledger.verify()
        assert verdict.sound, verdict.faults


pytestmark = pytest.mark.usefixtures("book")


def award(holder: str, amount: int, day: int, *, key: str) -> Posted:
    """Points of `day` days after noon of the first."""
    dated = NOON + day * DAY
    return post(posting(ISSUANCE, holder, amount, key=key, kind="award", effective_at=dated))[0]


def spend(holder: str, amount: int, *, key: str) -> Posted:
    return post(posting(holder, SHOP, amount, key=key, kind="redemption"))[0]


def take_back(posted: Posted) -> Posted:
    return post(ledger.reversal_of(posted.id, key=f"back:{posted.id}", reason="拿错了"))[0]


def expire(holder: str, day: int, run: str) -> int:
    """Expire what is dated before a day; answer how much went."""
    before = points(holder).balance
    posted = transact(lambda: ledger.expire(holder, before=NOON + day * DAY, run=run))
    gone = before - points(holder).balance
    assert (posted is None) == (gone == 0)
    return gone


def left(holder: str) -> list[tuple[int, int]]:
    """Days and amounts."""
    return [((lot.dated - NOON) // DAY, lot.amount) for lot in ledger.lots(holder)]


def test_the_oldest_go_first_and_only_the_old_expire() -> None:
    award("甲", 50, 9, key="new")
    award("甲", 30, 1, key="old")
    spend("甲", 10, key="s")
    assert left("甲") == [(1, 20), (9, 50)]
    assert expire("甲", 5, "run") == 20
    assert left("甲") == [(9, 50)]
    assert ledger.system_balance(EXPIRY, "points") == 20
    assert expire("甲", 5, "another run") == 0


def test_points_that_were_spent_do_not_take_valid_ones_with_them() -> None:
    award("甲", 30, 1, key="old")
    spend("甲", 30, key="s")
    award("甲", 50, 9, key="new")
    assert expire("甲", 5, "run") == 0
    assert left("甲") == [(9, 50)]


def test_a_void_gives_back_the_old_date_and_the_next_run_takes_it() -> None:
    award("甲", 30, 1, key="old")
    award("甲", 50, 9, key="new")
    bought = spend("甲", 40, key="s")
    assert left("甲") == [(9, 40)]
    assert expire("甲", 5, "first run") == 0
    take_back(bought)
    assert left("甲") == [(1, 30), (9, 50)]
    assert expire("甲", 5, "second run") == 30
    assert left("甲") == [(9, 50)]


def test_a_gift_keeps_its_dates() -> None:
    award("甲", 30, 1, key="old")
    award("甲", 50, 9, key="new")
    parts = transact(lambda: ledger.oldest("甲", 40))
    assert parts == [Lot(NOON + DAY, 30), Lot(NOON + 9 * DAY, 10)]
    gift("甲", "乙", 40, key="g")
    assert left("甲") == [(9, 40)]
    assert left("乙") == [(1, 30), (9, 10)]
    assert expire("乙", 5, "run") == 30
    assert expire("甲", 5, "run") == 0


def test_what_is_held_is_left_to_a_later_run() -> None:
    award("甲", 30, 1, key="old")
    one = posting("甲", SHOP, 20, key="h", kind="redemption")
    transact(lambda: ledger.hold(one, until=clock.now() + DAY))
    assert expire("甲", 5, "first run") == 10
    transact(lambda: ledger.void_held("h"))
    assert expire("甲", 5, "second run") == 20


def test_a_hold_keeps_the_oldest_points_and_never_eats_valid_ones() -> None:
    award("甲", 100, 1, key="old")
    award("甲", 100, 9, key="new")
    one = posting("甲", SHOP, 50, key="h", kind="redemption")
    transact(lambda: ledger.hold(one, until=clock.now() + DAY))
    assert expire("甲", 5, "run") == 50
    transact(lambda: ledger.post_held("h"))
    assert left("甲") == [(9, 100)]


@pytest.mark.engine("postgresql")
def test_a_gift_amid_the_replay_is_replayed_too(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """乙, from whom 甲 had points, is given more by 丙 right after it was asked who gave."""
    transact(lambda: ledger.open_wallets(["丙"]))
    award("乙", 30, 1, key="a")
    award("丙", 30, 2, key="b")
    gift("乙", "甲", 10, key="c")
    inside = sys.modules["moralbank.ledger.expiry"]
    forebears = inside._forebears

    def give() -> None:
        with app.app_context():
            gift("丙", "乙", 5, key="late")

    def and_then(wallets: Any) -> Any:
        monkeypatch.undo()
        known = forebears(wallets)
        giving = Thread(target=give)
        giving.start()
        giving.join()
        return known

    db.session.rollback()
    monkeypatch.setattr(inside, "_forebears", and_then)
    assert left("甲") == [(1, 10)]


def test_one_run_twice_is_one() -> None:
    award("甲", 30, 1, key="old")
    bought = spend("甲", 10, key="s")
    first = transact(lambda: ledger.expire("甲", before=NOON + 5 * DAY, run="run"))
    assert first is not None
    take_back(bought)  # old enough to expire, but not in a run that is over
    again = transact(lambda: ledger.expire("甲", before=NOON + 5 * DAY, run="run"))
    assert again == first
    assert left("甲") == [(1, 10)]
    assert expire("甲", 5, "next run") == 10


STEPS = ["award", "award", "spend", "gift", "take back", "take back", "expire"]


def test_lots_are_those_of_explicit_lots() -> None:
    """Random walks of two people who earn, spend, give, are given back and lose."""
    walks = count(1)
    chosen = settings()
    examples = STEADY_EXAMPLES if chosen.derandomize else chosen.max_examples

    @settings(max_examples=examples)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(STEPS), st.integers(0, 1), st.integers(1, 25), st.integers(0, 12)
            ),
            min_size=8,
            max_size=25,
        )
    )
    def agree(plan: list[tuple[str, int, int, int]]) -> None:
        name = f"walk{next(walks)}"
        people = [f"{name}甲", f"{name}乙"]
        transact(lambda: ledger.open_wallets(people))
        model = Model.of(*people)
        for place, (what, who, amount, day) in enumerate(plan):
            walk_on(model, people, f"{name}/{place}", what, who, amount, day)
            for holder in people:
                assert ledger.lots(holder) == model.lots(holder)

    agree()


def walk_on(
    model: Model, people: list[str], key: str, what: str, who: int, amount: int, day: int
) -> None:
    """One step, in the book and in the model."""
    holder, other = people[who], people[1 - who]
    made: list[Posted] = []
    if what == "award":
        made = [award(holder, amount, day, key=key)]
        dated = NOON + day * DAY
        model.post(posting(ISSUANCE, holder, amount, key=key, kind="award", effective_at=dated))
    elif what == "expire":
        due = model.to_expire(holder, NOON + day * DAY)
        posted = transact(lambda: ledger.expire(holder, before=NOON + day * DAY, run=key))
        assert (posted is not None) == (due > 0)
        if posted is not None:
            made = [posted]
            model.post(posting(holder, EXPIRY, due, key=posted.key, kind="expiry"))
    elif what == "take back" and model.ids:
        number = sorted(model.ids)[amount % len(model.ids)]
        if model.made[model.ids[number]].kind == "reversal":
            return
        back = ledger.reversal_of(number, key=f"back:{number}", reason="拿错了")
        trial = model.copy()
        expected = refusal(lambda: trial.post(back))
        if expected is not None:
            assert outcome(lambda: post(back)) == expected
            return
        made = post(back)
        for name in ("wallets", "system", "made", "went", "reversed"):
            setattr(model, name, getattr(trial, name))
    elif what in ("spend", "gift") and model.available((holder, "points")) >= amount:
        if what == "spend":
            made = [spend(holder, amount, key=key)]
            model.post(posting(holder, SHOP, amount, key=key, kind="redemption"))
        else:
            parts = model.oldest(holder, amount)
            assert transact(lambda: ledger.oldest(holder, amount)) == parts
            made = gift(holder, other, amount, key=key)
            for place, part in enumerate(parts):
                model.post(
                    posting(
                        holder, other, part.amount, key=f"{key}:{place}", kind="donation",
                        effective_at=part.dated,
                    )
                )  # fmt: skip
    for posted in made:
        model.ids[posted.id] = posted.key
