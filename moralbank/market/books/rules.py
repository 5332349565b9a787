"""Do the receipts, the book of points and the book of the stock say the same? Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from moralbank.core.quantities import points_text
from moralbank.rulebook.rules.lines import N_, Line


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt: its points in hundredths, the points of its lines together, and how many of which
    goods it gave out. Of a voided one nothing is left."""

    id: str
    receipt_no: str
    points: int
    lines_points: int
    goods: Mapping[str, int]
    voided: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the book of some goods has in the end, and what stands on the shelf; and the sum of all
    movements, which is to be the same."""

    goods_id: str
    moved: int
    last: int
    stock: int


def disagreements(
    receipts: Sequence[Receipt],
    *,
    points: Mapping[str, int],
    goods: Mapping[tuple[str, str], int],
    shelves: Sequence[Shelf],
    names: Mapping[str, str],
) -> list[Line]:
    """Return where the three books do not agree, a line each; none where they do.

    `points` is what the supermarket's account got for each receipt, in hundredths, net of what went
    back; `goods` how many of which goods left the shelf for each receipt, net of what came back.
    Both may name receipts that are not there. `names` are the goods' names.
    """
    found: list[Line] = []
    known = {one.id: one for one in receipts}
    for one in receipts:
        if one.points != one.lines_points:
            text = N_("小票 %(no)s：合计 %(points)s 分，各行相加 %(lines)s 分")
            values = {"points": points_text(one.points), "lines": points_text(one.lines_points)}
            found.append(Line(text, {"no": one.receipt_no, **values}))
        kept, booked = 0 if one.voided else one.points, points.get(one.id, 0)
        if kept != booked:
            text = N_("小票 %(no)s：应收 %(points)s 分，积分账记了 %(booked)s 分")
            values = {"points": points_text(kept), "booked": points_text(booked)}
            found.append(Line(text, {"no": one.receipt_no, **values}))
        moved = {number: left for (receipt, number), left in goods.items() if receipt == one.id}
        for number in sorted({*one.goods, *moved}):
            given = 0 if one.voided else one.goods.get(number, 0)
            if given != moved.get(number, 0):
                text = N_("小票 %(no)s：%(goods)s应出 %(given)s，库存账记了 %(moved)s")
                told: dict[str, str | int] = {
                    "no": one.receipt_no,
                    "goods": names.get(number, number),
                    "given": given,
                    "moved": moved.get(number, 0),
                }
                found.append(Line(text, told))
    nowhere = {*points, *(receipt for receipt, _goods in goods)} - known.keys()
    text = N_("账上有兑换 %(id)s，却没有这张小票")
    found += [Line(text, {"id": number}) for number in sorted(nowhere)]
    for shelf in shelves:
        if not shelf.moved == shelf.last == shelf.stock:
            text = N_("%(goods)s：库存账合计 %(moved)s，最后一笔结余 %(last)s，货架 %(stock)s")
            figures = {"moved": shelf.moved, "last": shelf.last, "stock": shelf.stock}
            name = names.get(shelf.goods_id, shelf.goods_id)
            found.append(Line(text, {"goods": name, **figures}))
    return found
