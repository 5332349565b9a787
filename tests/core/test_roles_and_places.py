"""Every role against every route, and every route against somebody of another district.

Who may not is refused, and nothing changes; who may is never refused for the role's sake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from moralbank.core import policy
from moralbank.core.actor import system
from moralbank.core.db import db
from moralbank.core.openapi import PREFIX
from moralbank.market import terminals
from moralbank.organizations import operations as organizations
from moralbank.people import sign_in, staff
from tests.cast import PASSWORD, Bank
from tests.core.examples import Example, examples
from tests.core.snapshot import snapshot
from tests.core.test_routes import CAST, action_of, path_of, rules

STAFF = ("admin", "supervisor", "worker", "auditor")
BY_ROLE = "您的角色不能做这件事。"
"""What a refusal says that is for the role's sake, and no other."""
NOT_TRIED = {"/sign-out", "/account/sign-ins/end", "/me/card/block"}
"""They end the sign-ins that the test goes on with."""


@dataclass
class Tried:
    """One call, and how it was answered."""

    role: str
    method: str
    rule: str
    answer: TestResponse

    @property
    def refused(self) -> bool:
        """Whether it was refused for the role's sake, or led to a sign-in."""
        if self.answer.status_code in (302, 303):
            return self.answer.location.startswith(("/sign-in", "/terminal/enrol?"))
        if self.answer.status_code == 401:
            return True
        return self.answer.status_code == 403 and BY_ROLE in self.answer.get_data(as_text=True)

    def __str__(self) -> str:
        return f"{self.role} {self.method} {self.rule}: {self.answer.status}"


def pages(bank: Bank) -> Iterator[tuple[Rule, str, str]]:
    """Every page's route with its method and its action."""
    for rule, method in rules(bank.app):
        action = action_of(bank.app, rule)
        if action and not rule.rule.startswith(PREFIX) and rule.rule not in NOT_TRIED:
            yield rule, method, action


def try_page(bank: Bank, role: str, rule: Rule, method: str) -> Tried:
    """Open a page, or send its form without any field, as somebody of a role, signed in where the
    page looks."""
    client = bank.app.test_client()
    kind = getattr(bank.app.blueprints[rule.endpoint.partition(".")[0]], "signs_in", "person")
    if role != "public":
        with client.session_transaction() as kept:
            kept[kind] = bank.tokens[CAST[role]]
    data = {"csrf_token": csrf_token(client)} if method == "POST" else {}
    return Tried(role, method, rule.rule, client.open(path_of(rule), method=method, data=data))


def csrf_token(client: FlaskClient) -> str:
    """The token that a form has to bring along."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/verify").text)
    assert found is not None
    return found[1]


def test_every_role_against_every_page(bank: Bank) -> None:
    before, wrong = snapshot(bank), []
    allowed = []
    for rule, method, action in pages(bank):
        for role in (*CAST, "public"):
            if role in policy.MAY[action]:
                allowed.append((role, rule, method))
                continue
            tried = try_page(bank, role, rule, method)
            if not tried.refused:
                wrong.append(f"may not: {tried}")
    assert snapshot(bank) == before
    for role, rule, method in allowed:
        tried = try_page(bank, role, rule, method)
        if tried.refused or tried.answer.status_code >= 500:
            wrong.append(f"may: {tried}")
    assert not wrong, "\n".join(wrong)


def test_who_may_not_call_the_api_changes_nothing(bank: Bank) -> None:
    """With bodies that would do, from somebody whose role will not."""
    made = examples(bank)
    before, wrong = snapshot(bank), []
    for name, example in made.items():
        method, rule = name.split()[:2]
        [action] = {
            action_of(bank.app, known)
            for known, its_method in rules(bank.app, under=PREFIX)
            if (its_method, known.rule) == (method, f"{PREFIX}{rule}")
        }
        assert action is not None
        for role, who in {**CAST, "public": "public"}.items():
            if role in policy.MAY[action]:
                continue
            answer = bank.as_(who).call(method, example.path, example.body, key="any")
            wanted = 401 if role == "public" else 403
            if answer.status_code != wanted:
                wrong.append((role, name, answer.status_code, answer.text))
    assert not wrong, "\n".join(map(str, wrong))
    assert snapshot(bank) == before


def employ_elsewhere(bank: Bank) -> None:
    """Make another district with everything that a role may work for there: "far-admin" and so
    on, and "far-terminal"."""
    actor = system("cast")
    with bank.inside():
        district = organizations.create(actor, name="远山区", level="district", parent_id=None).id
        community = organizations.create(
            actor, name="远山社区", level="community", parent_id=district
        ).id
        shop = organizations.create(
            actor, name="远山超市", level="supermarket", parent_id=community
        ).id
        for role in STAFF:
            name = f"far-{role}"
            staff.create(
                actor, username=name, password=PASSWORD, display_name=name, role=role,
                organization_id=district,
            )  # fmt: skip
            token = sign_in.sign_in_staff(actor, username=name, password=PASSWORD)
            bank.tokens[name] = token.access_token
        till = terminals.create(actor, supermarket_id=shop, name="远山")
        assert till.token is not None
        bank.tokens["far-terminal"] = till.token


TABLES = {
    "adjustment_id": "adjustments", "ask_id": "asks", "card_id": "cards",
    "certificate_id": "certificates", "count_id": "stock_counts", "delegate_id": "delegates",
    "donation_id": "donations", "event_id": "service_events", "flag_id": "flags",
    "goods_id": "goods", "household_id": "households", "notice_id": "notices",
    "objection_id": "objections", "organization_id": "organizations", "pairing_id": "pairings",
    "price_id": "goods_prices", "record_id": "conduct_records", "redemption_id": "redemptions",
    "relief_id": "reliefs", "reservation_id": "reservations", "round_id": "star_rounds",
    "shop_id": "organizations WHERE level = 'supermarket'", "staff_id": "staff",
    "supermarket_id": "organizations WHERE level = 'supermarket'", "terminal_id": "terminals",
    "volunteer_id": "volunteers", "wait_id": "waits",
}  # fmt: skip
"""Which rows the ids in a path are of."""
EVERYBODYS = {
    "notices.read", "organizations.read/terminal", "public.read", "objections.make", "tokens.own",
    "receipts.show", "events.rate",
}  # fmt: skip
"""Actions that concern what everybody may see, or only what is one's own."""


