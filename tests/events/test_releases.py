"""Awards that wait: for people who look at them, and for a notice that nobody objects to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.notices import operations as notices
from tests.cast import Answer, Bank, together
from tests.core.examples import publish
from tests.core.problems import problem
from tests.core.snapshot import snapshot
from tests.events.errands import Errand, link_staff, points_of
from tests.events.test_caps import NO_CAPS, done, earned


def hold(bank: Bank, *, reviewers: int = 0, days: int | None = None, **parts: Any) -> None:
    held = {"rule": "held", "reviewers": reviewers, "notice_working_days": days}
    publish(bank, release=held, caps=parts.pop("caps", NO_CAPS), **parts)


def rated(bank: Bank, *who: str) -> Errand:
    errand = done(bank, *who)
    answer = errand.rate()
    assert answer.json["status"] == "rated", answer.text
    assert {award["points"] for award in answer.json["awards"]} == {"12"}
    return errand


def review(bank: Bank, errand: Errand, who: str) -> Answer:
    return bank.as_(who).post(f"{errand.path}/review")


def balance(bank: Bank, who: str = "li") -> tuple[str, str]:
    found = bank.as_("admin").get(f"/volunteers/{bank.ids[who]}/balance").json
    return found["points"], found["provisional"]


def post(bank: Bank, *, days: int, period: str = "year") -> Answer:
    """Post the district's points of this year or month; return the notice, or the refusal."""
    with bank.inside():
        span = f"{clock.today():{'%Y' if period == 'year' else '%Y-%m'}}"
    supervisor = bank.as_("supervisor")
    draft = {"kind": "points", "organization_id": bank.district_id, "period": span}
    number = supervisor.post("/notices", draft).json["id"]
    answer = supervisor.post(f"/notices/{number}/posting", {"objection_days": days})
    return supervisor.get(f"/notices/{number}") if answer.status_code == 200 else answer


@contextmanager
def later(bank: Bank, **span: int) -> Iterator[datetime]:
    with bank.inside(), clock.at(clock.now() + timedelta(**span)):
        yield clock.now()


def close(bank: Bank, **span: int) -> list[str]:
    with later(bank, **span):
        return notices.close_due(system("test"))


def test_two_reviewers_who_had_no_hand_in_it(bank: Bank) -> None:
    hold(bank, reviewers=2)
    link_staff(bank, "both", "li")
    errand = rated(bank, "li", "zhao")
    assert balance(bank) == ("200", "12")
    assert bank.points(bank.li) == "200"
    problem(review(bank, errand, "worker"), 403, "forbidden")
    problem(review(bank, errand, "both"), 403, "forbidden")
    problem(review(bank, errand, "auditor"), 403, "forbidden")
    problem(review(bank, errand, "neighbour"), 404)
    assert [one["id"] for one in bank.as_("second").get("/awards-waiting").json["items"]] == [
        errand.id
    ]
    assert review(bank, errand, "supervisor").json["status"] == "rated"
    problem(review(bank, errand, "supervisor"), 409, "already_reviewed")
    assert balance(bank) == ("200", "12")
    assert review(bank, errand, "second").json["status"] == "awarded"
    assert (balance(bank), balance(bank, "zhao")) == (("212", "0"), ("32", "0"))
    problem(review(bank, errand, "admin"), 409, "wrong_state")
    assert bank.as_("second").get("/awards-waiting").json["items"] == []
    problem(errand.rate(), 409, "already_rated")


def test_reviewers_at_once_release_it_once(bank: Bank) -> None:
    hold(bank, reviewers=2)
    errand = rated(bank)
    whose = ("supervisor", "second", "admin") * 2
    answers = together([partial(review, bank, errand, who) for who in whose])
    codes = sorted(answer.status_code for answer in answers)
    assert codes.count(200) == 2
    assert balance(bank) == ("212", "0")
    with bank.inside():
        assert ledger.verify().faults == []


def test_what_waits_counts_for_the_caps(bank: Bank) -> None:
    hold(bank, reviewers=1, caps={**NO_CAPS, "person": {"day": "20"}})
    assert earned(done(bank).rate()) == ["12"]
    assert earned(done(bank).rate()) == ["8"]


def test_a_dispute_before_the_release(bank: Bank) -> None:
    hold(bank, reviewers=1)
    errand, other = rated(bank), rated(bank)
    for one, upheld in ((errand, True), (other, False)):
        disputed = bank.as_("worker").post(f"{one.path}/dispute", {"reason": "没有来"})
        assert disputed.json["status"] == "disputed"
        problem(review(bank, one, "second"), 409, "wrong_state")
        decision = {"upheld": upheld, "reason": "查过了"}
        bank.as_("supervisor").post(f"{one.path}/dispute/decision", decision)
    assert balance(bank) == ("200", "12")
    problem(review(bank, errand, "second"), 409, "wrong_state")
    assert review(bank, other, "second").status_code == 200
    assert balance(bank) == ("212", "0")


