"""Sign-in: a password or a card and its PIN become a token; a token becomes an actor."""

import secrets
from datetime import timedelta
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from moralbank.core import ratelimit
from moralbank.core.actor import Actor, Owed
from moralbank.core.db import session
from moralbank.core.problems import Refusal
from moralbank.core.spelling import network_of
from moralbank.core.transaction import operation
from moralbank.organizations.operations import path_of
from moralbank.people.models import Staff
from moralbank.people.presenting import check_pin, present_own
from moralbank.people.tokens import Token, issue_token

STAFF_HOURS = 12
"""A sign-in of staff lasts a working day with its overtime, and no day after it (see also
`tokens.IDLE`)."""
VOLUNTEER_HOURS = 24
"""A volunteer's lasts a day, on their own phone, used or not: to type a card's code is work."""
WINDOW = timedelta(minutes=5)
MAX_FAILURES_PER_NAME = 10
"""Failed sign-ins of one user name from one address within the window."""
MAX_FAILURES_PER_ADDRESS = 60
"""Failed sign-ins from one address within the window."""


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


def right_password(password: str, hashed: str | None) -> bool:
    """Tell whether a password is the one that was hashed; without a hash it takes as long."""
    hasher, nothing = _passwords()
    try:
        hasher.verify(hashed or nothing, password)
        return hashed is not None
    except (VerificationError, InvalidHashError, UnicodeError):
        return False


def _bad_credentials() -> Refusal:
    return Refusal(
        401, "bad_credentials", _("用户名或密码不对。"), keeps=True,
        headers={"WWW-Authenticate": 'Bearer realm="moralbank"'},
    )  # fmt: skip


@operation("tokens.issue")
def sign_in_staff(actor: Actor, *, username: str, password: str) -> Token:
    """Sign in a member of staff. Refuses 401 `bad_credentials`, 429 after too many of them."""
    row = _known_staff(actor, username, password)
    return issue_token(
        kind="staff",
        subject_id=row.id,
        role=row.role,
        name=row.display_name,
        organization_id=row.organization_id,
        scope=place_of(row),
        volunteer_id=row.volunteer_id,
        lasts=timedelta(hours=STAFF_HOURS),
        address=actor.address,
        owes=_owed(row),
    )


@operation("tokens.issue")
def vouch(actor: Actor, *, username: str, password: str) -> Actor:
    """Return the member of staff who signs at somebody else's device for one thing that is done
    there, and stays signed in nowhere. Refuses as `sign_in_staff` does."""
    row = _known_staff(actor, username, password)
    return Actor(
        kind="staff", id=row.id, role=row.role, scope=place_of(row),
        organization_id=row.organization_id, volunteer_id=row.volunteer_id,
        name=row.display_name, address=actor.address, owes=_owed(row),
    )  # fmt: skip


def _owed(row: Staff) -> Owed | None:
    return "password" if row.must_change_password else None


def place_of(row: Staff) -> str:
    """Return the path of what a member of staff works for, "" for the whole bank."""
    return path_of(row.organization_id) if row.organization_id else ""


def _known_staff(actor: Actor, username: str, password: str) -> Staff:
    buckets = {
        f"sign-in/{username.casefold()}/{network_of(actor.address)}": MAX_FAILURES_PER_NAME,
        f"sign-in/{network_of(actor.address)}": MAX_FAILURES_PER_ADDRESS,
    }
    for bucket, limit in buckets.items():
        ratelimit.check(bucket, limit=limit, window=WINDOW)
    # Held, so that whoever is stopped at this moment does not come in behind it.
    wanted = select(Staff).where(Staff.username == username.casefold(), Staff.active)
    row = session().execute(wanted.with_for_update(read=True)).scalar_one_or_none()
    if not right_password(password, row.password_hash if row else None) or row is None:
        for bucket in buckets:
            ratelimit.failed(bucket, window=WINDOW)
        raise _bad_credentials()
    return row


@operation("tokens.issue")
def sign_in_volunteer(actor: Actor, *, card_code: str, pin: str) -> Token:
    """Sign in a volunteer by card and PIN. Refuses 401 `bad_credentials`, 429; wrong PINs count
    towards the card's lock."""
    bucket = f"sign-in/{network_of(actor.address)}"
    ratelimit.check(bucket, limit=MAX_FAILURES_PER_ADDRESS, window=WINDOW)
    try:
        card = present_own(card_code)
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
        subject_id=card.volunteer_id,
        role="volunteer",
        name=card.name,
        organization_id=card.community_id,
        scope=card.path,
        volunteer_id=card.volunteer_id,
        lasts=timedelta(hours=VOLUNTEER_HOURS),
        address=actor.address,
    )
