"""What a document says about the checks against gaming."""

from marshmallow import fields

from moralbank.core.fields import Choice, Count, Schema
from moralbank.rulebook.documents.awarding import MAX_MINUTES
from moralbank.rulebook.documents.checks import DEFAULTS, FLAG_KINDS
from moralbank.rulebook.schemas.pieces import MAX_COUNT, MAX_DAYS, DecimalText, sized


class ChecksSchema(Schema):
    """From where on a check raises a flag, and which of them make an award wait."""

    pair = Count(least=1, most=MAX_COUNT, load_default=DEFAULTS["pair"])
    entered = Count(least=1, most=MAX_COUNT, load_default=DEFAULTS["entered"])
    address = Count(least=1, most=MAX_COUNT, load_default=DEFAULTS["address"])
    day_minutes = Count(least=1, most=MAX_MINUTES, load_default=DEFAULTS["day_minutes"])
    ahead_minutes = Count(least=1, most=MAX_MINUTES, load_default=DEFAULTS["ahead_minutes"])
    late_days = Count(least=1, most=MAX_DAYS, load_default=DEFAULTS["late_days"])
    ring = Count(least=1, most=MAX_COUNT, load_default=DEFAULTS["ring"])
    sample_percent = DecimalText(most="100", load_default=DEFAULTS["sample_percent"])
    pairing_sample_percent = DecimalText(
        most="100", load_default=DEFAULTS["pairing_sample_percent"]
    )
    delays = fields.List(Choice(*FLAG_KINDS), load_default=list, validate=sized(0, len(FLAG_KINDS)))
