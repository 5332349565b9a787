"""Errands that come again every week, and the codes that are made anew."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.events import sweeping
from moralbank.events.changes import history
from moralbank.events.rules import next_week
from tests.cast import Bank, together
from tests.core.problems import problem
from tests.events.errands import RESIDENT, Errand, link_staff, request

FIRST = "2026-12-04T09:00:00+08:00"
"""A Friday."""
WEEKLY: dict[str, Any] = {"needed_at": FIRST, "repeats": {"every": "week", "until": "2026-12-31"}}
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@given(days, days, days)
def test_the_next_is_a_week_later_or_the_first_that_is_not_past(
    day: date, today: date, until: date
) -> None:
    found = next_week(day, today=today, until=until)
    weeks = [day + timedelta(days=7 * place) for place in range(1, 600)]
    wanted = next((one for one in weeks if one >= today), None)
    if found is None:
        assert wanted is None or wanted > until
    else:
        assert found == (wanted, weeks.index(found[0]))


def newest(bank: Bank) -> Any:
    [item] = bank.as_("worker").get("/service-events?limit=1").json["items"]
    return bank.as_("worker").get(f"/service-events/{item['id']}").json


def sweep(bank: Bank, at: str) -> sweeping.Swept:
    with bank.inside(), clock.at(datetime.fromisoformat(at)):
        return sweeping.sweep(system("test"))


def test_the_next_is_made_when_one_is_completed(bank: Bank) -> None:
    errand = request(bank, deadline="2026-12-04T18:00:00+08:00", note="两袋米", **WEEKLY)
    shown = errand.show()["repeats"]
    assert (shown["every"], shown["until"], shown["place"], shown["ended"]) == (
        "week", "2026-12-31", 1, False,
    )  # fmt: skip
    assert errand.complete().status_code == 200
    following = newest(bank)
    assert following["id"] != errand.id
    assert (following["status"], following["needed_at"]) == ("open", "2026-12-11T09:00:00+08:00")
    assert following["deadline"] == "2026-12-11T18:00:00+08:00"
    assert (following["note"], following["repeats"]["place"]) == ("两袋米", 2)
    assert following["resident"]["name"] == RESIDENT["name"]


def test_the_same_volunteers_are_asked_first_and_may_decline(bank: Bank) -> None:
    errand = request(bank, **WEEKLY)
    errand.complete("li", "zhao")
    path = f"/service-events/{newest(bank)['id']}"
    assert bank.as_("li").get(path).json["asked"] is True
    assert bank.as_("li").post(f"{path}/decline").json["status"] == "open"
    assert bank.as_("li").post(f"{path}/decline").status_code == 200
    assert bank.as_("li").get(path).json["asked"] is False
    other = {"volunteer_id": bank.li.id}
    problem(bank.as_("zhao").post(f"{path}/decline", other), 403, "forbidden")
    problem(bank.as_("li").post(f"{errand.path}/decline"), 404, "not_found")
    # Who declined may still go.
    assert bank.as_("li").post(f"{path}/claim").status_code == 200
    # Nobody did it: those who were asked and did not decline are asked again.
    bank.as_("worker").post(f"{path}/withdrawal", {"volunteer_id": bank.li.id, "reason": "病"})
    bank.as_("worker").post(f"{path}/cancellation", {"reason": "下雪"})
    third = f"/service-events/{newest(bank)['id']}"
    assert bank.as_("li").get(third).json["asked"] is False
    assert bank.as_("zhao").get(third).json["asked"] is True


def test_the_sweep_makes_the_next_when_the_day_has_passed(bank: Bank) -> None:
    errand = request(bank, **WEEKLY)
    assert sweep(bank, "2026-12-04T23:00:00+08:00").repeated == []
    [made] = sweep(bank, "2026-12-05T01:00:00+08:00").repeated
    assert newest(bank)["id"] == made
    assert errand.show()["status"] == "open"
    assert sweep(bank, "2026-12-05T01:00:00+08:00").repeated == []
    # Weeks that nobody looked at are passed over, on record.
    [later] = sweep(bank, "2026-12-20T01:00:00+08:00").repeated
    assert newest(bank)["needed_at"] == "2026-12-25T09:00:00+08:00"
    with bank.inside():
        [line] = history(later)
        assert (line.action, line.note) == ("repeat", "中间空了 1 周")
    assert sweep(bank, "2026-12-28T01:00:00+08:00").repeated == []
    assert newest(bank)["repeats"]["ended"] is True
    assert sweep(bank, "2027-02-01T01:00:00+08:00").repeated == []


def test_the_next_is_made_once_whoever_makes_it(bank: Bank) -> None:
    errand = request(bank, **WEEKLY)
    moment = datetime(2026, 12, 6, tzinfo=UTC)

    def swept() -> int:
        with bank.inside(), clock.at(moment):
            return len(sweeping.sweep(system("test")).repeated)

    def completed() -> int:
        return 0 if errand.complete().status_code == 200 else 1

    together([swept, swept, completed, swept])
    assert len(bank.as_("worker").get("/service-events").json["items"]) == 2


def test_a_series_is_ended(bank: Bank) -> None:
    errand, worker = request(bank, **WEEKLY), bank.as_("worker")
    end = f"{errand.path}/series/end"
    problem(worker.post(f"{request(bank).path}/series/end", {"reason": "x"}), 404, "not_found")
    assert worker.post(end, {"reason": "搬走了"}).json["repeats"]["ended"] is True
    problem(worker.post(end, {"reason": "搬走了"}), 409, "wrong_state")
    errand.complete()
    assert len(worker.get("/service-events").json["items"]) == 2


def test_a_repeat_has_a_time_and_an_end(bank: Bank) -> None:
    body = {"service_item": "home.shopping", "community_id": bank.community_id}
    for more in (
        {"repeats": WEEKLY["repeats"]},
        {"needed_at": FIRST, "repeats": {"every": "week", "until": "2026-12-03"}},
        {"needed_at": FIRST, "repeats": {"every": "week", "until": "2029-12-03"}},
        {"needed_at": FIRST, "repeats": {"every": "day", "until": "2026-12-31"}},
        {"needed_at": FIRST, "repeats": {"every": "week"}},
    ):
        found = problem(bank.as_("worker").post("/service-events", {**body, **more}), 422)
        assert list(found["errors"]) == ["repeats"]


def renewed(bank: Bank, errand: Errand) -> Any:
    answer = bank.as_("worker").post(f"{errand.path}/codes")
    assert answer.status_code == 201, answer.text
    return answer.json


def test_new_codes_are_good_and_the_old_ones_dead(bank: Bank) -> None:
    errand = request(bank)
    errand.complete()
    for _try in range(5):
        problem(errand.rate("x"), 403, "bad_resident_code")
    assert (errand.show()["code_locked"], errand.show()["callback_due"]) == (True, True)
    made = renewed(bank, errand)
    assert (errand.show()["code_locked"], errand.show()["callback_due"]) == (False, False)
    if made["resident_code"] != errand.code:
        problem(errand.rate(), 403, "bad_resident_code")
    assert errand.rate(made["resident_code"]).status_code == 200
    problem(bank.as_("worker").post(f"{errand.path}/codes"), 409, "wrong_state")
    with bank.inside():
        assert "codes" in [line.action for line in history(errand.id)]


def test_neighbours_who_have_rated_stay(bank: Bank) -> None:
    errand = request(bank, resident=None)
    errand.complete()
    assert errand.rate(errand.codes[1]).json["awards"] == []
    fresh = renewed(bank, errand)["neighbour_codes"]
    assert len(fresh) == len(errand.codes) - 1
    problem(errand.rate(errand.codes[1]), 409, "already_rated")
    for code in fresh:
        done = errand.rate(code)
    assert done.json["status"] == "awarded"


def test_codes_are_not_for_who_does_it(bank: Bank) -> None:
    link_staff(bank, "both", "li")
    errand = request(bank)
    bank.as_("li").post(f"{errand.path}/claim")
    problem(bank.as_("both").post(f"{errand.path}/codes"), 403, "rater_is_performer")
    problem(bank.as_("li").post(f"{errand.path}/codes"), 403, "forbidden")
    problem(bank.as_("neighbour").post(f"{errand.path}/codes"), 404, "not_found")


def test_of_codes_made_at_once_the_last_are_good(bank: Bank) -> None:
    errand = request(bank)
    errand.complete()
    together([partial(renewed, bank, errand)] * 4)
    assert errand.rate(renewed(bank, errand)["resident_code"]).status_code == 200
