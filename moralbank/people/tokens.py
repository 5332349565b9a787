"""Tokens: a sign-in that lasts for a while, and the actor that it stands for."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert

from moralbank.core import clock
from moralbank.core.actor import Actor, Owed
from moralbank.core.db import session
from moralbank.core.direct import Statement
from moralbank.core.transaction import operation
from moralbank.people.models import AccessToken

IDLE = timedelta(hours=2)
"""For how long a sign-in of staff may lie unused before it is over: longer than a lunch or a visit
to a resident, shorter than from one shift to the next at a computer that several people share."""
NOTED = timedelta(minutes=5)
"""How much later than noted a sign-in may have been used: so seldom is it written down."""


@dataclass(frozen=True, slots=True)
class Token:
    """A fresh sign-in. `access_token` is shown once; only its digest is kept."""

    access_token: str
    expires_at: datetime
    role: str
    token_type: str = "Bearer"  # noqa: S105 — the scheme's name


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def issue_token(
    *,
    kind: str,
    subject_id: str,
    role: str,
    name: str,
    organization_id: str | None,
    scope: str | None,
    volunteer_id: str | None = None,
    lasts: timedelta,
    address: str = "",
    owes: Owed | None = None,
) -> Token:
    """Make a token for an actor who came from `address`, in the caller's transaction."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    session().execute(
        insert(AccessToken),
        {
            "id": _digest(token),
            "kind": kind,
            "subject_id": subject_id,
            "role": role,
            "name": name,
            "organization_id": organization_id,
            "scope": scope,
            "volunteer_id": volunteer_id,
            "created_at": now,
            "expires_at": now + lasts,
            "seen_at": now,
            "address": address,
            "owes": owes,
        },
    )
    return Token(token, now + lasts, role)


@operation("tokens.end")
def sign_out(actor: Actor) -> None:
    """End the token that the actor came with."""
    session().execute(delete(AccessToken).where(AccessToken.id == actor.token_id))


def end_tokens(kind: str, subject_id: str, *, but: str | None = None) -> None:
    """End every token of somebody, or of a terminal, in the caller's transaction; `but` is the id
    of one that goes on."""
    ended = delete(AccessToken).where(
        AccessToken.kind == kind, AccessToken.subject_id == subject_id
    )
    session().execute(ended if but is None else ended.where(AccessToken.id != but))


_TOKEN = Statement(
    """
    SELECT kind, subject_id, role, scope, organization_id, volunteer_id, name, owes, seen_at,
        expires_at
    FROM access_tokens WHERE id = :id
    """,
    moments=["seen_at", "expires_at"],
)
_USED = Statement("UPDATE access_tokens SET seen_at = :now WHERE id = :id")


def authenticate(token: str, address: str) -> Actor | None:
    """Return the actor of a token, or None when it is unknown, ended or over, or was of staff and
    lay unused for too long."""
    digest, now = _digest(token), clock.now()
    row = _TOKEN.first(id=digest)
    if row is None or row.expires_at <= now:
        return None
    if row.kind == "staff" and row.seen_at is not None:
        unused = now - row.seen_at
        if unused > IDLE:
            return None
        if unused > NOTED:
            _USED.rows(id=digest, now=now)
    return Actor(
        kind=row.kind,
        id=row.subject_id,
        role=row.role,
        scope=row.scope,
        organization_id=row.organization_id,
        volunteer_id=row.volunteer_id,
        name=row.name,
        address=address,
        token_id=digest,
        owes=row.owes,
    )
