"""Certificates over HTTP: what they say, who issues them, and that they stay what they were."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from moralbank.certificates import operations
from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.core.db import db
from moralbank.core.transaction import transact
from moralbank.organizations import operations as organizations
from moralbank.people import staff
from moralbank.people.sign_in import sign_in_staff
from tests.cast import PASSWORD, Bank, together
from tests.certificates.conftest import Desk, Diary
from tests.core.problems import problem

WORK = [
    ("home.shopping", 45, "2026-06-30T23:59"),
    ("home.shopping", 60, "2026-07-01T00:00"),
    ("home.cooking", 100, "2026-07-15T09:00"),
    ("public.cleanup", 240, "2026-07-20T09:00"),
    ("home.medicine", 20, "2026-07-31T23:59"),
    ("special.portraits", 30, "2026-08-01T00:00"),
]
"""What 李秋兰 does: service item, minutes, local moment."""
RESIDENT = "何凤英"
T = TypeVar("T")


def errand(bank: Bank, item: str, minutes: int, at: str, who: str = "li") -> str:
    """Have an errand done and rated; return its id."""
    admin = bank.as_("admin")
    asked = {
        "service_item": item,
        "community_id": bank.community_id,
        "resident": {"name": RESIDENT, "household_no": "3-201"},
        "note": "门铃坏了，请打电话",
    }
    event_id: str = admin.post("/service-events", asked).json["id"]
    body = {
        "participants": [{"volunteer_id": bank.ids[who], "minutes": minutes}],
        "performed_at": f"{at}:00+08:00",
    }
    unit = next(one for one in document(bank)["service_items"] if one["code"] == item)["unit"]
    done = admin.post(
        f"/service-events/{event_id}/completion",
        body | ({"quantity": 3} if unit == "count" else {}),
    )
    assert done.status_code == 200, done.text
    rated = admin.post(f"/service-events/{event_id}/rating", {"stars": 5, "channel": "phone"})
    assert rated.status_code == 200, rated.text
    return event_id


def document(bank: Bank) -> Any:
    return bank.as_("admin").get("/rulebooks/1").json["document"]


@pytest.fixture
def worked(bank: Bank) -> list[str]:
    """李秋兰 did what `WORK` says, 赵春生 something else; the ids of her errands."""
    errand(bank, "home.shopping", 90, "2026-07-02T09:00", "zhao")
    return [errand(bank, *line) for line in WORK]


def recomputed(bank: Bank, since: str, until: str) -> dict[str, Any]:
    """What 李秋兰 did between two local days, out of the errands as they are shown, one by one."""
    admin, cursor = bank.as_("admin"), ""
    rules = document(bank)
    items = {one["code"]: one for one in rules["service_items"]}
    called = {one["code"]: one["name"] for one in rules["categories"]}
    lines: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    while True:
        page = admin.get(f"/service-events?limit=100&cursor={cursor}").json
        for line in page["items"]:
            event = admin.get(f"/service-events/{line['id']}").json
            for award in event["awards"]:
                stands = (award["volunteer_id"], event["status"]) == (bank.li.id, "awarded")
                if stands and since <= event["performed_at"][:10] <= until:
                    item = items[event["service_item"]]
                    lines[called[item["category"]]].append((item["name"], award["minutes"]))
        if page["next"] is None:
            break
        cursor = page["next"]
    contents = [
        {
            "category": category,
            "items": sorted({name for name, _minutes in done}),
            "errands": len(done),
            "minutes": sum(minutes for _name, minutes in done),
        }
        for category, done in lines.items()
    ]
    return {
        "errands": sum(line["errands"] for line in contents),
        "minutes": sum(line["minutes"] for line in contents),
        "contents": sorted(contents, key=lambda line: -line["minutes"]),
    }


def figures(issued: Any) -> dict[str, Any]:
    return {name: issued["facts"][name] for name in ("errands", "minutes", "contents")}


def test_a_record_says_what_the_errands_say(bank: Bank, desk: Desk, worked: list[str]) -> None:
    issued = desk.issue(since="2026-07-01", until="2026-07-31")
    expected = recomputed(bank, "2026-07-01", "2026-07-31")
    assert expected["errands"] == 4
    assert figures(issued) == expected
    whole = desk.issue()
    assert figures(whole) == recomputed(bank, "2000-01-01", "2026-08-15")
    assert (whole["facts"]["since"], whole["facts"]["until"]) == ("2026-06-30", "2026-08-15")
    assert figures(desk.issue(until="2026-06-30"))["minutes"] == 45
    assert figures(desk.issue(since="2026-08-01"))["errands"] == 1


def test_a_record_on_paper(bank: Bank, desk: Desk, worked: list[str]) -> None:
    issued = desk.issue(since="2026-07-01", until="2026-07-31")
    assert issued["number"] == "2026-000001"
    paper = desk.paper(issued["id"])
    assert len(paper.pages) == 1
    for words in (
        "志愿服务记录证明", "编号：2026-000001", f"兹证明李秋兰（账号{bank.li.account_no}）",
        "于2026年7月1日至2026年7月31日", "共4次", "服务时长合计7小时",
        "社会公共服务环境清洁14小时", "上门做饭、代买日用品、代取药品33小时", "合计47小时",
        "免费出具", "记录单位梧桐社区", "出具单位梧桐社区", "经办人worker",
        "出具日期2026年8月15日", "盖章处", "http://localhost/verify", issued["digest"][:4],
    ):  # fmt: skip
        assert words in paper.text, words
    for private in (RESIDENT, "3-201", "门铃", bank.li.phone, bank.li.code):
        assert private not in paper.text
    assert RESIDENT not in str(issued)
    assert paper.ink_in_the_seal == 0


def test_stars_say_what_the_published_round_says(bank: Bank, desk: Desk, diary: Diary) -> None:
    for day in range(1, 6):
        diary.errand(bank.li.id, minutes=240, stars=5, at=f"2026-07-0{day}T08:00")
    problem(desk.ask("worker", kind="stars", period="2026Q3"), 409, "nothing_to_certify")
    round_id = desk.stars()
    results = bank.as_("auditor").get(f"/star-rounds/{round_id}/results").json["items"]
    line = next(one for one in results if one["subject_id"] == bank.li.id)
    assert line["stars"] == 4
    issued = desk.issue("supervisor", kind="stars", period="2026Q3")
    facts, measures = issued["facts"], line["measures"]
    assert (facts["stars"], facts["round_id"], facts["rulebook_version"]) == (4, round_id, 1)
    assert (facts["minutes"], facts["errands"]) == (measures["minutes"], measures["events"])
    assert facts["points"] == round(float(measures["points"]) * 100)
    assert facts["merit"] == round(float(measures["merit"]) * 100)
    assert facts["mean_rating"] == measures["mean_rating"] == "5"
    paper = desk.paper(issued["id"])
    for words in (
        "星级证书", "李秋兰", bank.li.account_no, "在2026年第3季度的星级评定中，被评为",
        "四星代办员", "20小时", "5件", measures["points"], "5星", "长河街道2026年8月15日公布",
        "第1版",
        "出具单位新安区", "经办人supervisor", "记录单位梧桐社区", issued["number"],
    ):  # fmt: skip
        assert words in paper.text, words
    assert "rank" not in facts


def test_few_ratings_tell_no_mean(bank: Bank, desk: Desk, diary: Diary) -> None:
    diary.errand(bank.li.id, minutes=240, stars=3)
    desk.stars()
    issued = desk.issue(kind="stars", period="2026Q3")
    assert issued["facts"]["mean_rating"] is None
    assert "居民评分" not in desk.paper(issued["id"]).text
    problem(desk.ask("worker", bank.zhao.id, kind="stars", period="2026Q3"), 409)


def test_what_was_issued_stays_what_it_was(bank: Bank, desk: Desk, worked: list[str]) -> None:
    """Though the award is taken back, the name changes, the keys and the handler too."""
    issued = desk.issue(since="2026-07-01")
    before = desk.paper(issued["id"]).content
    last = bank.as_("worker").post(f"/service-events/{worked[1]}/dispute", {"reason": "没来"})
    assert last.status_code == 200, last.text
    decided = bank.as_("second").post(
        f"/service-events/{worked[1]}/dispute/decision", {"upheld": True, "reason": "属实"}
    )
    assert decided.json["status"] == "upheld"
    renamed = bank.as_("worker").patch(f"/volunteers/{bank.li.id}", {"name": "李秋岚"})
    assert renamed.status_code == 200, renamed.text
    place = f"/organizations/{bank.community_id}"
    assert bank.as_("admin").patch(place, {"name": "梧桐苑"}).status_code == 200
    bank.app.config["BANK_NAME"] = "爱心银行"
    bank.app.config["KEYS_CERTIFICATES"] = ["another key"]
    with clock.at(datetime(2026, 8, 15, 5, tzinfo=UTC)):
        assert desk.paper(issued["id"]).content == before
        listed = bank.as_("worker").get(f"/volunteers/{bank.li.id}/certificates").json["items"]
        assert listed == [issued]
        # Another one says how it stands now.
        again = desk.issue(since="2026-07-01", until="2026-08-15")
    assert figures(again) == recomputed(bank, "2026-07-01", "2026-08-15")
    assert again["facts"]["errands"] == issued["facts"]["errands"] - 1
    assert (again["name"], again["issuer"]) == ("李秋岚", "梧桐苑")


def test_who_answers_for_it(bank: Bank, desk: Desk, worked: list[str]) -> None:
    """Whom the handler works for; the volunteer's community for a station, for an administrator of
    all, and where the volunteer asks."""
    with bank.inside():
        staff.create(
            system("test"), username="station", password=PASSWORD, display_name="站长",
            role="worker", organization_id=bank.station_id,
        )  # fmt: skip
        signed = transact(
            lambda: sign_in_staff(system("test"), username="station", password=PASSWORD)
        )
        bank.tokens["station"] = signed.access_token
        elsewhere = transact(
            lambda: organizations.create(
                system("test"), name="远处街道", level="street", parent_id=bank.district_id
            )
        )
        staff.create(
            system("test"), username="far", password=PASSWORD, display_name="far",
            role="supervisor", organization_id=elsewhere.id,
        )  # fmt: skip
        signed = transact(lambda: sign_in_staff(system("test"), username="far", password=PASSWORD))
        bank.tokens["far"] = signed.access_token
    said = {
        who: (made["issuer"], made["handler"])
        for who in ("worker", "supervisor", "station", "admin", "li")
        for made in [desk.issue(who)]
    }
    assert said == {
        "worker": ("梧桐社区", "worker"),
        "supervisor": ("新安区", "supervisor"),
        "station": ("梧桐社区", "站长"),
        "admin": ("梧桐社区", "admin"),
        "li": ("梧桐社区", ""),
    }
    problem(desk.ask("far"), 404, "not_found")


def test_volunteers_issue_themselves_records_alone(bank: Bank, desk: Desk, diary: Diary) -> None:
    diary.errand(bank.li.id, minutes=240)
    desk.stars()
    issued = desk.issue("li")
    assert "经办人系统出具" in desk.paper(issued["id"], "li").text
    problem(desk.ask("li", kind="stars", period="2026Q3"), 403, "forbidden")
    problem(desk.ask("auditor"), 403, "forbidden")
    problem(desk.ask("zhao", bank.zhao.id), 409, "nothing_to_certify")
    problem(bank.as_("li").post(f"/certificates/{issued['id']}/revocation", {"reason": "x"}), 403)


def test_ten_a_day_are_enough_for_anybody(bank: Bank, desk: Desk, worked: list[str]) -> None:
    bank.app.config["RATELIMIT_ENABLED"] = True
    codes = [desk.ask("li").status_code for _time in range(11)]
    assert codes == [201] * 10 + [429]
    assert desk.ask("worker").status_code == 201


def test_nobody_sees_another_s(bank: Bank, desk: Desk, worked: list[str]) -> None:
    """Volunteers their own, staff those within their reach; for all others there is none."""
    number = desk.issue()["id"]
    path = f"/volunteers/{bank.li.id}/certificates"
    for who in ("zhao", "neighbour"):
        caller = bank.as_(who)
        problem(caller.get(path), 404, "not_found")
        problem(caller.get(f"/certificates/{number}.pdf"), 404, "not_found")
        problem(desk.ask(who), 404, "not_found")
    revocation = f"/certificates/{number}/revocation"
    problem(bank.as_("neighbour").post(revocation, {"reason": "x"}), 404, "not_found")
    problem(bank.as_("public").get(f"/certificates/{number}.pdf"), 401)
    problem(bank.as_("till").get(path), 403)
    for who in ("li", "auditor", "worker"):
        assert [one["id"] for one in bank.as_(who).get(path).json["items"]] == [number]
        assert desk.paper(number, who).content == desk.paper(number).content


def test_staff_leave_their_own_to_a_colleague(bank: Bank, desk: Desk, worked: list[str]) -> None:
    with bank.inside(), db.engine.begin() as connection:
        connection.execute(
            text("UPDATE staff SET volunteer_id = :li WHERE username = 'worker'"),
            {"li": bank.li.id},
        )
    signed_in = {"username": "worker", "password": PASSWORD}
    bank.tokens["own"] = bank.as_("public").post("/tokens", signed_in).json["access_token"]
    problem(desk.ask("own"), 403, "forbidden")
    number = desk.issue("supervisor")["id"]
    revocation = f"/certificates/{number}/revocation"
    problem(bank.as_("own").post(revocation, {"reason": "x"}), 403, "forbidden")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"since": "2026-08-02", "until": "2026-08-01"}, "since"),
        ({"until": "2026-08-16"}, "until"),
        ({"since": "2026-13-01"}, "since"),
        ({"since": "1999-12-31"}, "since"),
        ({"period": "2026Q3"}, "period"),
        ({"kind": "stars"}, "period"),
        ({"kind": "stars", "period": "2026-07"}, "period"),
        ({"kind": "stars", "period": "2027"}, "period"),
        ({"kind": "stars", "period": "2026Q3", "since": "2026-07-01"}, "since"),
        ({"kind": "stars", "period": "2026Q3", "until": "2026-07-01"}, "until"),
        ({"kind": "medal"}, "kind"),
        ({"handler": "somebody"}, "handler"),
    ],
)
def test_what_cannot_be_certified_is_refused_by_name(
    bank: Bank, desk: Desk, body: dict[str, Any], field: str
) -> None:
    refused = problem(desk.ask("worker", **body), 422, "validation_failed")
    assert list(refused["errors"]) == [field]


def test_where_nothing_was_done_nothing_is_certified(
    bank: Bank, desk: Desk, worked: list[str]
) -> None:
    problem(desk.ask("worker", since="2026-08-02"), 409, "nothing_to_certify")
    assert bank.as_("worker").get(f"/volunteers/{bank.li.id}/certificates").json["items"] == []


def now_too(task: Callable[[], T]) -> Callable[[], T]:
    """Let a task of another thread happen on the same day."""
    now = clock.now()

    def run() -> T:
        with clock.at(now):
            return task()

    return run


def test_numbers_follow_each_other_and_begin_anew_each_year(
    bank: Bank, desk: Desk, worked: list[str]
) -> None:
    tasks = [now_too(lambda: desk.issue("worker")), now_too(lambda: desk.issue("supervisor"))]
    made = together(tasks * 3)
    assert sorted(one["number"] for one in made) == [f"2026-{n:06d}" for n in range(1, 7)]
    # In the new year here, where it is still the old one in London.
    with bank.inside(), clock.at(datetime(2026, 12, 31, 16, 30, tzinfo=UTC)):
        one = operations.issue(system("test"), bank.li.id, kind="service_record")
    assert (one.number, one.handler, one.issuer) == ("2027-000001", "", "梧桐社区")


def test_a_lost_answer_is_not_issued_twice(bank: Bank, desk: Desk, worked: list[str]) -> None:
    path, body = f"/volunteers/{bank.li.id}/certificates", {"kind": "service_record"}
    first, second = (bank.as_("worker").post(path, body, key="once") for _time in range(2))
    assert first.json == second.json
    assert len(bank.as_("worker").get(path).json["items"]) == 1


def test_it_is_revoked_once(bank: Bank, desk: Desk, worked: list[str]) -> None:
    issued = desk.issue()
    before = desk.paper(issued["id"]).content
    path = f"/certificates/{issued['id']}/revocation"
    said = {"reason": "时长有误"}
    answers = together([now_too(lambda: bank.as_("worker").post(path, said))] * 2)
    assert sorted(one.status_code for one in answers) == [200, 409]
    done = next(one for one in answers if one.status_code == 200).json
    assert (done["status"], done["revoke_reason"]) == ("revoked", "时长有误")
    assert done["revoked_at"] == "2026-08-15T12:00:00+08:00"
    assert {**done, "status": "valid", "revoked_at": None, "revoke_reason": None} == issued
    problem(next(one for one in answers if one.status_code == 409), 409, "wrong_state")
    assert desk.paper(issued["id"]).content == before


def test_the_database_keeps_it_as_it_was_issued(bank: Bank, desk: Desk, worked: list[str]) -> None:
    number = desk.issue()["id"]
    changes = [
        "UPDATE certificates SET facts = '{}'",
        "UPDATE certificates SET handler = 'x', revoked_at = issued_at",
        "DELETE FROM certificates",
        "UPDATE certificates SET revoked_at = issued_at",  # by nobody, for nothing
    ]

    def refused(statement: str, match: str) -> None:
        with (
            bank.inside(),
            db.engine.connect() as connection,
            pytest.raises(DBAPIError, match=match),
        ):
            connection.execute(text(statement))

    for statement in changes[:3]:
        refused(statement, "append-only")
    refused(changes[3], "ck_certificates_revoked")
    revoked = bank.as_("worker").post(f"/certificates/{number}/revocation", {"reason": "错"})
    assert revoked.status_code == 200
    refused(
        "UPDATE certificates SET revoked_at = NULL, revoked_by = NULL, revoke_reason = NULL",
        "append-only",
    )


def test_what_was_changed_all_the_same_is_not_printed(
    bank: Bank, desk: Desk, worked: list[str]
) -> None:
    issued = desk.issue()
    forge(bank, issued["id"])
    problem(bank.as_("worker").get(f"/certificates/{issued['id']}.pdf"), 409, "certificate_changed")


def forge(bank: Bank, number: str) -> None:
    """Write another handler, with the trigger off."""
    with bank.inside(), db.engine.begin() as connection:
        on = " ON certificates" if connection.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER certificates_kept{on}"))
        connection.execute(
            text("UPDATE certificates SET handler = '李鬼' WHERE id = :id"), {"id": number}
        )


def test_a_name_that_the_font_lacks_has_a_box(bank: Bank, desk: Desk, diary: Diary) -> None:
    rare = diary.open_account("张䶮")
    diary.errand(rare, minutes=240)
    desk.stars()
    for body in ({}, {"kind": "stars", "period": "2026Q3"}):
        issued = desk.issue("worker", rare, **body)
        assert issued["name"] == "张䶮"
        paper = desk.paper(issued["id"])
        assert "张" in paper.text
        assert "空框处是字库没有的字" in paper.text
        assert paper.link.endswith(token_in(paper.link))


def token_in(link: str) -> str:
    return re.fullmatch(r"http://localhost/certificates/([0-9a-z]{16}[\w-]{12})", link)[1]  # type: ignore[index]


def test_a_long_record_goes_on_to_another_page(bank: Bank, desk: Desk) -> None:
    """Every item of the catalogue once: all its names are there, and the seal is on the last."""
    items = list(document(bank)["service_items"])
    for place, one in enumerate(items):
        errand(bank, one["code"], 30, f"2026-0{1 + place // 20}-{1 + place % 20:02d}T08:00")
    issued = desk.issue()
    paper = desk.paper(issued["id"])
    for one in items:
        assert one["name"] in paper.text
    assert f"共{len(items)}次" in paper.text
    assert token_in(paper.link)
    assert paper.ink_in_the_seal == 0
