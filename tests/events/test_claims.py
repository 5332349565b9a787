"""Who does an errand: several volunteers, assignments, hand-overs, withdrawals, no-shows."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import select

from moralbank.core.actor import system
from moralbank.core.db import session
from moralbank.desk.operations import longest_waiting
from moralbank.events.changes import history
from moralbank.events.models import NoShow
from tests.cast import Bank, together
from tests.core.problems import problem
from tests.events.errands import Errand, request, volunteer


def people(answer: Any) -> set[str]:
    return {person["volunteer_id"] for person in answer["participants"]}


def told(bank: Bank, errand: Errand) -> list[tuple[str | None, str, str | None]]:
    """The errand's history: what was done, what it came to, with whom."""
    with bank.inside():
        return [(line.action, line.to_status, line.volunteer_id) for line in history(errand.id)]


def test_it_stays_open_until_as_many_as_it_needs_have_claimed(bank: Bank) -> None:
    errand = request(bank, volunteers_needed=2)
    first = bank.as_("li").post(f"{errand.path}/claim").json
    assert (first["status"], first["still_wanted"]) == ("open", 1)
    problem(bank.as_("li").post(f"{errand.path}/claim"), 409, "already_in")
    assert errand.show("zhao")["still_wanted"] == 1
    # Who else takes part is for those who do.
    assert errand.show("zhao")["participants"] == []
    second = bank.as_("zhao").post(f"{errand.path}/claim").json
    assert (second["status"], second["still_wanted"]) == ("claimed", 0)
    assert people(second) == {bank.li.id, bank.zhao.id}
    assert told(bank, errand) == [
        (None, "open", None), ("claim", "open", bank.li.id), (None, "claimed", bank.zhao.id),
    ]  # fmt: skip


def test_no_more_than_needed_claim_at_once(bank: Bank) -> None:
    errand = request(bank, volunteers_needed=2)
    crowd = [volunteer(bank, f"人{place}") for place in range(5)]
    worker = bank.as_("worker")
    answers = together(
        [partial(worker.post, f"{errand.path}/claim", {"volunteer_id": one}) for one in crowd]
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 409, 409, 409]
    assert len(people(errand.show())) == 2


def test_a_team_is_assigned_whole_and_once(bank: Bank) -> None:
    worker = bank.as_("worker")
    body = {"name": "夕阳红", "organization_id": bank.community_id}
    team = bank.as_("supervisor").post("/teams", body).json["id"]
    members = {volunteer(bank, f"队员{place}", team_id=team) for place in range(3)}
    errand = request(bank)
    path = f"{errand.path}/assignment"
    given = {"volunteer_ids": [bank.li.id, bank.li.id], "team_id": team}
    for _time in range(2):
        assigned = worker.post(path, given).json
        assert (assigned["status"], people(assigned)) == ("claimed", members | {bank.li.id})
    assert len(told(bank, errand)) == 5
    done = errand.complete("li")
    assert people(done.json) == {bank.li.id}
    problem(worker.post(path, given), 409, "wrong_state")


def test_an_assignment_names_somebody_within_reach(bank: Bank) -> None:
    errand, worker = request(bank), bank.as_("worker")
    path = f"{errand.path}/assignment"
    assert "volunteer_ids" in problem(worker.post(path), 422)["errors"]
    body = {"name": "空队", "organization_id": bank.community_id}
    empty = bank.as_("supervisor").post("/teams", body).json["id"]
    assert "team_id" in problem(worker.post(path, {"team_id": empty}), 422)["errors"]
    far = volunteer(bank, "何远", community_id=bank.other_community_id)
    problem(worker.post(path, {"volunteer_ids": [bank.li.id, far]}), 404, "not_found")
    problem(worker.post(path, {"team_id": bank.station_id}), 404, "not_found")
    problem(bank.as_("neighbour").post(path, {"volunteer_ids": [far]}), 404, "not_found")
    assert errand.show()["participants"] == []


