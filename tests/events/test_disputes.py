"""Disputes: decided by a third person; upheld, the award is taken back."""

from __future__ import annotations

from moralbank import ledger
from tests.cast import Answer, Bank, together
from tests.core.examples import publish
from tests.core.problems import problem
from tests.desk.visitor import visit
from tests.events.errands import Errand, link_staff, points_of, request
from tests.events.test_conduct import REASONS, again, give

REASON = {"reason": "没有人来过"}


def disputed(bank: Bank, *, rated: bool = True, by: str = "worker") -> Errand:
    errand = request(bank)
    errand.complete("li", "zhao")
    if rated:
        assert errand.rate().status_code == 200
    answer = bank.as_(by).post(f"{errand.path}/dispute", REASON)
    assert (answer.status_code, answer.json["status"]) == (200, "disputed")
    return errand


def decide(bank: Bank, errand: Errand, who: str, *, upheld: bool):
    body = {"upheld": upheld, "reason": "查过了"}
    return bank.as_(who).post(f"{errand.path}/dispute/decision", body)


def test_an_upheld_dispute_takes_every_award_back(bank: Bank) -> None:
    errand = disputed(bank)
    assert points_of(bank, "li") == "212"
    assert decide(bank, errand, "supervisor", upheld=True).json["status"] == "upheld"
    assert (points_of(bank, "li"), points_of(bank, "zhao")) == ("200", "20")
    balance = bank.as_("li").get(f"/volunteers/{bank.li.id}/balance").json
    assert (balance["merit"], balance["minutes"]) == ("0", 0)
    newest = bank.as_("li").get(f"/volunteers/{bank.li.id}/entries").json["items"][0]
    assert (newest["kind"], newest["amount"], newest["reason"]) == ("reversal", "-12", "查过了")
    problem(decide(bank, errand, "supervisor", upheld=True), 409, "wrong_state")
    with bank.inside():
        assert ledger.verify().sound


def test_what_was_taken_back_counts_for_no_cap(bank: Bank) -> None:
    errand = request(bank)
    errand.complete(minutes=24 * 60)
    errand.rate()
    bank.as_("worker").post(f"{errand.path}/dispute", REASON)
    decide(bank, errand, "supervisor", upheld=True)
    for _time in range(2):
        again = request(bank)
        again.complete(minutes=24 * 60)
        again.rate()
    assert points_of(bank, "li") == "400"


def test_a_dismissed_dispute_changes_nothing(bank: Bank) -> None:
    errand = disputed(bank)
    assert decide(bank, errand, "supervisor", upheld=False).json["status"] == "dismissed"
    assert points_of(bank, "li") == "212"
    own = bank.as_("li").get(errand.path).json["awards"][0]
    assert own["explanation"][-1] == "异议不成立：查过了"
    problem(errand.rate(), 409, "already_rated")


def test_an_errand_disputed_before_its_rating_waits_for_it_again(bank: Bank) -> None:
    errand = disputed(bank, rated=False)
    assert decide(bank, errand, "supervisor", upheld=False).json["status"] == "dismissed"
    assert errand.rate().json["status"] == "awarded"
    assert points_of(bank, "li") == "212"


def test_it_is_decided_by_somebody_who_had_no_hand_in_it(bank: Bank) -> None:
    link_staff(bank, "both", "li", role="supervisor")
    errand = disputed(bank, by="second")
    problem(decide(bank, errand, "worker", upheld=True), 403, "forbidden")
    for who in ("second", "both"):
        problem(decide(bank, errand, who, upheld=False), 403, "forbidden")
    recorded = request(bank)
    done = {"participants": [{"volunteer_id": bank.zhao.id, "minutes": 5}],
            "performed_at": "2026-03-15T09:30:00+08:00"}  # fmt: skip
    bank.as_("supervisor").post(f"{recorded.path}/completion", done)
    bank.as_("worker").post(f"{recorded.path}/dispute", REASON)
    problem(decide(bank, recorded, "supervisor", upheld=True), 403, "forbidden")
    assert decide(bank, errand, "supervisor", upheld=True).status_code == 200