def first_ids(bank: Bank) -> dict[str, str]:
    found = {}
    with bank.inside(), db.engine.connect() as connection:
        for name, table in TABLES.items():
            order = "ORDER BY id LIMIT 1"
            number = connection.scalar(text(f"SELECT id FROM {table} {order}"))
            if number is not None:
                found[name] = str(number)
    return found


def test_somebody_of_another_district_reaches_nothing(bank: Bank) -> None:
    """Every route whose address names something, called by each role of staff, or by a till, of
    another district, whose role may do it at home."""
    made = examples(bank)
    for name, example in sorted(made.items(), key=lambda item: "/cards" in item[0]):
        if name.startswith("POST") and "/households" not in name:
            bank.as_(example.who).call("POST", example.path, example.body, key=name)
    employ_elsewhere(bank)
    ids, wrong, tried = first_ids(bank), [], 0
    before = snapshot(bank)
    for rule, method in rules(bank.app):
        action = action_of(bank.app, rule)
        named = set(re.findall(r"<(\w+)>", rule.rule))
        if not action or action in EVERYBODYS or not named & TABLES.keys():
            continue
        path = re.sub(r"<(\w+)>", lambda found: ids.get(found[1], "x"), rule.rule)
        path = path.replace("/books/x.x", "/books/2026-07.pdf")
        path += "?period=2026-07" if "/books" in path else ""
        for role in (*STAFF, "terminal"):
            elsewhere = signs_in(bank, rule) not in (None, role == "terminal")
            if role not in policy.MAY[action] or elsewhere or f"{action}/{role}" in EVERYBODYS:
                continue
            tried += 1
            said = stranger(bank, f"far-{role}", rule, method, path, made)
            # A form that lacks something is shown again; its twin in the API is sent whole.
            lacking = method == "POST" and not path.startswith(PREFIX) and said == 422
            if said not in (403, 404) and not lacking:
                wrong.append(f"{role} {method} {path} ({rule.rule}): {said}")
    assert tried > 400
    assert not wrong, "\n".join(wrong)
    assert snapshot(bank) == before


def signs_in(bank: Bank, rule: Rule) -> bool | None:
    """Whether a page is for a terminal's sign-in and not for people's; None for the API."""
    kind = getattr(bank.app.blueprints[rule.endpoint.partition(".")[0]], "signs_in", None)
    return None if kind is None else kind == "terminal"


def stranger(
    bank: Bank, who: str, rule: Rule, method: str, path: str, made: dict[str, Example]
) -> int:
    """Call a route as somebody from elsewhere; the status of the answer."""
    if path.startswith(PREFIX):
        example = made.get(f"{method} {rule.rule.removeprefix(PREFIX)}")
        body = example and example.body
        return bank.as_(who).call(method, path.removeprefix(PREFIX), body, key="far").status_code
    client = bank.app.test_client()
    with client.session_transaction() as kept:
        kept["terminal" if who == "far-terminal" else "person"] = bank.tokens[who]
    data = {"csrf_token": csrf_token(client)} if method == "POST" else {}
    return client.open(path, method=method, data=data, follow_redirects=True).status_code