def test_a_volunteer_hands_over_their_own_part(bank: Bank) -> None:
    errand = request(bank)
    path = f"{errand.path}/handover"
    given = {"to_volunteer_id": bank.zhao.id, "reason": "病了"}
    problem(bank.as_("li").post(path, given), 404, "not_found")
    bank.as_("li").post(f"{errand.path}/claim")
    problem(bank.as_("zhao").post(path, given), 404, "not_found")
    other = {**given, "from_volunteer_id": bank.li.id}
    problem(bank.as_("zhao").post(path, other), 403, "forbidden")
    problem(bank.as_("li").post(path, {**given, "to_volunteer_id": bank.li.id}), 409, "already_in")
    answer = bank.as_("li").post(path, given)
    assert answer.json == {"id": errand.id, "status": "claimed", "still_wanted": 0}
    assert errand.show("zhao")["resident"]["name"] == "秦月华"
    problem(bank.as_("li").get(errand.path), 404, "not_found")
    assert told(bank, errand)[2:] == [
        ("handover", "open", bank.li.id), ("takeover", "claimed", bank.zhao.id),
    ]  # fmt: skip


def test_a_worker_hands_over_for_anybody(bank: Bank) -> None:
    errand, worker = request(bank, volunteers_needed=2), bank.as_("worker")
    bank.as_("li").post(f"{errand.path}/claim")
    bank.as_("zhao").post(f"{errand.path}/claim")
    third = volunteer(bank, "孙建国")
    given = {"to_volunteer_id": third, "reason": "出门"}
    found = problem(worker.post(f"{errand.path}/handover", given), 422)
    assert list(found["errors"]) == ["from_volunteer_id"]
    given["from_volunteer_id"] = bank.zhao.id
    assert worker.post(f"{errand.path}/handover", given).status_code == 200
    assert people(errand.show()) == {bank.li.id, third}


def test_stepping_back_reopens_it_when_too_few_are_left(bank: Bank) -> None:
    errand, worker = request(bank), bank.as_("worker")
    both = {"volunteer_ids": [bank.li.id, bank.zhao.id]}
    worker.post(f"{errand.path}/assignment", both)
    path = f"{errand.path}/withdrawal"
    assert bank.as_("li").post(path, {"reason": "腰疼"}).json["status"] == "claimed"
    problem(bank.as_("li").post(path, {"reason": "腰疼"}), 404, "not_found")
    last = worker.post(path, {"reason": "也来不了"}).json
    assert (last["status"], last["still_wanted"]) == ("open", 1)
    assert bank.as_("li").post(f"{errand.path}/claim").status_code == 200
    errand.complete("li")
    problem(bank.as_("li").post(path, {"reason": "x"}), 409, "wrong_state")


def test_who_does_not_come_is_put_on_record(bank: Bank) -> None:
    errand, worker = request(bank), bank.as_("worker")
    bank.as_("li").post(f"{errand.path}/claim")
    body = {"volunteer_id": bank.li.id, "reason": "等到天黑"}
    problem(bank.as_("li").post(f"{errand.path}/no-show", body), 403, "forbidden")
    assert worker.post(f"{errand.path}/no-show", body).json["status"] == "open"
    problem(worker.post(f"{errand.path}/no-show", body), 404, "not_found")
    assert told(bank, errand)[-1] == ("no_show", "open", bank.li.id)
    with bank.inside():
        [row] = session().scalars(select(NoShow))
        assert (row.volunteer_id, row.reason, row.actor_name) == (bank.li.id, "等到天黑", "worker")
        assert row.address == "127.0.0.1"


def test_the_overdue_come_first_nobodys_before_somebodys(bank: Bank) -> None:
    oldest = request(bank)
    late = request(bank, deadline="2026-01-02T09:00:00+08:00")
    open_late = request(bank, deadline="2026-01-03T09:00:00+08:00")
    later = request(bank, deadline="2030-01-01T09:00:00+08:00")
    bank.as_("li").post(f"{late.path}/claim")
    with bank.inside():
        lines = longest_waiting(system("test"), limit=10)
    assert [line.id for line in lines] == [open_late.id, late.id, oldest.id, later.id]
    assert [line.overdue for line in lines] == [True, True, False, False]
    assert (late.show()["overdue"], later.show()["overdue"]) == (True, False)
    late.complete("li")
    assert late.show()["overdue"] is False


def test_who_came_or_is_not_due_yet_is_no_no_show(bank: Bank) -> None:
    later = request(bank, needed_at="2027-01-15T09:30:00+08:00")
    scanned = request(bank)
    for errand in (later, scanned):
        bank.as_("li").post(f"{errand.path}/claim")
    assert scanned.scan("in", bank.li.code).status_code == 200
    body = {"volunteer_id": bank.li.id, "reason": "没有来"}
    for errand in (later, scanned):
        problem(bank.as_("worker").post(f"{errand.path}/no-show", body), 409, "wrong_state")
        assert people(errand.show()) == {bank.li.id}