def spend(bank: Bank) -> Answer:
    """Buy for 210 of 李秋兰's 212 points."""
    return bank.buy({bank.oil: 1, bank.rice: 7, bank.soap: 20}, pin=bank.li.pin)


def held_of(bank: Bank, name: str) -> tuple[str, str]:
    found = bank.as_("admin").get(f"/volunteers/{bank.ids[name]}/balance").json
    return found["held"], found["available"]


def test_what_is_disputed_is_held_until_the_decision(bank: Bank) -> None:
    errand = disputed(bank)
    assert held_of(bank, "li") == ("12", "200")
    problem(spend(bank), 409, "insufficient_points")
    assert decide(bank, errand, "supervisor", upheld=False).json["status"] == "dismissed"
    assert held_of(bank, "li") == ("0", "212")
    assert spend(bank).status_code == 201
    assert_booked(bank)


def test_what_is_held_is_no_loss_when_it_is_taken_back(bank: Bank) -> None:
    """Nor by a complaint while the dispute is open, which then finds nothing more to take."""
    publish(bank, reasons=REASONS)
    errand = disputed(bank)
    assert give(bank, "complaint", service_event_id=errand.id).status_code == 201
    assert held_of(bank, "li") == ("0", "200")
    assert decide(bank, errand, "second", upheld=True).json["status"] == "upheld"
    assert (held_of(bank, "li"), held_of(bank, "zhao")) == (("0", "200"), ("0", "20"))
    assert "收不回来" not in str(errand.show())
    assert_booked(bank)


def test_only_as_much_is_held_as_is_still_there(bank: Bank) -> None:
    errand = request(bank)
    errand.complete()
    errand.rate()
    spend(bank)
    bank.as_("worker").post(f"{errand.path}/dispute", REASON)
    assert held_of(bank, "li") == ("2", "0")
    decide(bank, errand, "supervisor", upheld=False)
    assert held_of(bank, "li") == ("0", "2")


def test_spending_and_disputing_at_once(bank: Bank) -> None:
    errand = request(bank)
    errand.complete()
    errand.rate()
    buys = [lambda: bank.buy({bank.rice: 2}, pin=bank.li.pin)] * 6
    disputes = [lambda: bank.as_("worker").post(f"{errand.path}/dispute", REASON)] * 2
    answers = together([*buys, *disputes])
    assert sorted(answer.status_code for answer in answers[6:]) == [200, 409]
    held, available = held_of(bank, "li")
    assert float(held) <= 12
    assert float(available) >= 0
    decide(bank, errand, "supervisor", upheld=True)
    assert held_of(bank, "li")[0] == "0"
    assert_booked(bank)


def test_of_what_was_spent_the_rest_is_taken_back_and_the_missing_said(bank: Bank) -> None:
    errand = request(bank)
    errand.complete("li", "zhao")
    errand.rate()
    assert spend(bank).json["balance_after"] == "2"
    bank.as_("worker").post(f"{errand.path}/dispute", REASON)
    decided = decide(bank, errand, "supervisor", upheld=True)
    assert decided.json["status"] == "upheld"
    assert (points_of(bank, "li"), points_of(bank, "zhao")) == ("0", "20")
    balance = bank.as_("admin").get(f"/volunteers/{bank.li.id}/balance").json
    assert (balance["merit"], balance["minutes"]) == ("0", 0)
    own = bank.as_("li").get(errand.path).json["awards"][0]
    missing = "已收回 2 分，还有 10 分已经不在账上，收不回来"
    assert own["explanation"][-2:] == ["已收回：查过了", missing]
    supervisor = visit(bank, "supervisor")
    supervisor.open(f"/staff/events/{errand.id}")
    assert missing in supervisor.page.text
    assert_booked(bank)


