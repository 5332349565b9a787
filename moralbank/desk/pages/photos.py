"""A volunteer's photo: taken at the desk, erased there or on the volunteer's own phone."""

import hashlib
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.fields import Flag, Schema
from moralbank.core.pages import Form
from moralbank.core.pictures import LARGEST_FORM
from moralbank.desk.pages.accounts import account_page
from moralbank.desk.pages.room import go, room
from moralbank.people import photos


class PhotoForm(Schema):
    """The tick beside the file."""

    consent = Flag(load_default=False)


@room.page("/staff/volunteers/<volunteer_id>/photo", action="desk.use")
def photo(actor: Actor, volunteer_id: str) -> Response:
    """Show the photo alone."""
    return _jpeg(photos.see_photo(actor, volunteer_id))


@room.page("/staff/volunteers/<volunteer_id>/photo", action="photos.take", method="POST",
           largest=LARGEST_FORM)  # fmt: skip
def photo_take(actor: Actor, volunteer_id: str) -> Any:
    """Keep a photo of a volunteer."""
    form = Form(PhotoForm())
    sent = request.files.get("photo")
    upload = sent.read() if sent else b""
    # The same form with another photo is something else that is asked for.
    form.typed["photo"] = hashlib.sha256(upload).hexdigest()

    def work(*, consent: bool) -> str:
        return photos.take_photo(actor, volunteer_id, photo=upload, consent=consent).volunteer_id

    if form.submit(actor, work) is None:
        return account_page(actor, volunteer_id, form, "photo")
    return go(_("照片留下了。"), "volunteer", volunteer_id=volunteer_id)


@room.page("/staff/volunteers/<volunteer_id>/photo/erase", action="photos.take", method="POST")
def photo_erase(actor: Actor, volunteer_id: str) -> Any:
    """Erase a photo that is no good."""
    photos.erase_photo(actor, volunteer_id)
    return go(_("照片删掉了。"), "volunteer", volunteer_id=volunteer_id)


@room.page("/staff/volunteers/<volunteer_id>/photo/withdraw", action="photos.take", method="POST")
def photo_withdraw(actor: Actor, volunteer_id: str) -> Any:
    """Erase the photo of a volunteer who no longer agrees."""
    photos.erase_photo(actor, volunteer_id, withdrawn=True)
    return go(_("同意已收回，照片删掉了。"), "volunteer", volunteer_id=volunteer_id)


@room.page("/me/photo", action="me.use")
def me_photo(actor: Actor) -> Response:
    """Show volunteers their own photo."""
    return _jpeg(photos.see_photo(actor, _own(actor)))


@room.page("/me/photo/withdraw", action="me.use", method="POST")
def me_photo_withdraw(actor: Actor) -> Any:
    """Erase the volunteer's own photo, to which they no longer agree."""
    photos.erase_photo(actor, _own(actor))
    return go(_("同意已收回，照片删掉了。"), "me")


def _own(actor: Actor) -> str:
    assert actor.volunteer_id is not None, "a volunteer's sign-in names their account"
    return actor.volunteer_id


def _jpeg(content: bytes) -> Response:
    return Response(content, mimetype="image/jpeg")
