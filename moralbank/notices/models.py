"""The notices' rows. A posted notice's lines are written once and never changed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core.db import Id, Model

KINDS = ("points", "redemptions", "stars", "stock_counts", "rule_changes")


class Notice(Model):
    """A notice. What it says of itself (number, dates, authority, phone, address, digest) is
    written when it is posted; afterwards only its status moves.

    `subjects` is what its lines are about: volunteers, or for stars perhaps stations or teams;
    goods where they were counted, and rules where they change.
    `correction_of` is the notice that this one puts right, and `correction_reason` why; both are
    given with the draft, and are public.
    """

    __tablename__ = "notices"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"), index=True)
    period: Mapped[str]
    status: Mapped[str] = mapped_column(index=True)
    subjects: Mapped[str]
    drafted_by: Mapped[str]
    drafted_at: Mapped[datetime]
    number: Mapped[int | None] = mapped_column(unique=True)
    organization: Mapped[str]
    posted_by: Mapped[str | None]
    posted_on: Mapped[date | None] = mapped_column(Date)
    objection_days: Mapped[int | None]
    objection_until: Mapped[date | None] = mapped_column(Date)
    weekends_only: Mapped[bool]
    authority: Mapped[str | None]
    phone: Mapped[str | None]
    address: Mapped[str | None]
    digest: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    correction_of: Mapped[str | None] = mapped_column(Id, ForeignKey("notices.id"), index=True)
    correction_reason: Mapped[str | None]

    __table_args__ = (
        CheckConstraint(
            "kind IN ('points', 'redemptions', 'stars', 'stock_counts', 'rule_changes')",
            name="kind",
        ),
        CheckConstraint("status IN ('draft', 'posted', 'closed')", name="status"),
        CheckConstraint(
            "subjects IN ('volunteer', 'station', 'team', 'goods', 'rule')", name="subjects"
        ),
        CheckConstraint("objection_days BETWEEN 0 AND 30", name="objection_days"),
        CheckConstraint("(status = 'draft') = (digest IS NULL)", name="posted_whole"),
    )


class NoticeLine(Model):
    """One line of a posted notice: its figures, and the alias that stands there whenever its
    subject is not to be named (for a station, a team, goods or a rule: what it is called)."""

    __tablename__ = "notice_lines"

    notice_id: Mapped[str] = mapped_column(Id, ForeignKey("notices.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subject_id: Mapped[str] = mapped_column(Id, index=True)
    alias: Mapped[str]
    figures: Mapped[dict[str, Any]]


class Objection(Model):
    """Somebody who says that a notice, or a line of it, is wrong. Who they are and what they wrote
    is encrypted and for the staff alone; decision and reason are posted."""

    __tablename__ = "objections"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    notice_id: Mapped[str] = mapped_column(Id, ForeignKey("notices.id"), index=True)
    line_no: Mapped[int | None]
    name: Mapped[str]
    contact: Mapped[str]
    reason: Mapped[str]
    status: Mapped[str]
    made_at: Mapped[datetime]
    decision: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("status IN ('open', 'upheld', 'dismissed')", name="status"),
        CheckConstraint("(status = 'open') = (decided_at IS NULL)", name="decided"),
        ForeignKeyConstraint(
            ["notice_id", "line_no"],
            ["notice_lines.notice_id", "notice_lines.line_no"],
            name="fk_objections_line",
        ),
    )
