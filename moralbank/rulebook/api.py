"""The rulebook over HTTP."""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from marshmallow import Schema as MarshmallowSchema
from marshmallow import ValidationError, fields

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom, PageQuery
from moralbank.core.fields import Moment, Points, Schema
from moralbank.core.openapi import page_of
from moralbank.core.pagination import Page
from moralbank.rulebook import operations
from moralbank.rulebook.operations import VersionView

room = ApiRoom("rulebook", __name__, description="The catalogue and the rulebook's versions")


class LocalDate(fields.Field[date]):
    """A local date; a moment with an offset is read as its local date."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "format": "date"}, **kwargs)

    def _serialize(self, value: date | None, attr: Any, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.isoformat()

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> date:
        if isinstance(value, str) and len(value) > 10:
            return clock.local_date(Moment().deserialize(value))
        try:
            if not isinstance(value, str) or len(value) != 10:
                raise ValueError
            day = date.fromisoformat(value)
        except ValueError:
            raise ValidationError(_("应为日期，例如 2026-10-01。")) from None
        if not 2000 <= day.year <= clock.today().year + 10:
            raise ValidationError(_("年份不合理。"))
        return day


class RulebookIn(Schema):
    """A version to publish."""

    effective_from = LocalDate(required=True)
    document = fields.Raw(required=True, metadata={"type": "object"})


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
