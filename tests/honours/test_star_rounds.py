"""Star rounds over HTTP: computed, listed, published, once and for all."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.core.db import session
from moralbank.core.problems import Refusal
from moralbank.core.transaction import transact
from moralbank.honours import computing, rounds
from moralbank.honours.models import StarResult
from moralbank.organizations.operations import path_of
from moralbank.people import staff
from tests.cast import PASSWORD, Bank, Caller, together
from tests.honours.conftest import Diary


def compute(
    bank: Bank,
    *,
    subject: str = "volunteer",
    period: str = "2026Q3",
    place: str | None = None,
    who: str = "supervisor",
) -> dict[str, Any]:
    body = {
        "subject": subject,
        "period": period,
        "organization_id": place or bank.street_id,
    }
    answer = bank.as_(who).post("/star-rounds", body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    assert made["status"] == "draft"
    return made


def results(bank: Bank, made: dict[str, Any], *, limit: int = 200) -> list[dict[str, Any]]:
    """Every line of a round, page by page."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = bank.as_("auditor").get(
            f"/star-rounds/{made['id']}/results?limit={limit}&cursor={cursor}"
        )
        assert page.status_code == 200, page.text
        items += page.json["items"]
        if page.json["next"] is None:
            return items
        cursor = page.json["next"]


def line_of(lines: list[dict[str, Any]], subject_id: str) -> dict[str, Any]:
    return next(line for line in lines if line["subject_id"] == subject_id)


def publish(bank: Bank, made: dict[str, Any]) -> Any:
    return bank.as_("supervisor").post(f"/star-rounds/{made['id']}/publication")


def once(awards: Iterable[dict[str, Any]]) -> list[int]:
    """The stars of each errand among some awards, once."""
    return list({award["event_id"]: award["stars"] for award in awards}.values())


# hours, mean rating and ratings that each star of a volunteer's quarter needs, from the rulebook
NEEDS = [(2, 0, 0), (4, 3, 2), (8, 3.5, 3), (16, 4, 5), (24, 4.2, 8)]


def test_the_results_are_what_a_few_lines_make_of_the_awards(bank: Bank, diary: Diary) -> None:
    rng = random.Random(7)
    people = [bank.li.id, bank.zhao.id, *(diary.open_account(f"林{name}") for name in "一二三四")]
    for person in people[:-1]:  # the last one does nothing
        for day in range(1, 2 + rng.randrange(9)):
            diary.errand(
                person, minutes=rng.choice([60, 150, 240]), stars=rng.randint(3, 5),
                at=f"2026-07-{day:02d}T09:00",
            )  # fmt: skip
    diary.errand(people[0], people[1], at="2026-07-01T00:00")  # the first minute of the quarter
    diary.errand(people[0], minutes=240, at="2026-06-30T23:59")  # the last of the one before

    # The district's mean counts as five ratings beside somebody's own; a rating is one, however
    # many did the errand.
    of_all = once(award for award in diary.awards if award["at"] >= "2026-07")
    usual = sum(of_all) / len(of_all)
    expected: dict[str, Any] = {}
    for person in people:
        mine = [
            award
            for award in diary.awards
            if award["volunteer_id"] == person and award["at"] >= "2026-07"
        ]
        minutes = sum(award["minutes"] for award in mine)
        given = sum(award["stars"] for award in mine)
        mean = (given + 5 * usual) / (len(mine) + 5) if mine else 0
        stars = sum(
            minutes >= 60 * hours and mean >= least and len(mine) >= many
            for hours, least, many in NEEDS
        )
        merit = sum(float(award["merit"]) for award in mine)
        expected[person] = (stars, merit, minutes, mean, len(mine))

    made = compute(bank)
    lines = results(bank, made)
    assert [line["subject_id"] for line in lines] == sorted(
        people, key=lambda one: expected[one], reverse=True
    )
    assert len({line["stars"] for line in lines}) >= 3  # the draw is worth the trouble
    for line in lines:
        stars, merit, minutes, mean, many = expected[line["subject_id"]]
        assert line["stars"] == stars
        assert line["rank"] == 1 + sum(
            other > expected[line["subject_id"]] for other in expected.values()
        )
        measures = line["measures"]
        assert set(measures) == {
            "minutes", "points", "merit", "mean_rating", "ratings", "events", "tenure_days",
            "members", "satisfaction", "satisfaction_span",
        }  # fmt: skip
        assert (measures["minutes"], measures["events"], measures["ratings"]) == (
            minutes,
            many,
            many,
        )
        assert float(measures["points"]) == float(measures["merit"]) == pytest.approx(merit)
        if many >= 5:
            assert 0 <= mean - float(measures["satisfaction"]) < 0.01 + 1e-9
            low, high = map(float, measures["satisfaction_span"])
            spread = sum((one - usual) ** 2 for one in of_all) / len(of_all)
            half = 1.96 * (spread / (many + 5)) ** 0.5
            assert low == pytest.approx(max(1, mean - half), abs=0.011)
            assert high == pytest.approx(min(5, mean + half), abs=0.011)
        else:
            assert measures["satisfaction"] is measures["satisfaction_span"] is None
            assert measures["mean_rating"] is None
        assert line["explanation"]
        assert all(isinstance(text, str) and text for text in line["explanation"])
    assert lines[-1]["name"] == "林四"
    assert (lines[-1]["stars"], lines[-1]["rank"]) == (0, len(people))


