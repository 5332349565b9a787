"""Star rounds in and out."""

from marshmallow import Schema as MarshmallowSchema
from marshmallow import fields

from moralbank.core import periods
from moralbank.core.api import PageQuery
from moralbank.core.fields import Choice, Identifier, Moment, Points, Schema, Text
from moralbank.honours.rounds import SUBJECTS

_PERIOD = {"examples": ["2026Q3", "2026", "lifetime-2026Q3"]}


class RoundIn(Schema):
    """A round to compute."""

    subject = Choice(*SUBJECTS, required=True)
    period = Text(most=periods.MAX_TEXT, required=True, metadata=_PERIOD)
    organization_id = Identifier(required=True)


class RoundQuery(PageQuery):
    """Which rounds to list."""

    subject = Choice(*SUBJECTS)
    period = Text(most=periods.MAX_TEXT, metadata=_PERIOD)
    organization_id = Identifier()
    status = Choice("draft", "reviewed", "noticed", "published")


class RoundOut(MarshmallowSchema):
    """A star round: draft, reviewed, noticed (hung in a notice) or published, which is final."""

    id = fields.String(required=True)
    subject = fields.String(required=True)
    period = fields.String(required=True)
    organization_id = fields.String(required=True)
    organization = fields.String(required=True)
    status = fields.String(required=True)
    rulebook_version = fields.Integer(required=True)
    computed_at = Moment(required=True)
    published_at = Moment(required=True, allow_none=True)
    reviewed_at = Moment(required=True, allow_none=True)
    notice_id = fields.String(required=True, allow_none=True)


class MeasuresOut(MarshmallowSchema):
    """What a subject did in the period, with points and merit as awarded, bonuses and deductions
    counted; the mean rating is null where fewer than five errands were rated, the days since the
    account was opened where the subject is no volunteer or the round is older than this measure,
    the members where it is one. The satisfaction is the mean drawn towards the district's, and the
    span the two means between which it lies in nineteen of twenty cases."""

    minutes = fields.Integer(required=True)
    points = Points(required=True)
    merit = Points(required=True)
    mean_rating = fields.String(attribute="mean_rating_text", required=True, allow_none=True)
    ratings = fields.Integer(required=True)
    events = fields.Integer(required=True)
    tenure_days = fields.Integer(required=True, allow_none=True)
    members = fields.Integer(required=True, allow_none=True)
    satisfaction = fields.String(attribute="satisfaction_text", required=True, allow_none=True)
    satisfaction_span = fields.List(fields.String(), required=True, allow_none=True)


class CommendationOut(MarshmallowSchema):
    """A medal or prize of the rulebook, and how many times it was earned."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    times = fields.Integer(required=True)


class ResultOut(MarshmallowSchema):
    """One subject's stars, its rank (equals share one), its commendations, and why."""

    subject_id = fields.String(required=True)
    name = fields.String(required=True)
    stars = fields.Integer(required=True)
    rank = fields.Integer(required=True)
    measures = fields.Nested(MeasuresOut, required=True)
    commendations = fields.List(fields.Nested(CommendationOut), required=True)
    explanation = fields.List(fields.String(), required=True)
