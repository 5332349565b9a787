"""A certificate's row."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core.db import Document, Id, Model


class Certificate(Model):
    """A certificate as it was issued: `facts` is all that is printed on it beside the columns. The
    database lets nothing of it change but that it is revoked, once.

    `handler` is empty where the bank's own system issued it. `token` is what its QR code leads to:
    kept, for paper lasts longer than keys. `digest` is over all that was issued.
    """

    __tablename__ = "certificates"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    volunteer_id: Mapped[str] = mapped_column(Id, ForeignKey("volunteers.id"), index=True)
    issuer_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    handler: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(Document)
    token: Mapped[str]
    issued_by: Mapped[str]
    issued_at: Mapped[datetime]
    digest: Mapped[str]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    revoke_reason: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("kind IN ('stars', 'service_record')", name="kind"),
        CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by IS NULL) "
            "AND (revoked_at IS NULL) = (revoke_reason IS NULL)",
            name="revoked",
        ),
    )
