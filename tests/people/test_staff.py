"""Staff."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.core.problems import Refusal
from moralbank.people import staff, tokens
from tests.cast import PASSWORD, Bank, together
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


def hired(bank: Bank, name: str = "newcomer", **more: Any) -> str:
    """Take on a member of staff who is signed in as `name`; return their id."""
    made = bank.as_("admin").post("/staff", newcomer(bank, username=name, **more))
    assert made.status_code == 201, made.text
    enter(bank, name, "0123456789")
    number: str = made.json["id"]
    return number


def enter(bank: Bank, name: str, password: str) -> None:
    signed_in = bank.as_("public").post("/tokens", {"username": name, "password": password})
    assert signed_in.status_code == 201, signed_in.text
    bank.tokens[name] = signed_in.json["access_token"]


def usernames(bank: Bank, who: str, query: str = "") -> list[str]:
    answer = bank.as_(who).get(f"/staff{query}")
    assert answer.status_code == 200, answer.text
    return [one["username"] for one in answer.json["items"]]


def test_supervisors_see_who_works_within_their_reach(bank: Bank) -> None:
    everybody = ["admin", "supervisor", "second", "worker", "neighbour", "auditor"]
    assert usernames(bank, "admin") == everybody
    assert usernames(bank, "supervisor") == everybody[1:]
    assert usernames(bank, "supervisor", "?q=neigh") == ["neighbour"]
    hired(bank, "local", role="supervisor")
    assert usernames(bank, "local") == ["worker", "local"]
    problem(bank.as_("local").get(f"/staff/{bank.ids['neighbour']}"), 404)
    problem(bank.as_("local").get(f"/staff/{bank.ids['admin']}"), 404)
    found = bank.as_("local").get(f"/staff/{bank.ids['worker']}").json
    assert (found["organization"], found["active"]) == ("梧桐社区", True)
    assert "password" not in {name for name in found if name != "must_change_password"}


def test_another_role_and_place_count_at_once_and_a_name_signs_nobody_out(bank: Bank) -> None:
    number, admin = hired(bank), bank.as_("admin")
    assert admin.patch(f"/staff/{number}", {"display_name": "新名字"}).status_code == 200
    assert bank.as_("newcomer").get("/volunteers").status_code == 200
    changed = admin.patch(
        f"/staff/{number}", {"role": "auditor", "organization_id": bank.other_community_id}
    )
    assert (changed.status_code, changed.json["organization"]) == (200, "槐荫社区")
    problem(bank.as_("newcomer").get("/volunteers"), 401)
    enter(bank, "newcomer", "0123456789")
    assert bank.as_("newcomer").get("/volunteers").json["items"] == []
    body = {"name": "周", "phone": "13900000077", "community_id": bank.other_community_id}
    problem(bank.as_("newcomer").post("/volunteers", body), 403, "forbidden")


def test_a_new_password_is_shown_once_and_has_to_be_changed(bank: Bank) -> None:
    number = hired(bank)
    given = bank.as_("admin").post(f"/staff/{number}/password")
    assert given.status_code == 201
    problem(bank.as_("newcomer").get("/volunteers"), 401)
    old = {"username": "newcomer", "password": "0123456789"}
    problem(bank.as_("public").post("/tokens", old), 401)
    enter(bank, "newcomer", given.json["password"])
    mine = bank.as_("newcomer")
    problem(mine.get("/volunteers"), 403, "password_due")
    assert mine.get("/public/summary").status_code == 200
    short = {"old_password": given.json["password"], "new_password": "123456789"}
    found = problem(mine.call("PUT", "/staff/current/password", short), 422)
    assert found["errors"].keys() == {"new_password"}
    same = {**short, "new_password": given.json["password"]}
    problem(mine.call("PUT", "/staff/current/password", same), 422)
    good = {**short, "new_password": "a good long one"}
    assert mine.call("PUT", "/staff/current/password", good).status_code == 204
    assert mine.get("/volunteers").status_code == 200
    enter(bank, "newcomer", "a good long one")
    assert bank.as_("newcomer").get("/volunteers").status_code == 200


def test_who_is_stopped_is_out_at_once_and_stays_on_record(bank: Bank) -> None:
    number, admin = hired(bank), bank.as_("admin")
    stopped = admin.post(f"/staff/{number}/stopping")
    assert (stopped.status_code, stopped.json["active"]) == (200, False)
    problem(bank.as_("newcomer").get("/volunteers"), 401)
    body = {"username": "newcomer", "password": "0123456789"}
    problem(bank.as_("public").post("/tokens", body), 401, "bad_credentials")
    assert "newcomer" in usernames(bank, "admin")
    assert admin.post(f"/staff/{number}/return").json["active"] is True
    enter(bank, "newcomer", "0123456789")


def test_nobody_changes_or_stops_themselves(bank: Bank) -> None:
    admin, own = bank.as_("admin"), f"/staff/{bank.ids['admin']}"
    for refused in (
        admin.patch(own, {"role": "worker"}),
        admin.post(f"{own}/stopping"),
        admin.post(f"{own}/password"),
        admin.post(f"{own}/return"),
    ):
        problem(refused, 403, "forbidden")
    assert admin.get(own).json["role"] == "admin"


def test_an_admin_of_a_place_reaches_nobody_above_or_beside_it(bank: Bank) -> None:
    hired(bank, "local", role="admin")
    local = bank.as_("local")
    for name in ("admin", "supervisor", "neighbour"):
        path = f"/staff/{bank.ids[name]}"
        problem(local.patch(path, {"role": "auditor"}), 404)
        for step in ("stopping", "password", "return"):
            problem(local.post(f"{path}/{step}"), 404)
    own = f"/staff/{bank.ids['worker']}"
    problem(local.patch(own, {"organization_id": bank.district_id}), 404)
    problem(local.patch(own, {"organization_id": None}), 403, "forbidden")
    assert local.patch(own, {"organization_id": bank.station_id}).status_code == 200


def test_the_last_admin_of_the_whole_bank_stays(bank: Bank) -> None:
    """Of two who stop each other at the same moment one does, and is the one that is left."""
    number = hired(bank, "other", role="admin", organization_id=None)
    answers = together(
        [
            lambda: bank.as_("other").post(f"/staff/{bank.ids['admin']}/stopping"),
            lambda: bank.as_("admin").post(f"/staff/{number}/stopping"),
        ]
    )
    done = sorted(answer.status_code for answer in answers)
    assert done in ([200, 401], [200, 409]), done
    with bank.inside():
        left = staff.list_staff(system("test"), limit=50).items
        stays = [one for one in left if one.role == "admin" and one.active]
        assert len(stays) == 1
        last, command = stays[0].id, system("test")
        with pytest.raises(Refusal, match="last_admin"):
            staff.stop(command, last)
        for changes in ({"role": "worker"}, {"organization_id": bank.district_id}):
            with pytest.raises(Refusal, match="last_admin"):
                staff.change(command, last, **changes)


def test_the_old_password_cannot_be_guessed_at_somebodys_open_desk(bank: Bank) -> None:
    bank.app.config["RATELIMIT_ENABLED"] = True
    mine, guess = bank.as_("worker"), {"new_password": "a good long one"}
    for number in range(10):
        body = {**guess, "old_password": f"wrong {number}"}
        found = problem(mine.call("PUT", "/staff/current/password", body), 422)
        assert found["errors"].keys() == {"old_password"}
    right = {**guess, "old_password": PASSWORD}
    problem(mine.call("PUT", "/staff/current/password", right), 429, "too_many_requests")


def test_one_sees_and_ends_ones_own_sign_ins(bank: Bank) -> None:
    first = bank.as_("worker")
    enter(bank, "worker", PASSWORD)
    here = bank.as_("worker")
    found = here.get("/tokens").json["items"]
    assert sorted(one["current"] for one in found) == [False, True]
    other = next(one["id"] for one in found if not one["current"])
    problem(bank.as_("li").call("DELETE", f"/tokens/{other}"), 404)
    problem(bank.as_("supervisor").call("DELETE", f"/tokens/{other}"), 404)
    assert here.call("DELETE", f"/tokens/{other}").status_code == 204
    problem(first.get("/tokens"), 401)
    assert [one["current"] for one in here.get("/tokens").json["items"]] == [True]
    assert [one["current"] for one in bank.as_("li").get("/tokens").json["items"]] == [True]


def test_a_sign_in_of_staff_ends_when_it_lies_unused(bank: Bank) -> None:
    begun = clock.now()
    for minutes in (90, 180):  # used each time before two hours are over
        with clock.at(begun + timedelta(minutes=minutes)):
            assert bank.as_("worker").get("/tokens").status_code == 200
    with clock.at(begun + timedelta(minutes=180) + tokens.IDLE + timedelta(seconds=1)):
        problem(bank.as_("worker").get("/tokens"), 401)
        assert bank.as_("li").get("/tokens").status_code == 200
        assert bank.as_("till").get("/goods").status_code == 200
