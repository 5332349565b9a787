"""The shelves of two shops against shelves in plain Python, in random walks over the API.

After every step: no stock is below zero nor below what is set aside, what the shelf says is what
was predicted, and the book of movements adds up to it line by line. What is refused moves nothing.
"""

from __future__ import annotations

from itertools import count

import hypothesis
import hypothesis.strategies as st
import pytest
from flask import current_app
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from moralbank.market.reservations import MAX_OPEN
from tests.cast import Answer, Bank
from tests.core.examples import household
from tests.core.problems import problem
from tests.walks import far

STEADY_EXAMPLES, STEPS = 8, 25
walks = count(1)

where = st.integers(0, 1)
numbers = st.integers(1, 6)
picks = st.integers(0, 10_000)


class StockMachine(RuleBasedStateMachine):
    """Rice in two shops, as cheap as can be, so that only the shelf says no."""

    @initialize(here=st.integers(0, 5), there=st.integers(0, 5))
    def open(self, here: int, there: int) -> None:
        self.bank: Bank = current_app.extensions["cast"]
        walk = next(walks)
        shops = (self.bank.supermarket_id, self.bank.other_supermarket_id)
        self.tills = ("till", "far_till")
        self.stock = [here, there]
        self.aside = [0, 0]
        self.reserved: dict[str, tuple[int, int]] = {}
        self.goods = []
        for shop, stock in zip(shops, self.stock, strict=True):
            made = self.bank.as_("admin").post(
                "/goods",
                {"supermarket_id": shop, "sku": f"W-{walk}", "name": "大米", "unit": "袋",
                 "price": "0.01", "stock": stock},
            )  # fmt: skip
            assert made.status_code == 201, made.text
            self.goods.append(str(made.json["id"]))
        places = (self.bank.community_id, self.bank.other_community_id)
        self.homes = [
            household(self.bank, f"万家{walk}", who="supervisor", community_id=one)
            for one in places
        ]
        gift = {"to_pool_id": self.bank.pool_id, "points": "1"}
        assert self.bank.as_("li").post("/donations", gift).status_code == 201
        self.lines: list[list[int]] = [[stock] if stock else [] for stock in self.stock]
        self.sold: list[tuple[str, int, int]] = []
        self.back: set[str] = set()
        self.waiting: dict[str, tuple[int, int, bool]] = {}
        self.parcels: dict[str, tuple[int, int]] = {}

    def took(self, answer: Answer, *steps: tuple[int, int], status: int = 201) -> bool:
        """Whether it was done; it is refused just when a shelf would fall below what is set aside
        on it."""
        if any(self.stock[place] + by < self.aside[place] for place, by in steps if by < 0):
            assert problem(answer, 409)["code"] == "out_of_stock"
            return False
        assert answer.status_code == status, answer.text
        for place, by in steps:
            self.stock[place] += by
            self.lines[place].append(by)
        return True

    @rule(place=where, number=numbers, broken=st.booleans())
    def come_or_break(self, place: int, number: int, broken: bool) -> None:
        by, reason = (-number, "damaged") if broken else (number, "received")
        path = f"/goods/{self.goods[place]}/stock-movements"
        sent = {"quantity": by, "reason": reason}
        self.took(self.bank.as_("supervisor").post(path, sent), (place, by))

    @rule(place=where, number=numbers)
    def sell(self, place: int, number: int) -> None:
        answer = self.bank.buy({self.goods[place]: number}, till=self.tills[place])
        if self.took(answer, (place, -number)):
            self.sold.append((f"/redemptions/{answer.json['id']}", place, number))

    @rule(place=where, number=numbers, again=st.booleans())
    def bring(self, place: int, number: int, again: bool) -> None:
        """To a household: one proposes, another one hands out, and only once."""
        body = {"household_id": self.homes[place], "pool_id": self.bank.pool_id,
                "lines": [{"goods_id": self.goods[place], "quantity": number}]}  # fmt: skip
        made = self.bank.as_("supervisor").post("/reliefs", body)
        assert made.status_code == 201, made.text
        path = f"/reliefs/{made.json['id']}"
        second = self.bank.as_("second")
        if not self.took(second.post(f"{path}/approval"), (place, -number), status=200):
            return
        self.sold.append((path, place, number))
        if again:
            assert problem(second.post(f"{path}/approval"), 409)["code"] == "wrong_state"

    @precondition(lambda self: self.sold)
    @rule(pick=picks)
    def take_back(self, pick: int) -> None:
        """Once; the second time nothing comes back."""
        gone, place, number = self.sold[pick % len(self.sold)]
        answer = self.bank.as_("supervisor").post(f"{gone}/void", {"reason": "拿错了"})
        if gone in self.back:
            assert problem(answer, 409)["code"] == "already_voided"
            return
        self.took(answer, (place, number), status=200)
        self.back.add(gone)

    @rule(place=where, number=numbers)
    def move(self, place: int, number: int) -> None:
        sent = {"to_goods_id": self.goods[1 - place], "quantity": number}
        answer = self.bank.as_("admin").post(f"/goods/{self.goods[place]}/moves", sent)
        self.took(answer, (place, -number), (1 - place, number))

    @rule(place=where, number=numbers)
    def set_aside(self, place: int, number: int) -> None:
        lines = [{"goods_id": self.goods[place], "quantity": number}]
        answer = self.bank.as_("li").post("/reservations", {"lines": lines})
        if len(self.reserved) == MAX_OPEN:
            assert problem(answer, 409)["code"] == "too_many_reservations"
        elif self.stock[place] - self.aside[place] < number:
            assert problem(answer, 409)["code"] == "out_of_stock"
        else:
            assert answer.status_code == 201, answer.text
            self.aside[place] += number
            self.reserved[answer.json["id"]] = (place, number)

    @precondition(lambda self: self.reserved)
    @rule(pick=picks, wanted=st.booleans(), again=st.booleans())
    def end_reservation(self, pick: int, wanted: bool, again: bool) -> None:
        """It is handed over or let go, and only once."""
        reservation = list(self.reserved)[pick % len(self.reserved)]
        place, number = self.reserved.pop(reservation)
        path = f"/reservations/{reservation}"
        code = {"code": self.bank.li.code}
        self.aside[place] -= number
        if wanted:
            answer = self.bank.as_(self.tills[place]).post(f"{path}/collection", code)
            assert self.took(answer, (place, -number))
            self.sold.append((f"/redemptions/{reservation}", place, number))
        else:
            assert self.bank.as_("li").post(f"{path}/cancellation").status_code == 200
        if again:
            late = self.bank.as_(self.tills[place]).post(f"{path}/collection", code)
            assert problem(late, 409)["code"] == "wrong_state"

    @rule(place=where, number=numbers)
    def give(self, place: int, number: int) -> None:
        """Goods for a household: bought, and set aside for it."""
        body = {"to_household_id": self.homes[place],
                "lines": [{"goods_id": self.goods[place], "quantity": number}]}  # fmt: skip
        answer = self.bank.as_("li").post("/donations", body)
        if self.stock[place] - self.aside[place] < number:
            assert problem(answer, 409)["code"] == "out_of_stock"
        else:
            assert answer.status_code == 201, answer.text
            self.aside[place] += number
            self.parcels[answer.json["id"]] = (place, number)

    @precondition(lambda self: self.parcels)
    @rule(pick=picks, wanted=st.booleans(), again=st.booleans())
    def end_parcel(self, pick: int, wanted: bool, again: bool) -> None:
        """It is brought or turned into points, and only once."""
        gift = list(self.parcels)[pick % len(self.parcels)]
        place, number = self.parcels.pop(gift)
        self.aside[place] -= number
        body = {"household_id": self.homes[place], "donation_id": gift}
        turn = (f"/donations/{gift}/points", {"reason": "送不了"})
        if wanted:
            made = self.bank.as_("supervisor").post("/reliefs", body)
            assert made.status_code == 201, made.text
            path = f"/reliefs/{made.json['id']}"
            answer = self.bank.as_("second").post(f"{path}/approval")
            assert self.took(answer, (place, -number), status=200)
            self.sold.append((path, place, number))
        else:
            assert self.bank.as_("supervisor").post(*turn).status_code == 200
        if again:
            late = self.bank.as_("supervisor").post(*turn)
            assert problem(late, 409)["code"] == "wrong_state"

    @rule(place=where, counted=st.integers(0, 12))
    def count_blind(self, place: int, counted: int) -> None:
        """Whose own count waits does not count again; the difference is that of this moment."""
        path = f"/goods/{self.goods[place]}/counts"
        made = self.bank.as_(self.tills[place]).post(path, {"counted": counted})
        if any(waits[0] == place and waits[2] for waits in self.waiting.values()):
            assert problem(made, 409)["code"] == "wrong_state"
            return
        assert made.status_code == 201, made.text
        difference = counted - self.stock[place]
        if difference:
            self.waiting[made.json["id"]] = (place, difference, True)

    @rule(place=where, difference=st.integers(-6, 6).filter(bool))
    def say_a_difference(self, place: int, difference: int) -> None:
        path = f"/goods/{self.goods[place]}/stock-movements"
        sent = {"quantity": difference, "reason": "count"}
        answer = self.bank.as_("supervisor").post(path, sent)
        if self.stock[place] + difference < 0:
            assert problem(answer, 409)["code"] == "out_of_stock"
            return
        assert answer.status_code == 202, answer.text
        self.waiting[answer.json["id"]] = (place, difference, False)

    @precondition(lambda self: self.waiting)
    @rule(pick=picks, post=st.booleans(), again=st.booleans())
    def decide(self, pick: int, post: bool, again: bool) -> None:
        """A second person does, and only once."""
        number = list(self.waiting)[pick % len(self.waiting)]
        place, difference, _blind = self.waiting[number]
        path = f"/goods/{self.goods[place]}/stock-movements/{number}"
        second = self.bank.as_("second")
        if post:
            answer = second.post(f"{path}/approval", {"reason": "受潮"})
            if not self.took(answer, (place, difference), status=200):
                return
            # What else was counted there was counted against a stock that is no more.
            self.waiting = {one: waits for one, waits in self.waiting.items() if waits[0] != place}
        else:
            answer = second.post(f"{path}/rejection", {"reason": "数错了"})
            assert answer.status_code == 200, answer.text
            del self.waiting[number]
        if again:
            late = second.post(f"{path}/approval", {"reason": "再来"})
            assert problem(late, 409)["code"] == "wrong_state"

    def teardown(self) -> None:
        """The next walk begins with nothing set aside: it is the same person."""
        for reservation in getattr(self, "reserved", ()):
            done = self.bank.as_("li").post(f"/reservations/{reservation}/cancellation")
            assert done.status_code == 200, done.text

    @invariant()
    def the_book_is_the_shelf(self) -> None:
        for place, number in enumerate(self.goods):
            shown = self.bank.goods(number)
            assert shown["stock"] == self.stock[place]
            assert shown["set_aside"] == self.aside[place]
            path = f"/goods/{number}/stock-movements?limit=100"
            page = self.bank.as_("auditor").get(path).json["items"]
            left, quantities = 0, []
            for line in reversed(page):
                left += line["quantity"]
                assert left == line["stock_after"] >= 0
                quantities.append(line["quantity"])
            assert quantities == self.lines[place]


@pytest.fixture
def settings() -> hypothesis.settings:
    """How far the machine walks."""
    return far(examples=STEADY_EXAMPLES, steps=STEPS)


def test_no_stock_is_below_zero_and_the_book_is_the_shelf(
    bank: Bank, settings: hypothesis.settings
) -> None:
    with bank.inside():
        bank.app.extensions["cast"] = bank
        run_state_machine_as_test(StockMachine, settings=settings)
