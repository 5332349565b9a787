"""Who was at an errand, and for how long: the rows of its attendance."""

from datetime import datetime

from sqlalchemy import delete, insert, select, update

from moralbank.core import clock
from moralbank.core.db import session
from moralbank.events.models import Attendance, ServiceEvent
from moralbank.rulebook.documents.awarding import MinuteBounds
from moralbank.rulebook.operations import rulebook


def bounds_of(event: ServiceEvent) -> MinuteBounds:
    """Return how long one volunteer plausibly works at an errand, in minutes."""
    return rulebook(event.rulebook_version).items[event.service_item].minutes


def attendances(event_id: str) -> dict[str, Attendance]:
    """Return who was scanned at an errand, by volunteer, in the order of their coming."""
    rows = session().scalars(
        select(Attendance)
        .where(Attendance.event_id == event_id)
        .order_by(Attendance.came_at, Attendance.volunteer_id)
        .execution_options(populate_existing=True)
    )
    return {row.volunteer_id: row for row in rows}


def attendance(event_id: str, volunteer_id: str) -> Attendance | None:
    """Return when somebody came to an errand and left it, if they were scanned."""
    return session().get(Attendance, (event_id, volunteer_id), populate_existing=True)


def is_elsewhere(volunteer_id: str) -> bool:
    """Tell whether somebody is at an errand now."""
    there = select(Attendance.event_id).where(
        Attendance.volunteer_id == volunteer_id, Attendance.left_at.is_(None)
    )
    return session().scalar(there) is not None


def came(event_id: str, volunteer_id: str) -> datetime:
    """Write down that somebody has come; return when."""
    now = clock.now()
    session().execute(
        insert(Attendance),
        {
            "event_id": event_id,
            "volunteer_id": volunteer_id,
            "came_at": now,
            "left_at": None,
            "minutes": None,
        },
    )
    return now


def left(row: Attendance, at: datetime, *, minutes: int | None) -> None:
    """Write down that somebody has left, and what of it counts."""
    session().execute(
        update(Attendance)
        .where(Attendance.event_id == row.event_id, Attendance.volunteer_id == row.volunteer_id)
        .values(left_at=at, minutes=minutes)
        .execution_options(synchronize_session=False)
    )
    session().refresh(row)


def close(event_id: str) -> None:
    """Let everybody go who is still at an errand that is over; nothing of that is counted."""
    session().execute(
        update(Attendance)
        .where(Attendance.event_id == event_id, Attendance.left_at.is_(None))
        .values(left_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def forget(event_id: str, volunteer_id: str) -> None:
    """Take back the attendance of somebody who takes part no longer; the history keeps it."""
    session().execute(
        delete(Attendance)
        .where(Attendance.event_id == event_id, Attendance.volunteer_id == volunteer_id)
        .execution_options(synchronize_session=False)
    )