# hours per member, mean rating and ratings that each star of a station's or a team's quarter needs
STATION_NEEDS = [(2, 0, 0), (4, 3, 3), (7, 3.5, 5), (10, 4, 8), (14, 4.2, 10)]
TEAM_NEEDS = [(2, 0, 0), (5, 3, 3), (9, 3.5, 5), (14, 4, 8), (20, 4.2, 10)]


def test_a_rating_counts_once_for_a_group_and_once_for_the_district(
    bank: Bank, diary: Diary
) -> None:
    """Whatever groups the draw makes: hours are each member's, a rating is one."""
    rng = random.Random(11)
    supervisor = bank.as_("supervisor")
    teams = [
        supervisor.post("/teams", {"name": f"{name}队", "organization_id": bank.community_id})
        .json["id"] for name in ("暖阳", "晨星", "新苗")
    ]  # fmt: skip
    stations = [bank.station_id, *(
        supervisor.post("/organizations", {"name": f"{name}代办站", "level": "station",
                        "parent_id": bank.community_id}).json["id"] for name in ("南", "北")
    )]  # fmt: skip
    groups_of: dict[str, tuple[str, str]] = {}
    for number, name in enumerate("一二三四五六七八"):
        of = (rng.choice(stations), teams[number > 4])
        groups_of[diary.open_account(f"林{name}", station_id=of[0], team_id=of[1])] = of
    for day in range(1, 25):
        diary.errand(
            *rng.sample(list(groups_of), rng.randint(1, 4)), minutes=rng.choice([60, 150, 300]),
            stars=rng.randint(2, 5), at=f"2026-07-{day:02d}T09:00",
        )  # fmt: skip

    of_all = once(diary.awards)
    assert len(of_all) == 24
    usual = sum(of_all) / len(of_all)
    spread = sum((one - usual) ** 2 for one in of_all) / len(of_all)
    for place, subject, groups, needs in (
        (0, "station", stations, STATION_NEEDS), (1, "team", teams, TEAM_NEEDS),
    ):  # fmt: skip
        lines = results(bank, compute(bank, subject=subject))
        assert {line["subject_id"] for line in lines} == set(groups)
        for group in groups:
            line = line_of(lines, group)
            members = {one for one, of in groups_of.items() if of[place] == group}
            if group == bank.station_id:
                members |= {bank.li.id, bank.zhao.id}  # they do nothing
            mine = [award for award in diary.awards if award["volunteer_id"] in members]
            given = once(mine)
            minutes = sum(award["minutes"] for award in mine)
            mean = (sum(given) + 5 * usual) / (len(given) + 5) if given else 0
            measures = line["measures"]
            assert (measures["members"], measures["minutes"]) == (len(members), minutes)
            assert (measures["events"], measures["ratings"]) == (len(mine), len(given))
            assert line["stars"] == sum(
                minutes >= 60 * hours * len(members) > 0 and mean >= least and len(given) >= many
                for hours, least, many in needs
            )
            if len(given) >= 5:
                assert 0 <= mean - float(measures["satisfaction"]) < 0.01 + 1e-9
                half = 1.96 * (spread / (len(given) + 5)) ** 0.5
                low, high = map(float, measures["satisfaction_span"])
                assert low == pytest.approx(max(1, mean - half), abs=0.011)
                assert high == pytest.approx(min(5, mean + half), abs=0.011)


