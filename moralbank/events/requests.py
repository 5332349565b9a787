"""Use cases of a request: take it, show it, cancel it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Required, TypedDict, Unpack

from flask_babel import gettext as _
from sqlalchemy import select

from moralbank.core import audit, clock, keys
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.policy import WORKER
from moralbank.core.problems import invalid_field, not_found
from moralbank.core.transaction import operation, query
from moralbank.events.awarding.awards import AwardView, awards_of
from moralbank.events.awarding.measures import is_unrated
from moralbank.events.changes import begin, hold_within, move, wrong_state
from moralbank.events.codes import Taken, make_codes, taken
from moralbank.events.models import Attendance, Participant, ServiceEvent
from moralbank.events.participants import district_of
from moralbank.events.presence import attendances, close
from moralbank.events.reach import check_reach, posting_place
from moralbank.events.rules import CANCELLABLE, MAX_WRONG_CODES, UNDER_WAY, still_wanted
from moralbank.events.series import RepeatsView, follow, is_asked, repeats_of, start_series
from moralbank.organizations.models import Organization
from moralbank.people import residents
from moralbank.people.identities import public_names
from moralbank.people.rules import masked_name
from moralbank.rulebook.operations import rulebook, version_in_force

REQUESTER = "requester"


@dataclass(frozen=True, slots=True)
class ParticipantView:
    """Somebody who claimed or did an errand; when they came and left, where they were scanned, and
    the minutes that this counts."""

    volunteer_id: str
    display_name: str
    minutes: int | None
    came_at: datetime | None
    left_at: datetime | None
    attended: int | None


@dataclass(frozen=True, slots=True)
class EventView:
    """An errand. Who asked is there for those alone who serve them."""

    id: str
    status: str
    service_item: str
    rulebook_version: int
    service_item_name: str
    unit: str
    community_id: str
    community: str
    station_id: str | None
    station: str | None
    has_resident: bool
    resident: residents.ResidentView | None
    requester: Mapping[str, Any] | None
    needed_at: datetime | None
    note: str | None
    performed_at: datetime | None
    quantity: int | None
    created_at: datetime
    callback_due: bool
    code_locked: bool
    participants: list[ParticipantView]
    awards: list[AwardView]
    volunteers_needed: int
    still_wanted: int
    deadline: datetime | None
    overdue: bool
    kind: str
    came_by: str | None
    repeats: RepeatsView | None
    asked: bool


class Asked(TypedDict, total=False):
    """What is asked for. `repeats` says how often it comes again and until when, `came_by` how the
    request came in."""

    service_item: Required[str]
    needed_at: datetime | None
    deadline: datetime | None
    note: str | None
    volunteers_needed: int
    repeats: dict[str, Any] | None
    kind: str
    came_by: str | None


@operation("events.request")
def request_errand(
    actor: Actor,
    *,
    community_id: str,
    station_id: str | None = None,
    resident: dict[str, Any] | None = None,
    requester: dict[str, Any] | None = None,
    **asked: Unpack[Asked],
) -> Taken:
    """Take a request for a resident, or, without one, for the community.

    One code is made for the resident, or as many as neighbours must rate. `station_id` says which
    station posts it: theirs, for its staff. Refuses 404 for the community and the station, 422 for
    a station that does not serve the community, an item that is not in the catalogue, or a repeat
    without a time.
    """
    community, station = posting_place(actor, community_id, station_id)
    if resident is None and requester is not None:
        raise invalid_field("requester", _("代为申请时要填写居民。"))
    resident_id = None
    if resident is not None:
        resident_id = residents.meet(community_id=community.id, **resident)
    return take(
        actor,
        community_id=community.id,
        station_id=station.id if station else None,
        resident_id=resident_id,
        requester=requester,
        **asked,
    )


def take(
    actor: Actor,
    *,
    community_id: str,
    resident_id: str | None,
    station_id: str | None = None,
    requester: dict[str, Any] | None = None,
    **asked: Unpack[Asked],
) -> Taken:
    """Take a request, in the caller's transaction, for whom the caller says, with their codes.
    Refuses 422 as `request_errand` does."""
    version = version_in_force(clock.today())
    book = rulebook(version)
    if asked["service_item"] not in book.items:
        raise invalid_field("service_item", _("服务目录里没有这一项。"))
    needed_at, repeats = asked.get("needed_at"), asked.get("repeats")
    number = begin(
        actor,
        {
            "service_item": asked["service_item"],
            "rulebook_version": version,
            "community_id": community_id,
            "station_id": station_id,
            "resident_id": resident_id,
            "requester": sealed_speaker(requester),
            "needed_at": needed_at,
            "note": asked.get("note"),
            "requested_by": actor.caller,
            "volunteers_needed": asked.get("volunteers_needed", 1),
            "deadline": asked.get("deadline"),
            "kind": asked.get("kind", "errand"),
            "came_by": asked.get("came_by"),
        },
    )
    if repeats is not None:
        start_series(number, needed_at=needed_at, **repeats)
    codes = make_codes(number, 1 if resident_id is not None else book.neighbours_needed)
    return taken(number, "open", codes, has_resident=resident_id is not None)


def requester_of(event: ServiceEvent) -> dict[str, Any]:
    """Return who spoke for the resident: name, relation and maybe phone; empty when nobody did."""
    return speaker(event.requester)


def speaker(sealed: str | None) -> dict[str, Any]:
    """Return who spoke for a resident, as `sealed_speaker` keeps it; empty when nobody did."""
    found: dict[str, Any] = json.loads(keys.decrypt(REQUESTER, sealed)) if sealed else {}
    return found


def sealed_speaker(person: dict[str, Any] | None) -> str | None:
    """Return who spoke for a resident (name, relation and maybe phone), encrypted."""
    return keys.encrypt(REQUESTER, json.dumps(person, ensure_ascii=False)) if person else None


def see(actor: Actor, event_id: str) -> tuple[ServiceEvent, str]:
    """Return an errand that the actor may see, and its community's path. Refuses 404.

    Staff see those within their reach; volunteers their own, and the open ones of their district.
    """
    row = session().get(ServiceEvent, event_id, populate_existing=True)
    if row is None:
        raise not_found()
    path = session().get_one(Organization, row.community_id).path
    if actor.kind == "volunteer":
        near = path.startswith(district_of(actor.scope or "?"))
        if not (near and row.status == "open") and not _takes_part(actor, row.id):
            raise not_found()
    else:
        check_reach(actor, row, path)
    return row, path


def _takes_part(actor: Actor, event_id: str) -> bool:
    return session().get(Participant, (event_id, actor.volunteer_id)) is not None


@query("events.read")
def get(actor: Actor, event_id: str) -> EventView:
    """Return an errand; that staff saw for whom it is is put on record. Refuses 404."""
    row, path = see(actor, event_id)
    # A volunteer who takes part knows for whom it is, and what they noted, while there is something
    # to do for them, and not for good.
    serves = (
        actor.kind == "system"
        or actor.role in WORKER
        or (row.status in CANCELLABLE and _takes_part(actor, row.id))
    )
    if serves and row.resident_id is not None:
        audit.saw(
            actor, "residents.see", subject_type="service_event", subject_id=row.id, place=path
        )
    item = rulebook(row.rulebook_version).items[row.service_item]
    people = (
        session()
        .execute(
            select(Participant)
            .where(Participant.event_id == row.id)
            .order_by(Participant.volunteer_id)
        )
        .scalars()
        .all()
    )
    names = public_names(person.volunteer_id for person in people)
    there = attendances(row.id)
    if actor.kind == "volunteer":  # when others came and went is theirs and the staff's to know
        there = {number: one for number, one in there.items() if number == actor.volunteer_id}
    awards = awards_of(row.id)
    if actor.kind == "volunteer":
        awards = [award for award in awards if award.volunteer_id == actor.volunteer_id]
    return EventView(
        id=row.id,
        status=row.status,
        service_item=row.service_item,
        rulebook_version=row.rulebook_version,
        service_item_name=item.name,
        unit=item.unit,
        community_id=row.community_id,
        community=session().get_one(Organization, row.community_id).name,
        station_id=row.station_id,
        station=session().get_one(Organization, row.station_id).name if row.station_id else None,
        has_resident=row.resident_id is not None,
        resident=residents.get(row.resident_id) if row.resident_id and serves else None,
        requester=(requester_of(row) or None) if serves else None,
        needed_at=row.needed_at,
        note=row.note if serves else None,
        performed_at=row.performed_at,
        quantity=row.quantity,
        created_at=row.created_at,
        callback_due=row.callback_since is not None and is_unrated(row),
        code_locked=row.wrong_codes >= MAX_WRONG_CODES,
        participants=[
            _participant(person, names[person.volunteer_id].name, there.get(person.volunteer_id))
            for person in people
            if serves or actor.kind != "volunteer" or _takes_part(actor, row.id)
        ],
        awards=awards,
        volunteers_needed=row.volunteers_needed,
        still_wanted=wanted(row, len(people)),
        deadline=row.deadline,
        overdue=is_overdue(row),
        kind=row.kind,
        came_by=row.came_by,
        repeats=repeats_of(row.id),
        asked=actor.volunteer_id is not None and is_asked(row.id, actor.volunteer_id),
    )


def _participant(person: Participant, name: str, there: Attendance | None) -> ParticipantView:
    return ParticipantView(
        volunteer_id=person.volunteer_id,
        display_name=masked_name(name),
        minutes=person.minutes,
        came_at=there.came_at if there else None,
        left_at=there.left_at if there else None,
        attended=there.minutes if there else None,
    )


def wanted(row: ServiceEvent, taking_part: int) -> int:
    """Return how many more volunteers an errand waits for."""
    return still_wanted(row.volunteers_needed, taking_part) if row.status == "open" else 0


def is_overdue(row: ServiceEvent) -> bool:
    """Tell whether an errand was to be done by now and is not."""
    return row.status in UNDER_WAY and row.deadline is not None and row.deadline < clock.now()


@operation("events.cancel")
def cancel(actor: Actor, event_id: str, *, reason: str) -> EventView:
    """Cancel an errand that was not rated yet. Refuses 404, 409 `wrong_state`."""
    event = hold_within(actor, event_id)
    if event.status not in CANCELLABLE:
        raise wrong_state()
    call_off(actor, event, reason)
    return get(actor, event_id)


def call_off(actor: Actor, event: ServiceEvent, reason: str) -> None:
    """Cancel an errand that is held, in the caller's transaction: nobody is there any more, and of
    a series the next one comes."""
    close(event.id)
    move(actor, event, "cancelled", note=reason)
    follow(actor, event)
