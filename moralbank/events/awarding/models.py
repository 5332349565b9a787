"""What volunteers were awarded, and what their conduct brought them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core.db import Document, Encrypted, Id, Model


class Award(Model):
    """What one participant got for one errand, and why; `points`, `merit` and `excess`, which may
    only be given away, in hundredths.

    `awarded_at` is later than that of every award that was counted, so it is the order of scoring.
    A provisional one waits for its release: `notice_id` is the notice in which it hangs,
    `cleared_at` when that was over without a word against it.
    One that was taken back names the conduct record that set it to nothing, `zeroed_by`, if one
    did; `written_off` is what of its points and excess had been spent by then.
    """

    __tablename__ = "awards"

    event_id: Mapped[str] = mapped_column(Id, ForeignKey("service_events.id"), primary_key=True)
    volunteer_id: Mapped[str] = mapped_column(Id, ForeignKey("volunteers.id"), primary_key=True)
    points: Mapped[int] = mapped_column(BigInteger)
    merit: Mapped[int] = mapped_column(BigInteger)
    minutes: Mapped[int]
    stars: Mapped[int]
    rulebook_version: Mapped[int] = mapped_column(ForeignKey("rulebook_versions.version"))
    explanation: Mapped[list[dict[str, Any]]] = mapped_column(Document)
    status: Mapped[str]
    performed_at: Mapped[datetime]
    awarded_at: Mapped[datetime] = mapped_column(index=True)
    excess: Mapped[int] = mapped_column(BigInteger, server_default="0")
    reversed_at: Mapped[datetime | None] = mapped_column(index=True)
    reversed_for: Mapped[str | None] = mapped_column(Encrypted("note"))
    notice_id: Mapped[str | None] = mapped_column(Id, index=True)
    cleared_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    zeroed_by: Mapped[str | None] = mapped_column(Id)
    written_off: Mapped[int] = mapped_column(BigInteger, server_default="0")

    __table_args__ = (
        CheckConstraint("status IN ('provisional', 'awarded', 'reversed')", name="status"),
        Index("ix_awards_volunteer_performed", "volunteer_id", "performed_at"),
        Index("ix_awards_performed", "performed_at"),
        Index(
            "ix_awards_status",
            "status",
            postgresql_where=text("status = 'provisional'"),
            sqlite_where=text("status = 'provisional'"),
        ),
    )


class ConductRecord(Model):
    """A bonus or a deduction by one of the rulebook's reasons.

    `points` and `merit` are signed hundredths, as the document says; `moved` is what of the points
    was really moved: no more than there was, and no more than the whole issue leaves.
    """

    __tablename__ = "conduct_records"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    volunteer_id: Mapped[str] = mapped_column(Id, ForeignKey("volunteers.id"), index=True)
    event_id: Mapped[str | None] = mapped_column(Id, ForeignKey("service_events.id"))
    reason: Mapped[str]
    points: Mapped[int] = mapped_column(BigInteger)
    merit: Mapped[int] = mapped_column(BigInteger)
    moved: Mapped[int] = mapped_column(BigInteger)
    rulebook_version: Mapped[int] = mapped_column(ForeignKey("rulebook_versions.version"))
    explanation: Mapped[list[dict[str, Any]]] = mapped_column(Document)
    note: Mapped[str] = mapped_column(Encrypted("note"))
    status: Mapped[str]
    happened_at: Mapped[datetime] = mapped_column(index=True)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("status IN ('recorded', 'withdrawn')", name="status"),
        Index(
            "uq_conduct_records_once",
            "event_id",
            "volunteer_id",
            "reason",
            unique=True,
            postgresql_where=text("status = 'recorded'"),
            sqlite_where=text("status = 'recorded'"),
        ),
    )


class Restoration(Model):
    """An award that a conduct record had set to nothing, given back when that was withdrawn: it
    counted for no cap from `reversed_at` to `restored_at`."""

    __tablename__ = "restorations"

    record_id: Mapped[str] = mapped_column(Id, ForeignKey("conduct_records.id"), primary_key=True)
    event_id: Mapped[str] = mapped_column(Id, index=True)
    volunteer_id: Mapped[str] = mapped_column(Id)
    reversed_at: Mapped[datetime]
    restored_at: Mapped[datetime] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(Encrypted("note"))

    __table_args__ = (
        ForeignKeyConstraint(
            ["event_id", "volunteer_id"], ["awards.event_id", "awards.volunteer_id"]
        ),
    )
