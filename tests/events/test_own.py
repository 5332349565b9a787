"""Residents ask by themselves: on a page of their own, and on the public one."""

from __future__ import annotations

import re
from typing import Any

from tests.cast import Bank, together
from tests.core.examples import asked_for
from tests.core.problems import problem
from tests.desk.visitor import Visitor, visit
from tests.events.errands import RESIDENT, Errand, link_staff, points_of, request

ANOTHER = {"name": "魏东来", "phone": "13700000031"}


def link(bank: Bank, errand: Errand, **body: Any) -> str:
    """Have the card of the errand's resident made; return the path that it opens."""
    answer = bank.as_("worker").post(f"{errand.path}/resident-link", body)
    assert answer.status_code == 200, answer.text
    path: str = answer.json["resident_path"]
    return path


def asked(bank: Bank, path: str, **typed: str) -> Visitor:
    """Ask for an errand on a resident's own page."""
    visitor = visit(bank)
    visitor.open(f"{path}/ask")
    visitor.send(f"{path}/ask", service_item="home.repair", **typed)
    return visitor


def code_on(page: str) -> str:
    [digits] = re.findall(r"(\d{3}) (\d{3})</p>", page)
    return "".join(digits)


def events(bank: Bank, query: str = "") -> list[Any]:
    items: list[Any] = bank.as_("worker").get(f"/service-events?{query}").json["items"]
    return items


def test_a_resident_asks_sees_who_comes_and_rates(bank: Bank) -> None:
    path = link(bank, request(bank))
    page = asked(bank, path, note="水龙头漏水", wish="1").page
    assert page.status_code == 200
    newest = events(bank)[0]
    assert (newest["service_item"], newest["kind"]) == ("home.repair", "wish")
    errand = Errand(bank, newest["id"], code_on(page.text), [])
    shown = errand.show()
    assert shown["came_by"] == "page"
    assert (shown["resident"]["name"], shown["note"]) == (RESIDENT["name"], "水龙头漏水")
    bank.as_("li").post(f"{errand.path}/claim")
    assert "李*兰 会来办" in visit(bank).open(path).text
    errand.complete()
    [rating] = re.findall(r'href="(/rate/[^"]+)"', visit(bank).open(path).text)
    resident = visit(bank)
    resident.open(rating)
    resident.send(rating, stars="4", comment="手脚麻利")
    own = visit(bank).open(path).text
    assert "4 星" in own
    assert "手脚麻利" in own
    assert rating not in own
    assert errand.show()["status"] == "awarded"


def test_the_code_of_an_own_request_is_good_for_the_call_back(bank: Bank) -> None:
    page = asked(bank, link(bank, request(bank))).page
    errand = Errand(bank, events(bank)[0]["id"], code_on(page.text), [])
    errand.complete()
    assert errand.rate().json["status"] == "awarded"


def test_nobody_else_sees_it_and_a_lost_card_is_dead(bank: Bank) -> None:
    errand = request(bank)
    path = link(bank, errand)
    assert link(bank, errand) == path
    renewed = link(bank, errand, renew=True)
    assert renewed != path
    for dead in (path, path[:-1] + "A", "/resident/x", f"/resident/{errand.id}"):
        assert visit(bank).open(dead).status_code == 404
    page = visit(bank).open(renewed)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "noindex" in page.headers["X-Robots-Tag"]
    for hidden in (RESIDENT["name"], RESIDENT["phone"]):
        assert hidden not in page.text
    other = request(bank, resident=ANOTHER, item="home.haircut")
    assert "理发" not in visit(bank).open(renewed).text
    # What a volunteer scans at the door does not lead there.
    assert "/resident/" not in visit(bank, "li").open(other.visit).text
    problem(bank.as_("neighbour").post(f"{errand.path}/resident-link", {}), 404)
    problem(bank.as_("auditor").post(f"{errand.path}/resident-link", {}), 403, "forbidden")
    community = request(bank, resident=None, item="public.cleanup")
    problem(bank.as_("worker").post(f"{community.path}/resident-link", {}), 409, "no_resident")


def test_who_takes_part_is_not_given_the_residents_card(bank: Bank) -> None:
    link_staff(bank, "both", "li")
    errand = request(bank)
    bank.as_("li").post(f"{errand.path}/claim")
    answer = bank.as_("both").post(f"{errand.path}/resident-link", {})
    problem(answer, 403, "rater_is_performer")


def test_the_card_is_printed_at_the_errands_page(bank: Bank) -> None:
    errand = request(bank)
    worker = visit(bank, "worker")
    worker.open(f"/staff/events/{errand.id}")
    worker.send(f"/staff/events/{errand.id}/resident-link")
    assert link(bank, errand) in worker.page.text
    assert RESIDENT["name"] in worker.page.text


