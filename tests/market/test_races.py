"""Many counters at the same moment, with real threads: nothing is sold or spent twice."""

from moralbank import ledger
from tests.cast import Bank, together


def assert_in_order(bank: Bank) -> None:
    """The book balances, and every shelf's own book adds up to what is on the shelf."""
    from sqlalchemy import func, select

    from moralbank.core.db import session
    from moralbank.market.shelf.models import Goods, StockMovement

    with bank.inside():
        assert ledger.verify().faults == []
        moved = dict(
            session()
            .execute(
                select(StockMovement.goods_id, func.sum(StockMovement.quantity)).group_by(
                    StockMovement.goods_id
                )
            )
            .tuples()
            .all()
        )
        shelves = session().execute(select(Goods.id, Goods.stock)).tuples().all()
        assert {number: int(moved.get(number, 0)) for number, _stock in shelves} == dict(shelves)


def test_two_counters_at_the_last_bag_of_rice(bank: Bank) -> None:
    bank.as_("supervisor").post(
        f"/goods/{bank.rice}/stock-movements", {"quantity": -9, "reason": "damaged"}
    )
    answers = together(
        [
            lambda: bank.buy({bank.rice: 1}),
            lambda: bank.buy({bank.rice: 1}, member=bank.zhao, till="second_till"),
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert {answer.json.get("code") for answer in answers} == {None, "out_of_stock"}
    assert bank.stock(bank.rice) == 0
    assert_in_order(bank)


def test_one_wallet_at_eight_counters(bank: Bank) -> None:
    answers = together(
        [
            lambda till=till: bank.buy(  # type: ignore[misc]
                {bank.rice: 1}, member=bank.zhao, till=till
            )
            for till in ["till", "second_till"] * 4
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert {answer.json.get("code") for answer in answers} == {None, "insufficient_points"}
    assert bank.points(bank.zhao) == "0"
    assert bank.stock(bank.rice) == 9
    assert_in_order(bank)


def test_one_person_s_limit_at_two_counters(bank: Bank) -> None:
    answers = together(
        [
            lambda till=till: bank.buy(  # type: ignore[misc]
                {bank.oil: 1}, pin=bank.li.pin, till=till
            )
            for till in ["till", "second_till"] * 2
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 3
    assert {answer.json.get("code") for answer in answers} == {None, "limit_exceeded"}
    assert bank.stock(bank.oil) == 4


def test_the_same_key_eight_times_at_once(bank: Bank) -> None:
    answers = together(
        [lambda: bank.buy({bank.rice: 1}, key="pressed twice") for _thread in range(8)]
    )
    done = [answer.json for answer in answers if answer.status_code == 201]
    assert done
    assert all(one == done[0] for one in done)
    others = {answer.json["code"] for answer in answers if answer.status_code != 201}
    assert others <= {"request_in_progress"}
    assert bank.stock(bank.rice) == 9
    assert bank.points(bank.li) == "180"
    assert_in_order(bank)


def test_goods_in_any_order_do_not_lock_each_other_out(bank: Bank) -> None:
    def buy(person: str, goods: list[str], till: str) -> int:
        member = bank.members[person]
        return bank.buy(dict.fromkeys(goods, 1), member=member, till=till).status_code

    both = [bank.soap, bank.rice]
    statuses = together(
        [
            lambda: buy("li", both, "till"),
            lambda: buy("li", both[::-1], "second_till"),
            lambda: buy("zhao", both[:1], "till"),
            lambda: buy("zhao", both[:1], "second_till"),
        ]
    )
    assert statuses == [201] * 4
    assert_in_order(bank)


def test_gifts_cross_without_losing_a_point(bank: Bank) -> None:
    def give(giver: str, receiver: str) -> int:
        body = {"to_volunteer_id": bank.ids[receiver], "points": "1"}
        return bank.as_(giver).post("/donations", body).status_code

    statuses = together([lambda: give("li", "zhao"), lambda: give("zhao", "li")] * 3)
    assert statuses == [201] * 6
    assert (bank.points(bank.li), bank.points(bank.zhao)) == ("200", "20")
    assert_in_order(bank)
