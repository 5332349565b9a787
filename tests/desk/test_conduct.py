"""The staff's pages of bonuses and deductions, of pairings, and of points that wait."""

from __future__ import annotations

from moralbank.core import clock
from tests.cast import Bank
from tests.core.examples import publish
from tests.desk.visitor import visit
from tests.events.errands import points_of, request
from tests.events.test_caps import NO_CAPS, done
from tests.events.test_conduct import REASONS, STANDING, give


def test_a_supervisor_records_and_withdraws(bank: Bank) -> None:
    publish(bank, reasons=REASONS, standing=STANDING)
    page = f"/staff/volunteers/{bank.li.id}/conduct"
    supervisor = visit(bank, "supervisor")
    supervisor.open(page)
    assert "没有奖惩记录" in supervisor.page.text
    assert "约好未到（扣 30 分）" in supervisor.page.text
    supervisor.send(page, reason="complaint", note="查实")
    assert set(supervisor.errors) == {"service_event_id"}
    supervisor.send(page, reason="no_show", note="约好早上九点，没有到")
    assert supervisor.path == page
    assert "约好早上九点，没有到" in supervisor.page.text
    assert points_of(bank, "li") == "170"
    number = bank.as_("supervisor").get(f"/volunteers/{bank.li.id}/conduct").json["items"][0]["id"]
    supervisor.send(f"/staff/conduct/{number}/withdrawal", reason="那天请过假")
    assert "已撤销" in supervisor.page.text
    assert points_of(bank, "li") == "200"


def test_a_completion_says_in_its_row_whom_the_rulebook_rewards_no_more(bank: Bank) -> None:
    stops = {**STANDING["strike_off"], "stops": ["awards"]}
    publish(bank, reasons=REASONS, standing={"strike_off": stops})
    for _time in range(5):
        give(bank, "no_show")
    with bank.inside():
        now = clock.local(clock.now())
    errand = request(bank)
    page = f"/staff/events/{errand.id}"
    worker = visit(bank, "worker")
    worker.open(page)
    worker.send(
        f"{page}/completion", performed_on=now.date().isoformat(), performed_time="00:00",
        **{"volunteer-0": bank.zhao.account_no, "minutes-0": "60"},
        **{"volunteer-2": bank.li.account_no, "minutes-2": "60"},
    )  # fmt: skip
    assert worker.page.status_code == 422
    assert worker.errors == {"volunteer-2": "“约好未到”累计已记 5 次，达到除名的 5 次"}


def test_who_is_struck_off_is_seen_at_once(bank: Bank) -> None:
    publish(bank, reasons=REASONS, standing=STANDING)
    page = f"/staff/volunteers/{bank.li.id}/conduct"
    supervisor = visit(bank, "supervisor")
    supervisor.open(page)
    for _time in range(5):
        supervisor.send(page, reason="no_show", note="没有到")
    assert "达到除名的 5 次" in supervisor.page.text


def test_a_worker_registers_a_pairing_and_records_nothing(bank: Bank) -> None:
    publish(bank, reasons=REASONS)
    page = f"/staff/volunteers/{bank.li.id}/conduct"
    worker = visit(bank, "worker")
    worker.open(page)
    assert not worker.offers(page)
    worker.send(f"/staff/volunteers/{bank.li.id}/pairings", resident_name="秦月华")
    assert worker.page.status_code == 422
    assert {"resident_phone", "resident_household_no"} <= set(worker.errors)
    worker.send(
        f"/staff/volunteers/{bank.li.id}/pairings",
        resident_name="秦月华", resident_phone="13700000007",
    )  # fmt: skip
    assert "秦月华" in worker.page.text
    [pairing] = bank.as_("worker").get("/pairings").json["items"]
    worker.send(f"/staff/pairings/{pairing['id']}/end")
    assert "结对已结束" in worker.page.text


def test_two_reviewers_find_an_errand_right(bank: Bank) -> None:
    held = {"rule": "held", "reviewers": 2, "notice_working_days": None}
    publish(bank, release=held, caps=NO_CAPS)
    errand = done(bank)
    page = f"/staff/events/{errand.id}"
    worker = visit(bank, "worker")
    worker.open(page)
    worker.send(f"{page}/rating", stars="5", channel="phone")
    assert "等复核或公示后入账" in worker.page.text
    assert "等 2 位没有经手的同事复核" in worker.page.text
    worker.send(f"{page}/review")
    assert "不能复核" in worker.page.text
    for who, said in (("supervisor", "已复核。"), ("second", "已复核，积分已入账。")):
        reviewer = visit(bank, who)
        reviewer.open("/staff")
        assert "积分等入账" in reviewer.page.text
        reviewer.open("/staff/awards")
        assert page in reviewer.page.text
        reviewer.open(page)
        reviewer.send(f"{page}/review")
        assert said in reviewer.page.text
    assert points_of(bank, "li") == "212"
    reviewer.open("/staff")
    assert "积分等入账" not in reviewer.page.text


def test_what_was_flagged_is_looked_at(bank: Bank) -> None:
    publish(bank, caps=NO_CAPS)
    done(bank).rate(stars=1)
    supervisor = visit(bank, "supervisor")
    supervisor.open("/staff")
    assert "待核实" in supervisor.page.text
    supervisor.open("/staff/flags")
    assert "居民的评价很低（2 星及以下提请核实）" in supervisor.page.text
    assert "1 星" not in supervisor.page.text
    [flag] = bank.as_("supervisor").get("/flags?kind=low_rating").json["items"]
    path = f"/staff/flags/{flag['id']}/decision"
    supervisor.send(path, finding="fine")
    assert supervisor.page.status_code == 422
    supervisor.send(path, finding="fine", note="打过电话，是误会")
    assert "没有问题" in supervisor.page.text
    assert bank.as_("supervisor").get("/flags?kind=low_rating").json["items"][0]["status"] == "fine"
