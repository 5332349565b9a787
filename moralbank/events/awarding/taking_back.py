"""From points back to none, and the other way: what is disputed is held, what was wrong is taken
back as far as it is there, and what was taken wrongly is given back."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select, update

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.language import recorded
from moralbank.events.awarding import histories
from moralbank.events.awarding.awards import AwardView, postings_of, view_of, zeroed_in
from moralbank.events.awarding.models import Award, Restoration
from moralbank.events.changes import keep
from moralbank.events.models import ServiceEvent
from moralbank.people.volunteers import gifts_of, hold_volunteers, wallet_of
from moralbank.rulebook.operations import rulebook


def freeze(event: ServiceEvent) -> None:
    """Hold what the awards of an errand that is held brought in points, as far as it is still
    there, in the caller's transaction: until `thaw` or `take_back`, so that nobody spends it while
    it is in doubt."""
    rows = session().scalars(
        select(Award).where(Award.event_id == event.id, Award.status == "awarded")
    )
    wanted = {}
    for row in rows:
        wanted[wallet_of(row.volunteer_id)] = row.volunteer_id, row.points
        wanted[gifts_of(row.volunteer_id)] = row.volunteer_id, row.excess
    hold_volunteers(number for number, _amount in wanted.values())
    there = ledger.hold_wallets(wanted)
    for holder, here in there.items():
        amount = min(wanted[holder][1], here.available)
        if amount > 0:
            ledger.hold(
                ledger.Posting(
                    key=_doubt(event, holder),
                    kind="deduction",
                    asset="points",
                    payer=holder,
                    payee=ledger.ISSUANCE,
                    amount=amount,
                    effective_at=clock.now(),
                    source_type="service_event",
                    source_id=event.id,
                ),
                until=clock.now() + UNDECIDED,
            )


UNDECIDED = timedelta(days=36_500)
"""How long points in doubt are held: a decision takes as long as it takes."""


def _doubt(event: ServiceEvent, holder: str) -> str:
    return f"doubt:{event.id}:{holder}"


def thaw(event: ServiceEvent, people: Collection[str]) -> None:
    """Let go of what `freeze` held of some volunteers, in the caller's transaction."""
    hold_volunteers(people)
    holders = [holder for one in people for holder in (wallet_of(one), gifts_of(one))]
    ledger.void_pending([_doubt(event, holder) for holder in holders])


def take_back(
    event: ServiceEvent,
    reason: str,
    *,
    volunteer_ids: Collection[str] | None = None,
    zeroed_by: str | None = None,
) -> list[AwardView]:
    """Reverse the awards of an errand that is held, in the caller's transaction: every one, or
    those of some volunteers; return them. A provisional one was never posted, so nothing is moved
    for it. `zeroed_by` is the conduct record that sets it to nothing, if one does.

    Minutes and merit go back whole, and merit may fall below zero. Of points that are not there any
    more what is there goes back, and the rest is written off: it is given anew out of the issue
    before the whole is reversed, so that the book has nothing left for the errand and nobody falls
    below zero.
    """
    chosen = (Award.event_id == event.id) & (Award.status != "reversed")
    if volunteer_ids is not None:
        chosen &= Award.volunteer_id.in_(volunteer_ids)
    rows = session().scalars(select(Award).where(chosen).order_by(Award.volunteer_id)).all()
    people = [row.volunteer_id for row in rows]
    if not rows:
        return []
    thaw(event, people)
    now = histories.turn(rulebook(rows[0].rulebook_version), people)
    gone = _reverse(event, [row.volunteer_id for row in rows if row.status == "awarded"], reason)
    for row in rows:
        row.status, row.written_off = "reversed", gone[row.volunteer_id]
        row.reversed_at, row.reversed_for, row.zeroed_by = now, reason, zeroed_by
    session().flush()
    return [view_of(row) for row in rows]


