"""Use cases of a rating: what turns an errand into points."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, insert, select, update

from moralbank.core import clock, keys
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.policy import WORKER
from moralbank.core.problems import Refusal, conflict, forbidden, invalid, invalid_field, not_found
from moralbank.core.spelling import network_of
from moralbank.core.transaction import operation
from moralbank.events.awarding.awards import AwardView, award, awards_of, standard_of
from moralbank.events.changes import hold, keep, move, performed_by, wrong_state
from moralbank.events.checking.watch import look, look_at_neighbour
from moralbank.events.codes import event_of_link, is_own_link, use_code
from moralbank.events.models import Rating, RatingCode, ServiceEvent
from moralbank.events.reach import check_reach
from moralbank.events.requests import requester_of, sealed_speaker, speaker
from moralbank.events.rules import Performer, is_performer, rating_state
from moralbank.events.slips import kept_slip_no
from moralbank.people import residents
from moralbank.people.identities import identities
from moralbank.people.rules import spelled_name
from moralbank.people.volunteers import PHONE
from moralbank.rulebook.operations import rulebook
from moralbank.rulebook.rules import combined_stars

COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Rated:
    """What came of a rating: the errand's status and, once enough have rated, the awards."""

    status: str
    awards: list[AwardView]


@operation("events.rate")
def rate(
    actor: Actor,
    event_id: str,
    *,
    stars: int,
    resident_code: str | None = None,
    channel: str | None = None,
    slip_no: str | None = None,
    comment: str | None = None,
    rater: dict[str, Any] | None = None,
) -> Rated:
    """Rate an errand by the resident's code, or as staff who had the rating by phone, on a paper
    slip or on a visit; `rater` is who spoke to them for the resident (name, relation, maybe phone),
    or, of an errand without one resident, which neighbour it was (name, maybe phone).
    A code is with whoever asked, so by it the one who asked for a resident rates as such.

    Refuses 404; 403 `bad_resident_code`, `rater_is_performer`, `forbidden`; 409 `already_rated`,
    `wrong_state`, `slip_used`.
    """
    event, path = hold(event_id)
    if resident_code is not None:
        if actor.kind == "staff":
            check_reach(actor, event, path)
        else:
            _refuse_staffs_fields(channel, slip_no)
        code = use_code(actor, event, resident_code)
        if rater is not None:
            raise invalid_field("rater", _("凭评价码评价时不填代评的人。"))
        spoke = requester_of(event)
        return _rate(actor, event, stars, channel or "code", slip_no, comment, code, spoke)
    _staff_only(actor)
    check_reach(actor, event, path)
    if channel is None:
        raise invalid_field("channel", _("请填写评价是怎样得到的。"))
    if event.resident_id is None:
        _refuse_same_neighbour(event, rater or {})
    elif rater is not None and not rater.get("relation"):
        raise invalid({"rater": {"relation": [_("必须填写。")]}})
    return _rate(actor, event, stars, channel, slip_no, comment, None, rater or {})


def _refuse_staffs_fields(channel: str | None, slip_no: str | None) -> None:
    """Refuse 422 what only staff may say of a rating: how they came by it, on which slip."""
    given = {"channel": channel, "slip_no": slip_no}
    errors = {name: [_("只有工作人员录入评价时才填。")] for name, text in given.items() if text}
    if errors:
        raise invalid(errors)


def _staff_only(actor: Actor) -> None:
    if actor.kind == "public":
        raise invalid_field("resident_code", _("请填写评价码。"))
    if actor.kind != "system" and actor.role not in WORKER:
        raise forbidden()


@operation("events.rate")
def rate_by_link(actor: Actor, token: str, *, stars: int, comment: str | None = None) -> Rated:
    """Rate an errand through the resident's own link. Refuses as `rate` does, 404 for a token
    that is not genuine or an errand without a resident (its neighbours have codes)."""
    event_id = event_of_link(token)
    if event_id is None:
        raise not_found()
    event, _path = hold(event_id)
    if event.resident_id is None:
        raise not_found()
    spoke = {} if is_own_link(token) else requester_of(event)
    return _rate(actor, event, stars, "link", None, comment, None, spoke)


