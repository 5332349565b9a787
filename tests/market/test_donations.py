"""Gifts of points."""

import sqlite3
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from moralbank import ledger
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.transaction import transact
from moralbank.ledger.models import Transfer
from moralbank.market.models import Donation
from moralbank.people.volunteers import donation_only, gift_wallet_of, wallet_of
from tests.cast import Bank, Member, together
from tests.core.examples import household

LONG_AGO = datetime(2026, 1, 1, 4, 0, tzinfo=UTC)


def to_gifts(bank: Bank, who: Member, points: int, *, days: int = 0) -> None:
    """Award points that can only be given away, dated some days after the first of the year."""

    def work() -> None:
        ledger.post(
            [
                ledger.Posting(
                    key=f"gifts:{who.id}:{days}:{points}", kind="award", asset="points",
                    payer=ledger.ISSUANCE, payee=gift_wallet_of(who.id), amount=points * 100,
                    effective_at=LONG_AGO + timedelta(days=days), source_type="test",
                    source_id=f"{who.id}:{days}:{points}",
                )
            ]
        )  # fmt: skip

    with bank.inside():
        transact(work)


def only_to_give(bank: Bank, who: Member) -> int:
    """Hundredths."""
    with bank.inside():
        return donation_only(who.id)


def assert_sound(bank: Bank) -> None:
    with bank.inside():
        assert ledger.verify().faults == []
        assert ledger.trial_balance().balanced


def test_points_are_given_to_another_volunteer(bank: Bank) -> None:
    body = {"to_volunteer_id": bank.zhao.id, "points": "12.5", "message": "给您添件冬衣"}
    made = bank.as_("li").post("/donations", body)
    assert made.status_code == 201
    assert made.json["points"] == "12.5"
    assert made.json["balance_after"] == "187.5"
    assert bank.zhao.name not in made.text
    assert "赵" not in made.text
    assert (bank.points(bank.li), bank.points(bank.zhao)) == ("187.5", "32.5")
    newest = bank.as_("zhao").get(f"/volunteers/{bank.zhao.id}/entries?asset=points").json["items"]
    assert (newest[0]["kind"], newest[0]["amount"]) == ("donation", "12.5")
    # What one person wrote to another does not go into a book that is kept for good.
    assert newest[0]["reason"] == "转赠积分"


def test_points_are_given_to_a_pool(bank: Bank) -> None:
    made = bank.as_("li").post("/donations", {"to_pool_id": bank.pool_id, "points": "10"})
    assert made.status_code == 201
    with bank.inside():
        assert ledger.balances(f"pool:{bank.pool_id}")["points"].balance == 1_000
        assert ledger.balances(f"volunteer:{bank.li.id}")["merit"].balance == 0


def test_a_gift_needs_a_key_and_is_made_once(bank: Bank) -> None:
    body = {"to_volunteer_id": bank.zhao.id, "points": "10"}
    assert bank.as_("li").post("/donations", body, key=None).status_code == 400
    first = bank.as_("li").post("/donations", body, key="gift")
    assert bank.as_("li").post("/donations", body, key="gift").json == first.json
    assert bank.points(bank.li) == "190"


def test_a_faulty_gift_moves_nothing(bank: Bank) -> None:
    to_zhao = {"to_volunteer_id": bank.zhao.id}
    faulty: list[tuple[dict[str, Any], int]] = [
        ({"points": "1"}, 422),
        ({**to_zhao, "to_pool_id": bank.pool_id, "points": "1"}, 422),
        ({"to_volunteer_id": bank.li.id, "points": "1"}, 422),
        ({**to_zhao, "points": "0"}, 422),
        ({**to_zhao, "points": "-1"}, 422),
        ({**to_zhao, "points": 1}, 422),
        ({**to_zhao}, 422),
        ({**to_zhao, "points": "1", "message": "x" * 201}, 422),
        ({"to_volunteer_id": "nobody", "points": "1"}, 404),
        ({"to_pool_id": bank.station_id, "points": "1"}, 404),
        ({**to_zhao, "points": "200.01"}, 409),
    ]
    for body, status in faulty:
        refused = bank.as_("li").post("/donations", body)
        assert refused.status_code == status, body
    assert refused.json["code"] == "insufficient_points"
    assert (bank.points(bank.li), bank.points(bank.zhao)) == ("200", "20")


