"""Who sees what a resident gave: whom it concerns, and nobody else."""

from __future__ import annotations

from typing import Any

from tests.cast import PASSWORD, Bank
from tests.desk.visitor import visit

RATING: dict[str, Any] = {"stars": 2, "channel": "phone", "comment": "等了很久"}


def rated(bank: Bank) -> str:
    """An errand that 李秋兰 and 赵春生 did for a resident, who was not content; its id."""
    worker = bank.as_("worker")
    body: dict[str, Any] = {
        "service_item": "home.shopping",
        "community_id": bank.community_id,
        "resident": {"name": "周桂花", "phone": "13700000001"},
    }
    number: str = worker.post("/service-events", body).json["id"]
    body = {
        "participants": [
            {"volunteer_id": one, "minutes": 60} for one in (bank.li.id, bank.zhao.id)
        ],
        "performed_at": "2026-07-01T09:30:00+08:00",
    }
    assert worker.post(f"/service-events/{number}/completion", body).status_code == 200
    answer = worker.post(f"/service-events/{number}/rating", RATING)
    assert answer.status_code == 200, answer.text
    return number


def test_who_did_it_sees_why_they_got_what_they_got_and_no_one_else_s(bank: Bank) -> None:
    number = rated(bank)
    for member, name in ((bank.li, "li"), (bank.zhao, "zhao")):
        answer = bank.as_(name).get(f"/service-events/{number}")
        [own] = answer.json["awards"]
        assert own["volunteer_id"] == member.id
        assert own["explanation"]
        assert RATING["comment"] not in answer.text


def test_another_volunteer_sees_nothing_of_it(bank: Bank) -> None:
    body = {
        "name": "林一",
        "phone": "13711110000",
        "community_id": bank.community_id,
        "publish_consent": True,
    }
    other = bank.as_("worker").post("/volunteers", body).json["id"]
    card = bank.as_("worker").post(f"/volunteers/{other}/cards", {"pin": "135790"}).json
    token = bank.as_("public").post("/tokens", {"card_code": card["code"], "pin": "135790"})
    bank.tokens["other"] = token.json["access_token"]
    number = rated(bank)
    assert bank.as_("other").get(f"/service-events/{number}").status_code == 404
    assert number not in bank.as_("other").get("/service-events").text


def test_staff_who_did_it_are_shown_no_rating(bank: Bank) -> None:
    account = {
        "username": "both",
        "password": PASSWORD,
        "display_name": "李秋兰",
        "role": "worker",
        "organization_id": bank.community_id,
        "volunteer_id": bank.li.id,
    }
    assert bank.as_("admin").post("/staff", account).status_code == 201
    token = bank.as_("public").post("/tokens", {"username": "both", "password": PASSWORD})
    bank.tokens["both"] = token.json["access_token"]
    number = rated(bank)
    seen = visit(bank, "worker").open(f"/staff/events/{number}").text
    assert RATING["comment"] in seen
    hidden = visit(bank, "both").open(f"/staff/events/{number}").text
    assert "李*兰" in hidden
    assert RATING["comment"] not in hidden
    assert "居民评价" not in hidden


def test_lists_of_errands_name_no_stars(bank: Bank) -> None:
    rated(bank)
    for who in ("worker", "auditor", "li"):
        [line] = bank.as_(who).get("/service-events").json["items"]
        assert not {"stars", "rating", "ratings", "awards", "explanation"} & set(line)
    for member in (bank.li, bank.zhao):
        answer = bank.as_("auditor").get(f"/volunteers/{member.id}/entries?asset=points")
        assert answer.status_code == 200
        assert "星" not in answer.text
