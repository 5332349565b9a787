"""What people's resources take and show."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from moralbank.core.api import PageQuery
from moralbank.core.fields import (
    AnyPhone,
    Choice,
    File,
    Flag,
    Identifier,
    LocalDate,
    Moment,
    Phone,
    Pin,
    Points,
    Schema,
    Secret,
    Text,
)
from moralbank.core.pictures import MOST_BYTES
from moralbank.core.quantities import parse_points
from moralbank.ledger import ASSETS
from moralbank.ledger.schemas import Amount
from moralbank.people.changes import ENDS
from moralbank.people.models import AFFILIATIONS, STAFF_ROLES
from moralbank.people.skills import MAX_SKILLS

MIN_PASSWORD = 10
"""Characters that a password of staff has at least; there is no other rule (NIST SP 800-63B asks
for length alone)."""
MAX_ADJUSTMENT = 10**8
"""Hundredths (or minutes) that one correction may move at the most: a million points."""


class TokenIn(Schema):
    """A sign-in: user name and password, or card code and PIN."""

    username = Text(most=60)
    password = Secret(most=200)
    card_code = Secret(most=64)
    pin = Secret(most=20)

    @validates_schema
    def one_way(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Refuse anything but one whole pair, naming what is missing or too much."""
        pairs = ({"username", "password"}, {"card_code", "pin"})
        faulty = min((pair ^ data.keys() for pair in pairs), key=len)
        if faulty:
            message = _("请填写 username 和 password，或 card_code 和 pin。")
            raise ValidationError({name: [message] for name in sorted(faulty)})


class TokenOut(Schema):
    """A token, shown once."""

    access_token = fields.String(required=True)
    token_type = fields.String(required=True)
    expires_at = Moment(required=True)
    role = fields.String(required=True)


class StaffPatch(Schema):
    """Changes of a member of staff."""

    display_name = Text(most=60)
    role = Choice(*STAFF_ROLES)
    organization_id = Identifier(allow_none=True)
    volunteer_id = Identifier(allow_none=True)


class TakenOnIn(StaffPatch):
    """A new member of staff whose first password is made here."""

    username = Text(most=60, required=True)
    display_name = Text(most=60, required=True)
    role = Choice(*STAFF_ROLES, required=True)