def test_a_resident_calls_off_what_nobody_did_yet(bank: Bank) -> None:
    errand = request(bank)
    path = link(bank, errand)
    other = request(bank, resident=ANOTHER)
    visitor = visit(bank)
    visitor.open(path)
    assert visitor.post(f"{path}/errands/{other.id}/cancellation").status_code == 404
    visitor.open(path)
    visitor.send(f"{path}/errands/{errand.id}/cancellation")
    assert visitor.path == path
    assert "已取消" in visitor.page.text
    assert (errand.show()["status"], other.show()["status"]) == ("cancelled", "open")
    assert "居民本人" in visit(bank, "worker").open(f"/staff/events/{errand.id}").text
    opened = asked(bank, path)
    done = Errand(bank, events(bank)[0]["id"], code_on(opened.page.text), [])
    visitor.open(path)
    done.complete()
    visitor.send(f"{path}/errands/{done.id}/cancellation")
    assert visitor.page.status_code == 409
    assert done.show()["status"] == "completed"


def test_five_wait_at_the_most(bank: Bank) -> None:
    path = link(bank, request(bank))
    pages = together([lambda: asked(bank, path).page for _time in range(6)])
    assert sorted(page.status_code for page in pages) == [200] * 4 + [409] * 2
    assert "已有 5 件事" in asked(bank, path).page.text
    assert len(events(bank, "status=open")) == 5


def test_bad_input_names_the_field_and_changes_nothing(bank: Bank) -> None:
    path = link(bank, request(bank))
    visitor = visit(bank)
    visitor.open(f"{path}/ask")
    visitor.send(f"{path}/ask", service_item="", needed_on="2026-12-01")
    assert visitor.page.status_code == 422
    assert set(visitor.errors) == {"service_item", "needed_at"}
    visitor.open("/ask")
    visitor.send("/ask", service_item="home.repair", phone="12", name="秦月华")
    assert set(visitor.errors) == {"community_id", "phone"}
    assert len(events(bank)) == 1
    assert bank.as_("worker").get("/asks").json["items"] == []


def test_the_public_page_is_answered_by_a_call(bank: Bank) -> None:
    visitor = visit(bank)
    visitor.open("/ask")
    visitor.send(
        "/ask", service_item="home.repair", community_id=bank.community_id, name="秦月华",
        phone="137 0000 0007", note="灯不亮", needed_on="2027-01-15", needed_time="09:30",
    )  # fmt: skip
    assert "会打电话给您" in visitor.page.text
    assert events(bank) == []
    worker = visit(bank, "worker")
    assert "网上来求助" in worker.open("/staff").text
    worker.open("/staff/asks")
    [path] = re.findall(r'href="(/staff/asks/[^"]+)"', worker.page.text)
    worker.open(path)
    assert "13700000007" in worker.page.text
    worker.send(f"{path}/taking", service_item="home.safety_check", household_no="9-9-9")
    assert "评价码" in worker.page.text
    [taken] = events(bank)
    shown = bank.as_("worker").get(f"/service-events/{taken['id']}").json
    assert shown["service_item"] == "home.safety_check"
    assert shown["note"] == "灯不亮"
    assert shown["needed_at"] == "2027-01-15T09:30:00+08:00"
    assert (shown["resident"]["name"], shown["resident"]["household_no"]) == ("秦月华", "9-9-9")
    assert bank.as_("worker").get("/asks").json["items"] == []
    assert "已记成一件事" in worker.open(path).text


def test_it_is_taken_once_or_put_aside(bank: Bank) -> None:
    number = asked_for(bank)
    answers = together([lambda: bank.as_("worker").post(f"/asks/{number}/taking", {})] * 3)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert len(events(bank)) == 1
    aside = asked_for(bank)
    refusal = bank.as_("worker").post(f"/asks/{aside}/refusal", {"reason": "没有这个人"})
    assert (refusal.json["status"], refusal.json["reason"]) == ("refused", "没有这个人")
    problem(bank.as_("worker").post(f"/asks/{aside}/taking", {}), 409, "wrong_state")
    problem(bank.as_("neighbour").get(f"/asks/{aside}"), 404)
    assert bank.as_("neighbour").get("/asks").json["items"] == []
    problem(bank.as_("li").get("/asks"), 403, "forbidden")


def test_one_telephone_waits_for_three_calls(bank: Bank) -> None:
    for _time in range(3):
        number = asked_for(bank)
    body = {
        "service_item": "home.shopping", "community_id": bank.community_id, "name": "秦月华",
        "phone": "13700000008",
    }  # fmt: skip
    problem(bank.as_("public").post("/asks", body), 409, "too_many_waiting")
    bank.as_("worker").post(f"/asks/{number}/refusal", {"reason": "重复"})
    assert bank.as_("public").post("/asks", body).status_code == 201


