"""A star round's way: draft, gone through by a second person, hung in a notice, final."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.core.problems import Refusal
from moralbank.honours import rounds
from moralbank.notices import operations
from tests.cast import Answer, Bank, together
from tests.core.problems import problem
from tests.honours.conftest import Diary

AFTERWARDS = datetime(2026, 9, 30, 4, tzinfo=UTC)


def drafted(bank: Bank, diary: Diary) -> str:
    """A draft of the street, computed by the supervisor, with somebody in it who has a star."""
    diary.errand(bank.li.id, minutes=180)
    body = {"subject": "volunteer", "period": "2026Q3", "organization_id": bank.street_id}
    made = bank.as_("supervisor").post("/star-rounds", body)
    assert (made.status_code, made.json["status"]) == (201, "draft"), made.text
    number: str = made.json["id"]
    return number


def review(bank: Bank, number: str, who: str = "second") -> Answer:
    return bank.as_(who).post(f"/star-rounds/{number}/review")


def publish(bank: Bank, number: str) -> Answer:
    return bank.as_("supervisor").post(f"/star-rounds/{number}/publication")


def hang(bank: Bank) -> str:
    """The id of a notice of the street's stars, posted for five working days."""
    body = {"kind": "stars", "period": "2026Q3", "organization_id": bank.street_id}
    number: str = bank.as_("supervisor").post("/notices", body).json["id"]
    posted = bank.as_("supervisor").post(f"/notices/{number}/posting", {"objection_days": 5})
    assert posted.status_code == 200, posted.text
    return number


def status(bank: Bank, number: str) -> str:
    said: str = bank.as_("supervisor").get(f"/star-rounds/{number}").json["status"]
    return said


def close_due(bank: Bank) -> None:
    """Close, six weeks later, the notices whose time is over."""
    with bank.inside(), clock.at(AFTERWARDS):
        operations.close_due(system("test"))


def test_a_round_is_gone_through_noticed_and_then_final(bank: Bank, diary: Diary) -> None:
    number = drafted(bank, diary)
    problem(review(bank, number, "supervisor"), 403, "forbidden")
    assert review(bank, number).json["status"] == "reviewed"
    problem(review(bank, number), 409, "wrong_state")
    notice = hang(bank)
    assert status(bank, number) == "noticed"
    [line, *_rest] = bank.as_("public").get(f"/notices/{notice}").json["lines"]
    assert line["stars"] == 1
    # Nobody holds a star before it is final, nor is it final before the notice's time is over.
    assert bank.as_("public").get("/public/stars").json["items"] == []
    problem(publish(bank, number), 409, "wrong_state")
    close_due(bank)
    assert publish(bank, number).json["status"] == "published"
    assert bank.as_("public").get("/public/stars").json["items"][0]["stars"] == 1
    problem(review(bank, number), 409, "wrong_state")


def test_who_looks_at_a_draft_of_a_notice_hangs_nothing(bank: Bank, diary: Diary) -> None:
    number = drafted(bank, diary)
    review(bank, number)
    body = {"kind": "stars", "period": "2026Q3", "organization_id": bank.street_id}
    notice = bank.as_("supervisor").post("/notices", body).json["id"]
    for _time in range(2):
        [line, *_rest] = bank.as_("supervisor").get(f"/notices/{notice}").json["lines"]
        assert line["stars"] == 1
    assert status(bank, number) == "reviewed"


def test_an_objection_that_is_upheld_asks_for_another_round(bank: Bank, diary: Diary) -> None:
    number = drafted(bank, diary)
    review(bank, number)
    notice = hang(bank)
    body = {"line_no": 1, "name": "钱有声", "contact": "13700000009", "reason": "时长不对"}
    made = bank.as_("public").post(f"/notices/{notice}/objections", body).json["id"]
    close_due(bank)
    problem(publish(bank, number), 409, "wrong_state")  # the objection is open
    decision = f"/notices/{notice}/objections/{made}/decision"
    said = bank.as_("supervisor").post(decision, {"upheld": True, "reason": "少算一次"})
    assert said.status_code == 200, said.text
    close_due(bank)
    assert "重新计算" in problem(publish(bank, number), 409, "wrong_state")["detail"]
    # The next draft goes the same way, or straight.
    again = drafted(bank, diary)
    assert publish(bank, again).json["status"] == "published"


def test_of_two_who_review_at_once_one_does(bank: Bank, diary: Diary) -> None:
    number = drafted(bank, diary)

    def task(who: str) -> str:
        with bank.app.test_request_context():
            try:
                return rounds.review(system(who), number).status
            except Refusal as refusal:
                return refusal.code

    done = together([partial(task, who) for who in ("first", "second")])
    assert sorted(done) == ["reviewed", "wrong_state"]


@pytest.mark.parametrize("wanted", ["draft", "reviewed", "noticed", "published"])
def test_rounds_are_found_by_how_far_they_are(bank: Bank, diary: Diary, wanted: str) -> None:
    def found() -> list[Any]:
        path = f"/star-rounds?status={wanted}"
        return [one["status"] for one in bank.as_("supervisor").get(path).json["items"]]

    number = drafted(bank, diary)
    assert found() == ["draft"] * (wanted == "draft")
    review(bank, number)
    assert found() == ["reviewed"] * (wanted == "reviewed")
    hang(bank)
    assert found() == ["noticed"] * (wanted == "noticed")
    again = drafted(bank, diary)
    publish(bank, again)
    assert found() == [wanted] * (wanted in ("noticed", "published"))
