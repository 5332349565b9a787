"""The book: what it takes, what it refuses, what it answers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from unittest.mock import Mock

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.db import db
from moralbank.core.problems import Refusal
from moralbank.core.transaction import transact
from moralbank.ledger import ISSUANCE, Posting
from moralbank.ledger.models import Account, Transfer
from tests.cast import together

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)


def posting(payer: str, payee: str, amount: int, *, key: str, **more: Any) -> Posting:
    given: dict[str, Any] = {
        "kind": "adjustment",
        "asset": "points",
        "effective_at": NOON,
        "source_type": "test",
        "source_id": key,
        **more,
    }
    return Posting(key=key, payer=payer, payee=payee, amount=amount, **given)


def post(*postings: Posting) -> list[ledger.Posted]:
    return transact(lambda: ledger.post(postings))


def rows() -> list[Any]:
    """The whole book, to compare before and after."""
    accounts = db.session.execute(select(Account.__table__).order_by(Account.id)).all()
    transfers = db.session.execute(select(Transfer.__table__).order_by(Transfer.id)).all()
    db.session.rollback()
    return [*accounts, *transfers]


@pytest.fixture
def book(app: Flask) -> Iterator[None]:
    """Wallets of 甲 and 乙; 甲 has 100 points."""
    with app.app_context():
        transact(lambda: ledger.open_wallets(["甲", "乙"]))
        post(posting(ISSUANCE, "甲", 10_000, key="start"))
        yield


@pytest.mark.usefixtures("book")
class TestPosting:
    def test_balances_move_and_versions_grow(self) -> None:
        [first] = post(posting("甲", "乙", 2_500, key="a"))
        assert (first.payer_balance, first.payee_balance) == (7_500, 2_500)
        assert ledger.balances("甲")["points"].available == 7_500
        assert ledger.balances("乙")["points"].balance == 2_500
        assert ledger.balances("乙")["merit"].balance == 0
        rows_ = db.session.execute(
            select(Account.holder, Account.version).where(Account.asset == "points")
        )
        versions = {row.holder: row.version for row in rows_}
        assert versions == {"甲": 2, "乙": 1, ISSUANCE: 0}

    def test_the_same_key_and_content_get_the_first_answer(self) -> None:
        first = post(posting("甲", "乙", 2_500, key="a"))
        before = rows()
        assert post(posting("甲", "乙", 2_500, key="a", reason="in other words")) == first
        assert rows() == before

    @pytest.mark.parametrize(
        "other",
        [
            posting("甲", "乙", 2_501, key="a"),
            posting("乙", "甲", 2_500, key="a"),
            posting("甲", ISSUANCE, 2_500, key="a"),
            posting("甲", "乙", 2_500, key="a", kind="donation"),
            posting("甲", "乙", 2_500, key="a", asset="merit"),
        ],
    )
    def test_the_same_key_with_other_content_is_a_mistake(self, other: Posting) -> None:
        post(posting("甲", "乙", 2_500, key="a"))
        before = rows()
        with pytest.raises(ledger.KeyReused):
            post(other)
        assert rows() == before

    def test_too_few_points_leave_all_as_it_was(self) -> None:
        before = rows()
        with pytest.raises(Refusal) as refused:
            post(
                posting(ISSUANCE, "乙", 500, key="good"),
                posting("甲", "乙", 10_001, key="too much"),
            )
        assert (refused.value.status, refused.value.code) == (409, "insufficient_points")
        assert rows() == before
        post(posting("甲", "乙", 10_000, key="all of it"))
        assert ledger.balances("甲")["points"].balance == 0

    def test_what_is_held_cannot_be_spent(self) -> None:
        with db.engine.begin() as connection:
            wallet = (Account.holder == "甲") & (Account.asset == "points")
            connection.execute(update(Account).where(wallet).values(held=4_000))
        with pytest.raises(Refusal):
            post(posting("甲", "乙", 6_001, key="a"))
        post(posting("甲", "乙", 6_000, key="b"))
        assert ledger.balances("甲")["points"].available == 0

    @pytest.mark.parametrize("amount", [0, -1])
    def test_nothing_and_less_cannot_move(self, amount: int) -> None:
        with pytest.raises(ValueError, match="more than nothing"):
            posting("甲", "乙", amount, key="a")

    def test_nobody_pays_himself(self) -> None:
        with pytest.raises(ValueError, match="two accounts"):
            posting("甲", "甲", 1, key="a")

    def test_a_holder_without_a_wallet_is_a_mistake(self) -> None:
        before = rows()
        with pytest.raises(LookupError):
            post(posting("甲", "nobody", 1, key="a"))
        assert rows() == before

    def test_a_transfer_is_taken_back_once_with_its_old_date(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        [gone] = post(posting("甲", "乙", 2_500, key="a", effective_at=NOON - timedelta(days=9)))
        back = ledger.reversal_of(gone.id, key="back", reason="拿错了")
        assert (back.payer, back.payee, back.reverses) == ("乙", "甲", gone.id)
        assert back.effective_at == NOON - timedelta(days=9)
        post(back)
        assert ledger.balances("甲")["points"].balance == 10_000
        post(posting(ISSUANCE, "乙", 2_500, key="enough to take again"))
        before = rows()
        again = ledger.reversal_of(gone.id, key="back again", reason="拿错了")
        with pytest.raises(Refusal) as refused:
            post(again)
        assert refused.value.code == "already_reversed"
        # Nor would the database itself have it, if nobody had looked before.
        monkeypatch.setattr(sys.modules["moralbank.ledger.book"], "_check_reversal", Mock())
        with pytest.raises(IntegrityError):
            post(again)
        db.session.rollback()
        assert rows() == before

    @pytest.mark.parametrize(
        "wrong", [{"amount": 2_400}, {"payee": "supermarket:s"}, {"reverses": 999}]
    )
    def test_a_reversal_is_what_its_original_moved(self, wrong: dict[str, Any]) -> None:
        [gone] = post(posting("甲", "乙", 2_500, key="a"))
        back = replace(ledger.reversal_of(gone.id, key="back", reason="拿错了"), **wrong)
        before = rows()
        with pytest.raises(ValueError, match="original"):
            post(back)
        assert rows() == before
        [refused] = ledger.post_many([back])
        assert refused == ledger.Refused("back", "no_such_original")

    def test_one_key_twice_in_a_journal_is_once(self) -> None:
        one = posting("甲", "乙", 2_500, key="a")
        first, second = post(one, replace(one, reason="另一种说法"))
        assert first == second
        before = rows()
        with pytest.raises(ledger.KeyReused):
            post(replace(one, key="b"), replace(one, key="b", amount=1))
        assert rows() == before

    def test_a_holds_key_is_its_own(self) -> None:
        soon = clock.now() + timedelta(days=1)
        one = posting("甲", "supermarket:s", 100, key="a", kind="redemption")
        post(replace(one, key="posted"))
        kept = transact(lambda: ledger.hold(one, until=soon))
        before = rows()
        for ways in ([one], [one, replace(one, key="c")]):
            with pytest.raises(ledger.KeyReused):
                post(*ways)
        assert ledger.post_many([one]) == [ledger.Refused("a", "key_reused")]
        for other in (replace(one, key="posted"), replace(one, source_id="b")):
            with pytest.raises(ledger.KeyReused):
                transact(partial(ledger.hold, other, until=soon))
        with clock.at(soon + timedelta(days=1)):
            assert transact(lambda: ledger.hold(one, until=soon)) == kept
        assert rows() == before

    def test_what_no_book_takes_is_no_posting(self) -> None:
        wrongs: list[dict[str, Any]] = [
            {"amount": 10**18}, {"kind": "gift"}, {"kind": "reversal"}, {"reverses": 1},
        ]  # fmt: skip
        for wrong in wrongs:
            with pytest.raises(ValueError, match="a transfer"):
                posting("甲", "乙", **{"amount": 1, "key": "a", **wrong})

    def test_a_batch_alone_is_a_transaction_of_its_own(self) -> None:
        ledger.post_many([posting("甲", "乙", 100, key="a")])
        db.session.rollback()
        assert ledger.balances("乙")["points"].balance == 100

    def test_a_batch_passes_one_wallets_clock_on_to_nobody_else(self) -> None:
        ahead = clock.now() + timedelta(hours=5)
        with clock.at(ahead):
            post(posting(ISSUANCE, "甲", 100, key="ahead"))
        ledger.post_many([posting(ISSUANCE, "甲", 1, key="a"), posting(ISSUANCE, "乙", 1, key="b")])
        assert ledger.balances("乙", at=ahead - timedelta(hours=1))["points"].balance == 1

    def test_a_system_account_has_no_statement(self) -> None:
        with pytest.raises(LookupError):
            ledger.statement(ISSUANCE, "points", cursor=None, limit=10)

    @pytest.mark.parametrize("way", ["at once", "held first", "in a batch"])
    def test_clocks_that_disagree_put_no_wallet_back_in_time(self, way: str) -> None:
        """As where two machines serve: the second one's clock is a little behind."""
        start = clock.now() + timedelta(hours=1)
        given = posting("甲", "乙", 100, key="given")
        with clock.at(start + timedelta(seconds=10)):
            post(posting(ISSUANCE, "乙", 100, key="ahead"))
        with clock.at(start):
            if way == "in a batch":
                transact(lambda: ledger.post_many([given]))
            elif way == "held first":
                transact(lambda: ledger.hold(given, until=start + timedelta(days=1)))
                transact(lambda: ledger.post_held("given"))
            else:
                post(given)
        with clock.at(start + timedelta(seconds=1)):
            post(posting("甲", "supermarket:s", 100, key="behind"))
        assert ledger.verify().faults == []
        db.session.rollback()

    def test_wallets_open_once(self) -> None:
        before = rows()
        transact(lambda: ledger.open_wallets(["甲", "乙"]))
        assert rows() == before