def test_a_notice_releases_what_it_told_of(bank: Bank) -> None:
    hold(bank, days=5)
    first = rated(bank)
    before = snapshot(bank)
    refused = problem(post(bank, days=4), 422)
    assert "至少公示 5 个工作日" in refused["errors"]["objection_days"][0]
    assert snapshot(bank)["awards"] == before["awards"]
    notice = post(bank, days=5)
    assert notice.json["lines"][0]["points"] == "12"
    second = rated(bank)
    assert close(bank, days=5) == []
    assert balance(bank) == ("200", "24")
    assert close(bank, days=40) == [notice.json["id"]]
    assert (first.show()["status"], second.show()["status"]) == ("awarded", "rated")
    assert balance(bank) == ("212", "12")
    assert close(bank, days=40) == []
    # The next notice tells of both and releases the second.
    post(bank, days=5)
    close(bank, days=80)
    assert balance(bank) == ("224", "0")
    with bank.inside():
        assert ledger.verify().faults == []


def test_an_objection_freezes_only_what_it_is_about(bank: Bank) -> None:
    hold(bank, days=5)
    errand = rated(bank, "li", "zhao")
    alone = rated(bank, "zhao")
    notice = post(bank, days=5).json
    path = f"/notices/{notice['id']}/objections"
    with bank.inside():
        names = {line["line_no"]: line["points"] for line in notice["lines"]}
    zhaos = next(number for number, points in names.items() if points == "24")
    objection = bank.as_("public").post(
        path, {"line_no": zhaos, "name": "钱有声", "contact": "13700000009", "reason": "没有去"}
    )
    assert objection.status_code == 201, objection.text
    assert close(bank, days=40) == []
    assert (balance(bank), balance(bank, "zhao")) == (("212", "0"), ("20", "24"))
    assert errand.show()["status"] == "rated"
    bank.as_("supervisor").post(
        f"{path}/{objection.json['id']}/decision", {"upheld": True, "reason": "属实"}
    )
    assert close(bank, days=40) == [notice["id"]]
    assert (balance(bank), balance(bank, "zhao")) == (("212", "0"), ("20", "0"))
    assert errand.show()["status"] == "awarded"
    assert alone.show()["status"] == "upheld"


@pytest.mark.parametrize("period", ["year", "month"])
@pytest.mark.parametrize("upheld", [True, False])
def test_who_objects_in_another_notice_that_tells_of_it_is_heard_too(
    bank: Bank, period: str, upheld: bool
) -> None:
    """Of the same year it is a correction; of the month another one that overlaps."""
    hold(bank, days=5)
    rated(bank, "li")
    rated(bank, "zhao")
    first = post(bank, days=5).json["id"]
    rated(bank, "zhao")  # of which only the second tells
    second = post(bank, days=10, period=period).json
    [line] = [one["line_no"] for one in second["lines"] if one["points"] == "12"]
    path = f"/notices/{second['id']}/objections"
    made = bank.as_("public").post(
        path, {"line_no": line, "name": "钱有声", "contact": "13700000009", "reason": "没有去"}
    )
    assert made.status_code == 201, made.text
    assert close(bank, days=40) == []
    assert (balance(bank), balance(bank, "zhao")) == (("200", "12"), ("44", "0"))
    decision = {"upheld": upheld, "reason": "已核对"}
    path += f"/{made.json['id']}/decision"
    assert bank.as_("supervisor").post(path, decision).status_code == 200
    assert sorted(close(bank, days=40)) == sorted([first, second["id"]])
    assert balance(bank) == (("200" if upheld else "212"), "0")
    with bank.inside():
        assert ledger.verify().faults == []


def test_what_is_corrected_counts_when_the_correction_is_over(bank: Bank) -> None:
    hold(bank, days=0)
    rated(bank)
    first, second = post(bank, days=0).json["id"], post(bank, days=10).json["id"]
    assert close(bank, days=5) == []
    assert balance(bank) == ("200", "12")
    assert sorted(close(bank, days=40)) == sorted([first, second])
    assert balance(bank) == ("212", "0")


def test_an_objection_to_an_earlier_notice_is_not_about_what_came_later(bank: Bank) -> None:
    hold(bank, days=0)
    rated(bank)
    notice = post(bank, days=5).json
    path = f"/notices/{notice['id']}/objections"
    made = bank.as_("public").post(
        path, {"line_no": 1, "name": "钱有声", "contact": "13700000009", "reason": "没有去"}
    ).json["id"]  # fmt: skip
    decided = {"upheld": True, "reason": "属实"}
    assert bank.as_("supervisor").post(f"{path}/{made}/decision", decided).status_code == 200
    rated(bank)
    post(bank, days=5, period="month")
    close(bank, days=40)
    assert balance(bank) == ("212", "0")


def test_two_reviewers_and_a_notice(bank: Bank) -> None:
    hold(bank, reviewers=2, days=3)
    errand = rated(bank)
    post(bank, days=3)
    close(bank, days=40)
    assert balance(bank) == ("200", "12")
    review(bank, errand, "supervisor")
    assert balance(bank) == ("200", "12")
    assert review(bank, errand, "second").json["status"] == "awarded"
    assert balance(bank) == ("212", "0")


def test_at_once_waits_for_nobody(bank: Bank) -> None:
    errand = done(bank)
    assert errand.rate().json["status"] == "awarded"
    problem(review(bank, errand, "second"), 409, "wrong_state")
    assert points_of(bank, "li") == "212"
