"""What is due every day: calls, expiries, the next errands of a series. Safe to run at any time."""

from dataclasses import dataclass

from sqlalchemy import select

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.language import recorded
from moralbank.core.transaction import operation, query
from moralbank.events.awarding.measures import is_unrated, unrated
from moralbank.events.callbacks import can_be_asked, completed_at, days_ago, tries_of
from moralbank.events.changes import hold, keep, move
from moralbank.events.models import ServiceEvent
from moralbank.events.rules import may_expire
from moralbank.events.series import due, follow_up

CALLBACK, EXPIRES = "CALLBACK_AFTER_DAYS", "EXPIRES_AFTER_DAYS"


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did, as ids: put on the call-back list, ended without points, made anew; and
    what it left on the list though it is overdue."""

    listed: list[str]
    expired: list[str]
    overdue: list[str]
    repeated: list[str]


@query("events.sweep")
def sweep(actor: Actor) -> Swept:
    """Do what is due. Each errand is a transaction of its own: what stops it stops no other, and
    what was done stays."""
    listed = [number for number in _unrated(CALLBACK) if list_for_callback(actor, number)]
    late = _unrated(EXPIRES)
    expired = [number for number in late if expire(actor, number)]
    repeated = [
        made
        for number in due(clock.start_of(clock.today()))
        if (made := follow_up(actor, number)) is not None
    ]
    overdue = [number for number in late if number not in set(expired)]
    return Swept(listed, expired, overdue, repeated)


def _unrated(setting: str) -> list[str]:
    return list(
        session().scalars(
            select(ServiceEvent.id)
            .where(unrated(), completed_at() <= days_ago(setting))
            .order_by(ServiceEvent.id)
        )
    )


def _still_unrated(event_id: str, setting: str) -> ServiceEvent | None:
    event, _path = hold(event_id)
    due_now = session().scalar(
        select(completed_at() <= days_ago(setting)).where(ServiceEvent.id == event.id)
    )
    return event if due_now and is_unrated(event) else None


@operation("events.sweep")
def list_for_callback(actor: Actor, event_id: str) -> bool:
    """Put an errand that nobody has rated for some days on the call-back list; tell whether it was
    not there."""
    event = _still_unrated(event_id, CALLBACK)
    if event is None or event.callback_since is not None:
        return False
    event.callback_since = clock.now()
    keep(actor, event, "callback_due")
    session().flush()
    return True


@operation("events.sweep")
def expire(actor: Actor, event_id: str) -> bool:
    """End an errand without points that nobody has rated for long: where somebody was called in
    vain, or nobody can be called. Tell whether it was so; any other stays on the list."""
    event = _still_unrated(event_id, EXPIRES)
    if event is None:
        return False
    tries = tries_of([event.id]).get(event.id, [])
    if not may_expire([one.reached for one in tries], can_be_asked=can_be_asked(event)):
        return False
    words = recorded("没有电话，也没有住址，联系不上")
    if tries:
        words = recorded("回访过 %(n)d 次，没有联系上", n=len(tries))
    move(actor, event, "expired", note=words)
    return True