def test_equals_share_a_rank_and_pages_join(bank: Bank, diary: Diary) -> None:
    third = diary.open_account("林五")
    fourth = diary.open_account("林六")
    diary.errand(third, minutes=240)
    diary.errand(bank.li.id, bank.zhao.id, minutes=120)
    lines = results(bank, compute(bank), limit=1)
    assert [(line["subject_id"], line["rank"]) for line in lines] == [
        (third, 1),
        *sorted([(bank.li.id, 2), (bank.zhao.id, 2)]),
        (fourth, 4),
    ]


def test_stations_and_teams_have_their_members_sums(bank: Bank, diary: Diary) -> None:
    supervisor = bank.as_("supervisor")
    team = {"name": "暖阳队", "organization_id": bank.community_id}
    team_id = supervisor.post("/teams", team).json["id"]
    empty_id = supervisor.post("/teams", {**team, "name": "新苗队"}).json["id"]
    # one member lives elsewhere; what they do counts for the team all the same
    far = diary.open_account("林七", community_id=bank.other_community_id, team_id=team_id)
    near = diary.open_account("林八", team_id=team_id)
    diary.errand(far, near, minutes=180, stars=4)
    diary.errand(far, minutes=120, stars=5)
    diary.errand(bank.li.id, bank.zhao.id, minutes=300, stars=5)

    teams = results(bank, compute(bank, subject="team", place=bank.community_id))
    assert [(line["subject_id"], line["name"]) for line in teams] == [
        (team_id, "暖阳队"),
        (empty_id, "新苗队"),
    ]
    measures = teams[0]["measures"]
    # Three took part in two errands, each of which was rated once.
    assert (measures["minutes"], measures["events"], measures["ratings"]) == (480, 3, 2)
    assert measures["mean_rating"] is None
    mine = [award for award in diary.awards if award["volunteer_id"] in (far, near)]
    assert float(measures["points"]) == sum(float(award["points"]) for award in mine)
    assert teams[1]["measures"]["minutes"] == teams[1]["stars"] == 0

    stations = results(bank, compute(bank, subject="station"))
    assert [line["subject_id"] for line in stations] == [bank.station_id]
    assert stations[0]["measures"]["minutes"] == 600
    assert stations[0]["stars"] == 1  # ten hours, yet too few ratings for more
    year = results(bank, compute(bank, subject="station", period="2026", place=bank.station_id))
    assert year[0]["stars"] == 0


def means(line: dict[str, Any]) -> list[str]:
    return [
        text
        for text in line["explanation"]
        if text.startswith("平均评价") and not text.startswith("平均评价怎么算")
    ]


def test_a_mean_of_fewer_than_five_ratings_is_not_told(bank: Bank, diary: Diary) -> None:
    for stars in (2, 5, 5, 5):
        diary.errand(bank.li.id, minutes=120, stars=stars)
    diary.errand(bank.zhao.id, minutes=240, stars=2)
    diary.errand(bank.zhao.id, minutes=60, stars=3)
    lines = results(bank, compute(bank))
    li, zhao = line_of(lines, bank.li.id), line_of(lines, bank.zhao.id)
    assert (li["measures"]["mean_rating"], zhao["measures"]["mean_rating"]) == (None, None)
    # 17 of 4 and 5 of 2; all six have a mean of 22/6, which counts five times beside them.
    assert means(li) == [
        "平均评价达到所需的 3.5 星（评价不足 5 次，不公布平均数）",
        "平均评价没有达到所需的 4 星（评价不足 5 次，不公布平均数）",
    ]
    assert means(zhao) == [
        "平均评价达到所需的 3 星（评价不足 5 次，不公布平均数）",
        "平均评价没有达到所需的 3.5 星（评价不足 5 次，不公布平均数）",
    ]
    assert not any("怎么算" in text for text in li["explanation"] + zhao["explanation"])
    diary.errand(bank.li.id, minutes=480, stars=5)
    line = line_of(results(bank, compute(bank)), bank.li.id)
    assert line["measures"]["mean_rating"] == "4.4"
    # (22 + 5 × 27/7) ÷ 10 = 4.13
    assert line["measures"]["satisfaction"] == "4.12"
    assert means(line) == [
        "平均评价 4.12 星，达到所需的 4 星",
        "平均评价还差 0.08 星（现为 4.12，需 4.2）",
    ]
    [how] = [text for text in line["explanation"] if "怎么算" in text]
    assert "5 次评价平均 4.4 星，加上全区平均 3.85 星（算 5 次），折算为 4.12 星" in how


