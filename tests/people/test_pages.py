"""Signing in and out in the browser."""

import pytest
from sqlalchemy import func, select

from moralbank.core.db import session
from moralbank.core.idempotency import IdempotencyKey
from moralbank.people.models import AccessToken
from tests.cast import PASSWORD, Bank
from tests.databases import make_app
from tests.desk.visitor import Visitor, visit

SIGN_IN = "/sign-in"


def enter_as_staff(visitor: Visitor, username: str = "worker", password: str = PASSWORD) -> None:
    visitor.post(SIGN_IN, way="staff", username=username, password=password)


@pytest.fixture
def visitor(bank: Bank) -> Visitor:
    found = visit(bank)
    found.open(SIGN_IN)
    return found


def test_the_page_shows_both_ways(visitor: Visitor) -> None:
    for words in ("我是志愿者", "我是工作人员", 'name="card_code"', 'name="username"'):
        assert words in visitor.page.text


def test_staff_come_to_the_desk(visitor: Visitor) -> None:
    enter_as_staff(visitor)
    assert (visitor.path, visitor.page.status_code) == ("/staff", 200)
    visitor.open(SIGN_IN)
    assert visitor.path == "/staff"


def test_a_volunteer_comes_to_the_own_book_by_card_and_pin(visitor: Visitor, bank: Bank) -> None:
    code = bank.li.code.lower()
    typed = f" {code[:4]} {code[4:8]}-{code[8:]}"
    visitor.post(SIGN_IN, way="volunteer", card_code=typed, pin=bank.li.pin)
    assert (visitor.path, visitor.page.status_code) == ("/me", 200)
    assert bank.li.name in visitor.page.text


def test_an_auditor_has_no_desk_and_starts_at_the_trail(visitor: Visitor) -> None:
    enter_as_staff(visitor, "auditor")
    assert (visitor.path, visitor.page.status_code) == ("/staff/audit", 200)


@pytest.mark.parametrize(
    ("target", "arrives"),
    [
        ("/staff/volunteers?q=x", "/staff/volunteers"),
        ("//elsewhere.example", "/staff"),
        ("/\\elsewhere.example", "/staff"),
        ("https://elsewhere.example", "/staff"),
        ("/me", "/staff"),
    ],
)
def test_afterwards_one_is_where_one_wanted_to_be(
    visitor: Visitor, target: str, arrives: str
) -> None:
    visitor.post(SIGN_IN, way="staff", username="worker", password=PASSWORD, next=target)
    assert visitor.path == arrives


def test_a_page_that_asks_for_a_sign_in_is_come_back_to(bank: Bank) -> None:
    visitor = visit(bank)
    visitor.open("/staff/events?status=open")
    assert visitor.path == SIGN_IN
    assert visitor.form(SIGN_IN).fields["next"] == "/staff/events?status=open"


def test_wrong_credentials_are_told_kindly_and_the_name_is_kept(visitor: Visitor) -> None:
    enter_as_staff(visitor, password="not the right one")
    assert visitor.page.status_code == 401
    assert "用户名或密码不对" in visitor.page.text
    assert 'value="worker"' in visitor.page.text
    assert "not the right one" not in visitor.page.text


def test_missing_fields_are_named_beside_them(visitor: Visitor) -> None:
    visitor.post(SIGN_IN, way="volunteer", card_code="", pin="")
    assert visitor.page.status_code == 422
    assert set(visitor.errors) == {"card_code", "pin"}


def test_five_wrong_pins_lock_the_card_though_each_was_refused(
    visitor: Visitor, bank: Bank
) -> None:
    for _try in range(5):
        visitor.post(SIGN_IN, way="volunteer", card_code=bank.li.code, pin="0000")
        assert visitor.page.status_code == 401
    visitor.post(SIGN_IN, way="volunteer", card_code=bank.li.code, pin=bank.li.pin)
    assert visitor.page.status_code == 401
    assert "这张卡已锁" in visitor.page.text


def test_too_many_tries_are_told_when_to_come_back(bank: Bank, database_uri: str) -> None:
    app = make_app(database_uri, RATELIMIT_ENABLED=True)
    visitor = Visitor(app.test_client())
    visitor.open(SIGN_IN)
    for _try in range(10):
        enter_as_staff(visitor, password="not the right one")
    enter_as_staff(visitor)
    assert visitor.page.status_code == 429
    assert int(visitor.page.headers["Retry-After"]) > 0
    assert "秒后再试" in visitor.page.text


def test_a_token_is_stored_nowhere_but_in_the_cookie(visitor: Visitor, bank: Bank) -> None:
    key = visitor.form(SIGN_IN).fields["idempotency_key"]
    visitor.post(SIGN_IN, way="staff", username="worker", password=PASSWORD, idempotency_key=key)
    with bank.inside():
        assert session().scalar(select(func.count()).select_from(IdempotencyKey)) == 0


def test_a_form_from_elsewhere_is_refused(bank: Bank) -> None:
    client = bank.app.test_client()
    answer = client.post(SIGN_IN, data={"way": "staff", "username": "worker", "password": PASSWORD})
    assert answer.status_code == 400


def test_signing_out_ends_the_token_too(visitor: Visitor, bank: Bank) -> None:
    enter_as_staff(visitor)
    with bank.inside():
        before = session().scalar(select(func.count()).select_from(AccessToken)) or 0
    visitor.send("/sign-out")
    assert visitor.path == "/"
    with bank.inside():
        assert session().scalar(select(func.count()).select_from(AccessToken)) == before - 1
    visitor.open("/staff")
    assert visitor.path == SIGN_IN


def test_signing_out_twice_is_no_fault(bank: Bank) -> None:
    one, other = visit(bank, "worker"), visit(bank, "worker")
    one.open("/staff")
    other.open("/staff")
    one.send("/sign-out")
    other.send("/sign-out")
    assert other.page.status_code == 200


def test_every_page_tells_who_is_signed_in(bank: Bank) -> None:
    assert bank.li.name in visit(bank, "li").open("/").text
    assert "退出" not in visit(bank).open("/").text
