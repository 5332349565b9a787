"""The staff's pages of errands, from the request to the points."""

import re

import pytest

from moralbank.core.actor import system
from moralbank.people.volunteers import open_account
from tests.cast import Bank
from tests.desk.errand_steps import RESIDENT, complete, rate, take
from tests.desk.visitor import Visitor, visit

NEW = "/staff/events/new"
STEPS = ("claim", "completion", "rating", "cancellation", "dispute", "dispute/decision")


@pytest.fixture
def worker(bank: Bank) -> Visitor:
    """The worker of 梧桐社区."""
    return visit(bank, "worker")


def done_on(day: str = "2026-07-01", hour: str = "09:30") -> dict[str, str]:
    return {"performed_on": day, "performed_time": hour}


def test_the_whole_way_by_forms(worker: Visitor, bank: Bank) -> None:
    worker.open(NEW)
    worker.send(
        NEW, service_item="home.shopping", resident_name="周桂花", resident_phone="13700000001",
        needed_on="2026-12-01", needed_time="09:00", requester_name="周强",
        requester_relation="子女", note="两袋米",
    )  # fmt: skip
    assert worker.page.status_code == 200
    shown = re.search(r'class="six">(\d{3}) (\d{3})<', worker.page.text)
    link = re.search(r"http://localhost(/rate/[\w=-]+)", worker.page.text)
    found = re.search(r"/staff/events/(\w{10,})", worker.page.text)
    assert shown
    assert link
    assert found
    page = f"/staff/events/{found[1]}"

    worker.open(page)
    assert shown[1] + shown[2] not in worker.page.text.replace(" ", "")
    for words in ("周桂花", "13700000001", "周强", "子女", "12月1日 09:00", "两袋米"):
        assert words in worker.page.text
    worker.send(f"{page}/claim", volunteer="李秋兰")
    assert worker.form(f"{page}/completion").fields["volunteer-0"] == bank.li.account_no
    worker.send(
        f"{page}/completion", **{"minutes-0": "90"}, **done_on(),
        **{"volunteer-1": bank.zhao.phone, "minutes-1": "30"},
    )  # fmt: skip
    assert "待评价" in worker.page.text
    event = bank.as_("worker").get(f"/service-events/{found[1]}").json
    assert event["performed_at"] == "2026-07-01T09:30:00+08:00"
    assert {(one["volunteer_id"], one["minutes"]) for one in event["participants"]} == {
        (bank.li.id, 90),
        (bank.zhao.id, 30),
    }
    worker.send(f"{page}/rating", stars="4", channel="paper", slip_no="A-17", comment="准时")
    for words in ("已入账", "纸条", "A-17", "准时", "怎么算的"):
        assert words in worker.page.text
    assert "已经评过了" in visit(bank).open(link[1]).text


def test_the_code_is_shown_once_but_a_reload_shows_it_again(worker: Visitor) -> None:
    worker.open(NEW)
    sent = worker.form(NEW).fields | {"service_item": "home.shopping", "resident_name": "周桂花"}
    first = worker.post(NEW, **sent).text
    worker.open(NEW)
    again = worker.post(NEW, **{**sent, "csrf_token": worker.form(NEW).fields["csrf_token"]})
    codes = re.findall(r'class="six">(\d{3} \d{3})<', first)
    assert len(codes) == 1
    assert re.findall(r'class="six">(\d{3} \d{3})<', again.text) == codes


def test_an_errand_for_all_gives_each_neighbour_a_slip(worker: Visitor) -> None:
    worker.open(NEW)
    worker.send(NEW, service_item="home.shopping")
    codes = re.findall(r'class="six">(\d{3} \d{3})<', worker.page.text)
    assert len(codes) == len(set(codes)) == worker.page.text.count('class="slip"') > 1


def test_faults_of_a_request_stand_beside_their_fields(worker: Visitor) -> None:
    worker.open(NEW)
    worker.send(
        NEW, service_item="", community_id="", resident_phone="123", requester_name="周强",
        needed_on="2026-12-01", note="x" * 501,
    )  # fmt: skip
    assert worker.page.status_code == 422
    assert set(worker.errors) == {
        "service_item", "community_id", "resident_name", "resident_phone",
        "requester_relation", "needed_at", "note",
    }  # fmt: skip
    assert worker.form(NEW).fields["resident_phone"] == "123"


