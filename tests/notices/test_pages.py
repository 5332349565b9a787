"""The public's pages, as a browser without a script gets them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine

from moralbank.core import clock
from moralbank.core.transaction import transact
from moralbank.people.volunteers import NewAccount, open_accounts
from tests.cast import Bank
from tests.desk.visitor import visit
from tests.notices.conftest import OBJECTION, Wall


def text_of(page: str) -> str:
    """The words of a page, without its tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found
    return html.unescape(found[1])


@pytest.fixture
def posted(bank: Bank, wall: Wall) -> dict[str, dict[str, Any]]:
    """A bank that has something to show."""
    wall.diary.errand(bank.li.id, bank.zhao.id, minutes=120, at="2026-07-10T09:00")
    wall.diary.errand(bank.li.id, minutes=60)
    bank.buy({bank.rice: 1})
    wall.stars()
    return {kind: wall.post(kind) for kind in ("points", "redemptions", "stars")}


def test_an_empty_bank_has_its_pages(client: FlaskClient) -> None:
    for path in ("/", "/notices", "/stars", "/supermarkets"):
        assert client.get(path).status_code == 200
    for path in ("/notices/nothing", "/notices?kind=gossip"):
        assert client.get(path).status_code == 404


def test_home_tells_what_the_bank_is(
    bank: Bank, client: FlaskClient, posted: dict[str, dict[str, Any]]
) -> None:
    page = client.get("/")
    assert page.status_code == 200
    words = text_of(page.text)
    figures = bank.as_("public").get("/public/summary").json
    assert f"发放积分 {figures['points_awarded']}" in words
    assert "志愿服务 5 小时" in words
    assert "兑换积分 20" in words
    assert "2026年7月" in words
    assert '<svg class="plot"' in page.text
    assert page.text.count("plot-bar-0") >= 2
    assert posted["stars"]["title"] in words
    assert "李*兰" in words
    assert "赵" not in words


def test_a_notice_s_page(client: FlaskClient, posted: dict[str, dict[str, Any]]) -> None:
    listed = text_of(client.get("/notices").text)
    for kind, notice in posted.items():
        assert notice["title"] in listed
        words = text_of(client.get(f"/notices/{notice['id']}").text)
        assert notice["title"] in words
        assert notice["digest"] in words
        assert "2026-08-15 至 2026-08-21" in words
        assert "提出异议" in words
        for line in notice["lines"]:
            assert line["display_name"] in words
            assert kind == "stars" or line["points"] in words
    only = text_of(client.get("/notices?kind=stars").text)
    assert posted["stars"]["title"] in only
    assert posted["points"]["title"] not in only
    assert "大米×1" in text_of(client.get(f"/notices/{posted['redemptions']['id']}").text)


def test_notices_are_found_by_place_kind_and_period(
    bank: Bank, client: FlaskClient, posted: dict[str, dict[str, Any]], wall: Wall
) -> None:
    there = wall.post(place=bank.community_id, period="2026-07")

    def found(query: str) -> set[str]:
        page = client.get(f"/notices?{query}")
        assert page.status_code == 200, query
        ids = {str(one["id"]) for one in (*posted.values(), there)}
        return {number for number in ids if f'href="/notices/{number}"' in page.text}

    street = {str(one["id"]) for one in posted.values()}
    assert found("q=梧桐") == {there["id"]}
    assert found("q=长河&period=") == street
    assert found("q=长河&kind=stars&period=2026Q3") == {posted["stars"]["id"]}
    assert found("period=2026-07") == {there["id"]}
    assert found("q=%25") == found("q=_") == found("q=梧桐&period=2026Q3") == set()
    assert found("q=%00") == street | {there["id"]}
    assert "没有找到" in client.get(f"/notices?q={'长' * 500}").text
    # What was looked for stays while one looks on.
    page = client.get("/notices?q=长河&kind=points&period=2026Q3").text
    for kept in ('value="长河"', 'name="kind" value="points"', '<option value="2026Q3" selected'):
        assert kept in page
    assert "2026-07" in page
    assert "2026-07" not in client.get("/notices?kind=stars").text
    for wrong in ("period=2026Q1", "period=x", "kind=stars&period=2026-07", "period=%00"):
        assert client.get(f"/notices?{wrong}").status_code == 404, wrong
    # Of rules a notice tells ahead.
    wall.publish("2026-10-15", title="新规则书")
    ahead = wall.post("rule_changes", place=bank.district_id, period="2026Q4")
    assert f'href="/notices/{ahead["id"]}"' in client.get("/notices?period=2026Q4").text
    # A place that was renamed is found under both names.
    renamed = {"name": "青桐社区"}
    path = f"/organizations/{bank.community_id}"
    assert bank.as_("admin").patch(path, renamed).status_code == 200
    assert found("q=青桐") == found("q=梧桐") == {there["id"]}


