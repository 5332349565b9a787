"""Signing in and out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from moralbank.core import clock
from moralbank.core.db import db
from moralbank.core.pages import safe_next
from tests.cast import PASSWORD, Bank, together
from tests.core.problems import problem


def test_a_password_becomes_a_token(bank: Bank) -> None:
    answer = bank.as_("public").post("/tokens", {"username": "Worker", "password": PASSWORD})
    assert answer.status_code == 201
    assert answer.json.keys() == {"access_token", "token_type", "expires_at", "role"}
    assert (answer.json["token_type"], answer.json["role"]) == ("Bearer", "worker")
    bank.tokens["fresh"] = answer.json["access_token"]
    assert bank.as_("fresh").get("/volunteers").status_code == 200


def test_a_card_and_its_pin_become_a_token(bank: Bank) -> None:
    body = {"card_code": bank.li.code.lower(), "pin": bank.li.pin}
    answer = bank.as_("public").post("/tokens", body)
    assert (answer.status_code, answer.json["role"]) == (201, "volunteer")
    bank.tokens["fresh"] = answer.json["access_token"]
    assert bank.as_("fresh").get(f"/volunteers/{bank.li.id}/balance").json["points"] == "200"
    problem(bank.as_("fresh").get(f"/volunteers/{bank.zhao.id}/balance"), 404)


@pytest.mark.parametrize(
    "body",
    [
        {"username": "worker", "password": "wrong horse"},
        {"username": "nobody", "password": PASSWORD},
        {"username": "worker", "password": ""},
        {"card_code": "2" * 16, "pin": "1234"},
        {"card_code": "x", "pin": "1234"},
    ],
)
def test_wrong_is_wrong_and_says_no_more(bank: Bank, body: dict[str, str]) -> None:
    problem(bank.as_("public").post("/tokens", body), 401, "bad_credentials")


def test_half_a_pair_names_what_is_missing(bank: Bank) -> None:
    for body, named in (
        ({"username": "worker"}, {"password"}),
        ({"pin": "1234"}, {"card_code"}),
        ({"username": "worker", "password": PASSWORD, "pin": "1"}, {"pin"}),
        ({}, {"username", "password"}),
    ):
        found = problem(bank.as_("public").post("/tokens", body), 422)
        assert found["errors"].keys() == named


def test_wrong_pins_here_count_towards_the_cards_lock(bank: Bank) -> None:
    public, body = bank.as_("public"), {"card_code": bank.li.code, "pin": "0000"}
    for _try in range(3):
        problem(public.post("/tokens", body), 401, "bad_credentials")
    for _try in range(2):
        problem(bank.buy({bank.soap: 1}, pin="0000"), 403, "pin_wrong")
    problem(public.post("/tokens", {**body, "pin": bank.li.pin}), 401, "bad_credentials")
    problem(bank.buy({bank.soap: 1}), 403, "card_locked")


def test_a_token_ends_with_the_sign_out_and_with_time(bank: Bank) -> None:
    li = bank.as_("li")
    assert li.call("DELETE", "/tokens/current").status_code == 204
    problem(li.get("/goods"), 401, "unauthorized")
    with clock.at(clock.now() + timedelta(hours=13)):
        problem(bank.as_("worker").get("/goods"), 401, "unauthorized")
        assert bank.as_("till").get("/goods").status_code == 200


def test_tokens_and_passwords_are_not_in_the_database(bank: Bank) -> None:
    with bank.inside(), db.engine.connect() as connection:
        tokens = connection.execute(text("SELECT id FROM access_tokens")).scalars().all()
        hashes = connection.execute(text("SELECT password_hash FROM staff")).scalars().all()
    assert not set(bank.tokens.values()) & set(tokens)
    assert all(text_.startswith("$argon2id$") for text_ in hashes)


def test_too_many_tries_have_to_wait(bank: Bank) -> None:
    bank.app.config["RATELIMIT_ENABLED"] = True
    public, wrong = bank.as_("public"), {"username": "worker", "password": "wrong horse"}
    for _try in range(10):
        problem(public.post("/tokens", wrong), 401, "bad_credentials")
    for body in (wrong, {**wrong, "password": PASSWORD}):
        answer = public.post("/tokens", body)
        problem(answer, 429, "too_many_requests")
        wait = int(answer.headers["Retry-After"])
        assert 1 <= wait <= 300
    with clock.at(clock.now() + timedelta(seconds=301)):
        assert public.post("/tokens", {**wrong, "password": PASSWORD}).status_code == 201


def test_wrong_passwords_at_once_are_counted_exactly(bank: Bank) -> None:
    body = {"username": "worker", "password": "wrong horse"}
    together([lambda: bank.as_("public").post("/tokens", body)] * 6)
    with bank.inside(), db.engine.connect() as connection:
        tries = connection.execute(text("SELECT tries FROM failed_tries")).scalars().all()
    assert tries == [6, 6]  # of the name, and of the address


@pytest.mark.parametrize("what", ["revocation", "pin", "reissue"])
def test_a_lost_card_signs_nobody_in_any_longer(bank: Bank, what: str) -> None:
    body = {"card_code": bank.li.code, "pin": bank.li.pin}
    bank.tokens["thief"] = bank.as_("public").post("/tokens", body).json["access_token"]
    worker = bank.as_("worker")
    if what == "revocation":
        worker.post(f"/cards/{bank.li.card_id}/revocation")
    elif what == "pin":
        worker.call("PUT", f"/cards/{bank.li.card_id}/pin", {"pin": "8642"})
    else:
        worker.post(f"/volunteers/{bank.li.id}/cards", {"pin": "8642"})
    problem(bank.as_("thief").get(f"/volunteers/{bank.li.id}/balance"), 401)


@pytest.mark.parametrize(
    "target",
    ["//evil.test", "/\\evil.test", "/\t/evil.test", "/\r\nX: y", "https://evil.test", "/a\\b"],
)
def test_a_sign_in_leads_to_no_other_site(bank: Bank, target: str) -> None:
    with bank.app.test_request_context("/sign-in", query_string={"next": target}):
        assert safe_next("/me") == "/me"
    with bank.app.test_request_context("/sign-in", query_string={"next": "/staff?status=open"}):
        assert safe_next("/me") == "/staff?status=open"


def try_from(bank: Bank, address: str, username: str, password: str) -> int:
    """Sign in from an address; the status."""
    answer = bank.app.test_client().post(
        "/api/v1/tokens",
        json={"username": username, "password": password},
        environ_base={"REMOTE_ADDR": address},
    )
    return answer.status_code


def test_strangers_keep_nobody_out_of_their_own_office(bank: Bank) -> None:
    """Wrong passwords count against the network that they come from: from however many others
    somebody tries a name, its owner comes in from theirs, at once and all the time."""
    bank.app.config["RATELIMIT_ENABLED"] = True
    for network in range(20):
        tries = [try_from(bank, f"198.51.100.{network}", "worker", "wrong") for _time in range(11)]
        assert tries == [401] * 10 + [429]
    for sub in range(12):  # one line, many addresses of it
        last = try_from(bank, f"2001:db8:0:1::{sub:x}", "worker", "wrong")
    assert last == 429
    assert try_from(bank, "203.0.113.7", "worker", PASSWORD) == 201


def test_a_stranger_in_the_same_office_costs_minutes_and_signs_nobody_out(bank: Bank) -> None:
    bank.app.config["RATELIMIT_ENABLED"] = True
    for number in range(60):
        assert try_from(bank, "203.0.113.7", f"guess-{number}", "wrong") == 401
    assert try_from(bank, "203.0.113.7", "worker", PASSWORD) == 429
    assert bank.as_("worker").get("/volunteers").status_code == 200
    with clock.at(clock.now() + timedelta(seconds=301)):
        assert try_from(bank, "203.0.113.7", "worker", PASSWORD) == 201


def test_a_name_that_nobody_has_costs_as_much_as_one_that_somebody_has(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing tells them apart: each try is one hash of the same cost. No time is measured."""
    hashed: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, kept: str, password: str) -> bool:
        hashed.append(kept.rpartition("$")[0].rpartition("$")[0])
        return verify(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    bank.as_("admin").post(f"/staff/{bank.ids['second']}/stopping")
    for username in ("worker", "nobody", "second"):
        body = {"username": username, "password": "wrong horse"}
        problem(bank.as_("public").post("/tokens", body), 401, "bad_credentials")
    assert len(hashed) == 3
    assert len(set(hashed)) == 1
