"""Use cases of the public page on which anybody may ask: what is sent in waits for a call back.

Nobody knows yet who asked, so nothing is done before somebody of staff has spoken to them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, insert, select

from moralbank.core import audit, clock, keys, ratelimit
from moralbank.core.actor import Actor, system
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.policy import within
from moralbank.core.problems import conflict, invalid_field, not_found
from moralbank.core.spelling import network_of
from moralbank.core.transaction import operation, query
from moralbank.events.changes import wrong_state
from moralbank.events.codes import Taken
from moralbank.events.models import Ask
from moralbank.events.requests import request_errand
from moralbank.events.rules import MAX_WAITING_ASKS
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, find, path_of
from moralbank.people.volunteers import PHONE
from moralbank.rulebook.operations import in_force

PER_ADDRESS, WINDOW = 20, timedelta(hours=1)
"""As many may be sent in from one network address, where a whole house may share one."""


@dataclass(frozen=True, slots=True)
class AskView:
    """What somebody asked for, and whom to call back. `item` is the service item's name; `address`
    is where they live. Taken, it is the errand `event_id`; refused, `reason` says why."""

    id: str
    community_id: str
    community: str
    service_item: str
    item: str
    kind: str
    name: str
    phone: str
    address: str | None
    needed_at: datetime | None
    note: str | None
    asked_at: datetime
    status: str
    event_id: str | None
    reason: str | None


def _view(row: Ask, community: str) -> AskView:
    item = in_force(clock.today()).items.get(row.service_item)
    return AskView(
        id=row.id,
        community_id=row.community_id,
        community=community,
        service_item=row.service_item,
        item=item.name if item else row.service_item,
        kind=row.kind,
        name=row.name,
        phone=row.phone,
        address=row.address,
        needed_at=row.needed_at,
        note=row.note,
        asked_at=row.asked_at,
        status=row.status,
        event_id=row.event_id,
        reason=row.reason,
    )


@operation("asks.send")
def send(
    actor: Actor,
    *,
    community_id: str,
    service_item: str,
    name: str,
    phone: str,
    address: str | None = None,
    needed_at: datetime | None = None,
    note: str | None = None,
    kind: str = "errand",
) -> str:
    """Keep what somebody asks for until they are called back; return the status, `waiting`.

    Refuses 404 for the community, 422 for an item that is not in the catalogue, 409
    `too_many_waiting` while three wait for a call to the same telephone, 429.
    """
    # Whoever asks works nowhere: every community is open to them.
    community = find(system("asks"), community_id, level="community")
    if service_item not in in_force(clock.today()).items:
        raise invalid_field("service_item", _("服务目录里没有这一项。"))
    bucket = f"asks/{network_of(actor.address)}"
    ratelimit.check(bucket, limit=PER_ADDRESS, window=WINDOW)
    same = select(func.count()).select_from(Ask).where(
        Ask.phone_seal.in_(keys.seals(PHONE, phone)), Ask.status == "waiting"
    )  # fmt: skip
    if (session().scalar(same) or 0) >= MAX_WAITING_ASKS:
        raise conflict(
            "too_many_waiting",
            _(
                "这个电话已有 %(n)d 件事在等社区回电。请等一等，或打电话给社区。",
                n=MAX_WAITING_ASKS,
            ),
        )
    session().execute(
        insert(Ask),
        {
            "id": new_id(),
            "community_id": community.id,
            "service_item": service_item,
            "kind": kind,
            "name": name,
            "phone": phone,
            "phone_seal": keys.seal(PHONE, phone),
            "address": address,
            "needed_at": needed_at,
            "note": note,
            "asked_at": clock.now(),
            "asked_from": actor.address,
            "status": "waiting",
            "event_id": None,
            "reason": None,
            "decided_at": None,
            "decided_by": None,
        },
    )
    ratelimit.failed(bucket, window=WINDOW)  # each that is sent counts, not the refused alone
    return "waiting"


def _within_reach(actor: Actor) -> Select[Any]:
    return (
        select(Ask, Organization.name)
        .join(Organization, Organization.id == Ask.community_id)
        .where(below(actor.scope or "/"))
    )


@query("asks.decide")
def waiting(actor: Actor, *, cursor: str | None = None, limit: int) -> Page[AskView]:
    """List what waits for a call back within reach, the oldest first; that staff saw who asks is
    put on record."""
    page = paged(
        "asks", _within_reach(actor).where(Ask.status == "waiting"), by=[Ask.id],
        cursor=cursor, limit=limit, make=lambda row: _view(row[0], row[1]),
    )  # fmt: skip
    if page.items:
        audit.saw(actor, "asks.see", subject_type="list", subject_id="asks", many=len(page.items))
    return page


def count_waiting(path: str) -> int:
    """Return how many people at or below `path` wait for a call back."""
    found = (
        select(func.count())
        .select_from(Ask)
        .join(Organization, Organization.id == Ask.community_id)
        .where(Ask.status == "waiting", below(path))
    )
    return session().scalar(found) or 0


@query("asks.decide")
def get(actor: Actor, ask_id: str) -> AskView:
    """Return what somebody asked for; that staff saw who asks is put on record. Refuses 404."""
    found = session().execute(_within_reach(actor).where(Ask.id == ask_id)).one_or_none()
    if found is None:
        raise not_found()
    audit.saw(
        actor, "asks.see", subject_type="ask", subject_id=ask_id,
        place=path_of(found[0].community_id),
    )  # fmt: skip
    return _view(found[0], found[1])


def _hold_waiting(actor: Actor, ask_id: str) -> Ask:
    row = session().get(Ask, ask_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise not_found()
    within(actor, path_of(row.community_id))
    if row.status != "waiting":
        raise wrong_state()
    return row


@operation("asks.decide")
def take(actor: Actor, ask_id: str, **corrected: Any) -> Taken:
    """Take as an errand what somebody asked for, once they were called; `corrected` is what the
    call made different: `service_item`, `needed_at`, `note`, `household_no`, `address`.

    Refuses 404, 409 `wrong_state` when it does not wait any more, 422 as a request.
    """
    row = _hold_waiting(actor, ask_id)
    home = {"household_no": corrected.pop("household_no", None)}
    home["address"] = corrected.pop("address", None) or row.address
    asked = {
        "service_item": row.service_item, "needed_at": row.needed_at, "note": row.note, **corrected,
    }  # fmt: skip
    taken = request_errand(
        actor,
        community_id=row.community_id,
        resident={"name": row.name, "phone": row.phone, **home},
        kind=row.kind,
        came_by="page",
        **asked,
    )
    _decide(actor, row, "taken", event_id=taken.id)
    return taken


@operation("asks.decide")
def refuse(actor: Actor, ask_id: str, *, reason: str) -> AskView:
    """Put aside what somebody asked for, and say why. Refuses 404, 409 `wrong_state`."""
    row = _hold_waiting(actor, ask_id)
    _decide(actor, row, "refused", reason=reason)
    return get(actor, ask_id)


def _decide(actor: Actor, row: Ask, status: str, **values: str) -> None:
    row.status, row.decided_at, row.decided_by = status, clock.now(), actor.caller
    for name, value in values.items():
        setattr(row, name, value)
    session().flush()
