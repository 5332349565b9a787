"""Star rounds at the desk: computed, gone through by a second person, hung in a notice, final."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from moralbank.core import clock
from tests.cast import PASSWORD, Bank
from tests.desk.visitor import Visitor, visit
from tests.honours.conftest import Diary, diary, today
from tests.notices.conftest import OBJECTION

__all__ = ["diary", "today"]

AFTERWARDS = datetime(2026, 9, 30, 4, tzinfo=UTC)


def computed(bank: Bank, what: str = "volunteer.2026Q3") -> tuple[Visitor, str]:
    """A supervisor who has computed a round of the street, and its path."""
    page = visit(bank, "supervisor")
    page.open("/staff/star-rounds")
    page.send("/staff/star-rounds", what=what, organization_id=bank.street_id)
    assert page.path.startswith("/staff/star-rounds/"), page.errors
    return page, page.path


def reviewed(bank: Bank, path: str) -> Visitor:
    page = visit(bank, "second")
    page.open(path)
    page.send(f"{path}/review")
    assert "已复核，可以公示了" in page.page.text
    return page


def hung(bank: Bank) -> tuple[str, str]:
    """The path of a round that hangs in a notice, and the notice's id."""
    _page, path = computed(bank)
    second = reviewed(bank, path)
    second.send(f"{path}/notice")
    number = second.path.rpartition("/")[2]
    second.send(f"/staff/notices/{number}/posting")
    assert "已张贴" in second.page.text, second.errors
    return path, number


def later(bank: Bank, who: str = "supervisor") -> Visitor:
    """Somebody who signs in six weeks later."""
    made = bank.as_("public").post("/tokens", {"username": who, "password": PASSWORD})
    bank.tokens[who] = made.json["access_token"]
    return visit(bank, who)


def test_a_round_goes_its_whole_way_at_the_desk(bank: Bank, diary: Diary) -> None:
    diary.errand(bank.li.id, minutes=180)
    page, path = computed(bank)
    assert "长河街道 2026 年第 3 季度志愿者星级评定" in page.page.text
    assert bank.li.name in page.page.text
    assert "3 小时" in page.page.text
    assert "要由另一位主管复核" in page.page.text
    assert not page.offers(f"{path}/review")
    second = reviewed(bank, path)
    second.send(f"{path}/notice")
    number = second.path.rpartition("/")[2]
    assert "这一次评定要等公示期满" in second.page.text
    # Whoever comes back to the round is led to that draft, and makes no second one.
    second.open(path)
    assert not second.offers(f"{path}/notice")
    assert f"/staff/notices/{number}" in second.page.text
    second.open(f"/staff/notices/{number}")
    second.send(f"/staff/notices/{number}/posting")
    page.open(path)
    assert "期满才能公布" in page.page.text
    assert not page.offers(f"{path}/publication")
    with clock.at(AFTERWARDS):
        page = later(bank)
        assert "请先到公示页面结束公示" in page.open(path).text
        page.open(f"/staff/notices/{number}")
        page.send("/staff/notices/closing")
        page.open(path)
        page.send(f"{path}/publication")
        assert "已公布，居民现在看得到" in page.page.text
        assert f"/staff/volunteers/{bank.li.id}#certificates" in page.page.text
        assert "李*兰" in visit(bank).open("/stars").text


def test_only_what_the_rulebook_has_is_offered(bank: Bank) -> None:
    page = visit(bank, "supervisor")
    text = page.open("/staff/star-rounds").text
    for value in ("volunteer.2026Q3", "station.2026", "team.2026Q2"):
        assert f'value="{value}"' in text
    assert "volunteer.2026-08" not in text
    assert "lifetime" not in text  # the default rulebook has no such ladder
    fields = page.form("/staff/star-rounds").fields
    assert fields["what"] == "volunteer.2026Q2"
    assert fields["organization_id"] == bank.street_id