def _reverse(event: ServiceEvent, people: Collection[str], reason: str) -> Counter[str]:
    """Reverse what the awards of some volunteers moved; return what of the points of each
    (hundredths) was written off."""
    whose = {wallet_of(number): number for number in people}
    whose |= {gifts_of(number): number for number in people}
    # What was given back is no second award to the book, but taken back like one.
    kinds: tuple[ledger.Kind, ...] = ("award", "adjustment")
    numbers = [
        number
        for kind in kinds
        for number in ledger.transfers_of("service_event", event.id, kind=kind, payees=whose)
    ]
    reversals = [
        ledger.reversal_of(number, key=f"reversal:{number}", reason=reason) for number in numbers
    ]
    short = ledger.shortfalls(reversals)
    gone: Counter[str] = Counter()
    postings: list[ledger.Posting] = []
    for one in reversals:
        lacking = short.get(one.key, 0)
        if lacking and one.asset == "merit":
            ledger.let_merit_fall(one.payer)
        elif lacking:
            postings.append(_written_off(event, one, lacking))
            gone[whose[one.payer]] += lacking if one.asset == "points" else 0
        postings.append(one)
    ledger.post(postings)
    return gone


def _written_off(event: ServiceEvent, reversal: ledger.Posting, amount: int) -> ledger.Posting:
    return ledger.Posting(
        key=f"written_off:{reversal.reverses}",
        kind="adjustment",
        asset=reversal.asset,
        payer=ledger.ISSUANCE,
        payee=reversal.payer,
        amount=amount,
        effective_at=reversal.effective_at,
        reason=recorded("已经不在账上，收不回来"),
        source_type="written_off",
        source_id=event.id,
        rulebook_version=reversal.rulebook_version,
    )


def stand_by_itself(event: ServiceEvent) -> None:
    """Let what was found about the whole of an errand stand, whatever is withdrawn later: an award
    that a complaint set to nothing is nothing for the decision's sake too."""
    session().execute(
        update(Award)
        .where(Award.event_id == event.id)
        .values(zeroed_by=None)
        .execution_options(synchronize_session="fetch")
    )


def zeroed_of(event: ServiceEvent, volunteer_id: str, *, by: str) -> Award | None:
    """Return the award that a conduct record set to nothing, if it still does."""
    row = session().get(Award, (event.id, volunteer_id))
    return row if row is not None and row.zeroed_by == by else None


def give_back(event: ServiceEvent, row: Award, record_id: str, reason: str) -> None:
    """Give an award back that a conduct record had set to nothing, in the caller's transaction, who
    holds the errand and the volunteer. Where another such record stands, the award is now nothing
    for that one.

    What was posted before is posted anew, and what had been written off is owed no more. Points
    count for the caps of their day again as they did before; what was awarded meanwhile stays. An
    award that was not released yet is provisional again, and hangs in the next notice.
    """
    assert row.reversed_at is not None
    other = zeroed_in(event).get(row.volunteer_id)
    if other is not None:
        row.zeroed_by, row.reversed_for = other.id, other.note
        session().flush()
        return
    turn = histories.turn(rulebook(row.rulebook_version), [row.volunteer_id])
    now = histories.after([turn, row.reversed_at])
    session().add(
        Restoration(
            record_id=record_id, event_id=event.id, volunteer_id=row.volunteer_id,
            reversed_at=row.reversed_at, restored_at=now, reason=reason,
        )
    )  # fmt: skip
    row.reversed_at = row.reversed_for = row.zeroed_by = None
    if row.released_at is None:
        row.status, row.notice_id, row.cleared_at = "provisional", None, None
    else:
        row.status = "awarded"
        ledger.post(
            [
                *(_again(one, record_id, reason) for one in postings_of(event, row)),
                *_owed_no_more(event, row, reason),
            ]
        )
        row.written_off = 0
    session().flush()


def _again(posting: ledger.Posting, record_id: str, reason: str) -> ledger.Posting:
    return replace(posting, key=f"{posting.key}:back:{record_id}", kind="adjustment", reason=reason)


def _owed_no_more(event: ServiceEvent, row: Award, reason: str) -> list[ledger.Posting]:
    holders = [wallet_of(row.volunteer_id), gifts_of(row.volunteer_id)]
    numbers = ledger.transfers_of("written_off", event.id, kind="adjustment", payees=holders)
    return [
        ledger.reversal_of(number, key=f"reversal:{number}", reason=reason) for number in numbers
    ]


def keep_written_off(actor: Actor, event: ServiceEvent, taken: Iterable[AwardView]) -> None:
    """Put on record what of awards that were taken back was gone already."""
    for award in taken:
        if award.written_off:
            keep(
                actor, event, "written_off", note=award.explanation[-1],
                volunteer_id=award.volunteer_id,
            )  # fmt: skip
