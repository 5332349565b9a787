"""Corrections of a wallet, with a reason, large ones by two people; and by two people what somebody
had in a paper book before there was this one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, insert, select, update

from moralbank import ledger
from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.problems import conflict, forbidden, invalid_field, not_found
from moralbank.core.transaction import operation, query
from moralbank.organizations.models import Organization
from moralbank.people.identities import about
from moralbank.people.models import Adjustment, Volunteer
from moralbank.people.volunteers import find_volunteer, reached, wallet_of
from moralbank.rulebook.operations import in_force


@dataclass(frozen=True, slots=True)
class AdjustmentView:
    """A correction, or an opening balance; `amount` signed, in hundredths (minutes: whole)."""

    id: str
    volunteer_id: str
    asset: ledger.Asset
    amount: int
    reason: str
    opening: bool
    status: str
    asked_by: str
    asked_at: datetime
    decided_by: str | None


def _view(row: Adjustment) -> AdjustmentView:
    return AdjustmentView(
        row.id, row.volunteer_id, row.asset, row.amount, row.reason, row.opening, row.status,  # type: ignore[arg-type]
        row.asked_by, row.asked_at, row.decided_by,
    )  # fmt: skip


def _not_own(actor: Actor, volunteer_id: str) -> None:
    if actor.volunteer_id == volunteer_id:
        raise forbidden(_("自己的账户要由同事办理。"))


@operation("adjustments.post")
def adjust(
    actor: Actor, *, volunteer_id: str, asset: ledger.Asset, amount: int, reason: str,
    opening: bool = False,
) -> AdjustmentView:  # fmt: skip
    """Correct a wallet by a signed amount. Above the rulebook's limit it stays pending until a
    second supervisor approves it, and so does what is taken over from a paper book (`opening`),
    however little.

    Refuses 404, 403 for one's own account, 409 `insufficient_points`, 422 for a book with less than
    nothing in it.
    """
    if opening and amount < 0:
        raise invalid_field("amount", _("旧存折上的数不能是负的。"))
    volunteer = find_volunteer(actor, volunteer_id)
    _not_own(actor, volunteer.id)
    limit = in_force(clock.today()).second_person_above
    # The limit is in hundredths of a point; ten thousand minutes weigh as ten thousand points.
    pending = opening or abs(amount) * (100 if asset == "minutes" else 1) > limit
    number = new_id()
    session().execute(
        insert(Adjustment),
        {
            "id": number,
            "volunteer_id": volunteer.id,
            "asset": asset,
            "amount": amount,
            "reason": reason,
            "opening": opening,
            "status": "pending",
            "asked_by": actor.caller,
            "asked_at": clock.now(),
            "decided_by": None,
            "decided_at": None,
        },
    )
    row = session().get_one(Adjustment, number)
    _recorded(actor, "adjustments.ask", row)
    return _view(row) if pending else _post(actor, row, decided_by=None)


@operation("adjustments.post")
def approve(actor: Actor, adjustment_id: str) -> AdjustmentView:
    """Post a pending correction as its second person.

    Refuses 404, 409 `wrong_state`, 403 for whoever asked for it or owns the account.
    """
    row = (
        session()
        .execute(select(Adjustment).where(Adjustment.id == adjustment_id).with_for_update())
        .scalar_one_or_none()
    )
    if row is None:
        raise not_found()
    find_volunteer(actor, row.volunteer_id)
    if row.status != "pending":
        raise conflict("wrong_state", _("这笔调整已经入账。"))
    if row.asked_by == actor.caller:
        raise forbidden(_("大额调整要由另一位主管复核。"))
    _not_own(actor, row.volunteer_id)
    return _post(actor, row, decided_by=actor.caller)


def _post(actor: Actor, row: Adjustment, *, decided_by: str | None) -> AdjustmentView:
    wallet, now = wallet_of(row.volunteer_id), clock.now()
    ledger.post(
        [
            ledger.Posting(
                key=f"adjustment:{row.id}",
                kind="opening" if row.opening else "adjustment",
                asset=row.asset,  # type: ignore[arg-type]
                payer=ledger.ISSUANCE if row.amount > 0 else wallet,
                payee=wallet if row.amount > 0 else ledger.ISSUANCE,
                amount=abs(row.amount),
                effective_at=now,
                reason=row.reason,
                source_type="adjustment",
                source_id=row.id,
            )
        ]
    )
    session().execute(
        update(Adjustment)
        .where(Adjustment.id == row.id)
        .values(status="posted", decided_by=decided_by, decided_at=now)
    )
    session().refresh(row)
    _recorded(actor, "adjustments.post", row)
    return _view(row)


def _recorded(actor: Actor, action: str, row: Adjustment) -> None:
    audit.record(
        actor, action, subject_type="adjustment", subject_id=row.id, **about(row.volunteer_id)
    )


@query("adjustments.read")
def count_pending(actor: Actor) -> int:
    """Return how many corrections within reach wait for this second person."""
    others = _within_reach(actor).where(
        Adjustment.status == "pending", Adjustment.asked_by != actor.caller
    )
    return session().scalar(others.with_only_columns(func.count())) or 0


def _within_reach(actor: Actor) -> Select[Any]:
    return (
        select(Adjustment)
        .join(Volunteer, Volunteer.id == Adjustment.volunteer_id)
        .join(Organization, Organization.id == Volunteer.community_id)
        .where(reached(actor.scope or "/"))
    )


@query("adjustments.read")
def list_adjustments(
    actor: Actor, *, status: str | None = None, cursor: str | None = None, limit: int
) -> Page[AdjustmentView]:
    """List the corrections of volunteers within the actor's reach, newest first; those that wait
    for a second person are `pending`."""
    statement = _within_reach(actor)
    if status is not None:
        statement = statement.where(Adjustment.status == status)
    return paged(
        "adjustments",
        statement,
        by=[Adjustment.id],
        cursor=cursor,
        limit=limit,
        newest_first=True,
        make=lambda row: _view(row[0]),
    )
