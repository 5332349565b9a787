"""An errand's rows."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core.db import Encrypted, Id, Model

STATUSES = (
    "open",
    "claimed",
    "completed",
    "rated",
    "awarded",
    "cancelled",
    "expired",
    "disputed",
    "upheld",
    "dismissed",
)
KINDS = ("errand", "wish")
"""A wish (微心愿) is an errand in every way; it is counted apart."""
WAYS = ("phone", "counter", "visit", "page")
"""How a request came in: called in, at the counter, told on a visit, or written on a page."""
CHANNELS = ("phone", "paper", "visit")
"""How staff came by a rating that they enter; the resident's own ways are `code` and `link`."""


class ServiceEvent(Model):
    """One errand. Who asked for it, and what they noted, is encrypted; who did it are its
    participants. `station_id` is the station that posted it, if one did."""

    __tablename__ = "service_events"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    service_item: Mapped[str]
    rulebook_version: Mapped[int]
    community_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    status: Mapped[str]
    resident_id: Mapped[str | None] = mapped_column(Id, ForeignKey("residents.id"), index=True)
    requester: Mapped[str | None]
    needed_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(Encrypted("note"))
    requested_by: Mapped[str]
    created_at: Mapped[datetime]
    performed_at: Mapped[datetime | None]
    quantity: Mapped[int | None]
    wrong_codes: Mapped[int]
    callback_since: Mapped[datetime | None] = mapped_column(index=True)
    volunteers_needed: Mapped[int] = mapped_column(default=1)
    deadline: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(default="errand")
    came_by: Mapped[str | None]
    station_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organizations.id"), index=True)

    __table_args__ = (
        CheckConstraint(
            "status IN ('open', 'claimed', 'completed', 'rated', 'awarded', 'cancelled', "
            "'expired', 'disputed', 'upheld', 'dismissed')",
            name="status",
        ),
        Index("ix_service_events_community_status", "community_id", "status"),
        Index("ix_service_events_performed", "performed_at"),
    )


