"""The public sees who was commended in a published round: volunteers, stations and teams."""

from __future__ import annotations

from tests.cast import Bank
from tests.core.examples import publish
from tests.desk.visitor import visit
from tests.notices.conftest import Wall

TODAY = "2026-08-15T09:00"


def medal(subject: str, **more: object) -> dict[str, object]:
    return {"code": f"{subject}_medal", "name": f"热心{subject}", "subject": subject,
            "period": "quarter", "needs": {"hours": "1"}, **more}  # fmt: skip


def test_people_are_commended_under_the_names_that_may_be_shown(bank: Bank, wall: Wall) -> None:
    publish(bank, commendations=[medal("volunteer", again_each={"hours": "2"})])
    wall.diary.errand(bank.li.id, minutes=180, at=TODAY)
    wall.diary.errand(bank.zhao.id, minutes=60, at=TODAY)
    page = visit(bank)
    assert "热心" not in page.open("/stars").text
    wall.stars()
    text = page.open("/stars").text
    assert "表彰：热心volunteer" in text
    # 赵春生 has no star, and does not agree to be named.
    given = text.partition("表彰：热心volunteer")[2].partition("</section>")[0]
    assert "李*兰" in given
    assert "2 次" in given
    assert "志愿者 " in given
    assert bank.li.name not in text
    assert bank.zhao.name not in text


def test_who_a_later_round_does_not_commend_any_more_is_not_named(bank: Bank, wall: Wall) -> None:
    publish(bank, commendations=[medal("volunteer")])
    wall.diary.errand(bank.li.id, minutes=180, at=TODAY)
    wall.stars()
    page = visit(bank)
    assert "表彰" in page.open("/stars").text
    publish(bank, commendations=[medal("volunteer", needs={"hours": "30"})])
    wall.stars(place=bank.district_id)
    assert "表彰" not in page.open("/stars").text


def test_a_period_that_is_not_over_takes_nobodys_place(bank: Bank, wall: Wall) -> None:
    wall.diary.errand(bank.li.id, minutes=300, at="2026-05-20T09:00")
    wall.diary.errand(bank.li.id, minutes=300, at=TODAY)
    for period in ("2026Q2", "2026Q3"):
        wall.stars(period=period)
    page = visit(bank)
    assert "2026 年第 2 季度" in page.open("/stars").text.partition("<h1>")[2].partition("</h1>")[0]
    assert {one["period"] for one in bank.as_("public").get("/public/stars").json["items"]} == {
        "2026Q2"
    }


def test_an_alias_is_the_same_in_both_lists(bank: Bank, wall: Wall) -> None:
    publish(bank, commendations=[medal("volunteer")])
    wall.diary.errand(bank.zhao.id, minutes=180, at=TODAY)
    wall.stars()
    [alias] = [one["display_name"] for one in bank.as_("public").get("/public/stars").json["items"]]
    assert visit(bank).open("/stars").text.count(f">{alias}<") == 2


def test_stations_and_teams_are_starred_and_commended_too(bank: Bank, wall: Wall) -> None:
    publish(bank, commendations=[medal("station"), medal("team")])
    team = (
        bank.as_("supervisor")
        .post("/teams", {"name": "夕阳红", "organization_id": bank.community_id})
        .json["id"]
    )
    bank.as_("worker").patch(f"/volunteers/{bank.li.id}", {"team_id": team})
    wall.diary.errand(bank.li.id, minutes=300, at=TODAY)
    for subject, name in (("station", "梧桐代办站"), ("team", "夕阳红")):
        wall.stars(subject=subject)
        text = visit(bank).open(f"/stars?round={subject}.2026Q3").text
        assert text.count(f">{name}<") == 2, subject  # among the stars, and commended
        assert f"表彰：热心{subject}" in text


def test_a_round_without_commendations_says_nothing_of_them(bank: Bank, wall: Wall) -> None:
    wall.diary.errand(bank.li.id, minutes=180, at=TODAY)
    wall.stars()
    assert "表彰" not in visit(bank).open("/stars").text
