"""Notices and objections at the desk: drafted, looked over, posted, objected to, closed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from moralbank.core import clock
from moralbank.notices.kinds import kind_words
from moralbank.notices.models import KINDS
from tests.cast import PASSWORD, Bank
from tests.core.examples import publish
from tests.desk.visitor import Visitor, visit
from tests.honours.conftest import Diary, diary, today
from tests.notices.conftest import OBJECTION, Wall, wall

__all__ = ["diary", "today", "wall"]

AFTERWARDS = datetime(2026, 9, 30, 4, tzinfo=UTC)
WAITING = {"rule": "held", "reviewers": 0, "notice_working_days": 5}


def drafted(bank: Bank, **typed: str) -> tuple[Visitor, str]:
    """A supervisor who has drafted a notice of the street's points, and its id."""
    page = visit(bank, "supervisor")
    page.open("/staff/notices/new")
    wanted = {"kind": "points", "organization_id": bank.street_id, "period": "2026Q3", **typed}
    page.send("/staff/notices", **wanted)
    assert page.path.startswith("/staff/notices/"), page.errors
    return page, page.path.rpartition("/")[2]


def posted(bank: Bank, **typed: str) -> tuple[Visitor, str]:
    """A supervisor who has posted it as the page proposes."""
    page, number = drafted(bank)
    page.send(f"/staff/notices/{number}/posting", **typed)
    assert "已张贴" in page.page.text, page.errors
    return page, number


def objected(bank: Bank, number: str, **words: Any) -> str:
    made = bank.as_("public").post(f"/notices/{number}/objections", OBJECTION | words)
    assert made.status_code == 201, made.text
    found: str = made.json["id"]
    return found


def test_every_kind_has_a_word_and_is_offered(bank: Bank) -> None:
    page = visit(bank, "supervisor")
    text = page.open("/staff/notices/new").text
    with bank.inside():
        assert tuple(kind_words()) == KINDS
    for kind in KINDS:
        assert f'name="kind" value="{kind}"' in text


def test_a_draft_shows_masked_names_and_what_to_mind(bank: Bank, diary: Diary) -> None:
    diary.errand(bank.li.id)
    diary.errand(bank.zhao.id)
    page, number = drafted(bank)
    text = page.page.text
    assert "李*兰" in text
    assert "志愿者 " in text  # 赵春生 does not agree to be named
    assert bank.li.name not in text
    assert bank.zhao.name not in text
    assert "这一期要到 2026 年 9 月 30 日才结束" in text
    assert "共 2 行" in text
    # The rulebook asks for nothing, and the fifth working day after a Saturday is a Friday.
    assert page.form(f"/staff/notices/{number}/posting").fields["objection_days"] == "5"
    assert "5 个工作日，到 2026 年 8 月 21 日" in text
    assert bank.as_("public").get(f"/notices/{number}").status_code == 404
    assert f"/staff/notices/{number}" in page.open("/staff/notices?status=draft").text


def test_an_empty_draft_and_stars_without_a_round_say_so(bank: Bank) -> None:
    page, _number = drafted(bank)
    assert "张贴出去是空的" in page.page.text
    page, number = drafted(bank, kind="stars")
    assert "还没有复核过或公布的星级评定" in page.page.text
    assert not page.offers(f"/staff/notices/{number}/posting")


def test_what_is_not_good_stands_beside_its_field(bank: Bank) -> None:
    page = visit(bank, "supervisor")
    page.open("/staff/notices/new")
    page.send("/staff/notices", kind="points", organization_id=bank.street_id, period="")
    assert page.page.status_code == 422
    assert page.errors.keys() == {"period"}
    page.send("/staff/notices", period="lifetime-2026Q3")
    assert page.errors.keys() == {"period"}
    kept = page.form("/staff/notices").fields
    assert (kept["kind"], kept["organization_id"]) == ("points", bank.street_id)
    page.send("/staff/notices", period="2026Q3")
    number = page.path.rpartition("/")[2]
    page.send(f"/staff/notices/{number}/posting", authority="好" * 101, address="长河路 1 号")
    assert page.errors.keys() == {"authority"}
    assert page.form(f"/staff/notices/{number}/posting").fields["address"] == "长河路 1 号"


