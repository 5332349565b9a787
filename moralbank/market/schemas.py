"""What the supermarket's resources take and show."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from marshmallow import ValidationError, fields, post_dump, validate, validates_schema

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
    """Goods and how many of them; `price` is what somebody was shown for one, where they were."""

    goods_id = Identifier(required=True)
    quantity = Count(required=True)
    price = Points(positive=True)


def wanted_of(
    lines: Iterable[Mapping[str, Any]],
) -> tuple[list[tuple[str, int]], dict[str, int]]:
    """Return goods ids and quantities, and the prices in hundredths that the person was shown,
    where that is said: at another price nothing is bought."""
    wanted = [(line["goods_id"], line["quantity"]) for line in lines]
    return wanted, {line["goods_id"]: line["price"] for line in lines if "price" in line}


def with_wanted(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body with its `lines` as `wanted_of` has them, and the prices as `shown`. The body
    stays as it is: a handler that is tried again reads it again."""
    lines, shown = wanted_of(body.get("lines", ()))
    return {**body, "lines": lines, "shown": shown}


def lines_in(*, required: bool = False) -> fields.List[Any]:
    """Return the field of lines of goods."""
    words = lazy_gettext("请选 1 至 50 样物品。")
    return fields.List(
        fields.Nested(RedemptionLineIn),
        required=required,
        validate=validate.Length(min=1, max=MAX_LINES, error=words),
    )


class RedemptionIn(Schema):
    """What somebody with a card wants."""

    code = Secret(most=64, required=True)
    pin = Secret(most=20)
    lines = lines_in(required=True)


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

    lines = lines_in(required=True)


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


PARCEL_STATES = ("waiting", "proposed", "completed", "turned")
RECEIVERS = ("to_volunteer_id", "to_pool_id", "to_household_id")


def one_receiver_words() -> str:
    """Return what is said to a gift that is for nobody, or for several."""
    words: str = _("请填写 to_volunteer_id、to_pool_id 或 to_household_id 其中一个。")
    return words


def points_or_goods_words() -> str:
    """Return what is said to a gift of nothing, or of points and goods at once."""
    words: str = _("请填写 points 或 lines 其中一个。")
    return words


class DonationIn(Schema):
    """A gift of points, or of goods of one shop, to one receiver."""

    to_volunteer_id = Identifier()
    to_pool_id = Identifier()
    to_household_id = Identifier()
    points = Points(positive=True)
    lines = lines_in()
    message = Text(most=200)

    @validates_schema
    def one_receiver(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Refuse none and several."""
        if sum(name in data for name in RECEIVERS) != 1:
            raise ValidationError(dict.fromkeys(RECEIVERS, [one_receiver_words()]))

    @validates_schema
    def points_or_goods(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Refuse none and both."""
        if "points" not in data and "lines" not in data:
            raise ValidationError({"points": [_("必须填写。")]})
        if "points" in data and "lines" in data:
            raise ValidationError(dict.fromkeys(("points", "lines"), [points_or_goods_words()]))


class GiftQuery(PageQuery):
    """Which gifts to list."""

    pool_id = Identifier()
    state = Choice(*PARCEL_STATES)


class GiftOut(Schema):
    """A gift to a pool or a household (both null: to a volunteer); neither name is ever shown.
    `state` of goods is waiting, proposed, completed, or turned (into points, for a reason)."""

    id = fields.String(required=True)
    pool_id = fields.String(required=True, allow_none=True)
    pool = fields.String(required=True, allow_none=True)
    household_id = fields.String(required=True, allow_none=True)
    household = fields.String(required=True, allow_none=True)
    lines = fields.List(fields.Nested(RedemptionLineOut), required=True)
    supermarket_id = fields.String(required=True, allow_none=True)
    supermarket = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, allow_none=True)
    ended_at = Moment(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    points = Points(required=True)
    message = fields.String(required=True, allow_none=True)
    donated_at = Moment(required=True)


class DonationOut(Schema):
    """A gift; the receiver's name is never shown. `to_household_id` and `lines` are there where it
    went to a household, and where it was goods."""

    id = fields.String(required=True)
    to_volunteer_id = fields.String(required=True, allow_none=True)
    to_pool_id = fields.String(required=True, allow_none=True)
    points = Points(required=True)
    balance_after = Points(required=True)
    message = fields.String(required=True, allow_none=True)
    donated_at = Moment(required=True)
    to_household_id = fields.String()
    lines = fields.List(fields.Nested(RedemptionLineOut))

    @post_dump
    def only_what_there_is(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Leave out what the gift was not."""
        optional = ("to_household_id", "lines")
        return {key: value for key, value in data.items() if value or key not in optional}
