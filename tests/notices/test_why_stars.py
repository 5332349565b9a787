"""Why a station or a team has its stars, for everybody; and rounds in which nobody has any."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from moralbank.core.db import session
from moralbank.core.transaction import transact
from moralbank.honours.rules import Work
from moralbank.notices.lines import frozen
from moralbank.notices.models import Notice
from moralbank.notices.operations import digest_of
from moralbank.notices.star_lists import why
from moralbank.notices.wording import counted_words
from moralbank.rulebook.rules import Line
from tests.cast import Bank
from tests.desk.visitor import visit
from tests.notices.conftest import Wall
from tests.notices.test_pages import text_of
from tests.notices.test_poster import packed, poster, texts


def busy(bank: Bank, wall: Wall, *, errands: int = 5, minutes: int = 120) -> list[str]:
    """Five more volunteers of the cast's station, who do errands together."""
    people = [
        wall.diary.open_account(f"林{name}", station_id=bank.station_id) for name in "一二三四五"
    ]
    for day in range(1, errands + 1):
        wall.diary.errand(*people, minutes=minutes, stars=4, at=f"2026-08-{day:02d}T09:00")
    return people


def test_everybody_can_read_why_a_station_has_its_stars(bank: Bank, wall: Wall) -> None:
    busy(bank, wall)
    wall.stars(subject="station")
    for path in ("/stars?round=station.2026Q3", f"/stations/{bank.station_id}"):
        words = text_of(visit(bank).open(path).text)
        assert "为什么是三星 梧桐代办站" in words
        # Fifty hours of five people, and seven are members.
        assert "50 小时 · 办事 25 人次 · 5 次评价 · 平均 4 星 · 折算 4 星" in words
        assert "共 7 人" in words
        assert "服务时长 7.14 小时，达到所需的 7 小时" in words
        assert "和人数相近的比：6 到 15 人的共 1 个，排第 1" in words
    english = visit(bank)
    english.open("/language/en")
    assert "Why three stars" in english.open("/stars?round=station.2026Q3").text


def test_what_fewer_than_five_did_is_not_told(bank: Bank, wall: Wall) -> None:
    for day in range(1, 7):
        wall.diary.errand(bank.li.id, minutes=120, stars=3, at=f"2026-08-{day:02d}T09:00")
    wall.stars(subject="station")
    for path in ("/stars?round=station.2026Q3", f"/stations/{bank.station_id}"):
        words = text_of(visit(bank).open(path).text)
        assert "为什么是二星" in words
        assert "做事的人不到 5 位" in words
        assert "和人数相近的比：5 人及以下的共 1 个，排第 1" in words
        assert not any(told in words for told in ("次评价", "平均评价", "共 2 人"))


def test_bonuses_and_deductions_of_members_and_old_rounds_tell_less() -> None:
    done = Work(
        minutes=600, points=0, merit=0, events=9, ratings=9, rating_stars=40, rated_errands=9,
        members=6, took_part=6,
    )  # fmt: skip
    conduct = Line(
        "其中奖励和扣减合计：积分 %(points)s，道德分 %(merit)s", {"points": "-5", "merit": "-5"}
    )
    reached = Line("达到一星")
    assert why(done, [reached, conduct]).lines == ["达到一星"]
    old = why(replace(done, took_part=None), [reached, conduct])
    assert (old.measures, old.counted, old.lines) == (None, False, [])


def test_volunteers_reasons_are_their_own(bank: Bank, wall: Wall) -> None:
    wall.diary.errand(bank.li.id, minutes=180)
    wall.stars()
    assert "为什么" not in visit(bank).open("/stars").text


@pytest.mark.parametrize(("subject", "who"), [("volunteer", "志愿者"), ("station", "代办站")])
def test_a_round_in_which_nobody_reached_a_star_says_so(
    bank: Bank, wall: Wall, subject: str, who: str
) -> None:
    assert "还没有公布的星级" in visit(bank).open("/stars").text
    wall.stars(subject=subject)
    words = text_of(visit(bank).open(f"/stars?round={subject}.2026Q3").text)
    assert f"这一期评过了，没有{who}达到星级" in words
    assert "还没有" not in words
    if subject == "volunteer":
        for path in ("/", f"/communities/{bank.community_id}"):
            assert "没有志愿者达到星级" in visit(bank).open(path).text
    else:
        words = text_of(visit(bank).open(f"/stations/{bank.station_id}").text)
        assert "这一期没有达到星级" in words
        assert "为什么没有星" in words
        assert "和人数相近的比：5 人及以下的共 1 个" in words
        assert "排第" not in words


def test_who_has_no_star_is_the_first_of_nothing(
    bank: Bank, client: FlaskClient, wall: Wall
) -> None:
    number = wall.stars(subject="station")
    page = visit(bank, "supervisor").open(f"/staff/star-rounds/{number}").text
    assert "梧桐代办站" in page
    assert "第 1 名" not in page
    assert "排第" not in page
    notice = wall.post("stars")
    [line] = notice["lines"]
    assert (line["stars"], line["rank"]) == (0, 1)
    [text] = texts(poster(client, notice["id"]))
    assert "第1名" not in packed(text)
    assert cells(client, notice["id"])["名次（名）"] == ""


