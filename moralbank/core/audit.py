"""The audit trail: who did what to what, and from where; append-only.

Who may read a line is told by its `place`: the organization that it concerns, as a path.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, insert
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import Id, Model, session
from moralbank.core.ids import new_id


class AuditEntry(Model):
    """One line of the trail. It holds no secret and no personal data beyond names of staff; the
    volunteer whom it is about is known by an id."""

    __tablename__ = "audit_entries"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    actor_name: Mapped[str]
    address: Mapped[str]
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[str] = mapped_column(index=True)
    detail: Mapped[dict[str, Any]]
    place: Mapped[str] = mapped_column(server_default="")
    volunteer_id: Mapped[str | None] = mapped_column(Id)

    # Ids are in the order of time, so that each of these finds its lines newest first.
    __table_args__ = tuple(
        Index(f"ix_audit_entries_{column}_id", column, "id")
        for column in ("place", "volunteer_id", "actor", "action")
    )


def record(
    actor: Actor,
    action: str,
    *,
    subject_type: str,
    subject_id: str,
    volunteer_id: str | None = None,
    place: str | None = None,
    **detail: Any,
) -> None:
    """Write one line, in the caller's transaction. `detail` must hold no secret and no phone.

    `volunteer_id` is whom it is about; `place` the path of what it concerns, the actor's own where
    it is left out.
    """
    session().execute(
        insert(AuditEntry),
        {
            "id": new_id(),
            "at": clock.now(),
            "actor": actor.caller,
            "actor_name": actor.name,
            "address": actor.address,
            "action": action,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "detail": detail,
            "place": (actor.scope or "") if place is None else place,
            "volunteer_id": volunteer_id,
        },
    )
