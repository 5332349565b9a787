"""Notices of what was counted on the shelves, and of what changes in the rules."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdfium2 import PdfDocument
from sqlalchemy import update

from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.core.db import session
from moralbank.core.transaction import transact
from moralbank.market.shelf.models import StockCount
from moralbank.notices import operations
from moralbank.people import sign_in, staff
from tests.cast import PASSWORD, Bank
from tests.core.problems import problem
from tests.notices.conftest import Wall
from tests.notices.test_data import as_csv, everything, from_csv, loaded, sheets_of
from tests.notices.test_pages import text_of

KINDS = ("stock_counts", "rule_changes")
WHY = "两袋受潮，已销毁"


def dearer(bank: Bank, points: str = "33") -> dict[str, Any]:
    """The first rulebook's items, the first of them worth so much."""
    items = deepcopy(bank.as_("admin").get("/rulebooks/1").json["document"]["service_items"])
    items[0]["points"] = points
    return {"service_items": items}


def item(bank: Bank) -> dict[str, Any]:
    first: dict[str, Any] = (
        bank.as_("admin").get("/rulebooks/1").json["document"]["service_items"][0]
    )
    return first


def paper(client: FlaskClient, number: str, size: str = "A4") -> str:
    """All that stands on a poster, without its breaks."""
    got = client.get(f"/notices/{number}/poster.pdf?paper={size}")
    assert got.status_code == 200
    pages = PdfDocument(got.data)
    return "".join("".join(page.get_textpage().get_text_range().split()) for page in pages)


def test_counts_are_a_line_each_as_they_were_posted(bank: Bank, wall: Wall) -> None:
    there = {number: bank.goods(number) for number in (bank.rice, bank.soap, bank.salt)}
    wall.count(bank.rice, there[bank.rice]["stock"] - 2)
    wall.count(bank.soap, there[bank.soap]["stock"] + 3, why="上次少数了三块")
    wall.count(bank.salt, there[bank.salt]["stock"] - 1, by="far_till", why="破了一袋")
    wall.count(bank.oil, 1, why=None)  # nobody has posted it yet
    wall.count(bank.soap, there[bank.soap]["stock"] + 3, why=None)  # and this one agrees
    whole = bank.as_("supervisor").get("/stock-counts?status=posted&limit=200").json["items"]
    of = {one["goods_id"]: one for one in whole}
    notice = wall.post("stock_counts", period="2026-08")
    assert [line["line_no"] for line in notice["lines"]] == [1, 2, 3]
    for line, (number, goods) in zip(notice["lines"], there.items(), strict=True):
        one = of[number]
        shop = "槐荫爱心超市" if number == bank.salt else "梧桐爱心超市"
        assert line == {
            "line_no": line["line_no"], "display_name": goods["name"], "unit": goods["unit"],
            "expected": goods["stock"], "counted": one["counted"],
            "difference": one["counted"] - goods["stock"], "reason": one["reason"],
            "occurred_on": "2026-08-15", "supermarket": shop,
        }  # fmt: skip
    own = wall.post("stock_counts", place=bank.other_supermarket_id)
    assert [line["display_name"] for line in own["lines"]] == ["食盐"]
    community = wall.post("stock_counts", place=bank.community_id, period="2026")
    assert [line["difference"] for line in community["lines"]] == [-2, 3]
    assert wall.post("stock_counts", period="2026-07")["lines"] == []


def test_a_count_is_of_the_local_day_on_which_it_was_posted(bank: Bank, wall: Wall) -> None:
    """Counted in July and posted in August: a notice of July could not tell of it yet."""
    with clock.at(datetime(2026, 7, 31, 10, tzinfo=UTC)):
        made = bank.as_("till").post(f"/goods/{bank.soap}/counts", {"counted": 1}).json["id"]
    with clock.at(datetime(2026, 7, 31, 15, 59, tzinfo=UTC)):  # a minute before August, here
        wall.count(bank.rice, 1)
    path = f"/goods/{bank.soap}/stock-movements/{made}/approval"
    with clock.at(datetime(2026, 7, 31, 16, 0, tzinfo=UTC)):
        assert bank.as_("second").post(path, {"reason": WHY}).status_code == 200
    for month, name, day in (("07", "大米", "31"), ("08", "肥皂", "01")):
        [line] = wall.post("stock_counts", period=f"2026-{month}")["lines"]
        assert (line["display_name"], line["occurred_on"]) == (name, f"2026-{month}-{day}")


