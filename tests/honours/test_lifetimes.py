"""Star rounds over a lifetime, with quotas, tenure and commendations, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.transaction import transact
from moralbank.honours import computing, rounds
from moralbank.honours.models import StarResult
from tests.cast import Bank
from tests.honours.conftest import Diary
from tests.honours.test_star_rounds import compute, line_of, publish, results
from tests.notices.conftest import Wall, wall

__all__ = ["wall"]

LIFETIME = {
    "subject": "volunteer",
    "period": "lifetime",
    "levels": [{"stars": stars, "needs": {"hours": str(hours)}} for stars, hours in
               ((1, 2), (2, 4), (3, 6), (4, 8), (5, 10))],
}  # fmt: skip
COMMENDATIONS = [
    {
        "code": "prize", "name": "爱心奖", "subject": "volunteer", "period": "lifetime",
        "needs": {"hours": "3"}, "again_each": {"hours": "2"},
    },
    {
        "code": "team.medal", "name": "先进团队", "subject": "station", "period": "lifetime",
        "needs": {"events": 2},
    },
]  # fmt: skip


def in_force(bank: Bank, *, ladder: dict[str, Any] = LIFETIME, **parts: Any) -> None:
    """Publish a rulebook with a ladder over a lifetime beside those of the default."""
    document = bank.as_("admin").get("/rulebooks/1").json["document"]
    document["star_ladders"].append(ladder)
    document |= {"commendations": COMMENDATIONS, **parts}
    sent = {"effective_from": "2026-08-15", "document": document}
    answer = bank.as_("admin").post("/rulebooks", sent)
    assert answer.status_code == 201, answer.text


def later(bank: Bank, day: datetime, period: str, *, published: bool = False) -> rounds.ResultView:
    """Compute a round on another day, when the sign-ins of today are over; return 李秋兰's line."""
    with clock.at(day), bank.app.test_request_context():
        made = computing.compute(
            system("test"), subject="volunteer", period=period, organization_id=bank.street_id
        )
        if published:
            rounds.publish(system("test"), made.id)
        lines = rounds.results(system("test"), made.id, limit=200).items
        return next(line for line in lines if line.subject_id == bank.li.id)


def test_everything_up_to_the_periods_last_day_counts(bank: Bank, diary: Diary) -> None:
    in_force(bank)
    diary.errand(bank.li.id, minutes=120, at="2000-01-01T09:00")
    diary.errand(bank.li.id, minutes=120, at="2026-03-31T23:59")
    diary.errand(bank.li.id, minutes=180, at="2026-04-01T00:00")
    with clock.at(datetime(2026, 8, 15, 6, tzinfo=UTC)):
        made = compute(bank, period="lifetime-2026Q3")
        line = line_of(results(bank, made), bank.li.id)
        assert made["period"] == "lifetime-2026Q3"
        assert (line["measures"]["minutes"], line["stars"]) == (420, 3)
        assert line["measures"]["tenure_days"] == 0
        assert line["commendations"] == [{"code": "prize", "name": "爱心奖", "times": 3}]
        assert line["explanation"][0] == "达到三星"
        assert "服务时长还差 1 小时（现有 7，需 8）" in line["explanation"]
        assert line["explanation"][-1] == "获得“爱心奖”3 次"
        idle = line_of(results(bank, made), bank.zhao.id)
        assert (idle["stars"], idle["commendations"]) == (0, [])
    # what came after the first quarter is not in its lifetime; the account was not open yet
    early = compute(bank, period="lifetime-2026Q1")
    line = line_of(results(bank, early), bank.li.id)
    assert (line["measures"]["minutes"], line["measures"]["tenure_days"]) == (240, 0)
    listed = bank.as_("auditor").get("/star-rounds?period=lifetime-2026Q1").json["items"]
    assert [one["id"] for one in listed] == [early["id"]]


