"""What the resources of relief take and show."""

from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError, fields, validates_schema

from moralbank.core.api import PageQuery
from moralbank.core.fields import Choice, Flag, Identifier, Moment, Phone, Points, Schema, Text
from moralbank.market.schemas import RedemptionLineOut, lines_in

RELIEF_STATES = ("proposed", "completed", "rejected", "voided")


class HouseholdIn(Schema):
    """A household in hardship; all but the community is for its staff alone."""

    community_id = Identifier(required=True)
    name = Text(most=60, required=True)
    phone = Phone(allow_none=True)
    household_no = Text(most=40, allow_none=True)
    address = Text(most=200, allow_none=True)
    note = Text(most=200, allow_none=True)
    namesake = Flag()


class HouseholdQuery(PageQuery):
    """Which households."""

    status = Choice("active", "ended")


class HouseholdOut(Schema):
    """A household; who it is, is null for whoever does not look after it."""

    id = fields.String(required=True)
    alias = fields.String(required=True)
    community_id = fields.String(required=True)
    community = fields.String(required=True)
    status = fields.String(required=True)
    registered_at = Moment(required=True)
    name = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    household_no = fields.String(required=True, allow_none=True)
    address = fields.String(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    points = Points(required=True, allow_none=True)


class ReliefIn(Schema):
    """Goods for a household; without a pool what the household was given pays. Or a parcel
    (`donation_id`), which has its goods and its points."""

    household_id = Identifier(required=True)
    pool_id = Identifier(allow_none=True)
    donation_id = Identifier(allow_none=True)
    lines = lines_in()
    note = Text(most=200, allow_none=True)

    @validates_schema
    def goods_or_a_parcel(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Refuse neither."""
        if "lines" not in data and not data.get("donation_id"):
            raise ValidationError({"lines": [_("必须填写。")]})


class ReliefQuery(PageQuery):
    """Which reliefs."""

    status = Choice(*RELIEF_STATES)
    pool_id = Identifier()
    household_id = Identifier()


class ReliefReasonIn(Schema):
    """Why a proposal is put aside, or taken back."""

    reason = Text(most=200, required=True)


class ParcelReasonIn(Schema):
    """Why goods that were given become points; the giver reads it."""

    reason = Text(most=200, required=True)


class ReliefOut(Schema):
    """Goods for a household, which has its alias alone."""

    id = fields.String(required=True)
    receipt_no = fields.String(required=True)
    household_id = fields.String(required=True)
    household = fields.String(required=True)
    pool_id = fields.String(required=True, allow_none=True)
    pool = fields.String(required=True, allow_none=True)
    supermarket_id = fields.String(required=True)
    supermarket = fields.String(required=True)
    donation_id = fields.String(required=True, allow_none=True)
    points = Points(required=True)
    lines = fields.List(fields.Nested(RedemptionLineOut), required=True)
    status = fields.String(required=True)
    note = fields.String(required=True, allow_none=True)
    proposed_at = Moment(required=True)
    decided_at = Moment(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    occurred_at = Moment(required=True, allow_none=True)
    voided_at = Moment(required=True, allow_none=True)
    void_reason = fields.String(required=True, allow_none=True)
