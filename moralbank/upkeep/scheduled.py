"""What is due by itself: every few minutes, and every night.

Each job does what is due and nothing twice, however often and by how many processes at once it is
run; what makes that so is in the rooms. Here they are put in order: what comes back to people comes
before what is taken from them, and at night the book is checked when all is done.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from moralbank import ledger
from moralbank.core import clock, policy
from moralbank.core.actor import Actor
from moralbank.core.db import insert_unless_there, session
from moralbank.core.quantities import points_text
from moralbank.core.transaction import query, transact
from moralbank.events import sweeping
from moralbank.events.checking.watch import look_for_rings
from moralbank.market import reservations
from moralbank.notices import operations as notices
from moralbank.people import lapsing
from moralbank.upkeep.models import Job

AT_ONCE = 200
"""How many reservations end in one transaction."""


class NotSound(Exception):
    """Something that was checked does not hold; says what, without anybody's data."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a job said that it did, or the error that stopped it."""

    job: str
    said: str
    error: Exception | None = None


def _lapse_reservations(actor: Actor) -> str:
    ended = 0
    while some := reservations.lapse(actor, limit=AT_ONCE):
        ended += some
    return f"{ended} ended"


def _time_out(_actor: Actor) -> str:
    return f"{transact(ledger.time_out)} holds let go"


def _roll_up(_actor: Actor) -> str:
    return f"{transact(ledger.roll_up)} accounts"


def _close_notices(actor: Actor) -> str:
    return f"{len(notices.close_due(actor))} closed"


def _expire_points(actor: Actor) -> str:
    done = lapsing.expire(actor, on=clock.today())
    return f"{points_text(done.points)} points of {done.wallets} wallets"


def _sweep_events(actor: Actor) -> str:
    done = sweeping.sweep(actor)
    return (
        f"{len(done.listed)} to call back, {len(done.expired)} expired,"
        f" {len(done.overdue)} overdue, {len(done.repeated)} repeated"
    )


def _look(actor: Actor) -> str:
    return f"{look_for_rings(actor)} rings"


def _verify_book(_actor: Actor) -> str:
    verdict = ledger.verify()
    if not verdict.sound:
        raise NotSound(f"{len(verdict.faults)} rows at fault: see flask ledger verify")
    return f"sound, {verdict.transfers} transfers"


def _verify_notices(actor: Actor) -> str:
    if faults := notices.faults(actor):
        raise NotSound(f"{len(faults)} notices differ from their digest: see flask notices verify")
    return "sound"


Jobs = dict[str, Callable[[Actor], str]]

OFTEN: Jobs = {
    "reservations lapse": _lapse_reservations,
    "ledger time-out": _time_out,
    "ledger roll-up": _roll_up,
}
"""Every few minutes. Every job is called as the command that does it alone."""
NIGHTLY: Jobs = {
    "reservations lapse": _lapse_reservations,
    "ledger time-out": _time_out,
    "notices close": _close_notices,
    "points expire": _expire_points,
    "events sweep": _sweep_events,
    "flags look": _look,
    "ledger roll-up": _roll_up,
    "ledger verify": _verify_book,
    "notices verify": _verify_notices,
}
"""Every night."""


def run(actor: Actor, jobs: Jobs) -> Iterator[Outcome]:
    """Do jobs one after the other; what stops one stops no other. Writes down of each when it was
    done, or failed."""
    policy.require(actor, "jobs.run")
    for name, job in jobs.items():
        try:
            outcome = Outcome(name, job(actor))
        except Exception as error:
            session().rollback()
            said = str(error) if isinstance(error, NotSound) else type(error).__name__
            outcome = Outcome(name, f"FAILED, {said}", error)
        _write_down(outcome)
        yield outcome


@query("jobs.run")
def last(_actor: Actor) -> list[tuple[str, datetime | None, datetime | None]]:
    """Return when each job was last done, and when it last failed."""
    rows = session().execute(select(Job.name, Job.succeeded_at, Job.failed_at).order_by(Job.name))
    return [(name, done, failed) for name, done, failed in rows]


def _write_down(outcome: Outcome) -> None:
    moment = "succeeded_at" if outcome.error is None else "failed_at"

    def work() -> None:
        row = {"name": outcome.job, "succeeded_at": None, "failed_at": None}
        session().execute(insert_unless_there(Job, row))
        session().execute(update(Job).where(Job.name == outcome.job).values({moment: clock.now()}))

    transact(work, repeatable=True)