def test_who_did_it_cannot_rate_it_on_the_residents_page(bank: Bank) -> None:
    """A volunteer who asks in a resident's stead and does the errand: the phone gives it away."""
    errand = request(bank, resident={"name": bank.li.name, "phone": bank.li.phone})
    path = link(bank, errand)
    errand.complete()
    [rating] = re.findall(r'href="(/rate/[^"]+)"', visit(bank).open(path).text)
    visitor = visit(bank)
    visitor.open(rating)
    assert visitor.send(rating, stars="5").status_code == 403
    assert points_of(bank, "li") == "200"


SON = {"name": "秦大海", "phone": "13700000008", "relation": "儿子"}


def test_who_speaks_for_a_resident_rates_as_such(bank: Bank) -> None:
    """The one who asked holds the code; on the own page it is the resident who rates."""
    errand = request(bank, requester=SON)
    path = link(bank, errand)
    errand.complete()
    errand.rate(stars=5)
    assert "秦大海替您打了" in visit(bank).open(path).text
    assert "秦大海（儿子）替居民评的" in visit(bank, "worker").open(f"/staff{errand.page}").text
    own = request(bank, requester=SON)
    own.complete()
    [rating] = re.findall(r'href="(/rate/[^"]+)"', visit(bank).open(path).text)
    visitor = visit(bank)
    visitor.open(rating)
    visitor.send(rating, stars="4")
    assert "您打了" in visit(bank).open(path).text
    assert "替居民评的" not in visit(bank, "worker").open(f"/staff{own.page}").text


def test_staff_enter_who_spoke_for_the_resident(bank: Bank) -> None:
    errand = request(bank)
    errand.complete()
    worker = visit(bank, "worker")
    worker.open(f"/staff{errand.page}")
    worker.send(
        f"/staff{errand.page}/rating", stars="5", channel="phone", rater_name="秦大海",
    )  # fmt: skip
    assert "rater_relation" in worker.errors
    worker.send(
        f"/staff{errand.page}/rating", stars="5", channel="phone", rater_name="秦大海",
        rater_relation="子女", rater_phone="13700000008",
    )  # fmt: skip
    assert "秦大海（子女）替居民评的" in worker.page.text


def test_who_did_it_does_not_speak_for_the_resident(bank: Bank) -> None:
    errand = request(bank)
    errand.complete()
    rater = {"name": bank.li.name, "phone": bank.li.phone, "relation": "邻居"}
    problem(errand.enter(rater=rater), 403, "rater_is_performer")
    assert errand.show()["status"] == "completed"
    community = request(bank, resident=None, item="public.cleanup")
    community.complete()
    problem(community.enter(rater=rater), 403, "rater_is_performer")
    assert community.enter(rater={"name": "秦大海"}).status_code == 200
    page = visit(bank, "worker").open(f"/staff{community.page}").text
    assert "邻居秦大海" in page


def test_who_served_a_resident_is_not_given_their_card_by_another_errand(bank: Bank) -> None:
    """The page rates all of a resident's errands, whichever of them the card was made for."""
    link_staff(bank, "both", "li")
    done = request(bank)
    done.complete()
    other = bank.as_("both").post(
        "/service-events",
        {"service_item": "home.repair", "community_id": bank.community_id, "resident": RESIDENT},
    )
    answer = bank.as_("both").post(f"/service-events/{other.json['id']}/resident-link", {})
    problem(answer, 403, "rater_is_performer")


def test_a_resident_is_met_again_however_they_are_written_down(bank: Bank) -> None:
    name, phone = RESIDENT["name"], RESIDENT["phone"]
    first = request(bank, resident={"name": name, "phone": phone})
    path = link(bank, first)
    homes: list[dict[str, str]] = [
        {"household_no": "3-2-501", "address": "东风路 1 号"}, {},
        {"household_no": "３栋2单元501室", "address": "东风路 2 号"},
    ]  # fmt: skip
    for home in homes:
        last = request(bank, resident={"name": f"{name[0]} {name[1:]}", "phone": phone, **home})
    assert visit(bank).open(path).text.count("在找人") == 4
    # The volunteer is sent to where they live now.
    assert last.show()["resident"]["address"] == "东风路 2 号"
    other = request(bank, resident={"name": name, "phone": phone, "household_no": "9-9-9"})
    assert visit(bank).open(path).text.count("在找人") == 4
    assert other.show()["resident"]["household_no"] == "9-9-9"


def test_a_weekly_errand_can_be_called_off_for_good(bank: Bank) -> None:
    weekly = {"every": "week", "until": "2027-06-30"}
    errand = request(bank, needed_at="2027-01-15T09:30:00+08:00", repeats=weekly)
    path = link(bank, errand)
    visitor = visit(bank)
    visitor.open(path)
    visitor.send(f"{path}/errands/{errand.id}/cancellation")
    assert visitor.page.text.count("在找人") == 1
    following = events(bank)[0]["id"]
    visitor.send(f"{path}/errands/{following}/cancellation", for_good="1")
    assert "在找人" not in visitor.page.text
    assert len(events(bank)) == 2
