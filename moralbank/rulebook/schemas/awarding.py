"""What a document says about awards: the catalogue, the rating, the caps, reasons."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, pre_load

from moralbank.core.fields import Choice, Count, Flag, Schema, Text
from moralbank.rulebook.documents.awarding import (
    EXCESS_RULES,
    MAX_MINUTES,
    MERIT_RULES,
    NEIGHBOURS_COMBINE,
    REASON_KINDS,
    ROUNDING_MODES,
    ROUNDING_STEPS,
    SPANS,
    STARS,
    UNITS,
)
from moralbank.rulebook.schemas.pieces import (
    MAX_COUNT,
    MAX_POINTS,
    Code,
    DecimalText,
    Listed,
    cap,
    sized,
    times,
)

MAX_ITEM_POINTS = "10000"
MAX_MULTIPLIER = "10"


class TimesSchema(Schema):
    """The most errands of a span that can bring one person points; null is no cap."""

    day = times()
    week = times()
    month = times()
    quarter = times()
    half_year = times()
    year = times()


class PersonCapsSchema(Schema):
    """The most points that one person can be awarded, and for how many errands; null is no cap."""

    event = cap()
    day = cap()
    week = cap()
    month = cap()
    quarter = cap()
    half_year = cap()
    year = cap()
    times = fields.Nested(TimesSchema, allow_none=True, load_default=None)


class CategorySchema(Schema):
    """A category of the catalogue."""

    code = Code(required=True)
    name = Text(most=40, required=True)
    caps = fields.Nested(PersonCapsSchema, allow_none=True, load_default=None)


class IssueCapsSchema(Schema):
    """The most points that everybody together can be awarded; null is no cap."""

    day = cap()
    week = cap()
    month = cap()
    quarter = cap()
    half_year = cap()
    year = cap()


class MinuteBoundsSchema(Schema):
    """How long one volunteer plausibly works at one errand."""

    least = Count(least=1, most=MAX_MINUTES, load_default=1)
    most = Count(least=1, most=MAX_MINUTES, load_default=MAX_MINUTES)


class LongerSchema(Schema):
    """What an errand of so many minutes or more is worth."""

    minutes = Count(least=1, most=MAX_MINUTES, required=True)
    points = DecimalText(most=MAX_ITEM_POINTS, required=True)


class TimeStepSchema(Schema):
    """What an hour's work is rounded to before it is paid: multiples of so many minutes."""

    minutes = Count(least=1, most=MAX_MINUTES, required=True)
    mode = Choice(*ROUNDING_MODES, required=True)


class ServiceItemSchema(Schema):
    """One kind of errand: what it is called, and what one event, hour or piece of it is worth."""

    code = Code(required=True)
    category = Code(required=True)
    name = Text(most=40, required=True)
    unit = Choice(*UNITS, required=True)
    points = DecimalText(most=MAX_ITEM_POINTS, required=True)
    description = Text(most=200, required=True)
    tags = fields.List(Code(), load_default=list, validate=sized(0, 10))
    caps = fields.Nested(PersonCapsSchema, allow_none=True, load_default=None)
    minutes = fields.Nested(MinuteBoundsSchema, allow_none=True, load_default=None)
    longer = Listed(LongerSchema, least=0, most=10, load_default=list)
    time = fields.Nested(TimeStepSchema, allow_none=True, load_default=None)


class _ByStars(Schema):
    @pre_load
    def _keys_as_text(self, data: Any, **_kwargs: Any) -> Any:
        """YAML reads a bare 5 as a number; the document's keys are text."""
        if not isinstance(data, Mapping):
            return data
        return {
            str(key) if type(key) is int and str(key) not in data else key: value
            for key, value in data.items()
        }


MultipliersSchema = _ByStars.from_dict(
    {str(stars): DecimalText(most=MAX_MULTIPLIER, required=True) for stars in STARS},
    name="RatingMultipliers",
)


class NeighboursSchema(Schema):
    """Who rates an errand that has no one resident: how many, and how their stars become one."""

    needed = Count(least=1, most=100, required=True)
    combine = Choice(*NEIGHBOURS_COMBINE, required=True)


class RatingSchema(Schema):
    """What the residents' stars do."""

    multipliers = fields.Nested(MultipliersSchema, required=True)
    neighbours = fields.Nested(NeighboursSchema, required=True)


class RoundingSchema(Schema):
    """What points are rounded to, and how; and time, where work is paid by the hour."""

    step = Choice(*ROUNDING_STEPS, required=True)
    mode = Choice(*ROUNDING_MODES, required=True)
    time = fields.Nested(TimeStepSchema, allow_none=True, load_default=None)


class CapsSchema(Schema):
    """The caps on awards, and what becomes of what a person's caps cut off."""

    person = fields.Nested(PersonCapsSchema, required=True)
    issue = fields.Nested(IssueCapsSchema, allow_none=True, load_default=None)
    excess = Choice(*EXCESS_RULES, load_default="lost")


class DiminishingStepSchema(Schema):
    """From how many earlier errands of a pair on an errand is worth how much."""

    after = Count(least=1, most=MAX_COUNT, required=True)
    multiplier = DecimalText(most="1", required=True)


class DiminishingSchema(Schema):
    """What one volunteer's errands for one resident are still worth, as they become more."""

    per = Choice(*SPANS, required=True)
    steps = Listed(DiminishingStepSchema, least=1, most=10, required=True)


class ReasonSchema(Schema):
    """Why somebody gets a bonus or a deduction."""

    code = Code(required=True)
    name = Text(most=40, required=True)
    kind = Choice(*REASON_KINDS, required=True)
    points = DecimalText(most=MAX_POINTS, required=True)
    merit = DecimalText(most=MAX_POINTS, allow_none=True, load_default=None)
    zeroes_event = Flag(load_default=False)


class MeritSchema(Schema):
    """How much merit an award carries."""

    rule = Choice(*MERIT_RULES, required=True)
