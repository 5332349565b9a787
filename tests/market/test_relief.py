"""Households in hardship: given to without their name, and brought goods by two people."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.db import session
from moralbank.people import lapsing
from tests.cast import PASSWORD, Answer, Bank, together
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


def test_namesakes_of_a_community_are_said_to_be_others(bank: Bank) -> None:
    body = {"community_id": bank.community_id, "name": "万秀兰"}
    first = bank.as_("worker").post("/households", {**body, "household_no": "3-2-501"})
    assert first.status_code == 201
    for more in ({}, {"phone": "13512340009"}, {"address": "梧桐路 5 号"}, {"name": "万 秀兰"}):
        again = bank.as_("worker").post("/households", {**body, **more})
        assert first.json["alias"] in problem(again, 409, "already_registered")["detail"]
    other = bank.as_("worker").post("/households", {**body, "namesake": True})
    assert other.status_code == 201


def test_a_phone_tells_other_communities_nothing(bank: Bank) -> None:
    home(bank)
    body = {"community_id": bank.other_community_id, "name": "别家", "phone": WHO["phone"]}
    assert bank.as_("neighbour").post("/households", body).status_code == 201


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


def parcel(bank: Bank, quantity: int = 2, goods: str | None = None, **to: str) -> str:
    """The id of a gift of rice, to the pool unless another receiver is named."""
    lines = [{"goods_id": goods or bank.rice, "quantity": quantity}]
    made = bank.as_("li").post(
        "/donations", {"lines": lines, **(to or {"to_pool_id": bank.pool_id})}
    )
    assert made.status_code == 201, made.text
    number: str = made.json["id"]
    return number


def bring(bank: Bank, household_id: str, gift: str, who: str = "supervisor") -> Answer:
    return propose(bank, household_id, who, pool_id=None, lines=None, donation_id=gift)


def state(bank: Bank, gift: str) -> dict[str, Any]:
    """What the giver reads of a gift."""
    [found] = [one for one in bank.as_("li").get("/donations").json["items"] if one["id"] == gift]
    seen: dict[str, Any] = found
    return seen


def turn(bank: Bank, gift: str, who: str = "worker") -> Answer:
    return bank.as_(who).post(f"/donations/{gift}/points", {"reason": "这一户不吃米"})


def test_goods_that_are_given_are_set_aside_and_brought_once(bank: Bank) -> None:
    number = home(bank)
    body = {"to_household_id": number, "lines": [{"goods_id": bank.rice, "quantity": 2}]}
    made = bank.as_("li").post("/donations", body)
    assert made.status_code == 201, made.text
    assert (made.json["points"], made.json["lines"][0]["name"]) == ("40", "大米")
    assert (bank.points(bank.li), bank.stock(bank.rice)) == ("160", 10)
    assert bank.goods(bank.rice)["set_aside"] == 2
    [gift] = bank.as_("worker").get("/donations").json["items"]
    assert (gift["state"], gift["lines"][0]["quantity"]) == ("waiting", 2)
    # What is meant for this household is not another's.
    elsewhere = bring(bank, household(bank, "丁家"), gift["id"])
    assert "donation_id" in problem(elsewhere, 422, "validation_failed")["errors"]
    relief = bring(bank, number, gift["id"], "worker")
    assert relief.status_code == 201, relief.text
    assert (relief.json["lines"], relief.json["points"]) == (made.json["lines"], "40")
    assert state(bank, gift["id"])["state"] == "proposed"
    again = bring(bank, number, gift["id"])
    assert "donation_id" in problem(again, 422, "validation_failed")["errors"]
    problem(turn(bank, gift["id"]), 409, "wrong_state")
    assert approve(bank, relief.json["id"]).status_code == 200
    assert state(bank, gift["id"])["state"] == "completed"
    assert (pooled(bank, f"household:{number}"), bank.stock(bank.rice)) == (0, 8)
    assert bank.goods(bank.rice)["set_aside"] == 0
    problem(turn(bank, gift["id"]), 409, "wrong_state")
    sound(bank)


def test_a_parcel_is_brought_as_it_was_given(bank: Bank) -> None:
    """Neither other goods, nor more or fewer, nor another payer."""
    number = home(bank)
    gift = parcel(bank, to_household_id=number)
    give(bank)
    soap = [{"goods_id": bank.soap, "quantity": 1}]
    for more in ({"lines": soap}, {"lines": soap, "pool_id": None}, {"lines": None}):
        refused = propose(bank, number, donation_id=gift, **more)
        assert problem(refused, 422, "validation_failed")["errors"].keys() == {"lines", "pool_id"}
    missing = propose(bank, number, lines=None)
    assert problem(missing, 422, "validation_failed")["errors"].keys() == {"lines"}
    assert state(bank, gift)["state"] == "waiting"


@pytest.mark.parametrize("change", [{"price": "35"}, {"active": False}])
def test_a_parcel_is_brought_whatever_becomes_of_its_goods(
    bank: Bank, change: dict[str, Any]
) -> None:
    gift = parcel(bank)
    changed = bank.as_("supervisor").patch(f"/goods/{bank.rice}", change)
    assert changed.status_code == 200, changed.text
    relief = bring(bank, home(bank), gift)
    assert (relief.status_code, relief.json["points"]) == (201, "40")
    assert approve(bank, relief.json["id"]).json["pool"] == "长河互助池"
    assert bank.stock(bank.rice) == 8
    sound(bank)


def test_nothing_else_is_bought_for_the_points_of_a_parcel_nor_are_its_goods_sold(
    bank: Bank,
) -> None:
    number = home(bank)
    gift = parcel(bank, 8)
    assert pooled(bank) == 0
    problem(propose(bank, number), 409, "insufficient_points")
    give(bank, "40")
    other = propose(bank, number).json["id"]
    broken = {"quantity": -1, "reason": "damaged"}
    moved = bank.as_("supervisor").post(f"/goods/{bank.rice}/stock-movements", broken)
    assert moved.status_code == 201
    problem(approve(bank, other), 409, "out_of_stock")
    relief = bring(bank, number, gift).json["id"]
    assert approve(bank, relief).status_code == 200
    assert (bank.stock(bank.rice), pooled(bank)) == (1, 4_000)
    sound(bank)


def test_no_more_is_given_than_there_is(bank: Bank) -> None:
    assert (
        bank.as_("zhao")
        .post("/reservations", {"lines": [{"goods_id": bank.rice, "quantity": 1}]})
        .status_code
        == 201
    )
    lines = [{"goods_id": bank.rice, "quantity": 10}]
    refused = bank.as_("li").post("/donations", {"lines": lines, "to_pool_id": bank.pool_id})
    assert "9" in problem(refused, 409, "out_of_stock")["detail"]
    assert (bank.points(bank.li), bank.goods(bank.rice)["set_aside"]) == ("200", 1)


def test_a_parcel_that_nobody_can_bring_becomes_points_and_the_giver_is_told(bank: Bank) -> None:
    number = home(bank)
    gift = parcel(bank, to_household_id=number)
    end = f"/households/{number}/end"
    problem(bank.as_("worker").post(end), 409, "wrong_state")
    relief = bring(bank, number, gift).json["id"]
    rejected = bank.as_("second").post(f"/reliefs/{relief}/rejection", {"reason": "不要米"})
    assert rejected.status_code == 200
    assert state(bank, gift)["state"] == "waiting"
    problem(turn(bank, gift, "neighbour"), 404, "not_found")
    assert turn(bank, gift).json["state"] == "turned"
    told = state(bank, gift)
    assert (told["state"], told["reason"]) == ("turned", "这一户不吃米")
    assert bank.goods(bank.rice)["set_aside"] == 0
    assert pooled(bank, f"household:{number}") == 4_000
    problem(turn(bank, gift), 409, "wrong_state")
    refused = bring(bank, number, gift)
    assert "donation_id" in problem(refused, 422, "validation_failed")["errors"]
    assert (
        approve(bank, propose(bank, number, "worker", pool_id=None).json["id"]).status_code == 200
    )
    assert bank.as_("worker").post(end).json["status"] == "ended"
    sound(bank)


def test_a_parcel_taken_back_becomes_points(bank: Bank) -> None:
    number = home(bank)
    gift = parcel(bank, to_household_id=number)
    relief = bring(bank, number, gift).json["id"]
    assert approve(bank, relief).status_code == 200
    assert bank.as_("worker").post(f"/households/{number}/end").status_code == 200
    back = bank.as_("admin").post(f"/reliefs/{relief}/void", {"reason": "没人在家"})
    assert back.json["status"] == "voided"
    assert (state(bank, gift)["state"], state(bank, gift)["reason"]) == ("turned", "没人在家")
    assert (bank.stock(bank.rice), bank.goods(bank.rice)["set_aside"]) == (10, 0)
    # It has points again, so it is on the list again.
    [seen] = bank.as_("worker").get("/households").json["items"]
    assert (seen["status"], seen["points"]) == ("active", "40")
    sound(bank)


def test_a_giver_reads_their_own_gifts_alone(bank: Bank) -> None:
    parcel(bank)
    assert len(bank.as_("li").get("/donations").json["items"]) == 1
    assert bank.as_("zhao").get("/donations").json["items"] == []


def test_what_pays_for_goods_does_not_lapse(bank: Bank) -> None:
    gift = parcel(bank)
    with bank.inside():
        holders = {holder for _number, holder in ledger.holders_with_points()}
        assert f"parcel:{gift}" in holders
        assert f"parcel:{gift}" not in set(lapsing._holders())


def far_away(bank: Bank) -> tuple[str, str]:
    """Goods of a shop in another street, and a pool there."""
    admin = bank.as_("admin")

    def place(name: str, level: str, parent: str) -> str:
        body = {"name": name, "level": level, "parent_id": parent}
        number: str = admin.post("/organizations", body).json["id"]
        return number

    street = place("远山街道", "street", bank.district_id)
    shop = place("远山爱心超市", "supermarket", place("远山社区", "community", street))
    made = admin.post(
        "/goods",
        {"supermarket_id": shop, "sku": "F", "name": "盐", "unit": "袋", "price": "1", "stock": 5},
    )
    pool = admin.post("/pools", {"name": "远山池", "organization_id": street})
    return made.json["id"], pool.json["id"]


def test_goods_come_from_the_street_and_pools_pay_for_their_own(bank: Bank) -> None:
    number = home(bank)
    goods, pool = far_away(bank)
    lines = [{"goods_id": goods, "quantity": 1}]
    give(bank)
    for answer in (
        bank.as_("li").post("/donations", {"lines": lines, "to_household_id": number}),
        bank.as_("li").post("/donations", {"lines": lines, "to_pool_id": bank.pool_id}),
        propose(bank, number, lines=lines),
    ):
        assert "lines" in problem(answer, 422, "validation_failed")["errors"]
    assert "pool_id" in problem(propose(bank, number, pool_id=pool), 422)["errors"]
    # A worker reaches the pool of the street and the shop next door; who keeps the pool decides.
    salt = [{"goods_id": bank.salt, "quantity": 1}]
    relief = propose(bank, number, "worker", lines=salt)
    assert relief.status_code == 201, relief.text
    assert approve(bank, relief.json["id"]).status_code == 200
    assert bank.stock(bank.salt) == 9


def test_a_worker_sees_what_the_pool_of_the_street_was_given(bank: Bank) -> None:
    gift = parcel(bank, goods=bank.salt)
    [seen] = bank.as_("worker").get("/donations").json["items"]
    assert (seen["id"], seen["state"]) == (gift, "waiting")
    relief = bring(bank, home(bank), gift, "worker")
    assert relief.status_code == 201, relief.text
    assert approve(bank, relief.json["id"]).json["pool"] == "长河互助池"


def test_a_parcel_is_brought_or_turned_into_points_once(bank: Bank) -> None:
    first, second = home(bank), household(bank, "丁家")
    gift = parcel(bank)
    asked = together([partial(bring, bank, one, gift) for one in (first, second)])
    assert sorted(answer.status_code for answer in asked) == [201, 422]
    [made] = [answer for answer in asked if answer.status_code == 201]
    rejection = f"/reliefs/{made.json['id']}/rejection"
    assert bank.as_("second").post(rejection, {"reason": "再想想"}).status_code == 200
    done = together(
        [partial(bring, bank, first, gift), *[partial(turn, bank, gift, who)
                                              for who in ("supervisor", "second")]]
    )  # fmt: skip
    assert sum(answer.status_code in (200, 201) for answer in done) == 1, done
    sound(bank)


def test_a_gift_and_the_end_of_a_household_come_in_turn(bank: Bank) -> None:
    number = home(bank)
    gift = {"to_household_id": number, "points": "5"}
    given, ended = together(
        [
            partial(bank.as_("li").post, "/donations", gift),
            partial(bank.as_("worker").post, f"/households/{number}/end"),
        ]
    )
    assert (given.status_code, ended.status_code) in {(201, 409), (404, 200)}


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
    dear = bank.as_("supervisor").patch(f"/goods/{bank.rice}", {"price": "21"})
    assert dear.status_code == 200
    many = {"goods_id": bank.rice, "quantity": 10}
    refused = bank.as_("li").post("/donations", {**to_pool, "lines": [many]})
    problem(refused, 409, "insufficient_points")
    assert bank.goods(bank.rice)["set_aside"] == 0
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
    problem(propose(bank, number, "neighbour"), 404, "not_found")
    problem(propose(bank, "nothing"), 404, "not_found")
    assert bank.as_("neighbour").get(f"/reliefs/{relief}").status_code == 404
    assert bank.as_("neighbour").get("/reliefs").json["items"] == []


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
    number = home(bank)
    assert approve(bank, propose(bank, number).json["id"]).status_code == 200
    with bank.inside():
        month = f"{clock.today():%Y-%m}"
    summary = bank.as_("public").get("/public/summary").json
    assert summary["points_redeemed"] == "40"
    notice = {"kind": "redemptions", "period": month, "organization_id": bank.community_id}
    hung = bank.as_("supervisor").post("/notices", notice).json["id"]
    posted = bank.as_("supervisor").post(f"/notices/{hung}/posting", {"objection_days": 5})
    assert posted.status_code == 200, posted.text
    shown = bank.as_("public").get(f"/notices/{hung}")
    [line] = shown.json["lines"]
    assert line["display_name"] == "长河互助池"
    assert not any(value in shown.text for value in WHO.values())
    [spent] = bank.as_("public").get("/public/spending").json["items"]
    assert (spent["pool"], spent["points"], spent["goods"]) == ("长河互助池", "40", ["大米 × 2 袋"])
    assert approve(bank, propose(bank, number).json["id"]).status_code == 200
    first = bank.as_("public").get("/public/spending?limit=1").json
    second = bank.as_("public").get(f"/public/spending?limit=1&cursor={first['next']}").json
    assert (len(first["items"]), second["items"], second["next"]) == (1, [spent], None)


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


def test_a_pool_is_decided_about_by_whoever_keeps_it(bank: Bank) -> None:
    """A supervisor of the community alone sees what waits, and who approves it."""
    give(bank)
    relief = propose(bank, home(bank), "worker").json["id"]
    account = {
        "username": "local", "display_name": "社区主管", "role": "supervisor",
        "password": PASSWORD, "organization_id": bank.community_id,
    }  # fmt: skip
    made = bank.as_("admin").post("/staff", account)
    assert made.status_code == 201, made.text
    token = bank.as_("public").post("/tokens", {"username": "local", "password": PASSWORD})
    bank.tokens["local"] = token.json["access_token"]
    problem(approve(bank, relief, "local"), 403, "forbidden")
    assert approve(bank, relief).status_code == 200
