"""What everybody does for themselves: change the password, see where they are signed in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, or_, select, update

from moralbank.core import audit, clock, ratelimit
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.pagination import Page, paged
from moralbank.core.problems import Refusal, invalid_field, not_found
from moralbank.core.transaction import operation, query
from moralbank.people.models import AccessToken, Staff
from moralbank.people.sign_in import hash_password, right_password
from moralbank.people.tokens import IDLE, end_tokens

WINDOW = timedelta(minutes=5)
MAX_FAILURES = 10
"""Wrong old passwords of one member of staff within the window, wherever they are typed."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in of one's own: since when, until when at the most, when it was used last, from which
    address it came, and whether it is the one that asks."""

    id: str
    created_at: datetime
    seen_at: datetime | None
    expires_at: datetime
    address: str
    current: bool


@operation("account.own")
def change_password(actor: Actor, *, old_password: str, new_password: str) -> None:
    """Choose a new password; every other sign-in of one's own ends. Refuses 422 naming
    `old_password` when it is not right, `new_password` when it is the same; 429."""
    row = session().get(Staff, actor.id)
    if row is None:
        raise not_found()
    bucket = f"password/{row.id}"
    ratelimit.check(bucket, limit=MAX_FAILURES, window=WINDOW)
    if not right_password(old_password, row.password_hash):
        ratelimit.failed(bucket, window=WINDOW)
        wrong = _("现在的口令不对。")
        raise Refusal(422, "validation_failed", wrong, errors={"old_password": [wrong]}, keeps=True)
    if new_password == old_password:
        raise invalid_field("new_password", _("新口令要和现在的不一样。"))
    session().execute(
        update(Staff)
        .where(Staff.id == row.id)
        .values(password_hash=hash_password(new_password), must_change_password=False)
    )
    end_tokens("staff", row.id, but=actor.token_id)
    session().execute(update(AccessToken).where(AccessToken.id == actor.token_id).values(owes=None))
    audit.record(actor, "account.password", subject_type="staff", subject_id=row.id)


@query("tokens.own")
def sign_ins(actor: Actor, *, cursor: str | None = None, limit: int) -> Page[SignIn]:
    """List one's own sign-ins that are good. Their ids are digests, with which nobody signs in."""
    now = clock.now()
    used = or_(AccessToken.seen_at.is_(None), AccessToken.seen_at >= now - IDLE)
    statement = select(AccessToken).where(
        AccessToken.kind == actor.kind,
        AccessToken.subject_id == actor.id,
        AccessToken.expires_at > now,
        *([used] if actor.kind == "staff" else []),
    )
    return paged(
        "sign-ins",
        statement,
        by=[AccessToken.id],
        cursor=cursor,
        limit=limit,
        make=lambda row: SignIn(
            row[0].id, row[0].created_at, row[0].seen_at, row[0].expires_at, row[0].address,
            row[0].id == actor.token_id,
        ),
    )  # fmt: skip


@operation("tokens.own")
def end_sign_in(actor: Actor, sign_in_id: str) -> None:
    """End one of one's own sign-ins. Refuses 404."""
    mine = delete(AccessToken).where(
        AccessToken.id == sign_in_id,
        AccessToken.kind == actor.kind,
        AccessToken.subject_id == actor.id,
    )
    if session().execute(mine.returning(AccessToken.id)).first() is None:
        raise not_found()


@operation("tokens.own")
def end_other_sign_ins(actor: Actor) -> None:
    """End all of one's own sign-ins but the one that asks."""
    end_tokens(actor.kind, actor.id, but=actor.token_id)
