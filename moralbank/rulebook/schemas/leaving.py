"""What a document says about points whose holder leaves or dies."""

from marshmallow import fields

from moralbank.core.fields import Choice, Count, Schema, Text
from moralbank.rulebook.documents.leaving import LEAVING_RULES
from moralbank.rulebook.schemas.pieces import MAX_DAYS, sized

MAX_HEIRS = 20


class LeavingSchema(Schema):
    """What becomes of the points, and who may inherit them."""

    points = Choice(*LEAVING_RULES, required=True)
    heirs = fields.List(Text(most=20), load_default=list, validate=sized(0, MAX_HEIRS))
    days = Count(least=1, most=MAX_DAYS, allow_none=True, load_default=None)