def test_the_tenure_ends_with_the_period(bank: Bank) -> None:
    ladder = {**LIFETIME, "levels": [{"stars": 1, "needs": {"tenure_days": 47}}]}
    in_force(bank, ladder=ladder)
    line = later(bank, datetime(2026, 9, 29, 15, 59, tzinfo=UTC), "lifetime-2026Q3")
    assert line.measures.tenure_days == 45  # it is the 29th, while the period runs
    line = later(bank, datetime(2026, 9, 29, 16, tzinfo=UTC), "lifetime-2026Q3")
    assert (line.measures.tenure_days, line.stars) == (46, 0)
    assert "开户还差 1 天（现为 46，需 47）" in map(str, line.lines)
    afterwards = datetime(2027, 3, 1, tzinfo=UTC)
    assert later(bank, afterwards, "lifetime-2026Q3").measures == line.measures
    line = later(bank, afterwards, "lifetime-2026")
    assert (line.measures.tenure_days, line.stars) == (138, 1)


def test_a_quota_is_kept_over_http(bank: Bank, diary: Diary) -> None:
    """Three people, of whom a half may have two stars or more: one."""
    in_force(bank, ladder={**LIFETIME, "quotas": [{"stars": 2, "percent": "50", "of": "listed"}]})
    third = diary.open_account("林一")
    diary.errand(bank.li.id, minutes=240)
    diary.errand(third, minutes=300)
    lines = results(bank, compute(bank, period="lifetime-2026Q3"))
    assert [(line["subject_id"], line["stars"], line["rank"]) for line in lines] == [
        (third, 2, 1), (bank.li.id, 1, 2), (bank.zhao.id, 0, 3),
    ]  # fmt: skip
    assert lines[1]["explanation"] == [
        "达到二星",
        "服务时长 4 小时，达到所需的 4 小时",
        "距三星：",
        "服务时长还差 2 小时（现有 4，需 6）",
        "2 星及以上的名额为 1 个（参评 3 个的 50%，舍去小数）",
        "排在前面、同样达到要求的已有 1 个",
        "限于名额，评为一星",
        "获得“爱心奖”",
    ]


def test_a_station_has_no_tenure_and_may_be_commended(bank: Bank, diary: Diary) -> None:
    in_force(bank)
    member = diary.open_account("林一", station_id=bank.station_id)
    diary.errand(member)
    diary.errand(member)
    line = line_of(
        results(bank, compute(bank, subject="station", period="lifetime-2026")), bank.station_id
    )
    assert line["measures"]["tenure_days"] is None
    assert line["explanation"] == ["规则书没有适用的星级标准", "获得“先进团队”"]
    assert line["commendations"] == [{"code": "team.medal", "name": "先进团队", "times": 1}]


def test_a_lifetime_is_shown_to_the_public(
    bank: Bank, diary: Diary, wall: Wall, client: FlaskClient
) -> None:
    in_force(bank)
    diary.errand(bank.li.id, minutes=240)
    wall.stars(period="lifetime-2026Q3")
    public = bank.as_("public")
    [shown] = public.get("/public/stars").json["items"]
    assert (shown["display_name"], shown["period"], shown["stars"]) == (
        "李*兰", "lifetime-2026Q3", 2,
    )  # fmt: skip
    wall.stars()  # the quarter that ends on the same day comes first from now on
    assert public.get("/public/stars").json["items"][0]["period"] == "2026Q3"
    [again] = public.get("/public/stars?period=lifetime-2026Q3").json["items"]
    assert again == shown

    notice = wall.post("stars", period="lifetime-2026Q3")
    assert notice["title"] == "长河街道 截至 2026 年第 3 季度星级志愿者公示"
    assert [line["stars"] for line in notice["lines"]] == [2, 0]
    listed = public.get("/notices?period=lifetime-2026Q3").json["items"]
    assert [one["id"] for one in listed] == [notice["id"]]
    for path in (
        "/", "/stars", "/stars?round=volunteer.lifetime-2026Q3", "/notices",
        f"/notices/{notice['id']}",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 200
        assert "截至 2026 年第 3 季度" in answer.text or path == "/"


@pytest.mark.engine("sqlite")
def test_other_figures_have_no_lifetime(bank: Bank, client: FlaskClient) -> None:
    supervisor, public = bank.as_("supervisor"), bank.as_("public")
    for kind in ("points", "redemptions"):
        body = {"kind": kind, "organization_id": bank.street_id, "period": "lifetime-2026Q3"}
        answer = supervisor.post("/notices", body)
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["period"])
        answer = public.get(f"/public/{kind}?period=lifetime-2026Q3")
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["period"])
    assert public.get("/public/summary?period=lifetime-2026").status_code == 422
    body = {"subject": "volunteer", "organization_id": bank.street_id}
    for period in ("lifetime-2026Q4", "lifetime-2027", "lifetime-2026-07", "lifetime"):
        answer = supervisor.post("/star-rounds", {**body, "period": period})
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["period"])


