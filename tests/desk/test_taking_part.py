"""The pages of who does an errand: the volunteer's and the staff's."""

from tests.cast import Bank
from tests.desk.errand_steps import take
from tests.desk.visitor import visit
from tests.events.errands import volunteer


def status(bank: Bank, event_id: str) -> tuple[str, set[str]]:
    shown = bank.as_("worker").get(f"/service-events/{event_id}").json
    return shown["status"], {person["volunteer_id"] for person in shown["participants"]}


def test_a_volunteer_ticks_what_they_can_do(bank: Bank) -> None:
    take(bank, item="home.cooking")
    repair = take(bank, item="home.repair")
    visitor = visit(bank, "li")
    assert "告诉我们您会做什么" in visitor.open("/me").text
    visitor.open("/me/skills")
    visitor.send("/me/skills", **{"skill-repair": "1"})
    assert visitor.path == "/me/errands"
    page = visitor.page.text
    assert "合您手艺" in page
    assert page.index(repair["id"]) < page.index("上门做饭")
    assert repair["id"] in visitor.open("/me/errands?fit=1").text
    assert "上门做饭" not in visitor.page.text
    assert bank.as_("li").get(f"/volunteers/{bank.li.id}").json["skills"] == ["repair"]
    visitor.open("/me/skills")
    visitor.send("/me/skills", **{"skill-repair": None})
    assert bank.as_("li").get(f"/volunteers/{bank.li.id}").json["skills"] == []


def test_what_one_takes_part_in_is_not_offered_again(bank: Bank) -> None:
    taken = take(bank, volunteers_needed=2)["id"]
    bank.as_("li").post(f"/service-events/{taken}/claim")
    claim = f"/me/errands/{taken}/claim"
    for path in ("/me", "/me/errands"):
        visitor = visit(bank, "li")
        visitor.open(path)
        assert not visitor.offers(claim)
        other = visit(bank, "zhao")
        other.open(path)
        assert other.offers(claim)
    assert f"/me/errands/{taken}" in visit(bank, "li").open("/me").text


def test_staff_tick_for_a_volunteer(bank: Bank) -> None:
    worker = visit(bank, "worker")
    page = f"/staff/volunteers/{bank.li.id}"
    worker.open(page)
    worker.send(f"{page}/skills", **{"skill-arts": "1", "skill-care": "1"})
    assert "照护老人、文艺" in worker.page.text


def test_a_volunteer_steps_back_or_hands_over(bank: Bank) -> None:
    taken = take(bank)["id"]
    page = f"/me/errands/{taken}"
    visitor = visit(bank, "li")
    visitor.open(page)
    visitor.send(f"{page}/claim")
    visitor.send(f"{page}/withdrawal", reason="")
    assert set(visitor.errors) == {"withdraw-reason"}
    visitor.send(f"{page}/withdrawal", reason="腰疼")
    assert status(bank, taken) == ("open", set())

    visitor.open(page)
    visitor.send(f"{page}/claim")
    visitor.send(f"{page}/handover", account_no="00000000", reason="腰疼")
    assert set(visitor.errors) == {"account_no"}
    visitor.send(f"{page}/handover", account_no=bank.zhao.account_no, reason="腰疼")
    assert "已转交" in visitor.page.text
    assert status(bank, taken) == ("claimed", {bank.zhao.id})


def test_staff_assign_a_team_and_change_who_comes(bank: Bank) -> None:
    body = {"name": "夕阳红", "organization_id": bank.community_id}
    team = bank.as_("supervisor").post("/teams", body).json["id"]
    member = volunteer(bank, "队员甲", team_id=team)
    taken = take(bank, volunteers_needed=3)["id"]
    page = f"/staff/events/{taken}"
    worker = visit(bank, "worker")
    worker.open(page)
    worker.send(f"{page}/assignment")
    assert set(worker.errors) == {"assign-volunteer"}
    worker.send(f"{page}/assignment", team_id=team)
    worker.send(f"{page}/assignment", volunteer="李秋兰")
    assert "还差 1 人" in worker.page.text
    assert status(bank, taken) == ("open", {member, bank.li.id})

    worker.send(f"{page}/people", person=bank.li.id, what="handover", to="查无此人", reason="病了")
    assert set(worker.errors) == {"to"}
    worker.send(f"{page}/people", person=bank.li.id, what="handover", to="赵春生", reason="病了")
    worker.send(f"{page}/people", person=bank.zhao.id, what="no_show", reason="等到天黑")
    assert status(bank, taken) == ("open", {member})
    for words in ("没有来 赵*生：等到天黑", "转交他人 李*兰：病了", "指派 队*甲"):
        assert words in worker.page.text
    worker.send(f"{page}/people", person=member, what="withdrawal", reason="不去了")
    assert status(bank, taken) == ("open", set())


def test_the_overdue_are_marked(bank: Bank) -> None:
    take(bank)
    late = take(bank, deadline="2026-01-02T09:00:00+08:00")["id"]
    worker = visit(bank, "worker")
    page = worker.open("/staff").text
    assert page.index(late) < page.index("已过期限")
    for path in ("/staff/events", f"/staff/events/{late}"):
        assert "已过期限" in worker.open(path).text


def test_a_request_may_ask_for_several_and_name_a_deadline(bank: Bank) -> None:
    worker = visit(bank, "worker")
    worker.open("/staff/events/new")
    form = "/staff/events/new"
    worker.send(
        form, service_item="public.cleanup", volunteers_needed="501", deadline_on="2030-01-01"
    )
    assert set(worker.errors) == {"volunteers_needed", "deadline"}
    worker.send(form, volunteers_needed="30", deadline_time="09:00")
    [event] = bank.as_("worker").get("/service-events").json["items"]
    assert (event["volunteers_needed"], event["still_wanted"]) == (30, 30)
    assert event["deadline"] == "2030-01-01T09:00:00+08:00"
