"""The pages of weekly errands, new codes and calls to residents."""

import re
from datetime import timedelta
from typing import Any

from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.events import sweeping
from tests.cast import Bank
from tests.desk.errand_steps import complete, take
from tests.desk.visitor import visit

NEW = "/staff/events/new"
WEEKLY: dict[str, Any] = {
    "needed_at": "2026-12-04T09:00:00+08:00",
    "repeats": {"every": "week", "until": "2026-12-31"},
}


def test_a_weekly_request_is_taken_and_ended(bank: Bank) -> None:
    worker = visit(bank, "worker")
    worker.open(NEW)
    worker.send(NEW, service_item="home.shopping", resident_name="周桂花",
                repeats_until="2026-12-31", wish="1")  # fmt: skip
    assert set(worker.errors) == {"repeats_until"}
    worker.send(NEW, needed_on="2026-12-04", needed_time="09:00")
    [event] = bank.as_("worker").get("/service-events").json["items"]
    assert event["kind"] == "wish"
    page = f"/staff/events/{event['id']}"
    worker.open(page)
    for words in ("每周一次，第 1 回", "2026-12-31", "微心愿"):
        assert words in worker.page.text
    worker.send(f"{page}/series/end", reason="")
    assert set(worker.errors) == {"series-reason"}
    worker.send(f"{page}/series/end", reason="搬走了")
    assert "已停" in worker.page.text
    assert not worker.offers(f"{page}/series/end")


def test_who_did_it_last_week_is_asked_first(bank: Bank) -> None:
    first = take(bank, **WEEKLY)
    complete(bank, first["id"])
    visitor = visit(bank, "li")
    page = visitor.open("/me").text
    assert "这次还请您" in page
    [number] = re.findall(r"/me/errands/(\w+)/decline", page)
    worker = visit(bank, "worker")
    assert "<dd>李*兰</dd>" in worker.open(f"/staff/events/{number}").text
    visitor.send(f"/me/errands/{number}/decline")
    assert "李*兰（这次不去）" in worker.open(f"/staff/events/{number}").text
    assert "这次还请您" not in visitor.page.text
    assert "这次还请您" not in visit(bank, "zhao").open("/me").text


def test_new_codes_are_shown_once_with_their_slips(bank: Bank) -> None:
    taken = take(bank)
    page = f"/staff/events/{taken['id']}"
    worker = visit(bank, "worker")
    worker.open(page)
    worker.send(f"{page}/codes")
    [code] = re.findall(r'class="six">(\d{3}) (\d{3})<', worker.page.text)
    assert taken["visit_path"] in worker.page.text
    complete(bank, taken["id"])
    rated = bank.as_("public").post(
        f"/service-events/{taken['id']}/rating", {"stars": 5, "resident_code": "".join(code)}
    )
    assert rated.status_code == 200
    assert "换发评价码" in worker.open(page).text


def test_the_call_back_list_says_whom_to_call_and_what_was_tried(bank: Bank) -> None:
    taken = take(bank)["id"]
    complete(bank, taken)
    with bank.inside(), clock.at(clock.now() + timedelta(days=4)):
        sweeping.sweep(system("test"))
    worker = visit(bank, "worker")
    assert "/staff/callbacks" in worker.open("/staff").text
    assert "办完好几天了" in worker.open(f"/staff/events/{taken}").text
    page = worker.open("/staff/callbacks").text
    for words in ("周桂花", "tel:13700000001", "还没有打过", f"/staff/events/{taken}#rate"):
        assert words in page
    path = f"/staff/events/{taken}/callback"
    worker.send(path)
    assert set(worker.errors) == {"reached"}
    worker.send(path, reached="0", note="响了很久")
    assert worker.path == "/staff/callbacks"
    assert "没有联系上，响了很久" in worker.page.text
    worker.send(path, reached="1")
    assert worker.path == f"/staff/events/{taken}"
    for who in ("li", "auditor"):
        assert visit(bank, who).open("/staff/callbacks").status_code == 403
    assert "周桂花" not in visit(bank, "neighbour").open("/staff/callbacks").text


def test_a_dispute_may_be_dismissed_by_the_form(bank: Bank) -> None:
    taken = take(bank)["id"]
    complete(bank, taken)
    page = f"/staff/events/{taken}"
    bank.as_("worker").post(f"/service-events/{taken}/dispute", {"reason": "没有来"})
    supervisor = visit(bank, "supervisor")
    supervisor.open(page)
    supervisor.send(f"{page}/dispute/decision", upheld="0", reason="来过")
    assert "异议不成立" in supervisor.page.text


def test_the_staff_see_how_requests_come_to_an_end(bank: Bank) -> None:
    complete(bank, take(bank)["id"])
    worker = visit(bank, "worker")
    assert "本季办结" in worker.open("/staff").text
    page = worker.open("/staff/closing").text
    for words in ("梧桐社区", "梧桐代办站", "0%"):
        assert words in page
    assert "梧桐代办站" not in worker.open("/staff/closing?only=phone").text
