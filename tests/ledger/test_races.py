"""Races on both engines: real threads, each with its own connection, and real processes."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.db import Line, db
from moralbank.core.transaction import transact
from moralbank.ledger import ISSUANCE
from moralbank.ledger.models import Transfer
from tests.cast import together
from tests.ledger.books import outcome, points, post, post_many, posting

SHOP = "supermarket:店"


@pytest.fixture
def book(app: Flask) -> Iterator[None]:
    """Wallets of 甲 and 乙, with 100 points each."""
    with app.app_context():
        transact(lambda: ledger.open_wallets(["甲", "乙"]))
        post(posting(ISSUANCE, "甲", 10_000, key="甲"), posting(ISSUANCE, "乙", 10_000, key="乙"))
        yield
        verdict = ledger.verify()
        assert verdict.sound, verdict.faults
        assert ledger.trial_balance().balanced


@pytest.fixture
def race(app: Flask) -> Callable[[list[Callable[[], object]]], list[str]]:
    """Runs things at the same moment, each in a thread and a session; answers their outcomes."""

    def inside(work: Callable[[], object]) -> str:
        with app.app_context():
            return outcome(work)

    return lambda works: together([partial(inside, work) for work in works])


pytestmark = pytest.mark.usefixtures("book")
Race = Callable[[list[Callable[[], object]]], list[str]]


def spend(amount: int, key: str) -> Callable[[], object]:
    return lambda: post(posting("甲", SHOP, amount, key=key, kind="redemption"))


def test_points_are_not_spent_twice(race: Race) -> None:
    told = race([spend(3_000, f"k{place}") for place in range(8)])
    assert Counter(told) == {"done": 3, "insufficient_points": 5}
    assert points("甲").balance == 1_000
    assert ledger.system_balance(SHOP, "points") == 9_000


def test_crossing_gifts_all_arrive(race: Race) -> None:
    """甲 pays 乙 while 乙 pays 甲, twenty rounds of it: no deadlock, no error, nothing lost."""

    def rounds(payer: str, payee: str) -> Callable[[], object]:
        def work() -> None:
            for number in range(20):
                post(posting(payer, payee, 7, key=f"{payer}{number}", kind="donation"))

        return work

    assert race([rounds("甲", "乙"), rounds("乙", "甲")]) == ["done", "done"]
    assert (points("甲").balance, points("乙").balance) == (10_000, 10_000)


def test_one_key_sixteen_times_is_one_transfer(race: Race) -> None:
    assert race([spend(4_000, "one")] * 16) == ["done"] * 16
    assert points("甲").balance == 6_000
    made = select(func.count()).select_from(Transfer).where(Transfer.key == "one")
    assert db.session.scalar(made) == 1


def test_one_key_for_two_things_is_one_of_them(race: Race) -> None:
    told = race([spend(4_000, "one"), spend(5_000, "one")] * 4)
    assert Counter(told) == {"done": 4, "key_reused": 4}
    assert points("甲").balance in (5_000, 6_000)


def test_one_transfer_is_taken_back_once(race: Race) -> None:
    """Eight take it back at once under keys of their own; the constraint lets one, and whoever met
    it looks again."""
    [gone] = post(posting("甲", SHOP, 4_000, key="gone", kind="redemption"))

    def back(place: int) -> Callable[[], object]:
        return lambda: post(ledger.reversal_of(gone.id, key=f"back{place}", reason="拿错了"))

    told = race([back(place) for place in range(8)])
    assert Counter(told) == {"done": 1, "already_reversed": 7}
    assert points("甲").balance == 10_000


def test_a_hold_and_a_spend_do_not_both_get_the_last_points(race: Race) -> None:
    until = clock.now() + timedelta(minutes=5)

    def keep(key: str) -> Callable[[], object]:
        one = posting("甲", SHOP, 7_000, key=key, kind="redemption")
        return lambda: transact(lambda: ledger.hold(one, until=until))

    told = race(
        [work for place in range(4) for work in (keep(f"h{place}"), spend(7_000, f"s{place}"))]
    )
    assert Counter(told) == {"done": 1, "insufficient_points": 7}
    assert points("甲").available == 3_000


def test_a_system_account_is_exact_whatever_is_rolled_up_meanwhile(race: Race) -> None:
    seen: list[int] = []

    def pay(payer: str) -> Callable[[], object]:
        def work() -> None:
            for number in range(25):
                post(posting(payer, SHOP, 10, key=f"{payer}{number}"))

        return work

    def batches() -> None:
        for number in range(4):
            post_many([posting("乙", SHOP, 10, key=f"b{number}/{one}") for one in range(25)])

    def roll() -> None:
        for _time in range(12):
            transact(ledger.roll_up)
            seen.append(ledger.system_balance(SHOP, "points"))
            db.session.rollback()

    assert race([pay("甲"), pay("乙"), batches, roll]) == ["done"] * 4
    assert seen == sorted(seen)
    assert all(balance % 10 == 0 for balance in seen)
    assert ledger.system_balance(SHOP, "points") == 1_500
    transact(ledger.roll_up)
    assert ledger.system_balance(SHOP, "points") == 1_500


def test_a_roll_up_does_not_pass_a_batch_that_took_its_numbers(
    race: Race, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch takes its numbers before it writes its rows. A roll-up through a later number, made
    in between, would leave those rows out for ever."""
    post(posting("甲", SHOP, 1, key="opens the account"))
    batch = [posting("甲", SHOP, 10, key=f"b{place}") for place in range(3)]
    begun: list[Any] = []

    def meanwhile() -> None:
        race([lambda: post(posting("乙", SHOP, 1, key="later"))])
        race([lambda: transact(ledger.roll_up)])

    execute = Line.execute

    def numbers_taken(line: Line, text: str, values: Any = ()) -> Any:
        cursor = execute(line, text, values)
        if "nextval" in text and not begun:
            begun.append(Thread(target=meanwhile))
            begun[0].start()
            begun[0].join(timeout=0.5)  # a roll-up that waits for the batch goes on afterwards
        return cursor

    monkeypatch.setattr(Line, "execute", numbers_taken)
    post_many(batch)
    for thread in begun:
        thread.join(timeout=30)
    assert bool(begun) == (db.engine.dialect.name == "postgresql")
    db.session.rollback()
    assert ledger.system_balance(SHOP, "points") == (32 if begun else 31)


