"""What a rulebook document may say, and the path of every fault in one that says something else.

What no rule applies yet cannot be said: an unknown key is a fault, so that nobody puts a rule in
force that would be silently ignored.  The format is explained in `docs/rulebook.md`.
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from moralbank.core.fields import Count, Schema, Text
from moralbank.rulebook.documents import FORMAT
from moralbank.rulebook.faults import disagreements, fault_paths, plain_messages
from moralbank.rulebook.schemas.awarding import (
    CapsSchema,
    CategorySchema,
    DiminishingSchema,
    MeritSchema,
    RatingSchema,
    ReasonSchema,
    RoundingSchema,
    ServiceItemSchema,
)
from moralbank.rulebook.schemas.checks import ChecksSchema
from moralbank.rulebook.schemas.honours import (
    CommendationSchema,
    SatisfactionSchema,
    StandingSchema,
    StarLadderSchema,
)
from moralbank.rulebook.schemas.leaving import LeavingSchema
from moralbank.rulebook.schemas.pieces import Listed
from moralbank.rulebook.schemas.spending import (
    AdjustmentsSchema,
    ExpirySchema,
    RedemptionSchema,
    ReleaseSchema,
)

__all__ = ["RulebookDocumentSchema", "checked_document", "fault_paths"]


class RulebookDocumentSchema(Schema):
    """A whole rulebook document."""

    format = Count(least=FORMAT, most=FORMAT, required=True)
    title = Text(most=100, required=True)
    note = Text(most=1000, lines=True, empty=True, load_default="")
    categories = Listed(CategorySchema, least=1, most=20, required=True)
    service_items = Listed(ServiceItemSchema, least=1, most=500, required=True)
    rating = fields.Nested(RatingSchema, required=True)
    rounding = fields.Nested(RoundingSchema, required=True)
    caps = fields.Nested(CapsSchema, required=True)
    diminishing = fields.Nested(DiminishingSchema, allow_none=True, load_default=None)
    reasons = Listed(ReasonSchema, least=0, most=50, load_default=list)
    merit = fields.Nested(MeritSchema, required=True)
    release = fields.Nested(ReleaseSchema, required=True)
    expiry = fields.Nested(ExpirySchema, required=True)
    redemption = fields.Nested(RedemptionSchema, required=True)
    adjustments = fields.Nested(AdjustmentsSchema, required=True)
    leaving = fields.Nested(LeavingSchema, allow_none=True, load_default=None)
    star_ladders = Listed(StarLadderSchema, least=0, most=9, required=True)
    satisfaction = fields.Nested(SatisfactionSchema, allow_none=True, load_default=None)
    commendations = Listed(CommendationSchema, least=0, most=50, load_default=list)
    standing = fields.Nested(StandingSchema, allow_none=True, load_default=None)
    checks = fields.Nested(ChecksSchema, allow_none=True, load_default=None)

    @validates_schema(skip_on_field_errors=False)
    def _parts_agree(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        """Compare parts with each other; one with a fault of its own is left out, not guessed."""
        faults = disagreements(data)
        if faults:
            raise ValidationError(faults)


def checked_document(raw: Any) -> dict[str, Any]:
    """Check a document and return it in normal form: plain JSON values, every key written out.

    The normal form checks to itself, and goes to `Rulebook.from_document` and into storage.
    Raises marshmallow's ValidationError; its `messages` are nested dicts with text keys (a place
    in a list is "3") and lists of sentences, ready for JSON and for `fault_paths`.
    """
    try:
        document: dict[str, Any] = RulebookDocumentSchema().load(raw)
    except ValidationError as error:
        raise ValidationError(plain_messages(error.messages)) from None
    return document
