"""A star round's rows."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core.db import Document, Id, Model


class StarRound(Model):
    """One computation of stars for a kind of subject, a period and an organization.

    There may be many drafts; one of them becomes final. `starts_on` and `ends_on` are the period's
    local dates, both inclusive; what a lifetime holds from before its `starts_on` counts too.
    `notice_id` is the notice in which a reviewed draft hangs, and `notice_ended` how that ended:
    clear, or with an objection upheld.
    """

    __tablename__ = "star_rounds"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject: Mapped[str]
    period: Mapped[str]
    period_kind: Mapped[str]
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    organization_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"), index=True)
    status: Mapped[str]
    rulebook_version: Mapped[int] = mapped_column(ForeignKey("rulebook_versions.version"))
    computed_at: Mapped[datetime]
    computed_by: Mapped[str]
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None]
    notice_id: Mapped[str | None] = mapped_column(Id, index=True)
    notice_ended: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("subject IN ('volunteer', 'station', 'team')", name="subject"),
        CheckConstraint("period_kind IN ('quarter', 'year', 'lifetime')", name="period_kind"),
        CheckConstraint("status IN ('draft', 'published')", name="status"),
        CheckConstraint("(reviewed_at IS NULL) = (reviewed_by IS NULL)", name="reviewed"),
        CheckConstraint("reviewed_by <> computed_by", name="two_people"),
        CheckConstraint("notice_ended IN ('clear', 'upheld')", name="notice_ended"),
        CheckConstraint("(status = 'published') = (published_at IS NOT NULL)", name="published"),
        Index(
            "uq_star_rounds_published",
            "subject",
            "period",
            "organization_id",
            unique=True,
            postgresql_where=text("status = 'published'"),
            sqlite_where=text("status = 'published'"),
        ),
    )


COMMENDED = text("CAST(commendations AS TEXT) <> '[]'")
"""The condition that a result has a commendation, as its index has it."""


class StarResult(Model):
    """What one subject reached in a round, and why; written once, never changed.

    `place` numbers the lines of the round's list; those of equal work share a `rank`. The subject
    is a volunteer, a station or a team, as its round says; its name is looked up when it is shown.
    """

    __tablename__ = "star_results"

    round_id: Mapped[str] = mapped_column(Id, ForeignKey("star_rounds.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subject_id: Mapped[str] = mapped_column(Id, index=True)
    stars: Mapped[int]
    rank: Mapped[int]
    measures: Mapped[dict[str, Any]]
    explanation: Mapped[list[dict[str, Any]]] = mapped_column(Document)
    commendations: Mapped[list[dict[str, Any]]] = mapped_column(Document, server_default="[]")

    __table_args__ = (
        UniqueConstraint("round_id", "subject_id"),
        CheckConstraint("stars BETWEEN 0 AND 5", name="stars"),
        # Whoever lists the best of many rounds reads one number of stars after the other.
        Index(
            "ix_star_results_best",
            "stars",
            "rank",
            "subject_id",
            postgresql_where=text("stars > 0"),
            sqlite_where=text("stars > 0"),
        ),
        Index(
            "ix_star_results_commended",
            "round_id",
            postgresql_where=COMMENDED,
            sqlite_where=COMMENDED,
        ),
    )
