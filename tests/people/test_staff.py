"""Staff."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import PASSWORD, Bank
from tests.core.problems import problem


def newcomer(bank: Bank, **more: Any) -> dict[str, Any]:
    return {
        "username": "newcomer",
        "password": "0123456789",
        "display_name": "新来的",
        "role": "worker",
        "organization_id": bank.community_id,
        **more,
    }


def test_an_admin_takes_on_staff_who_reach_their_own_place(bank: Bank) -> None:
    answer = bank.as_("admin").post("/staff", newcomer(bank, volunteer_id=bank.zhao.id))
    assert answer.status_code == 201
    assert answer.json["volunteer_id"] == bank.zhao.id
    assert "password" not in answer.text
    signed_in = bank.as_("public").post(
        "/tokens", {"username": "newcomer", "password": "0123456789"}
    )
    bank.tokens["newcomer"] = signed_in.json["access_token"]
    caller = bank.as_("newcomer")
    assert caller.get(f"/organizations/{bank.community_id}").status_code == 200
    problem(caller.get(f"/organizations/{bank.other_community_id}"), 404)
    # Their own account is for a colleague to change.
    problem(caller.patch(f"/volunteers/{bank.zhao.id}", {"name": "赵大"}), 403, "forbidden")


def test_a_username_is_taken_once_in_any_case(bank: Bank) -> None:
    admin = bank.as_("admin")
    problem(admin.post("/staff", newcomer(bank, username="WORKER")), 409, "username_taken")


@pytest.mark.parametrize("password", ["123456789", "", "x" * 201, "half \ud800 a character"])
def test_a_password_that_will_not_do(bank: Bank, password: str) -> None:
    found = problem(bank.as_("admin").post("/staff", newcomer(bank, password=password)), 422)
    assert found["errors"].keys() == {"password"}


@pytest.mark.parametrize("password", ["          ", "密码密码密码密码密码", "a\tb\nc d e f g"])
def test_ten_characters_are_the_only_rule(bank: Bank, password: str) -> None:
    assert bank.as_("admin").post("/staff", newcomer(bank, password=password)).status_code == 201
    signed_in = bank.as_("public").post("/tokens", {"username": "newcomer", "password": password})
    assert signed_in.status_code == 201


def test_nobody_else_takes_on_staff(bank: Bank) -> None:
    for who in ("supervisor", "worker", "auditor", "till", "li"):
        problem(bank.as_(who).post("/staff", newcomer(bank)), 403, "forbidden")


def test_an_admin_of_a_district_gives_no_more_than_they_have(bank: Bank) -> None:
    admin = bank.as_("admin")
    body = newcomer(bank, username="local", role="admin", organization_id=bank.community_id)
    assert admin.post("/staff", body).status_code == 201
    token = bank.as_("public").post("/tokens", {"username": "local", "password": "0123456789"})
    bank.tokens["local"] = token.json["access_token"]
    local = bank.as_("local")
    assert local.post("/staff", newcomer(bank)).status_code == 201
    elsewhere = newcomer(bank, username="x", organization_id=bank.other_community_id)
    problem(local.post("/staff", elsewhere), 404, "not_found")
    everywhere = newcomer(bank, username="x", organization_id=None)
    problem(local.post("/staff", everywhere), 403, "forbidden")
    assert bank.as_("public").post(
        "/tokens", {"username": "admin", "password": PASSWORD}
    ).status_code == 201  # fmt: skip
