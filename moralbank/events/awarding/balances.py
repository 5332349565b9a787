"""What a volunteer has: in the book, and waiting for its release outside of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.transaction import query
from moralbank.events.awarding.models import Award
from moralbank.people.volunteers import find_volunteer, wallet_of


@dataclass(frozen=True, slots=True)
class BalanceView:
    """A volunteer's balance: points and merit in hundredths, minutes whole. `points` leaves out
    what is provisional; `available` is points less what is held."""

    points: int
    held: int
    available: int
    provisional: int
    merit: int
    minutes: int
    as_of: datetime


@query("balances.read")
def balance(actor: Actor, volunteer_id: str, *, at: datetime | None = None) -> BalanceView:
    """Return a volunteer's balance, now or as the book stood at a moment. Refuses 404."""
    row = find_volunteer(actor, volunteer_id)
    wallets = ledger.balances(wallet_of(row.id), at=at)
    points = wallets["points"]
    return BalanceView(
        points=points.balance,
        held=points.held,
        available=points.available,
        provisional=_provisional(row.id),
        merit=wallets["merit"].balance,
        minutes=wallets["minutes"].balance,
        as_of=at or clock.now(),
    )


def _provisional(volunteer_id: str) -> int:
    total = session().scalar(
        select(func.sum(Award.points)).where(
            Award.volunteer_id == volunteer_id, Award.status == "provisional"
        )
    )
    return int(total or 0)
