"""The resident's page: a link, some stars, thanks."""

import re

import pytest

from tests.cast import Bank
from tests.desk.visitor import Visitor, visit

PERFORMED = "2026-07-01T09:30:00+08:00"
RESIDENT = {"name": "周桂花", "phone": "13700000001", "address": "梧桐路 1 号"}


def take(bank: Bank, *, resident: bool = True) -> dict[str, object]:
    body: dict[str, object] = {"service_item": "home.shopping", "community_id": bank.community_id}
    if resident:
        body["resident"] = RESIDENT
    answer = bank.as_("worker").post("/service-events", body)
    assert answer.status_code == 201, answer.text
    taken: dict[str, object] = answer.json
    return taken


def complete(bank: Bank, taken: dict[str, object], minutes: int = 90) -> None:
    answer = bank.as_("worker").post(
        f"/service-events/{taken['id']}/completion",
        {
            "participants": [{"volunteer_id": bank.li.id, "minutes": minutes}],
            "performed_at": PERFORMED,
        },
    )
    assert answer.status_code == 200, answer.text


@pytest.fixture
def done(bank: Bank) -> dict[str, object]:
    """An errand for a resident that 李秋兰 did."""
    taken = take(bank)
    complete(bank, taken)
    return taken


def path_of(taken: dict[str, object]) -> str:
    return str(taken["rating_path"])


def test_the_resident_sees_what_was_done_and_by_whom_masked(
    bank: Bank, done: dict[str, object]
) -> None:
    page = visit(bank).open(path_of(done))
    assert page.status_code == 200
    for words in ("李*兰", "代买日用品", "1 小时 30 分钟"):
        assert words in page.text
    for hidden in (bank.li.name, bank.li.phone, RESIDENT["name"], RESIDENT["phone"]):
        assert hidden not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "noindex" in page.headers["X-Robots-Tag"]


def test_stars_become_points_and_thanks_say_so(bank: Bank, done: dict[str, object]) -> None:
    visitor = visit(bank)
    visitor.open(path_of(done))
    visitor.send(path_of(done), stars="5", comment="谢谢")
    assert visitor.page.status_code == 200
    assert "谢谢您" in visitor.page.text
    assert "李*兰" in visitor.page.text
    event = bank.as_("worker").get(f"/service-events/{done['id']}").json
    assert event["status"] == "awarded"
    points = event["awards"][0]["points"]
    assert f">{points}<" in visitor.page.text
    assert bank.points(bank.li) == str(200 + int(points))


def test_a_reload_shows_the_thanks_again_and_gives_nothing_twice(
    bank: Bank, done: dict[str, object]
) -> None:
    visitor = visit(bank)
    visitor.open(path_of(done))
    key = visitor.form(path_of(done)).fields["idempotency_key"]
    first = visitor.post(path_of(done), stars="4", idempotency_key=key).text
    before = bank.points(bank.li)
    visitor.open("/sign-in")
    again = visitor.post(path_of(done), stars="4", idempotency_key=key)
    assert again.status_code == 200
    assert re.findall(r"(\d+)<span", first) == re.findall(r"(\d+)<span", again.text)
    assert bank.points(bank.li) == before


def test_what_was_rated_is_closed(bank: Bank, done: dict[str, object]) -> None:
    one, other = visit(bank), visit(bank)
    one.open(path_of(done))
    other.open(path_of(done))
    one.send(path_of(done), stars="5")
    other.send(path_of(done), stars="1")
    assert other.page.status_code == 409
    assert "已经评过了" in other.page.text
    assert "已经评过了" in visit(bank).open(path_of(done)).text
    assert not other.offers(path_of(done))


def test_before_it_is_done_there_is_nothing_to_rate(bank: Bank) -> None:
    taken = take(bank)
    page = visit(bank).open(path_of(taken))
    assert page.status_code == 200
    assert "还没有办完" in page.text
    bank.as_("worker").post(f"/service-events/{taken['id']}/cancellation", {"reason": "不用了"})
    assert "已经取消" in visit(bank).open(path_of(taken)).text


