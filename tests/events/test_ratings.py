"""Ratings: the resident's word turns an errand into points, once."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, text

from moralbank import ledger
from moralbank.core.db import db
from moralbank.events.changes import history
from moralbank.events.models import ServiceEvent
from tests.cast import Bank, together
from tests.core.problems import problem
from tests.core.snapshot import snapshot
from tests.events.errands import (
    PERFORMED,
    RESIDENT,
    Errand,
    link_staff,
    points_of,
    request,
    volunteer,
)


def completed(bank: Bank, *who: str, minutes: int = 60, **more: Any) -> Errand:
    errand = request(bank, **more)
    assert errand.complete(*who, minutes=minutes).status_code == 200
    return errand


def wrong_code(errand: Errand) -> str:
    return "000000" if errand.code != "000000" else "111111"


def test_the_resident_rates_and_the_points_are_there(bank: Bank) -> None:
    errand = completed(bank, "li", "zhao", minutes=90)
    answer = errand.rate(stars=4, comment="谢谢")
    assert answer.status_code == 200
    assert answer.json["status"] == "awarded"
    awards = {award["volunteer_id"]: award for award in answer.json["awards"]}
    assert awards.keys() == {bank.li.id, bank.zhao.id}
    for award in awards.values():
        assert (award["points"], award["merit"], award["minutes"]) == ("15", "15", 90)
        assert award["rulebook_version"] == 1
        assert award["explanation"]
    assert (points_of(bank, "li"), points_of(bank, "zhao")) == ("215", "35")
    entry = bank.as_("li").get(f"/volunteers/{bank.li.id}/entries").json["items"][0]
    assert (entry["kind"], entry["amount"]) == ("award", "15")
    assert entry["source"] == {"type": "service_event", "id": errand.id}
    problem(errand.rate(stars=1), 409, "already_rated")
    problem(errand.enter(), 409, "already_rated")


def test_more_stars_are_more_points_and_one_star_the_fewest(bank: Bank) -> None:
    worth = []
    for stars in range(1, 6):
        [award] = completed(bank).rate(stars=stars).json["awards"]
        worth.append(float(award["points"]))
    assert worth == sorted(set(worth))


def test_every_participant_is_listed_also_with_nothing(bank: Bank) -> None:
    """The caps are reached: 120 points an errand, 200 a day."""
    for _time in range(2):
        completed(bank, minutes=24 * 60).rate()
    answer = completed(bank, "li", "zhao").rate()
    awards = {award["volunteer_id"]: award for award in answer.json["awards"]}
    assert awards[bank.li.id]["points"] == "0"
    assert awards[bank.zhao.id]["points"] == "12"
    assert points_of(bank, "li") == "400"


@pytest.mark.parametrize(
    "code", ["", "1", "abc", "12345", "1234567", "１２３４５６", "x" * 1000, 5, 0, True, "-1", " "]
)
def test_a_wrong_code_of_any_form_is_a_wrong_code(bank: Bank, code: Any) -> None:
    problem(completed(bank).rate(code), 403, "bad_resident_code")


def test_a_code_is_good_for_its_own_errand(bank: Bank) -> None:
    first, second = completed(bank), completed(bank)
    if first.code != second.code:
        problem(first.rate(second.code), 403, "bad_resident_code")
    assert first.rate(f" {first.code} ").status_code == 200


def test_five_wrong_codes_lock_and_call_for_a_call(bank: Bank) -> None:
    errand = completed(bank)
    for _try in range(5):
        assert not errand.show()["callback_due"]
        problem(errand.rate(wrong_code(errand)), 403, "bad_resident_code")
    right, wrong = errand.rate(), errand.rate(wrong_code(errand))
    problem(right, 403, "bad_resident_code")
    assert right.text == wrong.text
    assert errand.show()["code_locked"]
    assert errand.show()["callback_due"]
    [due] = [
        item for item in bank.as_("worker").get("/service-events").json["items"]
        if item["callback_due"]
    ]  # fmt: skip
    assert due["id"] == errand.id
    assert errand.enter(4).status_code == 200
    assert not errand.show()["callback_due"]


def test_eight_wrong_codes_at_once_are_counted_exactly(bank: Bank) -> None:
    errand = completed(bank)
    answers = together([lambda: errand.rate(wrong_code(errand))] * 8)
    assert {problem(answer, 403)["code"] for answer in answers} == {"bad_resident_code"}
    with bank.inside():
        tries = select(ServiceEvent.wrong_codes).where(ServiceEvent.id == errand.id)
        assert db.session.scalar(tries) == 5


def test_an_errand_that_is_not_done_cannot_be_rated(bank: Bank) -> None:
    errand = request(bank)
    problem(errand.rate(), 409, "wrong_state")
    bank.as_("li").post(f"{errand.path}/claim")
    problem(errand.rate(), 409, "wrong_state")
    problem(errand.enter(), 409, "wrong_state")
    problem(bank.as_("public").post("/service-events/none/rating", {"stars": 5}), 404)


def test_staff_enter_what_they_were_told(bank: Bank) -> None:
    errand = completed(bank)
    assert "channel" in problem(errand.enter(channel="telegraph"), 422)["errors"]
    problem(bank.as_("worker").post(f"{errand.path}/rating", {"stars": 5}), 422)
    for who in ("auditor", "li", "till"):
        problem(errand.enter(who=who), 403, "forbidden")
    problem(errand.enter(who="public"), 422)
    assert errand.enter(channel="paper", slip_no="甲-001").status_code == 200


@pytest.mark.parametrize("tie", ["phone", "household", "requester", "met before"])
def test_who_did_it_cannot_rate_it(bank: Bank, tie: str) -> None:
    """The rater's phone or household is a participant's."""
    resident: dict[str, Any] = {"name": "李大爷", "phone": "13700000099"}
    more: dict[str, Any] = {}
    if tie == "phone":
        resident["phone"] = bank.li.phone
    elif tie == "requester":
        more["requester"] = {"name": "李某", "phone": bank.li.phone, "relation": "侄女"}
    elif tie == "household":
        bank.as_("worker").patch(f"/volunteers/{bank.li.id}", {"household_no": "3 单元 201"})
        resident["household_no"] = "3单元201"
    else:  # she asked for an errand herself once, and gave her household
        request(bank, resident={"name": "李秋兰", "phone": bank.li.phone, "household_no": "8-8"})
        resident["household_no"] = "8-8"
    errand = completed(bank, "zhao", "li", resident=resident, **more)
    before = snapshot(bank)
    problem(errand.rate(), 403, "rater_is_performer")
    problem(errand.enter(), 403, "rater_is_performer")
    assert snapshot(bank) == before


def test_staff_who_did_it_cannot_enter_its_rating(bank: Bank) -> None:
    link_staff(bank, "both", "li")
    errand = completed(bank, "li")
    problem(errand.enter(who="both"), 403, "rater_is_performer")
    problem(errand.rate(who="both"), 403, "rater_is_performer")
    problem(errand.rate(who="li"), 403, "rater_is_performer")
    assert completed(bank, "zhao").enter(who="both").status_code == 200
    assert errand.rate().status_code == 200


def test_who_claimed_and_did_not_do_it_is_no_performer(bank: Bank) -> None:
    errand = request(bank, resident={"name": "李大爷", "phone": bank.li.phone})
    bank.as_("li").post(f"{errand.path}/claim")
    errand.complete("zhao")
    assert errand.rate().status_code == 200


def test_neighbours_rate_what_is_done_for_all(bank: Bank) -> None:
    errand = completed(bank, resident=None)
    assert len(set(errand.codes)) == 3
    for code, stars in zip(errand.codes[:2], (5, 1), strict=True):
        answer = errand.rate(code, stars)
        assert answer.json == {"status": "completed", "awards": []}
        problem(errand.rate(code, stars), 409, "already_rated")
    assert points_of(bank, "li") == "200"
    last = errand.rate(errand.codes[2], 4).json  # 1, 4 and 5 stars: the middle is 4
    assert last["status"] == "awarded"
    assert last["awards"][0]["points"] == "10"


def test_neighbours_at_once_award_once(bank: Bank) -> None:
    errand = completed(bank, resident=None)
    answers = together([partial(errand.rate, code) for code in errand.codes])
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert sorted(answer.json["status"] for answer in answers) == ["awarded"] + ["completed"] * 2
    assert points_of(bank, "li") == "212"


def test_a_slip_is_used_once(bank: Bank) -> None:
    first, second = completed(bank), completed(bank)
    assert first.enter(channel="paper", slip_no="甲-001").status_code == 200
    problem(second.enter(channel="paper", slip_no=" 甲-001 "), 409, "slip_used")
    assert second.enter(channel="paper", slip_no="甲-002").status_code == 200


def test_one_slip_for_six_errands_at_once_is_good_for_one(bank: Bank) -> None:
    errands = [completed(bank, name) for name in ("li", "zhao") * 3]
    answers = together([partial(one.enter, channel="paper", slip_no="甲-001") for one in errands])
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    for answer in answers:
        if answer.status_code == 409:
            problem(answer, 409, "slip_used")


def test_eight_ratings_at_once_award_once(bank: Bank) -> None:
    errand = completed(bank, "li", "zhao")
    answers = together([lambda: errand.rate()] * 8)
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert (points_of(bank, "li"), points_of(bank, "zhao")) == ("212", "32")
    with bank.inside():
        assert ledger.verify().sound


def test_caps_hold_when_many_errands_are_rated_at_once(bank: Bank) -> None:
    """Six errands of one day at up to 120 points each, for two people: 200 is the day's most."""
    errands = [completed(bank, "li", "zhao", minutes=24 * 60) for _time in range(6)]
    answers = together([one.rate for one in errands])
    assert {answer.status_code for answer in answers} == {200}
    assert (points_of(bank, "li"), points_of(bank, "zhao")) == ("400", "220")
    for person in (bank.li.id, bank.zhao.id):
        given = [
            float(award["points"])
            for answer in answers
            for award in answer.json["awards"]
            if award["volunteer_id"] == person
        ]
        assert sorted(given) == [0, 0, 0, 0, 80, 120]