def test_only_volunteers_give(bank: Bank) -> None:
    body = {"to_volunteer_id": bank.zhao.id, "points": "1"}
    for name, status in {"public": 401, "till": 403, "worker": 403, "admin": 403}.items():
        assert bank.as_(name).post("/donations", body).status_code == status, name


def test_what_can_only_be_given_goes_first_and_becomes_spendable(bank: Bank) -> None:
    to_gifts(bank, bank.li, 10, days=2)
    to_gifts(bank, bank.li, 20, days=1)
    assert only_to_give(bank, bank.li) == 3_000
    body = {"to_volunteer_id": bank.zhao.id, "points": "25"}
    made = bank.as_("li").post("/donations", body)
    assert made.status_code == 201, made.text
    # The savings are untouched; so is their balance in the answer.
    assert made.json["balance_after"] == "200"
    assert (bank.points(bank.li), bank.points(bank.zhao)) == ("200", "45")
    assert only_to_give(bank, bank.li) == 500
    with bank.inside():
        first, second, *_rest = ledger.lots(wallet_of(bank.zhao.id))
        assert first == ledger.Lot(LONG_AGO + timedelta(days=1), 2_000)
        assert second == ledger.Lot(LONG_AGO + timedelta(days=2), 500)
    assert bank.buy({bank.rice: 2}, member=bank.zhao).status_code == 201
    assert_sound(bank)


def test_one_gift_out_of_both_wallets_is_one_donation(bank: Bank) -> None:
    to_gifts(bank, bank.li, 30)
    made = bank.as_("li").post("/donations", {"to_pool_id": bank.pool_id, "points": "42.5"})
    assert (made.status_code, made.json["points"]) == (201, "42.5")
    assert made.json["balance_after"] == bank.points(bank.li) == "187.5"
    assert only_to_give(bank, bank.li) == 0
    with bank.inside():
        assert ledger.balances(f"pool:{bank.pool_id}")["points"].balance == 4_250
        [row] = session().scalars(select(Donation)).all()
        assert row.points == 4_250
        numbers = ledger.transfers_of("donation", row.id, kind="donation")
        parts = session().scalars(select(Transfer).where(Transfer.id.in_(numbers))).all()
        assert sorted(part.amount for part in parts) == [1_250, 3_000]
        assert len({part.journal for part in parts}) == 1
        assert row.transfer_id in numbers
    lines = bank.as_("li").get(f"/volunteers/{bank.li.id}/entries?asset=points").json["items"]
    assert (lines[0]["amount"], lines[0]["balance_after"]) == ("-12.5", "187.5")
    assert_sound(bank)


def test_too_much_for_both_wallets_changes_neither(bank: Bank) -> None:
    to_gifts(bank, bank.li, 30)
    body = {"to_volunteer_id": bank.zhao.id, "points": "230.01"}
    refused = bank.as_("li").post("/donations", body)
    assert (refused.status_code, refused.json["code"]) == (409, "insufficient_points")
    assert (only_to_give(bank, bank.li), bank.points(bank.li)) == (3_000, "200")
    assert bank.points(bank.zhao) == "20"
    whole = bank.as_("li").post("/donations", {**body, "points": "230"})
    assert (whole.status_code, whole.json["balance_after"]) == (201, "0")
    assert only_to_give(bank, bank.li) == 0


def test_what_can_only_be_given_buys_nothing(bank: Bank) -> None:
    to_gifts(bank, bank.zhao, 500)
    assert bank.points(bank.zhao) == "20"
    refused = bank.buy({bank.rice: 2}, member=bank.zhao)
    assert (refused.status_code, refused.json["code"]) == (409, "insufficient_points")
    balance = bank.as_("zhao").get(f"/volunteers/{bank.zhao.id}/balance").json
    assert (balance["points"], balance["available"]) == ("20", "20")
    assert bank.buy({bank.rice: 1}, member=bank.zhao).json["balance_after"] == "0"
    assert bank.buy({bank.soap: 1}, member=bank.zhao).status_code == 409
    assert only_to_give(bank, bank.zhao) == 50_000


def test_the_wallet_is_opened_once_by_many_at_once(bank: Bank) -> None:
    def award(number: int) -> None:
        to_gifts(bank, bank.li, 1 + number)

    together([partial(award, number) for number in range(6)])
    assert only_to_give(bank, bank.li) == 2_100
    with bank.inside():
        assert ledger.balances(f"gifts:{bank.li.id}").keys() == {"points"}
    assert_sound(bank)


