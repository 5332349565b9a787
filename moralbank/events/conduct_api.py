"""Bonuses, deductions and registered pairings over HTTP."""

from typing import Any

from marshmallow import Schema as PlainSchema
from marshmallow import fields

from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom, PageQuery
from moralbank.core.fields import Identifier, Moment, Points, Schema, Text
from moralbank.core.openapi import page_of
from moralbank.core.pagination import Page
from moralbank.events import pairings, withdrawals
from moralbank.events.awarding import conduct
from moralbank.events.schemas import ReasonIn, ResidentIn, ResidentOut

room = ApiRoom("conduct", __name__, description="Bonuses, deductions and pairings")


class ConductIn(Schema):
    """A bonus or a deduction by a reason of the rulebook."""

    reason = Text(most=60, required=True)
    note = Text(most=500, lines=True, required=True)
    service_event_id = Identifier()
    happened_at = Moment(past=True)


class ConductOut(PlainSchema):
    """A bonus or a deduction: signed points and merit as the rulebook says, what was moved of the
    points, and why."""

    id = fields.String(required=True)
    volunteer_id = fields.String(required=True)
    service_event_id = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True)
    name = fields.String(required=True)
    points = Points(required=True)
    merit = Points(required=True)
    moved = Points(required=True)
    rulebook_version = fields.Integer(required=True)
    explanation = fields.List(fields.String(), required=True)
    note = fields.String(required=True)
    status = fields.String(required=True)
    happened_at = Moment(required=True)
    recorded_at = Moment(required=True)


class PairingIn(Schema):
    """Who looks after whom."""

    volunteer_id = Identifier(required=True)
    community_id = Identifier(required=True)
    resident = fields.Nested(ResidentIn, required=True)
    note = Text(most=500, lines=True)


class PairingOut(PlainSchema):
    """A registered pairing."""

    id = fields.String(required=True)
    volunteer_id = fields.String(required=True)
    resident = fields.Nested(ResidentOut, required=True)
    note = fields.String(required=True)
    registered_at = Moment(required=True)
    ended_at = Moment(required=True, allow_none=True)


class PairingQuery(PageQuery):
    """Whose pairings."""

    volunteer_id = Identifier()


@room.endpoint(
    "POST", "/volunteers/<volunteer_id>/conduct", action="conduct.record", body=ConductIn,
    answer=ConductOut, status=201, refusals={409: ["already_recorded", "insufficient_points"]},
)  # fmt: skip
def record_conduct(actor: Actor, *, volunteer_id: str, body: dict[str, Any]) -> conduct.ConductView:
    """Record a bonus or a deduction."""
    return conduct.record(actor, volunteer_id=volunteer_id, **body)


@room.endpoint(
    "GET", "/volunteers/<volunteer_id>/conduct", action="conduct.read", query=PageQuery,
    answer=page_of(ConductOut),
)  # fmt: skip
def list_conduct(
    actor: Actor, *, volunteer_id: str, query: dict[str, Any]
) -> Page[conduct.ConductView]:
    """List a volunteer's bonuses and deductions, newest first."""
    return conduct.list_records(actor, volunteer_id, **query)


@room.endpoint(
    "POST", "/conduct/<record_id>/withdrawal", action="conduct.record", body=ReasonIn,
    answer=ConductOut, refusals={409: ["wrong_state", "insufficient_points"]},
)  # fmt: skip
def withdraw_conduct(actor: Actor, *, record_id: str, body: dict[str, Any]) -> conduct.ConductView:
    """Withdraw a record that was wrong."""
    return withdrawals.withdraw(actor, record_id, **body)


@room.endpoint(
    "POST", "/pairings", action="pairings.change", body=PairingIn, answer=PairingOut, status=201,
    refusals={409: ["already_paired"]},
)  # fmt: skip
def register_pairing(actor: Actor, *, body: dict[str, Any]) -> pairings.PairingView:
    """Register that a volunteer looks after a resident."""
    return pairings.register(actor, **body)


@room.endpoint(
    "GET", "/pairings", action="pairings.read", query=PairingQuery, answer=page_of(PairingOut)
)
def list_pairings(actor: Actor, *, query: dict[str, Any]) -> Page[pairings.PairingView]:
    """List registered pairings, newest first."""
    return pairings.list_pairings(actor, **query)


@room.endpoint(
    "POST", "/pairings/<pairing_id>/end", action="pairings.change", answer=PairingOut,
    refusals={409: ["wrong_state"]},
)  # fmt: skip
def end_pairing(actor: Actor, *, pairing_id: str) -> pairings.PairingView:
    """End a pairing."""
    return pairings.end(actor, pairing_id)
