"""What is taken and shown of who does an errand, and of their coming and going."""

from flask_babel import lazy_gettext
from marshmallow import Schema as PlainSchema
from marshmallow import fields, validate

from moralbank.core.fields import Identifier, Moment, Schema, Text
from moralbank.events.rules import MAX_PARTICIPANTS


class AssignmentIn(Schema):
    """To whom an errand is assigned: some volunteers, a team's members, or both."""

    volunteer_ids = fields.List(
        Identifier(),
        validate=validate.Length(
            min=1, max=MAX_PARTICIPANTS, error=lazy_gettext("请填写 1 至 500 位志愿者。")
        ),
    )
    team_id = Identifier()


class HandoverIn(Schema):
    """From whom to whom, and why; a volunteer may leave out from whom."""

    to_volunteer_id = Identifier(required=True)
    from_volunteer_id = Identifier()
    reason = Text(most=500, lines=True, required=True)


class WithdrawalIn(Schema):
    """Who steps back, and why; a volunteer may leave out who."""

    volunteer_id = Identifier()
    reason = Text(most=500, lines=True, required=True)


class NoShowIn(Schema):
    """Who did not come, and what is known of why."""

    volunteer_id = Identifier(required=True)
    reason = Text(most=500, lines=True, required=True)


class StandingOut(PlainSchema):
    """Where an errand stands after somebody left it."""

    id = fields.String(required=True)
    status = fields.String(required=True)
    still_wanted = fields.Integer(required=True)


class ScanOut(PlainSchema):
    """Who came or left, and the minutes that count; none while they are there."""

    event_id = fields.String(required=True)
    volunteer_id = fields.String(required=True)
    display_name = fields.String(required=True)
    came_at = Moment(required=True)
    left_at = Moment(required=True, allow_none=True)
    minutes = fields.Integer(required=True, allow_none=True)
