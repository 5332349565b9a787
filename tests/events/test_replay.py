"""Scoring a period again: to the same, or by another document; and what is found out thereby."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask.cli import FlaskGroup
from flask.testing import FlaskCliRunner
from sqlalchemy import update

from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.core.db import session
from moralbank.core.transaction import transact
from moralbank.events.awarding.models import Award
from moralbank.events.awarding.replaying import Replay, replay
from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.schemas import checked_document
from tests.cast import Bank
from tests.core.examples import publish
from tests.core.snapshot import snapshot
from tests.events.errands import Errand
from tests.events.test_caps import NO_CAPS, done
from tests.events.test_conduct import REASONS, give


def again(bank: Bank, new: dict[str, Any] | None = None) -> Replay:
    with bank.inside():
        book = None if new is None else Rulebook.from_document(checked_document(new))
        today = clock.today()
        return replay(
            system("test"),
            first=date(today.year - 1, 1, 1),
            last=date(today.year, 12, 31),
            new=book,
        )


def uphold(bank: Bank, errand: Errand) -> None:
    bank.as_("worker").post(f"{errand.path}/dispute", {"reason": "没有来"})
    decision = {"upheld": True, "reason": "属实"}
    answer = bank.as_("supervisor").post(f"{errand.path}/dispute/decision", decision)
    assert answer.json["status"] == "upheld"


def a_little_life(bank: Bank) -> None:
    """Errands under every cap there is, a pairing, a bonus, two disputes, a complaint, and two
    versions of the rulebook."""
    publish(
        bank,
        reasons=REASONS,
        caps={"person": {"day": "40"}, "issue": {"month": "90"}, "excess": "lost"},
        diminishing={"per": "week", "steps": [{"after": 1, "multiplier": "0.75"}]},
    )
    first = done(bank)
    first.rate()
    done(bank, "li", "zhao", minutes=90).rate(stars=4)
    pairing = {"volunteer_id": bank.zhao.id, "community_id": bank.community_id,
               "resident": {"name": "秦月华", "phone": "13700000007"}}  # fmt: skip
    assert bank.as_("worker").post("/pairings", pairing).status_code == 201
    done(bank, "zhao").rate(stars=3)
    bonus = give(bank, "referral", "zhao").json
    uphold(bank, first)
    second = done(bank, "li", minutes=50)
    second.rate(stars=2)
    bank.as_("supervisor").post(f"/conduct/{bonus['id']}/withdrawal", {"reason": "记错了"})
    group = done(bank, "zhao", "li", resident=None, minutes=200)
    for code in group.codes:
        group.rate(code)
    give(bank, "complaint", "zhao", service_event_id=group.id)
    publish(bank, caps={"person": {"day": "60"}, "issue": None, "excess": "lost"})
    done(bank, "zhao", minutes=100).rate()


def test_everything_comes_to_the_same(bank: Bank) -> None:
    a_little_life(bank)
    before = snapshot(bank)
    found = again(bank)
    assert (found.differing, found.unfounded, found.unbooked) == ([], [], [])
    assert found.awards == 8
    assert found.agrees
    assert snapshot(bank) == before


def test_a_forged_award_is_found_by_rule_and_by_book(bank: Bank) -> None:
    a_little_life(bank)
    errand = done(bank, "zhao", minutes=15)
    errand.rate(stars=1)
    with bank.inside():
        transact(
            lambda: session().execute(
                update(Award).where(Award.event_id == errand.id).values(points=90_00)
            )
        )
    found = again(bank)
    [wrong] = found.differing
    assert (wrong.event_id, wrong.volunteer_id) == (errand.id, bank.zhao.id)
    assert (wrong.stored.points, wrong.computed.points) == (90_00, 50)
    assert found.unbooked == [errand.id]
    assert not found.agrees


def test_a_new_document_shows_who_gains_and_who_loses(bank: Bank) -> None:
    """By hand: li's hour with five stars is 12, zhao's with three is 8; the new document gives
    five stars 1.5 and three 0.5: 15 and 5."""
    publish(bank, caps=NO_CAPS)
    done(bank).rate(stars=5)
    done(bank, "zhao").rate(stars=3)
    done(bank, "zhao").rate(stars=4)
    uphold(bank, _rated(bank))
    document = bank.as_("admin").get("/rulebooks/2").json["document"]
    document["rating"]["multipliers"] = {"5": "1.5", "4": "1", "3": "0.5", "2": "0", "1": "0"}
    before = snapshot(bank)
    found = again(bank, document)
    assert [(one.volunteer_id, one.before, one.after) for one in found.changes] == [
        (bank.zhao.id, 18_00, 15_00),
        (bank.li.id, 12_00, 15_00),
    ]
    assert found.agrees
    document["service_items"] = [
        item for item in document["service_items"] if item["code"] != "home.shopping"
    ]
    assert (again(bank, document).changes, again(bank, document).kept) == ([], 4)
    assert snapshot(bank) == before


def _rated(bank: Bank) -> Errand:
    errand = done(bank)
    assert errand.rate().status_code == 200
    return errand


def test_a_new_cap_counts_what_it_would_itself_have_left(bank: Bank) -> None:
    """Of 15 a day the first errand leaves 3 for the second and none for the third."""
    publish(bank, caps=NO_CAPS)
    for _time in range(3):
        done(bank).rate()
    document = bank.as_("admin").get("/rulebooks/2").json["document"]
    document["caps"]["person"] = {"day": "15"}
    [change] = again(bank, document).changes
    assert (change.before, change.after) == (36_00, 15_00)


def run(bank: Bank, *words: str, command: str = "replay") -> Any:
    group = FlaskGroup(create_app=lambda: bank.app)
    return FlaskCliRunner(bank.app).invoke(group, ["rulebook", command, *words])


def test_the_command(bank: Bank, tmp_path: Path) -> None:
    a_little_life(bank)
    with bank.inside():
        today = clock.today().isoformat()
    period = ("--from", today, "--to", today)
    result = run(bank, *period)
    assert (result.exit_code, result.stdout) == (
        0, f"{today} 至 {today}：共 8 笔积分。\n逐笔重算，结果一致；与账本一致。\n",
    )  # fmt: skip
    document = bank.as_("admin").get("/rulebooks/1").json["document"]
    document["rating"]["multipliers"]["5"] = "2"
    file = tmp_path / "new.yaml"
    file.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    text = run(bank, *period, "--with", str(file))
    assert text.exit_code == 0
    assert "赵*生" in text.stdout
    assert "赵春生" not in text.stdout
    told = json.loads(run(bank, *period, "--with", str(file), "--report", "json").stdout)
    assert told["agrees"]
    assert {one["display_name"] for one in told["changes"]} == {"李*兰", "赵*生"}


@pytest.mark.engine("sqlite")
def test_a_document_with_faults_names_them(bank: Bank, tmp_path: Path) -> None:
    document = bank.as_("admin").get("/rulebooks/1").json["document"]
    document["rating"]["multipliers"]["5"] = "0.1"
    file = tmp_path / "new.yaml"
    file.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    period = ("--from", "2026-01-01", "--to", "2026-12-31")
    result = run(bank, *period, "--with", str(file))
    assert (result.exit_code, "rating.multipliers.5: " in result.stderr) == (2, True)
    file.write_text("a: [", "utf-8")
    assert run(bank, *period, "--with", str(file)).exit_code == 2


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize(
    ("first", "last", "option"),
    [
        ("0001-01-01", "2026-12-31", "--from"),
        ("2026-01-01", "9999-12-31", "--to"),
        ("2026-12-31", "2026-01-01", "--from"),
    ],
)
def test_a_period_that_is_none_is_a_usage_error(
    bank: Bank, first: str, last: str, option: str
) -> None:
    result = run(bank, "--from", first, "--to", last)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"Invalid value for {option}: " in result.stderr


def test_a_file_is_checked_and_published(bank: Bank, tmp_path: Path) -> None:
    document = bank.as_("admin").get("/rulebooks/1").json["document"]
    file = tmp_path / "new.yaml"
    file.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    checked = run(bank, str(file), command="check")
    assert (checked.exit_code, "57 个服务项目" in checked.stdout) == (0, True)
    made = run(bank, str(file), "--from", "2020-01-01", command="publish")
    with bank.inside():
        today = clock.today().isoformat()
    assert (made.exit_code, made.stdout) == (0, f"已发布第 2 版，自 {today} 起施行。\n")
    document["rating"]["multipliers"]["5"] = "0.1"
    document["merit"] = "?"
    file.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    for words in (("check",), ("publish", "--from", "2020-01-01")):
        refused = run(bank, str(file), *words[1:], command=words[0])
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "merit" in refused.stderr
    assert bank.as_("admin").get("/rulebooks/3").status_code == 404
