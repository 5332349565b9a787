"""Errands that a station posts: for whom, and who reaches them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from moralbank.core.actor import system
from moralbank.organizations import operations as organizations
from moralbank.people import cards
from tests.cast import Answer, Bank
from tests.core.examples import publish
from tests.core.problems import problem
from tests.desk.visitor import visit
from tests.events.errands import PERFORMED, RESIDENT, employ, request, volunteer
from tests.events.test_caps import today


def place(bank: Bank, name: str, level: Any, parent_id: str) -> str:
    with bank.inside():
        return organizations.create(system("test"), name=name, level=level, parent_id=parent_id).id


@pytest.fixture
def barber(bank: Bank) -> str:
    """The bank with two more stations: 理发站 in 梧桐社区, and the street's 物业站. Each has its
    staff: `keeper` of 梧桐代办站, `barber`, `porter`. Returns the barber's id."""
    station = place(bank, "理发站", "station", bank.community_id)
    street_station = place(bank, "物业站", "station", bank.street_id)
    bank.ids["barber_station"], bank.ids["street_station"] = station, street_station
    employ(bank, "keeper", bank.station_id)
    employ(bank, "barber", station)
    employ(bank, "porter", street_station)
    return station


def post(bank: Bank, who: str = "keeper", **more: Any) -> Answer:
    body = {"service_item": "home.shopping", "community_id": bank.community_id, **more}
    return bank.as_(who).post("/service-events", body)


def posted(bank: Bank, who: str = "keeper", **more: Any) -> str:
    answer = post(bank, who, **more)
    assert answer.status_code == 201, answer.text
    number: str = answer.json["id"]
    return number


def ids(answer: Answer) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {item["id"] for item in answer.json["items"]}


@pytest.mark.usefixtures("barber")
def test_a_station_posts_for_its_community_without_saying_so(bank: Bank) -> None:
    number = posted(bank, resident=RESIDENT)
    shown = bank.as_("keeper").get(f"/service-events/{number}").json
    assert shown["station_id"] == bank.station_id
    assert shown["resident"]["name"] == RESIDENT["name"]
    [line] = bank.as_("keeper").get("/service-events").json["items"]
    assert line["station_id"] == bank.station_id
    assert posted(bank, station_id=bank.station_id)
    # Another station is not theirs to name, another community not theirs to serve.
    for other in (bank.ids["barber_station"], bank.ids["street_station"], "0" * 16):
        problem(post(bank, station_id=other), 404, "not_found")
    for elsewhere in (bank.other_community_id, bank.street_id, bank.station_id, "0" * 16):
        problem(post(bank, community_id=elsewhere), 404, "not_found")


@pytest.mark.usefixtures("barber")
def test_a_station_of_a_street_posts_for_its_communities(bank: Bank) -> None:
    north = place(bank, "北街", "street", bank.district_id)
    far = place(bank, "远社区", "community", north)
    for community_id in (bank.community_id, bank.other_community_id):
        number = posted(bank, "porter", community_id=community_id)
        shown = bank.as_("porter").get(f"/service-events/{number}").json
        assert shown["station_id"] == bank.ids["street_station"]
    problem(post(bank, "porter", community_id=far), 404, "not_found")
    found = ids(bank.as_("porter").get("/organizations?level=community"))
    assert found == {bank.community_id, bank.other_community_id}
    assert ids(bank.as_("keeper").get("/organizations?level=community")) == {bank.community_id}
    assert bank.as_("keeper").get(f"/organizations/{bank.community_id}").status_code == 200
    problem(bank.as_("keeper").get(f"/organizations/{bank.other_community_id}"), 404)
    problem(bank.as_("keeper").get(f"/organizations/{bank.street_id}"), 404)


def test_a_community_s_worker_may_name_a_station_within_reach(bank: Bank, barber: str) -> None:
    number = posted(bank, "worker", station_id=barber)
    assert ids(bank.as_("barber").get("/service-events")) == {number}
    problem(post(bank, "worker", station_id=bank.ids["street_station"]), 404, "not_found")
    problem(post(bank, "worker", station_id=bank.supermarket_id), 404, "not_found")
    elsewhere = {"community_id": bank.other_community_id, "station_id": barber}
    found = problem(post(bank, "supervisor", **elsewhere), 422)
    assert list(found["errors"]) == ["station_id"]
    assert bank.as_("worker").get(f"/service-events/{number}").json["station_id"] == barber
    assert request(bank).show()["station_id"] is None


