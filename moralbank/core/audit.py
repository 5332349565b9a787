"""The audit trail: who did what to what, who saw what, and from where; append-only.

Who may read a line is told by its `place`: the organization that it concerns, as a path.
"""

import json
from datetime import datetime
from typing import Any

from flask import g, has_request_context
from sqlalchemy import Index, insert
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.db import Id, Model, session
from moralbank.core.direct import Statement, in_transaction
from moralbank.core.ids import id_at


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

    # Ids say when, so that each of these finds its lines newest first.
    __table_args__ = tuple(
        Index(f"ix_audit_entries_{column}_id", column, "id")
        for column in ("place", "volunteer_id", "actor", "action")
    )


def record(
    actor: Actor, action: str, *, subject_type: str, subject_id: str,
    volunteer_id: str | None = None, place: str | None = None, **detail: Any,
) -> None:  # fmt: skip
    """Write one line, in the caller's transaction. `detail` must hold no secret and no phone.

    `volunteer_id` is whom it is about; `place` the path of what it concerns, the actor's own where
    it is left out.
    """
    line = _line(actor, action, subject_type, subject_id, volunteer_id, place)
    session().execute(insert(AuditEntry), {**line, "detail": detail})


def _line(
    actor: Actor, action: str, subject_type: str, subject_id: str, volunteer_id: str | None,
    place: str | None,
) -> dict[str, Any]:  # fmt: skip
    """Return a line of this moment, but for its detail."""
    now = clock.now()
    return {
        "id": id_at(now),
        "at": now,
        "actor": actor.caller,
        "actor_name": actor.name,
        "address": actor.address,
        "action": action,
        "subject_type": subject_type,
        "subject_id": subject_id,
        "place": (actor.scope or "") if place is None else place,
        "volunteer_id": volunteer_id,
    }


_SAW = Statement(
    """
    INSERT INTO audit_entries (
        id, at, actor, actor_name, address, action, subject_type, subject_id, detail, place,
        volunteer_id
    )
    VALUES (
        :id, :at, :actor, :actor_name, :address, :action, :subject_type, :subject_id, :detail,
        :place, :volunteer_id
    )
    """
)


def saw(
    actor: Actor, action: str, *, subject_type: str, subject_id: str,
    volunteer_id: str | None = None, place: str | None = None, **detail: Any,
) -> None:  # fmt: skip
    """Write one line of what a member of staff is shown, before they are: a transaction of its
    own, as nothing else is written where somebody reads, and no public page is out of date for it.

    Once a request for one thing, however often it is read on the way. What is shown within a change
    goes with the line of that change. Takes what `record` does.
    """
    if actor.kind != "staff" or in_transaction():
        return
    if has_request_context():
        seen: set[tuple[str, str]] = g.setdefault("audit_seen", set())
        if (action, subject_id) in seen:
            return
        seen.add((action, subject_id))
    _SAW.rows(
        **_line(actor, action, subject_type, subject_id, volunteer_id, place),
        detail=json.dumps(detail, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
    )