@pytest.mark.parametrize("what", ["station.2026", "team.2026Q3"])
def test_stations_and_teams_are_computed_too(bank: Bank, diary: Diary, what: str) -> None:
    diary.errand(bank.li.id, minutes=180)
    page, _path = computed(bank, what)
    if what.startswith("station"):
        assert "梧桐代办站" in page.page.text
        assert "共 2 人" in page.page.text
    else:
        assert "这里没有可以评的" in page.page.text


def test_what_is_not_good_stands_beside_its_field(bank: Bank) -> None:
    page = visit(bank, "supervisor")
    page.open("/staff/star-rounds")
    page.send("/staff/star-rounds", what="", organization_id=bank.street_id)
    assert page.errors.keys() == {"what"}
    assert page.form("/staff/star-rounds").fields["organization_id"] == bank.street_id
    page.send("/staff/star-rounds", what="volunteer.2031Q1")
    assert page.errors.keys() == {"what"}
    page.send("/staff/star-rounds", what="volunteer.2026Q3", organization_id="")
    assert page.errors.keys() == {"organization_id"}
    page.send("/staff/star-rounds", what="volunteer.2026Q3", organization_id=bank.station_id)
    assert page.errors.keys() == {"organization_id"}


def test_a_second_round_of_the_same_is_blocked_in_words(bank: Bank, diary: Diary) -> None:
    diary.errand(bank.li.id, minutes=180)
    _page, first = computed(bank)
    _page, second = computed(bank)
    reviewed(bank, first)
    reviewed(bank, second)
    page = visit(bank, "supervisor")
    assert "公示会先挂那一次" in page.open(first).text
    assert not page.offers(f"{first}/notice")
    number = second.rpartition("/")[2]
    bank.as_("supervisor").post(f"/star-rounds/{number}/publication")
    assert "同一期间的评定结果已经公布" in page.open(first).text
    assert second in page.page.text


def test_an_upheld_objection_blocks_the_publication(bank: Bank, diary: Diary) -> None:
    diary.errand(bank.li.id, minutes=180)
    path, notice = hung(bank)
    made = bank.as_("public").post(f"/notices/{notice}/objections", OBJECTION).json["id"]
    with clock.at(AFTERWARDS):
        page = later(bank)
        assert "还有 1 条异议没有办完" in page.open(path).text
        text = page.open(f"/staff/objections/{made}").text
        assert "这一次评定等它办完才能公布" in text
        page.send(f"/staff/objections/{made}/decision", upheld="true", reason="多算了一次")
        page.open("/staff/notices")
        page.send("/staff/notices/closing")
        assert "请重新计算一次" in page.open(path).text
        assert not page.offers(f"{path}/publication")
        page.open("/staff/notices")  # for its token
        refused = page.post(f"{path}/publication")
        assert refused.status_code == 409
        assert "公示中有异议成立" in refused.text


@pytest.mark.parametrize(
    ("who", "status"), [("worker", 404), ("neighbour", 404), ("auditor", 200), ("li", 403)]
)
def test_who_may_look_and_none_of_them_may_do(bank: Bank, who: str, status: int) -> None:
    _page, path = computed(bank)
    page = visit(bank, who)
    assert page.open(path).status_code == status
    for step in ("review", "notice", "publication"):
        page.open("/me" if who == "li" else "/staff/star-rounds")
        assert page.post(f"{path}/{step}").status_code in (403, 404)
    page.open("/me" if who == "li" else "/staff/star-rounds")
    wanted = {"what": "volunteer.2026Q3", "organization_id": bank.community_id}
    assert page.post("/staff/star-rounds", **wanted).status_code == 403


def test_lists_are_by_status(bank: Bank) -> None:
    page, path = computed(bank)
    assert path in page.open("/staff/star-rounds?status=draft").text
    assert path not in page.open("/staff/star-rounds?status=published").text
    assert path in page.open("/staff/star-rounds?status=nonsense").text
