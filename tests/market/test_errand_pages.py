"""The counter's scanning page: what is on today, who comes, who leaves, what is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.events.rules import SCANNED_TWICE, next_step
from moralbank.organizations import operations as organizations
from moralbank.people import cards
from tests.cast import Bank, Member, together
from tests.market.test_pages import Counter, hidden

moments = st.integers(0, 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(moments, st.integers(-90, 90_000))
def test_a_card_that_is_scanned_again_leaves_but_not_within_a_minute(
    came: datetime, seconds: int
) -> None:
    now = came + timedelta(seconds=seconds)
    assert next_step(None, None, now) == "in"
    assert next_step(came, None, now) == ("out" if seconds >= 60 else "wait")
    assert next_step(came, came, now) == "over"


@pytest.fixture
def counter(client: FlaskClient, bank: Bank) -> Counter:
    """A browser that is enrolled as the supermarket's terminal."""
    made = Counter(client, bank)
    assert made.enrol(bank.tokens["till"]).status_code == 302
    return made


@pytest.fixture
def morning(bank: Bank) -> datetime:
    """Nine o'clock of a day, at which tests begin."""
    with bank.inside():
        return clock.start_of(clock.today() + timedelta(days=3)) + timedelta(hours=9)


def ask(bank: Bank, item: str = "public.cleanup", **more: Any) -> str:
    body = {"service_item": item, "community_id": bank.community_id, **more}
    answer = bank.as_("supervisor").post("/service-events", body)
    assert answer.status_code == 201, answer.text
    number: str = answer.json["id"]
    return number


def scan(counter: Counter, errand: str, member: Member | str, at: datetime) -> TestResponse:
    """Scan a card on the errand's page."""
    with clock.at(at):
        counter.get(f"/terminal/errands/{errand}")
        code = member if isinstance(member, str) else member.code
        return counter.post(f"/terminal/errands/{errand}", code=code)