def test_the_place_of_a_station_says_among_whom(
    bank: Bank, client: FlaskClient, wall: Wall
) -> None:
    busy(bank, wall)
    wall.stars(subject="station")
    notice = wall.post("stars")
    [line] = notice["lines"]
    assert (line["rank"], line["size_from"], line["size_to"]) == (1, 6, 15)
    [text] = texts(poster(client, notice["id"]))
    assert "同等人数里的名次" in packed(text)
    assert "6到15人的第1名" in packed(text)
    row = cells(client, notice["id"])
    assert (row["名次（名）"], row["人数档从（人）"], row["人数档到（人）"]) == (1, 6, 15)
    assert ",6,15" in client.get(f"/notices/{notice['id']}.csv").text
    assert "size_from" in client.get("/data/stars/2026Q3.csv").text
    drafted = visit(bank, "supervisor").open(f"/staff/notices/{wall.draft('stars')}").text
    assert "人数档从" in drafted


def test_a_notice_of_stations_says_why(bank: Bank, client: FlaskClient, wall: Wall) -> None:
    busy(bank, wall)
    wall.stars(subject="station")
    notice = wall.post("stars")
    [line] = notice["lines"]
    # Fifty hours, seven members; five ratings of four stars in a district that has no others.
    told = {name: line[name] for name in ("members", "hours_each", "mean", "mean_from", "mean_to")}
    assert told == {
        "members": 7,
        "hours_each": "7.14",
        "mean": "4",
        "mean_from": "4",
        "mean_to": "4",
    }
    words = text_of(client.get(f"/notices/{notice['id']}").text)
    assert "梧桐代办站 共 7 人 · 每人 7.14 小时 · 折算 4 星（多半在 4 到 4 星之间）" in words
    [text] = texts(poster(client, notice["id"]))
    assert "共7人，每人7.14小时，折算4星（多半在4到4星之间）" in packed(text)
    row = cells(client, notice["id"])
    assert (row["成员（人）"], row["每人时长（小时）"], row["折算评价（星）"]) == (7, 7.14, 4)
    assert ",7,7.14,4,4,4" in client.get(f"/notices/{notice['id']}.csv").text
    for file in (f"/notices/{notice['id']}.json", "/data/stars/2026Q3.json"):
        assert '"hours_each":"7.14"' in client.get(file).text
    assert "hours_each" in client.get("/data").text
    with bank.inside():
        digests = transact(lambda: [digest_again(notice["id"])])
    assert digests == [notice["digest"]]


def test_a_notice_tells_no_more_of_fewer_than_five_than_the_lists(
    bank: Bank, client: FlaskClient, wall: Wall
) -> None:
    for day in range(1, 7):
        wall.diary.errand(bank.li.id, minutes=120, stars=3, at=f"2026-08-{day:02d}T09:00")
    wall.stars(subject="station")
    notice = wall.post("stars")
    [line] = notice["lines"]
    assert line["members"] is None
    assert not {"hours_each", "mean", "mean_from", "mean_to"} & line.keys()
    assert "做事的人不到 5 位" in text_of(client.get(f"/notices/{notice['id']}").text)
    [text] = texts(poster(client, notice["id"]))
    assert "做事的人不到5位" in packed(text)
    assert cells(client, notice["id"])["成员（人）"] == ""


def test_lines_of_people_and_of_before_say_nothing_of_members(bank: Bank, wall: Wall) -> None:
    wall.diary.errand(bank.li.id, minutes=180)
    wall.stars()
    assert all("members" not in line for line in wall.post("stars")["lines"])
    assert counted_words({"stars": 3, "rank": 1, "points": 0, "minutes": 60}) == []


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("volunteer", "星级志愿者公示"),
        ("station", "星级代办站公示"),
        ("team", "星级团队公示"),
    ],
)
def test_the_heading_says_whose_stars_they_are(
    bank: Bank, client: FlaskClient, wall: Wall, subject: str, words: str
) -> None:
    team = {"name": "邻里队", "organization_id": bank.community_id}
    made = bank.as_("supervisor").post("/teams", team)
    wall.diary.errand(bank.li.id, minutes=180)
    wall.diary.errand(wall.diary.open_account("林七", team_id=made.json["id"]))
    boss, number = visit(bank, "supervisor"), wall.draft("stars")
    assert "季度星级公示" in boss.open(f"/staff/notices/{number}").text
    wall.stars(subject=subject)
    title = f"长河街道 2026 年第 3 季度{words}"
    assert title in boss.open(f"/staff/notices/{number}").text
    posting = {"objection_days": 5}
    assert bank.as_("supervisor").post(f"/notices/{number}/posting", posting).status_code == 200
    assert wall.read(number)["title"] == title
    for path in ("/", "/notices", f"/notices/{number}"):
        assert title in client.get(path).text
    assert title in boss.open("/staff/notices").text
    [text] = texts(poster(client, number))
    assert words in packed(text)
    book = CalamineWorkbook.from_filelike(BytesIO(client.get(f"/notices/{number}.xlsx").data))
    assert ["题名", title] in book.get_sheet_by_name("公示").to_python()
    if subject == "volunteer":
        assert words in visit(bank, "li").open("/me/notices").text


def digest_again(number: str) -> str:
    """The digest of a notice from what is stored of it."""
    return digest_of(session().get_one(Notice, number), frozen(number))


def cells(client: FlaskClient, number: str) -> dict[str, object]:
    """The first line of a notice's workbook, by the heads."""
    book = CalamineWorkbook.from_filelike(BytesIO(client.get(f"/notices/{number}.xlsx").data))
    head, row, *_rest = book.get_sheet_by_name("明细").to_python()
    return dict(zip(map(str, head), row, strict=True))
