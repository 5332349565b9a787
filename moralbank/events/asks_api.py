"""What residents ask for by themselves, over HTTP: on the public page, and on their own."""

from typing import Any

from marshmallow import Schema as PlainSchema
from marshmallow import fields

from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom, PageQuery
from moralbank.core.fields import AnyPhone, Choice, Flag, Identifier, Moment, Schema, Text
from moralbank.core.openapi import page_of
from moralbank.core.pagination import Page
from moralbank.events import asks, own
from moralbank.events.codes import Taken
from moralbank.events.models import KINDS
from moralbank.events.schemas import ReasonIn, TakenOut

room = ApiRoom("asks", __name__, description="What residents ask for by themselves")


class OwnAskIn(Schema):
    """What a resident asks for on a page of their own."""

    service_item = Text(most=80, required=True)
    needed_at = Moment(coming=True)
    note = Text(most=500, lines=True)
    kind = Choice(*KINDS)


class AskIn(OwnAskIn):
    """What anybody may ask for on the public page, and whom to call back."""

    community_id = Identifier(required=True)
    name = Text(most=60, required=True)
    phone = AnyPhone(required=True)
    address = Text(most=200)


class AskSentOut(PlainSchema):
    """What becomes of what was sent in: somebody will call."""

    status = fields.String(required=True)


class AskOut(PlainSchema):
    """What somebody asked for, and whom to call back."""

    id = fields.String(required=True)
    community_id = fields.String(required=True)
    service_item = fields.String(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    phone = fields.String(required=True)
    address = fields.String(required=True, allow_none=True)
    needed_at = Moment(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    asked_at = Moment(required=True)
    status = fields.String(required=True)
    event_id = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class AskTakenIn(Schema):
    """What the call made different."""

    service_item = Text(most=80)
    needed_at = Moment()
    note = Text(most=500, lines=True)
    household_no = Text(most=60)
    address = Text(most=200)


class CallOffIn(Schema):
    """Whether those that would follow every week are not needed either."""

    for_good = Flag()


class LinkIn(Schema):
    """Whether the earlier link is to be dead."""

    renew = Flag()


class LinkOut(PlainSchema):
    """The way to a resident's own page; for the resident alone."""

    resident_path = fields.String(required=True)


@room.endpoint(
    "POST", "/asks", action="asks.send", body=AskIn, answer=AskSentOut, status=201,
    refusals={409: ["too_many_waiting"], 429: ["too_many_requests"]},
)  # fmt: skip
def send_ask(actor: Actor, *, body: dict[str, Any]) -> dict[str, str]:
    """Ask for an errand as anybody; somebody will call."""
    return {"status": asks.send(actor, **body)}


@room.endpoint("GET", "/asks", action="asks.decide", query=PageQuery, answer=page_of(AskOut))
def list_asks(actor: Actor, *, query: dict[str, Any]) -> Page[asks.AskView]:
    """List what waits for a call back, the oldest first."""
    return asks.waiting(actor, **query)


@room.endpoint("GET", "/asks/<ask_id>", action="asks.decide", answer=AskOut)
def get_ask(actor: Actor, *, ask_id: str) -> asks.AskView:
    """Show what somebody asked for."""
    return asks.get(actor, ask_id)


@room.endpoint(
    "POST", "/asks/<ask_id>/taking", action="asks.decide", body=AskTakenIn, answer=TakenOut,
    status=201, refusals={409: ["wrong_state"]},
)  # fmt: skip
def take_ask(actor: Actor, *, ask_id: str, body: dict[str, Any]) -> Taken:
    """Take it as an errand, once they were called."""
    return asks.take(actor, ask_id, **body)


@room.endpoint(
    "POST", "/asks/<ask_id>/refusal", action="asks.decide", body=ReasonIn, answer=AskOut,
    refusals={409: ["wrong_state"]},
)  # fmt: skip
def refuse_ask(actor: Actor, *, ask_id: str, body: dict[str, Any]) -> asks.AskView:
    """Put it aside, and say why."""
    return asks.refuse(actor, ask_id, **body)


@room.endpoint(
    "POST", "/service-events/<event_id>/resident-link", action="residents.link", body=LinkIn,
    answer=LinkOut, refusals={403: ["rater_is_performer"], 409: ["no_resident"]},
)  # fmt: skip
def give_resident_link(actor: Actor, *, event_id: str, body: dict[str, Any]) -> dict[str, str]:
    """Give the link to the own page of the resident whom an errand is for."""
    return {"resident_path": own.give_link(actor, event_id, **body)}
