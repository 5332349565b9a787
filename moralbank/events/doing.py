"""Use cases of doing an errand: claim it, complete it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, insert, select

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.policy import within
from moralbank.core.problems import conflict, forbidden, invalid_field, not_found
from moralbank.core.transaction import operation
from moralbank.events.changes import hold, hold_within, move, wrong_state
from moralbank.events.models import Participant
from moralbank.events.requests import district_of
from moralbank.events.standings import refuse_stopped
from moralbank.people.volunteers import find_volunteer
from moralbank.rulebook.operations import in_force, rulebook


@operation("events.claim")
def claim(actor: Actor, event_id: str, *, volunteer_id: str | None = None) -> None:
    """Claim an open errand: a volunteer for themselves, a worker for somebody.

    Who asked, and whether the volunteer may be rated by them, is not looked at here. Refuses 404,
    403 for somebody else's account, 403 `not_in_good_standing` where the rulebook stops them, 409
    `wrong_state` when it is no longer open.
    """
    event, path = hold(event_id)
    if actor.kind == "volunteer":
        if volunteer_id not in (None, actor.volunteer_id):
            raise forbidden(_("只能用自己的账户认领。"))
        volunteer_id = actor.volunteer_id
        if not path.startswith(district_of(actor.scope or "?")):
            raise not_found()
    else:
        within(actor, path)
        if volunteer_id is None:
            raise invalid_field("volunteer_id", _("请填写由谁来做。"))
    assert volunteer_id is not None
    volunteer = find_volunteer(actor, volunteer_id)
    if event.status != "open":
        raise wrong_state()
    if volunteer.status != "active":
        raise conflict("wrong_state", _("这个账户已冻结或销户。"))
    refuse_stopped(in_force(clock.today()), volunteer.id, "claims")
    _add(event.id, volunteer.id, minutes=None)
    move(actor, event, "claimed")


def _add(event_id: str, volunteer_id: str, *, minutes: int | None) -> None:
    session().execute(
        insert(Participant),
        {
            "event_id": event_id,
            "volunteer_id": volunteer_id,
            "minutes": minutes,
            "claimed_at": clock.now(),
        },
    )


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
    if event.status not in ("open", "claimed"):
        raise wrong_state()
    unit = rulebook(event.rulebook_version).items[event.service_item].unit
    claimed = _claimed(event.id)
    people = [str(person["volunteer_id"]) for person in participants]
    for place, volunteer_id in enumerate(people):
        if volunteer_id in people[:place]:
            raise invalid_field("participants", _("同一位志愿者只能填写一次。"))
        if volunteer_id not in claimed:
            find_volunteer(actor, volunteer_id)
    session().execute(delete(Participant).where(Participant.event_id == event.id))
    for person in participants:
        _add(event.id, person["volunteer_id"], minutes=person["minutes"])
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


def _claimed(event_id: str) -> set[str]:
    return set(
        session().scalars(select(Participant.volunteer_id).where(Participant.event_id == event_id))
    )
