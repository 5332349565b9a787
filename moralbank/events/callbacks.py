"""Use cases of calling back: who has not rated is called, and every try is on record."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Select, func, insert, select

from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.transaction import operation, query
from moralbank.events.awarding.measures import is_unrated, unrated
from moralbank.events.changes import hold_within, keep, wrong_state
from moralbank.events.models import CallbackTry, EventChange, ServiceEvent
from moralbank.events.reach import reached
from moralbank.events.requests import requester_of
from moralbank.organizations.models import Organization
from moralbank.people import residents
from moralbank.rulebook.operations import rulebook


@dataclass(frozen=True, slots=True)
class TryView:
    """A try to reach somebody."""

    at: datetime
    actor_name: str
    reached: bool
    note: str


@dataclass(frozen=True, slots=True)
class Callee:
    """Somebody to call: the resident, or who spoke for them (`relation`)."""

    name: str
    phone: str | None
    relation: str | None


@dataclass(frozen=True, slots=True)
class CallbackLine:
    """An errand whose resident should be called. `overdue`: it would have expired, had anybody
    tried to reach somebody in vain."""

    id: str
    item: str
    community: str
    performed_at: datetime | None
    since: datetime | None
    callees: list[Callee]
    tries: list[TryView]
    overdue: bool


def callees_of(event: ServiceEvent) -> list[Callee]:
    """Return who can be asked how an errand went."""
    found = []
    if event.resident_id is not None:
        person = residents.get(event.resident_id)
        found.append(Callee(person.name, person.phone, None))
    if spoke := requester_of(event):
        found.append(Callee(spoke["name"], spoke.get("phone"), spoke["relation"]))
    return found


def can_be_asked(event: ServiceEvent) -> bool:
    """Tell whether anybody can be asked about an errand: by phone, at home, or, where it had no
    resident, the neighbours on the spot."""
    if event.resident_id is None:
        return True
    resident = residents.get(event.resident_id)
    at_home = resident.address is not None or resident.household_no is not None
    return at_home or any(person.phone for person in callees_of(event))


def tries_of(event_ids: Collection[str]) -> dict[str, list[TryView]]:
    """Return the tries by errand, the oldest first."""
    rows = session().scalars(
        select(CallbackTry).where(CallbackTry.event_id.in_(event_ids)).order_by(CallbackTry.id)
    )
    found: dict[str, list[TryView]] = {}
    for row in rows:
        view = TryView(row.at, row.actor_name, row.reached, row.note)
        found.setdefault(row.event_id, []).append(view)
    return found


def completed_at() -> Any:
    """Return the moment at which an errand was recorded as done, for a statement."""
    return (
        select(func.max(EventChange.at))
        .where(
            EventChange.event_id == ServiceEvent.id,
            EventChange.to_status == "completed",
            EventChange.from_status != "completed",
        )
        .correlate(ServiceEvent)
        .scalar_subquery()
    )


def days_ago(setting: str) -> datetime:
    """Return the moment as many days ago as a setting says."""
    return clock.now() - timedelta(days=int(current_app.config[setting]))


@operation("events.call_back")
def call_back(actor: Actor, event_id: str, *, reached: bool, note: str = "") -> None:
    """Put a try to call somebody about an errand that is not rated on record. Refuses 404, 409
    `wrong_state`."""
    event = hold_within(actor, event_id)
    if not is_unrated(event):
        raise wrong_state()
    session().execute(
        insert(CallbackTry),
        {
            "id": new_id(),
            "event_id": event.id,
            "at": clock.now(),
            "actor": actor.caller,
            "actor_name": actor.name,
            "reached": reached,
            "note": note,
        },
    )
    keep(actor, event, "reached" if reached else "not_reached", note=note)


@query("events.call_back")
def to_call(actor: Actor, *, cursor: str | None = None, limit: int) -> Page[CallbackLine]:
    """List the errands within reach whose resident should be called, the oldest first; that staff
    saw whom to call is put on record."""
    statement: Select[Any] = (
        select(ServiceEvent, Organization.name, completed_at() <= days_ago("EXPIRES_AFTER_DAYS"))
        .join(Organization, Organization.id == ServiceEvent.community_id)
        .where(
            reached(actor.scope or "/"),
            ServiceEvent.callback_since.is_not(None),
            unrated(),
        )
    )
    page = paged(
        "callbacks", statement, by=[ServiceEvent.id], cursor=cursor, limit=limit,
        make=lambda row: (row[0], row[1], bool(row[2])),
    )  # fmt: skip
    if page.items:
        audit.saw(
            actor, "residents.see", subject_type="list", subject_id="callbacks",
            many=len(page.items),
        )  # fmt: skip
    tries = tries_of([row.id for row, _place, _overdue in page.items])
    lines = [
        CallbackLine(
            id=row.id,
            item=rulebook(row.rulebook_version).items[row.service_item].name,
            community=place,
            performed_at=row.performed_at,
            since=row.callback_since,
            callees=callees_of(row),
            tries=tries.get(row.id, []),
            overdue=overdue,
        )
        for row, place, overdue in page.items
    ]
    return Page(lines, page.next)