@pytest.mark.usefixtures("book")
class TestReading:
    def test_the_trial_balance_sums_both_sides(self) -> None:
        post(posting("甲", "supermarket:s", 2_500, key="a", kind="redemption"))
        post(posting(ISSUANCE, "乙", 90, key="b", asset="minutes"))
        trial = ledger.trial_balance()
        assert trial.balanced
        assert {row.asset: (row.debits, row.credits) for row in trial.assets} == {
            "points": (12_500, 12_500), "merit": (0, 0), "minutes": (90, 90),
        }  # fmt: skip

    def test_a_balance_at_a_moment_is_as_the_book_stood(self) -> None:
        moments = []
        for step, amount in enumerate((100, 200, 300)):
            moment = clock.now() + timedelta(hours=1 + step)
            with clock.at(moment):
                post(posting("甲", "乙", amount, key=f"k{step}"))
            moments.append(moment)
        instant = timedelta(microseconds=1)
        assert ledger.balances("乙", at=moments[0] - instant)["points"].balance == 0
        assert ledger.balances("乙", at=moments[0])["points"].balance == 100
        assert ledger.balances("乙", at=moments[2] - instant)["points"].balance == 300
        assert ledger.balances("乙", at=moments[2])["points"].balance == 600
        assert ledger.balances("甲", at=moments[1])["points"].balance == 9_700
        assert ledger.balances("甲", at=NOON - timedelta(days=9_000))["points"].balance == 0

    def test_a_statement_goes_back_page_by_page(self) -> None:
        for place in range(7):
            post(posting("甲", "乙", 100 + place, key=f"k{place}"))
        seen, cursor, pages = [], None, 0
        while True:
            page = ledger.statement("甲", "points", cursor=cursor, limit=3)
            seen += page.items
            pages, cursor = pages + 1, page.next
            if cursor is None:
                break
        assert pages == 3
        assert [entry.amount for entry in seen] == [
            -106,
            -105,
            -104,
            -103,
            -102,
            -101,
            -100,
            10_000,
        ]
        assert seen[0].balance_after == ledger.balances("甲")["points"].balance
        for newer, older in zip(seen, seen[1:], strict=False):
            assert newer.balance_after == older.balance_after + newer.amount

    def test_a_statement_needs_a_wallet(self) -> None:
        with pytest.raises(LookupError):
            ledger.statement("nobody", "points", cursor=None, limit=3)


