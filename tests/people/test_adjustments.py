"""Corrections of a wallet."""

from __future__ import annotations

from typing import Any

from tests.cast import Bank, together
from tests.core.problems import problem
from tests.core.snapshot import snapshot


def correction(bank: Bank, amount: Any, asset: str = "points") -> dict[str, Any]:
    return {"volunteer_id": bank.li.id, "asset": asset, "amount": amount, "reason": "更正"}


def test_a_correction_moves_each_asset_in_its_own_unit(bank: Bank) -> None:
    supervisor = bank.as_("supervisor")
    for amount, asset in (("-0.5", "points"), ("3", "merit"), (90, "minutes"), (-30, "minutes")):
        answer = supervisor.post("/adjustments", correction(bank, amount, asset))
        assert (answer.status_code, answer.json["status"]) == (201, "posted")
        assert answer.json["amount"] == amount
    balance = bank.as_("li").get(f"/volunteers/{bank.li.id}/balance").json
    assert (balance["points"], balance["merit"], balance["minutes"]) == ("199.5", "3", 60)
    entries = bank.as_("li").get(f"/volunteers/{bank.li.id}/entries?asset=minutes").json["items"]
    assert [(entry["amount"], entry["balance_after"]) for entry in entries] == [(-30, 60), (90, 90)]
    assert {entry["reason"] for entry in entries} == {"更正"}


def test_above_ten_thousand_a_second_supervisor_is_asked(bank: Bank) -> None:
    supervisor, second = bank.as_("supervisor"), bank.as_("second")
    assert supervisor.post("/adjustments", correction(bank, "10000")).status_code == 201
    large = supervisor.post("/adjustments", correction(bank, "10000.01"), key="large")
    assert (large.status_code, large.json["status"]) == (202, "pending")
    assert bank.points(bank.li) == "10200"
    again = supervisor.post("/adjustments", correction(bank, "10000.01"), key="large")
    assert (again.status_code, again.json["id"]) == (202, large.json["id"])
    path = f"/adjustments/{large.json['id']}/approval"
    problem(supervisor.post(path), 403, "forbidden")
    problem(bank.as_("worker").post(path), 403, "forbidden")
    assert second.post(path).json["status"] == "posted"
    assert bank.points(bank.li) == "20200.01"
    problem(second.post(path), 409, "wrong_state")
    problem(second.post("/adjustments/0000000000000000/approval"), 404, "not_found")


def test_a_large_deduction_waits_too(bank: Bank) -> None:
    answer = bank.as_("supervisor").post("/adjustments", correction(bank, "-10000.01"))
    assert answer.status_code == 202
    path = f"/adjustments/{answer.json['id']}/approval"
    problem(bank.as_("second").post(path), 409, "insufficient_points")
    assert bank.points(bank.li) == "200"


def test_an_approval_is_raced_once(bank: Bank) -> None:
    large = bank.as_("supervisor").post("/adjustments", correction(bank, "20000")).json["id"]
    path = f"/adjustments/{large}/approval"
    answers = together([lambda: bank.as_("second").post(path)] * 4)
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert bank.points(bank.li) == "20200"


def test_more_than_there_is_cannot_be_taken(bank: Bank) -> None:
    before = snapshot(bank)
    answer = bank.as_("supervisor").post("/adjustments", correction(bank, "-200.01"))
    problem(answer, 409, "insufficient_points")
    assert snapshot(bank) == before


def test_nobody_corrects_their_own_account(bank: Bank) -> None:
    """Nor approves it: a supervisor who is a volunteer too."""
    body = {
        "username": "both",
        "password": "0123456789",
        "display_name": "两者",
        "role": "supervisor",
        "organization_id": bank.district_id,
        "volunteer_id": bank.li.id,
    }
    bank.as_("admin").post("/staff", body)
    signed_in = bank.as_("public").post("/tokens", {"username": "both", "password": "0123456789"})
    bank.tokens["both"] = signed_in.json["access_token"]
    problem(bank.as_("both").post("/adjustments", correction(bank, "1")), 403, "forbidden")
    large = bank.as_("supervisor").post("/adjustments", correction(bank, "20000")).json["id"]
    problem(bank.as_("both").post(f"/adjustments/{large}/approval"), 403, "forbidden")


def test_an_amount_is_in_its_assets_own_form(bank: Bank) -> None:
    for amount, asset in (
        ("90", "minutes"), (1.0, "minutes"), (90, "points"), ("0", "points"), (0, "minutes"),
        ("1000000.01", "points"), (10**9, "minutes"),
    ):  # fmt: skip
        answer = bank.as_("supervisor").post("/adjustments", correction(bank, amount, asset))
        assert problem(answer, 422)["errors"].keys() == {"amount"}


def test_many_hours_need_a_second_supervisor_as_many_points_do(bank: Bank) -> None:
    body = {"volunteer_id": bank.li.id, "asset": "minutes", "amount": 10_001, "reason": "旧账"}
    assert bank.as_("supervisor").post("/adjustments", body).status_code == 202
    assert (
        bank.as_("supervisor").post("/adjustments", {**body, "amount": 10_000}).status_code == 201
    )
    waiting = bank.as_("second").get("/adjustments?status=pending").json["items"]
    assert [(item["amount"], item["status"]) for item in waiting] == [(10_001, "pending")]
