"""Whether the book says of errands what their awards say, and nothing else."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.db import session
from moralbank.events.awarding.awards import postings_of
from moralbank.events.awarding.models import Award
from moralbank.events.awarding.standards import UNREADABLE
from moralbank.events.models import ServiceEvent
from moralbank.people.volunteers import gifts_of, wallet_of

CHUNK = 500
"""Errands in one question to the book."""


def unbooked(first: date, last: date, *, errands: Collection[str]) -> list[str]:
    """Return the errands of which the book says something else than their awards: of `errands`,
    and of whatever the book says was awarded for from `first` to `last`, there or not."""
    named = ledger.sources_between(
        "service_event", kind="award", since=clock.start_of(first), until=clock.end_of(last)
    )
    numbers = sorted(named | set(errands))
    wrong: list[str] = []
    for start in range(0, len(numbers), CHUNK):
        wrong += _unbooked(numbers[start : start + CHUNK])
    return wrong


def _unbooked(numbers: list[str]) -> list[str]:
    found: dict[str, list[ledger.Posting]] = {number: [] for number in numbers}
    postings, beyond = ledger.posted_for("service_event", numbers, kind="award")
    for posting in postings:
        found[posting.source_id].append(posting)
    moved: dict[str, dict[tuple[str, str], int]] = {number: {} for number in numbers}
    for (number, holder, asset), amount in ledger.moved_for("service_event", numbers).items():
        moved[number][holder, asset] = amount
    awards: dict[str, list[tuple[ServiceEvent, Award]]] = {number: [] for number in numbers}
    rows = session().execute(
        select(ServiceEvent, Award)
        .join(Award, Award.event_id == ServiceEvent.id)
        .where(ServiceEvent.id.in_(numbers))
    )
    for event, award in rows:
        awards[event.id].append((event, award))
    return [
        number
        for number in numbers
        if number in beyond or not _agree(awards[number], found[number], moved[number])
    ]


def _agree(
    awards: Collection[tuple[ServiceEvent, Award]],
    found: Collection[ledger.Posting],
    moved: dict[tuple[str, str], int],
) -> bool:
    """Whether transfers are those of the awards to the letter, and what is left of them is what
    stands."""
    left = {posting.key: posting for posting in found}
    stands: dict[tuple[str, str], int] = {}
    for event, award in awards:
        try:
            expected = postings_of(event, award)
        except UNREADABLE:  # an amount that no book takes
            return False
        wallets = {wallet_of(award.volunteer_id), gifts_of(award.volunteer_id)}
        there = [posting for posting in left.values() if posting.payee in wallets]
        for posting in there:
            del left[posting.key]
        # One that was taken back before its release was never posted.
        may_be_posted = award.status != "provisional"
        if (there or award.status == "awarded") and not (
            may_be_posted and by_key(there) == by_key(expected)
        ):
            return False
        if award.status == "awarded":
            stands |= {(posting.payee, posting.asset): posting.amount for posting in expected}
    return not left and stands == {wallet: amount for wallet, amount in moved.items() if amount}


def by_key(postings: Collection[ledger.Posting]) -> dict[str, ledger.Posting]:
    """Return postings by their keys."""
    return {posting.key: posting for posting in postings}
