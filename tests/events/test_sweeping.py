"""What is due every day: who is called, what ends without points, what is never lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.cli import FlaskGroup
from flask.testing import FlaskCliRunner
from hypothesis import given
from hypothesis import strategies as st

from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.events import callbacks, sweeping
from moralbank.events.rules import may_expire
from tests.cast import Bank
from tests.core.problems import problem
from tests.events.errands import Errand, request


@given(st.lists(st.booleans()), st.booleans())
def test_nothing_expires_that_somebody_could_have_saved(
    tries: list[bool], can_be_asked: bool
) -> None:
    may = may_expire(tries, can_be_asked=can_be_asked)
    assert may == (True not in tries and (len(tries) > 0 or not can_be_asked))


def sweep(bank: Bank, days: float) -> sweeping.Swept:
    """Sweep as many days from now."""
    with bank.inside(), clock.at(clock.now() + timedelta(days=days)):
        return sweeping.sweep(system("test"))


def done(bank: Bank, **more: Any) -> Errand:
    errand = request(bank, **more)
    errand.complete()
    return errand


def call(errand: Errand, *, reached: bool, who: str = "worker") -> Any:
    body = {"reached": reached, "note": "没人接"}
    return errand.bank.as_(who).post(f"{errand.path}/callback", body)


def to_call(bank: Bank, days: float = 0) -> list[callbacks.CallbackLine]:
    with bank.inside(), clock.at(clock.now() + timedelta(days=days)):
        return callbacks.to_call(system("test"), limit=100).items


def test_who_has_not_rated_for_days_is_called(bank: Bank) -> None:
    errand, rated = done(bank), done(bank)
    request(bank)
    rated.rate()
    assert sweep(bank, 2.9).listed == []
    assert sweep(bank, 3.1).listed == [errand.id]
    assert sweep(bank, 3.1).listed == []
    assert errand.show()["callback_due"] is True
    call(errand, reached=False)
    [line] = to_call(bank)
    assert [(one.name, one.phone) for one in line.callees] == [("秦月华", "13700000007")]
    assert [(one.actor_name, one.reached, one.note) for one in line.tries] == [
        ("worker", False, "没人接")
    ]
    assert line.overdue is False
    assert errand.rate().status_code == 200
    assert to_call(bank) == []


def test_only_what_somebody_tried_to_save_expires(bank: Bank) -> None:
    tried, untried, reached = done(bank), done(bank), done(bank)
    mute = done(bank, resident={"name": "钱无声"})
    spoken = done(
        bank, resident={"name": "钱无声"},
        requester={"name": "钱大", "phone": "13700000009", "relation": "儿子"},
    )  # fmt: skip
    patrol = done(bank, resident=None)
    call(tried, reached=False)
    call(reached, reached=True)
    assert sweep(bank, 29.9).expired == []
    swept = sweep(bank, 30.1)
    assert swept.expired == [tried.id, mute.id]
    assert swept.overdue == [untried.id, reached.id, spoken.id, patrol.id]
    assert tried.show()["status"] == mute.show()["status"] == "expired"
    assert [line.overdue for line in to_call(bank, 31)] == [True] * 4
    problem(tried.rate(), 409, "wrong_state")
    problem(call(tried, reached=False), 409, "wrong_state")
    call(untried, reached=False)
    assert sweep(bank, 30.1).expired == [untried.id]
    # Who was reached late may still say how it went.
    assert reached.enter().json["status"] == "awarded"


def test_a_call_is_a_worker_s_of_the_place(bank: Bank) -> None:
    errand = done(bank)
    problem(call(errand, reached=True, who="li"), 403, "forbidden")
    problem(call(errand, reached=True, who="neighbour"), 404, "not_found")
    problem(call(request(bank), reached=True), 409, "wrong_state")


def test_days_are_settings(bank: Bank) -> None:
    errand = done(bank, resident={"name": "钱无声"})
    bank.app.config.update(CALLBACK_AFTER_DAYS=0, EXPIRES_AFTER_DAYS=1)
    swept = sweep(bank, 0.1)
    assert (swept.listed, swept.expired) == ([errand.id], [])
    assert sweep(bank, 1.1).expired == [errand.id]


def test_the_command_tells_what_it_did(bank: Bank) -> None:
    errand = done(bank)
    with bank.inside():
        later = clock.now() + timedelta(days=40)
    with clock.at(later):
        group = FlaskGroup(create_app=lambda: bank.app)
        result = FlaskCliRunner(bank.app).invoke(group, ["events", "sweep"])
    assert result.exit_code == 0, result.output
    assert f"to call back: {errand.id}" in result.output
    assert f"overdue, to be called: {errand.id}" in result.output
    assert "expired: 0" in result.output


@pytest.mark.parametrize("reached", [True, False])
def test_a_try_is_never_changed(bank: Bank, reached: bool) -> None:
    errand = done(bank)
    call(errand, reached=reached)
    call(errand, reached=reached)
    with bank.inside():
        assert len(callbacks.tries_of([errand.id])[errand.id]) == 2


def test_what_was_disputed_before_it_was_rated_is_called_about_too(bank: Bank) -> None:
    errand = done(bank)
    bank.as_("worker").post(f"{errand.path}/dispute", {"reason": "没有来"})
    body = {"upheld": False, "reason": "来过"}
    decided = bank.as_("supervisor").post(f"{errand.path}/dispute/decision", body)
    assert decided.json["status"] == "dismissed"
    assert sweep(bank, 3.1).listed == [errand.id]
    assert errand.show()["callback_due"] is True
    assert [line.id for line in to_call(bank)] == [errand.id]
    assert bank.as_("worker").post(f"{errand.path}/codes").status_code == 201
    assert call(errand, reached=False).status_code == 200
    assert sweep(bank, 31).expired == [errand.id]
    rated = done(bank)
    rated.rate()
    bank.as_("worker").post(f"{rated.path}/dispute", {"reason": "没有来"})
    bank.as_("supervisor").post(f"{rated.path}/dispute/decision", body)
    assert sweep(bank, 31).listed == []
    problem(call(rated, reached=False), 409, "wrong_state")


def test_who_has_no_phone_can_be_visited(bank: Bank) -> None:
    """Nobody went there: it stays on the list. Of whom nothing is known, nobody can be asked."""
    at_home = done(bank, resident={"name": "魏东来", "address": "东风路 1 号"})
    unknown = done(bank, resident={"name": "魏东来"})
    swept = sweep(bank, 31)
    assert (swept.expired, swept.overdue) == ([unknown.id], [at_home.id])
