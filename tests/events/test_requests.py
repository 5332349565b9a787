"""Requests, claims and completions."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from moralbank.core.db import db
from tests.cast import Bank, together
from tests.core.problems import problem
from tests.desk.visitor import visit
from tests.events.errands import PERFORMED, Errand, link_staff, request


def test_a_request_gives_a_code_in_this_answer_alone(bank: Bank) -> None:
    errand = request(bank)
    assert len(errand.code) == 6
    assert errand.code.isdigit()
    shown = bank.as_("worker").get(errand.path)
    assert errand.code not in shown.text
    assert shown.json["status"] == "open"
    assert errand.code not in bank.as_("worker").get("/service-events").text


def test_who_asked_is_for_those_who_serve_them(bank: Bank) -> None:
    requester = {"name": "秦大海", "phone": "13700000008", "relation": "儿子"}
    errand = request(bank, requester=requester, note="门铃坏了")
    assert errand.show()["resident"]["phone"] == "13700000007"
    assert errand.show()["requester"] == requester
    for who in ("li", "auditor"):
        shown = errand.show(who)
        assert (shown["resident"], shown["requester"]) == (None, None)
        assert "秦" not in str(shown)
    bank.as_("li").post(f"{errand.path}/claim")
    assert errand.show("li")["resident"]["name"] == "秦月华"
    problem(bank.as_("zhao").get(errand.path), 404, "not_found")


def test_the_items_are_the_catalogues(bank: Bank) -> None:
    body = {"service_item": "no.such", "community_id": bank.community_id}
    assert (
        "service_item" in problem(bank.as_("worker").post("/service-events", body), 422)["errors"]
    )
    items = bank.as_("li").get("/service-items").json["items"]
    assert len(items) >= 40
    assert len({item["category"] for item in items}) == 4


def test_a_requester_speaks_for_a_resident(bank: Bank) -> None:
    body = {
        "service_item": "home.shopping",
        "community_id": bank.community_id,
        "requester": {"name": "秦大海", "relation": "儿子"},
    }
    assert "requester" in problem(bank.as_("worker").post("/service-events", body), 422)["errors"]


def test_out_of_reach_is_not_found(bank: Bank) -> None:
    errand, neighbour = request(bank), bank.as_("neighbour")
    body = {"service_item": "home.shopping", "community_id": bank.community_id}
    problem(neighbour.post("/service-events", body), 404, "not_found")
    problem(neighbour.get(errand.path), 404, "not_found")
    assert neighbour.get("/service-events").json["items"] == []
    for step, given in (
        ("claim", {"volunteer_id": bank.li.id}), ("cancellation", {"reason": "x"}),
        ("dispute", {"reason": "x"}), ("rating", {"stars": 5, "channel": "phone"}),
        ("completion", {"participants": [{"volunteer_id": bank.li.id, "minutes": 5}],
                        "performed_at": PERFORMED}),
    ):  # fmt: skip
        problem(neighbour.post(f"{errand.path}/{step}", given), 404, "not_found")


def test_a_volunteer_claims_for_themselves_a_worker_for_one(bank: Bank) -> None:
    errand = request(bank)
    body = {"volunteer_id": bank.zhao.id}
    problem(bank.as_("li").post(f"{errand.path}/claim", body), 403, "forbidden")
    problem(bank.as_("worker").post(f"{errand.path}/claim"), 422)
    assert bank.as_("li").post(f"{errand.path}/claim").json["status"] == "claimed"
    problem(bank.as_("zhao").post(f"{errand.path}/claim"), 409, "wrong_state")
    other = request(bank)
    claimed = bank.as_("worker").post(f"{other.path}/claim", body).json
    assert [person["volunteer_id"] for person in claimed["participants"]] == [bank.zhao.id]


def test_one_errand_is_claimed_once(bank: Bank) -> None:
    errand = request(bank)
    callers = [bank.as_("li"), bank.as_("zhao")] * 3
    answers = together([partial(who.post, f"{errand.path}/claim") for who in callers])
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    assert len(errand.show()["participants"]) == 1


def test_a_claim_by_a_relative_is_no_fault(bank: Bank) -> None:
    """Who may rate is asked at the rating, never at the claim."""
    errand = request(bank, resident={"name": "李大爷", "phone": bank.li.phone})
    assert bank.as_("li").post(f"{errand.path}/claim").status_code == 200


def test_a_completion_says_who_did_it(bank: Bank) -> None:
    errand = request(bank)
    bank.as_("li").post(f"{errand.path}/claim")
    done = errand.complete("zhao", minutes=45, note="代替李秋兰")
    assert (done.status_code, done.json["status"]) == (200, "completed")
    assert [(p["volunteer_id"], p["minutes"]) for p in done.json["participants"]] == [
        (bank.zhao.id, 45)
    ]
    problem(errand.complete("zhao"), 409, "wrong_state")
    problem(bank.as_("li").post(f"{errand.path}/claim"), 409, "wrong_state")


def test_a_completion_without_a_claim_and_before_the_request(bank: Bank) -> None:
    assert request(bank).complete("li", "zhao").json["performed_at"] == PERFORMED


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"performed_at": "2090-01-01T00:00:00Z"}, "performed_at"),
        ({"participants": []}, "participants"),
        ({"quantity": 0}, "quantity"),
    ],
)
def test_a_completion_that_will_not_do(bank: Bank, more: dict[str, Any], field: str) -> None:
    assert field in problem(request(bank).complete(**more), 422)["errors"]


def test_the_same_person_is_named_once(bank: Bank) -> None:
    assert "participants" in problem(request(bank).complete("li", "li"), 422)["errors"]


def test_a_quantity_counts_only_where_things_are_counted(bank: Bank) -> None:
    hours, pieces = request(bank), request(bank, item="home.meal_delivery")
    assert hours.complete(quantity=3).json["quantity"] is None
    assert pieces.complete(quantity=3).json["quantity"] == 3
    by_hour, by_piece = hours.rate().json["awards"][0], pieces.rate().json["awards"][0]
    assert by_hour["points"] == "12"
    items = bank.as_("li").get("/service-items").json["items"]
    [worth] = [item["points"] for item in items if item["code"] == "home.meal_delivery"]
    assert float(by_piece["points"]) == pytest.approx(float(worth) * 3 * 1.2)


def test_a_cancelled_errand_is_over(bank: Bank) -> None:
    errand = request(bank)
    cancel = f"{errand.path}/cancellation"
    assert bank.as_("worker").post(cancel, {"reason": "不用了"}).json["status"] == "cancelled"
    problem(bank.as_("worker").post(cancel, {"reason": "不用了"}), 409, "wrong_state")
    problem(errand.complete(), 409, "wrong_state")
    problem(errand.rate(), 409, "wrong_state")


def test_errands_are_listed_newest_first_by_status_and_page(bank: Bank) -> None:
    errands = [request(bank) for _time in range(4)]
    errands[1].complete()
    newest_first = [errand.id for errand in reversed(errands)]
    first = bank.as_("worker").get("/service-events?limit=3").json
    rest = bank.as_("worker").get(f"/service-events?limit=3&cursor={first['next']}").json
    assert [item["id"] for item in first["items"] + rest["items"]] == newest_first
    assert rest["next"] is None
    completed = bank.as_("worker").get("/service-events?status=completed").json["items"]
    assert [item["id"] for item in completed] == [errands[1].id]
    # Volunteers see what is open in their district, and their own.
    assert len(bank.as_("zhao").get("/service-events").json["items"]) == 3
    assert len(bank.as_("li").get("/service-events").json["items"]) == 4


PERSONAL = {
    "phone": "13755501234",
    "address": "朝阳里七号楼三单元",
    "household": "7-3-501",
    "name": "令狐冲霄",
    "note": "钥匙在门垫下",
    "relation phone": "13755505678",
    "volunteer phone": "13755509999",
    "station phone": "13755507777",
    "station address": "幸福巷九号院",
    "reason": "电话里说不方便",
    "comment": "手脚麻利得很",
    "call": "儿媳接的电话",
    "no-show": "说是孩子发烧",
    "series": "住进养老院了",
}


def test_phones_and_addresses_are_nowhere_in_clear(bank: Bank, database_uri: str) -> None:
    """Not in any row of any table, and on SQLite not in any byte of the files."""
    worker = bank.as_("worker")
    opened = worker.post(
        "/volunteers",
        {
            "name": "周玉兰",
            "phone": PERSONAL["volunteer phone"],
            "community_id": bank.community_id,
            "household_no": PERSONAL["household"],
            "publish_consent": False,
        },
    )
    assert opened.status_code == 201
    bank.as_("supervisor").patch(
        f"/organizations/{bank.station_id}",
        {"phone": PERSONAL["station phone"], "address": PERSONAL["station address"]},
    )
    errand: Errand = request(
        bank,
        resident={
            "name": PERSONAL["name"],
            "phone": PERSONAL["phone"],
            "household_no": PERSONAL["household"],
            "address": PERSONAL["address"],
        },
        requester={"name": "令狐大", "phone": PERSONAL["relation phone"], "relation": "兄弟"},
        note=PERSONAL["note"],
    )
    errand.complete()
    call = {"reached": True, "note": PERSONAL["call"]}
    assert worker.post(f"{errand.path}/callback", call).status_code == 200
    assert errand.rate(comment=PERSONAL["comment"]).status_code == 200
    weekly = {"every": "week", "until": "2026-12-31"}
    other = request(bank, needed_at="2026-07-03T09:00:00+08:00", repeats=weekly)
    bank.as_("li").post(f"{other.path}/claim")
    missed = {"volunteer_id": bank.li.id, "reason": PERSONAL["no-show"]}
    assert worker.post(f"{other.path}/no-show", missed).status_code == 200
    ended = {"reason": PERSONAL["series"]}
    assert worker.post(f"{other.path}/series/end", ended).status_code == 200
    worker.post(f"{errand.path}/dispute", {"reason": PERSONAL["reason"]})
    station = worker.get(f"/organizations/{bank.station_id}").json
    assert station["phone"] == PERSONAL["station phone"]
    assert errand.show()["resident"]["address"] == PERSONAL["address"]
    assert errand.show()["note"] == PERSONAL["note"]

    with bank.inside(), db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            kept = repr(connection.execute(text(f"SELECT * FROM {table.name}")).all())
            for what, personal in PERSONAL.items():
                assert personal not in kept, (what, table.name)
    if database_uri.startswith("sqlite"):
        folder = Path(database_uri.removeprefix("sqlite:///")).parent
        for file in folder.iterdir():
            held = file.read_bytes()
            for what, personal in PERSONAL.items():
                assert personal.encode() not in held, (what, file.name)


def test_staff_who_are_volunteers_see_the_errand_as_staff(bank: Bank) -> None:
    link_staff(bank, "both", "li")
    errand = request(bank)
    assert errand.show("both")["resident"]["name"] == "秦月华"


def test_a_note_is_for_those_who_do_it_and_not_for_all_who_may_choose(bank: Bank) -> None:
    resident = {"name": "秦月华", "phone": "13700000007", "address": "三号楼"}
    errand = request(bank, resident=resident, note="钥匙在门垫下")
    page = visit(bank, "li")
    private = ("钥匙在门垫下", "秦月华", "13700000007", "三号楼")
    chosen = errand.show("li")
    assert (chosen["note"], chosen["resident"], chosen["requester"]) == (None, None, None)
    assert (chosen["service_item"], chosen["community_id"]) == ("home.shopping", bank.community_id)
    shown = page.open(f"/me/errands/{errand.id}").text
    assert not [words for words in private if words in shown]
    assert errand.show("auditor")["note"] is None
    bank.as_("li").post(f"{errand.path}/claim", {})
    assert errand.show("li")["note"] == "钥匙在门垫下"
    shown = page.open(f"/me/errands/{errand.id}").text
    assert [words for words in private if words in shown] == list(private)
    assert errand.show("worker")["note"] == "钥匙在门垫下"
