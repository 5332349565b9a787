"""The whole face of the book against a book in plain Python, in random walks.

After every step: no asset was made or lost, no wallet is below its floor, what is available is the
balance less what is held, the last running balance is the stored one is the sum. A refusal leaves
every row as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

import hypothesis
import hypothesis.strategies as st
import pytest
from flask import Flask
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.db import db
from moralbank.core.transaction import transact
from moralbank.ledger import EXPIRY, ISSUANCE, Posted, Posting
from moralbank.ledger.models import Account, Transfer
from tests.ledger.books import (
    NOON,
    Kept,
    Model,
    gift,
    mixed,
    next_day,
    outcome,
    posting,
    refusal,
    rows,
)
from tests.walks import far

T = TypeVar("T")
STEADY_EXAMPLES, STEPS = 12, 30
walks = count(1)

who = st.integers(0, 2)
amounts = st.integers(1, 40)
picks = st.integers(0, 10_000)
days = st.integers(0, 30)


class BookMachine(RuleBasedStateMachine):
    """Three wallets of one walk; the book of the walks before stays, as nothing is deleted."""

    @initialize(lapse=st.sampled_from([next_day, mixed]))
    def open(self, lapse: ledger.Lapse) -> None:
        self.name = f"walk{next(walks)}"
        self.holders = [f"{self.name}:{one}" for one in "甲乙丙"]
        self.shop = f"supermarket:{self.name}"
        self.model = Model.of(*self.holders)
        self.model.lapse = lapse
        self.now = NOON
        self.keys = (f"{self.name}/{number}" for number in count(1))
        self.past: list[tuple[datetime, dict[str, int]]] = []
        self.answers: dict[str, Posted] = {}
        transact(lambda: ledger.open_wallets(self.holders))
        self.before = db.session.scalar(select(func.max(Transfer.id))) or 0
        self.start = self.system()
        db.session.rollback()

    def system(self) -> Counter[Any]:
        return Counter(
            {
                (holder, asset): ledger.system_balance(holder, asset)
                for holder in (ISSUANCE, EXPIRY, self.shop)
                for asset in ledger.ASSETS
            }
        )

    def both(self, predict: Callable[[Model], object], work: Callable[[], T]) -> T | None:
        """Do it in the model and in the book. Both must agree on whether it goes; None if not."""
        trial = self.model.copy()
        trial.now = self.now
        expected = refusal(lambda: predict(trial))
        if expected is not None:
            as_it_was = rows(after=self.before)
            with clock.at(self.now):
                assert outcome(lambda: transact(work)) == expected
            assert rows(after=self.before) == as_it_was
            return None
        with clock.at(self.now):
            answer = transact(work)
        self.model = trial
        return answer

    def learn(self, answers: list[Posted] | None) -> None:
        for posted in answers or []:
            assert self.answers.setdefault(posted.key, posted) == posted
            self.model.ids[posted.id] = posted.key

    def journal(self, *postings: Posting) -> None:
        self.learn(self.both(lambda model: model.post(*postings), lambda: ledger.post(postings)))

    def pick(self, pick: int) -> Posting:
        made = list(self.model.made.values())
        return made[pick % len(made)]

    # What is posted.

    @rule(who=who, amount=amounts, minutes=amounts, day=days)
    def award(self, who: int, amount: int, minutes: int, day: int) -> None:
        each = {"points": amount, "merit": amount, "minutes": minutes}
        key = next(self.keys)
        dated = self.now - timedelta(days=day)
        self.journal(
            *(
                posting(
                    ISSUANCE, self.holders[who], many, key=f"{key}:{asset}", kind="award",
                    asset=asset, effective_at=dated,
                )
                for asset, many in each.items()
            )
        )  # fmt: skip

    @rule(who=who, amount=amounts)
    def redeem(self, who: int, amount: int) -> None:
        key = next(self.keys)
        self.journal(posting(self.holders[who], self.shop, amount, key=key, kind="redemption"))

    @rule(who=who, other=st.integers(1, 2), amount=amounts)
    def donate(self, who: int, other: int, amount: int) -> None:
        payer, payee, key = self.holders[who], self.holders[(who + other) % 3], next(self.keys)

        def predict(model: Model) -> None:
            for place, lot in enumerate(model.oldest(payer, amount)):
                part = posting(
                    payer, payee, lot.amount, key=f"{key}:{place}", kind="donation",
                    effective_at=lot.dated,
                )  # fmt: skip
                model.post(part)

        self.learn(
            self.both(predict, lambda: gift(payer, payee, amount, key=key, lapse=self.model.lapse))
        )

    @rule(who=who, asset=st.sampled_from(ledger.ASSETS), amount=amounts)
    def deduct(self, who: int, asset: ledger.Asset, amount: int) -> None:
        key = next(self.keys)
        self.journal(posting(self.holders[who], ISSUANCE, amount, key=key, asset=asset))

    @rule(ways=st.lists(st.tuples(who, st.integers(1, 3), amounts), min_size=2, max_size=4))
    def many_in_one_journal(self, ways: list[tuple[int, int, int]]) -> None:
        """Any one that cannot be paid takes all the others with it."""
        everybody = [*self.holders, self.shop]
        self.journal(
            *(
                posting(self.holders[a], everybody[(a + b) % 4], amount, key=next(self.keys))
                for a, b, amount in ways
            )
        )

    @precondition(lambda self: self.model.made)
    @rule(pick=picks, more=st.integers(0, 1))
    def use_a_key_again(self, pick: int, more: int) -> None:
        one = self.pick(pick)
        again = posting(
            one.payer, one.payee, one.amount + more, key=one.key, kind=one.kind, asset=one.asset,
            reverses=one.reverses,
        )  # fmt: skip
        self.journal(again)

    @precondition(lambda self: self.model.ids)
    @rule(pick=picks, otherwise=st.booleans())
    def take_back(self, pick: int, otherwise: bool) -> None:
        """Once: again under its key is a replay, under another is refused."""
        numbers = list(self.model.ids)
        number = numbers[pick % len(numbers)]
        if self.model.made[self.model.ids[number]].kind == "reversal":
            assert outcome(lambda: ledger.reversal_of(number, key="x", reason="")) == "ValueError"
            return
        key = f"back:{number}" + (":otherwise" if otherwise else "")
        self.journal(ledger.reversal_of(number, key=key, reason="拿错了"))

    # Holds.

    @rule(who=who, other=st.integers(1, 3), amount=amounts, minutes=st.integers(1, 60))
    def set_aside(self, who: int, other: int, amount: int, minutes: int) -> None:
        payer, payee = self.holders[who], [*self.holders, self.shop][(who + other) % 4]
        one = posting(payer, payee, amount, key=next(self.keys), kind="redemption")
        until = self.now + timedelta(minutes=minutes)
        self.both(lambda model: model.hold(one, until), lambda: ledger.hold(one, until=until))

    def kept(self, pick: int) -> Kept:
        holds = list(self.model.holds.values())
        return holds[pick % len(holds)]

    @precondition(lambda self: self.model.holds)
    @rule(pick=picks, more=st.integers(0, 1))
    def set_aside_again(self, pick: int, more: int) -> None:
        old = self.kept(pick).posting
        one = posting(old.payer, old.payee, old.amount + more, key=old.key, kind=old.kind)
        until = self.now + timedelta(minutes=1)
        self.both(lambda model: model.hold(one, until), lambda: ledger.hold(one, until=until))

    @precondition(lambda self: self.model.holds)
    @rule(pick=picks, part=st.none() | st.integers(0, 41))
    def post_held(self, pick: int, part: int | None) -> None:
        key = self.kept(pick).posting.key
        posted = self.both(
            lambda model: model.post_held(key, part),
            lambda: ledger.post_held(key, amount=part),
        )
        self.learn([] if posted is None else [posted])

    @precondition(lambda self: self.model.holds)
    @rule(pick=picks)
    def void_held(self, pick: int) -> None:
        key = self.kept(pick).posting.key
        self.both(lambda model: model.void_held(key), lambda: ledger.void_held(key))

    @rule()
    def time_out(self) -> None:
        trial = self.model.copy()
        trial.now = self.now
        over = trial.time_out()
        done = self.both(lambda model: model.time_out(), lambda: self._time_out(over))
        assert done is None

    def _time_out(self, over: int) -> None:
        # Holds of the walks before may be over as well; they are not in this one's model.
        assert ledger.time_out() >= over

    @rule(minutes=st.sampled_from([1, 30, 60, 1_440, 10_080]))
    def wait(self, minutes: int) -> None:
        standing = {holder: len(self.model.wallets[holder, "points"]) for holder in self.holders}
        self.past.append((self.now, standing))
        self.now += timedelta(minutes=minutes)

    # In bulk.

    @rule(
        plan=st.lists(
            st.tuples(st.integers(0, 4), st.integers(1, 4), amounts, st.integers(0, 5), picks),
            max_size=8,
        )
    )
    def batch(self, plan: list[tuple[int, int, int, int, int]]) -> None:
        """Some with a key of the book, some with one of this batch."""
        everybody = [*self.holders, ISSUANCE, "nobody"]
        made: list[Posting] = []
        for payer, step, amount, again, pick in plan:
            key = next(self.keys)
            if again == 0 and self.model.made:
                key = self.pick(pick).key
            elif again == 1 and made:
                key = made[pick % len(made)].key
            one = posting(everybody[payer], everybody[(payer + step) % 5], amount, key=key)
            if again == 2 and made:
                one = made[pick % len(made)]
            elif again == 3 and self.model.made:
                one = self.pick(pick)
            made.append(one)
        trial = self.model.copy()
        trial.now = self.now
        expected = trial.post_many(made)
        answers = self.both(lambda model: model.post_many(made), lambda: ledger.post_many(made))
        assert answers is not None
        told = [one.code if isinstance(one, ledger.Refused) else "posted" for one in answers]
        assert told == expected
        assert [one.key for one in answers] == [one.key for one in made]
        self.learn([one for one in answers if isinstance(one, Posted)])

    @rule(who=who, day=days)
    def expire(self, who: int, day: int) -> None:
        holder, by = self.holders[who], self.now - timedelta(days=day)
        self.model.now = self.now
        run, lapse = next(self.keys), self.model.lapse
        with clock.at(self.now):
            done = transact(lambda: ledger.expire(holder, lapse=lapse, by=by, run=run))
        keys = [posted.key for _part, posted in done]
        assert self.model.expire(holder, by, run=run, keys=keys) == [part for part, _ in done]
        self.learn([posted for _part, posted in done])

    @rule()
    def roll_up(self) -> None:
        before = self.system()
        with clock.at(self.now):
            transact(ledger.roll_up)
        assert self.system() == before

    # What holds after every step.

    @precondition(lambda self: self.past)
    @rule(pick=picks)
    def look_back(self, pick: int) -> None:
        moment, standing = self.past[pick % len(self.past)]
        for holder, balance in standing.items():
            assert ledger.balances(holder, at=moment)["points"].balance == balance

    @invariant()
    def agrees(self) -> None:
        db.session.rollback()
        wallets = {
            (holder, asset): balance
            for holder in self.holders
            for asset, balance in ledger.balances(holder).items()
        }
        for wallet, balance in wallets.items():
            assert balance.balance == len(self.model.wallets[wallet])
            assert balance.held == self.model.held[wallet]
            assert balance.available == balance.balance - balance.held >= 0
        for (holder, asset), moved in self.model.system.items():
            standing = ledger.system_balance(holder, asset)
            assert standing - self.start[holder, asset] == moved
        for asset in ledger.ASSETS:
            ours = sum(wallets[holder, asset].balance for holder in self.holders)
            assert ours + sum(self.model.system[key] for key in _of(self.model, asset)) == 0

    @invariant()
    def adds_up(self) -> None:
        """The last running balance is the stored one is the sum."""
        stored = db.session.execute(
            select(Account.id, Account.balance, Account.version).where(
                Account.holder.in_(self.holders)
            )
        )
        sums: Counter[int] = Counter()
        last: dict[int, tuple[int, int]] = {}
        made = select(Transfer).where(Transfer.id > self.before).order_by(Transfer.id)
        for row in db.session.scalars(made):
            sums[row.payer_id] -= row.amount
            sums[row.payee_id] += row.amount
            if row.payer_version is not None and row.payer_balance is not None:
                last[row.payer_id] = (row.payer_balance, row.payer_version)
            if row.payee_version is not None and row.payee_balance is not None:
                last[row.payee_id] = (row.payee_balance, row.payee_version)
        for account in stored:
            assert account.balance == sums[account.id]
            assert (account.balance, account.version) == last.get(account.id, (0, 0))
        assert sum(sums.values()) == 0

    def teardown(self) -> None:
        db.session.rollback()
        if not hasattr(self, "model"):
            return  # say what failed first
        for holder in self.holders:
            assert ledger.lots(holder, lapse=self.model.lapse) == self.model.lots(holder)
        db.session.rollback()


def _of(model: Model, asset: str) -> list[Any]:
    return [key for key in model.system if key[1] == asset]


@pytest.fixture
def settings() -> hypothesis.settings:
    """How far the machine walks."""
    return far(examples=STEADY_EXAMPLES, steps=STEPS)


def test_the_book_and_the_model_agree(app: Flask, settings: hypothesis.settings) -> None:
    with app.app_context():
        run_state_machine_as_test(BookMachine, settings=settings)
        verdict = ledger.verify()
        assert verdict.sound, verdict.faults
        assert ledger.trial_balance().balanced