def test_gifts_at_once_give_no_more_than_there_is(bank: Bank) -> None:
    """Six times 50 out of 90 and 200, to each other and to the pool, while 30 come in."""
    to_gifts(bank, bank.li, 90)
    li, zhao = bank.as_("li"), bank.as_("zhao")

    def give(number: int) -> int:
        receiver = {"to_volunteer_id": bank.zhao.id} if number % 2 else {"to_pool_id": bank.pool_id}
        return li.post("/donations", {"points": "50", **receiver}).status_code

    def back() -> int:
        to_gifts(bank, bank.zhao, 30)
        body = {"to_volunteer_id": bank.li.id, "points": "35"}
        return zhao.post("/donations", body).status_code

    gifts = [partial(give, number) for number in range(6)]
    told = together([*gifts, partial(back)])
    made = told[:6].count(201)
    assert told[6] == 201
    assert set(told) <= {201, 409}
    # Without the 35 that came back it is enough for five, with them for six.
    assert made in (5, 6)
    with bank.inside():
        pool = ledger.balances(f"pool:{bank.pool_id}")["points"].balance
        mine = ledger.balances(wallet_of(bank.li.id))["points"].balance
        theirs = ledger.balances(wallet_of(bank.zhao.id))["points"].balance
    assert only_to_give(bank, bank.li) == 0
    assert only_to_give(bank, bank.zhao) == 0
    assert pool + mine + theirs == (90 + 200 + 20 + 30) * 100
    assert mine == (90 + 200 + 35) * 100 - made * 5_000
    assert_sound(bank)


def test_two_gifts_of_the_same_points_at_once_are_one(bank: Bank) -> None:
    to_gifts(bank, bank.zhao, 30)
    body = {"to_volunteer_id": bank.li.id, "points": "30"}
    told = together([lambda: bank.as_("zhao").post("/donations", body) for _time in range(2)])
    # The second takes the 20 savings and finds them too few.
    assert sorted(answer.status_code for answer in told) == [201, 409]
    assert (only_to_give(bank, bank.zhao), bank.points(bank.zhao)) == (0, "20")


def test_an_auditor_of_the_place_reads_these_wallets(bank: Bank) -> None:
    to_gifts(bank, bank.li, 30)
    assert (
        bank.as_("li").post("/donations", {"to_pool_id": bank.pool_id, "points": "30"}).status_code
        == 201
    )
    account = f"gifts:{bank.li.id}"
    lines = bank.as_("auditor").get(f"/ledger/transfers?account={account}").json["items"]
    assert [(line["payer"], line["payee"]) for line in lines] == [
        ("issuance", account),
        (account, f"pool:{bank.pool_id}"),
    ]
    own = bank.as_("worker").get(f"/ledger/transfers?account={account}").json["items"]
    assert own == lines
    assert bank.as_("neighbour").get(f"/ledger/transfers?account={account}").json["items"] == []


@pytest.mark.parametrize(
    ("who", "path", "work"),
    [
        ("li", "/donations", "moralbank.market.donations.donate"),
        ("li", "/reservations", "moralbank.market.reservations.reserve"),
        ("till", "/redemptions", "moralbank.market.redemptions.redeem"),
        ("supervisor", "/reliefs", "moralbank.market.relief.handing_out.propose"),
    ],
)
def test_what_is_tried_again_is_asked_for_whole_again(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, who: str, path: str, work: str
) -> None:
    """The database says at first that it is busy."""
    module, name = work.rsplit(".", 1)
    real = getattr(import_module(module), name)
    tries: list[dict[str, Any]] = []

    def busy(actor: Actor, **asked: Any) -> Any:
        tries.append(asked)
        if len(tries) == 1:
            raise OperationalError("", {}, sqlite3.OperationalError("database is locked"))
        return real(actor, **asked)

    monkeypatch.setattr(work, busy)
    give = bank.as_("zhao").post("/donations", {"to_pool_id": bank.pool_id, "points": "5"})
    assert give.status_code == 201 or work.endswith("donate")
    tries.clear()
    line = {"goods_id": bank.soap, "quantity": 1, "price": "0.5"}
    more = {
        "/donations": {"to_pool_id": bank.pool_id},
        "/redemptions": {"code": bank.li.code},
        "/reliefs": {"pool_id": bank.pool_id, "household_id": household(bank)},
    }.get(path, {})
    made = bank.as_(who).post(path, {"lines": [line], **more})
    assert made.status_code == 201, made.text
    assert len(tries) == 2
    assert tries[0] == tries[1]
