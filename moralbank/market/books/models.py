"""The money that a supermarket was given. It is only ever added to."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core.db import Encrypted, Id, Model

KINDS = ("donated", "allotted")
"""Given by donors, or allotted by the office that pays for the goods."""


class Contribution(Model):
    """Money for a supermarket, in hundredths of a yuan. What was written down wrong is taken back
    by another line, below zero, that names it; once."""

    __tablename__ = "contributions"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    supermarket_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    kind: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    donor: Mapped[str | None] = mapped_column(Encrypted("donor"))
    receipt_no: Mapped[str | None]
    received_on: Mapped[date]
    note: Mapped[str | None]
    corrects_id: Mapped[str | None] = mapped_column(Id, ForeignKey("contributions.id"), unique=True)
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kind IN ('donated', 'allotted')", name="kind"),
        CheckConstraint("(amount < 0) = (corrects_id IS NOT NULL)", name="amount"),
        Index("ix_contributions_supermarket", "supermarket_id", "received_on"),
    )
