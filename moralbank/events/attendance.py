"""Use cases of coming and going: a card is scanned, or the volunteer scans the resident's QR."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.language import recorded
from moralbank.core.problems import conflict, not_found
from moralbank.core.transaction import operation, query
from moralbank.events.changes import hold, keep, wrong_state
from moralbank.events.codes import event_of_visit
from moralbank.events.models import Attendance, ServiceEvent
from moralbank.events.participants import district_of, join, taking_part
from moralbank.events.presence import attendance, bounds_of, came, is_elsewhere, left
from moralbank.events.reach import check_reach
from moralbank.events.rules import UNDER_WAY, next_step, worked
from moralbank.organizations.models import Organization
from moralbank.people.presenting import Presented, present_own
from moralbank.people.rules import masked_name
from moralbank.people.volunteers import find_volunteer
from moralbank.rulebook.operations import rulebook


@dataclass(frozen=True, slots=True)
class Scan:
    """Who came or left; `minutes` is what counts, None while they are there or where nothing
    does."""

    event_id: str
    volunteer_id: str
    display_name: str
    came_at: datetime
    left_at: datetime | None
    minutes: int | None


def _scan(row: Attendance, name: str) -> Scan:
    return Scan(
        row.event_id, row.volunteer_id, masked_name(name), row.came_at, row.left_at, row.minutes
    )


@operation("events.scan")
def check_in(actor: Actor, event_id: str, *, code: str) -> Scan:
    """Say that the holder of a card has come: scanned by staff, or at a terminal of the place.

    Who does not take part yet claims an open errand so. Refuses 404 (also a card of another
    district), 404 `card_unknown`, 403 `card_revoked`, 403 `card_locked`; 409 `wrong_state`,
    `already_checked_in`, `checked_in_elsewhere`, `not_taking_part`.
    """
    event, card = _at(actor, event_id, code)
    return _scan(_arrive(actor, event, card.volunteer_id), card.name)


@operation("events.scan")
def check_out(actor: Actor, event_id: str, *, code: str) -> Scan:
    """Say that the holder of a card has left, and count the minutes since they came.

    Refuses as `check_in` does; 409 `not_checked_in`, `already_checked_out`.
    """
    event, card = _at(actor, event_id, code)
    return _scan(_depart(actor, event, card.volunteer_id), card.name)


@operation("events.scan")
def pass_by(actor: Actor, event_id: str, *, code: str) -> Scan:
    """Take in a card where nobody says which way its holder goes: who has not come comes, who is
    there leaves (`left_at` tells). Refuses as `check_in` and `check_out` do, 409
    `just_checked_in` for a card that is scanned again within a minute."""
    event, card = _at(actor, event_id, code)
    row = attendance(event.id, card.volunteer_id)
    came_at, left_at = (row.came_at, row.left_at) if row is not None else (None, None)
    step = next_step(came_at, left_at, clock.now())
    if step == "wait":
        raise conflict("just_checked_in", _("刚签到，还没有签退。要走的话，过一分钟再扫。"))
    if step == "in":
        return _scan(_arrive(actor, event, card.volunteer_id), card.name)
    return _scan(_depart(actor, event, card.volunteer_id), card.name)


def _at(actor: Actor, event_id: str, code: str) -> tuple[ServiceEvent, Presented]:
    """Return the errand, held, and the card that is shown there."""
    event, path = hold(event_id)
    check_reach(actor, event, path)
    card = present_own(code, to=actor)
    if district_of(card.path) != district_of(path):
        raise not_found(_("这张卡是外区的，不能在这里签到。"))
    return event, card


def _arrive(actor: Actor, event: ServiceEvent, volunteer_id: str) -> Attendance:
    if event.status not in UNDER_WAY:
        raise wrong_state()
    if attendance(event.id, volunteer_id) is not None:
        raise conflict("already_checked_in", _("已经签到过了。"))
    if is_elsewhere(volunteer_id):
        raise conflict("checked_in_elsewhere", _("在另一件事那里签了到，还没有签退。"))
    if volunteer_id not in taking_part(event.id):
        if event.status != "open":
            raise conflict("not_taking_part", _("没有参加这件事；人已经够了，请社区指派。"))
        join(actor, event, volunteer_id, None)
    came(event.id, volunteer_id)
    keep(actor, event, "check_in", volunteer_id=volunteer_id)
    row = attendance(event.id, volunteer_id)
    assert row is not None
    return row


def _depart(actor: Actor, event: ServiceEvent, volunteer_id: str) -> Attendance:
    if event.status not in UNDER_WAY:
        raise wrong_state()
    row = attendance(event.id, volunteer_id)
    if row is None:
        raise conflict("not_checked_in", _("还没有签到，不能签退。"))
    if row.left_at is not None:
        raise conflict("already_checked_out", _("已经签退过了。"))
    now, bounds = clock.now(), bounds_of(event)
    time = worked(row.came_at, now, least=bounds.least, most=bounds.most)
    note = recorded("%(n)d 分钟", n=time.measured)
    if time.counted is None and time.measured >= bounds.least:
        note = recorded("共 %(n)d 分钟，像是忘了签退，先不计", n=time.measured)
    elif time.counted is None:
        note = recorded(
            "只有 %(n)d 分钟，不足 %(least)d 分钟，先不计", n=time.measured, least=bounds.least
        )
    elif time.counted < time.measured:
        note = recorded("共 %(n)d 分钟，按上限记 %(most)d 分钟", n=time.measured, most=bounds.most)
    left(row, now, minutes=time.counted)
    keep(actor, event, "check_out", note=note, volunteer_id=volunteer_id)
    return row


@dataclass(frozen=True, slots=True)
class Visit:
    """An errand as the volunteer at the resident's door sees it. `step` is what may be said now:
    in, out, or None."""

    event_id: str
    status: str
    item: str
    community: str
    takes_part: bool
    step: str | None
    came_at: datetime | None
    left_at: datetime | None
    minutes: int | None


@query("events.visit")
def visit(actor: Actor, token: str) -> Visit:
    """Return the errand of the QR at the resident's. Refuses 404 for a token that is not genuine,
    or an errand of another district."""
    row = session().get(ServiceEvent, _event_of(token), populate_existing=True)
    if row is None:
        raise not_found()
    place = session().get_one(Organization, row.community_id)
    if not place.path.startswith(district_of(actor.scope or "?")):
        raise not_found()
    assert actor.volunteer_id is not None
    own = attendance(row.id, actor.volunteer_id)
    takes_part = actor.volunteer_id in taking_part(row.id)
    step = None
    if row.status in UNDER_WAY and own is not None:
        step = "out" if own.left_at is None else None
    elif row.status == "open" or (row.status == "claimed" and takes_part):
        step = "in"
    return Visit(
        event_id=row.id,
        status=row.status,
        item=rulebook(row.rulebook_version).items[row.service_item].name,
        community=place.name,
        takes_part=takes_part,
        step=step,
        came_at=own.came_at if own else None,
        left_at=own.left_at if own else None,
        minutes=own.minutes if own else None,
    )


def _event_of(token: str) -> str:
    event_id = event_of_visit(token)
    if event_id is None:
        raise not_found()
    return event_id


@operation("events.visit")
def arrive(actor: Actor, token: str) -> Scan:
    """Say that one has come, on the own phone, by the QR at the resident's. Refuses as `check_in`
    does, 404 for a token that is not genuine."""
    event, name = _visited(actor, token)
    assert actor.volunteer_id is not None
    return _scan(_arrive(actor, event, actor.volunteer_id), name)


@operation("events.visit")
def depart(actor: Actor, token: str) -> Scan:
    """Say that one is done, as `arrive` says that one has come."""
    event, name = _visited(actor, token)
    assert actor.volunteer_id is not None
    return _scan(_depart(actor, event, actor.volunteer_id), name)


def _visited(actor: Actor, token: str) -> tuple[ServiceEvent, str]:
    event, path = hold(_event_of(token))
    if not path.startswith(district_of(actor.scope or "?")):
        raise not_found()
    assert actor.volunteer_id is not None
    volunteer = find_volunteer(actor, actor.volunteer_id)
    if volunteer.status != "active":
        raise conflict("wrong_state", _("这个账户已冻结或销户。"))
    return event, volunteer.name