def test_the_pages_of_a_search_keep_what_is_looked_for(
    bank: Bank, client: FlaskClient, wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moralbank.notices.pages.NOTICES_A_PAGE", 1)
    for period in ("2026Q3", "2026-07"):
        wall.post(period=period)
    page = html.unescape(client.get("/notices?q=长河&kind=points").text)
    [further] = re.findall(r'href="(/notices\?[^"]*cursor=[^"]*)"', page)
    assert "kind=points" in further
    second = client.get(further).text
    assert 'value="长河"' in second
    assert "2026 年第 3 季度积分公示" in second


def test_objecting_without_a_script(
    bank: Bank, client: FlaskClient, posted: dict[str, dict[str, Any]]
) -> None:
    path = f"/notices/{posted['points']['id']}"
    assert f'href="{path}/objections"' in client.get(path).text
    page = client.get(f"{path}/objections?line_no=1").text
    assert 'value="1"' in page  # where somebody's own lines lead
    form = {
        "csrf_token": hidden(page, "csrf_token"),
        "idempotency_key": hidden(page, "idempotency_key"),
        "line_no": "1",
        **OBJECTION,
    }
    without = {name: value for name, value in form.items() if name != "csrf_token"}
    assert client.post(f"{path}/objections", data=without).status_code == 400
    wrong = client.post(f"{path}/objections", data={**form, "line_no": "99", "contact": ""})
    assert wrong.status_code == 422
    assert OBJECTION["reason"] in wrong.text  # what was typed is still there
    sent = client.post(f"{path}/objections", data=form)
    assert (sent.status_code, sent.headers["Location"]) == (303, path)
    assert "您的异议已经收到" in client.get(path).text
    assert client.post(f"{path}/objections", data=form).status_code == 303  # pressed twice
    supervisor = bank.as_("supervisor")
    [one] = supervisor.get(f"{path}/objections").json["items"]
    assert (one["line_no"], one["contact"]) == (1, OBJECTION["contact"])
    supervisor.post(
        f"{path}/objections/{one['id']}/decision", {"upheld": False, "reason": "核对无误"}
    )
    words = text_of(client.get(path).text)
    assert "第 1 行：异议不成立 核对无误" in words
    assert OBJECTION["name"] not in words


def test_the_line_may_be_typed_in_full_width(
    bank: Bank, client: FlaskClient, posted: dict[str, dict[str, Any]]
) -> None:
    path = f"/notices/{posted['points']['id']}/objections"
    page = client.get(path).text
    form = {name: hidden(page, name) for name in ("csrf_token", "idempotency_key")}
    assert client.post(path, data={**form, "line_no": "１", **OBJECTION}).status_code == 303
    [one] = bank.as_("supervisor").get(path).json["items"]
    assert one["line_no"] == 1
    strict = bank.as_("public").post(path, {"line_no": "１", **OBJECTION})
    assert (strict.status_code, strict.json["code"]) == (422, "validation_failed")
    assert bank.as_("public").get("/notices?limit=１").status_code == 422


def test_a_closed_notice_has_no_form(bank: Bank, client: FlaskClient, wall: Wall) -> None:
    notice = wall.post(days=0)
    page = client.get(f"/notices/{notice['id']}").text
    assert "提出异议" not in page
    assert "公示期满" in page
    late = client.get(f"/notices/{notice['id']}/objections").text
    assert "公示期已过" in late
    assert "<textarea" not in late
    draft = wall.draft()
    for path in (f"/notices/{draft}", f"/notices/{draft}/objections"):
        assert client.get(path).status_code == 404
        assert visit(bank, "supervisor").open("/notices/nothing/objections").status_code == 404


def test_a_supervisor_sees_the_draft_before_it_is_posted(
    bank: Bank, client: FlaskClient, wall: Wall
) -> None:
    wall.diary.errand(bank.li.id)
    number = wall.draft()
    with client.session_transaction() as kept:
        kept["person"] = bank.tokens["supervisor"]
    words = text_of(client.get(f"/notices/{number}").text)
    assert "草稿，尚未张贴" in words
    assert "李*兰" in words
    assert "核对码" not in words
    assert "提交异议" not in words


def test_stars(bank: Bank, client: FlaskClient, posted: dict[str, Any], wall: Wall) -> None:
    wall.stars(subject="station", period="2026")
    words = text_of(client.get("/stars").text)
    assert "2026 年第 3 季度星级代办员" in words
    assert "李*兰" in words
    assert "志愿者" in words
    other = client.get("/stars?round=station.2026")
    assert other.status_code == 200
    assert client.get("/stars?round=team.2026").status_code == 404
    assert client.get("/stars?round=%00").status_code == 404


def test_an_alias_has_its_word_in_the_readers_language(
    bank: Bank, client: FlaskClient, posted: dict[str, dict[str, Any]]
) -> None:
    [alias] = {
        line["display_name"]
        for line in posted["points"]["lines"]
        if line["display_name"].startswith("志愿者 ")
    }
    client.get("/language/en")
    page = text_of(client.get(f"/notices/{posted['points']['id']}").text)
    assert alias.replace("志愿者", "Volunteer") in page
    assert "志愿者" not in page
    for path in ("/stars", "/"):
        page = text_of(client.get(path).text)
        assert re.search("Volunteer [甲乙丙丁戊己庚辛壬癸]", page)
        assert "志愿者" not in page
    assert alias in client.get(f"/notices/{posted['points']['id']}.csv").text


def test_supermarkets(bank: Bank, client: FlaskClient) -> None:
    bank.as_("admin").patch(f"/goods/{bank.oil}", {"active": False})
    assert "食盐 / 袋 有货 1 分" in text_of(client.get("/supermarkets").text)
    for _bag in range(7):
        bank.buy({bank.salt: 1}, till="far_till")
    assert "食盐 / 袋 只剩 3 袋 1 分" in text_of(client.get("/supermarkets").text)
    for _bag in range(3):
        bank.buy({bank.salt: 1}, till="far_till")
    words = text_of(client.get("/supermarkets").text)
    assert "大米 / 袋 有货 20 分" in words
    assert "食盐 / 袋 售罄 1 分" in words
    assert "食用油" not in words
    found = text_of(client.get("/supermarkets?q=槐荫").text)
    assert "食盐" in found
    assert "大米" not in found
    assert "梧桐爱心超市" in text_of(client.get("/supermarkets?q=大米").text)
    assert "没有找到" in text_of(client.get("/supermarkets?q=%25").text)
    assert client.get("/supermarkets?q=%00").status_code == 200
    assert client.get("/supermarkets?cursor=forged").status_code == 422


def test_supermarkets_tell_what_a_point_is_worth(bank: Bank, client: FlaskClient) -> None:
    assert "元的商品" not in text_of(client.get("/supermarkets").text)
    admin = bank.as_("admin")
    document = admin.get("/rulebooks/1").json["document"]
    document["redemption"]["point_worth"] = "0.50"
    with bank.inside():
        today = clock.today().isoformat()
    admin.post("/rulebooks", {"effective_from": today, "document": document})
    words = text_of(client.get("/supermarkets").text)
    assert "一分可换 0.5 元的商品，不能兑换现金。" in words


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent to the database meanwhile."""
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_a_page_asks_the_database_a_handful_of_questions(
    bank: Bank, client: FlaskClient, wall: Wall
) -> None:
    with bank.inside():
        accounts = [
            NewAccount(
                name=f"林{number}",
                phone=f"1350000{number:04d}",
                community_id=bank.community_id,
                publish_consent=True,
            )
            for number in range(250)
        ]
        ids = transact(lambda: open_accounts(accounts))
    wall.diary.errand(*ids, minutes=120)
    wall.stars()
    notice = wall.post()
    first = client.get(f"/notices/{notice['id']}").text
    assert "后面的" in first
    assert first.count("<tr>") == 201
    second = client.get(f"/notices/{notice['id']}?after=200").text
    assert second.count("<tr>") == 51
    paths = {
        "/": 22, "/notices": 3,
        "/notices?q=长河&kind=points&period=2026Q3": 3,
        f"/notices/{notice['id']}": 6, "/stars": 14, "/supermarkets": 5,
        "/data": 2, "/data/points/2026Q3.csv": 5, f"/notices/{notice['id']}.csv": 6,
        "/api/v1/public/summary": 5, f"/api/v1/notices/{notice['id']}": 6,
    }  # fmt: skip
    for path, most in paths.items():
        with counted() as sent:
            assert client.get(path).status_code == 200
        asked = [one for one in sent if not one.startswith(("BEGIN", "PRAGMA"))]
        assert len(asked) <= most, (path, asked)


@pytest.mark.parametrize("asked", ["x", "-1", "1.5", "9999999", "99999999999999999999", "%00"])
def test_a_part_of_a_notice_that_there_is_not(client: FlaskClient, wall: Wall, asked: str) -> None:
    notice = wall.post()
    assert client.get(f"/notices/{notice['id']}?after=").status_code == 200
    assert client.get(f"/notices/{notice['id']}?after={asked}").status_code == 404


def test_an_address_of_a_period_or_a_choice_that_there_is_not(
    bank: Bank, client: FlaskClient
) -> None:
    for path in ("/closing", "/pools"):
        assert client.get(f"{path}?period=").status_code == 200
        for period in ("x", "2026", "1999Q1", "2026Q5", "%00"):
            assert client.get(f"{path}?period={period}").status_code == 404, (path, period)
    assert client.get("/closing?only=gossip").status_code == 404
    assert visit(bank, "supervisor").open("/staff/closing?period=x").status_code == 404


def test_the_api_s_document_can_be_read(client: FlaskClient) -> None:
    page = client.get("/api/docs")
    assert page.status_code == 200
    for source in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert source.startswith("/")
        assert client.get(source).status_code == 200, source
    assert "<script>" not in page.text
    assert "style=" not in page.text


def test_an_id_that_cannot_be_one_is_nowhere(bank: Bank, client: FlaskClient) -> None:
    for number in ("%FF", "a" * 5000, "1'--", "%E5%85%AC"):
        for path in (f"/notices/{number}", f"/api/v1/notices/{number}"):
            assert client.get(path).status_code == 404, path
        assert (
            bank.as_("public").post(f"/notices/{number}/objections", OBJECTION).status_code == 404
        )
