"""What became of accounts, as it is written down."""

from datetime import date

from sqlalchemy import insert, select

from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.people.identities import about
from moralbank.people.models import AccountChange


def note(
    actor: Actor, volunteer_id: str, kind: str, *, status: str = "done", happened_on: date,
    reason: str | None = None, other_id: str | None = None, relation: str | None = None,
    before: str | None = None,
) -> AccountChange:  # fmt: skip
    """Write down a change of an account, in the caller's transaction."""
    number = new_id()
    session().execute(
        insert(AccountChange),
        {
            "id": number,
            "volunteer_id": volunteer_id,
            "kind": kind,
            "status": status,
            "happened_on": happened_on,
            "reason": reason,
            "other_id": other_id,
            "relation": relation,
            "before": before,
            "points": None,
            "asked_by": actor.caller,
            "asked_at": clock.now(),
            "decided_by": None,
            "decided_at": None,
        },
    )
    audit.record(
        actor, f"accounts.{kind}", subject_type="volunteer", subject_id=volunteer_id,
        change=number, **about(volunteer_id),
    )  # fmt: skip
    return session().get_one(AccountChange, number)


def merged_accounts() -> dict[str, str]:
    """Return, for each account that was merged, the one in which its work counts today."""
    into = {
        row[0]: row[1]
        for row in session().execute(
            select(AccountChange.volunteer_id, AccountChange.other_id)
            .where(AccountChange.kind == "merged", AccountChange.status == "done")
            .order_by(AccountChange.id)
        )
    }

    def last(number: str) -> str:
        # An account that took one in may itself have gone into a third; none goes back.
        seen = {number}
        while number in into and into[number] not in seen:
            number = into[number]
            seen.add(number)
        return number

    return {number: last(number) for number in into}