def test_one_rating_of_many_members_is_one_rating(bank: Bank, diary: Diary) -> None:
    supervisor = bank.as_("supervisor")
    team = {"name": "暖阳队", "organization_id": bank.community_id}
    team_id = supervisor.post("/teams", team).json["id"]
    members = [diary.open_account(f"林{name}", team_id=team_id) for name in "一二三四五"]
    for place in range(5):
        [line] = results(bank, compute(bank, subject="team", place=bank.community_id))
        assert (line["measures"]["ratings"], line["measures"]["mean_rating"]) == (place, None)
        diary.errand(*members, minutes=60, stars=3)
    [line] = results(bank, compute(bank, subject="team", place=bank.community_id))
    assert (line["measures"]["ratings"], line["measures"]["mean_rating"]) == (5, "3")


def test_only_those_below_are_listed(bank: Bank, diary: Diary) -> None:
    far = diary.open_account("林九", community_id=bank.other_community_id)
    elsewhere = results(bank, compute(bank, place=bank.other_community_id))
    assert [line["subject_id"] for line in elsewhere] == [far]
    assert len(results(bank, compute(bank, place=bank.district_id))) == 3


def test_spending_and_giving_never_lower_a_star(bank: Bank, diary: Diary) -> None:
    diary.errand(bank.li.id, minutes=150)
    before = line_of(results(bank, compute(bank)), bank.li.id)
    assert before["stars"] == 1
    assert bank.buy({bank.rice: 2}).status_code == 201
    given = bank.as_("li").post("/donations", {"to_volunteer_id": bank.zhao.id, "points": "30"})
    assert given.status_code == 201
    after = results(bank, compute(bank))
    assert line_of(after, bank.li.id) == before
    assert line_of(after, bank.zhao.id)["measures"]["points"] == "0"


def test_a_dispute_that_is_upheld_takes_the_errand_out(bank: Bank, diary: Diary) -> None:
    event_id = diary.errand(bank.li.id, minutes=150)
    drafted = compute(bank)
    path = f"/service-events/{event_id}/dispute"
    assert bank.as_("worker").post(path, {"reason": "未上门"}).status_code == 200
    decided = bank.as_("supervisor").post(f"{path}/decision", {"upheld": True, "reason": "属实"})
    assert decided.status_code == 200, decided.text
    assert line_of(results(bank, compute(bank)), bank.li.id)["measures"]["minutes"] == 0
    # what was computed stays as it was
    assert line_of(results(bank, drafted), bank.li.id)["measures"]["minutes"] == 150


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"period": "2026Q4"}, "period"),
        ({"period": "2027"}, "period"),
        ({"period": "2026-08"}, "period"),
        ({"period": "soon"}, "period"),
        ({"period": 2026}, "period"),
        ({"period": None}, "period"),
        ({"subject": "resident"}, "subject"),
        ({"stars": 5}, "stars"),
    ],
)
@pytest.mark.engine("sqlite")
def test_what_makes_no_sense_is_refused(bank: Bank, change: dict[str, Any], field: str) -> None:
    body = {"subject": "volunteer", "period": "2026Q3", "organization_id": bank.street_id}
    answer = bank.as_("supervisor").post("/star-rounds", {**body, **change})
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [field]
    assert bank.as_("supervisor").get("/star-rounds").json["items"] == []


@pytest.mark.engine("sqlite")
def test_a_supermarket_has_no_stars(bank: Bank) -> None:
    body = {"subject": "team", "period": "2026Q3", "organization_id": bank.supermarket_id}
    answer = bank.as_("supervisor").post("/star-rounds", body)
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["organization_id"]


