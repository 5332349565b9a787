"""Objections: anybody may make one, nobody in public learns who did."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from moralbank.core import clock
from moralbank.core.db import session
from moralbank.notices.models import Objection
from tests.cast import Bank
from tests.notices.conftest import OBJECTION, Wall


@pytest.fixture
def notice(bank: Bank, wall: Wall) -> dict[str, Any]:
    """A posted notice with one line, of 李秋兰."""
    wall.diary.errand(bank.li.id)
    return wall.post()


def decide(bank: Bank, notice: dict[str, Any], number: str, **words: Any) -> Any:
    body = {"upheld": True, "reason": "查实多记一次,已更正"} | words
    return bank.as_("supervisor").post(
        f"/notices/{notice['id']}/objections/{number}/decision", body
    )


def test_an_objection_is_made_decided_and_posted(
    bank: Bank, wall: Wall, notice: dict[str, Any]
) -> None:
    made = wall.object_to(notice["id"], line_no=1)
    assert made.status_code == 201
    assert made.json["status"] == "open"
    assert not set(made.json) & {"name", "contact", "reason"}
    assert wall.read(notice["id"])["objections"] == []
    [seen] = bank.as_("supervisor").get(f"/notices/{notice['id']}/objections").json["items"]
    assert {name: seen[name] for name in OBJECTION} == OBJECTION
    assert decide(bank, notice, made.json["id"]).json["status"] == "upheld"
    whole = wall.read(notice["id"])
    assert whole["objections"] == [
        {
            "id": made.json["id"],
            "line_no": 1,
            "status": "upheld",
            "reason": "查实多记一次,已更正",
            "decided_on": "2026-08-15",
        }
    ]
    again = decide(bank, notice, made.json["id"], upheld=False)
    assert (again.status_code, again.json["code"]) == (409, "wrong_state")
    assert {**whole, "objections": []} == notice


def test_who_objects_is_encrypted_and_never_public(
    bank: Bank, wall: Wall, notice: dict[str, Any]
) -> None:
    made = wall.object_to(notice["id"])
    decide(bank, notice, made.json["id"])
    with bank.inside():
        [row] = session().scalars(select(Objection)).all()
        stored = f"{row.name} {row.contact} {row.reason}"
    public = bank.app.test_client().get(f"/notices/{notice['id']}").text
    public += bank.as_("public").get(f"/notices/{notice['id']}").text
    for secret in OBJECTION.values():
        assert secret not in stored
        assert secret not in public


def test_the_list_with_names_is_a_supervisor_s(bank: Bank, notice: dict[str, Any]) -> None:
    path = f"/notices/{notice['id']}/objections"
    assert bank.as_("public").get(path).status_code == 401
    for who in ("worker", "auditor", "li", "till"):
        assert bank.as_(who).get(path).status_code == 403


def test_a_line_must_be_there(wall: Wall, notice: dict[str, Any]) -> None:
    for line_no in (2, 0, -1, 10**9, "1", 1.0):
        answer = wall.object_to(notice["id"], line_no=line_no)
        assert answer.status_code == 422
        assert "line_no" in answer.json["errors"]


@pytest.mark.parametrize("missing", ["name", "contact", "reason"])
def test_name_contact_and_reason_are_needed(
    wall: Wall, notice: dict[str, Any], missing: str
) -> None:
    for bad in ("", "   ", None, 5, "长" * 1001, "a\x00b"):
        answer = wall.object_to(notice["id"], **{missing: bad})
        assert answer.status_code == 422
        assert missing in answer.json["errors"]


def test_only_while_it_hangs(bank: Bank, wall: Wall, notice: dict[str, Any]) -> None:
    assert wall.object_to(wall.draft()).status_code == 404
    assert wall.object_to("nothing").status_code == 404
    own = bank.as_("supervisor").post(f"/notices/{wall.draft()}/objections", OBJECTION)
    assert (own.status_code, own.json["code"]) == (409, "wrong_state")
    late = wall.object_to(wall.post(days=0)["id"])
    assert (late.status_code, late.json["code"]) == (409, "wrong_state")
    with clock.at(datetime(2026, 8, 21, 15, 59, tzinfo=UTC)):
        assert wall.object_to(notice["id"]).status_code == 201
    with clock.at(datetime(2026, 8, 21, 16, 0, tzinfo=UTC)):
        assert wall.object_to(notice["id"]).status_code == 409


def test_decisions_belong_to_their_notice(bank: Bank, wall: Wall, notice: dict[str, Any]) -> None:
    number = wall.object_to(notice["id"]).json["id"]
    other = wall.post()
    assert decide(bank, other, number).status_code == 404
    assert decide(bank, notice, "nothing").status_code == 404
    assert decide(bank, notice, number, reason="").status_code == 422
    for who in ("public", "worker", "li"):
        answer = bank.as_(who).post(
            f"/notices/{notice['id']}/objections/{number}/decision",
            {"upheld": True, "reason": "x"},
        )
        assert answer.status_code == (401 if who == "public" else 403)


@pytest.mark.parametrize(
    "reason",
    [
        "孟庆祥说得对",
        "打 136 1234-0000 问过",
        "１３６１２３４００００ 已核对",
        "已电话 13900001111 核实",
    ],
)
def test_a_decision_does_not_tell_who_objected(
    bank: Bank, wall: Wall, notice: dict[str, Any], reason: str
) -> None:
    number = wall.object_to(notice["id"]).json["id"]
    refused = decide(bank, notice, number, reason=reason)
    assert (refused.status_code, set(refused.json["errors"])) == (422, {"reason"})
    assert wall.read(notice["id"])["objections"] == []
    assert decide(bank, notice, number, reason="已核对 2026 年 8 月的记录").status_code == 200


def test_one_address_can_object_thirty_times(
    bank: Bank, wall: Wall, notice: dict[str, Any]
) -> None:
    bank.app.config["RATELIMIT_ENABLED"] = True
    codes = [wall.object_to(notice["id"]).status_code for _time in range(31)]
    assert codes == [201] * 30 + [429]
    refused = wall.object_to(notice["id"])
    assert refused.json["code"] == "too_many_requests"
    assert int(refused.headers["Retry-After"]) <= 600
    with clock.at(datetime(2026, 8, 15, 4, 11, tzinfo=UTC)):
        assert wall.object_to(notice["id"]).status_code == 201
