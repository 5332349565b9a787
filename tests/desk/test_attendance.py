"""The pages of coming and going: the worker's scan field, and the volunteer at the door."""

from datetime import timedelta

from moralbank.core import clock
from tests.cast import Bank
from tests.desk.errand_steps import take
from tests.desk.visitor import visit


def test_a_worker_scans_people_in_and_out_and_completes(bank: Bank) -> None:
    taken = take(bank, item="public.cleanup", resident=None, volunteers_needed=50)["id"]
    page = f"/staff/events/{taken}/attendance"
    worker = visit(bank, "worker")
    worker.open(f"/staff/events/{taken}")
    assert page in worker.page.text
    with bank.inside():
        began = clock.now() - timedelta(hours=3)
    with clock.at(began):
        worker.open(page)
        assert "autofocus" in worker.page.text
        for member in (bank.li, bank.zhao):
            worker.send(page, code=member.code)
            assert worker.path == page
        assert "赵*生 到了" in worker.page.text
        worker.send(page, code=bank.li.code)
        assert worker.page.status_code == 409
        assert "已经签到过了" in worker.page.text
        assert not worker.form(page).fields.get("code")
    with clock.at(began + timedelta(minutes=50)):
        worker.send(page, code=bank.li.code, way="out")
        assert "李*兰 走了，50 分钟" in worker.page.text
        assert worker.form(page).fields["way"] == "out"
        worker.send(f"{page}/completion")
        assert "还有 1 人没有签退" in worker.page.text
        worker.send(page, code=bank.zhao.code, way="out")
    worker.send(f"{page}/completion")
    assert "共 2 人" in worker.page.text
    event = bank.as_("worker").get(f"/service-events/{taken}").json
    assert [person["minutes"] for person in event["participants"]] == [50, 50]


def test_minutes_that_differ_are_explained_in_their_row(bank: Bank) -> None:
    taken = take(bank)["id"]
    page = f"/staff/events/{taken}"
    worker = visit(bank, "worker")
    worker.open(page)
    assert "reason-0" not in worker.form(f"{page}/completion").names
    scan, code = f"/service-events/{taken}/check-", {"code": bank.li.code}
    with bank.inside():
        began = clock.now() - timedelta(hours=2)
    with clock.at(began):
        bank.as_("worker").post(scan + "in", code)
    with clock.at(began + timedelta(minutes=45)):
        bank.as_("worker").post(scan + "out", code)
    worker.open(page)
    fields = worker.form(f"{page}/completion").fields
    assert fields["minutes-0"] == "45"
    assert fields["performed_time"]
    worker.send(f"{page}/completion", **{"minutes-0": "60"})
    assert "与签到的 45 分钟不同" in worker.errors["reason-0"]
    worker.send(f"{page}/completion", **{"minutes-0": "60", "reason-0": "路上买了两趟"})
    assert "更正时长 李*兰：记 60 分钟：路上买了两趟" in worker.page.text


def test_a_volunteer_says_at_the_door_that_they_came_and_are_done(bank: Bank) -> None:
    taken = take(bank)
    path = taken["visit_path"]
    assert taken["rating_path"].removeprefix("/rate/") != path.removeprefix("/visit/")
    visitor = visit(bank, "li")
    visitor.open(path)
    assert "还没有认领" in visitor.page.text
    with bank.inside():
        began = clock.now() - timedelta(hours=2)
    with clock.at(began):
        visitor.send(path)
    assert "做完了" in visitor.page.text
    with clock.at(began + timedelta(minutes=70)):
        visitor.send(path)
    assert "1 小时 10 分钟" in visitor.page.text
    assert "谢谢您" in visitor.page.text
    assert not visitor.offers(path)
    [person] = bank.as_("worker").get(f"/service-events/{taken['id']}").json["participants"]
    assert (person["volunteer_id"], person["attended"]) == (bank.li.id, 70)


def test_the_door_is_for_volunteers_and_genuine_codes(bank: Bank) -> None:
    taken = take(bank)
    path = taken["visit_path"]
    assert visit(bank).open(path).request.path == "/sign-in"
    assert visit(bank, "worker").open(path).status_code == 403
    rating = "/visit/" + taken["rating_path"].removeprefix("/rate/")
    other = "A" if path[-1] != "A" else "B"
    for forged in (
        path[:-1] + other,
        rating,
        "/visit/x",
        "/rate/" + path.removeprefix("/visit/"),
    ):
        assert visit(bank, "li").open(forged).status_code == 404
    bank.as_("zhao").post(f"/service-events/{taken['id']}/claim")
    page = visit(bank, "li").open(path).text
    assert "有人办了" in page


def test_a_refused_step_is_said_at_the_door(bank: Bank) -> None:
    first, second = take(bank), take(bank)
    visitor = visit(bank, "li")
    visitor.open(first["visit_path"])
    visitor.send(first["visit_path"])
    visitor.open(second["visit_path"])
    visitor.send(second["visit_path"])
    assert visitor.page.status_code == 409
    assert "还没有签退" in visitor.page.text
