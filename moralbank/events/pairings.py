"""Use cases of registered pairings (结对帮扶): one volunteer looks after one resident for years.

They are exempt from diminishing returns and from pair limits, from the moment of registration on
and for errands done since.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, insert, or_, select, update

from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.policy import within
from moralbank.core.problems import conflict, forbidden, invalid, not_found
from moralbank.core.transaction import operation, query
from moralbank.events.models import Pairing
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, find, path_of
from moralbank.people import residents
from moralbank.people.models import Resident
from moralbank.people.volunteers import find_volunteer, hold_volunteers


@dataclass(frozen=True, slots=True)
class PairingView:
    """A pairing as staff see it."""

    id: str
    volunteer_id: str
    resident: residents.ResidentView
    note: str
    registered_at: datetime
    ended_at: datetime | None


def _view(row: Pairing) -> PairingView:
    return PairingView(
        row.id, row.volunteer_id, residents.get(row.resident_id), row.note, row.registered_at,
        row.ended_at,
    )  # fmt: skip


@operation("pairings.change")
def register(
    actor: Actor,
    *,
    volunteer_id: str,
    community_id: str,
    resident: dict[str, Any],
    note: str = "",
) -> PairingView:
    """Register that a volunteer looks after a resident of a community, from now on.

    The resident is known again by name and phone, or without a phone by household. Refuses 404; 422
    where neither is given; 403 for one's own account; 409 `already_paired`.
    """
    volunteer = find_volunteer(actor, volunteer_id)
    community = find(actor, community_id, level="community")
    if actor.volunteer_id == volunteer.id:
        raise forbidden(_("自己的结对要由同事登记。"))
    if resident.get("phone") is None and resident.get("household_no") is None:
        missing = [_("请填写电话或门牌号其中一个，以便认出是同一位居民。")]
        raise invalid({"resident": {"phone": missing, "household_no": missing}})
    hold_volunteers([volunteer.id])
    resident_id = residents.meet(community_id=community.id, **resident)
    running = select(Pairing.id).where(
        Pairing.volunteer_id == volunteer.id,
        Pairing.resident_id == resident_id,
        Pairing.ended_at.is_(None),
    )
    if session().scalar(running) is not None:
        raise conflict("already_paired", _("这两位已经登记结对。"))
    number = new_id()
    session().execute(
        insert(Pairing),
        {
            "id": number,
            "volunteer_id": volunteer.id,
            "resident_id": resident_id,
            "note": note,
            "registered_at": clock.now(),
            "registered_by": actor.caller,
            "ended_at": None,
            "ended_by": None,
        },
    )
    audit.record(actor, "pairings.register", subject_type="pairing", subject_id=number)
    return _view(session().get_one(Pairing, number))


@operation("pairings.change")
def end(actor: Actor, pairing_id: str) -> PairingView:
    """End a pairing. Refuses 404, 409 `wrong_state` when it is over already."""
    row = session().get(Pairing, pairing_id)
    if row is None:
        raise not_found()
    within(actor, _place(row))
    done = session().scalar(
        update(Pairing)
        .where(Pairing.id == row.id, Pairing.ended_at.is_(None))
        .values(ended_at=clock.now(), ended_by=actor.caller)
        .returning(Pairing.id)
        .execution_options(synchronize_session=False)
    )
    if done is None:
        raise conflict("wrong_state", _("这对结对已经结束。"))
    session().refresh(row)
    audit.record(actor, "pairings.end", subject_type="pairing", subject_id=row.id)
    return _view(row)


def _place(row: Pairing) -> str:
    return path_of(session().get_one(Resident, row.resident_id).community_id)


def paired_with(resident_id: str, at: datetime) -> set[str]:
    """Return the volunteers who were registered as a resident's pair at a moment."""
    return set(
        session().scalars(
            select(Pairing.volunteer_id).where(
                Pairing.resident_id == resident_id,
                Pairing.registered_at <= at,
                or_(Pairing.ended_at.is_(None), Pairing.ended_at > at),
            )
        )
    )


@query("pairings.read")
def list_pairings(
    actor: Actor, *, volunteer_id: str | None = None, cursor: str | None = None, limit: int
) -> Page[PairingView]:
    """List the pairings with residents within the actor's reach, newest first; that staff saw the
    residents is put on record. Refuses 404."""
    statement: Select[Any] = (
        select(Pairing)
        .join(Resident, Resident.id == Pairing.resident_id)
        .join(Organization, Organization.id == Resident.community_id)
        .where(below(actor.scope or "/"))
    )
    if volunteer_id is not None:
        statement = statement.where(Pairing.volunteer_id == find_volunteer(actor, volunteer_id).id)
    page = paged(
        "pairings",
        statement,
        by=[Pairing.id],
        cursor=cursor,
        limit=limit,
        newest_first=True,
        make=lambda row: _view(row[0]),
    )
    if page.items:
        audit.saw(
            actor, "residents.see", subject_type="list", subject_id="pairings",
            many=len(page.items),
        )  # fmt: skip
    return page
