"""Forged versions, conduct and figures that no rule knows: a period scored again names them all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from moralbank.core import clock
from moralbank.events.awarding.models import Award, ConductRecord
from moralbank.events.models import Participant, ServiceEvent
from moralbank.ledger.models import Transfer
from tests.cast import Bank
from tests.core.examples import publish
from tests.events.errands import Errand, request
from tests.events.test_caps import NO_CAPS, done
from tests.events.test_conduct import REASONS, give, withdraw
from tests.events.test_forgeries import forge, of, rated
from tests.events.test_replay import again, run

Forge = Callable[[str], Any]
HUGE = 2**63 - 1
LAST_DAY = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)


def told(bank: Bank, *more: str) -> Any:
    """What the command says of today."""
    with bank.inside():
        today = clock.today().isoformat()
    return run(bank, "--from", today, "--to", today, *more)


def assert_named(bank: Bank, number: str) -> None:
    """The command names the row and ends with 1, in both of its reports."""
    for report in ("text", "json"):
        said = told(bank, "--report", report)
        assert said.exit_code == 1, said.output
        assert isinstance(said.exception, SystemExit)
        assert number in said.stdout


def test_an_award_by_another_version_than_was_in_force_is_named(bank: Bank) -> None:
    with bank.inside():
        now = clock.now()
    with clock.at(now - timedelta(days=2)):
        version = publish(bank, caps=NO_CAPS)
    errand = done(bank)
    errand.rate()
    assert again(bank).agrees
    forge(bank, lambda: of(Award, errand.id, rulebook_version=1))
    ours = Transfer.source_id == errand.id
    forge(bank, lambda: update(Transfer).where(ours).values(rulebook_version=1))
    found = again(bank)
    assert [(one.event_id, one.volunteer_id) for one in found.misjudged] == [
        (errand.id, bank.li.id)
    ]
    [judged] = found.misjudged
    assert (judged.stored, judged.right, found.unbooked) == (1, version, [])
    assert_named(bank, errand.id)


def test_a_version_that_was_stored_after_an_award_makes_it_no_less_right(bank: Bank) -> None:
    with bank.inside():
        now = clock.now()
    document = bank.as_("admin").get("/rulebooks/1").json["document"]
    with clock.at(now - timedelta(days=3)):
        begins = (clock_day(bank) + timedelta(days=3)).isoformat()
        sent = {"effective_from": begins, "document": document}
        assert bank.as_("admin").post("/rulebooks", sent).status_code == 201
    errand = done(bank)
    with clock.at(now + timedelta(seconds=1)):
        errand.rate()
    with clock.at(now + timedelta(minutes=5)):
        publish(bank, caps=NO_CAPS)  # of the same day, and stored too late for this award
        assert again(bank).agrees
    assert errand.show()["awards"][0]["rulebook_version"] == 2


def clock_day(bank: Bank) -> Any:
    with bank.inside():
        return clock.today()


def test_an_item_that_is_gone_is_right_by_the_version_of_its_request(bank: Bank) -> None:
    document = bank.as_("admin").get("/rulebooks/1").json["document"]
    items = [one for one in document["service_items"] if one["code"] != "home.shopping"]
    errand = done(bank)
    with clock.at(clock_now(bank) + timedelta(minutes=1)):
        publish(bank, service_items=items)
    with clock.at(clock_now(bank) + timedelta(minutes=2)):
        errand.rate()
    assert again(bank).agrees


def clock_now(bank: Bank) -> Any:
    with bank.inside():
        return clock.now()


def record(number: str, **values: Any) -> Any:
    return update(ConductRecord).where(ConductRecord.id == number).values(**values)


def in_book(number: str, **values: Any) -> Any:
    ours = (Transfer.source_id == number) & (Transfer.source_type == "conduct")
    return update(Transfer).where(ours).values(**values)


CONDUCT: dict[str, Forge] = {
    "a bonus of which nothing is in the book": lambda number: delete(Transfer).where(
        Transfer.source_id == number
    ),
    "a bonus in the book that nobody recorded": lambda number: delete(ConductRecord).where(
        ConductRecord.id == number
    ),
    "another amount in the record": lambda number: record(number, moved=5_00),
    "another amount in the book": lambda number: in_book(number, amount=50_00),
    "more than the reason gives": lambda number: record(number, points=90_00, moved=90_00),
    "a reason that there is not": lambda number: record(number, reason="friendship"),
    "another version": lambda number: record(number, rulebook_version=1),
    "a withdrawal that moved nothing back": lambda number: record(number, status="withdrawn"),
    "an amount that no book takes": lambda number: in_book(number, amount=HUGE),
    "a record of more than any book takes": lambda number: record(number, moved=HUGE),
}


@pytest.mark.parametrize("forgery", CONDUCT)
def test_conduct_is_held_against_the_book(bank: Bank, forgery: str) -> None:
    publish(bank, reasons=REASONS, caps=NO_CAPS)
    give(bank, "no_show", "zhao")
    number = give(bank, "referral").json["id"]
    assert again(bank).agrees
    forge(bank, lambda: CONDUCT[forgery](number))
    found = again(bank)
    assert found.unbooked_conduct == [number]
    assert not found.agrees
    assert_named(bank, number)


def test_a_withdrawn_record_and_a_zeroed_award_are_held_against_the_book(bank: Bank) -> None:
    publish(bank, reasons=REASONS, caps=NO_CAPS)
    number = give(bank, "no_show").json["id"]
    withdraw(bank, number)
    assert again(bank).agrees
    forge(bank, lambda: record(number, status="recorded"))
    assert again(bank).unbooked_conduct == [number]
    forge(bank, lambda: record(number, status="withdrawn"))
    errand = done(bank)
    errand.rate()
    complaint = give(bank, "complaint", service_event_id=errand.id).json["id"]
    assert again(bank).agrees
    forge(bank, lambda: of(Award, errand.id, status="awarded"))
    assert again(bank).unbooked_conduct == [complaint]


FIGURES: dict[str, Forge] = {
    "a huge award": lambda number: of(Award, number, points=HUGE),
    "an award below nothing": lambda number: of(Award, number, points=-5),
    "huge merit": lambda number: of(Award, number, merit=HUGE),
    "a huge excess": lambda number: of(Award, number, excess=HUGE),
    "a huge amount in the book": lambda number: (
        update(Transfer).where(Transfer.source_id == number).values(amount=HUGE)
    ),
    "minutes below nothing": lambda number: of(Participant, number, minutes=-5),
    "minutes below nothing in the award": lambda number: of(Award, number, minutes=-5),
    "no explanation that can be read": lambda number: of(Award, number, explanation=[{"a": 1}]),
    "a version of the request that there is not": lambda number: (
        update(ServiceEvent)
        .where(ServiceEvent.id == number)
        .values(rulebook_version=999, service_item="home.nothing")
    ),
    "an item that there is not": lambda number: (
        update(ServiceEvent).where(ServiceEvent.id == number).values(service_item="home.nothing")
    ),
    "a day at the end of time": lambda number: (
        update(ServiceEvent).where(ServiceEvent.id == number).values(performed_at=LAST_DAY)
    ),
}


@pytest.mark.parametrize("forgery", FIGURES)
def test_figures_that_no_rule_knows_are_named(bank: Bank, forgery: str) -> None:
    errand = rated(bank)
    forge(bank, lambda: FIGURES[forgery](errand.id))
    assert_named(bank, errand.id)


@pytest.mark.parametrize("quantity", [1, 40, 0, -3, None])
def test_a_forged_quantity_is_named(bank: Bank, quantity: int | None) -> None:
    errand = counted(bank)
    forge(
        bank,
        lambda: update(ServiceEvent).where(ServiceEvent.id == errand.id).values(quantity=quantity),
    )
    [wrong] = again(bank).differing
    assert wrong.event_id == errand.id
    assert_named(bank, errand.id)


def counted(bank: Bank) -> Errand:
    """An errand of three pieces."""
    publish(bank, caps=NO_CAPS)
    document = bank.as_("admin").get("/rulebooks/1").json["document"]
    [item, *_more] = [one["code"] for one in document["service_items"] if one["unit"] == "count"]
    errand = done_pieces(bank, item)
    assert errand.rate().status_code == 200
    assert again(bank).agrees
    return errand


def done_pieces(bank: Bank, item: str) -> Errand:
    errand = request(bank, item=item)
    answer = errand.complete(performed_at=clock_now(bank).isoformat(), quantity=3)
    assert answer.status_code == 200, answer.text
    return errand