def test_faults_of_a_completion_stand_in_their_rows(worker: Visitor, bank: Bank) -> None:
    page = f"/staff/events/{take(bank)['id']}"
    worker.open(page)
    worker.send(
        f"{page}/completion", performed_on="", performed_time="",
        **{"volunteer-0": "没有这个人", "minutes-0": "90"},
        **{"volunteer-2": "赵春生", "minutes-2": "1.5"},
    )  # fmt: skip
    assert worker.page.status_code == 422
    assert set(worker.errors) == {"volunteer-0", "minutes-2", "performed_at"}
    kept = worker.form(f"{page}/completion").fields
    assert (kept["volunteer-2"], kept["minutes-2"]) == ("赵春生", "1.5")

    worker.open(page)
    worker.send(f"{page}/completion", **done_on("2999-01-01"))
    assert set(worker.errors) == {"volunteer-0", "performed_at"}
    worker.send(
        f"{page}/completion", **done_on(),
        **{"volunteer-0": "赵春生", "minutes-0": "5", "volunteer-1": "赵春生", "minutes-1": "5"},
    )  # fmt: skip
    assert "只能填写一次" in worker.page.text


def test_more_rows_keep_what_was_typed(worker: Visitor, bank: Bank) -> None:
    page = f"/staff/events/{take(bank)['id']}"
    worker.open(page)
    worker.send(f"{page}/completion", more="1", **{"volunteer-1": "赵", "minutes-1": "x"})
    assert worker.page.status_code == 200
    assert worker.errors == {}
    form = worker.form(f"{page}/completion")
    assert "volunteer-7" in form.names
    assert (form.fields["volunteer-1"], form.fields["minutes-1"]) == ("赵", "x")
    worker.send(
        f"{page}/completion", **done_on(),
        **{"volunteer-1": "", "minutes-1": "", "volunteer-7": "赵春生", "minutes-7": "20"},
    )  # fmt: skip
    assert "待评价" in worker.page.text


def test_a_name_of_several_asks_which(worker: Visitor, bank: Bank) -> None:
    with bank.inside():
        for number, name in enumerate(("李秋兰", "李秋")):
            open_account(
                system("test"), name=name, phone=f"1390000010{number}",
                community_id=bank.community_id, publish_consent=False,
            )  # fmt: skip
    page = f"/staff/events/{take(bank)['id']}"
    worker.open(page)
    worker.send(f"{page}/claim", volunteer="李秋兰")
    message = worker.errors["volunteer"]
    for words in (bank.li.account_no, "139****0001", "139****0100"):
        assert words in message
    assert bank.li.phone not in worker.page.text
    worker.send(f"{page}/claim", volunteer="李秋")
    assert "已派给李*" in worker.page.text


def test_who_claimed_from_elsewhere_may_be_completed_here(worker: Visitor, bank: Bank) -> None:
    with bank.inside():
        far = open_account(
            system("test"), name="何远", phone="13900000100",
            community_id=bank.other_community_id, publish_consent=False,
        )  # fmt: skip
    taken = take(bank)
    page = f"/staff/events/{taken['id']}"
    worker.open(page)
    worker.send(f"{page}/claim", volunteer=far.account_no)
    assert "没有找到" in worker.errors["volunteer"]
    claimed = bank.as_("admin").post(
        f"/service-events/{taken['id']}/claim", {"volunteer_id": far.id}
    )
    assert claimed.status_code == 200
    worker.open(page)
    worker.send(f"{page}/completion", **{"minutes-0": "30"}, **done_on())
    assert "待评价" in worker.page.text


def test_refusals_are_shown_where_they_arise(worker: Visitor, bank: Bank) -> None:
    first, second = take(bank)["id"], take(bank)["id"]
    for event_id in (first, second):
        complete(bank, event_id)
    rate(bank, first, channel="paper", slip_no="A-17")
    page = f"/staff/events/{second}"
    worker.open(page)
    worker.send(f"{page}/rating", stars="5", channel="paper", slip_no="A-17")
    assert worker.page.status_code == 409
    assert set(worker.errors) == {"slip_no"}
    worker.send(f"{page}/rating", stars="", channel="")
    assert set(worker.errors) == {"stars"}
    worker.send(f"{page}/rating", stars="5", channel="")
    assert set(worker.errors) == {"channel"}
    worker.send(f"{page}/cancellation", reason=" ")
    assert set(worker.errors) == {"cancel-reason"}


