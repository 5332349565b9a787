"""Use cases of a completion: who did an errand, for how long, and when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select

from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.problems import invalid_field
from moralbank.core.transaction import operation
from moralbank.events.changes import hold_within, move, wrong_state
from moralbank.events.models import Participant, ServiceEvent
from moralbank.events.participants import add, taking_part
from moralbank.events.rules import UNDER_WAY
from moralbank.people.volunteers import find_volunteer
from moralbank.rulebook.operations import rulebook


@operation("events.complete")
def complete(
    actor: Actor,
    event_id: str,
    *,
    participants: Sequence[dict[str, Any]],
    performed_at: datetime,
    quantity: int | None = None,
    note: str | None = None,
) -> None:
    """Record who did an errand, for how many minutes each, and when it began.

    `participants` is what counts from here on: whoever claimed and is not among them did not do it.
    An errand that nobody claimed is taken as claimed by them. Refuses 404, 422 for a volunteer
    named twice or a quantity where nothing is counted, 409 `wrong_state`.
    """
    event = hold_within(actor, event_id)
    if event.status not in UNDER_WAY:
        raise wrong_state()
    unit = rulebook(event.rulebook_version).items[event.service_item].unit
    claimed = taking_part(event.id)
    people = [str(person["volunteer_id"]) for person in participants]
    for place, volunteer_id in enumerate(people):
        if volunteer_id in people[:place]:
            raise invalid_field("participants", _("同一位志愿者只能填写一次。"))
        if volunteer_id not in claimed:
            find_volunteer(actor, volunteer_id)
    session().execute(delete(Participant).where(Participant.event_id == event.id))
    for person in participants:
        add(event.id, person["volunteer_id"], minutes=person["minutes"])
    if event.status == "open":
        move(actor, event, "claimed")
    move(
        actor,
        event,
        "completed",
        note=note or "",
        performed_at=performed_at,
        quantity=quantity if unit == "count" else None,
    )


def performed_by(event: ServiceEvent) -> set[str]:
    """Return the volunteers who did an errand."""
    return set(
        session().scalars(
            select(Participant.volunteer_id).where(
                Participant.event_id == event.id, Participant.minutes.is_not(None)
            )
        )
    )
