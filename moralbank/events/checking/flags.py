"""Use cases of the queue: what was flagged, and what a person found."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, select, update

from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.pagination import Page, paged
from moralbank.core.problems import conflict, forbidden, not_found
from moralbank.core.transaction import operation, query
from moralbank.events.awarding.taking_back import freeze
from moralbank.events.changes import hands_of, hold_within, move
from moralbank.events.checking.models import Flag
from moralbank.events.checking.releasing import release_ready
from moralbank.events.models import ServiceEvent
from moralbank.events.reach import reached
from moralbank.organizations.models import Organization
from moralbank.people.identities import public_names
from moralbank.people.rules import masked_name
from moralbank.rulebook.operations import rulebook
from moralbank.rulebook.rules import Line


@dataclass(frozen=True, slots=True)
class FlagView:
    """Something to look at: which errand, whose (masked; "" where it is about no one of them), and
    what was seen, line by line."""

    id: str
    kind: str
    service_event_id: str
    service_item_name: str
    community: str
    volunteer_id: str | None
    display_name: str
    lines: tuple[Line, ...]
    delays: bool
    status: str
    raised_at: datetime
    note: str | None

    @property
    def saw(self) -> list[str]:
        """The lines in the reader's language."""
        return [_(line.text, **line.values) for line in self.lines]


def _within_reach(actor: Actor) -> Select[Any]:
    return (
        select(Flag, ServiceEvent, Organization.name)
        .join(ServiceEvent, ServiceEvent.id == Flag.event_id)
        .join(Organization, Organization.id == ServiceEvent.community_id)
        .where(reached(actor.scope or "/"))
    )


def _view(row: Any) -> FlagView:
    flag, event, community = row[0], row[1], row[2]
    named = public_names([flag.volunteer_id]) if flag.volunteer_id else {}
    name = masked_name(named[flag.volunteer_id].name) if flag.volunteer_id in named else ""
    item = rulebook(event.rulebook_version).items[event.service_item]
    return FlagView(
        flag.id, flag.kind, flag.event_id, item.name, community, flag.volunteer_id, name,
        tuple(Line.from_json(line) for line in flag.saw), flag.delays, flag.status,
        flag.raised_at, flag.note,
    )  # fmt: skip


@query("flags.read")
def list_flags(
    actor: Actor, *, status: str | None = None, kind: str | None = None,
    cursor: str | None = None, limit: int,
) -> Page[FlagView]:  # fmt: skip
    """List the flags within reach, the oldest first."""
    statement = _within_reach(actor)
    if status is not None:
        statement = statement.where(Flag.status == status)
    if kind is not None:
        statement = statement.where(Flag.kind == kind)
    return paged("flags", statement, by=[Flag.id], cursor=cursor, limit=limit, make=_view)


def count_open(path: str) -> int:
    """Return how many flags of errands within reach of who works at `path` wait for somebody."""
    found = (
        select(func.count())
        .select_from(Flag)
        .join(ServiceEvent, ServiceEvent.id == Flag.event_id)
        .join(Organization, Organization.id == ServiceEvent.community_id)
        .where(Flag.status == "open", reached(path))
    )
    return session().scalar(found) or 0


@operation("flags.decide")
def decide(actor: Actor, flag_id: str, *, finding: str, note: str) -> FlagView:
    """Say what was found: all is `fine`, or something is `wrong`; what follows from that (a
    dispute, a deduction) is done by people, each by its own way. Awards that waited for this alone
    are released when all is fine, and disputed when something is wrong: a third person decides.

    Refuses 404; 403 for whoever did, recorded or entered anything of the errand; 409
    `wrong_state` when it was decided already.
    """
    found = session().get(Flag, flag_id)
    if found is None:
        raise not_found()
    event = hold_within(actor, found.event_id)
    session().refresh(found)
    if found.status != "open":
        raise conflict("wrong_state", _("这一条已经有人核实过。"))
    if hands_of(actor, event) or actor.volunteer_id in (found.volunteer_id or "-",):
        raise forbidden(_("做过、录入过或提出过这件事的人不能核实。"))
    session().execute(
        update(Flag)
        .where(Flag.id == found.id)
        .values(status=finding, note=note, decided_by=actor.caller, decided_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    session().refresh(found)
    audit.record(actor, "flags.decide", subject_type="flag", subject_id=found.id, finding=finding)
    if finding == "wrong" and found.delays and event.status == "rated":
        freeze(event)
        move(actor, event, "disputed", note=note)
    release_ready(actor, event)
    row = session().execute(_within_reach(actor).where(Flag.id == found.id)).one()
    return _view(row)
