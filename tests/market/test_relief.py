"""Households in hardship: given to without their name, and brought goods by two people."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.db import session
from tests.cast import Answer, Bank, together
from tests.core.examples import household
from tests.core.problems import problem
from tests.market.test_books import books

WHO = {"name": "万秀兰", "phone": "13512340001", "household_no": "3-2-501",
       "address": "梧桐路 3 号", "note": "主劳力住院"}  # fmt: skip


def home(bank: Bank) -> str:
    return household(bank, **WHO)


def pooled(bank: Bank, holder: str | None = None) -> int:
    """Hundredths."""
    with bank.inside():
        return ledger.balances(holder or f"pool:{bank.pool_id}")["points"].balance


def give(bank: Bank, points: str = "100", **to: str) -> Answer:
    body = {"points": points, **(to or {"to_pool_id": bank.pool_id})}
    made = bank.as_("li").post("/donations", body)
    assert made.status_code == 201, made.text
    return made


def propose(bank: Bank, household_id: str, who: str = "supervisor", **more: Any) -> Answer:
    body = {"household_id": household_id, "pool_id": bank.pool_id,
            "lines": [{"goods_id": bank.rice, "quantity": 2}], **more}  # fmt: skip
    return bank.as_(who).post("/reliefs", {key: value for key, value in body.items() if value})


def approve(bank: Bank, relief: str, who: str = "second") -> Answer:
    return bank.as_(who).post(f"/reliefs/{relief}/approval")


def sound(bank: Bank) -> None:
    with bank.inside():
        assert ledger.verify().faults == []
        assert ledger.trial_balance().balanced
    said = books(bank)
    assert (said["agree"], said["faults"]) == (True, [])


def test_who_a_household_is_is_told_to_its_own_staff_alone(bank: Bank) -> None:
    number = home(bank)
    [seen] = bank.as_("worker").get("/households").json["items"]
    assert {key: seen[key] for key in WHO} == WHO
    assert (seen["id"], seen["points"]) == (number, "0")
    for who in ("li", "auditor"):
        answer = bank.as_(who).get("/households")
        [shown] = answer.json["items"]
        assert (shown["alias"], shown["community"]) == (seen["alias"], "梧桐社区")
        assert not any(value in answer.text for value in WHO.values())
    assert bank.as_("neighbour").get("/households").json["items"] == []
    assert bank.as_("public").get("/households").status_code == 401
    with bank.inside():
        kept = text("SELECT name, phone, address, note, household_no FROM households")
        [stored] = session().execute(kept).all()
    assert not any(value in str(stored) for value in WHO.values())


@pytest.mark.parametrize("same", ["phone", "household_no"])
def test_a_household_is_registered_once(bank: Bank, same: str) -> None:
    home(bank)
    again = bank.as_("worker").post(
        "/households", {"community_id": bank.community_id, "name": "别人", same: WHO[same]}
    )
    problem(again, 409, "already_registered")


def test_two_who_register_one_household_at_once_make_one(bank: Bank) -> None:
    body = {"community_id": bank.community_id, **WHO}
    made = together(
        [partial(bank.as_(who).post, "/households", body) for who in ("worker", "supervisor")]
    )
    assert sorted(answer.status_code for answer in made) == [201, 409]


def test_points_for_a_household_keep_merit_and_name_nobody(bank: Bank) -> None:
    number = home(bank)
    made = give(bank, "12.5", to_household_id=number)
    assert (made.json["to_household_id"], made.json["balance_after"]) == (number, "187.5")
    assert pooled(bank, f"household:{number}") == 1_250
    with bank.inside():
        assert ledger.balances(f"volunteer:{bank.li.id}")["merit"].balance == 0
    said = bank.as_("li").get(f"/volunteers/{bank.li.id}/entries?asset=points")
    [seen] = bank.as_("worker").get("/households").json["items"]
    assert said.json["items"][0]["reason"] == f"转赠困难户 {seen['alias']}"
    [gift] = bank.as_("worker").get("/donations").json["items"]
    assert (gift["household"], gift["pool"], gift["points"]) == (seen["alias"], None, "12.5")
    assert bank.li.name not in str(gift)


def test_two_people_bring_a_household_rice_from_the_pool(bank: Bank) -> None:
    give(bank)
    made = propose(bank, home(bank), note="周五送")
    assert made.status_code == 201, made.text
    assert (made.json["status"], made.json["points"]) == ("proposed", "40")
    assert (pooled(bank), bank.stock(bank.rice)) == (10_000, 10)
    relief = made.json["id"]
    problem(approve(bank, relief, "supervisor"), 403, "forbidden")
    done = approve(bank, relief)
    assert (done.status_code, done.json["status"]) == (200, "completed")
    assert (pooled(bank), bank.stock(bank.rice)) == (6_000, 8)
    said = books(bank)
    assert (said["redeemed"], said["relief"], said["receipts"]) == ("40", "40", 1)
    problem(approve(bank, relief), 409, "wrong_state")
    sound(bank)
    void = f"/reliefs/{relief}/void"
    problem(bank.as_("second").post(void, {"reason": "送错"}), 403, "forbidden")
    back = bank.as_("supervisor").post(void, {"reason": "送错"})
    assert (back.status_code, back.json["status"]) == (200, "voided")
    assert (pooled(bank), bank.stock(bank.rice)) == (10_000, 10)
    problem(bank.as_("supervisor").post(void, {"reason": "送错"}), 409, "already_voided")
    assert (books(bank)["given_back"], books(bank)["relief"]) == ("40", "0")
    sound(bank)


def test_what_is_rejected_moves_nothing(bank: Bank) -> None:
    give(bank)
    relief = propose(bank, home(bank)).json["id"]
    said = bank.as_("second").post(f"/reliefs/{relief}/rejection", {"reason": "上周刚发过"})
    assert (said.json["status"], said.json["reason"]) == ("rejected", "上周刚发过")
    assert (pooled(bank), bank.stock(bank.rice)) == (10_000, 10)
    problem(approve(bank, relief), 409, "wrong_state")
    void = bank.as_("second").post(f"/reliefs/{relief}/void", {"reason": "错"})
    problem(void, 409, "wrong_state")


def test_goods_that_are_given_are_brought_once(bank: Bank) -> None:
    number = home(bank)
    body = {"to_household_id": number, "lines": [{"goods_id": bank.rice, "quantity": 2}]}
    made = bank.as_("li").post("/donations", body)
    assert made.status_code == 201, made.text
    assert (made.json["points"], made.json["lines"][0]["name"]) == ("40", "大米")
    assert (bank.points(bank.li), bank.stock(bank.rice)) == ("160", 10)
    [gift] = bank.as_("worker").get("/donations").json["items"]
    assert (gift["state"], gift["lines"][0]["quantity"]) == ("waiting", 2)
    # What is meant for this household is not another's.
    elsewhere = propose(bank, household(bank, "丁家"), pool_id=None, donation_id=gift["id"])
    assert "donation_id" in problem(elsewhere, 422, "validation_failed")["errors"]
    relief = propose(bank, number, "worker", pool_id=None, donation_id=gift["id"])
    assert relief.status_code == 201, relief.text
    assert bank.as_("worker").get("/donations").json["items"][0]["state"] == "proposed"
    again = propose(bank, number, pool_id=None, donation_id=gift["id"])
    assert "donation_id" in problem(again, 422, "validation_failed")["errors"]
    assert approve(bank, relief.json["id"]).status_code == 200
    assert bank.as_("worker").get("/donations").json["items"][0]["state"] == "completed"
    assert (pooled(bank, f"household:{number}"), bank.stock(bank.rice)) == (0, 8)
    sound(bank)


def test_goods_go_to_a_pool_or_a_household_of_one_shop_and_not_with_points(bank: Bank) -> None:
    rice = {"goods_id": bank.rice, "quantity": 1}
    to_pool = {"to_pool_id": bank.pool_id}
    for body, field in (
        ({"to_volunteer_id": bank.zhao.id, "lines": [rice]}, "lines"),
        ({**to_pool, "lines": [rice], "points": "1"}, "points"),
        ({**to_pool, "lines": []}, "lines"),
        ({**to_pool, "lines": [rice, {"goods_id": bank.salt, "quantity": 1}]}, "lines"),
        ({**to_pool}, "points"),
        ({**to_pool, "to_household_id": "x", "points": "1"}, "to_household_id"),
    ):
        refused = bank.as_("li").post("/donations", body)
        assert field in problem(refused, 422, "validation_failed")["errors"], body
    gone = {"goods_id": "nothing", "quantity": 1}
    problem(bank.as_("li").post("/donations", {**to_pool, "lines": [gone]}), 404, "goods_unknown")
    many = {"goods_id": bank.rice, "quantity": 11}
    refused = bank.as_("li").post("/donations", {**to_pool, "lines": [many]})
    problem(refused, 409, "insufficient_points")
    assert (bank.points(bank.li), pooled(bank)) == ("200", 0)


def test_nobody_gives_to_their_own_household_or_decides_for_it(bank: Bank) -> None:
    number = household(bank, "李家", phone=bank.li.phone)
    own = bank.as_("li").post("/donations", {"to_household_id": number, "points": "1"})
    problem(own, 403, "forbidden")
    assert bank.points(bank.li) == "200"


def test_what_is_out_of_reach_is_not_there(bank: Bank) -> None:
    give(bank)
    number = home(bank)
    relief = propose(bank, number).json["id"]
    for who in ("neighbour", "worker"):
        problem(propose(bank, number, who), 404, "not_found")
    problem(propose(bank, "nothing"), 404, "not_found")
    assert bank.as_("neighbour").get(f"/reliefs/{relief}").status_code == 404
    assert bank.as_("neighbour").get("/reliefs").json["items"] == []
    salt = [{"goods_id": bank.salt, "quantity": 1}]
    problem(propose(bank, number, "worker", pool_id=None, lines=salt), 404, "not_found")


def test_more_than_there_is_is_refused(bank: Bank) -> None:
    number = home(bank)
    problem(propose(bank, number), 409, "insufficient_points")
    give(bank, "50")
    first, second = (propose(bank, number).json["id"] for _time in range(2))
    assert approve(bank, first).status_code == 200
    problem(approve(bank, second), 409, "insufficient_points")
    assert (pooled(bank), bank.stock(bank.rice)) == (1_000, 8)
    give(bank, "100")
    assert (
        bank.as_("supervisor")
        .post(f"/goods/{bank.rice}/stock-movements", {"quantity": -7, "reason": "damaged"})
        .status_code
        == 201
    )
    problem(approve(bank, second), 409, "out_of_stock")
    assert (pooled(bank), bank.stock(bank.rice)) == (11_000, 1)
    sound(bank)


def test_two_who_approve_at_once_hand_out_once(bank: Bank) -> None:
    give(bank)
    relief = propose(bank, home(bank), "supervisor").json["id"]
    done = together([partial(approve, bank, relief, who) for who in ("second", "admin")])
    assert sorted(answer.status_code for answer in done) == [200, 409]
    assert (pooled(bank), bank.stock(bank.rice)) == (6_000, 8)
    sound(bank)


def test_a_household_ends_when_nothing_is_left_for_it(bank: Bank) -> None:
    number = home(bank)
    give(bank, "40", to_household_id=number)
    end = f"/households/{number}/end"
    problem(bank.as_("worker").post(end), 409, "wrong_state")
    relief = propose(bank, number, "worker", pool_id=None).json["id"]
    assert approve(bank, relief).status_code == 200
    assert bank.as_("worker").post(end).json["status"] == "ended"
    problem(propose(bank, number), 409, "wrong_state")
    assert bank.as_("li").get("/households").json["items"] == []
    gone = bank.as_("li").post("/donations", {"to_household_id": number, "points": "1"})
    problem(gone, 404, "not_found")


def test_the_public_totals_know_what_was_handed_out(bank: Bank) -> None:
    give(bank)
    assert approve(bank, propose(bank, home(bank)).json["id"]).status_code == 200
    with bank.inside():
        month = f"{clock.today():%Y-%m}"
    summary = bank.as_("public").get("/public/summary").json
    assert summary["points_redeemed"] == "40"
    notice = {"kind": "redemptions", "period": month, "organization_id": bank.community_id}
    number = bank.as_("supervisor").post("/notices", notice).json["id"]
    posted = bank.as_("supervisor").post(f"/notices/{number}/posting", {"objection_days": 5})
    assert posted.status_code == 200, posted.text
    shown = bank.as_("public").get(f"/notices/{number}")
    [line] = shown.json["lines"]
    assert line["display_name"] == "长河互助池"
    assert not any(value in shown.text for value in WHO.values())
    [spent] = bank.as_("public").get("/public/spending").json["items"]
    assert (spent["pool"], spent["points"], spent["goods"]) == ("长河互助池", "40", ["大米 × 2 袋"])


def test_a_pool_is_not_spent_twice_nor_the_last_bag_handed_out_twice(bank: Bank) -> None:
    number = home(bank)
    give(bank, "50")
    reliefs = [propose(bank, number).json["id"] for _time in range(2)]
    done = together([partial(approve, bank, one) for one in reliefs])
    assert sorted(answer.status_code for answer in done) == [200, 409]
    assert (pooled(bank), bank.stock(bank.rice)) == (1_000, 8)
    give(bank, "100")
    [left] = [one for one, answer in zip(reliefs, done, strict=True) if answer.status_code == 409]
    taken = {"quantity": -6, "reason": "damaged"}
    path = f"/goods/{bank.rice}/stock-movements"
    assert bank.as_("supervisor").post(path, taken).status_code == 201
    done = together([partial(approve, bank, left), partial(bank.buy, {bank.rice: 2})])
    assert sorted(answer.status_code for answer in done)[1] == 409
    assert bank.stock(bank.rice) == 0
    sound(bank)