def test_a_station_reaches_what_it_posted_and_nothing_else(bank: Bank, barber: str) -> None:
    """Neither the community's errands, nor another station's, by whatever way they are asked."""
    own = posted(bank)
    foreign = [request(bank).id, posted(bank, "barber", resident=RESIDENT),
               posted(bank, "porter")]  # fmt: skip
    keeper = bank.as_("keeper")
    for number in foreign:
        path = f"/service-events/{number}"
        bodies: dict[str, dict[str, Any]] = {
            "claim": {"volunteer_id": bank.li.id},
            "assignment": {"volunteer_ids": [bank.li.id]},
            "check-in": {"code": bank.li.code},
            "check-out": {"code": bank.li.code},
            "handover": {"to_volunteer_id": bank.li.id, "reason": "病了"},
            "withdrawal": {"volunteer_id": bank.li.id, "reason": "病了"},
            "no-show": {"volunteer_id": bank.li.id, "reason": "没有来"},
            "decline": {"volunteer_id": bank.li.id},
            "codes": {},
            "callback": {"reached": True},
            "completion": {
                "participants": [{"volunteer_id": bank.li.id, "minutes": 60}],
                "performed_at": PERFORMED,
            },
            "rating": {"stars": 5, "channel": "phone"},
            "cancellation": {"reason": "不用了"},
            "dispute": {"reason": "没有来"},
            "dispute/evidence": {"text": "我在场"},
            "series/end": {"reason": "搬走了"},
            "review": {},
        }
        problem(keeper.get(path), 404, "not_found")
        for step, body in bodies.items():
            problem(keeper.post(f"{path}/{step}", body), 404, "not_found")
        by_code = {"stars": 5, "resident_code": "000000"}
        problem(keeper.post(f"{path}/rating", by_code), 404, "not_found")
    assert ids(keeper.get("/service-events")) == {own}
    assert ids(keeper.get(f"/service-events?community_id={bank.community_id}")) == {own}
    problem(keeper.get(f"/service-events?community_id={bank.other_community_id}"), 404)
    assert ids(bank.as_("barber").get("/service-events")) == {foreign[1]}
    # Whose place it is sees them all, with those of the stations.
    assert ids(bank.as_("worker").get("/service-events")) == {own, *foreign}
    assert ids(bank.as_("supervisor").get("/service-events")) == {own, *foreign}
    assert ids(bank.as_("neighbour").get("/service-events")) == set()
    assert keeper.get("/service-events/closing").json["total"]["asked"] == 1
    assert bank.as_("worker").get("/service-events/closing").json["total"]["asked"] == 4
    for path in (f"/pairings?volunteer_id={bank.li.id}", "/flags", "/awards-waiting"):
        assert ids(keeper.get(path)) == set()


def test_a_station_reaches_its_own_volunteers_alone(bank: Bank, barber: str) -> None:
    stranger = volunteer(bank, "孙建国")
    other = volunteer(bank, "钱有声", station_id=barber)
    keeper = bank.as_("keeper")
    assert ids(keeper.get("/volunteers")) == {bank.li.id, bank.zhao.id}
    assert ids(keeper.get(f"/volunteers?community_id={bank.community_id}&q=孙")) == set()
    assert ids(bank.as_("barber").get("/volunteers")) == {other}
    assert len(ids(bank.as_("worker").get("/volunteers"))) == 4
    assert keeper.get(f"/volunteers/{bank.li.id}").json["phone"] == bank.li.phone
    own = posted(bank, volunteers_needed=3)
    for number in (stranger, other):
        for path in ("", "/balance", "/entries", "/conduct"):
            problem(keeper.get(f"/volunteers/{number}{path}"), 404, "not_found")
        problem(keeper.post(f"/volunteers/{number}/cards", {"pin": "1234"}), 404, "not_found")
        problem(keeper.patch(f"/volunteers/{number}", {"skills": []}), 404, "not_found")
        path = f"/service-events/{own}"
        problem(keeper.post(f"{path}/claim", {"volunteer_id": number}), 404, "not_found")
        problem(keeper.post(f"{path}/assignment", {"volunteer_ids": [number]}), 404, "not_found")
        body = {
            "participants": [{"volunteer_id": number, "minutes": 60}], "performed_at": PERFORMED,
        }  # fmt: skip
        problem(keeper.post(f"{path}/completion", body), 404, "not_found")
    with bank.inside():
        code = cards.issue(system("test"), stranger, pin="1234").code
    problem(keeper.post("/cards/identification", {"code": code}), 404, "not_found")
    assert keeper.post("/cards/identification", {"code": bank.li.code}).status_code == 200