def test_a_batch_and_a_single_posting_with_one_key(race: Race) -> None:
    """Whoever is second finds the first, even where they hold no wallet in common."""
    for number in range(6):
        key = f"k{number}"
        told = race(
            [
                partial(post_many, [posting("甲", SHOP, 10, key=key)]),
                partial(post, posting("乙", SHOP, 10, key=key)),
            ]
        )
        assert told in (["done", "done"], ["done", "key_reused"])
        made = select(func.count()).select_from(Transfer).where(Transfer.key == key)
        assert db.session.scalar(made) == 1
        db.session.rollback()


PROGRAM = """
import sys
from tests import noon
noon.begin()
from tests.databases import make_app
from tests.ledger.books import outcome, post, posting
app = make_app(sys.argv[1])
with app.app_context():
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(10):
        one = posting("甲", "supermarket:店", 900, key=f"{sys.argv[2]}/{number}")
        print(outcome(lambda: post(one)), flush=True)
"""


def test_processes_do_not_spend_twice(database_uri: str) -> None:
    """Three processes at once ask for 270 of 100 points in parts of 9: eleven parts are paid."""
    root = Path(__file__).parents[2]
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, database_uri, str(number)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root,
        )
        for number in range(3)
    ]  # fmt: skip
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        told = [line for process in started for line in process.communicate(timeout=60)[0].split()]
    finally:
        for process in started:
            process.kill()
    assert Counter(told) == {"done": 11, "insufficient_points": 19}
    assert points("甲").balance == 100


def test_a_check_sees_the_book_as_it_stood_whoever_posts_meanwhile(race: Race) -> None:
    before = ledger.verify().transfers
    steps: list[int] = []

    def meanwhile(done: int, _total: int) -> None:
        steps.append(done)
        key = f"meanwhile/{done}"
        assert race([lambda: post(posting("甲", SHOP, 1, key=key))]) == ["done"]

    verdict = ledger.verify(meanwhile)
    assert verdict.sound, verdict.faults
    assert verdict.transfers == before
    assert ledger.verify().transfers == before + len(steps) > before
