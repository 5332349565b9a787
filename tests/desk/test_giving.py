"""Giving points to a pool on the volunteer's page, and what the pool's staff see of it."""

import re

from moralbank import ledger
from tests.cast import Bank
from tests.desk.errand_steps import complete, rate, take
from tests.desk.visitor import Visitor, visit


def asked(bank: Bank, who: str = "li", **typed: str) -> Visitor:
    """A volunteer who has filled in the form, and is to look it over."""
    giver = visit(bank, who)
    giver.open("/me/giving")
    giver.send("/me/giving/offer", to=f"pool:{bank.pool_id}", **typed)
    return giver


def pooled(bank: Bank) -> int:
    """Hundredths."""
    with bank.inside():
        return ledger.balances(f"pool:{bank.pool_id}")["points"].balance


def test_a_gift_is_looked_over_before_it_is_made(bank: Bank) -> None:
    assert "/me/giving" in visit(bank, "li").open("/me").text
    giver = asked(bank, points="12.5", message="给您添件冬衣")
    text = giver.page.text
    assert giver.page.status_code == 200
    for words in ("长河互助池", "12.5", "187.5", "给您添件冬衣"):
        assert words in text
    assert (bank.points(bank.li), pooled(bank)) == ("200", 0)
    done = giver.send("/me/giving")
    assert giver.path == "/me"
    assert "您给出了 12.5 分" in done.text
    assert "转赠长河互助池" in done.text
    assert "给您添件冬衣" not in done.text
    assert (bank.points(bank.li), pooled(bank)) == ("187.5", 1_250)
    with bank.inside():
        assert ledger.verify().faults == []


def test_what_was_typed_may_be_changed_before_it_is_confirmed(bank: Bank) -> None:
    giver = asked(bank, points="12.5", message="给您添件冬衣")
    again = giver.form("/me/giving/offer").fields
    assert (again["points"], again["message"]) == ("12.5", "给您添件冬衣")
    giver.send("/me/giving/offer", points="3")
    giver.send("/me/giving")
    assert pooled(bank) == 300


def test_a_button_that_is_pressed_twice_gives_once(bank: Bank) -> None:
    giver = asked(bank, points="10")
    confirmed = giver.form("/me/giving").fields
    giver.send("/me/giving")
    giver.post("/me/giving", **{k: v for k, v in confirmed.items() if k != "csrf_token"})
    assert (bank.points(bank.li), pooled(bank)) == ("190", 1_000)


def test_a_faulty_gift_names_the_field_and_moves_nothing(bank: Bank) -> None:
    giver = asked(bank, points="200.01")
    assert giver.page.status_code == 409
    assert "最多可以给 200 分" in giver.errors["points"]
    assert not giver.offers("/me/giving")
    for points in ("", "0", "-1", "1.005", "很多"):
        giver.send("/me/giving/offer", points=points)
        assert giver.page.status_code == 422, points
        assert giver.errors.keys() == {"points"}
    giver.send("/me/giving/offer", to="", points="1")
    assert giver.errors["to"] == "请选给谁。"
    giver.post("/me/giving", to=f"pool:{bank.zhao.id}", to_volunteer_id=bank.zhao.id, points="1")
    assert giver.page.status_code == 404
    assert (bank.points(bank.li), bank.points(bank.zhao), pooled(bank)) == ("200", "20", 0)


def test_points_that_went_meanwhile_are_not_given(bank: Bank) -> None:
    giver = asked(bank, points="200")
    bank.as_("li").post("/donations", {"to_pool_id": bank.pool_id, "points": "1"})
    giver.send("/me/giving")
    assert giver.page.status_code == 409
    assert "points" in giver.errors
    assert pooled(bank) == 100


def test_a_gift_changes_no_merit_and_no_figure_of_what_was_done(bank: Bank) -> None:
    taken = take(bank)
    complete(bank, taken["id"])
    rate(bank, taken["id"])

    def told() -> tuple[object, ...]:
        own = bank.as_("li").get(f"/volunteers/{bank.li.id}/balance").json
        public = bank.as_("public").get("/public/summary").json
        return own["merit"], own["minutes"], public

    before = told()
    assert before[0] != "0"
    asked(bank, points="100").send("/me/giving")
    assert pooled(bank) == 10_000
    assert told() == before


def test_the_pools_around_the_volunteer_come_first(bank: Bank) -> None:
    admin = bank.as_("admin")
    for place in (bank.other_community_id, bank.community_id):
        name = f"池子 {place}"
        made = admin.post("/pools", {"name": name, "organization_id": place})
        assert made.status_code == 201, made.text
    text = visit(bank, "li").open("/me/giving").text
    order = [
        text.index(words)
        for words in (f"池子 {bank.community_id}", f"池子 {bank.other_community_id}")
    ]
    assert order == sorted(order)


def test_the_pools_staff_see_gifts_and_never_who_gave(bank: Bank) -> None:
    asked(bank, points="12.5", message="给您添件冬衣").send("/me/giving")
    page = visit(bank, "supervisor").open("/staff/gifts").text
    for words in ("长河互助池", "12.5", "给您添件冬衣"):
        assert words in page
    listed = bank.as_("supervisor").get("/donations")
    assert listed.status_code == 200
    assert listed.json["items"][0]["message"] == "给您添件冬衣"
    for secret in (bank.li.name, bank.li.id, bank.li.account_no):
        assert secret not in page
        assert secret not in listed.text


def test_gifts_are_seen_within_reach_only(bank: Bank) -> None:
    """The pool is the street's: a worker of one community does not keep it."""
    asked(bank, points="12.5", message="给您添件冬衣").send("/me/giving")
    assert bank.as_("worker").get("/donations").json["items"] == []
    assert bank.as_("worker").get(f"/donations?pool_id={bank.pool_id}").status_code == 404
    for who, status in {"public": 401, "li": 200, "till": 403, "auditor": 200}.items():
        assert bank.as_(who).get("/donations").status_code == status, who
    goods = {"to_pool_id": bank.pool_id, "lines": [{"goods_id": bank.soap, "quantity": 1}]}
    made = bank.as_("li").post("/donations", {**goods, "message": "给您洗手"})
    assert made.status_code == 201
    [seen] = bank.as_("worker").get("/donations").json["items"]
    assert (seen["lines"][0]["name"], seen["message"]) == ("肥皂", None)
    assert not re.search("给您", visit(bank, "worker").open("/staff/gifts").text)
