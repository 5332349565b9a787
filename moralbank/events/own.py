"""Use cases of a resident's own page: what they asked for and how they rated it; asking again.

The link is the permission. It is the resident's alone, and never on what a volunteer scans.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from moralbank.core import audit, keys
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.language import recorded
from moralbank.core.pagination import Page, paged
from moralbank.core.policy import within
from moralbank.core.problems import Refusal, conflict, not_found
from moralbank.core.transaction import operation, query
from moralbank.events.awarding.models import Award
from moralbank.events.changes import hold, keep, wrong_state
from moralbank.events.codes import Taken, own_link_token, visit_token
from moralbank.events.models import Participant, Rating, ServiceEvent
from moralbank.events.ratings import COMMENT
from moralbank.events.requests import call_off, speaker, take
from moralbank.events.rules import MAX_OWN_UNDER_WAY, UNDER_WAY, rating_state
from moralbank.events.series import running, stop
from moralbank.organizations.models import Organization
from moralbank.people import residents
from moralbank.people.identities import public_names
from moralbank.people.models import Resident
from moralbank.people.rules import masked_name
from moralbank.rulebook.operations import rulebook


@dataclass(frozen=True, slots=True)
class OwnErrand:
    """An errand as the resident who asked for it sees it. `names` are the masked names of who will
    do it or did it; `stars` and `comment` what the resident said, or
    `rated_by` for them. `rating` and `visit` are the
    tokens of its links while they are of use."""

    id: str
    item: str
    kind: str
    status: str
    created_at: datetime
    needed_at: datetime | None
    performed_at: datetime | None
    names: list[str]
    stars: int | None
    comment: str | None
    rated_by: str | None
    rating: str | None
    visit: str | None
    may_cancel: bool
    weekly: bool


@dataclass(frozen=True, slots=True)
class OwnPage:
    """A resident's own page: their masked name, their community and its telephone, their
    errands."""

    name: str
    community: str
    phone: str | None
    errands: Page[OwnErrand]


def _resident(token: str) -> Resident:
    """Return whose page it is. Refuses 404 for a link that is not genuine, or dead."""
    row = residents.of_token(token)
    if row is None:
        raise not_found()
    return row


def _as_resident(actor: Actor, resident: Resident) -> Actor:
    """Return the resident as who acts: known by their own link, from where the request came."""
    return Actor(
        kind="public", id=f"resident-{resident.id}", role="public", name=recorded("居民本人"),
        address=actor.address,
    )  # fmt: skip


@query("residents.own")
def own_page(actor: Actor, token: str, *, cursor: str | None = None, limit: int) -> OwnPage:
    """Return a resident's own page, the newest errand first. Refuses 404."""
    resident = _resident(token)
    community = session().get_one(Organization, resident.community_id)
    page = paged(
        "own-errands",
        select(ServiceEvent).where(ServiceEvent.resident_id == resident.id),
        by=[ServiceEvent.id],
        cursor=cursor,
        limit=limit,
        newest_first=True,
        make=lambda row: row[0],
    )
    return OwnPage(
        name=masked_name(keys.decrypt(residents.NAME, resident.name)),
        community=community.name,
        phone=community.phone,
        errands=Page(_own(page.items), page.next),
    )


def _own(rows: list[ServiceEvent]) -> list[OwnErrand]:
    numbers = [row.id for row in rows]
    doers = _doers(numbers)
    names = public_names(person for people in doers.values() for person in people)
    ratings = {
        row.event_id: row
        for row in session().scalars(select(Rating).where(Rating.event_id.in_(numbers)))
    }
    awarded = set(
        session().scalars(select(Award.event_id.distinct()).where(Award.event_id.in_(numbers)))
    )
    weekly = running(numbers)
    found = []
    for row in rows:
        rating = ratings.get(row.id)
        may_rate = rating_state(row.status, awarded=row.id in awarded) == "may"
        found.append(
            OwnErrand(
                id=row.id,
                item=rulebook(row.rulebook_version).items[row.service_item].name,
                kind=row.kind,
                status=row.status,
                created_at=row.created_at,
                needed_at=row.needed_at,
                performed_at=row.performed_at,
                names=[masked_name(names[person].name) for person in doers.get(row.id, ())],
                stars=rating.stars if rating else None,
                comment=keys.decrypt_or_none(COMMENT, rating.comment) if rating else None,
                rated_by=speaker(rating.spoke_for).get("name") if rating else None,
                rating=own_link_token(row.id) if may_rate else None,
                visit=visit_token(row.id) if row.status in UNDER_WAY else None,
                may_cancel=row.status in UNDER_WAY,
                weekly=row.status in UNDER_WAY and row.id in weekly,
            )
        )
    return found


