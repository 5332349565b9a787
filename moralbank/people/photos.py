"""Use cases of volunteers' photos: taken at the desk with consent, looked at, erased.

A photo and the consent to it are one row: whoever takes the consent back takes the photo along.
"""

from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import delete, insert, select

from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.pictures import small
from moralbank.core.problems import conflict, forbidden, invalid_field, not_found
from moralbank.core.transaction import operation, query
from moralbank.people.identities import about
from moralbank.people.models import VolunteerPhoto
from moralbank.people.volunteers import find_volunteer, hold_volunteers


@dataclass(frozen=True, slots=True)
class PhotoView:
    """That there is a photo of a volunteer, and what they agreed to, on which day."""

    volunteer_id: str
    consent: str
    consent_on: date
    taken_at: datetime


def consent_words() -> str:
    """Return what a volunteer agrees to before a photo of theirs is kept."""
    words: str = _(
        "本人同意留一张照片，只给社区工作人员和爱心超市收银台认人用，不公开；"
        "随时可以收回同意，照片马上删除。"
    )
    return words


@operation("photos.take")
def take_photo(actor: Actor, volunteer_id: str, *, photo: bytes, consent: bool) -> PhotoView:
    """Keep a photo of a volunteer who agreed to it, instead of the one before.

    Refuses 404; 403 for the actor's own account; 409 `wrong_state` for a closed one; 422 naming
    `consent` without it, `photo` for what is no picture, is broken or is too large.
    """
    volunteer = find_volunteer(actor, volunteer_id)
    if actor.volunteer_id == volunteer.id:
        raise forbidden(_("自己的账户要由同事办理。"))
    if volunteer.status == "closed":
        raise conflict("wrong_state", _("这个账户已经销户。"))
    if not consent:
        raise invalid_field("consent", _("本人同意了才能留照片。"))
    content = small(photo, field="photo")
    view = PhotoView(volunteer.id, consent_words(), clock.today(), clock.now())
    hold_volunteers([volunteer.id])  # so that of two that come at once the later one stays
    _erase(volunteer.id)
    session().execute(
        insert(VolunteerPhoto),
        {
            "volunteer_id": volunteer.id,
            "content": content,
            "consent": view.consent,
            "consent_on": view.consent_on,
            "taken_at": view.taken_at,
            "taken_by": actor.caller,
        },
    )
    audit.record(
        actor, "photos.take", subject_type="volunteer", subject_id=volunteer.id,
        consent=view.consent, **about(volunteer.id),
    )  # fmt: skip
    return view


@operation("photos.erase")
def erase_photo(actor: Actor, volunteer_id: str, *, withdrawn: bool = False) -> None:
    """Erase the photo of a volunteer and the consent to it; without one nothing happens. Staff say
    whether the consent was `withdrawn`; a volunteer withdraws it. Refuses 404."""
    volunteer = find_volunteer(actor, volunteer_id)
    hold_volunteers([volunteer.id])
    if _erase(volunteer.id):
        audit.record(
            actor, "photos.erase", subject_type="volunteer", subject_id=volunteer.id,
            withdrawn=withdrawn or actor.kind == "volunteer", **about(volunteer.id),
        )  # fmt: skip


def _erase(volunteer_id: str) -> bool:
    gone = session().execute(
        delete(VolunteerPhoto)
        .where(VolunteerPhoto.volunteer_id == volunteer_id)
        .returning(VolunteerPhoto.volunteer_id)
    )
    return gone.first() is not None


@query("photos.see")
def photo_of(actor: Actor, volunteer_id: str) -> PhotoView | None:
    """Return what is known of a volunteer's photo, None without one. Refuses 404."""
    volunteer = find_volunteer(actor, volunteer_id)
    row = session().execute(
        select(
            VolunteerPhoto.consent, VolunteerPhoto.consent_on, VolunteerPhoto.taken_at
        ).where(VolunteerPhoto.volunteer_id == volunteer.id)
    ).first()  # fmt: skip
    if row is None:
        return None
    return PhotoView(volunteer.id, row.consent, row.consent_on, row.taken_at)


@operation("photos.see")
def see_photo(actor: Actor, volunteer_id: str) -> bytes:
    """Return a volunteer's photo, a JPEG, and put on record who of the staff saw it. Refuses 404,
    also without a photo."""
    volunteer = find_volunteer(actor, volunteer_id)
    content = shown_to(actor, volunteer.id)
    if content is None:
        raise not_found()
    return content


def shown_to(actor: Actor, volunteer_id: str) -> bytes | None:
    """Return a volunteer's photo, a JPEG, to somebody who may see it, and put on record that they
    saw it, in the caller's transaction; None without one."""
    content = session().scalar(
        select(VolunteerPhoto.content).where(VolunteerPhoto.volunteer_id == volunteer_id)
    )
    if content is not None and actor.kind != "volunteer":
        audit.record(
            actor, "photos.see", subject_type="volunteer", subject_id=volunteer_id,
            **about(volunteer_id),
        )  # fmt: skip
    return content
