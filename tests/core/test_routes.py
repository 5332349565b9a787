"""Every route says who may call it, and keeps to that."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType

import pytest
from flask import Flask
from werkzeug.routing import Rule

import moralbank
from moralbank.core import policy
from moralbank.core.openapi import PREFIX
from tests.cast import Answer, Bank
from tests.core.examples import examples
from tests.core.problems import problem

OPEN = {
    "/api/docs",
    "/api/v1/openapi.json",
    "/favicon.ico",
    "/healthz",
    "/metrics",  # for whoever brings its token
    "/readyz",
    "/static/<path:filename>",
}
"""The routes that have no action: nothing is done there, and everybody may read them."""

CAST = {
    "admin": "admin",
    "supervisor": "supervisor",
    "worker": "worker",
    "auditor": "auditor",
    "terminal": "till",
    "volunteer": "li",
}
"""Role → who of the cast has it."""


def rules(app: Flask, *, under: str = "/") -> Iterator[tuple[Rule, str]]:
    """Every route with its methods, but for those that Flask adds to each."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.rule.startswith(under):
                yield rule, method


def action_of(app: Flask, rule: Rule) -> str | None:
    return getattr(app.view_functions[rule.endpoint], "action", None)


def test_every_list_goes_on_page_by_page(bank: Bank) -> None:
    for name, example in sorted(examples(bank).items(), key=lambda item: "/cards" in item[0]):
        bank.as_(example.who).call(name.split()[0], example.path, example.body, key=name)
    admin, longest = bank.as_("admin"), 0
    for rule, method in rules(bank.app, under=PREFIX):
        if method != "GET" or rule.arguments:
            continue
        path, cursor, pages = rule.rule.removeprefix(PREFIX), None, 0
        while pages < 5:
            more = f"&cursor={cursor}" if cursor else ""
            answer = admin.get(f"{path}?limit=1{more}")
            assert answer.status_code < 500, f"{path}, page {pages + 1}"
            cursor = answer.json.get("next") if answer.status_code == 200 else None
            pages += 1
            if cursor is None:
                break
        longest = max(longest, pages)
    assert longest == 5


def path_of(rule: Rule) -> str:
    """The rule's path, with ids that nothing has."""
    return re.sub(r"<[^>]+>", "0" * 16, rule.rule)


@pytest.mark.engine("sqlite")
def test_every_route_says_its_action_or_is_open_to_all(app: Flask) -> None:
    silent = {rule.rule for rule, _method in rules(app) if action_of(app, rule) is None}
    assert silent == OPEN
    assert {action_of(app, rule) for rule, _method in rules(app)} - {None} <= policy.MAY.keys()


def modules() -> Iterator[ModuleType]:
    """The rooms' modules that hold use cases: not their HTTP, HTML and command lines."""
    for found in pkgutil.walk_packages(moralbank.__path__, "moralbank."):
        words = found.name.split(".")
        room, last = words[1], words[-1]
        above = room in ("core", "demo", "app", "rooms") or "pages" in words
        if not above and last.split("_")[-1] not in ("api", "pages"):
            yield importlib.import_module(found.name)


HELPERS = {
    "moralbank.events.awarding.taking_back.keep_written_off",
    "moralbank.events.changes.begin",
    "moralbank.events.changes.hands_of",
    "moralbank.events.changes.hold_within",
    "moralbank.events.changes.keep",
    "moralbank.events.changes.move",
    "moralbank.events.changes.record",
    "moralbank.events.codes.use_code",
    "moralbank.events.participants.join",
    "moralbank.events.participants.leave",
    "moralbank.events.checking.releasing.clear",
    "moralbank.events.checking.releasing.release_ready",
    "moralbank.events.requests.call_off",
    "moralbank.events.reach.check_reach",
    "moralbank.events.reach.place_of",
    "moralbank.events.reach.posting_place",
    "moralbank.events.requests.see",
    "moralbank.events.requests.take",
    "moralbank.events.series.follow",
    "moralbank.events.series.stop",
    "moralbank.desk.exporting.written",
    "moralbank.notices.ending.let_go",
    "moralbank.people.history.note",
    "moralbank.organizations.choices.communities",
    "moralbank.organizations.choices.places",
    "moralbank.organizations.choices.pools",
    "moralbank.organizations.choices.stations",
    "moralbank.organizations.choices.supermarkets",
    "moralbank.organizations.choices.teams",
    "moralbank.organizations.operations.find",
    "moralbank.organizations.operations.find_community",
    "moralbank.organizations.operations.own_station",
    "moralbank.organizations.operations.works_for",
    "moralbank.market.selling.check_card",
    "moralbank.market.selling.hand_over",
    "moralbank.market.reservations.hold_open",
    "moralbank.people.presenting.check_pin",
    "moralbank.people.importing.import_roster",
    "moralbank.people.lapsing.expire",
    "moralbank.people.photos.shown_to",
    "moralbank.people.staff.find_staff",
    "moralbank.people.volunteers.find_volunteer",
    "moralbank.market.shelf.counts.ask_for_second",
    "moralbank.market.shelf.goods.find_goods",
    "moralbank.market.receipts.reachable",
    "moralbank.notices.operations.hold",
    "moralbank.notices.reading.find",
    "moralbank.market.relief.households.find_household",
    "moralbank.market.relief.households.refuse_own",
    "moralbank.upkeep.backup.back_up",
    "moralbank.upkeep.backup.restore",
    "moralbank.upkeep.scheduled.run",
}
"""Steps of use cases that are given the actor along: they look at reach, or only name the actor.
Reading a roster, the run that takes what has lapsed, backups and scheduled jobs check the role by
themselves, for they happen outside a transaction."""