def test_a_staff_member_who_did_it_neither_enters_nor_reads_the_rating(bank: Bank) -> None:
    made = bank.as_("admin").post(
        "/staff",
        {
            "username": "both", "password": "correct horse", "display_name": "both",
            "role": "worker", "organization_id": bank.community_id, "volunteer_id": bank.li.id,
        },
    )  # fmt: skip
    assert made.status_code == 201
    taken = take(bank)
    complete(bank, taken["id"])
    both = visit(bank)
    both.open("/sign-in")
    both.post("/sign-in", way="staff", username="both", password="correct horse")
    page = f"/staff/events/{taken['id']}"
    both.open(page)
    both.send(f"{page}/rating", stars="5", channel="phone")
    assert both.page.status_code == 403
    assert "不能评价" in both.page.text
    rate(bank, taken["id"], comment="只给社区看")
    assert "只给社区看" not in both.open(page).text
    assert "只给社区看" in visit(bank, "worker").open(page).text


def test_a_dispute_is_decided_by_somebody_else(worker: Visitor, bank: Bank) -> None:
    taken = take(bank)
    complete(bank, taken["id"])
    rate(bank, taken["id"])
    page = f"/staff/events/{taken['id']}"
    worker.open(page)
    worker.send(f"{page}/dispute", reason="没有来过")
    assert "没有来过" in worker.page.text
    assert not worker.offers(f"{page}/dispute/decision")
    supervisor = visit(bank, "supervisor")
    supervisor.open(page)
    supervisor.send(f"{page}/dispute/decision", upheld="1", reason="属实")
    assert "异议成立" in supervisor.page.text
    assert bank.points(bank.li) == "200"


def test_the_desk_tells_what_waits_the_oldest_first(worker: Visitor, bank: Bank) -> None:
    first, second = take(bank), take(bank, item="home.cooking")
    complete(bank, second["id"])
    page = worker.open("/staff").text
    assert page.index(first["id"]) < page.index(second["id"])
    assert "梧桐社区" in page
    for _try in range(5):
        bank.as_("public").post(
            f"/service-events/{second['id']}/rating", {"stars": 5, "resident_code": "x"}
        )
    assert "要打电话回访" in worker.open("/staff").text
    assert second["id"] in worker.open("/staff/events?callback=1").text
    assert first["id"] not in worker.page.text
    assert "已锁" in worker.open(f"/staff/events/{second['id']}").text
    for status, shown, hidden in (("open", first, second), ("completed", second, first)):
        page = worker.open(f"/staff/events?status={status}").text
        assert shown["id"] in page
        assert hidden["id"] not in page


def test_nobody_else_sees_an_errand(bank: Bank) -> None:
    event = f"/staff/events/{take(bank)['id']}"
    for who in ("neighbour", "li", "auditor", "till", None):
        for path in ("/staff", "/staff/events", event):
            page = visit(bank, who).open(path)
            assert RESIDENT["name"] not in page.text
            if who == "neighbour":
                assert page.status_code == (404 if path == event else 200)
                assert event not in page.text
            elif who is None:
                assert page.request.path == "/sign-in"
            else:
                assert page.status_code == 403


def test_nobody_else_moves_an_errand(bank: Bank) -> None:
    taken = take(bank)
    refused = {"neighbour": {403, 404}, "li": {403}, "auditor": {403}, None: {401}}
    for who, statuses in refused.items():
        visitor = visit(bank, who)
        visitor.open("/" if who else "/sign-in")
        for step in (
            "claim",
            "completion",
            "rating",
            "cancellation",
            "dispute",
            "dispute/decision",
        ):
            path = f"/staff/events/{taken['id']}/{step}"
            answer = visitor.post(path, reason="x", volunteer="赵春生")
            assert answer.status_code in statuses, (who, step)
            visitor.open("/" if who else "/sign-in")
    event = bank.as_("worker").get(f"/service-events/{taken['id']}").json
    assert (event["status"], event["participants"]) == ("open", [])