def test_where_only_the_difference_was_said_the_rest_is_empty(
    bank: Bank, client: FlaskClient, wall: Wall
) -> None:
    moved = bank.as_("supervisor").post(
        f"/goods/{bank.soap}/stock-movements", {"quantity": -1, "reason": "count"}
    )
    path = f"/goods/{bank.soap}/stock-movements/{moved.json['id']}/approval"
    assert bank.as_("second").post(path, {}).status_code == 200
    notice = wall.post("stock_counts")
    [line] = notice["lines"]
    assert (line["expected"], line["counted"], line["reason"]) == (None, None, None)
    [row] = from_csv(client.get(f"/notices/{notice['id']}.csv").data)
    assert (row["expected"], row["counted"], row["difference"], row["reason"]) == ("", "", "-1", "")
    lines, _facts = sheets_of(client.get(f"/notices/{notice['id']}.xlsx").data)
    assert dict(zip(*lines, strict=True))["差"] == -1
    words = text_of(client.get(f"/notices/{notice['id']}").text)
    assert "– – -1" in words
    assert "None" not in words
    assert "––-1" in paper(client, notice["id"])


def test_a_change_of_the_rules_is_told_in_their_words(bank: Bank, wall: Wall) -> None:
    first = item(bank)
    version = wall.publish("2026-09-01", **dearer(bank))
    notice = wall.post("rule_changes")
    [line] = notice["lines"]
    per = {"hour": "每小时", "count": "每件", "event": "每次"}[first["unit"]]
    assert line == {
        "line_no": 1, "display_name": first["name"], "effective_from": "2026-09-01",
        "version": version, "before": f"{per} {first['points']} 分", "after": f"{per} 33 分",
    }  # fmt: skip
    assert wall.post("rule_changes", period="2026-08")["lines"] == []


def sentences(client: FlaskClient, version: int) -> set[str]:
    """What the page of the rules says of a version, in sentences."""
    page = client.get(f"/rules?version={version}").text
    return {text_of(one).strip() for one in page.replace("</li>", "<li>").split("<li>")}


def test_every_sentence_that_changed_is_on_the_page_of_the_rules(
    bank: Bank, client: FlaskClient, wall: Wall
) -> None:
    document = bank.as_("admin").get("/rulebooks/1").json["document"]
    items = document["service_items"]
    gone, kept = items[-1], items[:-1]
    fresh = {**items[0], "code": "home.letters", "name": "代写书信", "description": "写信、填表"}
    redemption = document["redemption"] | {"pin_required_above": "77", "max_points": "300"}
    release = {"rule": "held", "reviewers": 2, "notice_working_days": 5}
    version = wall.publish(
        "2026-09-01", service_items=[*kept, fresh], redemption=redemption, release=release
    )
    lines = wall.post("rule_changes")["lines"]
    before, after = sentences(client, 1), sentences(client, version)
    said = {(line["display_name"], line["before"], line["after"]) for line in lines}
    of_items = {one for one in said if one[0] in (gone["name"], "代写书信")}
    assert {(name, was is None, now is None) for name, was, now in of_items} == {
        ("代写书信", True, False), (gone["name"], False, True),
    }  # fmt: skip
    rest = said - of_items
    assert {was for _name, was, _now in rest if was} == before - after - item_lines(before)
    assert {now for _name, _was, now in rest if now} == after - before - item_lines(after)
    pin = document["redemption"]["pin_required_above"]
    # The same sentence with another number is one line, whatever was added beside it.
    assert ("兑换", f"一次超过 {pin} 分要按密码。", "一次超过 77 分要按密码。") in rest
    assert ("兑换", None, "一次最多兑换 300 分。") in rest


