"""The audit trail: who did what to what, and from where; append-only."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import Id, Model, session
from moralbank.core.ids import new_id


class AuditEntry(Model):
    """One line of the trail. It holds no secret and no personal data beyond names of staff."""

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


def record(actor: Actor, action: str, *, subject_type: str, subject_id: str, **detail: Any) -> None:
    """Write one line, in the caller's transaction. `detail` must hold no secret and no phone."""
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
        },
    )
