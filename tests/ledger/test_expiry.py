"""Expiry against explicit lots: a book in plain Python that keeps each hundredth with its date.

Where a test says nothing else, points lapse a day after their date: `expire("甲", 5, …)` takes
those of the days before the fifth.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
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
from tests.cast import together
from tests.ledger.books import (
    DAY,
    NOON,
    Model,
    gift,
    mixed,
    next_day,
    outcome,
    points,
    post,
    posting,
    refusal,
)

SHOP = "supermarket:店"
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


def expire(holder: str, day: int, run: str, *, lapse: ledger.Lapse = next_day) -> int:
    """Expire what has lapsed by a day; answer how much went."""
    before = points(holder).balance
    by = NOON + day * DAY
    done = transact(lambda: ledger.expire(holder, lapse=lapse, by=by, run=run))
    gone = before - points(holder).balance
    assert sum(part.amount for part, _posted in done) == gone
    return gone


def left(holder: str, *, lapse: ledger.Lapse = next_day) -> list[tuple[int, int]]:
    """Days and amounts, the next to leave first."""
    return [((lot.dated - NOON) // DAY, lot.amount) for lot in ledger.lots(holder, lapse=lapse)]


def from_the_fifth(dated: datetime) -> datetime | None:
    """As if a new rulebook lets points of the fifth day and later lapse on the tenth."""
    return NOON + 10 * DAY if dated >= NOON + 5 * DAY else None


def from_the_fifth_only_weeks(dated: datetime) -> datetime | None:
    """As if points lapsed after twenty days, and of the fifth day and later after a week."""
    return dated + (7 if dated >= NOON + 5 * DAY else 20) * DAY


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
    assert expire("甲", 5, "run") == 20
    take_back(bought)  # old enough to expire, but not in a run that is over
    assert expire("甲", 5, "run") == 0
    assert left("甲") == [(1, 10)]
    assert expire("甲", 5, "next run") == 10


def test_what_never_lapses_stays_though_it_is_older() -> None:
    award("甲", 30, 1, key="old")
    award("甲", 50, 6, key="new")
    assert expire("甲", 9, "too early", lapse=from_the_fifth) == 0
    assert ledger.lapsing("甲", lapse=from_the_fifth) == [ledger.Lapsing(NOON + 10 * DAY, 50)]
    assert expire("甲", 10, "run", lapse=from_the_fifth) == 50
    assert left("甲", lapse=from_the_fifth) == [(1, 30)]
    assert ledger.lapsing("甲", lapse=from_the_fifth) == []


def test_who_spends_what_is_about_to_lapse_loses_nothing() -> None:
    award("甲", 30, 1, key="old")
    award("甲", 50, 6, key="new")
    spend("甲", 50, key="s")
    assert left("甲", lapse=from_the_fifth) == [(1, 30)]
    assert expire("甲", 10, "run", lapse=from_the_fifth) == 0


def test_newer_points_may_lapse_before_older_ones() -> None:
    award("甲", 30, 1, key="old")  # until the twenty-first
    award("甲", 50, 6, key="new")  # until the thirteenth
    lapse = from_the_fifth_only_weeks
    gift("甲", "乙", 20, key="g", lapse=lapse)
    assert left("乙", lapse=lapse) == [(6, 20)]
    assert expire("甲", 20, "first", lapse=lapse) == 30
    assert left("甲", lapse=lapse) == [(1, 30)]
    assert expire("甲", 21, "second", lapse=lapse) == 30


def test_each_moment_has_a_transfer_and_a_late_run_takes_all_of_them() -> None:
    for day in (1, 2, 2, 3):
        award("甲", 10, day, key=f"{day}/{len(left('甲'))}/{points('甲').balance}")
    by = NOON + 4 * DAY
    done = transact(lambda: ledger.expire("甲", lapse=next_day, by=by, run="late"))
    assert [((part.at - NOON) // DAY, part.amount) for part, _ in done] == [
        (2, 10), (3, 20), (4, 10),
    ]  # fmt: skip
    lines = ledger.statement("甲", "points", cursor=None, limit=3).items
    assert [(line.kind, line.effective_at) for line in lines] == [
        ("expiry", NOON + day * DAY) for day in (4, 3, 2)
    ]


def test_a_hold_keeps_what_lapses_first() -> None:
    award("甲", 30, 1, key="old")
    award("甲", 50, 6, key="new")
    one = posting("甲", SHOP, 20, key="h", kind="redemption")
    transact(lambda: ledger.hold(one, until=clock.now() + DAY))
    assert expire("甲", 10, "run", lapse=from_the_fifth) == 30
    transact(lambda: ledger.post_held("h"))
    assert left("甲", lapse=from_the_fifth) == [(1, 30)]


def test_a_redemption_against_the_run_takes_either_way_what_is_there(app: Flask) -> None:
    """Of 30 old and 50 lapsed points, 60 are spent while the run takes the lapsed: if the run is
    first there is not enough, if the redemption is, nothing that had lapsed is left to take."""
    lapse = from_the_fifth
    for turn in range(6):
        award("甲", 30, 1, key=f"old{turn}")
        award("甲", 50, 6, key=f"new{turn}")

        def buy(turn: int = turn) -> str:
            with app.app_context():
                return outcome(lambda: spend("甲", 60, key=f"s{turn}"))

        def run(turn: int = turn) -> str:
            by = NOON + 10 * DAY
            with app.app_context():
                done = transact(lambda: ledger.expire("甲", lapse=lapse, by=by, run=f"run{turn}"))
                return str(sum(part.amount for part, _posted in done))

        bought, *taken = together([buy, run, run])
        assert (bought, sorted(taken)) in [
            ("done", ["0", "0"]),
            ("insufficient_points", ["0", "50"]),
        ]
        rest = points("甲").balance
        assert rest == (20 if bought == "done" else 30)
        assert left("甲", lapse=lapse) == [(1, rest)]
        spend("甲", rest, key=f"rest{turn}")


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
        ),
        st.sampled_from([next_day, mixed]),
    )
    def agree(plan: list[tuple[str, int, int, int]], lapse: ledger.Lapse) -> None:
        name = f"walk{next(walks)}"
        people = [f"{name}甲", f"{name}乙"]
        transact(lambda: ledger.open_wallets(people))
        model = Model.of(*people)
        model.lapse = lapse
        for place, (what, who, amount, day) in enumerate(plan):
            walk_on(model, people, f"{name}/{place}", what, who, amount, day)
            for holder in people:
                assert ledger.lots(holder, lapse=lapse) == model.lots(holder)
                assert ledger.lapsing(holder, lapse=lapse) == model.lapsing(holder)

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
        by = NOON + day * DAY
        done = transact(lambda: ledger.expire(holder, lapse=model.lapse, by=by, run=key))
        made = [posted for _part, posted in done]
        keys = [posted.key for posted in made]
        assert model.expire(holder, by, run=key, keys=keys) == [part for part, _ in done]
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
            assert transact(lambda: ledger.oldest(holder, amount, lapse=model.lapse)) == parts
            made = gift(holder, other, amount, key=key, lapse=model.lapse)
            for place, part in enumerate(parts):
                model.post(
                    posting(
                        holder, other, part.amount, key=f"{key}:{place}", kind="donation",
                        effective_at=part.dated,
                    )
                )  # fmt: skip
    for posted in made:
        model.ids[posted.id] = posted.key