def item_lines(said: set[str]) -> set[str]:
    """The items among the sentences of the page: they end with their worth, not with a stop."""
    return {one for one in said if not one.endswith(("。", "；"))}


def test_a_star_level_is_told_of_by_its_number(bank: Bank, wall: Wall) -> None:
    ladders = deepcopy(bank.as_("admin").get("/rulebooks/1").json["document"]["star_ladders"])
    [quarter] = [
        one for one in ladders if (one["subject"], one["period"]) == ("volunteer", "quarter")
    ]
    gone = min(quarter["levels"], key=lambda level: level["stars"])
    quarter["levels"].remove(gone)
    wall.publish("2026-09-01", star_ladders=ladders)
    [line] = wall.post("rule_changes")["lines"]
    assert line["display_name"] == f"{gone['stars']} 星（志愿者，按季度）"
    assert line["after"] is None


def test_of_versions_of_one_day_the_last_counts_and_each_is_told_against_the_one_that_held(
    bank: Bank, wall: Wall
) -> None:
    wall.publish("2026-10-01", **dearer(bank, "44"))
    wall.publish("2026-09-01", **dearer(bank, "22"))
    wall.publish("2026-09-01", **dearer(bank, "33"))
    lines = wall.post("rule_changes", period="2026")["lines"]
    assert [(one["effective_from"], one["version"]) for one in lines] == [
        ("2026-09-01", 4), ("2026-10-01", 2),
    ]  # fmt: skip
    assert "33 分" in lines[0]["after"]
    assert lines[1]["before"] == lines[0]["after"]
    assert "44 分" in lines[1]["after"]


def test_a_version_that_reads_alike_is_told_of(bank: Bank, wall: Wall) -> None:
    version = wall.publish("2026-09-01")
    [line] = wall.post("rule_changes")["lines"]
    assert (line["display_name"], line["before"], line["after"]) == (
        "规则书（文字没有变化）", "第 1 版", f"第 {version} 版",
    )  # fmt: skip


def test_rules_may_be_announced_for_a_period_to_come(
    bank: Bank, client: FlaskClient, wall: Wall
) -> None:
    wall.publish("2027-01-01", **dearer(bank))
    notice = wall.post("rule_changes", period="2027Q1")
    assert [line["effective_from"] for line in notice["lines"]] == ["2027-01-01"]
    assert notice["title"] == "长河街道 2027 年第 1 季度规则变更公示"
    assert len(loaded(client.get("/data/rule_changes/2027Q1.json"))["lines"]) == 1
    assert loaded(client.get("/data/rule_changes/2027Q2.json"))["lines"] == []
    assert client.get("/data/stock_counts/2027Q1.json").status_code == 404
    listed = bank.as_("public").get("/notices?kind=rule_changes&period=2027Q1").json["items"]
    assert [one["id"] for one in listed] == [notice["id"]]
    assert bank.as_("public").get("/notices?kind=points&period=2027Q1").status_code == 422


@pytest.fixture
def posted(bank: Bank, wall: Wall) -> dict[str, dict[str, Any]]:
    """A notice of each of the two kinds."""
    wall.count(bank.rice, bank.stock(bank.rice) - 2)
    wall.publish("2026-09-01", **dearer(bank))
    return {kind: wall.post(kind) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("body", "status", "fault"),
    [
        ({"period": "2026Q5"}, 422, "period"),
        ({"period": "lifetime-2026"}, 422, "period"),
        ({"period": 2026}, 422, "period"),
        ({"organization_id": "nowhere"}, 404, None),
        ({"extra": 1}, 422, "extra"),
    ],
)
def test_bad_drafts(
    bank: Bank, kind: str, body: dict[str, object], status: int, fault: str | None
) -> None:
    whole = {"kind": kind, "organization_id": bank.street_id, "period": "2026Q3"} | body
    answer = bank.as_("supervisor").post("/notices", whole)
    assert answer.status_code == status
    assert fault is None or set(answer.json["errors"]) == {fault}