def test_a_rating_and_a_redemption_at_once_both_land(bank: Bank) -> None:
    errand = completed(bank)
    tasks: list[Any] = [lambda: errand.rate(), *[lambda: bank.buy({bank.soap: 1})] * 4]
    answers = together(tasks)
    assert [answer.status_code for answer in answers] == [200] + [201] * 4
    assert points_of(bank, "li") == "210"
    with bank.inside():
        assert ledger.verify().sound


def test_a_rating_is_on_record_with_its_channel_and_who_entered_it(bank: Bank) -> None:
    by_code, by_staff = completed(bank), completed(bank)
    by_code.rate()
    by_staff.enter(channel="visit")
    with bank.inside(), db.engine.connect() as connection:
        rows = connection.execute(text("SELECT event_id, channel, entered_by FROM ratings")).all()
    found = {row.event_id: (row.channel, row.entered_by) for row in rows}
    assert found[by_code.id] == ("code", "public")
    assert found[by_staff.id] == ("visit", f"staff:{bank.ids['worker']}")


def test_a_resident_with_the_same_phone_elsewhere_is_another(bank: Bank) -> None:
    again = completed(bank, resident={**RESIDENT, "name": "秦月娥"})
    assert again.rate().status_code == 200


def test_the_home_of_who_is_signed_in_counts_however_it_is_written(bank: Bank) -> None:
    volunteer(bank, "孙建国", household_no="8栋2单元801室")
    performer = volunteer(bank, "孙建军", household_no="8-2-801")
    homes = {"household_no": "８－２－801"}
    assert bank.as_("worker").patch(f"/volunteers/{bank.zhao.id}", homes).status_code == 200
    errand = request(bank)
    people = [{"volunteer_id": performer, "minutes": 60}]
    body = {"participants": people, "performed_at": PERFORMED}
    assert bank.as_("worker").post(f"{errand.path}/completion", body).status_code == 200
    problem(errand.rate(who="zhao"), 403, "rater_is_performer")
    link_staff(bank, "wife", "zhao")
    problem(errand.enter(who="wife"), 403, "rater_is_performer")
    assert errand.rate(who="li").status_code == 200


