"""What a document says about spending: release, expiry, the conditions on a redemption."""

from marshmallow import fields

from moralbank.core.fields import Choice, Count, Schema
from moralbank.rulebook.documents.awarding import STARS
from moralbank.rulebook.documents.spending import EXPIRY_RULES, LIMIT_PERIODS, RELEASE_RULES
from moralbank.rulebook.schemas.pieces import (
    MAX_COUNT,
    MAX_DAYS,
    MAX_POINTS,
    DecimalText,
    Listed,
    cap,
)

MAX_REVIEWERS = 5
MAX_NOTICE_DAYS = 30
"""As long as a notice can hang (`notices`)."""
MAX_EXPIRY_MONTHS = 600
MAX_TENURE_MONTHS = 600
MAX_POINT_WORTH = "1000"
"""Yuan."""


class ReleaseSchema(Schema):
    """When an award counts: at once, or after so many reviewers and a posted notice."""

    rule = Choice(*RELEASE_RULES, required=True)
    reviewers = Count(least=0, most=MAX_REVIEWERS, load_default=0)
    notice_working_days = Count(least=0, most=MAX_NOTICE_DAYS, allow_none=True, load_default=None)


class ExpirySchema(Schema):
    """When points lapse."""

    rule = Choice(*EXPIRY_RULES, required=True)
    months = Count(least=0, most=MAX_EXPIRY_MONTHS, allow_none=True, load_default=None)


class RedemptionLimitSchema(Schema):
    """How often one person may redeem."""

    times = Count(least=1, most=MAX_COUNT, required=True)
    per = Choice(*LIMIT_PERIODS, required=True)


class FurtherLimitSchema(Schema):
    """How often, how much, or both, one person may redeem in a period."""

    times = Count(least=1, most=MAX_COUNT, allow_none=True, load_default=None)
    points = cap()
    per = Choice(*LIMIT_PERIODS, required=True)


class RedemptionSchema(Schema):
    """The conditions on spending."""

    pin_required_above = DecimalText(most=MAX_POINTS, required=True)
    without_pin_per_day = Count(least=0, most=MAX_COUNT, allow_none=True, load_default=None)
    min_points = cap()
    max_points = cap()
    min_balance = cap()
    limit = fields.Nested(RedemptionLimitSchema, allow_none=True, load_default=None)
    limits = Listed(FurtherLimitSchema, least=0, most=10, load_default=list)
    min_star = Count(least=0, most=max(STARS), load_default=0)
    min_tenure_days = Count(least=0, most=MAX_DAYS, load_default=0)
    min_tenure_months = Count(least=0, most=MAX_TENURE_MONTHS, load_default=0)
    point_worth = DecimalText(
        least="0.01", most=MAX_POINT_WORTH, allow_none=True, load_default=None
    )


class AdjustmentsSchema(Schema):
    """When a correction by hand needs a second person."""

    second_person_above = DecimalText(most=MAX_POINTS, required=True)
