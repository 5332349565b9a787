"""Whether the book says of bonuses and deductions what their records say, and nothing else."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.db import session
from moralbank.events.awarding.booked import CHUNK, by_key
from moralbank.events.awarding.conduct import postings_of
from moralbank.events.awarding.models import Award, ConductRecord
from moralbank.events.awarding.standards import UNREADABLE, book_of
from moralbank.people.volunteers import wallet_of

KINDS: tuple[ledger.Kind, ...] = ("award", "deduction")


def unbooked_conduct(first: date, last: date) -> list[str]:
    """Return the conduct records of what happened from `first` to `last` (local days, both
    inclusive) of which the book or the rulebook says something else, and whatever the book names as
    one that is not there."""
    since, until = clock.start_of(first), clock.end_of(last)
    named = set(
        session().scalars(
            select(ConductRecord.id).where(
                ConductRecord.happened_at >= since, ConductRecord.happened_at < until
            )
        )
    )
    for kind in KINDS:
        named |= ledger.sources_between("conduct", kind=kind, since=since, until=until)
    numbers = sorted(named)
    wrong: list[str] = []
    for start in range(0, len(numbers), CHUNK):
        wrong += _unbooked(numbers[start : start + CHUNK])
    return wrong


def _unbooked(numbers: list[str]) -> list[str]:
    posted: dict[str, list[ledger.Posting]] = {number: [] for number in numbers}
    wrong: set[str] = set()
    for kind in KINDS:
        postings, beyond = ledger.posted_for("conduct", numbers, kind=kind)
        wrong |= beyond
        for posting in postings:
            posted[posting.source_id].append(posting)
    moved: dict[str, dict[tuple[str, str], int]] = {number: {} for number in numbers}
    for (number, holder, asset), amount in ledger.moved_for("conduct", numbers).items():
        if amount:
            moved[number][holder, asset] = amount
    records = {
        row.id: row
        for row in session().scalars(select(ConductRecord).where(ConductRecord.id.in_(numbers)))
    }
    stands = set(
        session().scalars(
            select(ConductRecord.id)
            .join(
                Award,
                (Award.event_id == ConductRecord.event_id)
                & (Award.volunteer_id == ConductRecord.volunteer_id),
            )
            .where(ConductRecord.id.in_(numbers), Award.status != "reversed")
        )
    )
    return [
        number
        for number in numbers
        if number in wrong
        or number not in records
        or not _agrees(records[number], posted[number], moved[number], awarded=number in stands)
    ]


def _agrees(
    row: ConductRecord,
    posted: Collection[ledger.Posting],
    moved: dict[tuple[str, str], int],
    *,
    awarded: bool,
) -> bool:
    """Whether a record is what its version says of its reason, its transfers are those to the
    letter, what is left of them is all or, withdrawn, nothing, and an award that it sets to nothing
    does not stand."""
    book = book_of(row.rulebook_version)
    why = None if book is None else book.reasons.get(row.reason)
    if why is None:
        return False
    sign = 1 if why.kind == "bonus" else -1
    said = (row.points, row.merit) == (sign * why.points, sign * why.merit)
    if not said or not 0 <= sign * row.moved <= why.points:
        return False
    try:
        expected = postings_of(
            row.id, row.volunteer_id, why.name,
            moved=row.moved, merit=row.merit, at=row.happened_at, version=row.rulebook_version,
        )  # fmt: skip
    except UNREADABLE:
        return False
    stands = row.status == "recorded"
    amounts: dict[str, int] = {"points": row.moved, "merit": row.merit}
    wallet = wallet_of(row.volunteer_id)
    left = {(wallet, asset): amount for asset, amount in amounts.items() if amount and stands}
    zeroed = stands and why.zeroes_event
    return by_key(posted) == by_key(expected) and moved == left and not (zeroed and awarded)
