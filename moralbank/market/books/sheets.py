"""The settlement sheet for the office that pays: as a spreadsheet and on paper."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from io import BytesIO
from typing import Any

from flask_babel import gettext as _
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

from moralbank.core.language import in_chinese
from moralbank.core.paper import FONT, use_font
from moralbank.core.quantities import points_text
from moralbank.core.spreadsheets import new_workbook
from moralbank.market.books.three import GoodsLine, ThreeBooks

NO_BREAK = "\N{NO-BREAK SPACE}"
Cell = str | int | Fraction | None


def _heads() -> list[str]:
    return [
        _("货号"), _("物品"), _("单位"), _("期初"), _("受赠"), _("购进"), _("调拨"), _("报损"),
        _("盘点"), _("兑出"), _("期末"), _("积分"), _("成本（元）"), _("受赠价值（元）"),
        _("购进金额（元）"),
    ]  # fmt: skip


def _cells(line: GoodsLine) -> list[Cell]:
    return [
        line.sku, line.name, line.unit, line.opening, line.donated, line.bought, line.moved,
        line.damaged, line.counted, line.out, line.closing, _hundredth(line.points),
        _hundredth(line.cost), _hundredth(line.donated_worth), _hundredth(line.bought_worth),
    ]  # fmt: skip


def _totals(books: ThreeBooks) -> list[Cell]:
    return [
        _("合计"), "", "", *[None] * 8,
        _hundredth(sum(line.points for line in books.goods)),
        _hundredth(_known(line.cost for line in books.goods)),
        _hundredth(_known(line.donated_worth for line in books.goods)),
        _hundredth(_known(line.bought_worth for line in books.goods)),
    ]  # fmt: skip


def _known(amounts: Iterable[int | None]) -> int | None:
    """Return the sum of amounts that are all known; None where one is not."""
    total = 0
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def _hundredth(amount: int | None) -> Fraction | None:
    return None if amount is None else Fraction(amount, 100)


def _summary(books: ThreeBooks) -> list[tuple[str, list[tuple[Cell, str]]]]:
    """Return what stands above the goods: a name, and amounts with their units."""

    def points(amount: int) -> tuple[Cell, str]:
        return Fraction(amount, 100), _("分")

    def yuan(kind: str) -> tuple[Cell, str]:
        return Fraction(books.money.get(kind, 0), 100), _("元")

    agree = _("积分、小票、货架一致") if books.agree else _("有 %(n)s 处不一致", n=len(books.lines))
    bought = _known(line.bought_worth for line in books.goods)
    left: tuple[Cell, str] = (_("有的购进没有记价"), "")
    if bought is not None:
        left = Fraction(sum(books.money.values()) - bought, 100), _("元")
    return [
        (_("兑换"), [(books.receipts, _("笔")), points(books.redeemed)]),
        (_("撤销"), [(books.voided, _("笔")), points(books.given_back)]),
        (_("净兑换"), [points(books.redeemed - books.given_back)]),
        (_("其中发给困难户"), [points(books.relief)]),
        (_("收到捐款"), [yuan("donated")]),
        (_("收到拨款"), [yuan("allotted")]),
        (_("收到的钱减购进"), [left]),
        (_("三本账"), [(agree, "")]),
    ]


def _title(books: ThreeBooks) -> str:
    title: str = _("%(shop)s %(period)s结算单", shop=books.supermarket, period=books.title)
    return title


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return points_text(int(cell * 100)) if isinstance(cell, Fraction) else str(cell)


@in_chinese
def spreadsheet(books: ThreeBooks) -> bytes:
    """Return the sheet as an Excel file; figures are numbers, and a text that begins like a formula
    stays a text."""
    file = BytesIO()
    book = new_workbook(file)
    sheet = book.add_worksheet(_("结算单"))
    bold, figure = book.add_format({"bold": True}), book.add_format({"num_format": "0.00"})
    sheet.write_string(0, 0, _title(books), bold)
    row = 1

    def write(column: int, cell: Cell) -> None:
        if isinstance(cell, str):
            sheet.write_string(row, column, cell)
        elif isinstance(cell, Fraction):
            sheet.write_number(row, column, float(cell), figure)
        elif cell is not None:
            sheet.write_number(row, column, cell)

    for name, amounts in _summary(books):
        for column, cell in enumerate([name, *(part for amount in amounts for part in amount)]):
            write(column, cell)
        row += 1
    for fault in books.faults:
        sheet.write_string(row, 1, fault)
        row += 1
    row += 1
    for column, head in enumerate(_heads()):
        sheet.write_string(row, column, head, bold)
    sheet.freeze_panes(row + 1, 2)
    for cells in [*(_cells(line) for line in books.goods), _totals(books)]:
        row += 1
        for column, cell in enumerate(cells):
            write(column, cell)
    sheet.set_column(0, 0, 12)
    sheet.set_column(1, 1, 24)
    sheet.set_column(2, 14, 11)
    book.close()
    return file.getvalue()


@in_chinese
def paper(books: ThreeBooks) -> bytes:
    """Return the sheet as a PDF, A4 across, with room for signatures."""
    use_font()
    file = BytesIO()
    document = SimpleDocTemplate(
        file, pagesize=landscape(A4), title=_title(books),
        leftMargin=12 * mm, rightMargin=12 * mm, topMargin=12 * mm, bottomMargin=14 * mm,
    )  # fmt: skip
    document.build(list(_story(books)), onLaterPages=_number, onFirstPage=_number)
    return file.getvalue()


def _story(books: ThreeBooks) -> Iterator[Any]:
    big = ParagraphStyle("big", fontName=FONT, fontSize=16, leading=22)
    plain = ParagraphStyle("plain", fontName=FONT, fontSize=10, leading=15, wordWrap="CJK")
    small = ParagraphStyle("small", fontName=FONT, fontSize=8.5, leading=11, wordWrap="CJK")
    figure = ParagraphStyle("figure", small, alignment=TA_RIGHT)
    styles = [small] * 3 + [figure] * 12
    yield Paragraph(_escaped(_title(books)), big)
    yield Spacer(1, 3 * mm)
    for name, amounts in _summary(books):
        said = "，".join(f"{_text(amount)} {unit}".strip() for amount, unit in amounts)
        yield Paragraph(f"{name}：{_escaped(said)}", plain)
    for fault in books.faults:
        yield Paragraph(_escaped(fault), plain)
    yield Spacer(1, 4 * mm)
    rows = [*(_cells(line) for line in books.goods), _totals(books)]
    texts = [_heads(), *([_text(cell) for cell in cells] for cells in rows)]
    widths = [20, 35, 11, *[14] * 8, 18, 20, 26, 26]
    table: list[list[Any]] = [
        [Paragraph(_escaped(text), style) for text, style in zip(line, styles, strict=True)]
        for line in texts
    ]
    signs = (_("超市"), _("复核"), _("拨款单位"), _("日期"))
    lines = (NO_BREAK * 4).join(f"{name}＿＿＿＿＿＿＿＿" for name in signs)
    table.append([Paragraph(lines, plain), *[""] * (len(widths) - 1)])
    yield Table(
        table,
        colWidths=[width * mm for width in widths], repeatRows=1, hAlign="LEFT",
        style=[
            ("GRID", (0, 0), (-1, -2), 0.3, colors.grey),
            ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("TOPPADDING", (0, 0), (-1, -2), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -2), 2),
            # Nobody signs a page that has no figures on it.
            ("NOSPLIT", (0, -2), (-1, -1)),
            ("SPAN", (0, -1), (-1, -1)),
            ("TOPPADDING", (0, -1), (-1, -1), 10 * mm),
            ("LEFTPADDING", (0, -1), (-1, -1), 0),
        ],
    )  # fmt: skip


def _number(canvas: Any, document: Any) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawRightString(landscape(A4)[0] - 12 * mm, 8 * mm, str(document.page))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