def test_every_use_case_checks_the_role() -> None:
    bare = {
        f"{module.__name__}.{name}"
        for module in modules()
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and next(iter(inspect.signature(function).parameters), None) == "actor"
        and not hasattr(function, "action")
    }
    assert bare == HELPERS


@pytest.mark.engine("sqlite")
def test_every_action_of_the_table_is_asked_for_somewhere(app: Flask) -> None:
    used = {action_of(app, rule) for rule, _method in rules(app)} | {
        getattr(function, "action", None)
        for module in modules()
        for _name, function in inspect.getmembers(module, inspect.isfunction)
    }
    assert policy.MAY.keys() - used == {"bank.back_up", "bank.restore"}  # commands ask for them


def send(bank: Bank, who: str, rule: Rule, method: str) -> Answer:
    caller = bank.as_(who)
    return caller.call(method, path_of(rule).removeprefix(PREFIX), key="any")


def test_each_role_may_do_what_the_table_says_and_no_more(bank: Bank) -> None:
    wrong = []
    for rule, method in rules(bank.app, under=PREFIX):
        action = action_of(bank.app, rule)
        if action is None or action == "tokens.end":  # would sign the cast out: see below
            continue
        for role, who in CAST.items():
            response = send(bank, who, rule, method)
            refused = response.status_code == 403 and response.json["code"] == "forbidden"
            if refused == (role in policy.MAY[action]) or response.status_code >= 500:
                wrong.append((method, rule.rule, role, response.status_code, response.text))
            if refused:
                problem(response, 403, "forbidden")
    assert wrong == []


def test_everybody_who_is_signed_in_may_sign_out(bank: Bank) -> None:
    for who in CAST.values():
        caller = bank.as_(who)
        assert caller.call("DELETE", "/tokens/current").status_code == 204
        problem(caller.call("DELETE", "/tokens/current"), 401, "unauthorized")


@pytest.mark.parametrize(
    "authorization",
    [None, "Bearer nonsense", "Bearer ", "Bearer", "Basic YWRtaW46YWRtaW4=", "", "Bearer \u00ff"],
)
def test_without_a_good_token_nothing_else_is_looked_at(
    app: Flask, authorization: str | None
) -> None:
    """401 comes before the body, the key and the id; the public's routes need no token, but a bad
    one is refused there too."""
    headers = {"Idempotency-Key": "\t", "Content-Type": "text/plain"}
    if authorization is not None:
        headers["Authorization"] = authorization
    for rule, method in rules(app, under=PREFIX):
        action = action_of(app, rule)
        if action is None or (authorization is None and "public" in policy.MAY[action]):
            continue
        path = re.sub(r"<[^>]+>", "%00", rule.rule)
        response = app.test_client().open(
            f"{path}?limit=no", method=method, data=b"{\xff", headers=headers
        )
        problem(response, 401, "unauthorized")
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_role_is_looked_at_before_the_body_and_the_key(bank: Bank) -> None:
    headers = {"Authorization": f"Bearer {bank.tokens['li']}", "Content-Type": "text/plain"}
    for rule, method in rules(bank.app, under=PREFIX):
        action = action_of(bank.app, rule)
        if action is None or "volunteer" in policy.MAY[action]:
            continue
        response = bank.app.test_client().open(
            path_of(rule), method=method, data=b"{\xff", headers=headers
        )
        problem(response, 403, "forbidden")
