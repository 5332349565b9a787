"""The desk of a station's worker, and what others see of what a station posted."""

from __future__ import annotations

import pytest

from tests.cast import Bank
from tests.desk.errand_steps import take
from tests.desk.visitor import Visitor, visit
from tests.events.errands import employ


@pytest.fixture
def keeper(bank: Bank) -> Visitor:
    """The worker of 梧桐代办站, at the desk."""
    employ(bank, "keeper", bank.station_id)
    return visit(bank, "keeper")


def test_a_station_s_worker_takes_a_request_in_its_name(bank: Bank, keeper: Visitor) -> None:
    take(bank)  # the community's own, which is not the station's to see
    keeper.open("/staff")
    assert "梧桐代办站" in keeper.page.text
    assert "没有等着办的事" in keeper.page.text
    keeper.open("/staff/events/new")
    form = keeper.form("/staff/events/new")
    assert "station_id" not in form.names
    assert form.fields["community_id"] == bank.community_id
    assert "由梧桐代办站登记、发布" in keeper.page.text
    assert "槐荫社区" not in keeper.page.text
    keeper.send(
        "/staff/events/new", service_item="home.shopping", resident_name="周桂花",
        resident_phone="13700000001",
    )  # fmt: skip
    assert keeper.page.status_code == 200
    assert "梧桐社区 · 梧桐代办站" in keeper.page.text
    [errand] = bank.as_("keeper").get("/service-events").json["items"]
    assert errand["station_id"] == bank.station_id
    page = f"/staff/events/{errand['id']}"
    keeper.open(page)
    assert "梧桐代办站" in keeper.page.text
    keeper.send(f"{page}/claim", volunteer=bank.li.account_no)
    assert "已派给李*兰" in keeper.page.text
    assert page in visit(bank, "worker").open("/staff/events").text


def test_no_page_of_the_desk_breaks_for_a_station_s_worker(bank: Bank, keeper: Visitor) -> None:
    others = take(bank)["id"]
    body = {"service_item": "public.cleanup", "community_id": bank.community_id}
    own = bank.as_("keeper").post("/service-events", body).json["id"]
    bank.as_("keeper").post("/slip-batches", {"community_id": bank.community_id, "sheets": 1})
    batch = bank.as_("keeper").get("/slip-batches").json["items"][0]["id"]
    for path in (
        "", "/volunteers", "/volunteers?q=李", "/volunteers/new", f"/volunteers/{bank.li.id}",
        f"/volunteers/{bank.li.id}/conduct", f"/cards/{bank.li.card_id}", "/events",
        "/events?status=open", "/events?callback=1", "/events/new", f"/events/{own}",
        f"/events/{own}/attendance", "/callbacks", "/closing", "/flags", "/awards", "/slips",
        f"/slips/{batch}.pdf",
    ):  # fmt: skip
        response = keeper.open(f"/staff{path}")
        assert response.status_code == 200, path
        assert others.encode() not in response.data, path
    for path in (f"/events/{others}", f"/events/{others}/attendance"):
        assert keeper.open(f"/staff{path}").status_code == 404


def test_a_station_s_worker_opens_accounts_of_the_station(bank: Bank, keeper: Visitor) -> None:
    keeper.open("/staff/volunteers/new")
    fields = keeper.form("/staff/volunteers/new").fields
    assert (fields["community_id"], fields["station_id"]) == (bank.community_id, bank.station_id)
    assert "不属于代办站" not in keeper.page.text
    keeper.send("/staff/volunteers/new", name="孙建国", phone="13900000003", affiliation="retired")
    assert "已开户" in keeper.page.text
    found = bank.as_("keeper").get("/volunteers?q=孙建国").json["items"]
    assert [person["station_id"] for person in found] == [bank.station_id]


def test_a_community_s_worker_may_say_which_station_posts_it(bank: Bank) -> None:
    worker = visit(bank, "worker")
    worker.open("/staff/events/new")
    assert worker.form("/staff/events/new").fields["station_id"] == ""
    worker.send("/staff/events/new", service_item="home.shopping", station_id=bank.station_id)
    worker.open("/staff/events/new")
    worker.send("/staff/events/new", service_item="home.shopping")
    lines = bank.as_("worker").get("/service-events").json["items"]
    assert [line["station_id"] for line in lines] == [None, bank.station_id]
    listed = worker.open("/staff/events").text
    assert listed.count("梧桐社区 · 梧桐代办站") == 1


def test_a_volunteer_sees_which_station_posted_it(bank: Bank, keeper: Visitor) -> None:
    keeper.open("/staff/events/new")
    keeper.send("/staff/events/new", service_item="home.shopping")
    volunteer = visit(bank, "li")
    assert "梧桐代办站" in volunteer.open("/me").text
    [errand] = bank.as_("li").get("/service-events").json["items"]
    assert "梧桐代办站" in volunteer.open(f"/me/errands/{errand['id']}").text
