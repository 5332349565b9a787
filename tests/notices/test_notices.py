"""Notices over HTTP: drafted, posted, frozen, closed."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.core.db import session
from moralbank.core.transaction import transact
from moralbank.notices import operations
from moralbank.notices.models import Notice, NoticeLine
from tests.cast import Bank
from tests.notices.conftest import Wall


def test_a_draft_is_for_its_supervisor_alone(bank: Bank, wall: Wall) -> None:
    wall.diary.errand(bank.li.id)
    number = wall.draft()
    for who in ("public", "li", "till", "worker", "auditor"):
        assert bank.as_(who).get(f"/notices/{number}").status_code == 404
        assert bank.as_(who).get("/notices").json["items"] == []
    seen = bank.as_("supervisor").get(f"/notices/{number}").json
    assert seen["status"] == "draft"
    assert seen["posted_on"] is seen["digest"] is None
    assert [line["points"] for line in seen["lines"]] == [wall.diary.awards[0]["points"]]
    assert bank.as_("supervisor").get("/notices").json["items"] == []


def test_points_are_posted_line_by_line(bank: Bank, wall: Wall) -> None:
    diary = wall.diary
    third = diary.open_account("林森", community_id=bank.other_community_id)
    diary.errand(bank.li.id, third, minutes=60)
    diary.errand(bank.li.id, minutes=120, at="2026-07-01T00:00")
    diary.errand(bank.zhao.id, at="2026-06-30T23:59")  # the quarter before
    notice = wall.post()
    assert notice["kind"] == "points"
    assert notice["period"] == "2026Q3"
    assert notice["status"] == "posted"
    assert notice["organization"] == notice["authority"] == "长河街道"
    assert notice["posted_on"] == "2026-08-15"
    assert notice["objection_until"] == "2026-08-21"
    assert notice["weekends_only"] is False
    assert len(notice["digest"]) == 64
    first, second = notice["lines"]
    assert (first["line_no"], first["display_name"]) == (1, "李*兰")
    assert (first["minutes"], first["service_events"]) == (180, 2)
    of_li = [award for award in diary.awards if award["volunteer_id"] == bank.li.id]
    assert float(first["points"]) == sum(float(award["points"]) for award in of_li)
    assert second["display_name"] == "林*"
    assert notice["objections"] == []
    # a community's own notice tells of its own people
    own = wall.post(place=bank.other_community_id, period="2026-08")
    assert [line["display_name"] for line in own["lines"]] == ["林*"]
    station = wall.post(place=bank.station_id)
    assert [line["display_name"] for line in station["lines"]] == ["李*兰"]


def test_redemptions_are_a_line_each_net_of_voids(bank: Bank, wall: Wall) -> None:
    bank.buy({bank.rice: 2, bank.soap: 1})
    bank.buy({bank.soap: 1})
    voided = bank.buy({bank.soap: 4}).json["id"]
    assert (
        bank.as_("supervisor").post(f"/redemptions/{voided}/void", {"reason": "拿错"}).status_code
        == 200
    )
    notice = wall.post("redemptions", period="2026-08")
    assert sorted(line["points"] for line in notice["lines"]) == ["0.5", "40.5"]
    line = max(notice["lines"], key=lambda one: float(one["points"]))
    assert line["display_name"] == "李*兰"
    assert line["occurred_on"] == "2026-08-15"
    assert line["supermarket"] == "梧桐爱心超市"
    assert {"name": "大米", "quantity": 2} in line["goods"]
    # a void after the posting is told by the next notice; this one stays
    assert bank.as_("supervisor").get("/public/summary").json["points_redeemed"] == "41"


def test_stars_need_a_published_round(bank: Bank, wall: Wall) -> None:
    wall.diary.errand(bank.li.id, minutes=240)
    number = wall.draft("stars")
    refused = bank.as_("supervisor").post(f"/notices/{number}/posting", {"objection_days": 5})
    assert (refused.status_code, refused.json["code"]) == (409, "wrong_state")
    wall.stars()
    notice = wall.post("stars")
    assert [(line["stars"], line["rank"]) for line in notice["lines"]] == [(1, 1), (0, 2)]
    assert notice["lines"][0]["display_name"] == "李*兰"
    wall.stars(subject="station", period="2026")
    stations = wall.post("stars", period="2026")
    assert [line["display_name"] for line in stations["lines"]] == ["梧桐代办站"]


def test_a_notice_is_posted_once_and_never_changes(bank: Bank, wall: Wall) -> None:
    wall.diary.errand(bank.li.id)
    notice = wall.post()
    again = bank.as_("supervisor").post(f"/notices/{notice['id']}/posting", {"objection_days": 5})
    assert (again.status_code, again.json["code"]) == (409, "wrong_state")
    wall.diary.errand(bank.li.id)
    bank.as_("admin").patch(f"/organizations/{bank.street_id}", {"name": "改名街道"})
    assert wall.read(notice["id"]) == notice
    for change in (update(NoticeLine).values(alias="x"), delete(NoticeLine)):
        with bank.inside(), pytest.raises(DBAPIError):
            transact(partial(session().execute, change))


def test_who_posts_is_written_down(bank: Bank, wall: Wall) -> None:
    bank.as_("admin").patch(
        f"/organizations/{bank.district_id}", {"phone": "024-5550000", "address": "新安路 1 号"}
    )
    bank.as_("admin").patch(f"/organizations/{bank.street_id}", {"phone": "024-5551111"})
    notice = wall.post()
    assert (notice["phone"], notice["address"]) == ("024-5551111", "新安路 1 号")


@pytest.mark.parametrize(
    ("body", "status", "fault"),
    [
        ({"kind": "gossip"}, 422, "kind"),
        ({"period": "2026Q5"}, 422, "period"),
        ({"period": "2027"}, 422, "period"),
        ({"period": "yesterday"}, 422, "period"),
        ({"organization_id": "nowhere"}, 404, None),
        ({"extra": 1}, 422, "extra"),
        ({"period": 2026}, 422, "period"),
    ],
)
def test_bad_drafts(bank: Bank, body: dict[str, object], status: int, fault: str | None) -> None:
    whole = {"kind": "points", "organization_id": bank.street_id, "period": "2026Q3"} | body
    answer = bank.as_("supervisor").post("/notices", whole)
    assert answer.status_code == status
    assert fault is None or fault in answer.json["errors"]


@pytest.mark.parametrize("days", [-1, 31, "5", 1.5, None, True])
def test_bad_objection_days(bank: Bank, wall: Wall, days: object) -> None:
    number = wall.draft()
    answer = bank.as_("supervisor").post(f"/notices/{number}/posting", {"objection_days": days})
    assert answer.status_code == 422
    assert "objection_days" in answer.json["errors"]


def test_a_supervisor_elsewhere_does_not_reach_it(bank: Bank, wall: Wall) -> None:
    from moralbank.people import sign_in, staff
    from tests.cast import PASSWORD

    with bank.inside():
        made = {
            "username": "far", "password": PASSWORD, "display_name": "far", "role": "supervisor",
            "organization_id": bank.other_community_id,
        }  # fmt: skip
        staff.create(system("cast"), **made)
        bank.tokens["far"] = sign_in.sign_in_staff(
            system("cast"), username="far", password=PASSWORD
        ).access_token
    number = wall.draft(place=bank.community_id)
    far = bank.as_("far")
    assert far.get(f"/notices/{number}").status_code == 404
    assert far.post(f"/notices/{number}/posting", {"objection_days": 1}).status_code == 404
    body = {"kind": "points", "organization_id": bank.community_id, "period": "2026Q3"}
    assert far.post("/notices", body).status_code == 404
    notice = wall.post(place=bank.community_id)
    assert far.get(f"/notices/{notice['id']}/objections").status_code == 404


def test_the_list_is_newest_first_and_paged(bank: Bank, wall: Wall) -> None:
    posted = [wall.post(kind)["id"] for kind in ("points", "redemptions", "points")]
    public = bank.as_("public")
    first = public.get("/notices?limit=2").json
    assert [item["id"] for item in first["items"]] == posted[:0:-1]
    assert "lines" not in first["items"][0]
    rest = public.get(f"/notices?limit=2&cursor={first['next']}").json
    assert [item["id"] for item in rest["items"]] == posted[:1]
    assert rest["next"] is None
    assert len(public.get("/notices?kind=points").json["items"]) == 2
    assert public.get("/notices?cursor=forged").status_code == 422


def test_a_notice_closes_when_its_time_is_over(bank: Bank, wall: Wall) -> None:
    notice, at_once = wall.post(), wall.post("redemptions", days=0)
    disputed = wall.post(place=bank.community_id)
    assert at_once["objection_until"] == "2026-08-15"
    objection = wall.object_to(disputed["id"]).json["id"]

    def close(*day: int) -> list[str]:
        with bank.inside(), clock.at(datetime(*day, tzinfo=UTC)):  # type: ignore[misc,arg-type]
            return operations.close_due(system("test"))

    assert close(2026, 8, 21, 15, 59) == [at_once["id"]]  # a minute before midnight here
    assert close(2026, 8, 21, 16, 0) == [notice["id"]]
    assert close(2026, 8, 21, 16, 0) == []
    decided = bank.as_("supervisor").post(
        f"/notices/{disputed['id']}/objections/{objection}/decision",
        {"upheld": False, "reason": "核对无误"},
    )
    assert decided.status_code == 200
    assert close(2026, 8, 22, 0, 0) == [disputed["id"]]
    assert wall.read(notice["id"]) == {**notice, "status": "closed", "takes_objections": False}
    assert len(bank.as_("public").get("/notices").json["items"]) == 3


def test_the_commands(bank: Bank, wall: Wall, runner: FlaskCliRunner) -> None:
    wall.diary.errand(bank.li.id)
    notice = wall.post(days=0)
    assert runner.invoke(args=["notices", "close"]).stdout == f"{notice['id']}\n"
    assert runner.invoke(args=["notices", "close"]).stdout == ""
    assert runner.invoke(args=["notices", "verify"]).exit_code == 0
    with bank.inside():
        transact(lambda: session().execute(update(Notice).values(phone="024-0000000")))
    result = runner.invoke(args=["notices", "verify"])
    assert result.exit_code == 1
    assert result.stdout == f"{notice['id']}\n"