def test_merit_and_minutes_that_were_corrected_away_hinder_nobody(bank: Bank) -> None:
    errand = request(bank)
    errand.complete("li")
    errand.rate()
    for asset, amount in (("merit", "-12"), ("minutes", -60)):
        body = {"volunteer_id": bank.li.id, "asset": asset, "amount": amount, "reason": "更正"}
        assert bank.as_("supervisor").post("/adjustments", body).status_code == 201
    bank.as_("worker").post(f"{errand.path}/dispute", REASON)
    assert decide(bank, errand, "second", upheld=True).json["status"] == "upheld"
    balance = bank.as_("admin").get(f"/volunteers/{bank.li.id}/balance").json
    assert (balance["points"], balance["merit"], balance["minutes"]) == ("200", "-12", 0)
    assert_booked(bank)


def test_spending_and_upholding_at_once_neither_lose_nor_double(bank: Bank) -> None:
    errand = request(bank)
    errand.complete("li", "zhao")
    errand.rate()
    bank.as_("worker").post(f"{errand.path}/dispute", REASON)
    buys = [lambda: bank.buy({bank.rice: 2}, pin=bank.li.pin)] * 6
    upholds = [lambda: decide(bank, errand, "supervisor", upheld=True)] * 2
    answers = together([*buys, *upholds])
    assert sorted(answer.status_code for answer in answers[6:]) == [200, 409]
    spent = sum(float(one.json["points"]) for one in answers[:6] if one.status_code == 201)
    [written_off] = [
        float(line.split("还有 ")[1].split(" 分")[0])
        for line in bank.as_("li").get(errand.path).json["awards"][0]["explanation"]
        if "收不回来" in line
    ] or [0]
    assert float(points_of(bank, "li")) == 200 - spent + written_off
    assert points_of(bank, "zhao") == "20"
    assert_booked(bank)


def assert_booked(bank: Bank) -> None:
    """The book is sound, and says of every errand what its awards say."""
    assert again(bank).agrees
    with bank.inside():
        assert ledger.verify().faults == []
        assert ledger.trial_balance().balanced


def test_what_was_disputed_before_it_was_rated_is_not_rated(bank: Bank) -> None:
    errand = disputed(bank, rated=False)
    problem(errand.rate(), 409, "wrong_state")
    assert decide(bank, errand, "supervisor", upheld=True).json["status"] == "upheld"


def test_only_what_was_done_can_be_disputed(bank: Bank) -> None:
    errand = request(bank)
    problem(bank.as_("worker").post(f"{errand.path}/dispute", REASON), 409, "wrong_state")
    problem(decide(bank, errand, "supervisor", upheld=True), 409, "wrong_state")


def test_a_decision_is_raced_once(bank: Bank) -> None:
    errand = disputed(bank)
    answers = together([lambda: decide(bank, errand, "supervisor", upheld=True)] * 4)
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert points_of(bank, "li") == "200"


def test_whoever_knows_something_says_it_and_does_not_decide(bank: Bank) -> None:
    errand = disputed(bank)
    path = f"{errand.path}/dispute/evidence"
    said = {"text": "那天上午我在，东西送到了"}
    assert bank.as_("li").post(path, said).status_code == 200
    problem(bank.as_("neighbour").post(path, said), 404)
    problem(bank.as_("auditor").post(path, said), 403, "forbidden")
    assert bank.as_("second").post(path, said).status_code == 200
    problem(decide(bank, errand, "second", upheld=False), 403, "forbidden")
    assert decide(bank, errand, "supervisor", upheld=True).json["status"] == "upheld"
    own = bank.as_("li").get(errand.path).json["awards"][0]
    assert own["explanation"][-1] == "已收回：查过了"
    problem(bank.as_("li").post(path, said), 409, "wrong_state")


def test_a_volunteer_answers_on_the_own_page(bank: Bank) -> None:
    errand = disputed(bank)
    page = f"/me/errands/{errand.id}"
    volunteer = visit(bank, "li")
    volunteer.open(page)
    assert "有人提出了异议" in volunteer.page.text
    volunteer.send(f"{page}/evidence", text="东西送到了")
    assert "已记下" in volunteer.page.text
    supervisor = visit(bank, "supervisor")
    supervisor.open(f"/staff/events/{errand.id}")
    assert "东西送到了" in supervisor.page.text
    supervisor.send(f"/staff/events/{errand.id}/dispute/decision", upheld="1", reason="属实")
    volunteer.open(page)
    assert "已收回：属实" in volunteer.page.text
