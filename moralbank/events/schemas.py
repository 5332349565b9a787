"""What errands take and show."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from marshmallow import Schema as PlainSchema
from marshmallow import ValidationError, fields, pre_load, validate, validates_schema

from moralbank.core.api import PageQuery
from moralbank.core.fields import (
    AnyPhone,
    Choice,
    Count,
    Flag,
    Identifier,
    LocalDate,
    Moment,
    Points,
    Schema,
    Text,
)
from moralbank.events.models import CHANNELS, KINDS, STATUSES, WAYS
from moralbank.events.rules import MAX_PARTICIPANTS

MAX_MINUTES = 24 * 60


class ResidentIn(Schema):
    """Who the errand is for."""

    name = Text(most=60, required=True)
    phone = AnyPhone()
    household_no = Text(most=60)
    address = Text(most=200)


class RequesterIn(Schema):
    """Who asks, and rates, for a resident who cannot."""

    name = Text(most=60, required=True)
    phone = AnyPhone()
    relation = Text(most=40, required=True)


class RaterIn(Schema):
    """Who told staff a rating: for a resident who cannot, with what they are to them; or of an
    errand without one resident, which neighbour."""

    name = Text(most=60, required=True)
    phone = AnyPhone()
    relation = Text(most=40)


class RepeatsIn(Schema):
    """How often a request comes again, and until which day."""

    every = Choice("week", required=True)
    until = LocalDate(required=True)


class EventIn(Schema):
    """A request."""

    service_item = Text(most=80, required=True)
    community_id = Identifier(required=True)
    station_id = Identifier()
    resident = fields.Nested(ResidentIn)
    requester = fields.Nested(RequesterIn)
    needed_at = Moment()
    deadline = Moment()
    note = Text(most=500, lines=True)
    volunteers_needed = Count(least=1, most=MAX_PARTICIPANTS)
    repeats = fields.Nested(RepeatsIn)
    kind = Choice(*KINDS)
    came_by = Choice(*WAYS)

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_more: Any) -> None:
        needed_at, deadline = data.get("needed_at"), data.get("deadline")
        if needed_at and deadline and deadline < needed_at:
            raise ValidationError(_("期限不能早于要来的时间。"), "deadline")


class TakenOut(PlainSchema):
    """A request that was taken; its codes are in this answer alone."""

    id = fields.String(required=True)
    status = fields.String(required=True)
    resident_code = fields.String(required=True)
    neighbour_codes = fields.List(fields.String(), required=True)
    rating_path = fields.String(required=True)
    visit_path = fields.String(required=True)


class EventQuery(PageQuery):
    """Which errands."""

    status = Choice(*STATUSES)
    community_id = Identifier()
    fit = Flag()


class ClaimIn(Schema):
    """Who claims; a volunteer may leave it out."""

    volunteer_id = Identifier()


class ParticipantIn(Schema):
    """Who worked, for how long, and why that is not what was scanned, or not plausible."""

    volunteer_id = Identifier(required=True)
    minutes = Count(least=1, most=MAX_MINUTES)
    reason = Text(most=500, lines=True)


class CompletionIn(Schema):
    """Who did it, when it began, how many where things are counted.

    What the scans of who came and left say may be left out; minutes that differ need a reason.
    """

    participants = fields.List(
        fields.Nested(ParticipantIn),
        validate=validate.Length(
            min=1, max=MAX_PARTICIPANTS, error=lazy_gettext("请填写 1 至 500 位志愿者。")
        ),
    )
    performed_at = Moment(past=True)
    quantity = Count(least=1, most=10_000)
    note = Text(most=500, lines=True)


class CodeText(fields.Field[str]):
    """A rating code in whatever form it was typed: a wrong one is refused as such, not for its
    form."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string"}, allow_none=True, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        return str(value)[:100]


