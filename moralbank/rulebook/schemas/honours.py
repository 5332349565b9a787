"""What a document says about stars, commendations, being struck off and the blacklist."""

from marshmallow import fields

from moralbank.core.fields import Choice, Count, Flag, Schema, Text
from moralbank.rulebook.documents.awarding import STARS
from moralbank.rulebook.documents.honours import (
    CONDUCT_PERIODS,
    LADDER_PERIODS,
    MEASURED_PER,
    QUOTA_OF,
    STOPS,
    SUBJECTS,
)
from moralbank.rulebook.schemas.pieces import (
    MAX_COUNT,
    MAX_DAYS,
    MAX_POINTS,
    Code,
    DecimalText,
    Listed,
    choices,
    sized,
)

MAX_HOURS = "1000000"


class NeedsSchema(Schema):
    """What a level asks for; all of it together."""

    hours = DecimalText(most=MAX_HOURS)
    points = DecimalText(most=MAX_POINTS)
    merit = DecimalText(most=MAX_POINTS)
    mean_rating = DecimalText(least="1", most="5")
    ratings = Count(least=0, most=MAX_COUNT)
    events = Count(least=0, most=MAX_COUNT)
    tenure_days = Count(least=0, most=MAX_DAYS)


class LevelNeedsSchema(NeedsSchema):
    """What a level asks for: all of it together, and all of one of `any_of`."""

    any_of = fields.List(fields.Nested(NeedsSchema, validate=sized(1, 7)), validate=sized(2, 5))


class AgainSchema(Schema):
    """How much more of one measure earns a commendation once more."""

    hours = DecimalText(least="0.01", most=MAX_HOURS)
    points = DecimalText(least="0.01", most=MAX_POINTS)
    merit = DecimalText(least="0.01", most=MAX_POINTS)
    events = Count(least=1, most=MAX_COUNT)


class LevelSchema(Schema):
    """One level of a star ladder."""

    stars = Count(least=min(STARS), most=max(STARS), required=True)
    needs = fields.Nested(LevelNeedsSchema, required=True, validate=sized(1, 8))


class QuotaSchema(Schema):
    """At most so many places, or so many per cent, for so many stars or more."""

    stars = Count(least=min(STARS), most=max(STARS), required=True)
    places = Count(least=0, most=MAX_COUNT, allow_none=True, load_default=None)
    percent = DecimalText(most="100", allow_none=True, load_default=None)
    of = Choice(*QUOTA_OF, allow_none=True, load_default=None)


class ExclusionSchema(Schema):
    """Who gets no star."""

    reasons = fields.List(Code(), load_default=list, validate=sized(0, 50))
    struck_off = Flag(load_default=False)
    blacklisted = Flag(load_default=False)


class StarLadderSchema(Schema):
    """The levels of one kind of subject over one kind of period, lowest first."""

    subject = Choice(*SUBJECTS, required=True)
    period = Choice(*LADDER_PERIODS, required=True)
    levels = Listed(LevelSchema, least=1, most=5, required=True)
    quotas = Listed(QuotaSchema, least=0, most=5, load_default=list)
    excludes = fields.Nested(ExclusionSchema, allow_none=True, load_default=None)
    per = Choice(*MEASURED_PER, load_default="whole")
    size_classes = fields.List(
        Count(least=1, most=MAX_COUNT), load_default=list, validate=sized(0, 5)
    )


class SatisfactionSchema(Schema):
    """As how many ratings the district's mean counts beside somebody's own."""

    prior_ratings = Count(least=0, most=100, required=True)


class CommendationSchema(Schema):
    """A medal or a prize besides the stars."""

    code = Code(required=True)
    name = Text(most=40, required=True)
    subject = Choice(*SUBJECTS, required=True)
    period = Choice(*LADDER_PERIODS, required=True)
    needs = fields.Nested(NeedsSchema, required=True, validate=sized(1, 7))
    again_each = fields.Nested(
        AgainSchema, allow_none=True, load_default=None, validate=sized(1, 1)
    )


class StrikeOffWhenSchema(Schema):
    """So many records of one reason strike somebody off."""

    reason = Code(required=True)
    times = Count(least=1, most=MAX_COUNT, required=True)
    per = Choice(*CONDUCT_PERIODS, load_default="lifetime")


class StrikeOffSchema(Schema):
    """When somebody is struck off, and what that stops."""

    when = Listed(StrikeOffWhenSchema, least=1, most=20, required=True)
    stops = choices(*STOPS)


class BlacklistSchema(Schema):
    """Below how much merit somebody is on the blacklist, and what that stops."""

    merit_below = DecimalText(least=f"-{MAX_POINTS}", most=MAX_POINTS, required=True)
    stops = choices(*STOPS)


class StandingSchema(Schema):
    """What bad conduct leads to."""

    strike_off = fields.Nested(StrikeOffSchema, allow_none=True, load_default=None)
    blacklist = fields.Nested(BlacklistSchema, allow_none=True, load_default=None)