def test_the_rulebook_s_days_are_the_fewest_offered(bank: Bank, diary: Diary) -> None:
    publish(bank, release=WAITING | {"notice_working_days": 7})
    diary.errand(bank.li.id, at="2026-08-15T09:00")
    page, number = drafted(bank)
    assert "至少公示 7 个工作日" in page.page.text
    assert '<option value="6">' not in page.page.text
    page.send(f"/staff/notices/{number}/posting", objection_days="3")
    assert page.errors.keys() == {"objection_days"}


def test_posting_keeps_who_posts_and_proposes_it_the_next_time(bank: Bank) -> None:
    page, number = posted(
        bank, authority="长河街道志愿服务站", phone="13700000008", address="长河路 1 号"
    )
    whole = bank.as_("public").get(f"/notices/{number}").json
    assert (whole["authority"], whole["phone"], whole["address"]) == (
        "长河街道志愿服务站",
        "13700000008",
        "长河路 1 号",
    )
    assert "公示期还有 5 个工作日" in page.page.text
    for link in (f"/notices/{number}/poster.pdf", "paper=A3", f"/notices/{number}.xlsx"):
        assert link in page.page.text
    page, second = drafted(bank)
    fields = page.form(f"/staff/notices/{second}/posting").fields
    assert fields["authority"] == "长河街道志愿服务站"
    assert fields["phone"] == "13700000008"
    assert fields["address"] == "长河路 1 号"
    assert "第 1 号公示已经张贴" in page.page.text


def test_a_draft_that_was_posted_meanwhile_is_not_posted_twice(bank: Bank) -> None:
    page, number = drafted(bank)
    bank.as_("second").post(f"/notices/{number}/posting", {"objection_days": 5})
    page.send(f"/staff/notices/{number}/posting")
    assert page.page.status_code == 200
    assert "已经张贴" in page.page.text


def test_a_posted_notice_is_corrected_with_a_reason(bank: Bank, diary: Diary) -> None:
    page, number = posted(bank)
    diary.errand(bank.li.id)
    page.open(f"/staff/notices/new?correction_of={number}")
    page.send("/staff/notices", correction_reason="")
    assert page.errors.keys() == {"correction_reason"}
    page.send("/staff/notices", correction_reason="漏了一页")
    second = page.path.rpartition("/")[2]
    assert "更正第 1 号公示" in page.page.text
    page.send(f"/staff/notices/{second}/posting")
    assert "更正第 1 号公示" in page.page.text
    old = page.open(f"/staff/notices/{number}").text
    assert "已由第 2 号公示更正" in old
    assert "贴一份更正" not in old
    page.open(f"/staff/notices/new?correction_of={number}")
    page.send("/staff/notices", correction_reason="再来")
    assert "请更正那一份" in page.errors["correction_of"]


def test_an_objection_is_decided_with_all_that_one_needs_in_sight(bank: Bank, diary: Diary) -> None:
    publish(bank, release=WAITING)
    diary.errand(bank.li.id, at="2026-08-15T09:00")
    page, number = posted(bank)
    made = objected(bank, number, line_no=1)
    assert "公示异议" in page.open("/staff").text
    assert "1 条异议未办" in page.open("/staff/notices").text
    listed = page.open("/staff/objections").text
    assert f"/staff/objections/{made}" in listed
    assert "第 1 行" in listed
    assert OBJECTION["name"] not in listed
    text = page.open(f"/staff/objections/{made}").text
    assert all(OBJECTION[name] in text for name in ("name", "contact", "reason"))
    assert "李*兰" in text
    assert "为它冻结了 1 件事的" in text
    decide = f"/staff/objections/{made}/decision"
    page.send(decide, upheld="true", reason="")
    assert page.errors.keys() == {"reason"}
    page.send(decide, reason="那天她不在")
    assert "异议成立" in page.page.text
    assert page.path == "/staff/objections"
    public = visit(bank)
    shown = public.open(f"/notices/{number}").text
    assert "那天她不在" in shown
    assert OBJECTION["contact"] not in shown
    page.open(f"/staff/objections/{made}")
    assert not page.offers(decide)


def test_what_is_over_is_closed_and_what_has_an_open_objection_is_not(bank: Bank) -> None:
    page, number = posted(bank)
    made = objected(bank, number)
    with clock.at(AFTERWARDS):
        signed_in(bank, "supervisor")
        page = visit(bank, "supervisor")
        page.open("/staff/notices")
        assert not page.offers("/staff/notices/closing")
        page.open(f"/staff/objections/{made}")
        assert "等了 46 天" in page.page.text
        page.send(f"/staff/objections/{made}/decision", upheld="false", reason="核对无误")
        page.open("/staff/notices")
        page.send("/staff/notices/closing")
        assert "已结束 1 份公示" in page.page.text
        assert "公示期满，已结束" in page.open(f"/staff/notices/{number}").text
    assert bank.as_("public").get(f"/notices/{number}").json["status"] == "closed"