class RatingIn(Schema):
    """A rating: by the resident's code, or by staff through a channel, maybe from somebody who
    speaks for the resident."""

    stars = Count(least=1, most=5, required=True)
    resident_code = CodeText()
    channel = Choice(*CHANNELS)
    slip_no = Text(most=60)
    comment = Text(most=500, lines=True)
    rater = fields.Nested(RaterIn)

    @pre_load
    def _wrong_in_any_form(self, data: Any, **_more: Any) -> Any:
        # A code of nothing is a wrong one, but for staff, who come by a rating without.
        if isinstance(data, dict) and data.get("resident_code", 0) is None:
            return data if data.get("channel") else {**data, "resident_code": ""}
        return data


class ReasonIn(Schema):
    """Why."""

    reason = Text(most=500, lines=True, required=True)


class EvidenceIn(Schema):
    """What somebody knows of a disputed errand."""

    text = Text(most=2000, lines=True, required=True)


class DecisionIn(ReasonIn):
    """A decision and why."""

    upheld = Flag(required=True)


class AwardOut(PlainSchema):
    """What one participant got, and why."""

    volunteer_id = fields.String(required=True)
    points = Points(required=True)
    merit = Points(required=True)
    minutes = fields.Integer(required=True)
    rulebook_version = fields.Integer(required=True)
    explanation = fields.List(fields.String(), required=True)


class RatedOut(PlainSchema):
    """What came of a rating."""

    status = fields.String(required=True)
    awards = fields.List(fields.Nested(AwardOut), required=True)


class ResidentOut(PlainSchema):
    """Who the errand is for; for those who serve them."""

    name = fields.String(required=True)
    phone = fields.String(required=True, allow_none=True)
    household_no = fields.String(required=True, allow_none=True)
    address = fields.String(required=True, allow_none=True)


class ParticipantOut(PlainSchema):
    """Who claimed, or worked for how long."""

    volunteer_id = fields.String(required=True)
    display_name = fields.String(required=True)
    minutes = fields.Integer(required=True, allow_none=True)
    came_at = Moment(required=True, allow_none=True)
    left_at = Moment(required=True, allow_none=True)
    attended = fields.Integer(required=True, allow_none=True)


class EventLineOut(PlainSchema):
    """An errand in a list."""

    id = fields.String(required=True)
    status = fields.String(required=True)
    service_item = fields.String(required=True)
    service_item_name = fields.String(required=True)
    community_id = fields.String(required=True)
    station_id = fields.String(required=True, allow_none=True)
    needed_at = Moment(required=True, allow_none=True)
    performed_at = Moment(required=True, allow_none=True)
    created_at = Moment(required=True)
    callback_due = fields.Boolean(required=True)
    volunteers_needed = fields.Integer(required=True)
    still_wanted = fields.Integer(required=True)
    deadline = Moment(required=True, allow_none=True)
    overdue = fields.Boolean(required=True)
    fits = fields.Boolean(allow_none=True)
    kind = fields.String(required=True)


class RepeatsOut(PlainSchema):
    """How an errand comes again: which of its series it is, and whether that has ended."""

    series_id = fields.String(required=True)
    every = fields.String(required=True)
    until = LocalDate(required=True)
    place = fields.Integer(required=True)
    ended = fields.Boolean(required=True)


class CallbackIn(Schema):
    """Whether somebody was reached, and what they said."""

    reached = Flag(required=True)
    note = Text(most=500, lines=True)


class EventOut(EventLineOut):
    """An errand. `asked` tells a volunteer that they are asked to do it again."""

    came_by = fields.String(required=True, allow_none=True)
    repeats = fields.Nested(RepeatsOut, required=True, allow_none=True)
    asked = fields.Boolean(required=True)

    resident = fields.Nested(ResidentOut, required=True, allow_none=True)
    requester = fields.Dict(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    quantity = fields.Integer(required=True, allow_none=True)
    code_locked = fields.Boolean(required=True)
    participants = fields.List(fields.Nested(ParticipantOut), required=True)
    awards = fields.List(fields.Nested(AwardOut), required=True)


class BalanceQuery(Schema):
    """At which moment; now when it is left out."""

    at = Moment(past=True)


class BalanceOut(PlainSchema):
    """A volunteer's balance."""

    points = Points(required=True)
    held = Points(required=True)
    available = Points(required=True)
    provisional = Points(required=True)
    merit = Points(required=True)
    minutes = fields.Integer(required=True)
    as_of = Moment(required=True)
