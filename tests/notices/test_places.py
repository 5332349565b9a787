"""Communities and stations on the public's pages, and what the front page draws of them."""

from __future__ import annotations

import pytest

from tests.cast import Bank
from tests.core.examples import done_event
from tests.desk.visitor import visit
from tests.notices.test_pages import text_of


def rated(bank: Bank) -> None:
    """li does an errand for an hour, and it is rated."""
    rating = {"stars": 5, "channel": "phone"}
    answer = bank.as_("worker").post(f"/service-events/{done_event(bank)}/rating", rating)
    assert answer.status_code == 200, answer.text


def test_a_community_s_page_says_what_was_done_there(bank: Bank) -> None:
    public = visit(bank)
    assert "梧桐社区" in public.open("/communities?q=梧桐").text
    assert "槐荫社区" not in public.page.text
    assert "槐荫社区" in public.open("/communities?q=长河").text  # by its street
    page = public.open(f"/communities/{bank.community_id}").text
    assert "梧桐社区" in page
    assert "还没有办成的事" in page
    assert f"/stations/{bank.station_id}" in page
    assert bank.li.name not in page


def test_a_kind_of_errand_that_too_few_people_do_is_not_shown_apart(bank: Bank) -> None:
    rated(bank)
    for path in ("/", f"/communities/{bank.community_id}"):
        assert "社区居家服务" not in visit(bank).open(path).text


def test_what_fewer_than_five_did_is_not_told_of_a_place(bank: Bank) -> None:
    paths = [f"/stations/{bank.station_id}", f"/communities/{bank.community_id}"]
    for path in paths:
        assert "志愿服务 0 小时" in text_of(visit(bank).open(path).text)
    rated(bank)
    for path in paths:
        words = text_of(visit(bank).open(path).text)
        assert "做事的人不到 5 位，细说会看得出是谁，所以不说细账。" in words
        assert "储户" in words
        assert not any(
            told in words for told in ("志愿服务 1", "办成的事 1", "发放积分", "还没有办成")
        )
    summary = bank.as_("public").get(f"/public/summary?organization_id={bank.station_id}").json
    assert summary["minutes"] == 60


def test_a_station_s_page(bank: Bank) -> None:
    page = visit(bank).open(f"/stations/{bank.station_id}").text
    assert "还没有评定" in page
    assert f"/communities/{bank.community_id}" in page


def test_a_station_in_a_home_has_no_phone_and_no_address(bank: Bank) -> None:
    secret = {"phone": "13512349876", "address": "梧桐路 9 号 3 单元", "hours": "每天 8–18 点"}
    changed = bank.as_("admin").patch(
        f"/organizations/{bank.station_id}", {"station_kind": "household", **secret}
    )
    assert changed.status_code == 200, changed.text
    page = visit(bank).open(f"/stations/{bank.station_id}").text
    assert secret["hours"] in page
    assert not any(secret[name] in page for name in ("phone", "address"))
    bank.as_("admin").patch(f"/organizations/{bank.station_id}", {"station_kind": "barber"})
    assert secret["address"] in visit(bank).open(f"/stations/{bank.station_id}").text


@pytest.mark.parametrize("path", ["/communities/nothing", "/stations/nothing"])
def test_a_place_that_there_is_not(bank: Bank, path: str) -> None:
    assert visit(bank).open(path).status_code == 404


def test_a_place_of_another_kind_is_not_there(bank: Bank) -> None:
    assert visit(bank).open(f"/communities/{bank.station_id}").status_code == 404
    assert visit(bank).open(f"/stations/{bank.community_id}").status_code == 404


def test_errands_are_counted_by_their_category(bank: Bank) -> None:
    """Five people do an errand at a resident's home."""
    people = [bank.li.id, bank.zhao.id]
    for number in range(3):
        body = {"name": f"林{number}", "phone": f"1370000000{number}",
                "community_id": bank.community_id, "publish_consent": False}  # fmt: skip
        people.append(bank.as_("admin").post("/volunteers", body).json["id"])
    worker = bank.as_("worker")
    body = {"service_item": "home.shopping", "community_id": bank.community_id,
            "resident": {"name": "何凤英"}, "volunteers_needed": 5}  # fmt: skip
    event = worker.post("/service-events", body).json["id"]
    for one in people:
        claimed = worker.post(f"/service-events/{event}/claim", {"volunteer_id": one})
        assert claimed.status_code == 200, claimed.text
    done = {"participants": [{"volunteer_id": one, "minutes": 60} for one in people],
            "performed_at": "2026-08-14T09:00:00+08:00"}  # fmt: skip
    answer = worker.post(f"/service-events/{event}/completion", done)
    assert answer.status_code == 200, answer.text
    rated = worker.post(f"/service-events/{event}/rating", {"stars": 5, "channel": "phone"})
    assert rated.status_code == 200, rated.text
    for path in ("/", f"/communities/{bank.community_id}"):
        page = visit(bank).open(path).text
        assert "社区居家服务" in page
        assert "社会公共服务" not in page
    page = text_of(visit(bank).open(f"/communities/{bank.community_id}").text)
    assert "志愿服务 5 小时" in page
    assert "不说细账" not in page
