"""Is it genuine? By the code on the paper, or by its number and the holder's name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from moralbank.core import clock
from tests.cast import Bank
from tests.certificates.conftest import Desk, Diary
from tests.certificates.test_issuing import forge, token_in
from tests.desk.visitor import Visitor, visit

NOTHING = "查无此证"


@pytest.fixture
def stranger(bank: Bank) -> Visitor:
    """Somebody who holds a certificate in their hands."""
    return visit(bank)


@pytest.fixture
def number(bank: Bank, desk: Desk, diary: Diary) -> str:
    """The id of a record of 赵春生's, who is not to be named in public."""
    diary.errand(bank.zhao.id, minutes=90)
    issued = desk.issue("worker", bank.zhao.id)
    assert issued["number"] == "2026-000001"
    found: str = issued["id"]
    return found


def ask(stranger: Visitor, number: str, name: str) -> str:
    """Type a number and a name; return what the page says."""
    stranger.open("/verify")
    stranger.send("/verify", number=number, name=name)
    return stranger.page.text


def test_the_code_leads_to_who_holds_it_masked(
    bank: Bank, desk: Desk, stranger: Visitor, number: str
) -> None:
    link = desk.paper(number).link
    page = stranger.open(f"/certificates/{token_in(link)}")
    assert page.status_code == 200
    for words in (
        "有效",
        "2026-000001",
        "赵*生",
        "梧桐社区",
        "志愿服务记录证明",
        "2026 年 8 月 15 日",
    ):
        assert words in page.text
    for more in ("赵春生", bank.zhao.account_no, "90", "小时", "worker", bank.zhao.phone[-4:]):
        assert more not in page.text
    assert (page.headers["Cache-Control"], page.headers["X-Robots-Tag"]) == ("no-store", "noindex")


@pytest.mark.parametrize("spoil", ["0" * 28, "x", "é", "0" * 200])
def test_another_code_leads_nowhere(stranger: Visitor, spoil: str) -> None:
    assert stranger.open(f"/certificates/{spoil}").status_code == 404


def test_half_a_code_leads_nowhere(desk: Desk, stranger: Visitor, number: str) -> None:
    token = token_in(desk.paper(number).link)
    other = "A" if token[-1] != "A" else "B"
    for spoilt in (number, token[:-1], token[:-1] + other, token + "A"):
        assert stranger.open(f"/certificates/{spoilt}").status_code == 404


def test_the_paper_outlives_the_keys(
    bank: Bank, desk: Desk, stranger: Visitor, number: str
) -> None:
    token = token_in(desk.paper(number).link)
    bank.app.config["SECRET_KEY"] = "quite another secret, of the year after"
    assert "有效" in stranger.open(f"/certificates/{token}").text


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("2026-000001", "赵春生"), ("２０２６—０００００１", " 赵 春生 "), ("2026000001", "赵春生"),
        (" 2026 - 000001 ", "赵\u3000春生"),
    ],
)  # fmt: skip
def test_number_and_name_are_read_as_people_write_them(
    stranger: Visitor, number: str, typed: str, name: str
) -> None:
    page = ask(stranger, typed, name)
    assert NOTHING not in page
    for words in ("有效", "2026-000001", "赵*生", "梧桐社区", "2026 年 8 月 15 日"):
        assert words in page


def test_it_is_not_told_which_of_both_is_wrong(stranger: Visitor, number: str) -> None:
    """Nor that the name is nearly right, nor anything of the one that there is."""

    def told(page: str) -> str:
        return page[page.index('role="status"') : page.index('class="fields sheet"')]

    said = {
        told(ask(stranger, typed, name))
        for typed, name in (
            ("2026-000001", "赵春"), ("2026-000001", "赵*生"), ("2026-000001", "李秋兰"),
            ("2026-000002", "赵春生"), ("1", "赵春生"), ("2026-1", "赵春生"),
            ("2026-000001", "\u115f"), ("2026-000009", "\u115f"), ("' OR 1=1 --", "%"),
        )
    }  # fmt: skip
    assert len(said) == 1
    assert NOTHING in said.pop()
    assert stranger.page.status_code == 200


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"number": "", "name": ""}, {"number", "name"}),
        ({"number": "2" * 21, "name": "赵春生"}, {"number"}),
        ({"number": "2026-000001", "name": "赵" * 61}, {"name"}),
        ({"number": "2026-000001", "name": "赵\u202e生"}, {"name"}),
    ],
)
def test_what_is_no_number_and_no_name_is_said_beside_its_field(
    stranger: Visitor, number: str, typed: dict[str, str], wrong: set[str]
) -> None:
    stranger.open("/verify")
    stranger.send("/verify", **typed)
    assert (stranger.page.status_code, set(stranger.errors)) == (422, wrong)
    assert NOTHING not in stranger.page.text


def test_a_revocation_shows_at_once(bank: Bank, desk: Desk, stranger: Visitor, number: str) -> None:
    token = token_in(desk.paper(number).link)
    revoked = bank.as_("worker").post(
        f"/certificates/{number}/revocation", {"reason": "赵春生举报属实"}
    )
    assert revoked.status_code == 200, revoked.text
    for page in (
        stranger.open(f"/certificates/{token}").text, ask(stranger, "2026-000001", "赵春生"),
    ):  # fmt: skip
        assert "已作废" in page
        assert "现在有效" not in page
        assert "举报" not in page


def test_what_was_changed_in_the_database_is_not_genuine(
    bank: Bank, desk: Desk, stranger: Visitor, number: str
) -> None:
    token = token_in(desk.paper(number).link)
    forge(bank, number)
    assert stranger.open(f"/certificates/{token}").status_code == 404
    assert NOTHING in ask(stranger, "2026-000001", "赵春生")


def test_nobody_tries_names_through(bank: Bank, stranger: Visitor, number: str) -> None:
    """Twenty that find nothing in ten minutes; then the right one is not answered either."""
    bank.app.config["RATELIMIT_ENABLED"] = True
    for _time in range(3):  # who finds theirs is not counted
        assert "现在有效" in ask(stranger, "2026-000001", "赵春生")
    for _time in range(20):
        assert NOTHING in ask(stranger, "2026-000001", "赵春平")
    page = ask(stranger, "2026-000001", "赵春生")
    assert stranger.page.status_code == 429
    assert "现在有效" not in page
    assert "尝试次数过多" in page
    with clock.at(datetime(2026, 8, 15, 4, 11, tzinfo=UTC)):
        assert "现在有效" in ask(stranger, "2026-000001", "赵春生")