def test_no_star_is_a_fault_beside_the_stars(bank: Bank, done: dict[str, object]) -> None:
    visitor = visit(bank)
    visitor.open(path_of(done))
    visitor.send(path_of(done), comment="很好")
    assert visitor.page.status_code == 422
    assert set(visitor.errors) == {"stars"}
    assert "很好" in visitor.page.text
    for stars in ("0", "6", "4.5", "many"):
        visitor.send(path_of(done), stars=stars)
        assert visitor.page.status_code == 422


@pytest.mark.parametrize("token", ["x", "0" * 28, "é" * 28, "%00", "a" * 300])
def test_a_link_that_is_not_genuine_leads_nowhere(bank: Bank, token: str) -> None:
    assert visit(bank).open(f"/rate/{token}").status_code == 404


def test_a_link_with_one_letter_changed_leads_nowhere(bank: Bank, done: dict[str, object]) -> None:
    path = path_of(done)
    other = "A" if path[-1] != "A" else "B"
    assert visit(bank).open(path[:-1] + other).status_code == 404
    assert visit(bank).open(path + "A").status_code == 404


def test_who_did_it_cannot_rate_it_through_the_link_either(
    bank: Bank, done: dict[str, object]
) -> None:
    visitor = visit(bank, "li")
    visitor.open(path_of(done))
    visitor.send(path_of(done), stars="5")
    assert visitor.page.status_code == 403
    assert "不能评价" in visitor.page.text
    assert visitor.offers(path_of(done))


class TestNeighbours:
    """An errand without a resident: neighbours rate, each with a code of their own."""

    @pytest.fixture
    def patrol(self, bank: Bank) -> dict[str, object]:
        taken = take(bank, resident=False)
        complete(bank, taken)
        return taken

    def rate(self, bank: Bank, patrol: dict[str, object], code: str, stars: str = "5") -> Visitor:
        visitor = visit(bank)
        visitor.open(path_of(patrol))
        visitor.send(path_of(patrol), stars=stars, resident_code=code)
        return visitor

    def test_each_code_counts_once_and_the_last_one_brings_the_points(
        self, bank: Bank, patrol: dict[str, object]
    ) -> None:
        codes = [str(code) for code in patrol["neighbour_codes"]]  # type: ignore[attr-defined]
        first = self.rate(bank, patrol, codes[0])
        assert "其他几位邻居" in first.page.text
        assert self.rate(bank, patrol, codes[0]).page.status_code == 409
        for code in codes[1:]:
            last = self.rate(bank, patrol, f" {code} ")
        assert "李*兰" in last.page.text
        assert "积分已记下" in last.page.text

    def test_nobody_is_told_what_the_others_gave(
        self, bank: Bank, patrol: dict[str, object]
    ) -> None:
        """Points and their explanation would tell the last of three what the other two said."""
        for code in patrol["neighbour_codes"]:  # type: ignore[attr-defined]
            last = self.rate(bank, patrol, str(code), "2")
        [award] = bank.as_("worker").get(f"/service-events/{patrol['id']}").json["awards"]
        assert f">{award['points']}<" not in last.page.text
        for line in award["explanation"]:
            assert line not in last.page.text

    def test_a_code_is_needed_and_a_wrong_one_is_told(
        self, bank: Bank, patrol: dict[str, object]
    ) -> None:
        assert set(self.rate(bank, patrol, "").errors) == {"resident_code"}
        wrong = self.rate(bank, patrol, "abc")
        assert wrong.page.status_code == 403
        assert "评价码不对" in wrong.page.text

    def test_five_wrong_codes_close_the_page(self, bank: Bank, patrol: dict[str, object]) -> None:
        for _try in range(5):
            self.rate(bank, patrol, "x")
        assert "评价码已锁定" in visit(bank).open(path_of(patrol)).text