def words(page: TestResponse) -> str:
    """The text of a page as it is read."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def test_the_list_is_of_today_and_of_this_place(
    counter: Counter, bank: Bank, morning: datetime
) -> None:
    resident = {"name": "秦月华", "phone": "13700000007", "address": "梧桐路 1 号"}
    hours = {"today": 5, "overdue": -30, "tomorrow": 24}
    asked = {
        name: ask(bank, "home.repair", resident=resident, note="有狗",
                  needed_at=(morning + timedelta(hours=many)).isoformat())
        for name, many in hours.items()
    }  # fmt: skip
    asked["any time"] = ask(bank)
    asked["running"] = ask(bank, needed_at=(morning + timedelta(days=9)).isoformat())
    asked["elsewhere"] = ask(bank, community_id=bank.other_community_id)
    asked["cancelled"] = ask(bank)
    cancelled = f"/service-events/{asked['cancelled']}/cancellation"
    bank.as_("worker").post(cancelled, {"reason": "不用了"})
    scan(counter, asked["running"], bank.zhao, morning)
    with clock.at(morning):
        page = counter.get("/terminal/errands")
    listed = re.findall(r"/terminal/errands/(\w+)", page.text)
    assert listed == [asked[name] for name in ("running", "today", "overdue", "any time")]
    assert "在场 1 人" in page.text
    assert "梧桐社区" in page.text
    for shown in (page, counter.get(f"/terminal/errands/{asked['today']}")):
        for private in ("秦月华", "13700000007", "梧桐路", "有狗", "赵春生"):
            assert private not in shown.text
    assert counter.get(f"/terminal/errands/{asked['elsewhere']}").status_code == 404
    assert counter.get("/terminal/errands/nobody").status_code == 404
    assert "/terminal/errands" in counter.get("/terminal").text


def test_a_long_list_has_pages(counter: Counter, bank: Bank) -> None:
    asked = [ask(bank) for _time in range(21)]
    first = counter.get("/terminal/errands").text
    following = re.search(r'href="([^"]*cursor=[^"]*)"', first)
    assert following
    rest = counter.get(following[1]).text
    found = re.findall(r"/terminal/errands/(\w+)", first + rest)
    assert found == asked


def test_a_card_comes_and_leaves_by_itself(counter: Counter, bank: Bank, morning: datetime) -> None:
    errand = ask(bank, volunteers_needed=5)
    came = scan(counter, errand, bank.li, morning)
    assert came.status_code == 200
    assert "李*兰 来了" in came.text
    assert "09:00 签到" in came.text
    assert "李秋兰" not in came.text
    assert re.search(r'id="code"[^>]* autofocus', came.text)
    assert 'value="' + bank.li.code not in came.text
    scan(counter, errand, bank.zhao, morning + timedelta(minutes=5))
    gone = scan(counter, errand, bank.li, morning + timedelta(minutes=75))
    assert "李*兰 走了" in gone.text
    assert "09:00 来，10:15 走， 记 1 小时 15 分钟" in words(gone)
    # Who is still there stands before who left.
    assert words(gone).index("赵*生 09:05 在场") < words(gone).index("李*兰 09:00 10:15")
    [person] = [
        one
        for one in bank.as_("worker").get(f"/service-events/{errand}").json["participants"]
        if one["volunteer_id"] == bank.li.id
    ]
    assert person["attended"] == 75


def test_a_second_scan_within_a_minute_does_not_sign_out(
    counter: Counter, bank: Bank, morning: datetime
) -> None:
    errand = ask(bank)
    scan(counter, errand, bank.li, morning)
    again = scan(counter, errand, bank.li, morning + SCANNED_TWICE - timedelta(seconds=1))
    assert again.status_code == 409
    assert "刚签到，还没有签退" in again.text
    assert "李*兰 09:00 在场" in words(again)
    gone = scan(counter, errand, bank.li, morning + timedelta(minutes=30))
    assert "李*兰 走了" in gone.text
    over = scan(counter, errand, bank.li, morning + timedelta(minutes=40))
    assert over.status_code == 409
    assert "已经签退过了" in over.text


def test_a_form_sent_twice_counts_once_and_says_the_same(
    counter: Counter, bank: Bank, morning: datetime
) -> None:
    errand = ask(bank)
    path = f"/terminal/errands/{errand}"
    with clock.at(morning):
        counter.get(path)
        key = hidden(counter.page, "idempotency_key")
        counter.post(path, key=key, code=bank.li.code)
    with clock.at(morning + timedelta(minutes=30)):
        reloaded = counter.post(path, key=key, code=bank.li.code)
    assert reloaded.status_code == 200
    assert "李*兰 来了" in reloaded.text
    assert "李*兰 09:00 在场" in words(reloaded)


def test_refusals_are_said_in_words_for_the_clerk(
    counter: Counter, bank: Bank, morning: datetime
) -> None:
    one, several, done = ask(bank), ask(bank, volunteers_needed=5), ask(bank)
    bank.as_("worker").post(f"/service-events/{done}/cancellation", {"reason": "下雨"})
    scan(counter, one, bank.li, morning)
    with bank.inside():
        actor = system("test")
        east = organizations.create(actor, name="东区", level="district", parent_id=None).id
        street = organizations.create(actor, name="东街", level="street", parent_id=east).id
        far = organizations.create(actor, name="远社区", level="community", parent_id=street).id
    sun = bank.as_("admin").post(
        "/volunteers",
        {"name": "孙建国", "phone": "13700000001", "community_id": far, "publish_consent": False},
    )
    with bank.inside():
        foreign = cards.issue(system("test"), sun.json["id"], pin="1234").code
    for errand, code, status, said in (
        (one, bank.zhao.code, 409, "人已经够了"),
        (several, bank.li.code, 409, "在另一件事那里签了到"),
        (several, "2" * 16, 404, "没有这张卡"),
        (several, foreign, 404, "外区的"),
    ):
        refused = scan(counter, errand, code, morning)
        assert refused.status_code == status, said
        assert said in refused.text
        assert "没有记上" in refused.text
        assert 'role="alert"' in refused.text
        assert "autofocus" in refused.text
    empty = scan(counter, several, "", morning)
    assert empty.status_code == 422
    assert 'id="code-error"' in empty.text
    bank.as_("worker").post(f"/cards/{bank.zhao.card_id}/revocation")
    refused = scan(counter, several, bank.zhao, morning)
    assert refused.status_code == 403
    assert "已作废" in refused.text
    assert "已经办完或取消" in counter.get(f"/terminal/errands/{done}").text


def test_one_card_under_two_scanners_comes_once(bank: Bank) -> None:
    errand = ask(bank, volunteers_needed=5)
    tills = []
    for name in ("till", "second_till"):
        made = Counter(bank.app.test_client(), bank)
        made.enrol(bank.tokens[name])
        made.get(f"/terminal/errands/{errand}")
        tills.append(made)
    path = f"/terminal/errands/{errand}"
    answers = together([partial(till.post, path, code=bank.li.code) for till in tills])
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [refused] = [answer for answer in answers if answer.status_code == 409]
    assert "刚签到，还没有签退" in refused.text
    [person] = bank.as_("worker").get(f"/service-events/{errand}").json["participants"]
    assert person["came_at"]
    assert person["left_at"] is None


@pytest.mark.parametrize("name", ["li", "worker", "far_till"])
def test_only_a_terminal_of_the_place_scans(client: FlaskClient, bank: Bank, name: str) -> None:
    errand = ask(bank)
    with client.session_transaction() as kept:
        kept["person" if name in ("li", "worker") else "terminal"] = bank.tokens[name]
    response = client.get(f"/terminal/errands/{errand}")
    assert response.status_code == (404 if name == "far_till" else 302)
