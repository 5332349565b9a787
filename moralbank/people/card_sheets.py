"""Sheets of savings cards as a PDF: A4, ten cards of the size CR80 (85.6 × 54 mm) to a sheet, with
marks to cut by. Fronts and backs take turns, for printing on both sides and turning along the long
edge; the strips with the PINs come last, to be cut apart and handed over with the cards."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import islice

from flask_babel import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from moralbank.core.language import in_chinese
from moralbank.core.paper import FONT, draw_qr, use_font, write
from moralbank.people.card_batches import PrintedCard
from moralbank.people.rules import spaced

COLUMNS, ROWS = 2, 5
PER_SHEET = COLUMNS * ROWS
WIDTH, HEIGHT = 85.6 * mm, 54 * mm
LEFT, BOTTOM = (A4[0] - COLUMNS * WIDTH) / 2, (A4[1] - ROWS * HEIGHT) / 2
MARK, GAP = 5 * mm, 2 * mm
ROOM = WIDTH - 12 * mm
QR = 34 * mm
STRIP_ROWS = 10
STRIP_HEIGHT = ROWS * HEIGHT / STRIP_ROWS
RED, FOIL, INK, SOFT = map(HexColor, ("#9e1b1e", "#f3d795", "#1d1a18", "#5b5450"))


@in_chinese
def sheets(*, bank: str, community: str, phone: str | None, cards: Sequence[PrintedCard]) -> bytes:
    """Return the PDF of some cards. Where the font lacks a character of a name, there is an empty
    box to write it in by hand."""
    use_font()
    file = BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.setTitle(_("%(community)s储蓄卡 %(n)s 张", community=community, n=len(cards)))
    for page in _pages(cards, PER_SHEET):
        for spot, card in enumerate(page):
            _front(canvas, *_corner(spot % COLUMNS, spot // COLUMNS), bank=bank, card=card)
        _marks(canvas)
        canvas.showPage()
        for spot, card in enumerate(page):
            # Turned over, the left column lies on the right.
            corner = _corner(COLUMNS - 1 - spot % COLUMNS, spot // COLUMNS)
            _back(canvas, *corner, community=community, phone=phone, card=card)
        _marks(canvas)
        canvas.showPage()
    for page in _pages(cards, COLUMNS * STRIP_ROWS):
        for spot, card in enumerate(page):
            left = LEFT + (spot % COLUMNS) * WIDTH
            top = A4[1] - BOTTOM - (spot // COLUMNS) * STRIP_HEIGHT
            _strip(canvas, left, top, card=card)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _pages(cards: Sequence[PrintedCard], size: int) -> Iterator[list[PrintedCard]]:
    rest = iter(cards)
    while page := list(islice(rest, size)):
        yield page


def _corner(column: int, row: int) -> tuple[float, float]:
    """Return the lower left corner of a place on the sheet; rows count from the top."""
    return LEFT + column * WIDTH, BOTTOM + (ROWS - 1 - row) * HEIGHT


def _marks(canvas: Canvas) -> None:
    """Draw short lines outside the cards, where the knife goes."""
    canvas.setLineWidth(0.3)
    canvas.setStrokeColor(INK)
    for column in range(COLUMNS + 1):
        x = LEFT + column * WIDTH
        for y, way in ((BOTTOM, -1), (A4[1] - BOTTOM, 1)):
            canvas.line(x, y + way * GAP, x, y + way * (GAP + MARK))
    for row in range(ROWS + 1):
        y = BOTTOM + row * HEIGHT
        for x, way in ((LEFT, -1), (A4[0] - LEFT, 1)):
            canvas.line(x + way * GAP, y, x + way * (GAP + MARK), y)


def _front(canvas: Canvas, left: float, bottom: float, *, bank: str, card: PrintedCard) -> None:
    canvas.setFillColor(RED)
    canvas.rect(left, bottom, WIDTH, HEIGHT, stroke=0, fill=1)
    canvas.setFillColor(FOIL)
    canvas.setStrokeColor(FOIL)
    x = left + 6 * mm
    write(canvas, x, bottom + 42 * mm, _("%(bank)s 储蓄卡", bank=bank), size=17, room=ROOM)
    canvas.setLineWidth(0.6)
    canvas.line(x, bottom + 38.5 * mm, left + WIDTH - 6 * mm, bottom + 38.5 * mm)
    write(canvas, x, bottom + 20.5 * mm, card.holder, size=19, room=ROOM)
    canvas.setFont(FONT, 12)
    canvas.drawString(x, bottom + 13 * mm, card.account_no)
    canvas.setFont(FONT, 9)
    canvas.drawString(x, bottom + 6.5 * mm, _("好事记在账上，打分的是邻居"))


def _back(
    canvas: Canvas, left: float, bottom: float, *, community: str, phone: str | None,
    card: PrintedCard,
) -> None:  # fmt: skip
    canvas.setFillColor(INK)
    draw_qr(canvas, card.code, left + 3 * mm, bottom + (HEIGHT - QR) / 2, QR)
    x, room = left + 40 * mm, WIDTH - 44 * mm
    write(canvas, x, bottom + 41 * mm, spaced(card.code), size=10.5, room=room)
    write(canvas, x, bottom + 34.5 * mm, card.account_no, size=9, room=room)
    canvas.setFillColor(SOFT)
    lines = [_("到爱心超市出示此卡，"), _("密码请自己按。"), "", _("拾到请交"), community]
    for number, line in enumerate([*lines, *([phone] if phone else [])]):
        write(canvas, x, bottom + (26.5 - 4.6 * number) * mm, line, size=8.5, room=room)


def _strip(canvas: Canvas, left: float, top: float, *, card: PrintedCard) -> None:
    canvas.setLineWidth(0.3)
    canvas.setStrokeColor(SOFT)
    canvas.setDash(2, 2)
    canvas.rect(left, top - STRIP_HEIGHT, WIDTH, STRIP_HEIGHT)
    canvas.setDash()
    canvas.setFillColor(INK)
    x = left + 5 * mm
    write(canvas, x, top - 7 * mm, f"{card.holder}  {card.account_no}", size=11, room=ROOM)
    canvas.setFont(FONT, 15)
    canvas.drawString(x, top - 14.5 * mm, _("密码 %(pin)s", pin=card.pin))
    canvas.setFillColor(SOFT)
    words = _("请记住后撕掉，不要和卡放在一起。要改密码，请到社区。")
    write(canvas, x, top - 21.5 * mm, words, size=9, room=ROOM)