def _doers(numbers: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in session().execute(
        select(Participant.event_id, Participant.volunteer_id)
        .where(Participant.event_id.in_(numbers))
        .order_by(Participant.claimed_at, Participant.volunteer_id)
    ):
        found.setdefault(row.event_id, []).append(row.volunteer_id)
    return found


@operation("residents.own")
def ask_again(actor: Actor, token: str, **asked: Any) -> Taken:
    """Ask for an errand as the resident whose page it is: `service_item`, and maybe `kind`,
    `needed_at` and `note`. It is open at once.

    Refuses 404, 422 for an item that is not in the catalogue, 409 `too_many_waiting` while five of
    theirs wait to be done.
    """
    resident = _resident(token)
    # Held, so that two requests at once are counted one after the other.
    session().refresh(resident, with_for_update=True)
    waiting = session().scalar(
        select(func.count())
        .select_from(ServiceEvent)
        .where(ServiceEvent.resident_id == resident.id, ServiceEvent.status.in_(UNDER_WAY))
    )
    if (waiting or 0) >= MAX_OWN_UNDER_WAY:
        raise conflict(
            "too_many_waiting",
            _("您已有 %(n)d 件事在等人办。再多的，请打电话给社区。", n=MAX_OWN_UNDER_WAY),
        )
    return take(
        _as_resident(actor, resident),
        community_id=resident.community_id,
        resident_id=resident.id,
        came_by="page",
        **asked,
    )


@operation("residents.own")
def call_off_own(actor: Actor, token: str, event_id: str, *, for_good: bool = False) -> str:
    """Cancel an errand of one's own that nobody has done yet, and `for_good` those that would
    follow it every week; return its status. Refuses 404, 409 `wrong_state`."""
    resident = _resident(token)
    event, _path = hold(event_id)
    if event.resident_id != resident.id:
        raise not_found()
    if event.status not in UNDER_WAY:
        raise wrong_state()
    if for_good:
        stop(_as_resident(actor, resident), event, recorded("居民说以后不用了"))
    call_off(_as_resident(actor, resident), event, recorded("居民说不用了"))
    return event.status


@operation("residents.link")
def give_link(actor: Actor, event_id: str, *, renew: bool = False) -> str:
    """Return the path of the own page of the resident whom an errand is for; renewed, the earlier
    link is dead.

    It shows every errand of theirs, so it is for whoever works for their community: refuses 404
    elsewhere, 409 `no_resident`, 403 `rater_is_performer` for whoever took part in any of them. To
    whom it was given goes on record, so that a rating can be looked at in that light.
    """
    event, path = hold(event_id)
    within(actor, path)
    if event.resident_id is None:
        raise conflict("no_resident", _("这件事没有具体的居民。"))
    if actor.volunteer_id is not None and _served(actor.volunteer_id, event.resident_id):
        raise Refusal(403, "rater_is_performer", _("做这件事的人不能领居民的服务卡。"))
    keep(actor, event, "link")
    link = f"/resident/{residents.own_token(event.resident_id, renew=renew)}"
    audit.record(
        actor, "residents.link", subject_type="resident", subject_id=event.resident_id,
        renewed=renew, place=path,
    )  # fmt: skip
    return link


def _served(volunteer_id: str, resident_id: str) -> bool:
    found = (
        select(Participant.event_id)
        .join(ServiceEvent, ServiceEvent.id == Participant.event_id)
        .where(Participant.volunteer_id == volunteer_id, ServiceEvent.resident_id == resident_id)
    )
    return session().scalar(found.limit(1)) is not None