def employed(bank: Bank, name: str, organization_id: str, **more: str) -> None:
    """Take on another supervisor and sign them in."""
    body = {
        "username": name, "password": PASSWORD, "display_name": name, "role": "supervisor",
        "organization_id": organization_id, **more,
    }  # fmt: skip
    made = bank.as_("admin").post("/staff", body)
    assert made.status_code == 201, made.text
    signed_in(bank, name)


def signed_in(bank: Bank, name: str) -> None:
    """Sign a member of staff in anew."""
    made = bank.as_("public").post("/tokens", {"username": name, "password": PASSWORD})
    assert made.status_code == 201, made.text
    bank.tokens[name] = made.json["access_token"]


@pytest.mark.parametrize(
    ("who", "drafts", "sees"),
    [
        ("worker", 403, {"street": 200, "community": 200}),
        ("neighbour", 403, {"street": 200, "community": 404}),
        ("auditor", 403, {"street": 403, "community": 403}),
        ("supervisor", 200, {"street": 200, "community": 200}),
    ],
)
def test_who_may_do_what(bank: Bank, wall: Wall, who: str, drafts: int, sees: Any) -> None:
    street = wall.post()["id"]
    community = wall.post(place=bank.community_id)["id"]
    draft = wall.draft(place=bank.community_id, kind="redemptions")
    made = objected(bank, community)
    page = visit(bank, who)
    assert page.open("/staff/notices/new").status_code == drafts
    assert page.open(f"/staff/notices/{street}").status_code == sees["street"]
    assert page.open(f"/staff/notices/{community}").status_code == sees["community"]
    seen = page.open(f"/staff/notices/{draft}").status_code
    assert seen == {"supervisor": 200, "auditor": 403}.get(who, 404)
    assert page.open("/staff/objections").status_code == drafts
    assert page.open(f"/staff/objections/{made}").status_code == drafts
    if drafts == 403:
        listed = page.open("/staff/notices?status=draft").text
        assert draft not in listed


def test_another_district_s_supervisor_reaches_nothing(bank: Bank, wall: Wall) -> None:
    number = wall.post()["id"]
    made = objected(bank, number)
    far = bank.as_("admin").post("/organizations", {"name": "南山区", "level": "district"}).json
    employed(bank, "far", far["id"])
    page = visit(bank, "far")
    for path in (f"/staff/notices/{number}", f"/staff/objections/{made}",
                 f"/staff/notices/new?correction_of={number}"):  # fmt: skip
        assert page.open(path).status_code == 404, path
    assert made not in page.open("/staff/objections").text
    assert number not in page.open("/staff/notices").text


def test_whoever_the_line_is_about_does_not_learn_who_objected(bank: Bank, wall: Wall) -> None:
    wall.diary.errand(bank.li.id)
    number = wall.post()["id"]
    made = objected(bank, number, line_no=1)
    employed(bank, "herself", bank.street_id, volunteer_id=bank.li.id)
    seen = visit(bank, "herself").open(f"/staff/objections/{made}")
    assert seen.status_code == 403
    assert OBJECTION["contact"] not in seen.text
    path = f"/notices/{number}/objections"
    assert bank.as_("herself").get(path).json["items"] == []
    assert len(bank.as_("supervisor").get(path).json["items"]) == 1


def test_a_worker_prints_what_hangs_above_and_changes_nothing_of_it(bank: Bank, wall: Wall) -> None:
    number = wall.post()["id"]
    objected(bank, number)
    page = visit(bank, "worker")
    assert f"/staff/notices/{number}" in page.open("/staff/notices").text
    text = page.open(f"/staff/notices/{number}").text
    assert f"/notices/{number}/poster.pdf" in text
    assert "贴一份更正" not in text
    assert "异议" not in text
    # A street's supervisor corrects none of the district's either.
    employed(bank, "street", bank.street_id)
    above = wall.post(place=bank.district_id)["id"]
    street = visit(bank, "street")
    assert "贴一份更正" not in street.open(f"/staff/notices/{above}").text
    assert street.open(f"/staff/notices/new?correction_of={above}").status_code == 404
    assert "贴一份更正" in street.open(f"/staff/notices/{number}").text
