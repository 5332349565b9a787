"""What the books of a supermarket take and show."""

from marshmallow import fields

from moralbank.core import periods
from moralbank.core.api import PageQuery
from moralbank.core.fields import Choice, LocalDate, Moment, Points, Schema, Text
from moralbank.market.books.models import KINDS

MAX_MONEY = 10**11
"""Hundredths: at most a thousand million yuan."""


class ContributionIn(Schema):
    """Money that donors gave, or that the office allotted; yuan."""

    kind = Choice(*KINDS, required=True)
    amount = Points(positive=True, most=MAX_MONEY, required=True)
    received_on = LocalDate(required=True)
    donor = Text(most=60, allow_none=True)
    receipt_no = Text(most=60, allow_none=True)
    note = Text(most=200, allow_none=True)


class TakenBackIn(Schema):
    """Why a line is taken back."""

    reason = Text(most=200, required=True)


class ContributionsQuery(PageQuery):
    """Which page."""


class ContributionOut(Schema):
    """Money that came; below zero it takes another line back."""

    id = fields.String(required=True)
    supermarket_id = fields.String(required=True)
    kind = fields.String(required=True)
    amount = Points(required=True)
    donor = fields.String(required=True, allow_none=True)
    receipt_no = fields.String(required=True, allow_none=True)
    received_on = LocalDate(required=True)
    note = fields.String(required=True, allow_none=True)
    corrects_id = fields.String(required=True, allow_none=True)
    recorded_at = Moment(required=True)
    corrected = fields.Boolean(required=True)


class BooksQuery(Schema):
    """Which month, quarter or year."""

    period = Text(most=periods.MAX_TEXT, required=True, metadata={"examples": ["2026-10"]})


class GoodsLineOut(Schema):
    """What became of one kind of goods: opening + donated + bought + moved + damaged + counted -
    out = closing, in pieces; points, and yuan."""

    goods_id = fields.String(required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    opening = fields.Integer(required=True)
    donated = fields.Integer(required=True)
    bought = fields.Integer(required=True)
    moved = fields.Integer(required=True)
    damaged = fields.Integer(required=True)
    counted = fields.Integer(required=True)
    out = fields.Integer(required=True)
    closing = fields.Integer(required=True)
    points = Points(required=True)
    cost = Points(required=True, allow_none=True)
    donated_worth = Points(required=True, allow_none=True)
    bought_worth = Points(required=True, allow_none=True)


class MoneyOut(Schema):
    """Money that came, in yuan."""

    donated = Points(required=True)
    allotted = Points(required=True)


class ThreeBooksOut(Schema):
    """Points redeemed and given back, goods, money, and where the books do not agree."""

    supermarket_id = fields.String(required=True)
    supermarket = fields.String(required=True)
    period = fields.String(required=True)
    redeemed = Points(required=True)
    given_back = Points(required=True)
    relief = Points(required=True)
    receipts = fields.Integer(required=True)
    voided = fields.Integer(required=True)
    goods = fields.List(fields.Nested(GoodsLineOut), required=True)
    money = fields.Nested(MoneyOut, required=True)
    agree = fields.Boolean(required=True)
    faults = fields.List(fields.String(), required=True)
