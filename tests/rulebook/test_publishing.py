"""Publishing a version of the rulebook."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from moralbank.core import clock
from moralbank.rulebook.operations import last_days, version_in_force
from tests.cast import Bank, bank, together

__all__ = ["bank"]


def document(bank: Bank) -> dict[str, Any]:
    found: dict[str, Any] = bank.as_("admin").get("/rulebooks/1").json["document"]
    return found


def test_a_change_never_reaches_back(bank: Bank) -> None:
    sent = {"effective_from": "2020-01-01", "document": document(bank)}
    made = bank.as_("admin").post("/rulebooks", sent)
    with bank.app.app_context():
        today, later = clock.today(), clock.today() + timedelta(days=40)
    assert (made.status_code, made.json["version"]) == (201, 2)
    assert made.json["effective_from"] == today.isoformat()
    sent["effective_from"] = later.isoformat()
    assert bank.as_("admin").post("/rulebooks", sent).json["effective_from"] == later.isoformat()


def test_faults_of_the_date_and_of_the_document_are_told_together(bank: Bank) -> None:
    wrong = document(bank)
    wrong["service_items"][3]["points"] = "-1"
    sent = {"effective_from": "2027-02-30", "document": wrong}
    answer = bank.as_("admin").post("/rulebooks", sent)
    assert answer.status_code == 422
    assert set(answer.json["errors"]) == {"effective_from", "document"}
    assert "points" in answer.json["errors"]["document"]["service_items"]["3"]
    assert len(bank.as_("admin").get("/rulebooks").json["items"]) == 1


def test_two_who_publish_at_once_get_two_versions(bank: Bank) -> None:
    sent = {"effective_from": "2027-01-01", "document": document(bank)}
    made = together([lambda: bank.as_("admin").post("/rulebooks", sent) for _who in range(6)])
    assert {answer.status_code for answer in made} == {201}
    assert sorted(answer.json["version"] for answer in made) == [2, 3, 4, 5, 6, 7]


def test_an_announced_version_begins_though_another_was_published_since(bank: Bank) -> None:
    """The latest date that has come decides, and of one date the highest version; what tells when
    points lapse goes by the same."""
    never = document(bank)
    short = {**never, "expiry": {"rule": "months", "months": 1}}
    with bank.inside():
        today = clock.today()
        soon, later = today + timedelta(days=10), today + timedelta(days=40)
    for begins, sent in ((later, short), (soon, never), (soon, never), (today, never)):
        body = {"effective_from": begins.isoformat(), "document": sent}
        answer = bank.as_("admin").post("/rulebooks", body)
        assert answer.status_code == 201, answer.text
    with bank.inside():
        days = (today - timedelta(days=1), today, soon, later - timedelta(days=1), later)
        assert [version_in_force(day) for day in days] == [1, 5, 4, 4, 2]
        lapse = last_days()
        assert lapse is not None
        assert [lapse(day) is None for day in days] == [True, True, True, True, False]