def elsewhere(bank: Bank, role: str) -> Caller:
    """Somebody of another street."""
    admin = bank.as_("admin")
    street = {"name": "东岭街道", "level": "street", "parent_id": bank.district_id}
    street_id = admin.post("/organizations", street).json["id"]
    with bank.inside():
        staff.create(
            system("test"), username=f"far_{role}", password=PASSWORD, display_name=role,
            role=role, organization_id=street_id,
        )  # fmt: skip
    signed = bank.as_("public").post("/tokens", {"username": f"far_{role}", "password": PASSWORD})
    return Caller(bank.app, signed.json["access_token"])


def test_who_may(bank: Bank) -> None:
    made = compute(bank)
    body = {"subject": "volunteer", "period": "2026Q3", "organization_id": bank.street_id}
    one = f"/star-rounds/{made['id']}"

    def answers(who: Caller) -> list[int]:
        asked = [
            who.post("/star-rounds", body),
            who.get("/star-rounds"),
            who.get(one),
            who.get(f"{one}/results"),
            who.post(f"{one}/publication"),
        ]
        return [answer.status_code for answer in asked]

    far = elsewhere(bank, "supervisor")
    assert answers(far) == [404, 200, 404, 404, 404]
    assert far.get("/star-rounds").json["items"] == []
    # a worker and an auditor read what lies at or below their own organization
    assert answers(bank.as_("worker")) == [403, 200, 404, 404, 403]
    assert answers(bank.as_("auditor")) == [403, 200, 200, 200, 403]
    for who in ("li", "till"):
        assert answers(bank.as_(who)) == [403] * 5
    assert answers(bank.as_("public")) == [401] * 5
    assert answers(bank.as_("admin")) == [201, 200, 200, 200, 200]
    assert bank.as_("supervisor").get("/star-rounds/nothing/results").status_code == 404


def test_a_publication_is_final(bank: Bank, diary: Diary) -> None:
    diary.errand(bank.li.id, minutes=150)
    made, rival = compute(bank), compute(bank)
    answer = publish(bank, made)
    assert answer.status_code == 200, answer.text
    assert answer.json["status"] == "published"
    assert answer.json["published_at"] == "2026-08-15T12:00:00+08:00"
    again = publish(bank, made)
    assert (again.status_code, again.json["code"]) == (409, "wrong_state")
    other = publish(bank, rival)
    assert (other.status_code, other.json["code"]) == (409, "already_published")

    # work that comes later is in the next draft, and not in what was published
    diary.errand(bank.li.id, minutes=240)
    assert line_of(results(bank, made), bank.li.id)["measures"]["minutes"] == 150
    assert line_of(results(bank, compute(bank)), bank.li.id)["measures"]["minutes"] == 390
    # another subject, place or period is another matter
    for other_round in (
        compute(bank, subject="station"),
        compute(bank, place=bank.community_id),
        compute(bank, period="2026"),
    ):
        assert publish(bank, other_round).status_code == 200


def test_of_two_at_once_one_is_published(bank: Bank) -> None:
    made = [compute(bank), compute(bank)]

    def task(round_id: str) -> str:
        with bank.app.test_request_context():
            try:
                return rounds.publish(system("test"), round_id).status
            except Refusal as refusal:
                return refusal.code

    ids = [made[0]["id"], made[1]["id"]]
    outcomes = together([lambda number=number: task(number) for number in ids])  # type: ignore[misc]
    assert sorted(outcomes) == ["already_published", "published"]


def test_results_cannot_be_changed_in_the_database(bank: Bank) -> None:
    compute(bank)
    with bank.inside():
        for statement in (update(StarResult).values(stars=5), delete(StarResult)):
            with pytest.raises(DBAPIError, match="append-only"):
                transact(lambda statement=statement: session().execute(statement))  # type: ignore[misc]


