"""What people looked at, and what they are asked to look at."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core.db import Document, Encrypted, Id, Model


class AwardReview(Model):
    """Somebody of staff who looked at an errand's provisional awards and found them right."""

    __tablename__ = "award_reviews"

    event_id: Mapped[str] = mapped_column(Id, ForeignKey("service_events.id"), primary_key=True)
    reviewer: Mapped[str] = mapped_column(primary_key=True)
    reviewed_at: Mapped[datetime]


class Flag(Model):
    """Something that a person should look at. `mark` names what it is about, so that the same thing
    is flagged once; `delays`: an award waits for the answer."""

    __tablename__ = "flags"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    mark: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    event_id: Mapped[str] = mapped_column(Id, ForeignKey("service_events.id"), index=True)
    volunteer_id: Mapped[str | None] = mapped_column(Id, ForeignKey("volunteers.id"), index=True)
    saw: Mapped[list[dict[str, Any]]] = mapped_column(Document)
    delays: Mapped[bool]
    status: Mapped[str]
    raised_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(Encrypted("note"))

    __table_args__ = (
        CheckConstraint("status IN ('open', 'fine', 'wrong')", name="status"),
        CheckConstraint("(status = 'open') = (decided_at IS NULL)", name="decided"),
        Index(
            "ix_flags_open",
            "raised_at",
            postgresql_where=text("status = 'open'"),
            sqlite_where=text("status = 'open'"),
        ),
    )
