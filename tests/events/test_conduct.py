"""Bonuses and deductions by reason, and what they lead to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.events.awarding.replaying import Replay, replay
from tests.cast import Answer, Bank, together
from tests.core.examples import publish
from tests.core.problems import problem
from tests.core.snapshot import snapshot
from tests.desk.visitor import visit
from tests.events.errands import link_staff, points_of, request
from tests.events.test_caps import NO_CAPS, done, earned

REASONS = [
    {"code": "no_show", "name": "约好未到", "kind": "deduction", "points": "30"},
    {"code": "malicious", "name": "恶意行为", "kind": "deduction", "points": "0", "merit": "150"},
    {"code": "referral", "name": "介绍新人", "kind": "bonus", "points": "10", "merit": "0"},
    {"code": "complaint", "name": "投诉属实", "kind": "deduction", "points": "0",
     "zeroes_event": True},
]  # fmt: skip
STANDING: dict[str, dict[str, Any]] = {
    "strike_off": {
        "when": [
            {"reason": "no_show", "times": 5, "per": "lifetime"},
            {"reason": "malicious", "times": 3, "per": "year"},
        ],
        "stops": ["claims"],
    },
    "blacklist": {"merit_below": "-300", "stops": ["claims", "redemptions", "donations"]},
}


def again(bank: Bank) -> Replay:
    """Score everything of this year and the last again."""
    with bank.inside():
        today = clock.today()
        return replay(
            system("test"), first=today.replace(today.year - 1, 1, 1),
            last=today.replace(today.year, 12, 31),
        )  # fmt: skip


def rules(bank: Bank, **parts: Any) -> None:
    publish(bank, reasons=REASONS, **parts)


def give(bank: Bank, reason: str, who: str = "li", *, by: str = "supervisor",
         **more: Any) -> Answer:  # fmt: skip
    body = {"reason": reason, "note": "查实", **more}
    return bank.as_(by).post(f"/volunteers/{bank.ids[who]}/conduct", body)


def balance(bank: Bank, who: str = "li") -> tuple[str, str]:
    found = bank.as_("admin").get(f"/volunteers/{bank.ids[who]}/balance").json
    return found["points"], found["merit"]


def assert_sound(bank: Bank) -> None:
    with bank.inside():
        assert ledger.verify().faults == []


def test_a_deduction_takes_points_and_merit(bank: Bank) -> None:
    rules(bank)
    answer = give(bank, "no_show")
    assert answer.status_code == 201, answer.text
    assert answer.json["explanation"] == ["约好未到：扣 30 分", "道德分 -30"]
    assert (answer.json["points"], answer.json["merit"], answer.json["moved"]) == (
        "-30", "-30", "-30",
    )  # fmt: skip
    assert balance(bank) == ("170", "-30")
    newest = bank.as_("li").get(f"/volunteers/{bank.li.id}/entries").json["items"][0]
    assert (newest["kind"], newest["amount"], newest["reason"]) == ("deduction", "-30", "约好未到")
    assert newest["source"] == {"type": "conduct", "id": answer.json["id"]}
    assert_sound(bank)


def test_no_more_points_are_taken_than_there_are_and_all_of_the_merit(bank: Bank) -> None:
    rules(bank)
    answer = give(bank, "no_show", "zhao")
    assert answer.json["explanation"] == [
        "约好未到：扣 30 分", "可用积分只有 20，扣 20", "道德分 -30",
    ]  # fmt: skip
    assert (answer.json["moved"], balance(bank, "zhao")) == ("-20", ("0", "-30"))
    assert give(bank, "no_show", "zhao").json["moved"] == "0"
    assert balance(bank, "zhao") == ("0", "-60")
    assert_sound(bank)


def test_a_bonus_counts_against_the_whole_issue(bank: Bank) -> None:
    rules(bank, caps={**NO_CAPS, "issue": {"month": "15"}})
    assert give(bank, "referral").json["moved"] == "10"
    assert balance(bank) == ("210", "0")
    second = give(bank, "referral", "zhao").json
    assert (second["points"], second["moved"]) == ("10", "5")
    assert second["explanation"][-1] == "全行当月发放上限 15，已发 10，剩 5 → 5"
    assert earned(done(bank).rate()) == ["0"]


def test_a_complaint_sets_the_errand_to_zero_for_whom_it_is_about(bank: Bank) -> None:
    rules(bank)
    errand = done(bank, "li", "zhao")
    assert earned(errand.rate()) == ["12", "12"]
    answer = give(bank, "complaint", service_event_id=errand.id)
    assert answer.status_code == 201, answer.text
    assert answer.json["explanation"][-1] == "这次服务的积分归零"
    assert (points_of(bank, "li"), points_of(bank, "zhao")) == ("200", "32")
    problem(give(bank, "complaint", service_event_id=errand.id), 409, "already_recorded")
    # A dispute that is upheld later takes back what is left of it.
    bank.as_("worker").post(f"{errand.path}/dispute", {"reason": "没有来"})
    decision = {"upheld": True, "reason": "属实"}
    decided = bank.as_("second").post(f"{errand.path}/dispute/decision", decision)
    assert decided.json["status"] == "upheld"
    assert (points_of(bank, "li"), points_of(bank, "zhao")) == ("200", "20")
    assert_sound(bank)


def test_a_complaint_before_the_rating_sets_the_errand_to_zero_too(bank: Bank) -> None:
    rules(bank, caps={**NO_CAPS, "issue": {"month": "20"}})
    errand = done(bank, "li", "zhao")
    assert give(bank, "complaint", service_event_id=errand.id).status_code == 201
    answer = errand.rate()
    assert answer.json["status"] == "awarded"
    shown = {one["volunteer_id"]: one for one in errand.show()["awards"]}
    assert (shown[bank.li.id]["points"], shown[bank.li.id]["minutes"]) == ("0", 0)
    assert shown[bank.li.id]["explanation"][-1] == "这次服务的积分归零：查实"
    # It takes nothing of what there is for the others, whoever of them comes first.
    assert (shown[bank.zhao.id]["points"], points_of(bank, "zhao")) == ("12", "32")
    own = bank.as_("admin").get(f"/volunteers/{bank.li.id}/balance").json
    assert (own["points"], own["merit"], own["minutes"]) == ("200", "0", 0)
    assert earned(done(bank, "zhao").rate()) == ["8"]
    assert_sound(bank)
    assert again(bank).agrees


def test_a_complaint_withdrawn_before_the_rating_is_as_if_it_had_never_been(bank: Bank) -> None:
    rules(bank)
    errand = done(bank)
    made = give(bank, "complaint", service_event_id=errand.id).json["id"]
    withdraw(bank, made)
    assert earned(errand.rate()) == ["12"]
    assert points_of(bank, "li") == "212"


def test_a_wrong_complaint_that_is_withdrawn_gives_the_award_back(bank: Bank) -> None:
    """It counts for the caps of its day again; what was awarded meanwhile stays. Zeroed anew, it
    is taken back anew."""
    rules(bank, caps={**NO_CAPS, "person": {"day": "20"}})
    errand = done(bank)
    assert earned(errand.rate()) == ["12"]
    for _time in range(2):
        made = give(bank, "complaint", service_event_id=errand.id).json["id"]
        assert points_of(bank, "li") == "200"
        withdraw(bank, made)
        assert points_of(bank, "li") == "212"
    made = give(bank, "complaint", service_event_id=errand.id).json["id"]
    assert earned(done(bank, minutes=90).rate()) == ["18"]
    withdraw(bank, made)
    own = bank.as_("admin").get(f"/volunteers/{bank.li.id}/balance").json
    assert (own["points"], own["merit"], own["minutes"]) == ("230", "30", 150)
    shown = errand.show()
    assert (shown["status"], shown["awards"][0]["points"]) == ("awarded", "12")
    assert shown["awards"][0]["explanation"][-1] == "归零已撤销，积分还给本人：记错了"
    assert earned(done(bank).rate()) == ["0"]
    assert again(bank).agrees
    assert_sound(bank)


def test_what_was_zeroed_before_its_rating_is_awarded_when_that_is_withdrawn(bank: Bank) -> None:
    rules(bank)
    errand = done(bank, "li", "zhao")
    made = give(bank, "complaint", service_event_id=errand.id).json["id"]
    errand.rate()
    answers = together(
        [lambda: bank.as_("supervisor").post(f"/conduct/{made}/withdrawal", {"reason": "错"})] * 3
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert (points_of(bank, "li"), points_of(bank, "zhao")) == ("212", "32")
    assert errand.show()["status"] == "awarded"
    assert again(bank).agrees
    assert_sound(bank)


def test_what_waits_for_its_release_waits_again_when_it_is_given_back(bank: Bank) -> None:
    rules(bank, release={"rule": "held", "reviewers": 1, "notice_working_days": None})
    errand = done(bank, "li", "zhao")
    made = [
        give(bank, "complaint", who, service_event_id=errand.id).json["id"]
        for who in ("li", "zhao")
    ]
    assert errand.rate().json["status"] == "awarded"
    withdraw(bank, made[0])
    assert (errand.show()["status"], points_of(bank, "li")) == ("rated", "200")
    assert bank.as_("second").post(f"{errand.path}/review").status_code == 200
    assert (errand.show()["status"], points_of(bank, "li")) == ("awarded", "212")
    withdraw(bank, made[1])
    assert (errand.show()["status"], points_of(bank, "zhao")) == ("awarded", "32")
    assert again(bank).agrees
    assert_sound(bank)


def test_what_was_gone_when_it_was_zeroed_is_owed_no_more(bank: Bank) -> None:
    rules(bank)
    errand = done(bank)
    errand.rate()
    bank.buy({bank.oil: 1, bank.rice: 7, bank.soap: 20}, pin=bank.li.pin)
    made = give(bank, "complaint", service_event_id=errand.id).json["id"]
    assert points_of(bank, "li") == "0"
    withdraw(bank, made)
    assert points_of(bank, "li") == "2"
    assert again(bank).agrees
    assert_sound(bank)


def test_a_dispute_that_was_upheld_stands_whatever_is_withdrawn(bank: Bank) -> None:
    rules(bank)
    errand = done(bank)
    errand.rate()
    made = give(bank, "complaint", service_event_id=errand.id).json["id"]
    bank.as_("worker").post(f"{errand.path}/dispute", {"reason": "没有来"})
    path, body = f"/conduct/{made}/withdrawal", {"reason": "记错了"}
    problem(bank.as_("supervisor").post(path, body), 409, "wrong_state")
    decision = {"upheld": True, "reason": "属实"}
    bank.as_("second").post(f"{errand.path}/dispute/decision", decision)
    withdraw(bank, made)
    assert (errand.show()["status"], points_of(bank, "li")) == ("upheld", "200")
    assert again(bank).agrees


def withdraw(bank: Bank, record: str) -> None:
    answer = bank.as_("supervisor").post(f"/conduct/{record}/withdrawal", {"reason": "记错了"})
    assert answer.status_code == 200, answer.text


def test_what_was_withdrawn_is_moved_back(bank: Bank) -> None:
    rules(bank)
    made = give(bank, "no_show", "zhao").json
    path = f"/conduct/{made['id']}/withdrawal"
    problem(bank.as_("worker").post(path, {"reason": "记错了"}), 403, "forbidden")
    supervisor = bank.as_("supervisor")
    answers = together([lambda: supervisor.post(path, {"reason": "记错了"})] * 3)
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert balance(bank, "zhao") == ("20", "0")
    assert_sound(bank)


def test_five_no_shows_strike_off_and_a_withdrawn_one_does_not_count(bank: Bank) -> None:
    rules(bank, standing=STANDING)
    made = [give(bank, "no_show").json["id"] for _time in range(5)]
    errand = request(bank)
    refused = problem(bank.as_("li").post(f"{errand.path}/claim"), 403, "not_in_good_standing")
    assert refused["detail"] == "“约好未到”累计已记 5 次，达到除名的 5 次"
    scanned = bank.as_("worker").post(f"{errand.path}/check-in", {"code": bank.li.code})
    problem(scanned, 403, "not_in_good_standing")
    assigned = bank.as_("worker").post(f"{errand.path}/assignment", {"volunteer_ids": [bank.li.id]})
    problem(assigned, 403, "not_in_good_standing")
    # Struck off, one still spends what one earned.
    assert bank.buy({bank.soap: 1}).status_code == 201
    bank.as_("supervisor").post(f"/conduct/{made[2]}/withdrawal", {"reason": "那天请过假"})
    assert bank.as_("li").post(f"{errand.path}/claim").status_code == 200


def test_whom_the_rulebook_rewards_no_more_is_in_no_completion(bank: Bank) -> None:
    with bank.inside():
        now = clock.now()
    stops: dict[str, Any] = {"strike_off": {**STANDING["strike_off"], "stops": ["awards"]}}
    with clock.at(now - timedelta(days=5)):
        rules(bank, standing=stops)
    before, errand, today = done(bank), request(bank), now.isoformat()
    for _time in range(5):
        give(bank, "no_show")
    refused = problem(errand.complete("zhao", "li", performed_at=today), 422)
    assert refused["errors"] == {
        "participants": {"1": {"volunteer_id": ["“约好未到”累计已记 5 次，达到除名的 5 次"]}}
    }
    # Whoever was completed before crosses the line too late for that award, and a replay agrees.
    assert earned(before.rate()) == ["12"]
    # So does work of a day before.
    yesterday = (now - timedelta(days=1)).isoformat()
    assert errand.complete("zhao", "li", performed_at=yesterday).status_code == 200
    assert errand.rate().status_code == 200
    assert again(bank).agrees


def test_a_blacklist_that_stops_awards_goes_by_the_merit_of_the_day(bank: Bank) -> None:
    rules(bank, standing={"blacklist": {"merit_below": "-100", "stops": ["awards"]}})
    give(bank, "malicious")
    with bank.inside():
        today = clock.now().isoformat()
    refused = problem(request(bank).complete(performed_at=today), 422)
    [said] = refused["errors"]["participants"]["0"]["volunteer_id"]
    assert said == "道德分 -150，低于 -100，列入黑名单"
    assert request(bank).complete("zhao", performed_at=today).status_code == 200
    rules(bank, standing=STANDING)  # which stops no awards
    assert request(bank).complete(performed_at=today).status_code == 200


def test_below_the_line_one_is_on_the_blacklist_until_merit_is_back(bank: Bank) -> None:
    rules(bank, standing=STANDING)
    for _time in range(2):
        give(bank, "malicious")
    assert (balance(bank)[1], bank.buy({bank.soap: 1}).status_code) == ("-300", 201)
    give(bank, "no_show")
    refused = problem(bank.buy({bank.soap: 1}), 403, "not_in_good_standing")
    assert refused["detail"] == "道德分 -330，低于 -300，列入黑名单"
    gift = {"to_volunteer_id": bank.zhao.id, "points": "1"}
    problem(bank.as_("li").post("/donations", gift), 403, "not_in_good_standing")
    assert earned(done(bank, minutes=180).rate()) == ["36"]
    assert bank.buy({bank.soap: 1}).status_code == 201


def test_bad_records_change_nothing(bank: Bank) -> None:
    rules(bank)
    link_staff(bank, "both", "li", role="supervisor")
    errand = done(bank, "zhao")
    before = snapshot(bank)
    problem(give(bank, "no_show", by="worker"), 403, "forbidden")
    problem(give(bank, "no_show", by="both"), 403, "forbidden")
    assert "reason" in problem(give(bank, "absent"), 422)["errors"]
    assert "note" in problem(give(bank, "no_show", note=" "), 422)["errors"]
    assert "service_event_id" in problem(give(bank, "complaint"), 422)["errors"]
    for number in (errand.id, "0" * 16):
        found = problem(give(bank, "complaint", service_event_id=number), 422)
        assert "service_event_id" in found["errors"]
    # The rulebook of that day had no reasons yet.
    past = "2026-01-15T09:30:00+08:00"
    assert "reason" in problem(give(bank, "no_show", happened_at=past), 422)["errors"]
    assert snapshot(bank) == before


def test_a_deduction_and_a_purchase_at_once_never_go_below_nothing(bank: Bank) -> None:
    rules(bank)
    acts = [lambda: give(bank, "no_show")] * 4 + [
        lambda: bank.buy({bank.rice: 2}, pin=bank.li.pin)
    ] * 4
    answers = together(acts)
    assert {answer.status_code for answer in answers[:4]} == {201}
    assert {answer.status_code for answer in answers[4:]} <= {201, 409}
    assert float(balance(bank)[0]) >= 0
    assert balance(bank)[1] == "-120"
    assert_sound(bank)


def test_volunteers_see_their_own_record_and_nobody_elses(bank: Bank) -> None:
    rules(bank)
    give(bank, "no_show")
    [own] = bank.as_("li").get(f"/volunteers/{bank.li.id}/conduct").json["items"]
    assert (own["name"], own["status"], own["note"]) == ("约好未到", "recorded", "查实")
    problem(bank.as_("zhao").get(f"/volunteers/{bank.li.id}/conduct"), 404)
    problem(bank.as_("neighbour").get(f"/volunteers/{bank.li.id}/conduct"), 404)


def test_a_no_show_on_record_can_be_followed_by_its_deduction(bank: Bank) -> None:
    rules(bank)
    errand = request(bank)
    bank.as_("li").post(f"{errand.path}/claim")
    came_not = {"volunteer_id": bank.li.id, "reason": "等到十点，没有人来"}
    assert bank.as_("worker").post(f"{errand.path}/no-show", came_not).status_code == 200
    # On record, and by itself nothing else: what follows is a supervisor's to say.
    assert balance(bank) == ("200", "0")
    supervisor = visit(bank, "supervisor")
    supervisor.open(f"/staff/volunteers/{bank.li.id}/conduct")
    assert "等到十点，没有人来" in supervisor.page.text
    supervisor.send(
        f"/staff/volunteers/{bank.li.id}/conduct",
        reason="no_show", note="核实过", service_event_id=errand.id,
    )  # fmt: skip
    assert balance(bank) == ("170", "-30")
    problem(give(bank, "no_show", service_event_id=errand.id), 409, "already_recorded")
    refused = give(bank, "no_show", "zhao", service_event_id=errand.id)
    assert "service_event_id" in problem(refused, 422)["errors"]


def test_a_team_is_assigned_without_whom_the_rulebook_stops(bank: Bank) -> None:
    rules(bank, standing=STANDING)
    place = {"name": "夕阳红", "organization_id": bank.community_id}
    team = bank.as_("supervisor").post("/teams", place).json["id"]
    for member in (bank.li, bank.zhao):
        joined = bank.as_("worker").patch(f"/volunteers/{member.id}", {"team_id": team})
        assert joined.status_code == 200, joined.text
    for _time in range(5):
        give(bank, "no_show")
    errand = request(bank, volunteers_needed=2)
    answer = bank.as_("worker").post(f"{errand.path}/assignment", {"team_id": team})
    assert [one["volunteer_id"] for one in answer.json["participants"]] == [bank.zhao.id]