def test_rounds_are_listed_newest_first(bank: Bank) -> None:
    first = compute(bank)
    second = compute(bank, subject="station", period="2026")
    publish(bank, first)

    def listed(asked: str) -> list[str]:
        answer = bank.as_("auditor").get(f"/star-rounds{asked}")
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json["items"]]

    assert listed("") == [second["id"], first["id"]]
    assert listed("?subject=station") == [second["id"]]
    assert listed("?period=2026Q3") == [first["id"]]
    assert listed("?status=published") == [first["id"]]
    assert listed(f"?organization_id={bank.community_id}") == []
    assert listed(f"?organization_id={bank.street_id}&limit=1") == [second["id"]]
    assert bank.as_("auditor").get("/star-rounds?period=2026-07").status_code == 422


def test_the_rulebook_of_the_periods_end_counts(bank: Bank, diary: Diary) -> None:
    document = bank.as_("admin").get("/rulebooks/1").json["document"]
    for ladder in document["star_ladders"]:
        ladder["levels"] = [{"stars": 5, "needs": {"hours": "1"}}]
    sent = {"effective_from": "2026-10-01", "document": document}
    assert bank.as_("admin").post("/rulebooks", sent).status_code == 201
    diary.errand(bank.li.id, minutes=120)

    def reached(period: str) -> tuple[int, int]:
        with bank.app.test_request_context():
            made = computing.compute(
                system("test"), subject="volunteer", period=period,
                organization_id=bank.street_id,
            )  # fmt: skip
            first = rounds.results(system("test"), made.id, limit=1).items[0]
            return made.rulebook_version, first.stars

    assert reached("2026") == (1, 0)  # in August the new one is not in force yet
    with clock.at(datetime(2026, 12, 1, tzinfo=UTC)):
        assert reached("2026Q3") == (1, 1)
        assert reached("2026") == (2, 5)
    with clock.at(datetime(2027, 2, 1, tzinfo=UTC)):
        assert reached("2026") == (2, 5)


def test_what_the_rooms_above_are_told(bank: Bank, diary: Diary) -> None:
    far = diary.open_account("林十", community_id=bank.other_community_id)
    diary.errand(bank.li.id, minutes=120, at="2026-05-03T09:00")
    diary.errand(bank.li.id, far, minutes=240, stars=5)
    diary.errand(far, minutes=240, stars=5)

    def told(path: str | None, period: str = "2026Q3", least: int = 0) -> list[tuple[str, int]]:
        found = rounds.published_results(path, "volunteer", period, least_stars=least)
        return [(one.subject_id, one.stars) for one in found]

    paths = {}
    with bank.app.test_request_context():
        for name in ("district_id", "street_id", "community_id", "other_community_id"):
            paths[name] = path_of(getattr(bank, name))
        made = compute(bank)
        assert told(None) == []  # a draft is nobody's business
        assert rounds.current_stars(far) == 0
        assert publish(bank, made).status_code == 200
    with bank.app.test_request_context():
        everybody = [(far, 2), (bank.li.id, 1), (bank.zhao.id, 0)]
        assert told(None) == told(paths["district_id"]) == told(paths["street_id"]) == everybody
        assert told(None, least=1) == everybody[:2]
        assert told(paths["other_community_id"]) == [(far, 2)]
        assert told(paths["community_id"]) == everybody[1:]
        assert told(None, period="2026Q2") == []
        assert rounds.current_stars(far) == 2
        assert rounds.published_periods(paths["community_id"], "volunteer") == ["2026Q3"]
        # an earlier quarter that is published later does not count against the later one
        assert publish(bank, compute(bank, period="2026Q2")).status_code == 200
        assert publish(bank, compute(bank, period="2026")).status_code == 200
    with bank.app.test_request_context():
        assert rounds.current_stars(far) == 2
        assert rounds.published_periods(None, "volunteer") == ["2026Q2", "2026", "2026Q3"]
        # who stands in two published rounds is named once, as the later one has it
        assert publish(bank, compute(bank, place=bank.community_id)).status_code == 200
    with bank.app.test_request_context():
        assert sorted(told(None)) == sorted(everybody)


def test_a_round_computes_within_another_transaction(bank: Bank) -> None:
    with bank.app.test_request_context():
        made = transact(
            lambda: rounds.publish(
                system("demo"),
                computing.compute(
                    system("demo"),
                    subject="station",
                    period="2026Q3",
                    organization_id=bank.district_id,
                ).id,
            )
        )
        assert made.status == "published"
        assert made.period_title == "2026 年第 3 季度"
