"""The resident's key to a rating: a six-digit code to speak, or a link to open."""

import secrets
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import delete, insert, select, update

from moralbank.core import clock, keys, links, ratelimit
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.problems import Refusal
from moralbank.core.spelling import network_of
from moralbank.core.transaction import operation
from moralbank.events.awarding.measures import is_unrated
from moralbank.events.changes import hold_within, keep, wrong_state
from moralbank.events.models import RatingCode, ServiceEvent
from moralbank.events.participants import taking_part
from moralbank.events.rules import CANCELLABLE, MAX_WRONG_CODES
from moralbank.people.sign_in import MAX_FAILURES_PER_ADDRESS, WINDOW
from moralbank.rulebook.operations import rulebook

CODE = "rating-code"
LINK = "rating-link"
OWN_LINK = "own-rating-link"
VISIT = "visit-link"


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that was just taken, or given new codes: they are in this answer alone."""

    id: str
    status: str
    resident_code: str
    neighbour_codes: list[str]
    rating_path: str
    visit_path: str


def taken(event_id: str, status: str, codes: list[str], *, has_resident: bool) -> Taken:
    """Return what whoever asked is handed: the codes that were just made, and the links."""
    return Taken(
        id=event_id,
        status=status,
        resident_code=codes[0],
        neighbour_codes=[] if has_resident else codes,
        rating_path=f"/rate/{link_token(event_id)}",
        visit_path=f"/visit/{visit_token(event_id)}",
    )


def make_codes(event_id: str, count: int, *, first: int = 0) -> list[str]:
    """Make the codes of an errand from the place `first` on, all different; return them, to be
    shown once."""
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
            for place, code in enumerate(codes, first)
        ],
    )
    return codes


@operation("events.renew_codes")
def renew(actor: Actor, event_id: str) -> Taken:
    """Make new codes for an errand that is not rated yet. The old ones are dead, the count of wrong
    tries starts again, and an errand that they had put on the call-back list leaves it. Neighbours
    who have rated stay; the others need new codes.

    Refuses 404, 409 `wrong_state`, 403 `rater_is_performer` for whoever takes part: the codes are
    for the rater alone.
    """
    event = hold_within(actor, event_id)
    if event.status not in CANCELLABLE and not is_unrated(event):
        raise wrong_state()
    if actor.volunteer_id in taking_part(event.id):
        raise Refusal(403, "rater_is_performer", _("做这件事的人不能领评价码。"))
    used = (
        session()
        .scalars(
            select(RatingCode.place).where(
                RatingCode.event_id == event.id, RatingCode.used_at.is_not(None)
            )
        )
        .all()
    )
    session().execute(
        delete(RatingCode).where(RatingCode.event_id == event.id, RatingCode.used_at.is_(None))
    )
    needed = 1
    if event.resident_id is None:
        needed = max(1, rulebook(event.rulebook_version).neighbours_needed - len(used))
    codes = make_codes(event.id, needed, first=max(used, default=-1) + 1)
    if event.wrong_codes >= MAX_WRONG_CODES:
        event.callback_since = None
    event.wrong_codes = 0
    keep(actor, event, "codes")
    session().flush()
    return taken(event.id, event.status, codes, has_resident=event.resident_id is not None)


def _bad_code(*, keeps: bool) -> Refusal:
    return Refusal(403, "bad_resident_code", _("评价码不对或已失效，请向社区核对。"), keeps=keeps)


def use_code(actor: Actor, event: ServiceEvent, code: str) -> RatingCode:
    """Return the unused code of an errand that is held, if `code` is one.

    Refuses 403 `bad_resident_code`, 429. A wrong one is counted and the count is kept; five lock
    the errand's codes, so that the right one is refused alike, and put it on the call-back list.
    """
    bucket = f"rating/{network_of(actor.address)}"
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
    keep(actor, event, "wrong_code")
    ratelimit.failed(bucket, window=WINDOW)
    raise _bad_code(keeps=True)


def link_token(event_id: str) -> str:
    """Return the token of the link that lets the resident rate this errand."""
    return links.make_token(LINK, event_id)


def visit_token(event_id: str) -> str:
    """Return the token of the QR that stays with the resident, by which a volunteer on the spot
    says that they came, or are done."""
    return links.make_token(VISIT, event_id)


def own_link_token(event_id: str) -> str:
    """Return the token of the link on the resident's own page: it is the resident who rates by it,
    whoever had asked for them."""
    return links.make_token(OWN_LINK, event_id)


def event_of_link(token: str) -> str | None:
    """Return the errand that a rating link's token is for, or None when it is not genuine."""
    genuine = links.is_genuine(LINK, token) or is_own_link(token)
    return links.number_in(token) if genuine else None


def is_own_link(token: str) -> bool:
    """Tell whether a rating link's token is one of a resident's own page."""
    return links.is_genuine(OWN_LINK, token)


def event_of_visit(token: str) -> str | None:
    """Return the errand that a visit's token is for, or None when it is not genuine."""
    return links.number_in(token) if links.is_genuine(VISIT, token) else None
