"""A volunteer looks up under which alias she stands in a posted notice, and nobody else does."""

from __future__ import annotations

from tests.cast import Bank
from tests.core.problems import problem
from tests.desk.visitor import visit
from tests.notices.conftest import Wall


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
