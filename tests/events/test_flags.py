"""What is odd goes to a person's queue; nobody is punished, and by default nothing waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.events.checking.watch import look_for_rings
from tests.cast import Answer, Bank, together
from tests.core.examples import publish
from tests.core.problems import problem
from tests.events.errands import RESIDENT, link_staff, points_of, request
from tests.events.test_caps import NO_CAPS, done, earned, today

NO_SAMPLE = {"sample_percent": "0", "pairing_sample_percent": "0"}


def watch(bank: Bank, **checks: Any) -> None:
    publish(bank, caps=NO_CAPS, checks={**NO_SAMPLE, **checks})


def flags(bank: Bank, who: str = "supervisor", query: str = "status=open") -> list[Any]:
    items: list[Any] = bank.as_(who).get(f"/flags?{query}").json["items"]
    return items


def decide(bank: Bank, flag: str, who: str = "supervisor", finding: str = "fine") -> Answer:
    body = {"finding": finding, "note": "打过电话"}
    return bank.as_(who).post(f"/flags/{flag}/decision", body)


def test_a_bad_rating_opens_a_case_for_somebody_who_had_no_hand_in_it(bank: Bank) -> None:
    watch(bank)
    errand = done(bank)
    assert earned(errand.rate(stars=2)) == ["5"]
    [flag] = flags(bank)
    assert (flag["kind"], flag["saw"], flag["service_event_id"], flag["delays"]) == (
        "low_rating", ["居民的评价很低（2 星及以下提请核实）"], errand.id, False,
    )  # fmt: skip
    problem(decide(bank, flag["id"], "worker"), 403, "forbidden")
    problem(decide(bank, flag["id"], "neighbour"), 404)
    problem(decide(bank, flag["id"], "auditor"), 403, "forbidden")
    answers = together([lambda: decide(bank, flag["id"], "supervisor", "wrong")] * 3)
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert flags(bank) == []
    [closed] = flags(bank, query="status=wrong")
    assert closed["note"] == "打过电话"
    # Whatever was found, no point has moved: that is for people to do, each by its own way.
    assert points_of(bank, "li") == "205"


def test_good_ratings_raise_nothing(bank: Bank) -> None:
    watch(bank)
    for stars in (3, 4, 5):
        done(bank, minutes=1).rate(stars=stars)
    assert [flag for flag in flags(bank) if flag["kind"] != "overlap"] == []


def test_two_places_at_once(bank: Bank) -> None:
    watch(bank)
    for start, minutes in (("09:00", 60), ("10:00", 30), ("10:29", 60)):
        errand = request(bank)
        errand.complete(minutes=minutes, performed_at=f"2026-07-01T{start}:00+08:00")
        errand.rate()
    [flag] = flags(bank, query="kind=overlap")
    assert flag["volunteer_id"] == bank.li.id
    assert flag["saw"] == ["同一时间还记在另一件事上：代买日用品，7月1日 10:00 至 7月1日 10:30"]


def test_a_pair_too_often_unless_it_is_registered(bank: Bank) -> None:
    watch(bank, pair=2)
    for _time in range(3):
        done(bank).rate()
    [flag] = flags(bank, query="kind=pair")
    assert flag["saw"] == ["本月第 3 次为同一位居民服务（超过 2 次提请核实）"]
    pairing = {"volunteer_id": bank.zhao.id, "community_id": bank.community_id,
               "resident": RESIDENT}  # fmt: skip
    bank.as_("worker").post("/pairings", pairing)
    for _time in range(3):
        done(bank, "zhao").rate()
    assert len(flags(bank, query="kind=pair")) == 1


def test_another_of_the_household_is_the_same_pair(bank: Bank) -> None:
    watch(bank, pair=1)
    done(bank).rate()
    done(bank, resident={"name": "秦小海", "household_no": "9-9-9"}).rate()
    assert len(flags(bank, query="kind=pair")) == 1


def test_a_name_and_nothing_else_is_one_neighbour_and_one_question(bank: Bank) -> None:
    watch(bank, pair=2)
    for _time in range(4):
        done(bank, resident={"name": "方小楼"}).rate()
    [flag] = flags(bank, query="kind=pair")
    assert flag["saw"] == ["本月第 3 次为同一位居民服务（超过 2 次提请核实）"]


def test_ratings_in_bulk_and_from_one_address(bank: Bank) -> None:
    watch(bank, entered=2, address=2)
    for _time in range(3):
        done(bank).enter()
    for _time in range(3):
        done(bank).rate()
    [entered] = flags(bank, query="kind=entered")
    assert entered["saw"] == ["同一位工作人员一小时内录入了 3 份评价（超过 2 份提请核实）"]
    [address] = flags(bank, query="kind=address")
    assert address["saw"] == ["同一个网络地址一天内发来 3 份评价（超过 2 份提请核实）"]
    # Who entered them cannot say that all is well.
    problem(decide(bank, entered["id"], "worker"), 403, "forbidden")


def test_an_afternoon_of_slips_is_one_question(bank: Bank) -> None:
    watch(bank, entered=2)
    for _time in range(6):
        done(bank).enter()
    [flag] = flags(bank, query="kind=entered")
    assert "录入了 3 份" in flag["saw"][0]
    # Where it makes awards wait, each has its own, so that each is let go.
    watch(bank, entered=2, delays=["entered"])
    errands = [done(bank) for _time in range(2)]
    assert [errand.enter().json["status"] for errand in errands] == ["rated", "rated"]
    waiting = [one for one in flags(bank, query="kind=entered") if one["delays"]]
    assert len(waiting) == 2
    for one in waiting:
        decide(bank, one["id"])
    assert [errand.show()["status"] for errand in errands] == ["awarded", "awarded"]


def test_hours_that_no_day_has(bank: Bank) -> None:
    watch(bank, day_minutes=100)
    done(bank, minutes=60).rate()
    assert flags(bank, query="kind=hours") == []
    done(bank, minutes=60).rate()
    [flag] = flags(bank, query="kind=hours")
    assert flag["saw"] == ["这一天共记 120 分钟（超过 100 分钟提请核实）"]


def test_a_rating_is_checked_by_the_rulebook_that_awards_it(bank: Bank) -> None:
    """Asked for under one rulebook and done under the next: the day of the errand decides."""
    errand = request(bank)
    watch(bank, day_minutes=30, delays=["hours"])
    assert errand.complete(performed_at=today(bank)).status_code == 200
    answer = errand.rate()
    assert answer.json["awards"][0]["rulebook_version"] == 2
    assert answer.json["status"] == "rated"
    assert len(flags(bank, query="kind=hours")) == 1


def test_a_sample_of_all_awards_can_be_all(bank: Bank) -> None:
    watch(bank, sample_percent="100")
    errand = done(bank)
    assert errand.rate().json["status"] == "awarded"
    [flag] = flags(bank)
    assert (flag["kind"], flag["saw"]) == ("sample", ["随机抽查，请打电话核实"])
    assert points_of(bank, "li") == "212"


def test_a_flag_that_delays_keeps_the_award_until_somebody_has_looked(bank: Bank) -> None:
    watch(bank, day_minutes=100, delays=["hours"])
    assert done(bank).rate().json["status"] == "awarded"
    errand = done(bank)
    answer = errand.rate()
    assert (answer.json["status"], earned(answer)) == ("rated", ["12"])
    assert points_of(bank, "li") == "212"
    [flag] = flags(bank, query="kind=hours")
    assert flag["delays"]
    assert decide(bank, flag["id"]).status_code == 200
    assert errand.show()["status"] == "awarded"
    assert points_of(bank, "li") == "224"


def test_a_delayed_award_that_is_wrong_is_disputed(bank: Bank) -> None:
    watch(bank, day_minutes=100, delays=["hours"])
    errand = done(bank, minutes=120)
    errand.rate()
    [flag] = flags(bank)
    assert decide(bank, flag["id"], finding="wrong").status_code == 200
    assert errand.show()["status"] == "disputed"
    problem(
        bank.as_("supervisor").post(f"{errand.path}/dispute/decision",
                                    {"upheld": True, "reason": "属实"}), 403, "forbidden",
    )  # fmt: skip
    decision = {"upheld": True, "reason": "属实"}
    bank.as_("second").post(f"{errand.path}/dispute/decision", decision)
    assert (errand.show()["status"], points_of(bank, "li")) == ("upheld", "200")


def test_people_who_serve_each_other_in_turn(bank: Bank) -> None:
    watch(bank, ring=2)
    as_residents = {
        name: {"name": member.name, "phone": member.phone} for name, member in bank.members.items()
    }
    for _time in range(2):
        done(bank, "li", resident=as_residents["zhao"]).rate()
    with bank.inside():
        assert look_for_rings(system("test")) == 0
    for _time in range(2):
        done(bank, "zhao", resident=as_residents["li"]).rate()
    with bank.inside():
        assert (look_for_rings(system("test")), look_for_rings(system("test"))) == (1, 1)
    [flag] = flags(bank, query="kind=ring")
    assert flag["saw"] == ["2 位志愿者九十天内互相服务，每一环至少 2 次"]


def test_staff_who_are_flagged_do_not_decide(bank: Bank) -> None:
    link_staff(bank, "both", "li")
    watch(bank)
    done(bank).rate(stars=1)
    [flag] = flags(bank)
    problem(decide(bank, flag["id"], "both"), 403, "forbidden")


def test_staff_who_had_the_code_and_did_it_are_asked_about(bank: Bank) -> None:
    """Whoever takes a request keeps its code: when they then do it, somebody else calls."""
    link_staff(bank, "both", "li")
    watch(bank)
    body = {"service_item": "home.shopping", "community_id": bank.community_id,
            "resident": RESIDENT}  # fmt: skip
    taken = bank.as_("both").post("/service-events", body).json
    people = {"participants": [{"volunteer_id": bank.li.id, "minutes": 60}]}
    path = f"/service-events/{taken['id']}"
    when = {"performed_at": today(bank)}
    assert bank.as_("worker").post(f"{path}/completion", {**people, **when}).status_code == 200
    rating = {"stars": 5, "resident_code": taken["resident_code"]}
    assert bank.as_("public").post(f"{path}/rating", rating).json["status"] == "awarded"
    [flag] = flags(bank, query="kind=insider")
    assert (flag["volunteer_id"], flag["delays"]) == (bank.li.id, False)
    renewed = request(bank)
    assert bank.as_("both").post(f"{renewed.path}/codes").status_code == 201
    renewed.complete(performed_at=today(bank))
    renewed.enter()
    done(bank).rate()
    assert len(flags(bank, query="kind=insider")) == 2


def test_one_neighbour_s_bad_rating_is_looked_into_whatever_the_others_say(bank: Bank) -> None:
    watch(bank)
    errand = done(bank, resident=None, item="public.cleanup")
    for code, stars in zip(errand.codes, (1, 5, 5), strict=True):
        assert errand.rate(code, stars).status_code == 200
        assert [flag["kind"] for flag in flags(bank)][:1] == ["low_rating"]
    assert errand.show()["status"] == "awarded"
    assert sum(flag["kind"] == "low_rating" for flag in flags(bank)) == 1


def test_work_that_is_put_on_record_late_is_a_question(bank: Bank) -> None:
    """Of a drawer of old slips one for each person; caps count by the day of the work."""
    with bank.inside():
        now = clock.now()
    for days in (33, 40):
        errand = request(bank, resident=RESIDENT)
        errand.complete("li", performed_at=(now - timedelta(days=days)).isoformat())
        assert earned(errand.rate()) == ["12"]
    # The rulebook of that day awards and looks, which draws its random sample too.
    [flag] = flags(bank, query="status=open&kind=hours")
    assert flag["saw"][0] == "做完 33 天以后才记录（超过 31 天提请核实）"
    assert flag["saw"][-1] == "做这件事的那天，这位志愿者还没有开户"


def test_a_telephone_that_changes_its_address_is_one(bank: Bank) -> None:
    watch(bank)
    errand = done(bank, resident=None, item="public.cleanup")
    addresses = ("2408:8000:1:2::1", "2408:8000:1:2:ffff::2", "::ffff:9.9.9.9")
    for code, address in zip(errand.codes, addresses, strict=True):
        with bank.app.test_client() as client:
            sent = {"stars": 5, "resident_code": code}
            got = client.post(
                f"/api/v1{errand.path}/rating", json=sent, environ_base={"REMOTE_ADDR": address}
            )
            assert got.status_code == 200, got.text
    said = [line for flag in flags(bank) if flag["kind"] == "address" for line in flag["saw"]]
    assert said == ["这件事有 2 份邻居评价来自同一个网络地址"]


def test_neighbours_who_may_be_one_are_a_question(bank: Bank) -> None:
    watch(bank)
    errand = done(bank, resident=None)
    for code in errand.codes:
        assert errand.rate(code).status_code == 200
    [flag] = flags(bank, query="kind=address")
    assert flag["saw"] == ["这件事有 3 份邻居评价来自同一个网络地址"]
    unnamed = done(bank, resident=None)
    for _neighbour in range(3):
        assert unnamed.enter().status_code == 200
    [flag] = flags(bank, query="kind=entered")
    assert flag["saw"] == ["这件事有 3 份邻居评价由工作人员录入，没有写是哪位邻居"]
    named = done(bank, resident=None)
    for name in ("赵一", "钱二", "孙三"):
        assert named.enter(rater={"name": name}).status_code == 200
    assert len(flags(bank, query="kind=entered")) == 1


def test_work_that_was_not_over_when_it_was_put_on_record(bank: Bank) -> None:
    watch(bank)
    errand = request(bank)
    began = (clock.now() - timedelta(minutes=6)).isoformat()
    assert errand.complete(minutes=300, performed_at=began).status_code == 200
    assert errand.rate().status_code == 200
    [flag] = flags(bank, query="kind=hours")
    assert flag["volunteer_id"] == bank.li.id
    [saw] = flag["saw"]
    assert saw in [f"记录时还有 {n} 分钟没有到，就已经算进去了" for n in (293, 294)]
