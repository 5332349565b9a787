"""Redemptions through the API: the walk, every refusal, what a refusal leaves, lost answers."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, inspect, select, text

from moralbank.core import clock
from moralbank.core.db import db, session
from tests.cast import Bank, together
from tests.core.problems import problem


def everything(bank: Bank) -> dict[str, int]:
    """How many rows there are in each table, and what wallets and shelves hold."""
    from moralbank.ledger.models import Account
    from moralbank.market.shelf.models import Goods

    with bank.inside():
        counted = {
            name: session().scalar(text(f"SELECT count(*) FROM {name}")) or 0
            for name in inspect(db.engine).get_table_names()
        }
        counted["points"] = session().scalar(select(func.sum(Account.balance))) or 0
        counted["versions"] = session().scalar(select(func.sum(Account.version))) or 0
        counted["stock"] = session().scalar(select(func.sum(Goods.stock))) or 0
        return counted


def test_points_become_goods(bank: Bank) -> None:
    done = bank.buy({bank.rice: 2, bank.soap: 3})
    assert done.status_code == 201
    body = done.json
    assert body["status"] == "completed"
    assert body["points"] == "41.5"
    assert body["balance_after"] == "158.5"
    assert body["occurred_at"].endswith("+08:00")
    assert body["display_name"] == "李*兰"
    assert [(line["name"], line["quantity"], line["points"]) for line in body["lines"]] == [
        ("大米", 2, "40"),
        ("肥皂", 3, "1.5"),
    ]
    assert bank.points(bank.li) == "158.5"
    assert (bank.stock(bank.rice), bank.stock(bank.soap)) == (8, 197)
    entries = bank.as_("li").get(f"/volunteers/{bank.li.id}/entries?asset=points").json["items"]
    assert entries[0]["kind"] == "redemption"
    assert entries[0]["amount"] == "-41.5"
    assert entries[0]["source"] == {"type": "redemption", "id": body["id"]}
    assert body["receipt_no"] in entries[0]["reason"]


def test_a_card_is_good_at_every_supermarket(bank: Bank) -> None:
    assert bank.buy({bank.salt: 1}, till="far_till").status_code == 201


def test_merit_is_not_spent(bank: Bank) -> None:
    bank.as_("supervisor").post(
        "/adjustments",
        {"volunteer_id": bank.li.id, "asset": "merit", "amount": "50", "reason": "补记"},
    )
    bank.buy({bank.rice: 1})
    with bank.inside():
        from moralbank import ledger

        assert ledger.balances(f"volunteer:{bank.li.id}")["merit"].balance == 5_000


def refusals(bank: Bank) -> dict[str, tuple[int, dict[str, Any]]]:
    """What is sent to be refused, by code: the status and the request."""
    code = bank.li.code

    def asked(goods_id: str, quantity: int, **more: Any) -> dict[str, Any]:
        return {
            "code": code, "lines": [{"goods_id": goods_id, "quantity": quantity}], **more,
        }  # fmt: skip

    return {
        "card_unknown": (404, asked(bank.rice, 1) | {"code": "22222222222222XX"}),
        "goods_unknown": (404, asked(bank.salt, 1)),
        "pin_required": (403, asked(bank.rice, 3)),
        "pin_wrong": (403, asked(bank.rice, 1, pin="0000")),
        "limit_exceeded": (409, asked(bank.oil, 2, pin=bank.li.pin)),
        "out_of_stock": (409, asked(bank.rice, 11, pin=bank.li.pin)),
        "insufficient_points": (409, asked(bank.rice, 10, pin=bank.li.pin)),
    }


@pytest.mark.parametrize(
    "code",
    ["card_unknown", "goods_unknown", "pin_required", "pin_wrong", "limit_exceeded",
     "out_of_stock", "insufficient_points"],
)  # fmt: skip
def test_a_refusal_changes_nothing(bank: Bank, code: str) -> None:
    bank.buy({bank.rice: 1}, member=bank.zhao)  # 200 points of 李秋兰's, 9 bags are left
    before = everything(bank)
    status, body = refusals(bank)[code]
    if code == "insufficient_points":
        bank.as_("supervisor").post(
            f"/goods/{bank.rice}/stock-movements", {"quantity": 5, "reason": "received"}
        )
        body["lines"].append({"goods_id": bank.soap, "quantity": 1})
        before = everything(bank)
    refused = bank.as_("till").post("/redemptions", body, key="refused")
    assert (refused.status_code, refused.json["code"]) == (status, code)
    assert refused.mimetype == "application/problem+json"
    assert everything(bank) == before
    # the key is free again
    good = {"code": bank.li.code, "lines": [{"goods_id": bank.soap, "quantity": 1}]}
    assert bank.as_("till").post("/redemptions", good, key="refused").status_code == 201


def test_a_revoked_card_buys_nothing(bank: Bank) -> None:
    bank.as_("worker").post(f"/cards/{bank.li.card_id}/revocation")
    refused = bank.buy({bank.soap: 1})
    assert (refused.status_code, refused.json["code"]) == (403, "card_revoked")


def test_five_wrong_pins_lock_the_card(bank: Bank) -> None:
    for _try in range(5):
        assert bank.buy({bank.soap: 1}, pin="0000").json["code"] == "pin_wrong"
    refused = bank.buy({bank.soap: 1}, pin=bank.li.pin)
    assert (refused.status_code, refused.json["code"]) == (403, "card_locked")
    bank.as_("worker").post(f"/cards/{bank.li.card_id}/unlocking")
    assert bank.buy({bank.soap: 1}, pin=bank.li.pin).status_code == 201


def test_a_small_redemption_needs_no_pin_and_the_limit_itself_is_small(bank: Bank) -> None:
    assert bank.buy({bank.rice: 2, bank.soap: 20}).status_code == 201  # 50 points
    refused = bank.buy({bank.rice: 2, bank.soap: 21})
    assert refused.json["code"] == "pin_required"


def test_the_same_goods_on_two_lines_are_added_up(bank: Bank) -> None:
    line = {"goods_id": bank.oil, "quantity": 1}
    body = {"code": bank.li.code, "pin": bank.li.pin, "lines": [line, line]}
    assert bank.as_("till").post("/redemptions", body).json["code"] == "limit_exceeded"
    line["goods_id"] = bank.soap
    done = bank.as_("till").post("/redemptions", body)
    assert len(done.json["lines"]) == 2
    assert bank.stock(bank.soap) == 198


def test_a_limit_begins_anew_with_its_period(bank: Bank) -> None:
    pin = bank.li.pin
    assert bank.buy({bank.oil: 1}, pin=pin).status_code == 201
    assert bank.buy({bank.oil: 1}, pin=pin).json["code"] == "limit_exceeded"
    with bank.inside():
        later = clock.now() + timedelta(days=32)
    with clock.at(later):
        # sign-ins of people are over by then; the terminal's lasts
        assert bank.buy({bank.oil: 1}, pin=pin).status_code == 201


BAD_INPUT: list[dict[str, Any]] = [
    {"lines": []},
    {"lines": None},
    {"lines": "rice"},
    {"lines": [{"goods_id": "x"}]},
    {"lines": [{"goods_id": "x", "quantity": 0}]},
    {"lines": [{"goods_id": "x", "quantity": -1}]},
    {"lines": [{"goods_id": "x", "quantity": 1.0}]},
    {"lines": [{"goods_id": "x", "quantity": True}]},
    {"lines": [{"goods_id": "x", "quantity": 10**30}]},
    {"lines": [{"goods_id": "x", "quantity": 1, "price": "0"}]},
    {"lines": [{"goods_id": "x", "quantity": 1}] * 51},
    {"code": 1234},
    {"code": None},
    {"code": "A" * 65},
    {"pin": 2468},
    {"points": "0"},
]
"""One thing wrong in each."""


def test_bad_input_names_its_field(bank: Bank) -> None:
    good = {"code": bank.li.code, "lines": [{"goods_id": bank.rice, "quantity": 1}]}
    for changes in BAD_INPUT:
        refused = bank.as_("till").post("/redemptions", good | changes)
        assert refused.status_code == 422, changes
        assert set(refused.json["errors"]) == set(changes)


def test_only_a_terminal_redeems(bank: Bank) -> None:
    body = {"code": bank.li.code, "lines": [{"goods_id": bank.rice, "quantity": 1}]}
    for name, status in {"public": 401, "li": 403, "worker": 403, "admin": 403}.items():
        assert bank.as_(name).post("/redemptions", body).status_code == status, name


def test_a_key_is_needed_and_counts_once(bank: Bank) -> None:
    assert bank.buy({bank.rice: 1}, key=None).json["code"] == "idempotency_key_missing"
    first = bank.buy({bank.rice: 1}, key="k")
    again = bank.buy({bank.rice: 1}, key="k")
    assert again.status_code == 201
    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    other = bank.buy({bank.rice: 2}, key="k")
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert bank.stock(bank.rice) == 9
    # another terminal's keys are its own
    assert bank.buy({bank.rice: 1}, key="k", till="second_till").status_code == 201


def test_a_lost_answer_is_found_by_its_key(bank: Bank) -> None:
    done = bank.buy({bank.rice: 1}, key="lost answer").json
    found = bank.as_("till").get("/redemptions?idempotency_key=lost%20answer")
    assert found.status_code == 200
    assert found.json == {"items": [done], "next": None}
    for name in ("second_till", "far_till"):
        theirs = bank.as_(name).get("/redemptions?idempotency_key=lost%20answer")
        assert theirs.json == {"items": [], "next": None}
    unknown = bank.as_("till").get("/redemptions?idempotency_key=never")
    assert unknown.json == {"items": [], "next": None}
    assert bank.as_("till").get("/redemptions").status_code == 422
    assert bank.as_("supervisor").get("/redemptions?idempotency_key=x").status_code == 403


def test_who_may_read_a_receipt(bank: Bank) -> None:
    made = bank.buy({bank.rice: 1}).json["id"]
    readers = {
        "till": 200, "second_till": 200, "far_till": 404, "li": 200, "zhao": 404, "worker": 200,
        "auditor": 200, "neighbour": 404, "admin": 200, "public": 401,
    }  # fmt: skip
    for name, status in readers.items():
        assert bank.as_(name).get(f"/redemptions/{made}").status_code == status, name
        nothing = bank.as_(name).get("/redemptions/nothing").status_code
        assert nothing == (401 if name == "public" else 404), name


def test_a_rulebook_s_conditions_hold_at_the_counter(bank: Bank) -> None:
    admin = bank.as_("admin")
    document = admin.get("/rulebooks/1").json["document"]
    document["redemption"]["limit"] = {"times": 1, "per": "month"}
    document["redemption"]["pin_required_above"] = "10"
    with bank.inside():
        today = clock.today().isoformat()
    made = admin.post("/rulebooks", {"effective_from": today, "document": document})
    assert made.status_code == 201, made.text
    assert bank.buy({bank.rice: 1}).json["code"] == "pin_required"
    first = bank.buy({bank.rice: 1}, pin=bank.li.pin)
    assert first.status_code == 201
    refused = bank.buy({bank.soap: 1})
    assert (refused.status_code, refused.json["code"]) == (409, "limit_exceeded")
    assert refused.json["detail"] == "每月最多兑换 1 次"
    void = bank.as_("supervisor").post(
        f"/redemptions/{first.json['id']}/void", {"reason": "拿错了"}
    )
    assert void.status_code == 200
    assert bank.buy({bank.soap: 1}).status_code == 201


def test_a_card_is_good_without_a_pin_so_often_a_day(bank: Bank) -> None:
    """Twice, at any counter and also for four at one moment; with the PIN as often as one likes."""
    admin = bank.as_("admin")
    document = admin.get("/rulebooks/1").json["document"]
    document["redemption"]["without_pin_per_day"] = 2
    with bank.inside():
        now = clock.now()
        today = clock.today()
    sent = {"effective_from": today.isoformat(), "document": document}
    assert admin.post("/rulebooks", sent).status_code == 201
    assert bank.buy({bank.soap: 1}, pin=bank.li.pin).status_code == 201
    tills = ("till", "second_till") * 2
    answers = together([partial(bank.buy, {bank.soap: 1}, till=till) for till in tills])
    assert sorted(answer.status_code for answer in answers) == [201, 201, 403, 403]
    refused = next(answer for answer in answers if answer.status_code == 403)
    assert refused.json["code"] == "pin_required"
    assert "已满 2 次" in refused.json["detail"]
    assert bank.buy({bank.soap: 1}, pin=bank.li.pin).status_code == 201
    assert bank.buy({bank.soap: 1}, member=bank.zhao).status_code == 201
    one = next(answer for answer in answers if answer.status_code == 201).json["id"]
    void = bank.as_("supervisor").post(f"/redemptions/{one}/void", {"reason": "拿错了"})
    assert void.status_code == 200
    assert bank.buy({bank.soap: 1}).status_code == 201
    assert bank.buy({bank.soap: 1}).status_code == 403
    with clock.at(now + timedelta(days=1)):
        assert bank.buy({bank.soap: 1}).status_code == 201


def test_several_limits_hold_at_once_also_for_two_at_one_moment(bank: Bank) -> None:
    """Soap is half a point: of 1.2 in a month two go, at however many counters; voided, they count
    for nothing."""
    admin = bank.as_("admin")
    document = admin.get("/rulebooks/1").json["document"]
    document["redemption"] |= {
        "limits": [{"per": "month", "points": "1.2"}, {"per": "half_year", "times": 3}],
    }
    with bank.inside():
        today = clock.today().isoformat()
    made = admin.post("/rulebooks", {"effective_from": today, "document": document})
    assert made.status_code == 201, made.text
    answers = together([lambda: bank.buy({bank.soap: 1})] * 4)
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409]
    told = {answer.json["detail"] for answer in answers if answer.status_code == 409}
    assert told == {"每月最多兑换 1.2 分，本月还可兑换 0.2 分"}
    [first, second] = [answer.json for answer in answers if answer.status_code == 201]
    for one in (first, second):
        void = bank.as_("supervisor").post(f"/redemptions/{one['id']}/void", {"reason": "拿错了"})
        assert void.status_code == 200
    assert bank.buy({bank.soap: 2}).status_code == 201
    assert bank.points(bank.li) == "199"
    refused = bank.buy({bank.soap: 1})
    assert refused.json["detail"] == "每月最多兑换 1.2 分，本月还可兑换 0.2 分"


def test_who_has_less_than_the_least_balance_buys_nothing(bank: Bank) -> None:
    admin = bank.as_("admin")
    document = admin.get("/rulebooks/1").json["document"]
    document["redemption"]["min_balance"] = "200"
    with bank.inside():
        today = clock.today().isoformat()
    assert (
        admin.post("/rulebooks", {"effective_from": today, "document": document}).status_code == 201
    )
    answers = together([lambda: bank.buy({bank.soap: 1})] * 3)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    told = {answer.json["detail"] for answer in answers if answer.status_code == 409}
    assert told == {"可用积分满 200 分方可兑换"}
    assert bank.points(bank.li) == "199.5"


def test_a_rulebook_may_ask_for_stars(bank: Bank) -> None:
    admin = bank.as_("admin")
    document = admin.get("/rulebooks/1").json["document"]
    document["redemption"]["min_star"] = 1
    with bank.inside():
        today = clock.today().isoformat()
    admin.post("/rulebooks", {"effective_from": today, "document": document})
    refused = bank.buy({bank.soap: 1})
    assert (refused.status_code, refused.json["code"]) == (409, "limit_exceeded")
    assert refused.json["detail"] == "达到 1 星方可兑换"


def test_what_was_redeemed_is_net_of_voids(bank: Bank) -> None:
    from moralbank.market.receipts import redemptions_between
    from moralbank.market.shelf.goods import public_goods
    from moralbank.organizations.operations import path_of

    bank.buy({bank.rice: 1})
    bank.buy({bank.salt: 2}, till="far_till")
    void = bank.buy({bank.rice: 2}).json["id"]
    bank.as_("supervisor").post(f"/redemptions/{void}/void", {"reason": "拿错了"})
    bank.buy({bank.rice: 7}, pin=bank.li.pin)
    public = bank.as_("public")
    assert public.get("/public/summary").json["points_redeemed"] == "162"
    here = f"organization_id={bank.community_id}"
    assert public.get(f"/public/summary?{here}").json["points_redeemed"] == "160"
    with bank.inside():
        now = clock.now()
        here = path_of(bank.community_id)
        told = redemptions_between(here, now - timedelta(hours=1), now + timedelta(hours=1))
        assert [(one.points, one.status) for one in told] == [
            (2_000, "completed"), (4_000, "voided"), (14_000, "completed"),
        ]  # fmt: skip
        assert told[0].lines[0].name == "大米"
        assert told[0].volunteer_id == bank.li.id
        shelves = public_goods()
        assert {one.name for one in shelves[bank.supermarket_id]} == {"大米", "食用油", "肥皂"}
        assert public_goods([bank.other_supermarket_id]).keys() == {bank.other_supermarket_id}


def test_at_another_price_than_was_shown_nothing_is_bought(bank: Bank) -> None:
    shown = {"goods_id": bank.soap, "quantity": 1, "price": "0.5"}
    body = {"code": bank.li.code, "lines": [shown]}
    assert bank.as_("till").post("/redemptions", body).status_code == 201
    changed = bank.as_("supervisor").patch(f"/goods/{bank.soap}", {"price": "0.4"})
    assert changed.status_code == 200
    lines = {"lines": [shown]}
    for answer in (
        bank.as_("till").post("/redemptions", body),
        bank.as_("li").post("/reservations", lines),
        bank.as_("li").post("/donations", {**lines, "to_pool_id": bank.pool_id}),
    ):
        assert "0.4" in problem(answer, 409, "price_changed")["detail"]
    assert bank.points(bank.li) == "199.5"
