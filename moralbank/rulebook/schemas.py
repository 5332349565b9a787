"""What a rulebook document may say, and the path of every fault in one that says something else.

What no rule applies yet cannot be said: an unknown key is a fault, so that nobody puts a rule in
force that would be silently ignored.  The format is explained in `docs/rulebook.md`.
"""

import re
from collections.abc import Callable, Mapping, Sized
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError, fields, pre_load, validates_schema

from moralbank.core.fields import Choice, Count, Schema, Text
from moralbank.rulebook.documents import (
    EXPIRY_RULES,
    FORMAT,
    LADDER_PERIODS,
    LIMIT_PERIODS,
    MERIT_RULES,
    NEIGHBOURS_COMBINE,
    RELEASE_RULES,
    ROUNDING_MODES,
    ROUNDING_STEPS,
    STARS,
    SUBJECTS,
    UNITS,
)
from moralbank.rulebook.faults import disagreements, fault_paths, plain_messages

__all__ = ["RulebookDocumentSchema", "checked_document", "fault_paths"]

_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,8})(\.[0-9]{1,2})?")
MAX_CODE = 60
MAX_POINTS = "100000000"
MAX_ITEM_POINTS = "10000"
MAX_MULTIPLIER = "10"
MAX_HOURS = "1000000"
MAX_DAYS = 36_500
MAX_COUNT = 1_000_000


class Code(fields.String):
    """A stable name for programs: lower-case ASCII words, joined by dots, as in `home.shopping`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            metadata={"pattern": f"^{_CODE.pattern}$", "maxLength": MAX_CODE}, **kwargs
        )

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs) or ""
        if len(text) > MAX_CODE or not _CODE.fullmatch(text):
            raise ValidationError(
                _("应为小写英文字母、数字和下划线，可用点号分段，例如 home.shopping。")
            )
        return text


class DecimalText(fields.String):
    """A number of at least zero as a string of at most two decimals; loaded without idle zeros.

    A YAML file writes it in quotes: without them it would be a binary fraction, and not exact.
    """

    def __init__(self, *, least: str = "0", most: str, **kwargs: Any) -> None:
        super().__init__(metadata={"pattern": f"^{_DECIMAL.pattern}$"}, **kwargs)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(_('数值应写在引号里,例如 "12.5"。'))
        if not _DECIMAL.fullmatch(value):
            raise ValidationError(_('应为最多两位小数、不小于零的数,例如 "12.5"。'))
        if not Fraction(self.least) <= Fraction(value) <= Fraction(self.most):
            raise ValidationError(
                _("应在 %(least)s 与 %(most)s 之间。", least=self.least, most=self.most)
            )
        return value.rstrip("0").rstrip(".") if "." in value else value


class Listed(fields.Nested):
    """A list of objects of one schema, no shorter and no longer than the document may have it."""

    def __init__(self, schema: type[Schema], *, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(schema, many=True, validate=_sized(least, most), **kwargs)

    def _deserialize(
        self, value: Any, attr: Any, data: Any, partial: Any = None, **kwargs: Any
    ) -> Any:
        if not isinstance(value, list):
            raise ValidationError(_("应为列表。"))
        return super()._deserialize(value, attr, data, partial=partial, **kwargs)


def _sized(least: int, most: int) -> Callable[[Sized], None]:
    def check(value: Sized) -> None:
        if not least <= len(value) <= most:
            raise ValidationError(_("应有 %(least)d 至 %(most)d 项。", least=least, most=most))

    return check


def _cap() -> DecimalText:
    return DecimalText(least="0.01", most=MAX_POINTS, allow_none=True, load_default=None)


class CategorySchema(Schema):
    """A category of the catalogue."""

    code = Code(required=True)
    name = Text(most=40, required=True)


class ServiceItemSchema(Schema):
    """One kind of errand: what it is called, and what one event, hour or piece of it is worth."""

    code = Code(required=True)
    category = Code(required=True)
    name = Text(most=40, required=True)
    unit = Choice(*UNITS, required=True)
    points = DecimalText(most=MAX_ITEM_POINTS, required=True)
    description = Text(most=200, required=True)
    tags = fields.List(Code(), load_default=list, validate=_sized(0, 10))


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
    """What points are rounded to, and how."""

    step = Choice(*ROUNDING_STEPS, required=True)
    mode = Choice(*ROUNDING_MODES, required=True)


class PersonCapsSchema(Schema):
    """The most points that one person can be awarded; null is no cap."""

    event = _cap()
    day = _cap()
    month = _cap()
    year = _cap()


class CapsSchema(Schema):
    """The caps on awards."""

    person = fields.Nested(PersonCapsSchema, required=True)


class MeritSchema(Schema):
    """How much merit an award carries."""

    rule = Choice(*MERIT_RULES, required=True)


class ReleaseSchema(Schema):
    """When an award may be spent."""

    rule = Choice(*RELEASE_RULES, required=True)


class ExpirySchema(Schema):
    """When points lapse."""

    rule = Choice(*EXPIRY_RULES, required=True)


class RedemptionLimitSchema(Schema):
    """How often one person may redeem."""

    times = Count(least=1, most=MAX_COUNT, required=True)
    per = Choice(*LIMIT_PERIODS, required=True)


class RedemptionSchema(Schema):
    """The conditions on spending."""

    pin_required_above = DecimalText(most=MAX_POINTS, required=True)
    min_points = _cap()
    max_points = _cap()
    limit = fields.Nested(RedemptionLimitSchema, allow_none=True, load_default=None)
    min_star = Count(least=0, most=max(STARS), load_default=0)
    min_tenure_days = Count(least=0, most=MAX_DAYS, load_default=0)


class AdjustmentsSchema(Schema):
    """When a correction by hand needs a second person."""

    second_person_above = DecimalText(most=MAX_POINTS, required=True)


class NeedsSchema(Schema):
    """What a level asks for; all of it together."""

    hours = DecimalText(most=MAX_HOURS)
    points = DecimalText(most=MAX_POINTS)
    merit = DecimalText(most=MAX_POINTS)
    mean_rating = DecimalText(least="1", most="5")
    ratings = Count(least=0, most=MAX_COUNT)
    events = Count(least=0, most=MAX_COUNT)


class LevelSchema(Schema):
    """One level of a star ladder."""

    stars = Count(least=min(STARS), most=max(STARS), required=True)
    needs = fields.Nested(NeedsSchema, required=True, validate=_sized(1, 6))


class StarLadderSchema(Schema):
    """The levels of one kind of subject over one kind of period, lowest first."""

    subject = Choice(*SUBJECTS, required=True)
    period = Choice(*LADDER_PERIODS, required=True)
    levels = Listed(LevelSchema, least=1, most=5, required=True)


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
    merit = fields.Nested(MeritSchema, required=True)
    release = fields.Nested(ReleaseSchema, required=True)
    expiry = fields.Nested(ExpirySchema, required=True)
    redemption = fields.Nested(RedemptionSchema, required=True)
    adjustments = fields.Nested(AdjustmentsSchema, required=True)
    star_ladders = Listed(StarLadderSchema, least=0, most=6, required=True)

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
