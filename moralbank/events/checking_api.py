"""What waits for somebody to look at it, over HTTP: flags, and awards before their release."""

from typing import Any

from marshmallow import Schema as PlainSchema
from marshmallow import fields

from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom, PageQuery
from moralbank.core.fields import Choice, Moment, Schema, Text
from moralbank.core.openapi import page_of
from moralbank.core.pagination import Page
from moralbank.events.checking import flags, releasing
from moralbank.events.lists import EventLine, waiting_for_review
from moralbank.events.requests import EventView, get
from moralbank.events.schemas import EventLineOut, EventOut
from moralbank.rulebook.documents.checks import FLAG_KINDS

room = ApiRoom("checking", __name__, description="Flags, and the review of awards")


class FlagQuery(PageQuery):
    """Which flags."""

    status = Choice("open", "fine", "wrong")
    kind = Choice("low_rating", *FLAG_KINDS)


class FlagOut(PlainSchema):
    """Something to look at, and what was seen."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    service_event_id = fields.String(required=True)
    volunteer_id = fields.String(required=True, allow_none=True)
    saw = fields.List(fields.String(), required=True)
    delays = fields.Boolean(required=True)
    status = fields.String(required=True)
    raised_at = Moment(required=True)
    note = fields.String(required=True, allow_none=True)


class FindingIn(Schema):
    """What was found, and how."""

    finding = Choice("fine", "wrong", required=True)
    note = Text(most=500, lines=True, required=True)


@room.endpoint(
    "POST", "/service-events/<event_id>/review", action="awards.review", answer=EventOut,
    refusals={409: ["wrong_state", "already_reviewed"]},
)  # fmt: skip
def review_awards(actor: Actor, *, event_id: str) -> EventView:
    """Say that an errand's provisional awards are right."""
    releasing.review(actor, event_id)
    return get(actor, event_id)


@room.endpoint("GET", "/flags", action="flags.read", query=FlagQuery, answer=page_of(FlagOut))
def list_flags(actor: Actor, *, query: dict[str, Any]) -> Page[flags.FlagView]:
    """List what somebody should look at, the oldest first."""
    return flags.list_flags(actor, **query)


@room.endpoint(
    "POST", "/flags/<flag_id>/decision", action="flags.decide", body=FindingIn, answer=FlagOut,
    refusals={409: ["wrong_state"]},
)  # fmt: skip
def decide_flag(actor: Actor, *, flag_id: str, body: dict[str, Any]) -> flags.FlagView:
    """Say what was found."""
    return flags.decide(actor, flag_id, **body)


@room.endpoint(
    "GET", "/awards-waiting", action="awards.review", query=PageQuery,
    answer=page_of(EventLineOut),
)  # fmt: skip
def list_waiting(actor: Actor, *, query: dict[str, Any]) -> Page[EventLine]:
    """List the errands whose awards wait for their release, oldest first."""
    return waiting_for_review(actor, **query)