def test_the_most_of_the_latest_quarter_year_and_lifetime_are_held(
    bank: Bank, diary: Diary
) -> None:
    in_force(bank)
    diary.errand(bank.li.id, minutes=240, at="2025-02-03T09:00")
    diary.errand(bank.li.id, minutes=120)

    def held() -> int:
        with bank.inside():
            return rounds.current_stars(bank.li.id)

    def final(period: str) -> int:
        made = compute(bank, period=period)
        assert publish(bank, made).status_code == 200
        stars: int = line_of(results(bank, made), bank.li.id)["stars"]
        return stars

    assert held() == 0
    assert (final("2026Q3"), held()) == (1, 1)
    assert (final("lifetime-2026Q3"), held()) == (3, 3)
    # rounds that end earlier change nothing, though they are published later
    assert (final("lifetime-2025"), held()) == (0, 3)
    assert (final("2026Q1"), held()) == (0, 3)
    assert (final("2026"), held()) == (0, 3)
    # one of the same kind that ends later does, whatever it says
    fewer = {**LIFETIME, "levels": [{"stars": 2, "needs": {"hours": "5"}}]}
    in_force(bank, ladder=fewer)
    autumn = datetime(2026, 10, 2, tzinfo=UTC)
    assert later(bank, autumn, "lifetime-2026Q4", published=True).stars == 2
    assert held() == 2
    assert later(bank, autumn, "2026Q4", published=True).stars == 0
    assert held() == 2


def test_a_lifetimes_star_opens_the_supermarket(bank: Bank, diary: Diary) -> None:
    document = bank.as_("admin").get("/rulebooks/1").json["document"]
    redemption = {**document["redemption"], "min_star": 3}
    in_force(bank, redemption=redemption)
    diary.errand(bank.li.id, minutes=360)
    assert publish(bank, compute(bank)).status_code == 200
    refused = bank.buy({bank.soap: 1})
    assert (refused.status_code, refused.json["detail"]) == (409, "达到 3 星方可兑换")
    made = compute(bank, period="lifetime-2026Q3")
    assert bank.buy({bank.soap: 1}).status_code == 409  # a draft is nobody's business
    assert publish(bank, made).status_code == 200
    assert bank.buy({bank.soap: 1}).status_code == 201


def test_results_of_before_are_still_read(bank: Bank) -> None:
    """A row as it was written when there was no tenure and no commendation."""
    made = compute(bank)
    old = {
        "minutes": 90, "points": 1500, "merit": 1500, "events": 1, "ratings": 1, "rating_stars": 5,
    }  # fmt: skip
    subject_id = new_id()
    row = {
        "round_id": made["id"], "place": 99, "subject_id": subject_id, "stars": 0, "rank": 99,
        "measures": old, "explanation": [{"text": "尚未达到星级", "values": {}}],
    }  # fmt: skip
    with bank.inside():
        transact(lambda: session().execute(insert(StarResult), row))
        stored = select(StarResult.commendations).where(StarResult.subject_id == subject_id)
        assert session().scalar(stored) == []
    line = line_of(results(bank, made), subject_id)
    assert (line["commendations"], line["measures"]["tenure_days"]) == ([], None)
    assert line["measures"]["points"] == "15"
