"""Volunteers' photos over HTTP."""

from typing import Any

from flask import Response

from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom
from moralbank.core.pictures import LARGEST_FORM
from moralbank.people import photos
from moralbank.people.schemas import PhotoIn, PhotoOut

room = ApiRoom("photos", __name__, description="What volunteers look like, for who serves them")
LARGEST_BODY = LARGEST_FORM * 4 // 3
"""The most bytes of a body with one photo: base64 has four for three."""


@room.endpoint(
    "PUT", "/volunteers/<volunteer_id>/photo", action="photos.take", body=PhotoIn, answer=PhotoOut,
    refusals={409: ["wrong_state"]}, largest=LARGEST_BODY,
)  # fmt: skip
def take_photo(actor: Actor, *, volunteer_id: str, body: dict[str, Any]) -> photos.PhotoView:
    """Keep a photo of a volunteer who agreed to it, instead of the one before."""
    return photos.take_photo(actor, volunteer_id, **body)


@room.endpoint(
    "GET", "/volunteers/<volunteer_id>/photo", action="photos.see", media_type="image/jpeg"
)
def see_photo(actor: Actor, *, volunteer_id: str) -> Response:
    """Show a volunteer's photo, which is never kept on the way."""
    answer = Response(photos.see_photo(actor, volunteer_id), mimetype="image/jpeg")
    answer.cache_control.no_store = True
    return answer


@room.endpoint("DELETE", "/volunteers/<volunteer_id>/photo", action="photos.erase", status=204)
def erase_photo(actor: Actor, *, volunteer_id: str) -> None:
    """Erase a volunteer's photo, and their consent to it."""
    photos.erase_photo(actor, volunteer_id)