def test_counts_are_of_shops_and_of_time_that_has_begun(bank: Bank) -> None:
    supervisor = bank.as_("supervisor")
    body = {"kind": "stock_counts", "organization_id": bank.station_id, "period": "2026Q3"}
    assert set(problem(supervisor.post("/notices", body), 422)["errors"]) == {"organization_id"}
    body |= {"organization_id": bank.street_id, "period": "2026Q4"}
    assert set(problem(supervisor.post("/notices", body), 422)["errors"]) == {"period"}


def test_another_place_s_supervisor_and_other_roles_are_refused(bank: Bank, wall: Wall) -> None:
    with bank.inside():
        staff.create(
            system("cast"), username="far", password=PASSWORD, display_name="far",
            role="supervisor", organization_id=bank.other_community_id,
        )  # fmt: skip
        far = sign_in.sign_in_staff(system("cast"), username="far", password=PASSWORD)
        bank.tokens["far"] = far.access_token
    for kind in KINDS:
        body = {"kind": kind, "organization_id": bank.community_id, "period": "2026Q3"}
        assert bank.as_("far").post("/notices", body).status_code == 404
        number = wall.draft(kind, place=bank.community_id)
        path = f"/notices/{number}/posting"
        assert bank.as_("far").post(path, {"objection_days": 1}).status_code == 404
        assert bank.as_("far").get(f"/notices/{number}").status_code == 404
        for who in ("worker", "auditor", "li", "till"):
            assert bank.as_(who).post("/notices", body).status_code == 403
            assert bank.as_(who).get(f"/notices/{number}").status_code == 404


def test_what_was_posted_never_changes(
    bank: Bank, wall: Wall, posted: dict[str, dict[str, Any]]
) -> None:
    named = bank.as_("supervisor").patch(f"/goods/{bank.rice}", {"name": "新米", "unit": "包"})
    assert named.status_code == 200
    wall.count(bank.rice, bank.stock(bank.rice) - 1, why="又少一袋")
    wall.publish("2026-09-02")
    with bank.inside():
        changed = update(StockCount).values(reason="改过的原因")
        transact(lambda: session().execute(changed))
        assert operations.faults(system("test")) == []
    for notice in posted.values():
        assert wall.read(notice["id"]) == notice
    assert "第" not in posted["stock_counts"]["lines"][0]["display_name"]


def test_an_objection_to_a_line_is_decided_and_freezes_nothing(
    bank: Bank, client: FlaskClient, wall: Wall, posted: dict[str, dict[str, Any]]
) -> None:
    stock, numbers = bank.stock(bank.rice), {}
    for kind, notice in posted.items():
        refused = wall.object_to(notice["id"], line_no=99)
        assert set(problem(refused, 422)["errors"]) == {"line_no"}
        numbers[kind] = wall.object_to(notice["id"], line_no=1).json["id"]

    def close() -> list[str]:
        with bank.inside(), clock.at(datetime(2026, 9, 1, tzinfo=UTC)):
            return operations.close_due(system("test"))

    assert close() == []
    for kind, notice in posted.items():
        path = f"/notices/{notice['id']}/objections/{numbers[kind]}/decision"
        decided = {"upheld": True, "reason": f"{kind}核对过了，另出更正"}
        assert bank.as_("supervisor").post(path, decided).status_code == 200
        whole = wall.read(notice["id"])
        assert [(one["line_no"], one["status"]) for one in whole["objections"]] == [(1, "upheld")]
        assert {**whole, "objections": []} == notice
        words = text_of(client.get(f"/notices/{notice['id']}").text)
        assert f"第 1 行：异议成立 {kind}核对过了，另出更正" in words
    assert close() == [notice["id"] for notice in posted.values()]
    assert bank.stock(bank.rice) == stock


