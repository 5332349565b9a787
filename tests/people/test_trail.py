"""The audit trail: who did and saw what, read within one's reach, and never changed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from moralbank.core import clock
from moralbank.core.audit import AuditEntry
from moralbank.core.db import db
from moralbank.core.ids import first_id, id_at, new_id
from moralbank.core.transaction import transact
from moralbank.people import trail
from moralbank.people.access_words import action_words, subject_words
from tests.cast import PASSWORD, Bank
from tests.core.examples import asked_for, examples, household, open_event
from tests.core.problems import problem
from tests.people.test_staff import hired


def lines(bank: Bank, who: str = "admin", query: str = "") -> list[dict[str, Any]]:
    answer = bank.as_(who).get(f"/audit-entries?limit=200{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json["items"]
    return found


def actions(bank: Bank, who: str = "admin", query: str = "") -> list[str]:
    return [one["action"] for one in lines(bank, who, query)]


def test_who_saw_whom_is_a_line(bank: Bank) -> None:
    worker = bank.as_("worker")
    worker.get(f"/volunteers/{bank.li.id}")
    [seen] = lines(bank, query=f"&actor_id=staff:{bank.ids['worker']}")
    assert (seen["action"], seen["subject_id"]) == ("volunteers.see", bank.li.id)
    assert seen["account_no"] == bank.li.account_no
    assert seen["address"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("path", "action"),
    [
        ("/volunteers/{li}/entries", "volunteers.see"),
        ("/volunteers/{li}/delegates", "delegates.see"),
        ("/cards/{card}/qr.svg", "cards.see"),
        ("/service-events/{event}", "residents.see"),
        ("/asks", "asks.see"),
        ("/households", "households.see"),
    ],
)
def test_what_is_shown_of_people_is_a_line_each_time(bank: Bank, path: str, action: str) -> None:
    ids = {"li": bank.li.id, "card": bank.li.card_id, "event": open_event(bank)}
    asked_for(bank)
    household(bank)
    before = actions(bank).count(action)
    for many in (1, 2):
        answer = bank.as_("worker").get(path.format(**ids))
        assert answer.status_code == 200, answer.text
        assert actions(bank).count(action) == before + many


def test_lists_with_masked_phones_ones_own_and_what_is_not_shown_are_none(bank: Bank) -> None:
    before = len(lines(bank))
    assert bank.as_("worker").get("/volunteers").status_code == 200
    assert bank.as_("li").get(f"/volunteers/{bank.li.id}").status_code == 200
    assert bank.as_("auditor").get("/households").status_code == 200
    problem(bank.as_("neighbour").get(f"/volunteers/{bank.li.id}"), 404)
    assert len(lines(bank)) == before + 1  # the reading of the trail just before


def test_reading_the_trail_is_a_line_with_what_was_looked_for(bank: Bank) -> None:
    lines(bank, "auditor", f"&volunteer_id={bank.li.id}&action=cards.issue")
    [read] = lines(bank, query="&action=audit.read")[1:]
    assert (read["actor_name"], read["volunteer_id"]) == ("auditor", bank.li.id)
    assert read["detail"] == {"of": "cards.issue"}


@pytest.mark.parametrize("few", [trail.FEW_LINES, 0])
def test_nobody_reads_beyond_their_reach(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """Whether lines are looked up by their places or walked through."""
    monkeypatch.setattr(trail, "FEW_LINES", few)
    hired(bank, "far", role="auditor", organization_id=bank.other_community_id)
    hired(bank, "near", role="auditor")
    bank.as_("worker").get(f"/volunteers/{bank.li.id}")
    bank.as_("admin").get(f"/volunteers/{bank.li.id}")  # about somebody of 梧桐社区, whoever looks
    bank.as_("second").patch(f"/organizations/{bank.district_id}", {"leader": "高"})
    near = {(one["actor_name"], one["action"]) for one in lines(bank, "near")}
    assert {("worker", "volunteers.see"), ("admin", "volunteers.see")} <= near
    assert ("second", "organizations.change") not in near
    assert ("worker", "volunteers.see") not in {
        (one["actor_name"], one["action"]) for one in lines(bank, "far")
    }
    problem(bank.as_("far").get(f"/audit-entries?volunteer_id={bank.li.id}"), 404)
    assert ("second", "organizations.change") in {
        (one["actor_name"], one["action"]) for one in lines(bank, "auditor")
    }
    for who in ("supervisor", "worker", "li", "till"):
        problem(bank.as_(who).get("/audit-entries"), 403, "forbidden")


def test_days_actions_people_and_pages(bank: Bank) -> None:
    with bank.inside():
        today = clock.today()
    tomorrow = today + timedelta(days=1)
    with clock.at(clock.now() + timedelta(hours=1)):
        for _time in range(3):
            bank.as_("worker").get(f"/volunteers/{bank.zhao.id}")
    mine = f"&actor_id=staff:{bank.ids['worker']}"
    assert len(lines(bank, query=f"{mine}&since={today}&until={today}")) == 3
    assert lines(bank, query=f"{mine}&since={tomorrow}") == []
    assert lines(bank, query=f"{mine}&until={today - timedelta(days=1)}") == []
    assert len(lines(bank, query=f"&volunteer_id={bank.zhao.id}&action=volunteers.see")) == 3
    first = bank.as_("admin").get(f"/audit-entries?limit=2{mine}").json
    rest = bank.as_("admin").get(f"/audit-entries?limit=2{mine}&cursor={first['next']}").json
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [2, 1, None]
    ids = [one["id"] for one in first["items"] + rest["items"]]
    assert ids == sorted(ids, reverse=True)


def test_a_moment_and_the_ids_around_it(bank: Bank) -> None:
    with bank.inside():
        moment = clock.now() + timedelta(days=2)
        just_before = moment - timedelta(microseconds=1)
        made = [id_at(at) for at in (just_before, just_before, moment, moment, moment)]
        assert made == sorted(set(made))
        assert made[1] < id_at(moment)
        day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        assert id_at(day - timedelta(microseconds=1)) < first_id(day) <= id_at(day) < made[0]
        assert id_at(moment - timedelta(days=3)) < made[0]  # a clock that was ahead is no matter


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'nobody'",
        "UPDATE audit_entries SET place = ''",
        "UPDATE audit_entries SET volunteer_id = NULL",
        "DELETE FROM audit_entries",
    ],
)
def test_no_line_is_changed_or_taken_away(bank: Bank, statement: str) -> None:
    with bank.inside(), pytest.raises(DBAPIError, match="append-only"), db.engine.begin() as line:
        line.execute(text(statement))


def test_nothing_secret_and_nothing_personal_is_in_it(bank: Bank) -> None:
    """After everything that the examples do, and every page of theirs was looked at."""
    made = examples(bank)
    for name, example in sorted(made.items(), key=lambda item: "/cards" in item[0]):
        bank.as_(example.who).call(name.split()[0], example.path, example.body, key=name)
    for number in (bank.li.id, bank.zhao.id):
        bank.as_("worker").get(f"/volunteers/{number}")
    with bank.inside(), db.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM audit_entries")).mappings().all()
    whole = "\n".join(repr(dict(row)) for row in rows)
    assert len(rows) > 80
    assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", whole), "a phone"
    sent = set(_secrets(made))
    sent |= {PASSWORD, bank.li.code, bank.zhao.code, *bank.tokens.values()}
    assert [secret for secret in sorted(sent) if secret in whole] == []


def _secrets(made: dict[str, Any]) -> list[str]:
    """What the examples hold that no line may: phones, PINs, codes, passwords, addresses, and the
    names of residents and of those who object."""
    hidden = {"phone", "password", "old_password", "new_password", "address", "contact", "code",
              "card_code", "resident_code", "household_no"}  # fmt: skip
    found = []

    def look(value: Any, name: str = "", route: str = "") -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                look(inner, key, route)
        elif isinstance(value, list):
            for inner in value:
                look(inner, name, route)
        elif isinstance(value, str) and name in hidden and len(value) >= 6:
            found.append(value)

    for route, example in made.items():
        if "/conduct" not in route and "/organizations" not in route:
            look(example.body, route=route)
    return found


def test_every_line_has_its_words(bank: Bank) -> None:
    made = examples(bank)
    for name, example in sorted(made.items(), key=lambda item: "/cards" in item[0]):
        bank.as_(example.who).call(name.split()[0], example.path, example.body, key=name)
    with bank.inside(), db.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT DISTINCT action, subject_type FROM audit_entries")
        ).all()
        assert {row.action for row in rows} <= action_words().keys()
        assert {row.subject_type for row in rows} <= subject_words().keys()


def test_each_search_walks_an_index(bank: Bank) -> None:
    """None of them reads the whole trail, however long it is."""

    def fill() -> None:
        db.session.execute(
            insert(AuditEntry),
            [
                {
                    "id": new_id(), "at": clock.now(), "actor": f"staff:{place}", "actor_name": "",
                    "address": "", "action": f"a{place % 50}", "subject_type": "list",
                    "subject_id": "", "detail": {}, "place": f"/{place % 500}/",
                    "volunteer_id": None,
                }
                for place in range(20_000)
            ],
        )  # fmt: skip

    with bank.inside():
        transact(fill)
        with db.engine.connect() as connection:
            sqlite = connection.dialect.name == "sqlite"
            if not sqlite:
                connection.execute(text("ANALYZE audit_entries"))
            for where in (
                "id < 'z'", "actor = 'staff:1'", "action = 'a1'", "volunteer_id = 'x'",
                "place IN ('/1/', '/2/')",
            ):  # fmt: skip
                asked = f"SELECT * FROM audit_entries WHERE {where} ORDER BY id DESC LIMIT 31"
                explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
                plan = "\n".join(
                    str(tuple(row)) for row in connection.execute(text(f"{explain} {asked}"))
                )
                assert ("SEARCH" if sqlite else "Index") in plan, plan
                assert ("SCAN audit_entries" if sqlite else "Seq Scan") not in plan, plan