def _rate(
    actor: Actor,
    event: ServiceEvent,
    stars: int,
    channel: str,
    slip_no: str | None,
    comment: str | None,
    code: RatingCode | None,
    spoke: dict[str, Any],
) -> Rated:
    state = rating_state(event.status, awarded=bool(awards_of(event.id)))
    place = session().scalar(
        select(func.count()).select_from(Rating).where(Rating.event_id == event.id)
    )
    # What was disputed before anybody rated it was not rated.
    if (state == "already_rated" and place) or (code is not None and code.used_at is not None):
        raise conflict("already_rated", _("这次服务已经评价过了。"))
    if state != "may":
        raise wrong_state()
    _refuse_performer(actor, event, spoke)
    if slip_no is not None:
        slip_no = kept_slip_no(slip_no, event.community_id)
        if session().scalar(select(Rating.event_id).where(Rating.slip_no == slip_no)) is not None:
            raise conflict("slip_used", _("这张评价单的编号已经用过。"))
    session().execute(
        insert(Rating),
        {
            "event_id": event.id,
            "place": place,
            "stars": stars,
            "channel": channel,
            "slip_no": slip_no,
            "comment": keys.encrypt_or_none(COMMENT, comment),
            "entered_by": actor.caller if actor.kind == "staff" else actor.kind,
            "address": network_of(actor.address),
            "rated_at": clock.now(),
            "spoke_for": sealed_speaker(spoke),
        },
    )
    if code is not None:
        session().execute(
            update(RatingCode)
            .where(RatingCode.event_id == event.id, RatingCode.place == code.place)
            .values(used_at=clock.now())
        )
    return _settle(actor, event)


def _settle(actor: Actor, event: ServiceEvent) -> Rated:
    """Award the errand once everybody needed has rated: the resident, or enough neighbours."""
    given = (
        session()
        .scalars(select(Rating.stars).where(Rating.event_id == event.id).order_by(Rating.place))
        .all()
    )
    # As many neighbours as had codes made for them when it was asked for.
    needed = rulebook(event.rulebook_version).neighbours_needed
    if event.resident_id is None and len(given) < needed:
        keep(actor, event, "neighbour_rated")
        look_at_neighbour(event, given[-1], rulebook(event.rulebook_version))
        return Rated(event.status, [])
    standard = standard_of(event)
    book = standard[1]
    stars = given[0] if event.resident_id is not None else combined_stars(book, given)
    move(actor, event, "rated")
    waits = look(event, given, book)
    awards = award(event, stars, standard, waits=waits)
    if all(one.status != "provisional" for one in awards):
        move(actor, event, "awarded")
    return Rated(event.status, awards)


def _refuse_same_neighbour(event: ServiceEvent, rater: dict[str, Any]) -> None:
    """Refuse 409 a neighbour who has rated this errand already, as staff named them: by the phone,
    or by the name where either has none."""
    if not rater:
        return
    sealed = session().scalars(select(Rating.spoke_for).where(Rating.event_id == event.id))
    for other in map(speaker, sealed):
        if other.get("phone") and rater.get("phone"):
            same = other["phone"] == rater["phone"]
        else:
            same = spelled_name(other.get("name", "")) == spelled_name(rater["name"])
        if same:
            raise conflict("already_rated", _("这位邻居已经评价过这件事了。"))


def _refuse_performer(actor: Actor, event: ServiceEvent, spoke: dict[str, Any]) -> None:
    """Refuse a rater who did the errand, or lives with somebody who did, or lets such a one speak
    for them, and staff who did."""
    performers = [
        Performer(person.volunteer_id, person.phone_seal, person.household_seals)
        for person in identities(performed_by(event))
    ]
    phones: set[str] = set()
    households: set[str] = set()
    if event.resident_id is not None:
        phones, households = residents.seals_of(event.resident_id)
    # Who is signed in, whoever they are: their account, and with it their phone and their home.
    for one in identities([actor.volunteer_id] if actor.volunteer_id else []):
        phones.add(one.phone_seal)
        households |= one.household_seals
    for person in (requester_of(event), spoke):
        if phone := person.get("phone"):
            phones |= set(keys.seals(PHONE, phone))
    if is_performer(
        performers,
        volunteer_id=actor.volunteer_id,
        phone_seals=phones,
        household_seals=households,
    ):
        raise Refusal(
            403, "rater_is_performer", _("做这次服务的人和他的家人不能评价，也不能录入评价。")
        )