def test_how_a_rating_came_is_for_staff_to_say(bank: Bank) -> None:
    errand = completed(bank)
    found = problem(errand.rate(channel="visit", slip_no="A-1"), 422)
    assert set(found["errors"]) == {"channel", "slip_no"}
    assert errand.rate().status_code == 200
    assert completed(bank).enter(channel="paper", slip_no="A-1").status_code == 200


def test_no_code_is_a_wrong_code(bank: Bank) -> None:
    errand = completed(bank)
    body = {"stars": 5, "resident_code": None}
    answer = bank.as_("public").post(f"{errand.path}/rating", body)
    problem(answer, 403, "bad_resident_code")


def test_a_wrong_code_stands_in_the_history(bank: Bank) -> None:
    errand = completed(bank)
    errand.rate(wrong_code(errand))
    page = bank.as_("worker")
    assert page.get(errand.path).json["status"] == "completed"
    with bank.inside():
        assert [one.action for one in history(errand.id)][-1] == "wrong_code"


def test_a_neighbour_s_rating_is_a_hand_in_the_errand(bank: Bank) -> None:
    """Staff who entered one of several ratings do not decide the dispute."""
    errand = completed(bank, resident=None, item="public.cleanup")
    assert errand.enter(stars=1, who="second", channel="visit").status_code == 200
    for code in errand.codes[:2]:
        assert errand.rate(code).status_code == 200
    bank.as_("worker").post(f"{errand.path}/dispute", {"reason": "没有来"})
    body = {"upheld": True, "reason": "属实"}
    decided = bank.as_("second").post(f"{errand.path}/dispute/decision", body)
    problem(decided, 403, "forbidden")


def test_a_neighbour_whom_staff_name_rates_once_and_is_no_performer(bank: Bank) -> None:
    errand = completed(bank, resident=None)
    neighbour = {"name": "赵一", "phone": "13700000001"}
    assert errand.enter(rater=neighbour).status_code == 200
    problem(errand.enter(rater={**neighbour, "name": "赵依"}), 409, "already_rated")
    for written in ("赵一", "赵 一", "赵一\u200b", " 赵\u3000一 "):
        problem(errand.enter(rater={"name": written}), 409, "already_rated")
    performer = {"name": "李", "phone": bank.li.phone}
    problem(errand.enter(rater=performer), 403, "rater_is_performer")
    assert errand.enter(rater={"name": "钱二"}).status_code == 200
    namesake = {"name": "赵一", "phone": "13700000002"}
    assert errand.enter(rater=namesake).json["status"] == "awarded"


def test_a_mobile_as_it_was_dialled_from_another_town_is_the_same(bank: Bank) -> None:
    resident = {"name": "李家", "phone": f"0{bank.li.phone}"}
    problem(completed(bank, resident=resident).rate(), 403, "rater_is_performer")