class StaffIn(TakenOnIn):
    """A new member of staff."""

    password = Secret(most=200, required=True)

    @validates_schema
    def long_password(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Refuse a password of fewer than ten characters; there is no other rule."""
        long_enough("password", data)


class PasswordChangeIn(Schema):
    """A password of one's own, and the one before it."""

    old_password = Secret(most=200, required=True)
    new_password = Secret(most=200, required=True)

    @validates_schema
    def long_password(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Refuse a new one as `StaffIn` does."""
        long_enough("new_password", data)


def long_enough(name: str, data: dict[str, Any]) -> None:
    """Refuse a password that is too short, whatever else is in it."""
    if len(data[name]) < MIN_PASSWORD:
        raise ValidationError({name: [_("密码至少 10 个字符。")]})


class StaffOut(Schema):
    """A member of staff."""

    id = fields.String(required=True)
    username = fields.String(required=True)
    display_name = fields.String(required=True)
    role = fields.String(required=True)
    organization_id = fields.String(required=True, allow_none=True)
    volunteer_id = fields.String(required=True, allow_none=True)


class StaffMemberOut(StaffOut):
    """A member of staff, and whether they may sign in."""

    organization = fields.String(required=True, allow_none=True)
    active = fields.Boolean(required=True)
    must_change_password = fields.Boolean(required=True)
    created_at = Moment(required=True)


class StaffQuery(PageQuery):
    """Which staff."""

    q = Text(most=60, empty=True)


class NewPasswordOut(Schema):
    """A password that was made here, shown once."""

    id = fields.String(required=True)
    username = fields.String(required=True)
    password = fields.String(required=True)


class SignInOut(Schema):
    """A sign-in of one's own."""

    id = fields.String(required=True)
    created_at = Moment(required=True)
    seen_at = Moment(required=True, allow_none=True)
    expires_at = Moment(required=True)
    address = fields.String(required=True)
    current = fields.Boolean(required=True)


class TrailQuery(PageQuery):
    """Which lines of the audit trail: of some days, those included, by whom (`staff:ID`), of one
    action, about one volunteer."""

    since = LocalDate()
    until = LocalDate()
    actor_id = Identifier()
    action = Text(most=60)
    volunteer_id = Identifier()


class TrailLineOut(Schema):
    """A line of the audit trail."""

    id = fields.String(required=True)
    at = Moment(required=True)
    actor = fields.String(required=True)
    actor_name = fields.String(required=True)
    address = fields.String(required=True)
    action = fields.String(required=True)
    subject_type = fields.String(required=True)
    subject_id = fields.String(required=True)
    volunteer_id = fields.String(required=True, allow_none=True)
    account_no = fields.String(required=True, allow_none=True)
    detail = fields.Dict(required=True)


class VolunteerPatch(Schema):
    """Changes of a volunteer."""

    name = Text(most=60)
    phone = Phone()
    community_id = Identifier()
    station_id = Identifier(allow_none=True)
    team_id = Identifier(allow_none=True)
    party_member = Flag()
    affiliation = Choice(*AFFILIATIONS)
    publish_consent = Flag()
    household_no = Text(most=60, allow_none=True)
    skills = fields.List(
        Text(most=80),
        validate=validate.Length(max=MAX_SKILLS, error=lazy_gettext("最多 50 项。")),
    )


class VolunteerIn(VolunteerPatch):
    """A new account."""

    name = Text(most=60, required=True)
    phone = Phone(required=True)
    community_id = Identifier(required=True)
    publish_consent = Flag(required=True)


class VolunteerQuery(PageQuery):
    """Which volunteers."""

    community_id = Identifier()
    q = Text(most=60, empty=True)


class VolunteerOut(Schema):
    """A volunteer."""

    id = fields.String(required=True)
    account_no = fields.String(required=True)
    name = fields.String(required=True)
    display_name = fields.String(required=True)
    phone = fields.String(required=True)
    community_id = fields.String(required=True)
    station_id = fields.String(required=True, allow_none=True)
    team_id = fields.String(required=True, allow_none=True)
    party_member = fields.Boolean(required=True)
    affiliation = fields.String(required=True)
    publish_consent = fields.Boolean(required=True)
    status = fields.String(required=True)
    opened_at = Moment(required=True)
    skills = fields.List(fields.String(), required=True)


class PhotoIn(Schema):
    """A photo of a volunteer, JPEG, PNG or WebP, and that they agreed to it."""

    photo = File(most=MOST_BYTES, required=True)
    consent = Flag(required=True)


class PhotoOut(Schema):
    """That there is a photo of a volunteer, the words that they agreed to, and on which day."""

    volunteer_id = fields.String(required=True)
    consent = fields.String(required=True)
    consent_on = LocalDate(required=True)
    taken_at = Moment(required=True)


class PinIn(Schema):
    """A PIN to set."""

    pin = Pin(required=True)


class CardOut(Schema):
    """A card; `code` is the exact text inside its QR."""

    id = fields.String(required=True)
    volunteer_id = fields.String(required=True)
    code = fields.String(required=True)
    status = fields.String(required=True)
    issued_at = Moment(required=True)


class PhoneCodeOut(Schema):
    """The code that a phone shows, as text for a QR code, and until when to show it."""

    code = fields.String(required=True)
    expires_at = Moment(required=True)


class CodeIn(Schema):
    """A scanned or typed card code."""

    code = Secret(most=64, required=True)


class HolderOut(Schema):
    """Whose card it is, as the counter may know; `delegate` is there where somebody came
    for them."""

    volunteer_id = fields.String(required=True)
    display_name = fields.String(required=True)
    delegate = fields.String()
    available = Points(required=True)
    pin_required_above = Points(required=True)


class DelegateIn(Schema):
    """Somebody of the family who may buy until a day, and the PIN that they chose."""

    name = Text(most=60, required=True)
    relation = Text(most=20, required=True)
    phone = AnyPhone()
    good_until = LocalDate(required=True)
    pin = Pin(required=True)


class DelegateOut(Schema):
    """A delegate; the card's `code` is in the answer that names them alone."""

    id = fields.String(required=True)
    volunteer_id = fields.String(required=True)
    name = fields.String(required=True)
    relation = fields.String(required=True)
    phone = fields.String(required=True, allow_none=True)
    good_until = LocalDate(required=True)
    status = fields.String(required=True)
    named_at = Moment(required=True)
    ended_at = Moment(required=True, allow_none=True)
    card_id = fields.String(required=True)
    card_status = fields.String(required=True)
    code = fields.String(required=True, allow_none=True)


class AdjustmentIn(Schema):
    """A correction: points and merit as decimal strings, minutes as whole numbers."""

    volunteer_id = Identifier(required=True)
    asset = Choice(*ASSETS, required=True)
    amount = fields.Raw(
        required=True, metadata={"oneOf": [{"type": "string"}, {"type": "integer"}]}
    )
    reason = Text(required=True)
    opening = Flag(
        metadata={"description": "Taken over from a paper book; a second person posts it"}
    )

    @post_load
    def whole(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Read the amount in its asset's unit."""
        return {**data, "amount": _adjustment_amount(data["asset"], data["amount"])}


def _adjustment_amount(asset: str, given: Any) -> int:
    amount = None
    if asset == "minutes":
        if isinstance(given, int) and not isinstance(given, bool):
            amount = given
        message = _("分钟数应为整数。")
    else:
        message = _('积分应写成字符串，例如 "12.5"。')
        if isinstance(given, str):
            try:
                amount = parse_points(given)
            except ValueError:
                amount = None
    if amount is None:
        raise ValidationError({"amount": [message]})
    if amount == 0:
        raise ValidationError({"amount": [_("不能为零。")]})
    if abs(amount) > MAX_ADJUSTMENT:
        raise ValidationError({"amount": [_("数额过大。")]})
    return amount


class AdjustmentQuery(PageQuery):
    """Which corrections."""

    status = Choice("pending", "posted")


class FreezingIn(Schema):
    """Why an account is frozen, or used again."""

    reason = Text(required=True)


class AccountEndIn(Schema):
    """How an account ends, and why. `other_id` is the account into which it goes, or of who
    inherits; `relation` what they were to each other, as the rulebook has it."""

    kind = Choice(*ENDS, required=True)
    reason = Text(required=True)
    happened_on = LocalDate()
    other_id = Identifier()
    relation = Text(most=20)


class AccountDecisionIn(Schema):
    """Whether the second person agrees."""

    agreed = Flag(required=True)


class AccountChangeQuery(PageQuery):
    """Which changes of accounts."""

    volunteer_id = Identifier()
    status = Choice("asked", "done", "refused")


class AccountChangeOut(Schema):
    """What became of an account, or is asked for."""

    id = fields.String(required=True)
    volunteer_id = fields.String(required=True)
    kind = fields.String(required=True)
    status = fields.String(required=True)
    happened_on = LocalDate(required=True)
    reason = fields.String(required=True, allow_none=True)
    other_id = fields.String(required=True, allow_none=True)
    relation = fields.String(required=True, allow_none=True)
    points = Points(required=True, allow_none=True)
    asked_at = Moment(required=True)
    decided_at = Moment(required=True, allow_none=True)


class AdjustmentOut(Schema):
    """A correction, or an opening balance."""

    id = fields.String(required=True)
    volunteer_id = fields.String(required=True)
    asset = fields.String(required=True)
    amount = Amount(required=True)
    reason = fields.String(required=True)
    opening = fields.Boolean(metadata={"description": "Taken over from a paper book"})
    status = fields.String(required=True)
    asked_at = Moment(required=True)
