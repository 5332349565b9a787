"""A volunteer looks up under which alias she stands in a posted notice or a list of stars, and
nobody else does."""

from __future__ import annotations

import re

import pytest

from tests.cast import Bank
from tests.core.examples import publish
from tests.core.problems import problem
from tests.desk.visitor import visit
from tests.notices.conftest import Wall
from tests.notices.test_commendations import medal


def test_the_alias_of_a_notice_is_told_to_its_holder_alone(bank: Bank, wall: Wall) -> None:
    wall.diary.errand(bank.zhao.id)
    wall.diary.errand(bank.li.id)
    wall.draft()  # a draft is no notice yet
    whole = wall.post()
    by_alias = {line["display_name"]: line["line_no"] for line in whole["lines"]}
    [mine] = bank.as_("zhao").get("/notices/mine").json["items"]
    assert mine["notice"]["id"] == whole["id"]
    assert mine["display_name"] == mine["alias"]
    assert by_alias[mine["alias"]] == mine["line_no"]
    [hers] = bank.as_("li").get("/notices/mine").json["items"]
    assert hers["display_name"] == "李*兰"
    assert hers["alias"] not in (mine["alias"], "李*兰")
    for who in ("supervisor", "worker", "auditor", "till"):
        problem(bank.as_(who).get("/notices/mine"), 403, "forbidden")
    problem(bank.as_("public").get("/notices/mine"), 401, "unauthorized")


def test_every_notice_has_an_alias_of_its_own_the_latest_first(bank: Bank, wall: Wall) -> None:
    wall.diary.errand(bank.zhao.id)
    first, second = wall.post(), wall.post(place=bank.community_id)
    found = bank.as_("zhao").get("/notices/mine?limit=1").json
    assert found["items"][0]["notice"]["id"] == second["id"]
    later = bank.as_("zhao").get(f"/notices/mine?limit=1&cursor={found['next']}").json
    assert later["items"][0]["notice"]["id"] == first["id"]
    assert later["next"] is None
    assert found["items"][0]["alias"] != later["items"][0]["alias"]


def test_the_volunteer_s_page_says_so_and_leads_to_objecting(bank: Bank, wall: Wall) -> None:
    wall.diary.errand(bank.zhao.id)
    page = visit(bank, "zhao")
    assert "还没有哪份公示里有您" in page.open("/me/notices").text
    number = wall.post()["id"]
    [mine] = bank.as_("zhao").get("/notices/mine").json["items"]
    assert "公示里的我" in page.open("/me").text
    answer = page.open("/me/notices")
    assert mine["alias"] in answer.text
    assert "第 1 行" in answer.text
    assert f"/notices/{number}/objections?line_no=1" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert mine["alias"] not in visit(bank, "li").open("/me/notices").text


def test_a_withdrawn_consent_shows_at_once(bank: Bank, wall: Wall) -> None:
    wall.diary.errand(bank.li.id)
    wall.post()
    page = visit(bank, "li")
    assert "李*兰" in page.open("/me/notices").text
    bank.as_("worker").patch(f"/volunteers/{bank.li.id}", {"publish_consent": False})
    text = page.open("/me/notices").text
    assert "李*兰" not in text
    assert bank.as_("li").get("/notices/mine").json["items"][0]["alias"] in text


ALIAS = re.compile("志愿者 [甲乙丙丁戊己庚辛壬癸][0-9A-Z]{3,}")


def test_the_alias_of_a_list_of_stars_is_told_to_its_holder_alone(bank: Bank, wall: Wall) -> None:
    wall.diary.errand(bank.zhao.id, minutes=180)
    wall.diary.errand(bank.li.id, minutes=180)
    assert "星级榜里的我" not in visit(bank, "zhao").open("/me/notices").text
    wall.stars()
    in_lists = {
        path: set(ALIAS.findall(visit(bank).open(path).text))
        for path in ("/stars", f"/communities/{bank.community_id}")
    }
    [[of_all], [at_home]] = in_lists.values()
    assert of_all != at_home
    page = visit(bank, "zhao")
    text = page.open("/me/notices").text
    assert "星级榜里的我" in text
    assert set(ALIAS.findall(text)) == {of_all, at_home}
    assert "赵*生" not in text  # no list has it
    assert "为什么是一星" in text
    assert "服务时长 3 小时，达到所需的 2 小时" in text
    hers = visit(bank, "li").open("/me/notices").text
    assert "李*兰" in hers
    assert not {of_all, at_home} & set(ALIAS.findall(hers))
    # Once she takes her consent back, it is what she was told before.
    bank.as_("worker").patch(f"/volunteers/{bank.li.id}", {"publish_consent": False})
    for path in in_lists:
        assert set(ALIAS.findall(visit(bank).open(path).text)) & set(ALIAS.findall(hers))


def test_a_draft_and_a_long_list(bank: Bank, wall: Wall, monkeypatch: pytest.MonkeyPatch) -> None:
    wall.diary.errand(bank.zhao.id, minutes=180)
    body = {"subject": "volunteer", "period": "2026Q3", "organization_id": bank.street_id}
    bank.as_("supervisor").post("/star-rounds", body)
    assert "星级榜里的我" not in visit(bank, "zhao").open("/me/notices").text
    wall.stars()
    monkeypatch.setattr("moralbank.notices.star_lists.SHORT_LIST", 0)
    [alias] = ALIAS.findall(visit(bank).open("/stars").text)
    assert alias in visit(bank, "zhao").open("/me/notices").text


def test_who_was_commended_without_a_star_finds_the_alias_too(bank: Bank, wall: Wall) -> None:
    publish(bank, commendations=[medal("volunteer")])
    wall.diary.errand(bank.zhao.id, minutes=60, at="2026-08-15T09:00")
    wall.stars()
    [alias] = ALIAS.findall(visit(bank).open("/stars").text)
    text = visit(bank, "zhao").open("/me/notices").text
    assert ALIAS.findall(text) == [alias]
    assert "为什么没有星" in text
