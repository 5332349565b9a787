"""The resident's key to a rating: a six-digit code to speak, or a link to open."""

import base64
import hmac
import secrets

from flask_babel import gettext as _
from sqlalchemy import insert, select, update

from moralbank.core import clock, keys, ratelimit
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import LENGTH
from moralbank.core.problems import Refusal
from moralbank.events.models import RatingCode, ServiceEvent
from moralbank.events.rules import MAX_WRONG_CODES
from moralbank.people.sign_in import MAX_FAILURES_PER_ADDRESS, WINDOW

CODE = "rating-code"
LINK = "rating-link"
VISIT = "visit-link"
_MARK_BYTES = 9


def make_codes(event_id: str, count: int) -> list[str]:
    """Make the codes of a new errand, all different; return them, to be shown once."""
    codes: list[str] = []
    while len(codes) < count:
        code = f"{secrets.randbelow(1_000_000):06d}"
        if code not in codes:
            codes.append(code)
    session().execute(
        insert(RatingCode),
        [
            {
                "event_id": event_id,
                "place": place,
                "seal": keys.seal(CODE, f"{event_id}/{code}"),
                "used_at": None,
            }
            for place, code in enumerate(codes)
        ],
    )
    return codes


def _bad_code(*, keeps: bool) -> Refusal:
    return Refusal(403, "bad_resident_code", _("评价码不对或已失效，请向社区核对。"), keeps=keeps)


def use_code(actor: Actor, event: ServiceEvent, code: str) -> RatingCode:
    """Return the unused code of an errand that is held, if `code` is one.

    Refuses 403 `bad_resident_code`, 429. A wrong one is counted and the count is kept; five lock
    the errand's codes, so that the right one is refused alike, and put it on the call-back list.
    """
    bucket = f"rating/{actor.address}"
    ratelimit.check(bucket, limit=MAX_FAILURES_PER_ADDRESS, window=WINDOW)
    if event.wrong_codes >= MAX_WRONG_CODES:
        raise _bad_code(keeps=False)
    rows = (
        session()
        .execute(
            select(RatingCode).where(RatingCode.event_id == event.id).order_by(RatingCode.place)
        )
        .scalars()
    )
    for row in rows:
        if keys.matches(CODE, f"{event.id}/{code.strip()}", row.seal):
            return row
    tries = event.wrong_codes + 1
    session().execute(
        update(ServiceEvent)
        .where(ServiceEvent.id == event.id)
        .values(
            wrong_codes=tries,
            callback_since=event.callback_since
            or (clock.now() if tries >= MAX_WRONG_CODES else None),
        )
    )
    ratelimit.failed(bucket, window=WINDOW)
    raise _bad_code(keeps=True)


def link_token(event_id: str) -> str:
    """Return the token of the link that lets the resident rate this errand."""
    return _token(LINK, event_id)


def visit_token(event_id: str) -> str:
    """Return the token of the QR that stays with the resident, by which a volunteer on the spot
    says that they came, or are done."""
    return _token(VISIT, event_id)


def _token(purpose: str, event_id: str) -> str:
    return event_id + _mark(keys.check_bytes(purpose, event_id)[0])


def _mark(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw[:_MARK_BYTES]).decode()


def event_of_link(token: str) -> str | None:
    """Return the errand that a rating link's token is for, or None when it is not genuine."""
    return _event_of(LINK, token)


def event_of_visit(token: str) -> str | None:
    """Return the errand that a visit's token is for, or None when it is not genuine."""
    return _event_of(VISIT, token)


def _event_of(purpose: str, token: str) -> str | None:
    if len(token) > 100 or not token.isascii():
        return None
    event_id, mark = token[:LENGTH], token[LENGTH:]
    marks = (_mark(raw) for raw in keys.check_bytes(purpose, event_id))
    genuine = any(hmac.compare_digest(own, mark) for own in marks)
    return event_id if genuine else None
