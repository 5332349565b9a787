"""The public figures: live, equal to the book, readable by anybody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from moralbank import ledger
from moralbank.core.actor import Actor
from moralbank.core.quantities import points_text
from moralbank.market import donations
from tests.cast import Bank, Member
from tests.desk.visitor import visit
from tests.market import test_relief as relief
from tests.notices.conftest import Wall


def summary(bank: Bank, words: str = "") -> dict[str, Any]:
    answer = bank.as_("public").get(f"/public/summary{words}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_an_empty_bank_says_nought(bank: Bank) -> None:
    assert summary(bank) == {
        "volunteers": 2,
        "minutes": 0,
        "service_events": 0,
        "points_awarded": "0",
        "points_redeemed": "0",
        "stations": 1,
        "supermarkets": 2,
    }
    for name in ("points", "redemptions", "gifts", "stars"):
        assert bank.as_("public").get(f"/public/{name}").json == {"items": [], "next": None}


def test_the_totals_are_the_book_s(bank: Bank, wall: Wall) -> None:
    diary = wall.diary
    diary.errand(bank.li.id, bank.zhao.id, minutes=90)
    diary.errand(bank.li.id, minutes=45, stars=3)
    taken_back = diary.errand(bank.zhao.id, minutes=60)
    bank.as_("worker").post(f"/service-events/{taken_back}/dispute", {"reason": "没有来"})
    bank.as_("second").post(
        f"/service-events/{taken_back}/dispute/decision", {"upheld": True, "reason": "属实"}
    )
    bank.buy({bank.rice: 1})
    voided = bank.buy({bank.soap: 3}).json["id"]
    bank.as_("supervisor").post(f"/redemptions/{voided}/void", {"reason": "拿错"})
    found = summary(bank)
    with bank.inside():
        errands = ledger.totals_by_kind("points", sources="service_event")
        shop = ledger.totals_by_kind("points", sources="redemption")
        minutes = ledger.totals_by_kind("minutes", sources="service_event")
    assert found["points_awarded"] == points_text(errands["award"] - errands["reversal"])
    assert found["points_redeemed"] == points_text(shop["redemption"] - shop["reversal"]) == "20"
    assert found["minutes"] == minutes["award"] - minutes["reversal"] == 90 + 90 + 45
    assert found["service_events"] == 2


def test_a_period_and_a_place(bank: Bank, wall: Wall) -> None:
    diary = wall.diary
    third = diary.open_account("林森", community_id=bank.other_community_id)
    diary.errand(bank.li.id, third, minutes=60, at="2026-07-31T23:59")
    diary.errand(bank.li.id, minutes=60, at="2026-08-01T00:00")
    bank.buy({bank.salt: 1}, till="far_till")

    def told(words: str) -> tuple[int, int, str, int, int]:
        found = summary(bank, words)
        return (
            found["volunteers"], found["minutes"], found["points_redeemed"],
            found["stations"], found["supermarkets"],
        )  # fmt: skip

    assert told("") == (3, 180, "1", 1, 2)
    assert told("?period=2026-07") == (3, 120, "0", 1, 2)
    assert told("?period=2026-08") == (3, 60, "1", 1, 2)
    assert told(f"?organization_id={bank.street_id}&period=2026Q3") == (3, 180, "1", 1, 2)
    assert told(f"?organization_id={bank.other_community_id}") == (1, 60, "1", 0, 1)
    assert told(f"?organization_id={bank.station_id}") == (2, 120, "0", 1, 0)
    assert told(f"?organization_id={bank.supermarket_id}") == (0, 0, "0", 0, 1)


@pytest.mark.parametrize("name", ["summary", "points", "redemptions", "gifts", "stars"])
def test_what_is_asked_must_be_there(bank: Bank, name: str) -> None:
    public = bank.as_("public")
    assert public.get(f"/public/{name}?organization_id=nowhere").status_code == 404
    assert public.get(f"/public/{name}?organization_id={bank.pool_id}").status_code == 404
    for period in ("2026Q5", "2026-13", "26", "2027", "%00", "2026Q3Q3Q3Q3"):
        refused = public.get(f"/public/{name}?period={period}")
        assert refused.status_code == 422, period
        assert "period" in refused.json["errors"]
    assert public.get(f"/public/{name}?more=1").status_code == 422


@pytest.mark.parametrize("name", ["summary", "points", "redemptions", "gifts", "stars"])
def test_figures_may_be_kept_for_a_moment(bank: Bank, name: str) -> None:
    first = bank.as_("public").get(f"/public/{name}")
    assert first.headers["Cache-Control"] == "public, max-age=30"
    client = bank.app.test_client()
    headers = {"If-None-Match": first.headers["ETag"]}
    assert client.get(f"/api/v1/public/{name}", headers=headers).status_code == 304


def test_communities_with_few_people_are_one_row(bank: Bank, wall: Wall) -> None:
    diary = wall.diary
    places = [bank.community_id] * 6 + [bank.other_community_id] * 2
    people = [
        diary.open_account(f"林{name}", community_id=place)
        for name, place in zip("一二三四五六七八", places, strict=True)
    ]
    diary.errand(*people[:6])
    big = bank.as_("public").get("/public/points").json["items"]
    assert [(row["name"], row["volunteers"]) for row in big] == [("梧桐社区", 6)]
    diary.errand(*people[6:])
    # two people alone could be guessed: with the six of the other community they are one row
    [row] = bank.as_("public").get("/public/points").json["items"]
    assert (row["organization_id"], row["name"]) == (None, "其他")
    assert (row["volunteers"], row["service_events"], row["minutes"]) == (8, 2, 480)
    assert row["points"] == summary(bank)["points_awarded"]


def test_fewer_than_five_people_in_all_are_not_shown(bank: Bank, wall: Wall) -> None:
    public = bank.as_("public")
    people = [wall.diary.open_account(f"林{name}") for name in "一二三四"]
    wall.diary.errand(*people)
    bank.buy({bank.rice: 1})
    for place in ("", f"?organization_id={bank.community_id}"):
        assert public.get(f"/public/points{place}").json == {"items": [], "next": None}
        assert public.get(f"/public/redemptions{place}").json == {"items": [], "next": None}
    assert summary(bank)["points_redeemed"] == "20"
    wall.diary.errand(wall.diary.open_account("林五"))
    [row] = public.get("/public/points").json["items"]
    assert (row["name"], row["volunteers"], row["service_events"]) == ("梧桐社区", 5, 2)


def test_people_who_buy_at_several_shops_are_counted_once(bank: Bank, wall: Wall) -> None:
    public = bank.as_("public")
    shoppers = [bank.li, bank.zhao, *(shopper(bank, wall, name) for name in "一二三")]
    for member in shoppers[:3]:  # three people, six of them by the shops' own counts
        assert bank.buy({bank.soap: 1}, member=member).status_code == 201
        assert bank.buy({bank.salt: 1}, member=member, till="far_till").status_code == 201
    assert public.get("/public/redemptions").json["items"] == []
    for member in shoppers[3:]:
        assert bank.buy({bank.soap: 1}, member=member).status_code == 201
    [row] = public.get("/public/redemptions").json["items"]
    assert (row["organization_id"], row["volunteers"], row["redemptions"]) == (None, 5, 8)


def test_what_the_lists_tell_adds_up_to_the_summary(bank: Bank, wall: Wall) -> None:
    public = bank.as_("public")
    for member in (bank.li, bank.zhao, *(shopper(bank, wall, name) for name in "一二三")):
        assert bank.buy({bank.soap: 1}, member=member).status_code == 201
    relief.give(bank)
    made = relief.propose(bank, relief.home(bank))
    assert relief.approve(bank, made.json["id"]).status_code == 200
    [sold] = public.get("/public/redemptions").json["items"]
    [brought] = public.get("/public/spending").json["items"]
    assert (sold["points"], brought["points"]) == ("2.5", "40")
    assert public.get("/public/summary").json["points_redeemed"] == "42.5"
    assert "送给困难户的" in visit(bank).open("/").text


def test_pools_with_few_givers_are_not_told_apart(bank: Bank, wall: Wall) -> None:
    public, supervisor = bank.as_("public"), bank.as_("supervisor")
    place = {"name": "小池", "organization_id": bank.street_id}
    small = supervisor.post("/pools", place).json["id"]
    people = [wall.diary.open_account(f"林{name}") for name in "一二三四五"]
    wall.diary.errand(*people)
    give(bank, people[:4], bank.pool_id)
    assert public.get("/public/gifts").json["items"] == []
    assert "还没有可以公布的" in visit(bank).open("/pools").text
    give(bank, people[4:], bank.pool_id)
    [row] = public.get("/public/gifts").json["items"]
    assert row == {
        "organization_id": bank.pool_id, "name": "长河互助池", "volunteers": 5, "gifts": 5,
        "points": "10",
    }  # fmt: skip
    assert "长河互助池" in visit(bank).open("/pools?period=2026Q3").text
    assert public.get("/public/gifts?period=2026Q2").json["items"] == []
    assert public.get(f"/public/gifts?organization_id={bank.community_id}").json["items"] == []
    assert "长河互助池" not in visit(bank).open("/pools?period=2026Q2").text
    give(bank, people[:1], small)
    # who knows that one gave would else learn how much
    [row] = public.get("/public/gifts").json["items"]
    assert (row["organization_id"], row["volunteers"], row["gifts"]) == (None, 5, 6)


def give(bank: Bank, people: list[str], pool_id: str) -> None:
    """Let each give two points to a pool."""
    with bank.inside():
        for number in people:
            giver = Actor(kind="volunteer", id=number, role="volunteer", volunteer_id=number)
            donations.donate(giver, points=200, to_pool_id=pool_id)


def shopper(bank: Bank, wall: Wall, name: str) -> Member:
    """Somebody with points and a card."""
    number = wall.diary.open_account(f"林{name}")
    wall.diary.errand(number)
    card = bank.as_("worker").post(f"/volunteers/{number}/cards", {"pin": "135790"})
    assert card.status_code == 201, card.text
    return replace(bank.li, id=number, code=card.json["code"], pin="135790")


def test_lists_are_paged(bank: Bank, wall: Wall) -> None:
    people = [wall.diary.open_account(f"林{name}") for name in "一二三四五"]
    wall.diary.errand(*people, minutes=120)
    wall.stars()
    public = bank.as_("public")
    seen, cursor = [], ""
    while True:
        page = public.get(f"/public/stars?limit=2&cursor={cursor}").json
        seen += [item["display_name"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert len(seen) == 5  # those without a star are not listed
    assert public.get(f"/public/points?cursor={cursor}").status_code == 422


def test_pages_of_stars_are_the_whole_list(
    bank: Bank, wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [wall.diary.open_account(f"林{name}") for name in "一二三四五六"]
    for number, minutes in zip(people, (120, 240, 240, 240, 60, 120), strict=True):
        wall.diary.errand(number, minutes=minutes)
    wall.diary.errand(*people[3:5], minutes=240)
    wall.stars()
    public = bank.as_("public")
    whole = public.get("/public/stars").json["items"]
    places = [(-item["stars"], item["rank"]) for item in whole]
    assert places == sorted(places)
    assert len({stars for stars, _rank in places}) > 1
    for most in (1, 2, 4):
        page = public.get(f"/public/stars?limit={most}").json
        seen = page["items"]
        while page["next"] is not None:
            page = public.get(f"/public/stars?limit={most}&cursor={page['next']}").json
            seen += page["items"]
        assert seen == whole
    # A district's round of the same quarter, published later, names the same people once.
    supervisor = bank.as_("supervisor")
    body = {"subject": "volunteer", "period": "2026Q3", "organization_id": bank.district_id}
    made = supervisor.post("/star-rounds", body).json["id"]
    assert supervisor.post(f"/star-rounds/{made}/publication").status_code == 200
    again = public.get("/public/stars").json["items"]
    assert [item["stars"] for item in again] == [item["stars"] for item in whole]
    # Where there are many, aliases are long at once.
    for number in people:
        assert (
            supervisor.patch(f"/volunteers/{number}", {"publish_consent": False}).status_code == 200
        )
    monkeypatch.setattr("moralbank.notices.star_lists.SHORT_LIST", 2)
    names = [item["display_name"] for item in public.get("/public/stars").json["items"]]
    assert len(set(names)) == len(names)
    assert {len(name) for name in names} == {len("志愿者 甲") + 8}


def test_published_stars(bank: Bank, wall: Wall) -> None:
    wall.diary.errand(bank.li.id, bank.zhao.id, minutes=120)
    supervisor = bank.as_("supervisor")
    body = {"subject": "volunteer", "period": "2026Q3", "organization_id": bank.street_id}
    supervisor.post("/star-rounds", body)
    public = bank.as_("public")
    assert public.get("/public/stars").json["items"] == []  # a draft is nobody's business
    wall.stars()
    items = public.get("/public/stars?period=2026Q3").json["items"]
    assert {item["stars"] for item in items} == {1}
    named, unnamed = sorted(items, key=lambda item: item["display_name"].startswith("志愿者"))
    assert (named["display_name"], named["organization"]) == ("李*兰", "梧桐社区")
    assert unnamed["organization"] == "长河街道"  # not the community of somebody unnamed
    assert "subject_id" not in named
    assert public.get("/public/stars?period=2026Q2").json["items"] == []
    assert public.get("/public/stars?subject=station").json["items"] == []
