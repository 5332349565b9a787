"""What the shelf's resources take and show."""

from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError, fields

from moralbank.core.api import PageQuery
from moralbank.core.fields import (
    MAX_COUNT,
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
from moralbank.market.shelf.models import PERIODS
from moralbank.market.shelf.rules import is_ean13

MAX_PRICE = 10**8
"""Hundredths: one piece of goods costs at most a million points."""
COUNT_STATES = ("pending", "posted", "agreed", "rejected", "replaced")


class Barcode(fields.String):
    """The maker's barcode: EAN-13, its check digit right."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"pattern": "^[0-9]{13}$"}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs) or ""
        if not is_ean13(text):
            raise ValidationError(_("应为 13 位商品条码，校验位不对的多半是抄错了一位。"))
        return text


class GoodsPatch(Schema):
    """Changes of goods; the stock changes by movements alone."""

    name = Text(most=100)
    barcode = Barcode(allow_none=True)
    unit = Text(most=20)
    price = Points(positive=True, most=MAX_PRICE)
    limit_per_person = Count(allow_none=True)
    limit_period = Choice(*PERIODS)
    cost = Points(positive=True, most=MAX_PRICE, allow_none=True)  # of one piece, in yuan
    reorder_level = Count(least=0, allow_none=True)
    active = Flag()


class GoodsIn(Schema):
    """New goods on a supermarket's shelf."""

    supermarket_id = Identifier(required=True)
    sku = Text(most=60, required=True)
    name = Text(most=100, required=True)
    unit = Text(most=20, required=True)
    price = Points(positive=True, most=MAX_PRICE, required=True)
    stock = Count(least=0, required=True)
    barcode = Barcode(allow_none=True)
    reorder_level = Count(least=0, allow_none=True)
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
    barcode = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    price = Points(required=True)
    price_today = Points(required=True)
    stock = fields.Integer(required=True)
    set_aside = fields.Integer(required=True)
    reorder_level = fields.Integer(required=True, allow_none=True)
    low = fields.Boolean(required=True)
    limit_per_person = fields.Integer(required=True, allow_none=True)
    limit_period = fields.String(required=True)
    cost = Points(required=True, allow_none=True)
    active = fields.Boolean(required=True)
    picture = fields.String(required=True, allow_none=True)


class MovementIn(Schema):
    """Stock that came or went: received is more than nothing, damaged less, a count the signed
    difference that it found. Who gave it, the paper that it came with and what one piece cost are
    of what was received."""

    quantity = Count(least=-MAX_COUNT, nonzero=True, required=True)
    reason = Choice("received", "damaged", "count", required=True)
    donor = Text(most=60, allow_none=True)
    invoice = Text(most=60, allow_none=True)
    cost = Points(positive=True, most=MAX_PRICE, allow_none=True)  # of one piece, in yuan
    note = Text(most=200, allow_none=True)


class MovementOut(Schema):
    """A movement of stock; a pending one has no stock after it yet."""

    id = fields.String(required=True)
    goods_id = fields.String(required=True)
    quantity = fields.Integer(required=True)
    reason = fields.String(required=True)
    stock_after = fields.Integer(required=True, allow_none=True)
    status = fields.String(required=True)
    moved_at = Moment(required=True)
    donor = fields.String(required=True, allow_none=True)
    invoice = fields.String(required=True, allow_none=True)
    cost = Points(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)


class MoveIn(Schema):
    """Goods for another supermarket's shelf."""

    to_goods_id = Identifier(required=True)
    quantity = Count(required=True)
    note = Text(most=200, allow_none=True)


class MoveOut(Schema):
    """What went, and what came."""

    out = fields.Nested(MovementOut, required=True)
    into = fields.Nested(MovementOut, required=True)


class CountIn(Schema):
    """How many were counted."""

    counted = Count(least=0, required=True)


class CountedOut(Schema):
    """A count as whoever counted is told of it: nothing of what was expected."""

    id = fields.String(required=True)
    goods_id = fields.String(required=True)
    counted = fields.Integer(required=True)
    counted_at = Moment(required=True)


class CountsQuery(PageQuery):
    """Which counts."""

    supermarket_id = Identifier()
    status = Choice(*COUNT_STATES)


class CountOut(Schema):
    """A count as its second person sees it."""

    id = fields.String(required=True)
    goods_id = fields.String(required=True)
    goods = fields.String(required=True)
    unit = fields.String(required=True)
    supermarket_id = fields.String(required=True)
    counted = fields.Integer(required=True, allow_none=True)
    expected = fields.Integer(required=True, allow_none=True)
    difference = fields.Integer(required=True, allow_none=True)
    status = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    counted_at = Moment(required=True)


class ApprovalIn(Schema):
    """Why the difference is; it is posted with the counts, so it names nobody."""

    reason = Text(most=200)


class RejectionIn(Schema):
    """Why a count is put aside."""

    reason = Text(most=200, required=True)


class PriceIn(Schema):
    """What goods cost from one day to another; both count."""

    price = Points(positive=True, most=MAX_PRICE, required=True)
    starts_on = LocalDate(required=True)
    ends_on = LocalDate(required=True)


class PriceOut(Schema):
    """A season's price."""

    id = fields.String(required=True)
    goods_id = fields.String(required=True)
    price = Points(required=True)
    starts_on = LocalDate(required=True)
    ends_on = LocalDate(required=True)


class PricesOut(Schema):
    """The seasons' prices of goods, whole."""

    items = fields.List(fields.Nested(PriceOut), required=True)
