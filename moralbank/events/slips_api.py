"""Paper slips over HTTP."""

from typing import Any

from flask import Response, current_app
from marshmallow import Schema as PlainSchema
from marshmallow import fields

from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom, PageQuery
from moralbank.core.fields import Count, Identifier, Moment, Schema
from moralbank.core.openapi import page_of
from moralbank.core.pagination import Page
from moralbank.events import slips
from moralbank.events.slip_sheets import sheets
from moralbank.organizations import operations as organizations

room = ApiRoom("slips", __name__, description="Printable sheets of paper slips")


class SlipBatchIn(Schema):
    """How many sheets, for which community."""

    community_id = Identifier(required=True)
    sheets = Count(least=1, most=slips.MAX_SHEETS, required=True)


class SlipBatchOut(PlainSchema):
    """Slips that were printed together."""

    id = fields.String(required=True)
    community_id = fields.String(required=True)
    first_no = fields.String(required=True)
    last_no = fields.String(required=True)
    count = fields.Integer(required=True)
    printed_at = Moment(required=True)


@room.endpoint(
    "POST", "/slip-batches", action="slips.print", body=SlipBatchIn, answer=SlipBatchOut,
    status=201,
)  # fmt: skip
def print_slips(actor: Actor, *, body: dict[str, Any]) -> slips.SlipBatchView:
    """Take the numbers for sheets of slips."""
    return slips.print_slips(actor, **body)


@room.endpoint(
    "GET", "/slip-batches", action="slips.print", query=PageQuery, answer=page_of(SlipBatchOut)
)
def list_batches(actor: Actor, *, query: dict[str, Any]) -> Page[slips.SlipBatchView]:
    """List what was printed, newest first."""
    return slips.list_batches(actor, **query)


@room.endpoint(
    "GET", "/slip-batches/<batch_id>/slips.pdf", action="slips.print", media_type="application/pdf"
)
def slips_pdf(actor: Actor, *, batch_id: str) -> Response:
    """Show the sheets as a PDF."""
    return pdf(actor, batch_id)


def pdf(actor: Actor, batch_id: str) -> Response:
    """Return the sheets of a batch. Refuses 404."""
    batch = slips.get(actor, batch_id)
    community = organizations.get(actor, batch.community_id)
    made = sheets(
        bank=current_app.config["BANK_NAME"], community=community.name,
        phone=community.phone or current_app.config["BANK_PHONE"] or None, numbers=batch.numbers,
    )  # fmt: skip
    name = f"slips-{batch.first_no}-{batch.last_no}.pdf"
    return Response(
        made, mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )  # fmt: skip
