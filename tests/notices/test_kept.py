"""Public pages kept for a moment: the same for all, and nobody gets what is another visitor's."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import render_template_string
from flask.testing import FlaskClient
from sqlalchemy import update

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.pages import PageRoom
from moralbank.organizations.models import Organization
from tests.cast import Bank
from tests.notices.conftest import Wall
from tests.notices.test_pages import counted


@pytest.fixture(autouse=True)
def for_a_moment(bank: Bank) -> None:
    """Pages are kept, as they are in production."""
    bank.app.config["PAGE_SECONDS"] = 25


def questions(client: FlaskClient, path: str) -> int:
    with counted() as sent:
        assert client.get(path).status_code == 200
    return len(sent)


@pytest.mark.parametrize("path", ["/", "/notices", "/stars", "/supermarkets", "/rules", "/pools"])
def test_a_page_is_drawn_once_and_a_browser_is_told_that_nothing_changed(
    client: FlaskClient, path: str
) -> None:
    assert questions(client, path) > 0
    assert questions(client, path) == 0
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert first.headers["Cache-Control"] == "public, no-cache"


def test_who_brings_no_cookie_is_answered_at_the_door_as_the_first_was(bank: Bank) -> None:
    asked: list[str] = []
    bank.app.before_request(lambda: asked.append("inside"))
    visitor = bank.app.test_client(use_cookies=False)
    first, again = visitor.get("/notices"), visitor.get("/notices")
    assert asked == ["inside"]
    assert (again.status_code, again.data) == (200, first.data)
    said = dict(first.headers)
    said.pop("Date")
    told = dict(again.headers)
    assert told.pop("X-Request-ID") != said.pop("X-Request-ID")
    assert told == said
    assert "frame-ancestors 'none'" in said["Content-Security-Policy"]
    assert said["Vary"] == "Cookie"
    unchanged = visitor.get("/notices", headers={"If-None-Match": f'W/{said["ETag"]}, "other"'})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert unchanged.headers["Content-Security-Policy"] == said["Content-Security-Policy"]
    assert unchanged.headers["ETag"] == said["ETag"]
    changed = visitor.get("/notices", headers={"If-None-Match": '"other"'})
    assert (changed.status_code, changed.data) == (200, first.data)
    assert asked == ["inside"]


def test_the_door_lets_in_whoever_must_be_looked_at(bank: Bank, wall: Wall) -> None:
    asked: list[str] = []
    bank.app.before_request(lambda: asked.append("inside"))
    visitor = bank.app.test_client(use_cookies=False)

    def inside(path: str = "/notices", method: str = "GET", **words: Any) -> int:
        asked.clear()
        assert visitor.open(path, method=method, **words).status_code == 200
        return len(asked)

    assert (inside(), inside()) == (1, 0)
    assert inside(headers={"Cookie": "large_type=1"}) == 1
    assert inside(headers={"Cookie": "moralbank=forged"}) == 1
    assert inside(method="HEAD") == 1
    assert inside("/notices?kind=points") == 1
    assert inside(base_url="https://localhost") == 1
    assert inside() == 0
    number = wall.post()["id"]
    assert (inside(), inside()) == (1, 0)  # something was written
    assert (inside(f"/notices/{number}"), inside(f"/notices/{number}")) == (1, 0)
    for _time in range(2):
        assert inside(f"/notices/{number}/objections") == 1  # its form is each visitor's own


def test_what_is_written_here_is_seen_at_once(client: FlaskClient, wall: Wall) -> None:
    assert "2026 年第 3 季度积分公示" not in client.get("/notices").text
    wall.post()
    assert "2026 年第 3 季度积分公示" in client.get("/notices").text


def test_what_is_written_elsewhere_is_seen_within_half_a_minute(
    bank: Bank, client: FlaskClient
) -> None:
    assert "梧桐社区" in client.get("/communities").text
    with bank.inside():
        now = clock.now()
        named = update(Organization).where(Organization.id == bank.community_id)
        session().execute(named.values(name="新名社区"))
        session().commit()
    with clock.at(now + timedelta(seconds=20)):
        assert "新名社区" not in client.get("/communities").text
    with clock.at(now + timedelta(seconds=30)):
        assert "新名社区" in client.get("/communities").text


def secrets_of(page: str) -> tuple[str, str]:
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    key = re.search(r'name="idempotency_key" value="([^"]+)"', page)
    assert token is not None
    assert key is not None
    return token[1], key[1]


def test_each_visitor_objects_with_a_token_and_a_key_of_their_own(bank: Bank, wall: Wall) -> None:
    path = f"/notices/{wall.post()['id']}"
    visitors = [bank.app.test_client() for _visitor in range(2)]
    seen = [visitor.get(f"{path}/objections") for visitor in visitors]
    mine, theirs = (secrets_of(page.text) for page in seen)
    assert mine[0] != theirs[0]
    assert mine[1] != theirs[1]
    body: dict[str, Any] = {"name": "钱有声", "contact": "13700000009", "reason": "有误"}
    for visitor, (token, key) in zip(visitors, (mine, theirs), strict=True):
        sent = {**body, "csrf_token": token, "idempotency_key": key}
        assert visitor.post(f"{path}/objections", data=sent).status_code == 303
        assert "您的异议已经收到" in visitor.get(path).text
    assert "您的异议已经收到" not in bank.app.test_client().get(path).text


def test_a_page_for_all_with_a_form_that_is_sent_is_an_error(bank: Bank) -> None:
    """The next visitor would get this one's token."""
    room = PageRoom("wrong", __name__)

    @room.page("/wrong", action="public.read", same_for_all=True)
    def wrong(_actor: Actor) -> str:
        return render_template_string("{{ csrf_field() }}")

    bank.app.register_blueprint(room)
    with pytest.raises(RuntimeError, match="the same for all"):
        bank.app.test_client().get("/wrong")


def test_who_is_signed_in_and_who_likes_large_type_has_a_page_of_their_own(bank: Bank) -> None:
    public, own, large = (bank.app.test_client() for _visitor in range(3))
    with own.session_transaction() as kept:
        kept["person"] = bank.tokens["li"]
    large.set_cookie("large_type", "1")
    for _time in range(2):
        assert "退出" not in public.get("/").text
        assert "退出" in own.get("/").text
        assert 'class="large"' in large.get("/").text
        assert 'class="large"' not in public.get("/").text


def test_what_is_no_page_is_not_kept(client: FlaskClient) -> None:
    for _time in range(2):
        assert client.get("/rules?item=nothing&minutes=1&stars=5").status_code == 422
        assert client.get("/communities/nothing").status_code == 404
