"""Errands that come again every week: the next is made when the one before is over."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask_babel import gettext as _
from sqlalchemy import insert, select, update
from sqlalchemy.orm import aliased

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.language import recorded
from moralbank.core.problems import forbidden, invalid_field, not_found
from moralbank.core.transaction import operation
from moralbank.events.changes import begin, hold, hold_within, keep, wrong_state
from moralbank.events.codes import make_codes
from moralbank.events.models import Invitation, Series, SeriesErrand, ServiceEvent
from moralbank.events.participants import Standing, standing, taking_part
from moralbank.events.rules import WEEK, next_week
from moralbank.people.models import Volunteer
from moralbank.people.volunteers import find_volunteer
from moralbank.rulebook.operations import rulebook, version_in_force

MAX_WEEKS = 104
"""How long a series may run: two years."""


@dataclass(frozen=True, slots=True)
class RepeatsView:
    """How often an errand comes again and until when, and whether that has ended."""

    series_id: str
    every: str
    until: date
    place: int
    ended: bool


def start_series(event_id: str, *, needed_at: datetime | None, every: str, until: date) -> None:
    """Let an errand that was just taken come again. Refuses 422, naming `repeats`."""
    if needed_at is None:
        raise invalid_field("repeats", _("每周一次的事，要填什么时候要。"))
    day = clock.local_date(needed_at)
    if not day <= until <= day + MAX_WEEKS * WEEK:
        raise invalid_field("repeats", _("截止日期要在头一次之后，最长两年。"))
    number = new_id()
    session().execute(
        insert(Series),
        {
            "id": number,
            "every": every,
            "until": until,
            "created_at": clock.now(),
            "ended_at": None,
            "ended_by": None,
            "end_reason": None,
        },
    )
    _put(event_id, number, 1)


def _put(event_id: str, series_id: str, place: int) -> None:
    session().execute(
        insert(SeriesErrand), {"event_id": event_id, "series_id": series_id, "place": place}
    )


def repeats_of(event_id: str) -> RepeatsView | None:
    """Return how an errand comes again, if it does."""
    row = (
        session()
        .execute(
            select(Series, SeriesErrand.place)
            .join(SeriesErrand, SeriesErrand.series_id == Series.id)
            .where(SeriesErrand.event_id == event_id)
            .execution_options(populate_existing=True)
        )
        .one_or_none()
    )
    if row is None:
        return None
    series, place = row
    return RepeatsView(series.id, series.every, series.until, place, series.ended_at is not None)


def follow(actor: Actor, event: ServiceEvent) -> str | None:
    """Make the errand after one that is held and over, if it is of a series and nobody made it;
    return its id. The same volunteers are asked first. Where none follows, the series has ended."""
    link = session().get(SeriesErrand, event.id)
    if link is None:
        return None
    series = _hold(link.series_id)
    if series.ended_at is not None or _made(series.id, link.place + 1):
        return None
    assert event.needed_at is not None
    last, today = clock.local(event.needed_at), clock.today()
    following = next_week(last.date(), today=today, until=series.until)
    version = version_in_force(today)
    if following is None:
        _end(actor, event, series, recorded("已到截止日期"))
        return None
    if event.service_item not in rulebook(version).items:
        _end(actor, event, series, recorded("服务目录里已经没有这一项"))
        return None
    day, passed = following
    needed_at = last.replace(year=day.year, month=day.month, day=day.day).astimezone(UTC)
    later = needed_at - event.needed_at
    number = begin(
        actor,
        {
            "service_item": event.service_item,
            "rulebook_version": version,
            "community_id": event.community_id,
            "station_id": event.station_id,
            "resident_id": event.resident_id,
            "requester": event.requester,
            "needed_at": needed_at,
            "note": event.note,
            "requested_by": event.requested_by,
            "volunteers_needed": event.volunteers_needed,
            "deadline": event.deadline and event.deadline + later,
            "kind": event.kind,
            "came_by": None,
        },
        action="repeat",
        note=recorded("中间空了 %(n)d 周", n=passed) if passed else "",
    )
    _put(number, series.id, link.place + 1)
    many = 1 if event.resident_id else rulebook(version).neighbours_needed
    make_codes(number, many)  # nobody has seen them; new ones are made for whoever asks
    _ask(event.id, number)
    return number


def _hold(series_id: str) -> Series:
    return (
        session()
        .scalars(
            select(Series)
            .where(Series.id == series_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .one()
    )


def _made(series_id: str, place: int) -> bool:
    found = select(SeriesErrand.event_id).where(
        SeriesErrand.series_id == series_id, SeriesErrand.place == place
    )
    return session().scalar(found) is not None


def _ask(before_id: str, event_id: str) -> None:
    """Ask those who did the errand before; where nobody did, those who were asked then and have
    not declined."""
    people = taking_part(before_id) or set(
        session().scalars(
            select(Invitation.volunteer_id).where(
                Invitation.event_id == before_id, Invitation.declined_at.is_(None)
            )
        )
    )
    active = (
        session()
        .scalars(
            select(Volunteer.id)
            .where(Volunteer.id.in_(people), Volunteer.status == "active")
            .order_by(Volunteer.id)
        )
        .all()
    )
    if active:
        session().execute(
            insert(Invitation),
            [
                {
                    "event_id": event_id,
                    "volunteer_id": number,
                    "asked_at": clock.now(),
                    "declined_at": None,
                }
                for number in active
            ],
        )


def _end(actor: Actor, event: ServiceEvent, series: Series, reason: str) -> None:
    series.ended_at, series.ended_by, series.end_reason = clock.now(), actor.caller, reason
    keep(actor, event, "series_end", note=reason)
    session().flush()


def due(today: datetime) -> list[str]:
    """Return the errands of running series whose day is over before `today` begins and which
    nothing follows yet."""
    after = aliased(SeriesErrand)
    return list(
        session().scalars(
            select(SeriesErrand.event_id)
            .join(Series, Series.id == SeriesErrand.series_id)
            .join(ServiceEvent, ServiceEvent.id == SeriesErrand.event_id)
            .join(
                after,
                (after.series_id == SeriesErrand.series_id)
                & (after.place == SeriesErrand.place + 1),
                isouter=True,
            )
            .where(
                Series.ended_at.is_(None), after.event_id.is_(None), ServiceEvent.needed_at < today
            )
            .order_by(SeriesErrand.event_id)
        )
    )


@operation("events.sweep")
def follow_up(actor: Actor, event_id: str) -> str | None:
    """Make the errand after one whose day has passed; return its id, or None where none is due."""
    event, _path = hold(event_id)
    if event.needed_at is None or event.needed_at >= clock.start_of(clock.today()):
        return None
    return follow(actor, event)


@operation("events.end_series")
def end_series(actor: Actor, event_id: str, *, reason: str) -> None:
    """End the series of an errand: what was made stays, none follows. Refuses 404, 409
    `wrong_state` when it has ended."""
    event = hold_within(actor, event_id)
    link = session().get(SeriesErrand, event.id)
    if link is None:
        raise not_found(_("这件事不是每周一次的。"))
    series = _hold(link.series_id)
    if series.ended_at is not None:
        raise wrong_state()
    _end(actor, event, series, reason)


def running(event_ids: Collection[str]) -> set[str]:
    """Return which of some errands are of a series that has not ended."""
    found = (
        select(SeriesErrand.event_id)
        .join(Series, Series.id == SeriesErrand.series_id)
        .where(SeriesErrand.event_id.in_(event_ids), Series.ended_at.is_(None))
    )
    return set(session().scalars(found))


def stop(actor: Actor, event: ServiceEvent, reason: str) -> None:
    """End the series of an errand that is held, in the caller's transaction, if it is one that has
    not ended."""
    link = session().get(SeriesErrand, event.id)
    if link is None:
        return
    series = _hold(link.series_id)
    if series.ended_at is None:
        _end(actor, event, series, reason)


def invited(event_id: str) -> dict[str, bool]:
    """Return who is asked first to do an errand, and whether they declined, by volunteer."""
    rows = session().execute(
        select(Invitation.volunteer_id, Invitation.declined_at)
        .where(Invitation.event_id == event_id)
        .order_by(Invitation.volunteer_id)
    )
    return {row.volunteer_id: row.declined_at is not None for row in rows}


def is_asked(event_id: str, volunteer_id: str) -> bool:
    """Tell whether a volunteer is asked first and has not declined."""
    row = session().get(Invitation, (event_id, volunteer_id), populate_existing=True)
    return row is not None and row.declined_at is None


@operation("events.decline")
def decline(actor: Actor, event_id: str, *, volunteer_id: str | None = None) -> Standing:
    """Say that somebody who is asked first will not do it: a volunteer for themselves, a worker for
    anybody. Said twice, it is said. Refuses 404, 403 for somebody else, 422."""
    if actor.kind == "volunteer":
        if volunteer_id not in (None, actor.volunteer_id):
            raise forbidden(_("只能替自己回话。"))
        event, _path = hold(event_id)
        volunteer_id = actor.volunteer_id
    else:
        event = hold_within(actor, event_id)
        if volunteer_id is None:
            raise invalid_field("volunteer_id", _("请填写是哪一位志愿者。"))
    assert volunteer_id is not None
    row = session().get(
        Invitation, (event.id, find_volunteer(actor, volunteer_id).id), populate_existing=True
    )
    if row is None:
        raise not_found(_("没有请这位志愿者。"))
    if row.declined_at is None:
        session().execute(
            update(Invitation)
            .where(Invitation.event_id == event.id, Invitation.volunteer_id == row.volunteer_id)
            .values(declined_at=clock.now())
        )
        keep(actor, event, "declined", volunteer_id=row.volunteer_id)
    return standing(event)
