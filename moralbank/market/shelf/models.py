"""The shelf's rows. Stock movements are only ever added to."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core.db import Encrypted, Id, Model

PERIODS = ("day", "week", "month", "quarter", "year")


class Goods(Model):
    """One kind of goods on one supermarket's shelf. `price` is in hundredths of a point, `cost`
    in hundredths of a yuan; `version` grows by one with every movement of the stock, of which
    `set_aside` is reserved. `barcode` is
    the maker's (EAN-13); at `reorder_level` or below it is time to order more."""

    __tablename__ = "goods"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    supermarket_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    sku: Mapped[str]
    barcode: Mapped[str | None]
    name: Mapped[str]
    unit: Mapped[str]
    price: Mapped[int] = mapped_column(BigInteger)
    stock: Mapped[int] = mapped_column(BigInteger)
    set_aside: Mapped[int] = mapped_column(BigInteger, server_default="0")
    version: Mapped[int]
    limit_per_person: Mapped[int | None]
    limit_period: Mapped[str]
    cost: Mapped[int | None] = mapped_column(BigInteger)
    reorder_level: Mapped[int | None]
    active: Mapped[bool]
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("supermarket_id", "sku"),
        Index("uq_goods_barcode", "supermarket_id", "barcode", unique=True),
        CheckConstraint("stock >= 0", name="stock"),
        CheckConstraint("set_aside BETWEEN 0 AND stock", name="set_aside"),
        CheckConstraint("price > 0", name="price"),
        CheckConstraint("limit_per_person > 0", name="limit_per_person"),
        CheckConstraint(
            "limit_period IN ('day', 'week', 'month', 'quarter', 'year')", name="limit_period"
        ),
    )


class StockMovement(Model):
    """Goods that came or went, with the stock right after; written once, never changed.

    `second` is the other person of a count; `source_type` and `source_id` name what moved the
    stock where that is not a person at the shelf, or the goods that it was moved to or from. Of
    what was received `donor` says who gave it (None: it was bought), `invoice` the paper that it
    came with, and `unit_cost` what one piece cost or is worth, in hundredths of a yuan.
    """

    __tablename__ = "stock_movements"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    goods_id: Mapped[str] = mapped_column(Id, ForeignKey("goods.id"))
    quantity: Mapped[int]
    reason: Mapped[str]
    stock_after: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int]
    who: Mapped[str]
    second: Mapped[str | None]
    source_type: Mapped[str | None]
    source_id: Mapped[str | None] = mapped_column(Id)
    donor: Mapped[str | None] = mapped_column(Encrypted("donor"))
    invoice: Mapped[str | None]
    unit_cost: Mapped[int | None] = mapped_column(BigInteger)
    note: Mapped[str | None]
    moved_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (
        UniqueConstraint("goods_id", "version"),
        CheckConstraint("quantity <> 0", name="quantity"),
        CheckConstraint("stock_after >= 0", name="stock_after"),
        CheckConstraint(
            "reason IN ('received', 'damaged', 'count', 'sold', 'returned', 'moved')",
            name="reason",
        ),
        Index("ix_stock_movements_source", "source_type", "source_id"),
    )


class StockCount(Model):
    """What a count found; it waits for a second person, who gives the reason of the difference, and
    then moves the stock by it. `quantity` is the difference. Whoever counted blind said what was
    `counted`, and `expected` is what the book had at that moment."""

    __tablename__ = "stock_counts"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    goods_id: Mapped[str] = mapped_column(Id, ForeignKey("goods.id"), index=True)
    counted: Mapped[int | None]
    expected: Mapped[int | None] = mapped_column(BigInteger)
    quantity: Mapped[int]
    status: Mapped[str]
    reason: Mapped[str | None]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "status IN ('pending', 'posted', 'agreed', 'rejected', 'replaced')", name="status"
        ),
    )


class GoodsPrice(Model):
    """What goods cost from one local date to another, both inclusive, instead of their price; in
    hundredths of a point."""

    __tablename__ = "goods_prices"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    goods_id: Mapped[str] = mapped_column(Id, ForeignKey("goods.id"))
    price: Mapped[int] = mapped_column(BigInteger)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    made_by: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("price > 0", name="price"),
        Index("ix_goods_prices_goods", "goods_id", "starts_on"),
    )


class GoodsPicture(Model):
    """What goods look like: a small JPEG, and the SHA-256 of it, by which it is shown."""

    __tablename__ = "goods_pictures"

    goods_id: Mapped[str] = mapped_column(Id, ForeignKey("goods.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(index=True)
    content: Mapped[bytes]
