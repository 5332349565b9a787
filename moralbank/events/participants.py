"""Who takes part in an errand: added, taken out, and what that makes of it."""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import delete, func, insert, select

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.problems import conflict, not_found
from moralbank.events.awarding.standings import refuse_stopped
from moralbank.events.changes import keep, move
from moralbank.events.models import Participant, ServiceEvent
from moralbank.events.presence import forget
from moralbank.events.rules import MAX_PARTICIPANTS, still_wanted
from moralbank.rulebook.operations import in_force


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an errand stands after somebody left it, who may see no more of it than this."""

    id: str
    status: str
    still_wanted: int


def standing(event: ServiceEvent) -> Standing:
    """Return where an errand stands."""
    wanted = still_wanted(event.volunteers_needed, count(event.id))
    return Standing(event.id, event.status, wanted)


def district_of(path: str) -> str:
    """Return the path of the district that a path lies in: volunteers help all over it."""
    return "/".join(path.split("/")[:2]) + "/"


def taking_part(event_id: str) -> set[str]:
    """Return the volunteers who claimed an errand, or did it."""
    return set(
        session().scalars(select(Participant.volunteer_id).where(Participant.event_id == event_id))
    )


def count(event_id: str) -> int:
    """Return how many take part in an errand."""
    found = session().scalar(
        select(func.count()).select_from(Participant).where(Participant.event_id == event_id)
    )
    return int(found or 0)


def add(event_id: str, volunteer_id: str, *, minutes: int | None = None) -> None:
    """Let a volunteer take part in an errand that is held."""
    session().execute(
        insert(Participant),
        {
            "event_id": event_id,
            "volunteer_id": volunteer_id,
            "minutes": minutes,
            "claimed_at": clock.now(),
        },
    )


def join(
    actor: Actor, event: ServiceEvent, volunteer_id: str, action: str | None, *, note: str = ""
) -> None:
    """Let a volunteer take part in an errand that is held and under way, and put it on record; it
    is claimed once as many do as it needs. Refuses 403 `not_in_good_standing` where the rulebook
    stops them, 409 `wrong_state` where there are too many."""
    refuse_stopped(in_force(clock.today()), volunteer_id, "claims")
    many = count(event.id)
    if many >= MAX_PARTICIPANTS:
        raise conflict("wrong_state", _("一件事最多 500 人参加。"))
    add(event.id, volunteer_id)
    if event.status == "open" and not still_wanted(event.volunteers_needed, many + 1):
        move(actor, event, "claimed", note=note, action=action, volunteer_id=volunteer_id)
    else:
        keep(actor, event, action or "claim", note=note, volunteer_id=volunteer_id)


def leave(
    actor: Actor, event: ServiceEvent, volunteer_id: str, action: str, *, note: str = ""
) -> None:
    """Take a volunteer out of an errand that is held and under way, and put it on record; it is
    open again when too few are left. Refuses 404 for somebody who does not take part."""
    gone = session().execute(
        delete(Participant)
        .where(Participant.event_id == event.id, Participant.volunteer_id == volunteer_id)
        .returning(Participant.volunteer_id)
    )
    if gone.first() is None:
        raise not_found(_("这位志愿者没有参加这件事。"))
    forget(event.id, volunteer_id)
    wanted = still_wanted(event.volunteers_needed, count(event.id))
    if event.status == "claimed" and wanted:
        move(actor, event, "open", note=note, action=action, volunteer_id=volunteer_id)
    else:
        keep(actor, event, action, note=note, volunteer_id=volunteer_id)