def test_a_correction_names_what_it_corrects(
    bank: Bank, client: FlaskClient, wall: Wall, posted: dict[str, dict[str, Any]]
) -> None:
    wall.count(bank.soap, 1)
    wall.publish("2026-09-01", **dearer(bank, "55"))
    for kind, old in posted.items():
        body = {
            "kind": kind, "organization_id": bank.street_id, "period": "2026Q3",
            "correction_of": old["id"], "correction_reason": "漏了一样",
        }  # fmt: skip
        draft = bank.as_("supervisor").post("/notices", body)
        assert draft.status_code == 201, draft.text
        path = f"/notices/{draft.json['id']}/posting"
        assert bank.as_("supervisor").post(path, {"objection_days": 5}).status_code == 200
        new = wall.read(draft.json["id"])
        assert wall.read(old["id"]) == {**old, "corrected_by": new["id"]}
        assert new["lines"] != old["lines"]
        assert new["title"] == f"{old['title']}（更正）"
        assert f"更正第{old['number']}号公示" in paper(client, new["id"])
        whole = loaded(client.get(f"/data/{kind}/2026Q3.json"))
        assert [one["corrected_by_number"] for one in whole["notices"]] == [new["number"], None]


def test_what_anybody_may_take_away_is_the_api_s_lines(
    client: FlaskClient, posted: dict[str, dict[str, Any]]
) -> None:
    dictionary = client.get("/data").text
    for kind, notice in posted.items():
        path = f"/notices/{notice['id']}"
        assert loaded(client.get(f"{path}.json")) == notice
        assert from_csv(client.get(f"{path}.csv").data) == [
            as_csv(line) for line in notice["lines"]
        ]
        lines, facts = sheets_of(client.get(f"{path}.xlsx").data)
        assert len(lines) == len(notice["lines"]) + 1
        row = {value for value in lines[1] if not isinstance(value, date)}
        assert row <= set(notice["lines"][0].values())
        assert dict(facts)["种类"] == {"stock_counts": "盘点", "rule_changes": "规则"}[kind]
        assert f'href="/data/{kind}/2026Q3.csv"' in dictionary
        for name in notice["lines"][0]:
            assert f"<code>{name}</code>" in dictionary
        for address in (f"{path}.csv", f"{path}.json", f"/data/{kind}/2026Q3.csv"):
            got = client.get(address)
            assert got.headers["Cache-Control"] == "public, max-age=30"
            again = client.get(address, headers={"If-None-Match": got.headers["ETag"]})
            assert again.status_code == 304


@pytest.mark.parametrize("size", ["A4", "A3"])
def test_the_posters_and_the_pages_say_it_all(
    bank: Bank, client: FlaskClient, posted: dict[str, dict[str, Any]], size: str
) -> None:
    listed = text_of(client.get("/notices").text)
    for kind, notice in posted.items():
        assert notice["title"] in listed
        assert notice["title"] in text_of(client.get(f"/notices?kind={kind}").text)
        words = text_of(client.get(f"/notices/{notice['id']}").text)
        sheet = paper(client, notice["id"], size)
        assert "姓名" not in sheet
        [line] = notice["lines"]
        for name, value in line.items():
            said = f"{value:+d}" if name == "difference" else str(value)
            assert said in words, name
            if name in ("supermarket", "reason", "before", "after"):
                assert set(said) <= {*sheet, " "}, name  # in a column, over several lines
            elif name != "version":
                assert said in sheet, name


def test_who_counted_and_who_posted_is_nowhere(
    bank: Bank, client: FlaskClient, posted: dict[str, dict[str, Any]]
) -> None:
    for notice in posted.values():
        for address, text in everything(client, notice).items():
            for secret in ("second", "till", "收银", "terminal", "staff", *bank.tokens.values()):
                assert secret not in text.replace("still", ""), (address, secret)


def test_a_draft_is_what_would_be_posted_and_for_its_supervisor_alone(
    bank: Bank, client: FlaskClient, wall: Wall
) -> None:
    number = wall.draft("stock_counts")
    assert bank.as_("supervisor").get(f"/notices/{number}").json["lines"] == []
    wall.count(bank.rice, 1)
    [line] = bank.as_("supervisor").get(f"/notices/{number}").json["lines"]
    assert line["counted"] == 1
    assert client.get(f"/notices/{number}").status_code == 404
    assert client.get(f"/notices/{number}.csv").status_code == 404
    assert json.dumps(WHY, ensure_ascii=False) not in client.get(
        "/data/stock_counts/2026Q3.json"
    ).get_data(as_text=True)
