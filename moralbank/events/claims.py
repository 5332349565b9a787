"""Use cases of who does an errand: claim it, assign it, hand it over, step back, not come."""

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import insert, select

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.problems import conflict, forbidden, invalid_field, not_found
from moralbank.core.transaction import operation
from moralbank.events.awarding.standings import standings
from moralbank.events.changes import hold, hold_within, wrong_state
from moralbank.events.models import NoShow, ServiceEvent
from moralbank.events.participants import Standing, district_of, join, leave, standing, taking_part
from moralbank.events.presence import attendance
from moralbank.events.reach import check_reach
from moralbank.events.rules import UNDER_WAY
from moralbank.organizations.operations import find, path_of
from moralbank.people.models import Volunteer
from moralbank.people.volunteers import find_volunteer


@operation("events.claim")
def claim(actor: Actor, event_id: str, *, volunteer_id: str | None = None) -> None:
    """Claim an open errand: a volunteer for themselves, a worker for somebody. It stays open until
    as many have claimed as it needs.

    Who asked, and whether the volunteer may be rated by them, is not looked at here. Refuses 404,
    403 for somebody else's account, 403 `not_in_good_standing` where the rulebook stops
    them, 409 `wrong_state` when it is no longer open, 409 `already_in`.
    """
    event, path = hold(event_id)
    if actor.kind == "volunteer":
        if volunteer_id not in (None, actor.volunteer_id):
            raise forbidden(_("只能用自己的账户认领。"))
        volunteer_id = actor.volunteer_id
        if not path.startswith(district_of(actor.scope or "?")):
            raise not_found()
    else:
        check_reach(actor, event, path)
        if volunteer_id is None:
            raise invalid_field("volunteer_id", _("请填写由谁来做。"))
    assert volunteer_id is not None
    volunteer = find_volunteer(actor, volunteer_id)
    if event.status != "open":
        raise wrong_state()
    _check_active(volunteer)
    _check_new(event, volunteer.id)
    join(actor, event, volunteer.id, None)


def _check_active(volunteer: Volunteer) -> None:
    if volunteer.status != "active":
        raise conflict("wrong_state", _("这个账户已冻结或销户。"))


def _check_new(event: ServiceEvent, volunteer_id: str) -> None:
    if volunteer_id in taking_part(event.id):
        raise conflict("already_in", _("这位志愿者已经参加了。"))


def _under_way(event: ServiceEvent) -> None:
    if event.status not in UNDER_WAY:
        raise wrong_state()


@operation("events.assign")
def assign(
    actor: Actor,
    event_id: str,
    *,
    volunteer_ids: Sequence[str] = (),
    team_id: str | None = None,
) -> None:
    """Assign an errand that is under way to volunteers, or to a team's active members: everybody
    takes part, also more than it needs. Who takes part already stays.

    Refuses 404, 409 `wrong_state`, 422 when nobody is named or the team has nobody.
    """
    event = hold_within(actor, event_id)
    chosen = [find_volunteer(actor, number) for number in dict.fromkeys(volunteer_ids)]
    for volunteer in chosen:
        _check_active(volunteer)
    if team_id is not None:
        chosen += _members(find(actor, team_id, level="team").id)
    if not chosen:
        field = "volunteer_ids" if team_id is None else "team_id"
        raise invalid_field(field, _("请填写由谁来做。"))
    _under_way(event)
    already = taking_part(event.id)
    for number in dict.fromkeys(volunteer.id for volunteer in chosen):
        if number not in already:
            join(actor, event, number, "assignment")


def _members(team_id: str) -> list[Volunteer]:
    """Return a team's active members whom the rulebook does not stop."""
    members = (
        session()
        .scalars(
            select(Volunteer)
            .where(Volunteer.team_id == team_id, Volunteer.status == "active")
            .order_by(Volunteer.account_no)
        )
        .all()
    )
    stand = standings([member.id for member in members])
    return [member for member in members if "claims" not in stand[member.id].stops]


@operation("events.hand_over")
def hand_over(
    actor: Actor,
    event_id: str,
    *,
    to_volunteer_id: str,
    reason: str,
    from_volunteer_id: str | None = None,
) -> Standing:
    """Hand an errand that is under way over to somebody else: a volunteer their own part to
    anybody of the district, a worker anybody's.

    Refuses 404, 403 for somebody else's part, 409 `wrong_state`, 409 `already_in`.
    """
    event, giver = _whose(actor, event_id, from_volunteer_id, "from_volunteer_id")
    taker = _taker(actor, to_volunteer_id)
    _check_active(taker)
    _check_new(event, taker.id)
    leave(actor, event, giver, "handover", note=reason)
    join(actor, event, taker.id, "takeover", note=reason)
    return standing(event)


def _taker(actor: Actor, volunteer_id: str) -> Volunteer:
    if actor.kind != "volunteer":
        return find_volunteer(actor, volunteer_id)
    row = session().get(Volunteer, volunteer_id)
    near = district_of(actor.scope or "?")
    if row is None or not path_of(row.community_id).startswith(near):
        raise not_found()
    return row


def _whose(
    actor: Actor, event_id: str, volunteer_id: str | None, field: str
) -> tuple[ServiceEvent, str]:
    """Return the errand, held, and whose part in it is meant: a volunteer's own, or, asked by a
    worker, the named one's or the only one's. Refuses 404, 403, 409, 422 naming `field`."""
    event, path = hold(event_id)
    people = taking_part(event.id)
    if actor.kind == "volunteer":
        if volunteer_id not in (None, actor.volunteer_id):
            raise forbidden(_("只能办自己认领的事。"))
        volunteer_id = actor.volunteer_id
    else:
        check_reach(actor, event, path)
        if volunteer_id is None:
            if len(people) != 1:
                raise invalid_field(field, _("请填写是哪一位志愿者。"))
            [volunteer_id] = people
    if volunteer_id is None or volunteer_id not in people:
        raise not_found(_("这位志愿者没有参加这件事。"))
    _under_way(event)
    return event, volunteer_id


@operation("events.withdraw")
def withdraw(
    actor: Actor, event_id: str, *, reason: str, volunteer_id: str | None = None
) -> Standing:
    """Step back from an errand that is under way: a volunteer from their own, a worker for anybody.
    It is open again when too few are left.

    Refuses 404, 403 for somebody else, 409 `wrong_state`.
    """
    event, number = _whose(actor, event_id, volunteer_id, "volunteer_id")
    leave(actor, event, number, "withdrawal", note=reason)
    return standing(event)


@operation("events.no_show")
def no_show(actor: Actor, event_id: str, *, volunteer_id: str, reason: str) -> None:
    """Put on record that somebody who was to do an errand did not come. They no longer take part;
    it is open again when too few are left. Refuses 404, 409 `wrong_state`, also for somebody who
    was scanned there, and before the time at which they were to come."""
    event, number = _whose(actor, event_id, volunteer_id, "volunteer_id")
    if attendance(event.id, number) is not None:
        raise conflict("wrong_state", _("这位志愿者签过到，不能记为没有来。"))
    if event.needed_at is not None and event.needed_at > clock.now():
        raise conflict("wrong_state", _("还没有到约定的时间，不能记为没有来。"))
    session().execute(
        insert(NoShow),
        {
            "id": new_id(),
            "event_id": event.id,
            "volunteer_id": number,
            "at": clock.now(),
            "actor": actor.caller,
            "actor_name": actor.name,
            "address": actor.address,
            "reason": reason,
        },
    )
    leave(actor, event, number, "no_show", note=reason)