@pytest.mark.usefixtures("book")
class TestRaces:
    """Real threads, each with its own connection."""

    @pytest.fixture
    def racing(self, app: Flask) -> Callable[[list[Posting]], list[str]]:
        def run(one: Posting) -> str:
            with app.app_context():
                try:
                    post(one)
                    return "posted"
                except Refusal as refusal:
                    return refusal.code

        return lambda many: together([partial(run, one) for one in many])

    def test_crossing_transfers_all_land(self, racing: Any) -> None:
        """甲 pays 乙 while 乙 pays 甲: locks are taken in one order, so nobody dies of it."""
        post(posting(ISSUANCE, "乙", 10_000, key="for 乙"))
        ways = [("甲", "乙"), ("乙", "甲")] * 4
        assert (
            racing([posting(*way, 10, key=f"k{place}") for place, way in enumerate(ways)])
            == ["posted"] * 8
        )
        assert ledger.balances("甲")["points"].balance == 10_000
        assert ledger.verify().sound

    def test_the_last_points_are_spent_once(self, racing: Any) -> None:
        told = racing([posting("甲", "乙", 4_000, key=f"k{place}") for place in range(8)])
        assert sorted(told) == ["insufficient_points"] * 6 + ["posted"] * 2
        assert ledger.balances("甲")["points"].balance == 2_000
        assert ledger.verify().sound

    def test_one_key_raced_posts_once(self, racing: Any) -> None:
        assert racing([posting("甲", "乙", 4_000, key="one")] * 8) == ["posted"] * 8
        assert ledger.balances("乙")["points"].balance == 4_000
        with_key = select(func.count()).select_from(Transfer).where(Transfer.key == "one")
        assert db.session.scalar(with_key) == 1
