"""Use cases of a completion: who did an errand, for how long, and when."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.language import recorded
from moralbank.core.problems import invalid, invalid_field
from moralbank.core.transaction import operation
from moralbank.events.awarding.standings import unrewarded
from moralbank.events.changes import hold_within, keep, move, wrong_state
from moralbank.events.models import Attendance, Participant, ServiceEvent
from moralbank.events.participants import add, taking_part
from moralbank.events.presence import attendances, bounds_of, close
from moralbank.events.rules import UNDER_WAY, needs_reason
from moralbank.events.series import follow
from moralbank.people.volunteers import find_volunteer
from moralbank.rulebook.documents.awarding import MinuteBounds
from moralbank.rulebook.operations import rulebook


@operation("events.complete")
def complete(
    actor: Actor,
    event_id: str,
    *,
    participants: Sequence[dict[str, Any]] | None = None,
    performed_at: datetime | None = None,
    quantity: int | None = None,
    note: str | None = None,
) -> None:
    """Record who did an errand, for how many minutes each, and when it began.

    `participants` is what counts from here on: whoever claimed and is not among them did not do it.
    An errand that nobody claimed is taken as claimed by them. Where people were scanned, minutes,
    the beginning and the whole list may be left out, and come from there. Refuses 404, 422 for a
    volunteer named twice, one whose work of that day the rulebook rewards no more, minutes that are
    missing or unexplained, 409 `wrong_state`.
    """
    event = hold_within(actor, event_id)
    if event.status not in UNDER_WAY:
        raise wrong_state()
    there = attendances(event.id)
    if performed_at is None:
        performed_at = min((row.came_at for row in there.values()), default=None)
    if performed_at is None:
        missing = ["performed_at"] + ([] if participants else ["participants"])
        raise invalid({name: [_("必须填写。")] for name in missing})
    people = _everybody(there) if participants is None else list(participants)
    numbers = [str(person["volunteer_id"]) for person in people]
    _check_people(actor, event, numbers)
    _check_standing(numbers, clock.local_date(performed_at))
    counted = _counted(event, people, there)
    session().execute(delete(Participant).where(Participant.event_id == event.id))
    for volunteer_id, minutes in counted.items():
        add(event.id, volunteer_id, minutes=minutes)
    _record(actor, event, people, counted, there)
    close(event.id)
    if event.status == "open":
        move(actor, event, "claimed")
    unit = rulebook(event.rulebook_version).items[event.service_item].unit
    move(
        actor,
        event,
        "completed",
        note=note or "",
        performed_at=performed_at,
        quantity=quantity if unit == "count" else None,
    )
    follow(actor, event)


def _everybody(there: Mapping[str, Attendance]) -> list[dict[str, Any]]:
    """Return everybody whose attendance counts. Refuses 422 while somebody has not left, or nobody
    was scanned."""
    inside = sum(row.left_at is None for row in there.values())
    if inside:
        raise invalid_field("participants", _("还有 %(n)d 人没有签退。", n=inside))
    people = [{"volunteer_id": row.volunteer_id} for row in there.values() if row.minutes]
    if not people:
        raise invalid_field("participants", _("必须填写。"))
    return people


def _check_people(actor: Actor, event: ServiceEvent, people: list[str]) -> None:
    claimed = taking_part(event.id)
    for place, volunteer_id in enumerate(people):
        if volunteer_id in people[:place]:
            raise invalid_field("participants", _("同一位志愿者只能填写一次。"))
        if volunteer_id not in claimed:
            find_volunteer(actor, volunteer_id)


def _check_standing(people: Sequence[str], day: date) -> None:
    stopped = unrewarded(people, day)
    if stopped:
        raise invalid(
            {
                "participants": {
                    place: {"volunteer_id": [stopped[number]]}
                    for place, number in enumerate(people)
                    if number in stopped
                }
            }
        )


def _counted(
    event: ServiceEvent, people: Sequence[dict[str, Any]], there: Mapping[str, Attendance]
) -> dict[str, int]:
    """Return the minutes of each volunteer: those given, else those scanned. Refuses 422 for what
    is missing, and for what must be explained and is not."""
    bounds = bounds_of(event)
    counted: dict[str, int] = {}
    faults: dict[int, dict[str, list[str]]] = {}
    for place, person in enumerate(people):
        row = there.get(person["volunteer_id"])
        measured = row.minutes if row is not None else None
        given = person.get("minutes", measured)
        if given is None:
            faults[place] = {"minutes": [_no_minutes(row)]}
        elif not person.get("reason") and needs_reason(
            given, attended=row is not None, measured=measured,
            least=bounds.least, most=bounds.most,
        ):  # fmt: skip
            faults[place] = {"reason": [_why(bounds, measured, attended=row is not None)]}
        else:
            counted[person["volunteer_id"]] = given
    if faults:
        raise invalid({"participants": faults})
    return counted


def _no_minutes(row: Attendance | None) -> str:
    words: str = _("必须填写。")
    if row is not None:
        words = (
            _("还没有签退。") if row.left_at is None else _("签到的时间太短或太长，没有计分钟。")
        )
    return words


def _why(bounds: MinuteBounds, measured: int | None, *, attended: bool) -> str:
    words: str = _("签到没有计出分钟，请写明原因。")
    if measured is not None:
        words = _("与签到的 %(n)d 分钟不同，请写明原因。", n=measured)
    elif not attended:
        words = _(
            "这类事一般 %(least)d 至 %(most)d 分钟，请写明原因。",
            least=bounds.least,
            most=bounds.most,
        )
    return words


def _record(
    actor: Actor,
    event: ServiceEvent,
    people: Sequence[dict[str, Any]],
    counted: Mapping[str, int],
    there: Mapping[str, Attendance],
) -> None:
    """Put on record what differs from the scans, and whose scans do not count."""
    for person in people:
        number = person["volunteer_id"]
        row = there.get(number)
        if person.get("reason") and (row is None or row.minutes != counted[number]):
            note = recorded("记 %(n)d 分钟：%(reason)s", n=counted[number], reason=person["reason"])
            keep(actor, event, "correction", note=note, volunteer_id=number)
    for number in there.keys() - counted.keys():
        keep(actor, event, "not_counted", volunteer_id=number)
