"""What is taken and shown of how requests come to an end."""

from typing import Any

from marshmallow import Schema as PlainSchema
from marshmallow import fields

from moralbank.core import periods
from moralbank.core.fields import Choice, Identifier, Schema, Text
from moralbank.events.models import KINDS, WAYS
from moralbank.events.rules import decimal_text


class ClosingQuery(Schema):
    """Whose requests, of which period and kind, and how they came in; all when left out."""

    community_id = Identifier()
    period = Text(most=periods.MAX_TEXT)
    kind = Choice(*KINDS)
    came_by = Choice(*WAYS)


class DecimalOut(fields.Field[Any]):
    """A figure as a decimal string; None where there is nothing to tell it by."""

    def __init__(self, *, places: int) -> None:
        super().__init__(required=True, allow_none=True, metadata={"type": "string"})
        self.places = places

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> str | None:
        return decimal_text(value, self.places)


class FiguresOut(PlainSchema):
    """How requests came to an end: the mean stars of at least five ratings only."""

    asked = fields.Integer(required=True)
    cancelled = fields.Integer(required=True)
    closed = fields.Integer(required=True)
    rate = DecimalOut(places=3)
    median_hours = DecimalOut(places=1)
    ratings = fields.Integer(required=True)
    mean_stars = DecimalOut(places=2)


class ClosingLineOut(PlainSchema):
    """How the requests of a community or a station came to an end; of several that are too small to
    tell apart where the id is null."""

    organization_id = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)
    level = fields.String(required=True)
    figures = fields.Nested(FiguresOut, required=True)


class ClosingOut(PlainSchema):
    """All together (null: too few to tell), then the communities and the stations."""

    total = fields.Nested(FiguresOut, required=True, allow_none=True)
    items = fields.List(fields.Nested(ClosingLineOut), required=True)
