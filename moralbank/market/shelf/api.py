"""The shelf over HTTP: goods, prices, stock, counts."""

from typing import Any

from moralbank.core.actor import Actor
from moralbank.core.api import ApiRoom, PageQuery, Reply
from moralbank.core.openapi import page_of
from moralbank.core.pagination import Page
from moralbank.market.shelf import counts, goods, prices, stock
from moralbank.market.shelf.book import MovementView
from moralbank.market.shelf.schemas import (
    ApprovalIn,
    CountedOut,
    CountIn,
    CountOut,
    CountsQuery,
    GoodsIn,
    GoodsOut,
    GoodsPatch,
    GoodsQuery,
    MoveIn,
    MovementIn,
    MovementOut,
    MoveOut,
    PriceIn,
    PriceOut,
    PricesOut,
    RejectionIn,
)

room = ApiRoom("shelf", __name__, description="Goods, their prices, stock and counts")


@room.endpoint(
    "POST", "/goods", action="goods.change", body=GoodsIn, answer=GoodsOut, status=201,
    refusals={409: ["sku_taken", "barcode_taken"]},
)  # fmt: skip
def create_goods(actor: Actor, *, body: dict[str, Any]) -> goods.GoodsView:
    """Put goods on a supermarket's shelf."""
    return goods.create(actor, **body)


@room.endpoint("GET", "/goods", action="goods.read", query=GoodsQuery, answer=page_of(GoodsOut))
def list_goods(actor: Actor, *, query: dict[str, Any]) -> Page[goods.GoodsView]:
    """List goods."""
    return goods.list_goods(actor, **query)


@room.endpoint(
    "PATCH", "/goods/<goods_id>", action="goods.change", body=GoodsPatch, answer=GoodsOut,
    refusals={409: ["barcode_taken"]},
)  # fmt: skip
def change_goods(actor: Actor, *, goods_id: str, body: dict[str, Any]) -> goods.GoodsView:
    """Change goods; receipts that were given keep what they say."""
    return goods.change(actor, goods_id, **body)


@room.endpoint(
    "POST", "/goods/<goods_id>/stock-movements", action="stock.move", body=MovementIn,
    answer=MovementOut, status=201, also=202, keyed=True, refusals={409: ["out_of_stock"]},
)  # fmt: skip
def move_stock(actor: Actor, *, goods_id: str, body: dict[str, Any]) -> Reply:
    """Book goods received or damaged; a count waits for a second supervisor (202)."""
    moved = stock.move(actor, goods_id, **body)
    return Reply(moved, 201 if moved.status == "posted" else 202)


@room.endpoint(
    "GET", "/goods/<goods_id>/stock-movements", action="stock.read", query=PageQuery,
    answer=page_of(MovementOut),
)  # fmt: skip
def list_movements(actor: Actor, *, goods_id: str, query: dict[str, Any]) -> Page[MovementView]:
    """List how goods came and went, the latest first."""
    return stock.movements(actor, goods_id, **query)


@room.endpoint(
    "POST", "/goods/<goods_id>/moves", action="stock.move", body=MoveIn, answer=MoveOut,
    status=201, keyed=True, refusals={409: ["out_of_stock"]},
)  # fmt: skip
def move_goods(actor: Actor, *, goods_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Move goods to another supermarket's shelf."""
    out, into = stock.move_to(actor, goods_id, **body)
    return {"out": out, "into": into}


@room.endpoint(
    "POST", "/goods/<goods_id>/counts", action="stock.count", body=CountIn, answer=CountedOut,
    status=201, keyed=True,
)  # fmt: skip
def count_goods(actor: Actor, *, goods_id: str, body: dict[str, Any]) -> counts.CountedView:
    """Write down how many were counted, without being told what was expected."""
    return counts.count(actor, goods_id, **body)


@room.endpoint(
    "GET", "/stock-counts", action="stock.decide", query=CountsQuery, answer=page_of(CountOut)
)
def list_counts(actor: Actor, *, query: dict[str, Any]) -> Page[counts.CountView]:
    """List counts and what they found."""
    return counts.list_counts(actor, **query)


@room.endpoint(
    "POST", "/goods/<goods_id>/stock-movements/<movement_id>/approval", action="stock.move",
    body=ApprovalIn, answer=MovementOut, refusals={409: ["wrong_state", "out_of_stock"]},
)  # fmt: skip
def approve_count(
    actor: Actor, *, goods_id: str, movement_id: str, body: dict[str, Any]
) -> MovementView:
    """Approve a pending count, as its second person; a blind one with the difference's reason."""
    return counts.approve(actor, goods_id, movement_id, **body)


@room.endpoint(
    "POST", "/goods/<goods_id>/stock-movements/<movement_id>/rejection", action="stock.move",
    body=RejectionIn, answer=CountOut, refusals={409: ["wrong_state"]},
)  # fmt: skip
def reject_count(
    actor: Actor, *, goods_id: str, movement_id: str, body: dict[str, Any]
) -> counts.CountView:
    """Put a pending count aside, as its second person."""
    return counts.reject(actor, goods_id, movement_id, **body)


@room.endpoint("GET", "/goods/<goods_id>/prices", action="goods.read", answer=PricesOut)
def list_prices(actor: Actor, *, goods_id: str) -> dict[str, Any]:
    """List the seasons' prices of goods."""
    return {"items": prices.list_prices(actor, goods_id)}


@room.endpoint(
    "POST", "/goods/<goods_id>/prices", action="goods.change", body=PriceIn, answer=PriceOut,
    status=201, refusals={409: ["price_overlaps"]},
)  # fmt: skip
def set_price(actor: Actor, *, goods_id: str, body: dict[str, Any]) -> prices.PriceView:
    """Give goods another price from a day to a day."""
    return prices.set_price(actor, goods_id, **body)


@room.endpoint(
    "POST", "/goods/<goods_id>/prices/<price_id>/end", action="goods.change", answer=PricesOut,
    refusals={409: ["wrong_state"]},
)  # fmt: skip
def end_price(actor: Actor, *, goods_id: str, price_id: str) -> dict[str, Any]:
    """End a season's price."""
    prices.end_price(actor, goods_id, price_id)
    return {"items": prices.list_prices(actor, goods_id)}