def test_a_station_sees_an_errand_through(bank: Bank, barber: str) -> None:
    """Claimed, scanned, completed, rated by phone: all of it by the station's staff, and who came
    from elsewhere to claim it counts like the station's own."""
    other = volunteer(bank, "钱有声", station_id=barber)
    keeper = bank.as_("keeper")
    number = posted(bank, resident=RESIDENT, volunteers_needed=3)
    path = f"/service-events/{number}"
    assert keeper.post(f"{path}/claim", {"volunteer_id": bank.zhao.id}).status_code == 200
    assert keeper.post(f"{path}/check-in", {"code": bank.li.code}).status_code == 200
    assert bank.as_("worker").post(f"{path}/claim", {"volunteer_id": other}).status_code == 200
    people = [
        {"volunteer_id": one, "minutes": 60, "reason": "补记"}
        for one in (bank.li.id, bank.zhao.id, other)
    ]
    body = {"participants": people, "performed_at": PERFORMED}
    done = keeper.post(f"{path}/completion", body)
    assert done.status_code == 200, done.text
    assert keeper.post(f"{path}/callback", {"reached": True}).status_code == 200
    rated = keeper.post(f"{path}/rating", {"stars": 5, "channel": "phone"})
    assert rated.status_code == 200, rated.text
    assert {award["volunteer_id"] for award in rated.json["awards"]} == {
        bank.li.id, bank.zhao.id, other,
    }  # fmt: skip


@pytest.mark.usefixtures("barber")
def test_a_keeper_who_did_it_cannot_enter_the_rating(bank: Bank) -> None:
    employ(bank, "li_keeps", bank.station_id, volunteer_id=bank.li.id)
    number = posted(bank, "li_keeps", resident=RESIDENT)
    path = f"/service-events/{number}"
    body = {
        "participants": [{"volunteer_id": bank.li.id, "minutes": 60}], "performed_at": PERFORMED,
    }  # fmt: skip
    assert bank.as_("li_keeps").post(f"{path}/completion", body).status_code == 200
    rating = {"stars": 5, "channel": "phone"}
    problem(bank.as_("li_keeps").post(f"{path}/rating", rating), 403, "rater_is_performer")
    problem(bank.as_("li_keeps").post(f"{path}/codes"), 403, "rater_is_performer")
    assert bank.as_("keeper").post(f"{path}/rating", rating).status_code == 200


def test_a_station_opens_and_keeps_accounts_of_its_own(bank: Bank, barber: str) -> None:
    keeper = bank.as_("keeper")
    body = {"name": "周玉兰", "phone": "13700000001", "community_id": bank.community_id,
            "publish_consent": False}  # fmt: skip
    opened = keeper.post("/volunteers", body)
    assert opened.status_code == 201, opened.text
    assert opened.json["station_id"] == bank.station_id
    problem(keeper.post("/volunteers", {**body, "station_id": barber}), 404, "not_found")
    elsewhere = {**body, "community_id": bank.other_community_id}
    problem(keeper.post("/volunteers", elsewhere), 404, "not_found")
    path = f"/volunteers/{opened.json['id']}"
    assert keeper.patch(path, {"name": "周玉梅"}).json["name"] == "周玉梅"
    for change in ({"station_id": barber}, {"station_id": None},
                   {"community_id": bank.other_community_id}):  # fmt: skip
        problem(keeper.patch(path, change), 404, "not_found")
    moved = {"community_id": bank.other_community_id, "station_id": bank.ids["street_station"]}
    assert bank.as_("supervisor").patch(path, moved).status_code == 200
    back = bank.as_("porter").patch(path, {"community_id": bank.community_id})
    assert back.json["station_id"] == bank.ids["street_station"]
    problem(keeper.get(path), 404, "not_found")


@pytest.mark.usefixtures("barber")
def test_a_series_stays_its_station_s(bank: Bank) -> None:
    weekly: dict[str, Any] = {"needed_at": "2027-01-15T09:30:00+08:00",
              "repeats": {"every": "week", "until": "2027-06-30"}}  # fmt: skip
    first = posted(bank, **weekly)
    cancelled = bank.as_("keeper").post(
        f"/service-events/{first}/cancellation", {"reason": "不用了"}
    )
    assert cancelled.status_code == 200
    [following] = ids(bank.as_("keeper").get("/service-events?status=open"))
    shown = bank.as_("keeper").get(f"/service-events/{following}").json
    assert (shown["station_id"], shown["repeats"]["place"]) == (bank.station_id, 2)


