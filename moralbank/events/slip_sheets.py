"""Sheets of paper slips as a PDF: A4, eight to a sheet, to be cut apart."""

from collections.abc import Sequence
from io import BytesIO

from flask_babel import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from moralbank.core.language import in_chinese
from moralbank.core.paper import FONT, draw_qr, use_font

COLUMNS, ROWS = 2, 4
WIDTH, HEIGHT = A4[0] / COLUMNS, A4[1] / ROWS
MARGIN, QR = 8 * mm, 20 * mm


@in_chinese
def sheets(*, bank: str, community: str, phone: str | None, numbers: Sequence[str]) -> bytes:
    """Return the PDF of some slips; `numbers` stand in plain and as a QR code."""
    use_font()
    file = BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.setTitle(_("评价单 %(first)s 至 %(last)s", first=numbers[0], last=numbers[-1]))
    for place, number in enumerate(numbers):
        spot = place % (COLUMNS * ROWS)
        if place and not spot:
            canvas.showPage()
        left = (spot % COLUMNS) * WIDTH
        top = A4[1] - (spot // COLUMNS) * HEIGHT
        _slip(canvas, left, top, bank=bank, community=community, phone=phone, number=number)
    canvas.save()
    return file.getvalue()


def _slip(
    canvas: Canvas, left: float, top: float, *, bank: str, community: str, phone: str | None,
    number: str,
) -> None:  # fmt: skip
    canvas.setLineWidth(0.3)
    canvas.setDash(2, 2)
    canvas.rect(left, top - HEIGHT, WIDTH, HEIGHT)
    canvas.setDash()
    x, y = left + MARGIN, top - MARGIN
    canvas.setFont(FONT, 13)
    canvas.drawString(x, y - 4 * mm, _("%(bank)s 评价单", bank=bank))
    canvas.setFont(FONT, 9)
    canvas.drawString(x, y - 10 * mm, community + (f"  {phone}" if phone else ""))
    canvas.setFont("Courier-Bold", 12)
    canvas.drawString(x, y - 16 * mm, number)
    draw_qr(canvas, number, left + WIDTH - MARGIN - QR, top - MARGIN - QR, QR)
    canvas.setFont(FONT, 10)
    for line, label in enumerate((_("办了什么"), _("哪一天"), _("谁来办的"))):
        here = y - (25 + 7.5 * line) * mm
        canvas.drawString(x, here, label)
        canvas.line(x + 20 * mm, here - 1 * mm, left + WIDTH - MARGIN, here - 1 * mm)
    here = y - 48 * mm
    words = (_("非常满意"), _("满意"), _("一般"), _("不满意"), _("很不满意"))
    for word in words:
        canvas.rect(x, here - 0.5 * mm, 3.2 * mm, 3.2 * mm)
        canvas.drawString(x + 4.2 * mm, here, word)
        x += pdfmetrics.stringWidth(word, FONT, 10) + 6.4 * mm
    x, here = left + MARGIN, y - 57 * mm
    canvas.drawString(x, here, _("居民签名"))
    canvas.line(x + 20 * mm, here - 1 * mm, left + WIDTH - MARGIN, here - 1 * mm)
