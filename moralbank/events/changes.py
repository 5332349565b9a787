"""An errand changes its status in one place, and every change is on record."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import insert, select

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.problems import Refusal, conflict, not_found
from moralbank.events.models import EventChange, Participant, ServiceEvent
from moralbank.events.reach import check_reach
from moralbank.organizations.models import Organization


@dataclass(frozen=True, slots=True)
class Change:
    """One line of an errand's history. `action` says what was done where the status alone does
    not, `volunteer_id` with whom."""

    at: datetime
    from_status: str | None
    to_status: str
    actor_name: str
    note: str
    action: str | None
    volunteer_id: str | None


def hold(event_id: str) -> tuple[ServiceEvent, str]:
    """Return an errand's row, held until the transaction ends, and its community's path.

    Refuses 404.
    """
    found = (
        session()
        .execute(
            select(ServiceEvent, Organization.path)
            .join(Organization, Organization.id == ServiceEvent.community_id)
            .where(ServiceEvent.id == event_id)
            .with_for_update(of=ServiceEvent)
            .execution_options(populate_existing=True)
        )
        .one_or_none()
    )
    if found is None:
        raise not_found()
    return found[0], found[1]


def hold_within(actor: Actor, event_id: str) -> ServiceEvent:
    """Return an errand's row within the actor's reach, held. Refuses 404."""
    row, path = hold(event_id)
    check_reach(actor, row, path)
    return row


def wrong_state() -> Refusal:
    """409: the errand's status does not allow it."""
    return conflict("wrong_state", _("服务当前的状态不能这样办理。"))


def begin(
    actor: Actor, values: dict[str, Any], *, action: str | None = None, note: str = ""
) -> str:
    """Make an errand, open, of its `values`, and put it on record; return its id."""
    number = new_id()
    session().execute(
        insert(ServiceEvent),
        {
            "id": number,
            "status": "open",
            "created_at": clock.now(),
            "performed_at": None,
            "quantity": None,
            "wrong_codes": 0,
            "callback_since": None,
            **values,
        },
    )
    record(actor, number, None, "open", action=action, note=note)
    return number


def move(
    actor: Actor,
    event: ServiceEvent,
    to_status: str,
    *,
    note: str = "",
    action: str | None = None,
    volunteer_id: str | None = None,
    **values: Any,
) -> None:
    """Change an errand's status, and whatever else goes with it, and put it on record."""
    record(
        actor, event.id, event.status, to_status, note=note, action=action,
        volunteer_id=volunteer_id,
    )  # fmt: skip
    event.status = to_status
    for name, value in values.items():
        setattr(event, name, value)
    session().flush()


def keep(
    actor: Actor,
    event: ServiceEvent,
    action: str,
    *,
    note: str = "",
    volunteer_id: str | None = None,
) -> None:
    """Put on record what was done with an errand that keeps its status."""
    record(
        actor, event.id, event.status, event.status, note=note, action=action,
        volunteer_id=volunteer_id,
    )  # fmt: skip


def record(
    actor: Actor,
    event_id: str,
    from_status: str | None,
    to_status: str,
    *,
    note: str = "",
    action: str | None = None,
    volunteer_id: str | None = None,
) -> None:
    """Put a change on record."""
    session().execute(
        insert(EventChange),
        {
            "id": new_id(),
            "event_id": event_id,
            "at": clock.now(),
            "from_status": from_status,
            "to_status": to_status,
            "actor": actor.caller,
            "actor_name": actor.name,
            "address": actor.address,
            "note": note,
            "action": action,
            "volunteer_id": volunteer_id,
        },
    )


def history(event_id: str) -> list[Change]:
    """Return the history of an errand, oldest first."""
    rows = (
        session()
        .execute(
            select(EventChange).where(EventChange.event_id == event_id).order_by(EventChange.id)
        )
        .scalars()
    )
    return [
        Change(
            row.at, row.from_status, row.to_status, row.actor_name, row.note, row.action,
            row.volunteer_id,
        )
        for row in rows
    ]  # fmt: skip


def performed_by(event: ServiceEvent) -> set[str]:
    """Return the volunteers who did an errand."""
    return set(
        session().scalars(
            select(Participant.volunteer_id).where(
                Participant.event_id == event.id, Participant.minutes.is_not(None)
            )
        )
    )


def hands_of(actor: Actor, event: ServiceEvent) -> bool:
    """Tell whether somebody had a hand in an errand: did it, or changed anything of it."""
    if actor.volunteer_id in performed_by(event):
        return True
    hands = session().scalars(select(EventChange.actor).where(EventChange.event_id == event.id))
    return actor.caller in set(hands)
