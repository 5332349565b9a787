"""The rulebook over HTTP."""

from typing import Any

from marshmallow import Schema as MarshmallowSchema
from marshmallow import fields

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom, PageQuery
from moralbank.core.fields import LocalDate, Moment, Points, Schema
from moralbank.core.openapi import page_of
from moralbank.core.pagination import Page
from moralbank.rulebook import operations
from moralbank.rulebook.operations import VersionView
from moralbank.rulebook.schemas import checked_document

room = ApiRoom("rulebook", __name__, description="The catalogue and the rulebook's versions")


class Document(fields.Raw):
    """A rulebook document, checked beside the fields that it is sent with, so that one answer
    names the faults of all."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> dict[str, Any]:
        return checked_document(value)


class RulebookIn(Schema):
    """A version to publish."""

    effective_from = LocalDate(required=True)
    document = Document(required=True, metadata={"type": "object"})


class RulebookOut(MarshmallowSchema):
    """A published version."""

    version = fields.Integer(required=True)
    effective_from = LocalDate(required=True)
    published_at = Moment(required=True)
    document = fields.Dict(required=True)


class ServiceItemOut(MarshmallowSchema):
    """A kind of errand, and what it is worth per unit before the rating."""

    code = fields.String(required=True)
    category = fields.String(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    points = Points(required=True)
    description = fields.String(required=True)
    tags = fields.List(fields.String(), required=True)


class CatalogueOut(MarshmallowSchema):
    """The catalogue of the rulebook in force, whole."""

    items = fields.List(fields.Nested(ServiceItemOut), required=True)


@room.endpoint("GET", "/service-items", action="catalogue.read", answer=CatalogueOut)
def list_service_items(actor: Actor) -> dict[str, Any]:
    """Show the catalogue of the rulebook in force."""
    book = operations.in_force(clock.today())
    items = [
        {
            "code": item.code,
            "category": book.categories[item.category].name,
            "name": item.name,
            "unit": item.unit,
            "points": item.points,
            "description": item.description,
            "tags": item.tags,
        }
        for item in book.items.values()
    ]
    return {"items": items}


@room.endpoint(
    "GET", "/rulebooks", action="rulebooks.read", query=PageQuery, answer=page_of(RulebookOut)
)
def list_rulebooks(actor: Actor, *, query: dict[str, Any]) -> Page[VersionView]:
    """List the versions."""
    return operations.list_versions(actor, cursor=query.get("cursor"), limit=query["limit"])


@room.endpoint("GET", "/rulebooks/<version>", action="rulebooks.read", answer=RulebookOut)
def get_rulebook(actor: Actor, *, version: str) -> VersionView:
    """Show a version."""
    return operations.get(actor, version)


@room.endpoint(
    "POST", "/rulebooks", action="rulebooks.publish", body=RulebookIn, answer=RulebookOut,
    status=201,
)  # fmt: skip
def publish_rulebook(actor: Actor, *, body: dict[str, Any]) -> VersionView:
    """Publish a version; a document that does not validate is refused with the path of each
    fault."""
    return operations.publish(actor, **body)