class RatingCode(Model):
    """A short code that lets one person rate one errand, once; only its keyed seal is stored."""

    __tablename__ = "rating_codes"

    event_id: Mapped[str] = mapped_column(Id, ForeignKey("service_events.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seal: Mapped[str]
    used_at: Mapped[datetime | None]


class Participant(Model):
    """Somebody who claimed an errand, and, once it is completed, for how long they worked."""

    __tablename__ = "participants"

    event_id: Mapped[str] = mapped_column(Id, ForeignKey("service_events.id"), primary_key=True)
    volunteer_id: Mapped[str] = mapped_column(
        Id, ForeignKey("volunteers.id"), primary_key=True, index=True
    )
    minutes: Mapped[int | None]
    claimed_at: Mapped[datetime]


class Rating(Model):
    """How content somebody was. `place` numbers the ratings of an errand, so that two at the same
    moment cannot both be the only one. `spoke_for` is who rated for a resident who could not, and
    what they are to them; it is encrypted."""

    __tablename__ = "ratings"

    event_id: Mapped[str] = mapped_column(Id, ForeignKey("service_events.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stars: Mapped[int]
    channel: Mapped[str]
    slip_no: Mapped[str | None] = mapped_column(unique=True)
    comment: Mapped[str | None]
    entered_by: Mapped[str]
    address: Mapped[str]
    rated_at: Mapped[datetime] = mapped_column(index=True)
    spoke_for: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
        CheckConstraint("channel IN ('code', 'link', 'phone', 'paper', 'visit')", name="channel"),
    )


class SlipBatch(Model):
    """Paper slips that were printed for a community: so many, from a number on."""

    __tablename__ = "slip_batches"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    community_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"), index=True)
    first: Mapped[int] = mapped_column(unique=True)
    count: Mapped[int]
    printed_at: Mapped[datetime]
    printed_by: Mapped[str]


class Pairing(Model):
    """A volunteer who looks after one resident for years (结对帮扶), as registered: from one moment
    until it is ended."""

    __tablename__ = "pairings"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    volunteer_id: Mapped[str] = mapped_column(Id, ForeignKey("volunteers.id"))
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("residents.id"), index=True)
    note: Mapped[str] = mapped_column(Encrypted("note"))
    registered_at: Mapped[datetime]
    registered_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]

    __table_args__ = (
        Index(
            "uq_pairings_running",
            "volunteer_id",
            "resident_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
    )


class EventChange(Model):
    """One change of an errand: who, when, from where; append-only. `action` says what was done
    where the status alone does not, `volunteer_id` with whom. Its note, which may name somebody,
    is encrypted."""

    __tablename__ = "event_changes"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    event_id: Mapped[str] = mapped_column(Id, ForeignKey("service_events.id"), index=True)
    at: Mapped[datetime]
    from_status: Mapped[str | None]
    to_status: Mapped[str]
    actor: Mapped[str]
    actor_name: Mapped[str]
    address: Mapped[str]
    note: Mapped[str] = mapped_column(Encrypted("note"))
    action: Mapped[str | None]
    volunteer_id: Mapped[str | None] = mapped_column(Id)


class Attendance(Model):
    """When a participant came and left, as it was scanned; nobody is at two errands at once.

    `minutes` are whole and within the item's bounds; None while they are there, and where it was
    too short to count.
    """

    __tablename__ = "attendances"

    event_id: Mapped[str] = mapped_column(Id, ForeignKey("service_events.id"), primary_key=True)
    volunteer_id: Mapped[str] = mapped_column(
        Id, ForeignKey("volunteers.id"), primary_key=True, index=True
    )
    came_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    minutes: Mapped[int | None]

    __table_args__ = (
        Index(
            "uq_attendances_one_at_a_time",
            "volunteer_id",
            unique=True,
            postgresql_where=text("left_at IS NULL"),
            sqlite_where=text("left_at IS NULL"),
        ),
    )


class Series(Model):
    """An errand that comes again every week until a day; the errands it made are its places."""

    __tablename__ = "event_series"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    every: Mapped[str]
    until: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    end_reason: Mapped[str | None] = mapped_column(Encrypted("note"))

    __table_args__ = (CheckConstraint("every IN ('week')", name="every"),)


class SeriesErrand(Model):
    """An errand of a series. Its place is unique, so that the one after it is made once."""

    __tablename__ = "series_errands"

    event_id: Mapped[str] = mapped_column(Id, ForeignKey("service_events.id"), primary_key=True)
    series_id: Mapped[str] = mapped_column(Id, ForeignKey("event_series.id"))
    place: Mapped[int]

    __table_args__ = (UniqueConstraint("series_id", "place", name="uq_series_errands_place"),)


class Invitation(Model):
    """A volunteer who did the errand before this one of a series, and is asked first."""

    __tablename__ = "invitations"

    event_id: Mapped[str] = mapped_column(Id, ForeignKey("service_events.id"), primary_key=True)
    volunteer_id: Mapped[str] = mapped_column(
        Id, ForeignKey("volunteers.id"), primary_key=True, index=True
    )
    asked_at: Mapped[datetime]
    declined_at: Mapped[datetime | None]


class CallbackTry(Model):
    """A call to a resident who has not rated, and whether somebody was reached; append-only."""

    __tablename__ = "callback_tries"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    event_id: Mapped[str] = mapped_column(Id, ForeignKey("service_events.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    actor_name: Mapped[str]
    reached: Mapped[bool]
    note: Mapped[str] = mapped_column(Encrypted("note"))


class NoShow(Model):
    """Somebody who was to do an errand and did not come; append-only."""

    __tablename__ = "no_shows"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    event_id: Mapped[str] = mapped_column(Id, ForeignKey("service_events.id"), index=True)
    volunteer_id: Mapped[str] = mapped_column(Id, ForeignKey("volunteers.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    actor_name: Mapped[str]
    address: Mapped[str]
    reason: Mapped[str] = mapped_column(Encrypted("note"))


class Ask(Model):
    """What somebody asked for on the public page, and nobody has called back about yet. Who it is
    for is encrypted; `asked_from` is the network address. Taken, it is an errand."""

    __tablename__ = "asks"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    community_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"), index=True)
    service_item: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(Encrypted("resident"))
    phone: Mapped[str] = mapped_column(Encrypted("phone"))
    phone_seal: Mapped[str] = mapped_column(index=True)
    address: Mapped[str | None] = mapped_column(Encrypted("address"))
    needed_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(Encrypted("note"))
    asked_at: Mapped[datetime]
    asked_from: Mapped[str]
    status: Mapped[str]
    event_id: Mapped[str | None] = mapped_column(Id, ForeignKey("service_events.id"))
    reason: Mapped[str | None] = mapped_column(Encrypted("note"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'taken', 'refused')", name="status"),
        CheckConstraint("(status = 'waiting') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(status = 'taken') = (event_id IS NOT NULL)", name="taken"),
    )