@pytest.mark.usefixtures("barber")
def test_a_volunteer_sees_what_the_own_station_posted_first(bank: Bank) -> None:
    street = posted(bank, "admin", community_id=bank.other_community_id)
    plain = request(bank).id
    other = posted(bank, "barber")
    own = posted(bank)
    seen = [item["id"] for item in bank.as_("li").get("/service-events?status=open").json["items"]]
    assert seen == [own, plain, other, street]
    without = volunteer(bank, "孙建国")
    with bank.inside():
        code = cards.issue(system("test"), without, pin="1234").code
    token = bank.as_("public").post("/tokens", {"card_code": code, "pin": "1234"}).json
    bank.tokens["sun"] = token["access_token"]
    seen = [item["id"] for item in bank.as_("sun").get("/service-events?status=open").json["items"]]
    assert seen == [plain, other, own, street]


@pytest.mark.usefixtures("barber")
def test_a_station_prints_slips_of_the_communities_that_it_serves(bank: Bank) -> None:
    keeper = bank.as_("keeper")
    made = keeper.post("/slip-batches", {"community_id": bank.community_id, "sheets": 1})
    assert made.status_code == 201, made.text
    assert ids(keeper.get("/slip-batches")) == {made.json["id"]}
    elsewhere = {"community_id": bank.other_community_id, "sheets": 1}
    problem(keeper.post("/slip-batches", elsewhere), 404, "not_found")
    far = bank.as_("neighbour").post("/slip-batches", elsewhere).json["id"]
    assert ids(keeper.get("/slip-batches")) == {made.json["id"]}
    assert ids(bank.as_("porter").get("/slip-batches")) == {made.json["id"], far}


def test_a_station_s_queues_hold_what_it_posted_alone(bank: Bank, barber: str) -> None:
    """Flags, awards that wait, calls to make: a station's are not the community's, and who had no
    hand in them decides."""
    held = {"rule": "held", "reviewers": 1, "notice_working_days": None}
    publish(bank, release=held)
    employ(bank, "partner", bank.station_id)

    def done(who: str) -> str:
        number = posted(bank, who, resident=RESIDENT)
        body = {
            "participants": [{"volunteer_id": bank.li.id, "minutes": 60}],
            "performed_at": today(bank),
        }
        answer = bank.as_("worker").post(f"/service-events/{number}/completion", body)
        assert answer.status_code == 200, answer.text
        return number

    own, foreign = done("keeper"), done("worker")
    for number in (own, foreign):
        rating = {"stars": 1, "channel": "phone"}
        rated = bank.as_("worker").post(f"/service-events/{number}/rating", rating)
        assert rated.json["status"] == "rated", rated.text
    called, other = done("keeper"), done("worker")
    for number in (called, other):
        for _try in range(5):
            wrong = {"stars": 5, "resident_code": "no"}
            bank.as_("public").post(f"/service-events/{number}/rating", wrong)

    keeper, partner = bank.as_("keeper"), bank.as_("partner")
    flags = {
        who: {
            flag["service_event_id"]: flag["id"]
            for flag in bank.as_(who).get("/flags?kind=low_rating").json["items"]
        }
        for who in ("partner", "worker", "barber")
    }
    assert {who: set(found) for who, found in flags.items()} == {
        "partner": {own}, "worker": {own, foreign}, "barber": set(),
    }  # fmt: skip
    assert ids(partner.get("/awards-waiting")) == {own}
    assert ids(bank.as_("worker").get("/awards-waiting")) == {own, foreign}
    page = visit(bank, "partner").open("/staff/callbacks").text
    assert called in page
    assert other not in page
    board = re.sub(r"\s|<[^>]+>", "", visit(bank, "partner").open("/staff").text)
    looked_at = partner.get("/flags?status=open").json["items"]
    assert {flag["service_event_id"] for flag in looked_at} == {own}
    flagged = f"待核实{len(looked_at)}件"
    for count in ("待评价1件", flagged, "积分等入账1件", "要打电话回访1件"):
        assert count in board

    finding = {"finding": "fine", "note": "问过"}
    path = f"/flags/{flags['worker'][foreign]}/decision"
    problem(partner.post(path, finding), 404, "not_found")
    path = f"/flags/{flags['partner'][own]}/decision"
    problem(keeper.post(path, finding), 403, "forbidden")
    assert partner.post(path, finding).status_code == 200
    problem(partner.post(f"/service-events/{foreign}/review"), 404, "not_found")
    for flag in partner.get("/flags?status=open").json["items"]:
        assert partner.post(f"/flags/{flag['id']}/decision", finding).status_code == 200
    reviewed = partner.post(f"/service-events/{own}/review")
    assert reviewed.json["status"] == "awarded", reviewed.text
