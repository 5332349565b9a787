"""What the book shows."""

from typing import Any

from marshmallow import fields

from moralbank.core.api import PageQuery
from moralbank.core.fields import Choice, Identifier, Moment, Schema, Text
from moralbank.core.quantities import points_text
from moralbank.ledger.postings import ASSETS


class Amount(fields.Field[int]):
    """An amount in the unit of the object's `asset`: points as a decimal string, minutes whole."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"oneOf": [{"type": "string"}, {"type": "integer"}]}, **kwargs)

    def _serialize(self, value: int | None, attr: Any, obj: Any, **kwargs: Any) -> str | int | None:
        return value if value is None or obj.asset == "minutes" else points_text(value)


class Source(Schema):
    """What a transfer is for."""

    type = fields.String(required=True)
    id = fields.String(required=True)


class EntryOut(Schema):
    """A line of a statement."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    asset = fields.String(required=True)
    amount = Amount(required=True)
    balance_after = Amount(required=True)
    posted_at = Moment(required=True)
    effective_at = Moment(required=True)
    reason = fields.String(required=True)
    source = fields.Nested(Source, required=True)
    rulebook_version = fields.Integer(required=True, allow_none=True)


class EntryQuery(PageQuery):
    """Which wallet's statement."""

    asset = Choice(*ASSETS, load_default="points")


class TransferOut(Schema):
    """A row of the book."""

    id = fields.String(required=True)
    journal = fields.String(required=True)
    kind = fields.String(required=True)
    asset = fields.String(required=True)
    payer = fields.String(required=True)
    payee = fields.String(required=True)
    amount = Amount(required=True)
    posted_at = Moment(required=True)
    effective_at = Moment(required=True)
    reason = fields.String(required=True)
    source = fields.Nested(Source, required=True)
    rulebook_version = fields.Integer(required=True, allow_none=True)
    reverses = fields.String(required=True, allow_none=True)


class TransferQuery(PageQuery):
    """Which of the book's rows: of an account, of a kind, posted from … until before …."""

    account = Identifier()
    kind = Text(most=20)
    since = Moment(data_key="from")
    until = Moment(data_key="to")


class AssetTotalsOut(Schema):
    """Both sides of one asset."""

    asset = fields.String(required=True)
    debits = Amount(required=True)
    credits = Amount(required=True)


class TrialBalanceOut(Schema):
    """Both sides of the book."""

    assets = fields.List(fields.Nested(AssetTotalsOut), required=True)
    balanced = fields.Boolean(required=True)
