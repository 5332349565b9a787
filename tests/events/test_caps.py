"""Caps and diminishing returns over several errands, and what two at once may not do."""

from __future__ import annotations

from typing import Any

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.core.db import session
from moralbank.events.awarding.replaying import replay
from moralbank.events.models import ServiceEvent
from tests.cast import Answer, Bank, together
from tests.core.examples import publish
from tests.core.problems import problem
from tests.events.errands import RESIDENT, Errand, points_of, request

NO_CAPS: dict[str, Any] = {"person": {}, "issue": None, "excess": "lost"}


def today(bank: Bank) -> str:
    with bank.inside():
        return clock.now().isoformat()


def done(bank: Bank, *who: str, resident: Any = RESIDENT, item: str = "home.shopping",
         minutes: int = 60) -> Errand:  # fmt: skip
    errand = request(bank, resident=resident, item=item)
    answer = errand.complete(*who, minutes=minutes, performed_at=today(bank))
    assert answer.status_code == 200, answer.text
    return errand


def earned(answer: Answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [award["points"] for award in answer.json["awards"]]


def test_the_whole_issue_is_shared_by_all_in_turn(bank: Bank) -> None:
    """Each hour is 12; of 30 the third gets 6, two who work together share in turn."""
    publish(bank, caps={**NO_CAPS, "issue": {"month": "30"}})
    together_done = done(bank, "li", "zhao")
    by_id = {bank.li.id: "12", bank.zhao.id: "12"}
    answer = together_done.rate()
    assert {one["volunteer_id"]: one["points"] for one in answer.json["awards"]} == by_id
    last = done(bank, "zhao").rate()
    assert earned(last) == ["6"]
    assert last.json["awards"][0]["explanation"][-1] == "全行当月发放上限 30，已发 24，剩 6 → 6"
    assert earned(done(bank).rate()) == ["0"]


def test_an_item_brings_points_so_many_times_a_day(bank: Bank) -> None:
    """The second time of the day brings nothing and counts for nothing: when the first is taken
    back, the third brings points; replay comes to the same."""
    items = bank.as_("admin").get("/rulebooks/1").json["document"]["service_items"]
    next(one for one in items if one["code"] == "home.shopping")["caps"] = {"times": {"day": 1}}
    publish(bank, service_items=items, caps=NO_CAPS)
    first = done(bank)
    assert earned(first.rate()) == ["12"]
    second = done(bank).rate()
    assert earned(second) == ["0"]
    assert second.json["awards"][0]["explanation"][-1] == "此项当日最多计 1 次，已计 1 次 → 0"
    assert earned(done(bank, "zhao").rate()) == ["12"]  # another person's first
    assert earned(done(bank, item="home.repair").rate()) != ["0"]
    bank.as_("worker").post(f"{first.path}/dispute", {"reason": "没有来"})
    decision = {"upheld": True, "reason": "属实"}
    answer = bank.as_("supervisor").post(f"{first.path}/dispute/decision", decision)
    assert answer.status_code == 200, answer.text
    assert earned(done(bank).rate()) == ["12"]
    with bank.inside():
        assert replay(system("test"), first=clock.today(), last=clock.today()).agrees


def test_two_at_once_never_bring_one_time_twice(bank: Bank) -> None:
    publish(bank, caps={**NO_CAPS, "person": {"times": {"day": 2}}})
    errands = [done(bank) for _place in range(5)]
    answers = together([errand.rate for errand in errands])
    assert sorted(earned(answer)[0] for answer in answers) == ["0", "0", "0", "12", "12"]


def test_two_at_once_never_issue_more_than_there_is(bank: Bank) -> None:
    publish(bank, caps={**NO_CAPS, "issue": {"day": "40"}})
    errands = [done(bank, ("li", "zhao")[place % 2]) for place in range(8)]
    answers = together([errand.rate for errand in errands])
    assert sorted(float(earned(answer)[0]) for answer in answers) == [0, 0, 0, 0, 4, 12, 12, 12]


def test_a_dispute_that_is_upheld_gives_the_issue_back(bank: Bank) -> None:
    publish(bank, caps={**NO_CAPS, "issue": {"month": "12"}})
    first = done(bank)
    assert earned(first.rate()) == ["12"]
    assert earned(done(bank, "zhao").rate()) == ["0"]
    bank.as_("worker").post(f"{first.path}/dispute", {"reason": "没有来"})
    decision = {"upheld": True, "reason": "属实"}
    assert (
        bank.as_("supervisor").post(f"{first.path}/dispute/decision", decision).status_code == 200
    )
    assert earned(done(bank, "zhao").rate()) == ["12"]


def test_what_a_persons_cap_cuts_off_is_kept_for_donation_and_never_spent(bank: Bank) -> None:
    publish(bank, caps={**NO_CAPS, "person": {"day": "20"}, "excess": "donation"})
    assert earned(done(bank).rate()) == ["12"]
    second = done(bank)
    answer = second.rate()
    assert earned(answer) == ["8"]
    assert answer.json["awards"][0]["explanation"][-1] == "超出个人上限的 4 分只能转赠"
    assert (points_of(bank, "li"), bank.points(bank.li)) == ("220", "220")
    problem(bank.buy({bank.rice: 7, bank.oil: 1, bank.soap: 42}, pin=bank.li.pin), 409,
            "insufficient_points")  # fmt: skip
    gift = {"to_volunteer_id": bank.zhao.id, "points": "3"}
    assert bank.as_("li").post("/donations", gift).json["balance_after"] == "220"
    assert (points_of(bank, "li"), points_of(bank, "zhao")) == ("220", "23")
    # What was given away cannot be taken back any more, and stays with whoever has it.
    bank.as_("worker").post(f"{second.path}/dispute", {"reason": "没有来"})
    decision = {"upheld": True, "reason": "属实"}
    decided = bank.as_("supervisor").post(f"{second.path}/dispute/decision", decision)
    assert decided.json["awards"][0]["explanation"][-1] == (
        "已收回 9 分，还有 3 分已经不在账上，收不回来"
    )
    assert (points_of(bank, "li"), points_of(bank, "zhao")) == ("212", "23")
    with bank.inside():
        assert ledger.verify().faults == []


def test_an_items_own_cap(bank: Bank) -> None:
    document = bank.as_("admin").get("/rulebooks/1").json["document"]
    items = document["service_items"]
    next(item for item in items if item["code"] == "home.shopping")["caps"] = {"week": "20"}
    publish(bank, caps=NO_CAPS, service_items=items)
    assert earned(done(bank).rate()) == ["12"]
    assert earned(done(bank).rate()) == ["8"]
    assert earned(done(bank, item="home.cooking").rate()) == ["12"]
    assert earned(done(bank, "zhao").rate()) == ["12"]


def test_the_cap_of_a_category_counts_all_its_items(bank: Bank) -> None:
    document = bank.as_("admin").get("/rulebooks/1").json["document"]
    categories = document["categories"]
    next(one for one in categories if one["code"] == "home")["caps"] = {"day": "20"}
    publish(bank, caps=NO_CAPS, categories=categories)
    assert earned(done(bank).rate()) == ["12"]
    second = done(bank, item="home.cooking")
    assert earned(second.rate()) == ["8"]
    assert earned(done(bank, item="home.cleaning").rate()) == ["0"]
    assert earned(done(bank, "zhao", item="home.cooking").rate()) == ["12"]
    other = next(one for one in document["service_items"] if one["category"] != "home"
                 and one["unit"] == "hour")  # fmt: skip
    assert float(earned(done(bank, item=other["code"]).rate())[0]) > 0
    with bank.inside():
        found = replay(system("test"), first=clock.today(), last=clock.today())
    assert (found.awards, found.agrees) == (5, True)


def test_the_same_resident_again_unless_it_is_a_registered_pairing(bank: Bank) -> None:
    publish(
        bank,
        caps=NO_CAPS,
        diminishing={"per": "month", "steps": [{"after": 1, "multiplier": "0.5"}]},
    )
    other = {"name": "方小楼", "household_no": "8-8-8"}
    assert earned(done(bank).rate()) == ["12"]
    assert earned(done(bank).rate()) == ["6"]
    assert earned(done(bank, resident=other).rate()) == ["12"]
    # Known again by the household, though there is no phone.
    assert earned(done(bank, resident=other).rate()) == ["6"]
    assert earned(done(bank, "zhao").rate()) == ["12"]

    pairing = {"volunteer_id": bank.li.id, "community_id": bank.community_id, "resident": RESIDENT}
    made = bank.as_("worker").post("/pairings", pairing)
    assert made.status_code == 201, made.text
    assert earned(done(bank).rate()) == ["12"]
    assert bank.as_("worker").post(f"/pairings/{made.json['id']}/end").status_code == 200
    assert earned(done(bank).rate()) == ["6"]
    # Community work has no one resident.
    errand = done(bank, resident=None)
    for code in errand.codes:
        last = errand.rate(code)
    assert earned(last) == ["12"]


def test_whoever_is_a_name_and_nothing_else_is_told_apart_by_it_alone(bank: Bank) -> None:
    """Nobody is made a stranger by leaving the phone out; nor do those of one name see what the
    other asked for."""
    publish(
        bank,
        caps=NO_CAPS,
        diminishing={"per": "month", "steps": [{"after": 1, "multiplier": "0.5"}]},
    )
    first = done(bank, resident={"name": "方小楼"})
    assert earned(first.rate()) == ["12"]
    second = done(bank, resident={"name": "方 小楼", "address": "8号楼"})
    assert earned(second.rate()) == ["6"]
    assert earned(done(bank, resident={"name": "方大楼"}).rate()) == ["12"]
    assert earned(done(bank, resident={"name": "方小楼", "household_no": "8-8-8"}).rate()) == ["12"]
    with bank.inside():
        asked = [session().get_one(ServiceEvent, one.id).resident_id for one in (first, second)]
        found = replay(system("test"), first=clock.today(), last=clock.today())
    assert asked[0] != asked[1]
    assert (found.awards, found.agrees) == (4, True)


def test_a_pairing_is_registered_once_and_for_somebody_who_can_be_known_again(bank: Bank) -> None:
    body = {"volunteer_id": bank.li.id, "community_id": bank.community_id, "resident": RESIDENT}
    worker = bank.as_("worker")
    answers = together([lambda: worker.post("/pairings", body)] * 4)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    nobody = {**body, "resident": {"name": "秦月华"}}
    found = problem(worker.post("/pairings", nobody), 422)
    assert set(found["errors"]["resident"]) == {"phone", "household_no"}
    problem(bank.as_("neighbour").post("/pairings", body), 404)
    [listed] = worker.get(f"/pairings?volunteer_id={bank.li.id}").json["items"]
    assert (listed["resident"]["name"], listed["ended_at"]) == ("秦月华", None)
    assert bank.as_("neighbour").get("/pairings").json["items"] == []
    problem(bank.as_("neighbour").post(f"/pairings/{listed['id']}/end"), 404)
    ended = together([lambda: worker.post(f"/pairings/{listed['id']}/end")] * 3)
    assert sorted(answer.status_code for answer in ended) == [200, 409, 409]
    assert worker.post("/pairings", body).status_code == 201
    assert points_of(bank, "li") == "200"
