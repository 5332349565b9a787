"""Sign-in: a password or a card and its PIN become a token; a token becomes an actor."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import delete, insert, select

from moralbank.core import clock, ratelimit
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.problems import Refusal
from moralbank.core.transaction import operation
from moralbank.organizations.operations import path_of
from moralbank.people.cards import check_pin, present
from moralbank.people.models import AccessToken, Staff

STAFF_HOURS = 12
VOLUNTEER_HOURS = 24
WINDOW = timedelta(minutes=5)
MAX_FAILURES_PER_NAME = 10
"""Failed sign-ins of one user name from one address within the window."""
MAX_FAILURES_PER_ADDRESS = 60
"""Failed sign-ins from one address within the window."""


@dataclass(frozen=True, slots=True)
class Token:
    """A fresh sign-in. `access_token` is shown once; only its digest is kept."""

    access_token: str
    expires_at: datetime
    role: str
    token_type: str = "Bearer"  # noqa: S105 — the scheme's name


@lru_cache(maxsize=2)
def _hasher(time_cost: int, memory_cost: int) -> tuple[PasswordHasher, str]:
    hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_cost, parallelism=1)
    return hasher, hasher.hash(secrets.token_hex(16))


def _passwords() -> tuple[PasswordHasher, str]:
    """Return the hasher and a hash that nothing matches, so that an unknown name takes as long."""
    config = current_app.config
    return _hasher(config.get("ARGON2_TIME_COST", 3), config.get("ARGON2_MEMORY_KIB", 65536))


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return _passwords()[0].hash(password)


def _right_password(password: str, hashed: str | None) -> bool:
    hasher, nothing = _passwords()
    try:
        hasher.verify(hashed or nothing, password)
        return hashed is not None
    except (VerificationError, InvalidHashError, UnicodeError):
        return False


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
) -> Token:
    """Make a token for an actor, in the caller's transaction."""
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
        },
    )
    return Token(token, now + lasts, role)


def _bad_credentials() -> Refusal:
    return Refusal(
        401, "bad_credentials", _("用户名或密码不对。"), keeps=True,
        headers={"WWW-Authenticate": 'Bearer realm="moralbank"'},
    )  # fmt: skip


@operation("tokens.issue")
def sign_in_staff(actor: Actor, *, username: str, password: str) -> Token:
    """Sign in a member of staff. Refuses 401 `bad_credentials`, 429 after too many of them."""
    buckets = {
        f"sign-in/{username.casefold()}/{actor.address}": MAX_FAILURES_PER_NAME,
        f"sign-in/{actor.address}": MAX_FAILURES_PER_ADDRESS,
    }
    for bucket, limit in buckets.items():
        ratelimit.check(bucket, limit=limit, window=WINDOW)
    row = (
        session()
        .execute(select(Staff).where(Staff.username == username.casefold(), Staff.active))
        .scalar_one_or_none()
    )
    if not _right_password(password, row.password_hash if row else None) or row is None:
        for bucket in buckets:
            ratelimit.failed(bucket, window=WINDOW)
        raise _bad_credentials()
    return issue_token(
        kind="staff",
        subject_id=row.id,
        role=row.role,
        name=row.display_name,
        organization_id=row.organization_id,
        scope=path_of(row.organization_id) if row.organization_id else "",
        volunteer_id=row.volunteer_id,
        lasts=timedelta(hours=STAFF_HOURS),
    )


@operation("tokens.issue")
def sign_in_volunteer(actor: Actor, *, card_code: str, pin: str) -> Token:
    """Sign in a volunteer by card and PIN. Refuses 401 `bad_credentials`, 429; wrong PINs count
    towards the card's lock."""
    bucket = f"sign-in/{actor.address}"
    ratelimit.check(bucket, limit=MAX_FAILURES_PER_ADDRESS, window=WINDOW)
    try:
        card, volunteer, path = present(card_code)
        check_pin(actor, card, pin, code="bad_credentials")
    except Refusal as refusal:
        ratelimit.failed(bucket, window=WINDOW)
        # Which of the two was wrong, and whether there is such a card, is not told to a stranger.
        raise Refusal(
            401,
            "bad_credentials",
            refusal.detail if refusal.code == "card_locked" else _("卡号或密码不对。"),
            headers={"WWW-Authenticate": 'Bearer realm="moralbank"'},
            keeps=True,
        ) from None
    return issue_token(
        kind="volunteer",
        subject_id=volunteer.id,
        role="volunteer",
        name=volunteer.name,
        organization_id=volunteer.community_id,
        scope=path,
        volunteer_id=volunteer.id,
        lasts=timedelta(hours=VOLUNTEER_HOURS),
    )


@operation("tokens.end")
def sign_out(actor: Actor) -> None:
    """End the token that the actor came with."""
    session().execute(delete(AccessToken).where(AccessToken.id == actor.token_id))


def end_tokens(kind: str, subject_id: str) -> None:
    """End every token of somebody, or of a terminal, in the caller's transaction."""
    session().execute(
        delete(AccessToken).where(AccessToken.kind == kind, AccessToken.subject_id == subject_id)
    )


def authenticate(token: str, address: str) -> Actor | None:
    """Return the actor of a token, or None when it is unknown, ended or over."""
    digest = _digest(token)
    row = (
        session().execute(select(AccessToken).where(AccessToken.id == digest)).scalar_one_or_none()
    )
    if row is None or row.expires_at <= clock.now():
        return None
    return Actor(
        kind=row.kind,  # type: ignore[arg-type]
        id=row.subject_id,
        role=row.role,
        scope=row.scope,
        organization_id=row.organization_id,
        volunteer_id=row.volunteer_id,
        name=row.name,
        address=address,
        token_id=row.id,
    )
