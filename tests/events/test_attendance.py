"""Coming and going: what is scanned, what of it counts, what must be explained."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.events.changes import history
from moralbank.events.rules import needs_reason, worked
from moralbank.people import cards
from tests.cast import Bank, together
from tests.core.problems import problem
from tests.events.errands import Errand, bound_minutes, request, volunteer

SHOPPING = "home.shopping"
moments = st.integers(0, 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
minutes = st.integers(1, 1440)


@given(moments, st.integers(-60, 200_000), st.tuples(minutes, minutes).map(sorted))
def test_what_counts_lies_within_the_bounds_or_is_nothing(
    came: datetime, seconds: int, bounds: list[int]
) -> None:
    least, most = bounds
    time = worked(came, came + timedelta(seconds=seconds), least=least, most=most)
    assert time.measured >= 0
    assert abs(time.measured * 60 - max(0, seconds)) <= 30
    if time.counted is None:
        assert time.measured < least or (most == 1440 and time.measured > 480)
    else:
        assert least <= time.counted <= most
        assert time.counted == min(time.measured, most)


def test_a_scan_left_running_counts_nothing_where_nothing_bounds_it() -> None:
    came = datetime(2026, 7, 1, 1, tzinfo=UTC)
    for minutes, most, counted in ((480, 1440, 480), (481, 1440, None), (660, 600, 600)):
        time = worked(came, came + timedelta(minutes=minutes), least=1, most=most)
        assert (time.measured, time.counted) == (minutes, counted)


@given(minutes, st.none() | minutes, st.tuples(minutes, minutes).map(sorted))
def test_minutes_that_were_scanned_need_no_reason_and_others_do(
    given: int, measured: int | None, bounds: list[int]
) -> None:
    least, most = bounds
    scanned = needs_reason(given, attended=True, measured=measured, least=least, most=most)
    assert scanned == (given != measured)
    written = needs_reason(given, attended=False, measured=None, least=least, most=most)
    assert written == (given < least or given > most)
    assert not needs_reason(given, attended=False, measured=None, least=1, most=1440)


@pytest.fixture
def now(bank: Bank) -> datetime:
    """A moment a few hours ago, from which tests count."""
    with bank.inside():
        return clock.now().replace(microsecond=0) - timedelta(hours=5)


def notes(bank: Bank, errand: Errand) -> dict[str, str]:
    with bank.inside():
        return {line.action or line.to_status: line.note for line in history(errand.id)}


def test_the_minutes_are_those_between_two_scans(bank: Bank, now: datetime) -> None:
    errand = request(bank)
    bank.as_("li").post(f"{errand.path}/claim")
    came = errand.scan("in", bank.li.code, at=now)
    assert came.status_code == 200
    assert (came.json["display_name"], came.json["minutes"]) == ("李*兰", None)
    gone = errand.scan("out", bank.li.code, at=now + timedelta(minutes=89, seconds=40))
    assert gone.json["minutes"] == 90
    done = bank.as_("worker").post(f"{errand.path}/completion")
    assert done.status_code == 200, done.text
    [person] = done.json["participants"]
    assert (person["minutes"], person["attended"]) == (90, 90)
    assert datetime.fromisoformat(done.json["performed_at"]) == now
    assert errand.rate().json["awards"][0]["minutes"] == 90


def test_coming_claims_an_open_errand(bank: Bank) -> None:
    errand = request(bank)
    assert errand.scan("in", bank.li.code).status_code == 200
    assert errand.show()["status"] == "claimed"
    problem(errand.scan("in", bank.zhao.code), 409, "not_taking_part")
    several = request(bank, volunteers_needed=2)
    assert several.scan("in", bank.zhao.code).status_code == 200
    assert (several.show()["status"], several.show()["still_wanted"]) == ("open", 1)


def test_what_cannot_be_is_refused(bank: Bank) -> None:
    errand, other = request(bank), request(bank)
    problem(errand.scan("out", bank.li.code), 409, "not_checked_in")
    errand.scan("in", bank.li.code)
    problem(errand.scan("in", bank.li.code), 409, "already_checked_in")
    problem(other.scan("in", bank.li.code), 409, "checked_in_elsewhere")
    errand.scan("out", bank.li.code)
    problem(errand.scan("out", bank.li.code), 409, "already_checked_out")
    problem(errand.scan("in", bank.li.code), 409, "already_checked_in")
    assert other.scan("in", bank.li.code).status_code == 200
    cancel = bank.as_("worker").post(f"{other.path}/cancellation", {"reason": "不用了"})
    assert cancel.status_code == 200
    problem(other.scan("out", bank.li.code), 409, "wrong_state")
    # What is cancelled holds nobody.
    assert request(bank).scan("in", bank.li.code).status_code == 200


def test_nobody_is_at_two_errands_at_once(bank: Bank) -> None:
    errands = [request(bank) for _time in range(4)]
    answers = together([partial(errand.scan, "in", bank.li.code) for errand in errands])
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert sum(len(errand.show()["participants"]) for errand in errands) == 1


def test_cards_are_refused_as_elsewhere(bank: Bank) -> None:
    errand = request(bank)
    problem(errand.scan("in", "2" * 16), 404, "card_unknown")
    bank.as_("worker").post(f"/cards/{bank.li.card_id}/revocation")
    problem(errand.scan("in", bank.li.code), 403, "card_revoked")
    for _try in range(5):
        bank.as_("public").post("/tokens", {"card_code": bank.zhao.code, "pin": "0000"})
    problem(errand.scan("in", bank.zhao.code), 403, "card_locked")


def test_staff_and_the_terminals_of_the_place_scan(bank: Bank) -> None:
    errand = request(bank)
    for who, status, code in (
        ("neighbour", 404, "not_found"), ("far_till", 404, "not_found"),
        ("auditor", 403, "forbidden"), ("li", 403, "forbidden"),
    ):  # fmt: skip
        problem(errand.scan("in", bank.li.code, who=who), status, code)
    assert errand.scan("in", bank.li.code, who="till").status_code == 200
    assert errand.scan("out", bank.li.code, who="second_till").status_code == 200


def test_too_long_is_cut_and_too_short_counts_nothing(bank: Bank, now: datetime) -> None:
    bound_minutes(bank, SHOPPING, least=20, most=120)
    errand = request(bank, volunteers_needed=2)
    assert errand.stay(bank.li.code, 200, since=now).json["minutes"] == 120
    assert errand.stay(bank.zhao.code, 19, since=now).json["minutes"] is None
    with bank.inside():
        said = [line.note for line in history(errand.id) if line.action == "check_out"]
    assert said == ["共 200 分钟，按上限记 120 分钟", "只有 19 分钟，不足 20 分钟，先不计"]
    done = bank.as_("worker").post(f"{errand.path}/completion")
    assert [person["volunteer_id"] for person in done.json["participants"]] == [bank.li.id]
    assert "not_counted" in notes(bank, errand)


def test_minutes_that_differ_from_the_scans_need_a_reason(bank: Bank, now: datetime) -> None:
    errand = request(bank, volunteers_needed=2)
    errand.stay(bank.li.code, 60, since=now)
    errand.stay(bank.zhao.code, 0.2, since=now)
    li: dict[str, Any] = {"volunteer_id": bank.li.id}
    zhao: dict[str, Any] = {"volunteer_id": bank.zhao.id}

    def complete(*people: dict[str, Any]) -> Any:
        body = {"participants": list(people)}
        answer = bank.as_("worker").post(f"{errand.path}/completion", body)
        return problem(answer, 422)["errors"] if answer.status_code != 200 else answer.json

    assert complete(li, zhao) == {
        "participants": {"1": {"minutes": ["签到的时间太短或太长，没有计分钟。"]}}
    }
    found = complete({**li, "minutes": 90}, {**zhao, "minutes": 30})
    assert found["participants"].keys() == {"0", "1"}
    done = complete({**li, "minutes": 60}, {**zhao, "minutes": 30, "reason": "忘了刷卡"})
    assert done["status"] == "completed"
    assert notes(bank, errand)["correction"] == "记 30 分钟：忘了刷卡"


def test_minutes_beyond_the_item_s_bounds_need_a_reason(bank: Bank) -> None:
    bound_minutes(bank, SHOPPING, least=20, most=120)
    errand = request(bank)
    found = problem(errand.complete(minutes=121), 422)
    assert found["errors"] == {
        "participants": {"0": {"reason": ["这类事一般 20 至 120 分钟，请写明原因。"]}}
    }
    person = {"volunteer_id": bank.li.id, "minutes": 121, "reason": "排队太久"}
    body = {"participants": [person], "performed_at": "2026-03-15T09:30:00+08:00"}
    assert bank.as_("worker").post(f"{errand.path}/completion", body).status_code == 200
    assert notes(bank, errand)["correction"] == "记 121 分钟：排队太久"


def test_a_completion_without_scans_still_names_everything(bank: Bank) -> None:
    errand, worker = request(bank), bank.as_("worker")
    found = problem(worker.post(f"{errand.path}/completion"), 422)
    assert found["errors"].keys() == {"participants", "performed_at"}
    body: dict[str, Any] = {"participants": [{"volunteer_id": bank.li.id}]}
    found = problem(worker.post(f"{errand.path}/completion", body), 422)
    assert list(found["errors"]) == ["performed_at"]
    body["performed_at"] = "2026-03-15T09:30:00+08:00"
    found = problem(worker.post(f"{errand.path}/completion", body), 422)
    assert found["errors"] == {"participants": {"0": {"minutes": ["必须填写。"]}}}


def test_whoever_has_not_left_is_not_overlooked(bank: Bank, now: datetime) -> None:
    errand = request(bank, volunteers_needed=2)
    errand.stay(bank.li.code, 30, since=now)
    errand.scan("in", bank.zhao.code, at=now)
    found = problem(bank.as_("worker").post(f"{errand.path}/completion"), 422)
    assert found["errors"] == {"participants": ["还有 1 人没有签退。"]}
    assert errand.complete("li", minutes=30).status_code == 200
    # What is done holds nobody.
    assert request(bank).scan("in", bank.zhao.code).status_code == 200


def test_who_steps_back_was_not_there(bank: Bank) -> None:
    errand = request(bank)
    errand.scan("in", bank.li.code)
    back = {"reason": "腰疼", "volunteer_id": bank.li.id}
    assert bank.as_("worker").post(f"{errand.path}/withdrawal", back).json["status"] == "open"
    assert errand.scan("in", bank.li.code).status_code == 200


def test_hundreds_are_scanned_by_two_at_once(bank: Bank) -> None:
    """Each scan counts once, whoever scans; nobody is lost, and all are there at the end."""
    crowd = [volunteer(bank, f"邻居{place}") for place in range(12)]
    with bank.inside():
        codes = [cards.issue(system("test"), one, pin="2468").code for one in crowd]
    errand = request(bank, volunteers_needed=300, resident=None)
    both = [(code, who) for code in codes for who in ("worker", "till")]
    for way in ("in", "out"):
        answers = together([partial(errand.scan, way, code, who=who) for code, who in both])
        assert sorted(answer.status_code for answer in answers) == [200] * 12 + [409] * 12
    shown = errand.show()
    assert {person["volunteer_id"] for person in shown["participants"]} == set(crowd)
    assert all(person["left_at"] for person in shown["participants"])
    bank.as_("worker").post(f"{errand.path}/claim", {"volunteer_id": bank.li.id})
    seen = errand.show("li")["participants"]
    assert len(seen) == 13
    assert not any(person["came_at"] for person in seen)
    with bank.inside():
        scans = [line.action for line in history(errand.id)]
    assert (scans.count("check_in"), scans.count("check_out")) == (12, 12)
