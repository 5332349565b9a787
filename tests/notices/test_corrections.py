"""Corrections: a notice that puts another one right, and what both of them say."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from moralbank.core.actor import system
from moralbank.core.db import session
from moralbank.core.transaction import transact
from moralbank.notices import operations
from moralbank.notices.models import Notice
from moralbank.notices.rules import digest
from tests.cast import Answer, Bank, together
from tests.core.problems import problem
from tests.desk.visitor import visit
from tests.notices.conftest import Wall
from tests.notices.test_pages import text_of

WHY = "七月少算了一次清扫"


def correct(bank: Bank, number: str, **other: Any) -> Answer:
    body = {
        "kind": "points", "organization_id": bank.street_id, "period": "2026Q3",
        "correction_of": number, "correction_reason": WHY,
    } | other  # fmt: skip
    return bank.as_("supervisor").post(
        "/notices", {name: value for name, value in body.items() if value is not None}
    )


def hang(bank: Bank, number: str) -> Answer:
    return bank.as_("supervisor").post(f"/notices/{number}/posting", {"objection_days": 5})


def corrected(bank: Bank, number: str) -> str:
    made = correct(bank, number)
    assert made.status_code == 201, made.text
    assert hang(bank, made.json["id"]).status_code == 200
    return str(made.json["id"])


def test_a_correction_and_the_notice_it_corrects_name_each_other(
    bank: Bank, client: FlaskClient, wall: Wall
) -> None:
    wall.diary.errand(bank.li.id)
    old = wall.post()
    wall.diary.errand(bank.li.id)
    draft = correct(bank, old["id"]).json
    assert (draft["correction_of"], draft["correction_reason"]) == (old["id"], WHY)
    # Nothing is said before it is posted.
    assert "更正" not in client.get(f"/notices/{old['id']}").text
    assert "corrected_by" not in wall.read(old["id"])
    assert hang(bank, draft["id"]).status_code == 200
    page = client.get(f"/notices/{old['id']}").text
    assert f"已由第 {old['number'] + 1} 号公示更正" in text_of(page)
    assert f'href="/notices/{draft["id"]}"' in page
    new = client.get(f"/notices/{draft['id']}").text
    assert f"更正第 {old['number']} 号公示" in text_of(new)
    assert f"更正原因：{WHY}" in text_of(new)
    assert f'href="/notices/{old["id"]}"' in new
    assert "（更正）" in text_of(client.get("/notices").text)
    # The old one stays as it was posted, but for what corrects it; the new one has new figures.
    assert wall.read(old["id"]) == {**old, "corrected_by": draft["id"]}
    fresh = wall.read(draft["id"])
    assert float(fresh["lines"][0]["points"]) > float(old["lines"][0]["points"])
    assert fresh["title"] == old["title"] + "（更正）"
    with bank.inside():
        assert operations.faults(system("test")) == []


def test_every_list_says_of_a_notice_that_it_was_corrected(
    bank: Bank, client: FlaskClient, wall: Wall
) -> None:
    wall.diary.errand(bank.li.id)
    old = wall.post(place=bank.community_id)
    new = wall.post(place=bank.community_id)
    for path in ("/", "/notices", f"/communities/{bank.community_id}"):
        words = text_of(client.get(path).text)
        assert (words.count("已更正"), words.count("可提异议")) == (1, 1), path
    boss, li = visit(bank, "supervisor"), visit(bank, "li")
    words = text_of(boss.open("/staff/notices").text)
    assert (words.count("已更正"), words.count("可提异议")) == (1, 1)
    own = li.open("/me/notices").text
    assert (own.count("已更正"), own.count("哪里不对，提异议")) == (1, 1)
    english = visit(bank)
    english.open("/language/en")
    assert "Corrected" in english.open("/notices").text
    page = client.get(f"/notices/{old['id']}").text
    assert f'class="button large" href="/notices/{new["id"]}"' in page
    assert "提出异议" not in page
    assert f"/notices/{old['id']}/objections" not in page
    asked = client.get(f"/notices/{old['id']}/objections").text
    assert f'href="/notices/{new["id"]}"' in asked
    assert "<textarea" not in asked
    assert "提出异议" in client.get(f"/notices/{new['id']}").text
    # Programs may object as before, and the desk sees that it waits.
    assert wall.read(old["id"])["takes_objections"] is True
    assert wall.object_to(old["id"]).status_code == 201
    words = text_of(boss.open("/staff/notices").text)
    assert "已更正 1 条异议未办" in words


def test_a_notice_that_corrects_none_says_what_it_always_said(bank: Bank, wall: Wall) -> None:
    whole = wall.post()
    assert not {"correction_of", "correction_reason", "corrected_by"} & whole.keys()
    [listed] = bank.as_("public").get("/notices").json["items"]
    assert not {"correction_of", "correction_reason", "corrected_by"} & listed.keys()


def test_a_second_notice_of_one_place_and_period_corrects_the_first(
    bank: Bank, client: FlaskClient, wall: Wall
) -> None:
    """Said or not: of one thing one notice stands, and sums over those count nothing twice."""
    wall.diary.errand(bank.li.id)
    wall.stars()
    first, other = wall.post(), wall.post("redemptions")
    wall.diary.errand(bank.li.id)
    second, third = wall.post(), wall.post()
    assert wall.read(first["id"]) == {**first, "corrected_by": second["id"]}
    assert wall.read(second["id"])["corrected_by"] == third["id"]
    assert (third["correction_of"], "corrected_by" in third) == (second["id"], False)
    assert "重新公示" in third["correction_reason"]
    assert f"已由第 {second['number']} 号公示更正" in text_of(
        client.get(f"/notices/{first['id']}").text
    )
    file = client.get("/data/points/2026Q3.csv").data.decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(file))
    standing = {row["notice_number"] for row in rows if not row["corrected_by_number"]}
    assert standing == {str(third["number"])}
    # Another kind, place, period or sort of subject is another thing.
    apart = [
        other, wall.post(place=bank.community_id), wall.post(period="2026-08"), wall.post("stars"),
    ]  # fmt: skip
    assert not any("correction_of" in one for one in apart)
    # Whoever says why is believed.
    number = corrected(bank, third["id"])
    assert wall.read(number)["correction_reason"] == WHY
    with bank.inside():
        assert operations.faults(system("test")) == []


@pytest.mark.parametrize("_time", range(3))
def test_of_two_notices_posted_at_once_one_stands(bank: Bank, wall: Wall, _time: int) -> None:
    drafts = [wall.draft() for _draft in range(2)]
    tasks: list[Callable[[], Answer]] = [
        partial(copy_context().run, hang, bank, number) for number in drafts
    ]
    assert [answer.status_code for answer in together(tasks)] == [200, 200]
    later = [wall.read(number).get("corrected_by") for number in drafts]
    assert sorted(later, key=str) == sorted([None, *(set(drafts) & set(later))], key=str)
    assert None in later
    assert set(later) & set(drafts)


def test_the_digest_tells_of_the_correction_where_there_is_one(bank: Bank, wall: Wall) -> None:
    old = wall.post()
    number = corrected(bank, old["id"])
    for change in ({"correction_reason": "别的"}, {"correction_of": None}):
        with bank.inside():
            kept = session().get_one(Notice, number)
            before = {name: getattr(kept, name) for name in change}
            session().rollback()
            statement = update(Notice).where(Notice.id == number)
            transact(lambda: session().execute(statement.values(**change)))  # noqa: B023
            assert operations.faults(system("test")) == [number]
            transact(lambda: session().execute(statement.values(**before)))  # noqa: B023
            assert operations.faults(system("test")) == []


def test_an_old_digest_still_holds(bank: Bank, wall: Wall) -> None:
    """A notice without a correction has the digest that it had before there were any."""
    notice = wall.post()
    with bank.inside():
        row = session().get_one(Notice, notice["id"])
        facts = {
            "id": row.id, "number": row.number, "kind": "points",
            "organization_id": bank.street_id, "organization": "长河街道", "period": "2026Q3",
            "subjects": "volunteer", "posted_on": "2026-08-15", "objection_days": 5,
            "objection_until": "2026-08-21", "authority": "长河街道", "phone": None,
            "address": None,
        }  # fmt: skip
    assert digest(facts, []) == notice["digest"]


def test_bad_corrections(bank: Bank, wall: Wall) -> None:
    old, draft = wall.post(), wall.draft()
    far = wall.post(place=bank.other_community_id)
    bought = wall.post("redemptions")

    def fault(answer: Answer) -> set[str]:
        problem(answer, 422, "validation_failed")
        return set(answer.json["errors"])

    for number in (draft, far["id"], bought["id"], "0" * 16, "nothing", "公", "%00"):
        assert fault(correct(bank, number)) == {"correction_of"}, number
    assert fault(correct(bank, old["id"], period="2026-08")) == {"correction_of"}
    assert fault(correct(bank, old["id"], organization_id=bank.community_id)) == {"correction_of"}
    assert fault(correct(bank, old["id"], kind="redemptions")) == {"correction_of"}
    assert fault(correct(bank, old["id"], correction_of=None)) == {"correction_of"}
    assert fault(correct(bank, old["id"], correction_of=7)) == {"correction_of"}
    for reason in (None, "", "   ", "长" * 501, "\u202e", 5):
        assert fault(correct(bank, old["id"], correction_reason=reason)) == {"correction_reason"}
    body = {"kind": "points", "organization_id": bank.street_id, "period": "2026Q3",
            "correction_of": old["id"], "correction_reason": WHY}  # fmt: skip
    for who in ("worker", "auditor", "li", "till"):
        problem(bank.as_(who).post("/notices", body), 403, "forbidden")


def test_a_closed_notice_can_be_corrected(bank: Bank, wall: Wall) -> None:
    old = wall.post(days=0)
    with bank.inside():
        assert operations.close_due(system("test")) == [old["id"]]
    corrected(bank, old["id"])
    assert wall.read(old["id"])["status"] == "closed"


def test_what_was_corrected_is_not_corrected_again(bank: Bank, wall: Wall) -> None:
    old = wall.post()
    late = correct(bank, old["id"]).json["id"]
    first = corrected(bank, old["id"])
    again = correct(bank, old["id"])
    problem(again, 422, "validation_failed")
    assert str(old["number"] + 1) in again.json["errors"]["correction_of"][0]
    problem(hang(bank, late), 409, "wrong_state")
    second = corrected(bank, first)
    assert wall.read(old["id"])["corrected_by"] == first
    assert wall.read(first)["corrected_by"] == second
    assert wall.read(first)["correction_of"] == old["id"]


@pytest.mark.parametrize("_time", range(3))
def test_of_two_corrections_posted_at_once_one_stands(bank: Bank, wall: Wall, _time: int) -> None:
    old = wall.post()
    drafts = [correct(bank, old["id"]).json["id"] for _draft in range(2)]
    # A thread begins in a context of its own; this one has the day.
    tasks: list[Callable[[], Answer]] = [
        partial(copy_context().run, hang, bank, number) for number in drafts
    ]
    answers = together(tasks)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert wall.read(old["id"])["corrected_by"] in drafts
