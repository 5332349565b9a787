"""What the supermarket's resources take and show."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from marshmallow import ValidationError, fields, validate, validates_schema

from moralbank.core.api import PageQuery
from moralbank.core.fields import (
    MAX_COUNT,
    Choice,
    Count,
    Flag,
    Identifier,
    Moment,
    Points,
    Schema,
    Secret,
    Text,
)
from moralbank.market.models import PERIODS

MAX_PRICE = 10**8
"""Hundredths: one piece of goods costs at most a million points."""
MAX_LINES = 50


class GoodsPatch(Schema):
    """Changes of goods; the stock changes by movements alone."""

    name = Text(most=100)
    unit = Text(most=20)
    price = Points(positive=True, most=MAX_PRICE)
    limit_per_person = Count(allow_none=True)
    limit_period = Choice(*PERIODS)
    cost = Points(positive=True, most=MAX_PRICE, allow_none=True)  # of one piece, in yuan
    active = Flag()


class GoodsIn(Schema):
    """New goods on a supermarket's shelf."""

    supermarket_id = Identifier(required=True)
    sku = Text(most=60, required=True)
    name = Text(most=100, required=True)
    unit = Text(most=20, required=True)
    price = Points(positive=True, most=MAX_PRICE, required=True)
    stock = Count(least=0, required=True)
    limit_per_person = Count(allow_none=True)
    limit_period = Choice(*PERIODS)
    cost = Points(positive=True, most=MAX_PRICE, allow_none=True)


class GoodsQuery(PageQuery):
    """Which goods."""

    supermarket_id = Identifier()


class GoodsOut(Schema):
    """Goods."""

    id = fields.String(required=True)
    supermarket_id = fields.String(required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    price = Points(required=True)
    stock = fields.Integer(required=True)
    limit_per_person = fields.Integer(required=True, allow_none=True)
    limit_period = fields.String(required=True)
    cost = Points(required=True, allow_none=True)
    active = fields.Boolean(required=True)


class MovementIn(Schema):
    """Stock that came or went: received is more than nothing, damaged less, a count the signed
    difference that it found."""

    quantity = Count(least=-MAX_COUNT, nonzero=True, required=True)
    reason = Choice("received", "damaged", "count", required=True)


class MovementOut(Schema):
    """A movement of stock; a pending one has no stock after it yet."""

    id = fields.String(required=True)
    goods_id = fields.String(required=True)
    quantity = fields.Integer(required=True)
    reason = fields.String(required=True)
    stock_after = fields.Integer(required=True, allow_none=True)
    status = fields.String(required=True)
    moved_at = Moment(required=True)


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


class NewTerminalOut(TerminalOut):
    """A terminal with its token, shown once."""

    token = fields.String(required=True)


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
    voided_at = Moment(required=True, allow_none=True)
    void_reason = fields.String(required=True, allow_none=True)


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


class DonationOut(Schema):
    """A gift; the receiver's name is never shown."""

    id = fields.String(required=True)
    to_volunteer_id = fields.String(required=True, allow_none=True)
    to_pool_id = fields.String(required=True, allow_none=True)
    points = Points(required=True)
    balance_after = Points(required=True)
    message = fields.String(required=True, allow_none=True)
    donated_at = Moment(required=True)
