"""What the supermarket's resources take and show."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from marshmallow import ValidationError, fields, validate, validates_schema

from moralbank.core.api import PageQuery
from moralbank.core.fields import (
    Choice,
    Count,
    Identifier,
    Moment,
    Points,
    Schema,
    Secret,
    Text,
)

MAX_LINES = 50


class TerminalIn(Schema):
    """A new terminal."""

    supermarket_id = Identifier(required=True)
    name = Text(most=60, required=True)


class TerminalOut(Schema):
    """A terminal."""

    id = fields.String(required=True)
    supermarket_id = fields.String(required=True)
    name = fields.String(required=True)
    status = fields.String(required=True)


class TerminalQuery(PageQuery):
    """Which terminals."""

    supermarket_id = Identifier()


class NewTerminalOut(TerminalOut):
    """A terminal with its token, shown once."""

    token = fields.String(required=True)


class TerminalClosingIn(Schema):
    """How many receipts a clerk counted, and why that is another number than the bank's."""

    counted = Count(least=0, required=True)
    reason = Text(most=200)


class TerminalClosingQuery(PageQuery):
    """Whose closings."""

    supermarket_id = Identifier()


class TerminalClosingOut(Schema):
    """A close of day."""

    id = fields.String(required=True)
    terminal_id = fields.String(required=True)
    terminal = fields.String(required=True)
    receipts = fields.Integer(required=True)
    voided = fields.Integer(required=True)
    points = Points(required=True)
    counted = fields.Integer(required=True)
    reason = fields.String(required=True, allow_none=True)
    closed_at = Moment(required=True)


class RedemptionLineIn(Schema):
    """Goods and how many of them."""

    goods_id = Identifier(required=True)
    quantity = Count(required=True)


class RedemptionIn(Schema):
    """What somebody with a card wants."""

    code = Secret(most=64, required=True)
    pin = Secret(most=20)
    lines = fields.List(
        fields.Nested(RedemptionLineIn),
        required=True,
        validate=validate.Length(min=1, max=MAX_LINES, error=lazy_gettext("请选 1 至 50 样物品。")),
    )


class RedemptionQuery(PageQuery):
    """Which redemption: the one that a key was sent with."""

    idempotency_key = Secret(most=200, required=True)


class RedemptionLineOut(Schema):
    """A line of a receipt."""

    goods_id = fields.String(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    quantity = fields.Integer(required=True)
    price = Points(required=True)
    points = Points(required=True)


class RedemptionOut(Schema):
    """A redemption and its receipt."""

    id = fields.String(required=True)
    receipt_no = fields.String(required=True)
    status = fields.String(required=True)
    points = Points(required=True)
    balance_after = Points(required=True)
    lines = fields.List(fields.Nested(RedemptionLineOut), required=True)
    occurred_at = Moment(required=True)
    supermarket_id = fields.String(required=True)
    supermarket = fields.String(required=True)
    volunteer_id = fields.String(required=True)
    display_name = fields.String(required=True)
    delegate = fields.String(required=True, allow_none=True)
    voided_at = Moment(required=True, allow_none=True)
    void_reason = fields.String(required=True, allow_none=True)


class ReservationIn(Schema):
    """What to set aside."""

    lines = fields.List(
        fields.Nested(RedemptionLineIn),
        required=True,
        validate=validate.Length(min=1, max=MAX_LINES, error=lazy_gettext("请选 1 至 50 样物品。")),
    )


class ReservationOut(Schema):
    """Goods set aside until a moment."""

    id = fields.String(required=True)
    receipt_no = fields.String(required=True)
    volunteer_id = fields.String(required=True)
    display_name = fields.String(required=True)
    supermarket_id = fields.String(required=True)
    supermarket = fields.String(required=True)
    points = Points(required=True)
    lines = fields.List(fields.Nested(RedemptionLineOut), required=True)
    status = fields.String(required=True)
    made_at = Moment(required=True)
    good_until = Moment(required=True)


class ReservationQuery(PageQuery):
    """Which reservations."""

    volunteer_id = Identifier()
    status = Choice("open", "collected", "cancelled", "lapsed")


class CollectionIn(Schema):
    """The card of whoever collects, and the PIN."""

    code = Secret(most=64, required=True)
    pin = Secret(most=20)


class WaitIn(Schema):
    """Whom staff put in line."""

    volunteer_id = Identifier()


class WaitOut(Schema):
    """Somebody in line."""

    id = fields.String(required=True)
    goods_id = fields.String(required=True)
    goods = fields.String(required=True)
    supermarket_id = fields.String(required=True)
    supermarket = fields.String(required=True)
    volunteer_id = fields.String(required=True)
    display_name = fields.String(required=True)
    status = fields.String(required=True)
    ahead = fields.Integer(required=True, allow_none=True)
    joined_at = Moment(required=True)
    reason = fields.String(required=True, allow_none=True)
    reservation_id = fields.String(required=True, allow_none=True)


class WaitQuery(PageQuery):
    """Which of those in line."""

    goods_id = Identifier()
    status = Choice("waiting", "served", "passed", "left")


class VoidIn(Schema):
    """Why a redemption is taken back."""

    reason = Text(required=True)


class DonationIn(Schema):
    """A gift of points to one receiver."""

    to_volunteer_id = Identifier()
    to_pool_id = Identifier()
    points = Points(positive=True, required=True)
    message = Text(most=200)

    @validates_schema
    def one_receiver(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Refuse none and both."""
        if ("to_volunteer_id" in data) == ("to_pool_id" in data):
            message = _("请填写 to_volunteer_id 或 to_pool_id 其中一个。")
            raise ValidationError({"to_volunteer_id": [message], "to_pool_id": [message]})


class GiftQuery(PageQuery):
    """Which gifts to list."""

    pool_id = Identifier()


class GiftOut(Schema):
    """A gift to a pool; the giver's name is never shown."""

    id = fields.String(required=True)
    pool_id = fields.String(required=True)
    pool = fields.String(required=True)
    points = Points(required=True)
    message = fields.String(required=True, allow_none=True)
    donated_at = Moment(required=True)


class DonationOut(Schema):
    """A gift; the receiver's name is never shown."""

    id = fields.String(required=True)
    to_volunteer_id = fields.String(required=True, allow_none=True)
    to_pool_id = fields.String(required=True, allow_none=True)
    points = Points(required=True)
    balance_after = Points(required=True)
    message = fields.String(required=True, allow_none=True)
    donated_at = Moment(required=True)
