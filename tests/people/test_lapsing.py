"""`flask points expire`: what lapses by which rulebook, run after run.

The cast's own points are of today, under the default rulebook, and never lapse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import select

from moralbank import ledger
from moralbank.core import audit, clock
from moralbank.core.actor import system
from moralbank.core.audit import AuditEntry
from moralbank.core.db import session
from moralbank.core.transaction import transact
from moralbank.market import terminals
from moralbank.people import lapsing, sign_in
from moralbank.people.adjustments import adjust
from moralbank.people.volunteers import donation_only, gift_wallet_of, wallet_of
from moralbank.rulebook.operations import publish
from tests.cast import Bank, Caller, Member, together

NEW_YEAR = date(2041, 1, 1)
NOTHING = "已有 0 个钱包的积分到期，共 0 分。\n"


@pytest.fixture(autouse=True)
def sound(bank: Bank) -> Iterator[None]:
    """After each test the book is sound."""
    yield
    with bank.inside():
        assert ledger.verify().faults == []
        assert ledger.trial_balance().balanced


@contextmanager
def on(bank: Bank, day: date, hour: int = 12) -> Iterator[None]:
    """Inside the application at an hour of a local day (UTC+8)."""
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour - 8)
    with bank.inside(), clock.at(moment):
        yield


def rule(bank: Bank, since: date, **expiry: Any) -> None:
    """Publish a rulebook with another expiry."""
    document = bank.as_("admin").get("/rulebooks/1").json["document"]
    with bank.inside():
        publish(system("test"), effective_from=since, document={**document, "expiry": expiry})


def earn(bank: Bank, who: Member, points: int, day: date, hour: int = 12) -> None:
    with on(bank, day, hour):
        adjust(system("test"), volunteer_id=who.id, asset="points", amount=points * 100, reason="x")


def to_gifts(bank: Bank, who: Member, points: int, day: date) -> None:
    """Award points that can only be given away."""

    def work() -> None:
        ledger.post(
            [
                ledger.Posting(
                    key=f"gifts:{who.id}:{day}", kind="award", asset="points",
                    payer=ledger.ISSUANCE, payee=gift_wallet_of(who.id), amount=points * 100,
                    effective_at=clock.now(), source_type="test", source_id="1",
                )
            ]
        )  # fmt: skip

    with on(bank, day):
        transact(work)


def fresh_till(bank: Bank) -> str:
    """A terminal whose token is of this day."""
    made = terminals.create(system("test"), supermarket_id=bank.supermarket_id, name="新终端")
    assert made.token is not None
    bank.tokens["fresh till"] = made.token
    return "fresh till"


def give(bank: Bank, giver: Member, points: int, **receiver: str) -> None:
    """Donate, after a sign-in of this day."""
    token = sign_in.sign_in_volunteer(
        system("test"), card_code=giver.code, pin=giver.pin
    ).access_token
    made = Caller(bank.app, token).post("/donations", {"points": str(points), **receiver})
    assert made.status_code == 201, made.text


def run(bank: Bank, runner: FlaskCliRunner, day: date, *words: str) -> str:
    """Run the command on a day; answer what it printed."""
    with on(bank, day):
        done = runner.invoke(args=["points", "expire", *words])
    assert done.exit_code == 0, done.output
    printed: str = done.stdout
    return printed


def has(bank: Bank, holder: str) -> int:
    """Whole points of a wallet."""
    with bank.inside():
        session().rollback()
        return ledger.balances(holder)["points"].balance // 100


def trail(bank: Bank) -> list[tuple[str, str, int]]:
    with bank.inside():
        rows = session().scalars(
            select(AuditEntry).where(AuditEntry.action == "points.expire").order_by(AuditEntry.id)
        )
        return [(row.subject_id, row.detail["run"], row.detail["hundredths"]) for row in rows]


def test_by_the_default_rulebook_nothing_ever_lapses(bank: Bank, runner: FlaskCliRunner) -> None:
    assert run(bank, runner, date(2090, 1, 1)) == NOTHING
    assert has(bank, wallet_of(bank.li.id)) == 200


def test_a_new_rule_takes_what_is_earned_under_it_alone(bank: Bank, runner: FlaskCliRunner) -> None:
    rule(bank, NEW_YEAR, rule="year_end", months=2)
    earn(bank, bank.li, 30, date(2041, 3, 1))
    earn(bank, bank.li, 20, date(2042, 1, 1))
    earn(bank, bank.zhao, 5, date(2041, 12, 31))
    assert run(bank, runner, date(2042, 2, 28)) == NOTHING
    assert run(bank, runner, date(2042, 3, 1)) == "已有 2 个钱包的积分到期，共 35 分。\n"
    assert has(bank, wallet_of(bank.li.id)) == 220
    assert has(bank, wallet_of(bank.zhao.id)) == 20
    assert run(bank, runner, date(2042, 3, 1)) == NOTHING
    assert run(bank, runner, date(2042, 3, 2)) == NOTHING
    li, zhao = wallet_of(bank.li.id), wallet_of(bank.zhao.id)
    assert trail(bank) == [(li, "2042-03-01", 3_000), (zhao, "2042-03-01", 500)]
    assert run(bank, runner, date(2043, 3, 1)) == "已有 1 个钱包的积分到期，共 20 分。\n"
    assert has(bank, li) == 200


def test_a_later_rule_does_not_reach_back(bank: Bank, runner: FlaskCliRunner) -> None:
    rule(bank, NEW_YEAR, rule="months", months=12)
    rule(bank, date(2041, 7, 1), rule="months", months=1)
    rule(bank, date(2041, 9, 1), rule="never")
    earn(bank, bank.li, 1, date(2041, 6, 30))
    earn(bank, bank.li, 2, date(2041, 7, 31))
    earn(bank, bank.li, 4, date(2041, 9, 1))
    # What was earned a month later lapses ten months earlier.
    assert "1 个钱包的积分到期，共 2 分" in run(bank, runner, date(2041, 9, 1))
    assert "1 个钱包的积分到期，共 1 分" in run(bank, runner, date(2042, 7, 1))
    assert has(bank, wallet_of(bank.li.id)) == 204


def test_who_spends_what_lapses_next_loses_nothing(bank: Bank, runner: FlaskCliRunner) -> None:
    rule(bank, NEW_YEAR, rule="year_end")
    earn(bank, bank.li, 40, date(2041, 3, 1))
    with on(bank, date(2041, 4, 1)):
        made = bank.buy({bank.rice: 2}, till=fresh_till(bank))
    assert made.status_code == 201, made.text
    assert run(bank, runner, date(2042, 1, 1)) == NOTHING
    assert has(bank, wallet_of(bank.li.id)) == 200


def test_the_day_is_the_local_one(bank: Bank, runner: FlaskCliRunner) -> None:
    rule(bank, NEW_YEAR, rule="year_end")
    earn(bank, bank.li, 1, date(2041, 12, 31), hour=23)  # that is 15:00 in UTC
    earn(bank, bank.zhao, 2, date(2042, 1, 1), hour=1)  # still the year before in UTC
    assert "共 1 分" in run(bank, runner, date(2042, 1, 1))
    assert "共 2 分" in run(bank, runner, date(2043, 1, 1))


def test_gifts_and_pools_lapse_by_the_points_own_dates(bank: Bank, runner: FlaskCliRunner) -> None:
    rule(bank, NEW_YEAR, rule="months", months=1)
    earn(bank, bank.li, 30, date(2041, 3, 1))
    to_gifts(bank, bank.li, 7, date(2041, 3, 20))
    with on(bank, date(2041, 3, 25)):
        give(bank, bank.li, 17, to_pool_id=bank.pool_id)  # the 7, and 10 of March the first
        give(bank, bank.li, 5, to_volunteer_id=bank.zhao.id)
    to_gifts(bank, bank.zhao, 9, date(2041, 3, 26))
    assert "3 个钱包的积分到期，共 30 分" in run(bank, runner, date(2041, 4, 2))
    assert has(bank, f"pool:{bank.pool_id}") == 7
    assert "2 个钱包的积分到期，共 16 分" in run(bank, runner, date(2041, 5, 1))
    with bank.inside():
        assert donation_only(bank.zhao.id) == 0
    assert (has(bank, wallet_of(bank.li.id)), has(bank, wallet_of(bank.zhao.id))) == (200, 20)


def test_a_dry_run_takes_nothing_and_may_look_ahead(bank: Bank, runner: FlaskCliRunner) -> None:
    rule(bank, NEW_YEAR, rule="year_end")
    earn(bank, bank.li, 30, date(2041, 3, 1))
    ahead = run(bank, runner, date(2041, 3, 1), "--dry-run", "--on", "2042-01-01")
    assert ahead == "将有 1 个钱包的积分到期，共 30 分。\n"
    assert "共 0 分" in run(bank, runner, date(2041, 3, 1), "--dry-run", "--on", "2041-12-31")
    with on(bank, date(2041, 12, 31)):
        early = runner.invoke(args=["points", "expire", "--on", "2042-01-01"])
    assert early.exit_code == 2
    assert "有效期" in early.stderr
    assert has(bank, wallet_of(bank.li.id)) == 230
    assert trail(bank) == []
    # A day that was missed may be named.
    assert "共 30 分" in run(bank, runner, date(2042, 1, 9), "--on", "2042-01-01")


def test_a_run_that_dies_half_way_is_run_again(
    bank: Bank, runner: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(bank, NEW_YEAR, rule="year_end")
    for who in (bank.li, bank.zhao):
        earn(bank, who, 30, date(2041, 3, 1))
    record, calls = audit.record, []

    def dies_at_the_second(*args: Any, **detail: Any) -> None:
        calls.append(args)
        if len(calls) == 2:
            raise SystemExit(137)
        record(*args, **detail)

    with monkeypatch.context() as patched, on(bank, date(2042, 1, 1)):
        patched.setattr(audit, "record", dies_at_the_second)
        assert runner.invoke(args=["points", "expire"]).exit_code == 137
    assert (has(bank, wallet_of(bank.li.id)), has(bank, wallet_of(bank.zhao.id))) == (200, 50)
    assert "1 个钱包的积分到期，共 30 分" in run(bank, runner, date(2042, 1, 1))
    assert has(bank, wallet_of(bank.zhao.id)) == 20
    assert len(trail(bank)) == 2


def at_once(bank: Bank, day: date, tasks: list[Callable[[], Any]]) -> list[Any]:
    def inside(task: Callable[[], Any]) -> Callable[[], Any]:
        def work() -> Any:
            with on(bank, day):
                return task()

        return work

    return together([inside(task) for task in tasks])


def test_two_machines_at_once_and_a_till_meanwhile(bank: Bank) -> None:
    rule(bank, NEW_YEAR, rule="year_end")
    with on(bank, date(2042, 1, 1)):
        till = fresh_till(bank)
    earn(bank, bank.li, 40, date(2041, 3, 1))
    earn(bank, bank.zhao, 40, date(2041, 3, 1))
    day = date(2042, 1, 1)

    def expire() -> lapsing.Lapsed:
        return lapsing.expire(system("test"), on=day)

    def buy() -> int:
        answer = bank.buy({bank.rice: 2}, member=bank.zhao, till=till)
        return answer.status_code

    one, other, bought = at_once(bank, day, [expire, expire, buy])
    lost = one.points + other.points
    # 赵春生 has 20 points that never lapse and 40 that have: enough for 40 or not.
    assert (bought, lost) in [(201, 4_000), (409, 8_000)]
    assert has(bank, wallet_of(bank.zhao.id)) == 20
    assert has(bank, wallet_of(bank.li.id)) == 200
    assert sum(amount for _holder, _run, amount in trail(bank)) == lost
