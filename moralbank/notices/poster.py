"""A notice for the wall: in large type, over as many sheets as it takes, each with the heading, the
number of the sheet, and a QR code that leads to the notice's page.

A3 is the A4 sheet enlarged, to be read from farther away. All lengths here are those on A4.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask_babel import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A3, A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from moralbank.core.language import in_chinese
from moralbank.core.paper import FONT, draw_qr, missing, use_font, width_of, wrapped, write
from moralbank.core.wording import whole_day_text
from moralbank.notices.poster_columns import (
    FACT,
    GAP,
    MARGIN,
    ROOM,
    SMALL,
    TEXT,
    Column,
    columns_on_paper,
)
from moralbank.notices.reading import NoticeView, WholeNotice
from moralbank.notices.wording import counted_words

PAPERS = {"A4": A4, "A3": A3}
QR, QR_GAP = 34 * mm, 6 * mm
BESIDE_QR = ROOM - QR - QR_GAP
TITLE_SIZES = (25.0, 21.0, 17.0, 13.0)
LEADING = 8 * mm
FOOT = 24 * mm
"""The height of what stands at the foot of each sheet."""
RED, INK, SOFT, HAIR = map(HexColor, ("#9e1b1e", "#1d1a18", "#5b5450", "#cfc6bb"))


@dataclass(frozen=True, slots=True)
class Strip:
    """What stands at one height: a text for each column, or one across them all. Long cells take
    several strips; a rule is drawn below the last."""

    texts: tuple[str, ...]
    last: bool


@in_chinese
def poster(
    whole: WholeNotice, *, bank: str, address: str, paper: str = "A4", printed_on: str
) -> bytes:
    """Return the PDF of a notice for the wall; `address` is its page's, for the QR code. Where the
    font lacks a character, there is an empty box, and the last sheet says in which lines."""
    use_font()
    file = BytesIO()
    canvas = Canvas(file, pagesize=PAPERS[paper], invariant=1)
    canvas.setTitle(whole.notice.title)
    canvas.setAuthor(whole.notice.authority or bank)
    columns = columns_on_paper(whole)
    heading = _Heading(whole, address)
    top = A4[1] - MARGIN - heading.height
    most = int((top - LEADING - FOOT) // LEADING)
    sheets = _sheets(list(_rows(whole, columns)), most)
    # Drawn once and shown on each sheet: the code alone takes longer than a sheet of lines.
    canvas.beginForm("heading")
    heading.draw(canvas)
    canvas.endForm()
    for number, strips in enumerate(sheets, start=1):
        canvas.scale(PAPERS[paper][0] / A4[0], PAPERS[paper][1] / A4[1])
        canvas.doForm("heading")
        _draw_table(canvas, top, columns, strips)
        _draw_foot(canvas, whole.notice, bank=bank, printed_on=printed_on)
        canvas.setFont(FONT, FACT)
        page = _("第 %(number)d 张，共 %(all)d 张", number=number, all=len(sheets))
        canvas.drawRightString(A4[0] - MARGIN, MARGIN - 4 * mm, page)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


class _Heading:
    """What stands at the top of each sheet, measured once: how high it is and how to draw it."""

    def __init__(self, whole: WholeNotice, address: str) -> None:
        notice = whole.notice
        self._address = address
        self._texts: list[tuple[str, float, Any]] = []
        self._say(_("公示第 %(n)d 号", n=notice.number), FACT, RED)
        place = notice.organization
        for words in (place, notice.title.removeprefix(place).strip()):
            self._say(words, _title_size(words), INK)
        if whole.corrected_by:
            words = _("已由第 %(n)d 号公示更正，以那一份为准。", n=whole.corrected_by.number)
            self._say(words, FACT, RED)
        if whole.corrects:
            self._say(_("更正第 %(n)d 号公示", n=whole.corrects.number), FACT, RED)
        for words in _facts(notice):
            self._say(words, FACT, INK)
        written = sum(_leading(size) for _text, size, _colour in self._texts)
        self.height = max(written, QR + _leading(SMALL)) + GAP

    def _say(self, text: str, size: float, colour: Any) -> None:
        lines = wrapped(text, size=size, room=BESIDE_QR)
        self._texts += [(line, size, colour) for line in lines]

    def draw(self, canvas: Canvas) -> None:
        """Draw it, with the code on the right and a double rule below."""
        y = A4[1] - MARGIN
        for text, size, colour in self._texts:
            _pen(canvas, colour)
            write(canvas, MARGIN, y - size, text, size=size, room=BESIDE_QR + size)
            y -= _leading(size)
        left, top = A4[0] - MARGIN - QR, A4[1] - MARGIN
        _pen(canvas, INK)
        draw_qr(canvas, self._address, left, top - QR, QR)
        canvas.setFont(FONT, SMALL)
        canvas.drawCentredString(left + QR / 2, top - QR - SMALL, _("扫码看网页"))
        bottom = top - self.height
        canvas.setStrokeColor(RED)
        for down, width in ((0, 1.6), (1.2 * mm, 0.5)):
            canvas.setLineWidth(width)
            canvas.line(MARGIN, bottom - down, A4[0] - MARGIN, bottom - down)


def _title_size(words: str) -> float:
    """Return the largest size at which a title has two lines at most."""
    fits = (size for size in TITLE_SIZES if len(wrapped(words, size=size, room=BESIDE_QR)) <= 2)
    return next(fits, TITLE_SIZES[-1])


def _facts(notice: NoticeView) -> Iterator[str]:
    assert notice.posted_on is not None, "a draft hangs nowhere"
    yield _("张贴日期：%(day)s", day=whole_day_text(notice.posted_on))
    if notice.objection_days and notice.objection_until is not None:
        yield _("异议截止：%(day)s", day=whole_day_text(notice.objection_until))
    if notice.phone:
        yield _("电话：%(phone)s", phone=notice.phone)
    if notice.address:
        yield _("地址：%(address)s", address=notice.address)


def _leading(size: float) -> float:
    return size * 1.45


def _pen(canvas: Canvas, colour: Any) -> None:
    canvas.setFillColor(colour)
    canvas.setStrokeColor(colour)


def _rows(whole: WholeNotice, columns: Sequence[Column]) -> Iterator[list[Strip]]:
    """Give the rows, each as the strips that it takes: why it corrects, the lines, what was not
    printed."""
    if whole.notice.correction_reason:
        yield _paragraph(_("更正原因：%(why)s", why=whole.notice.correction_reason))
    if not whole.lines:
        yield _paragraph(_("这一期没有记录。"))
    boxed = []
    for line in whole.lines:
        texts = [column.text(line) for column in columns]
        if missing("".join(texts)):
            boxed.append(str(line.line_no))
        cells = [
            [text] if column.right else wrapped(text, size=TEXT, room=column.width - GAP)
            for text, column in zip(texts, columns, strict=True)
        ]
        why = _paragraph(_("，").join(counted_words(line.figures)))
        high = max(map(len, cells))
        yield [
            Strip(
                tuple(cell[at] if at < len(cell) else "" for cell in cells),
                at == high - 1 and not why,
            )
            for at in range(high)
        ] + why
    notice = whole.notice
    places = [_("第 %(n)s 行", n="、".join(boxed))] if boxed else []
    if missing(f"{notice.title}{notice.authority or ''}{notice.address or ''}"):
        places.insert(0, _("抬头和落款"))
    if places:
        where = "，".join(places)
        yield _paragraph(_("空方框是字库里没有的字，请照网页用笔补上：%(where)s。", where=where))


def _paragraph(text: str) -> list[Strip]:
    lines = wrapped(text, size=TEXT, room=ROOM) if text else []
    return [Strip((line,), at == len(lines) - 1) for at, line in enumerate(lines)]


def _sheets(rows: Sequence[list[Strip]], most: int) -> list[list[Strip]]:
    """Deal rows out to sheets of at most `most` strips; a row is broken only where no sheet holds
    it whole."""
    sheets: list[list[Strip]] = [[]]
    for row in rows:
        if len(row) <= most < len(sheets[-1]) + len(row):
            sheets.append([])
        for strip in row:
            if len(sheets[-1]) == most:
                sheets.append([])
            sheets[-1].append(strip)
    return sheets


def _draw_table(
    canvas: Canvas, top: float, columns: Sequence[Column], strips: Sequence[Strip]
) -> None:
    _pen(canvas, SOFT)
    heads = tuple(column.head for column in columns)
    y = top - LEADING
    _draw_strip(canvas, y, columns, heads, size=FACT)
    _rule(canvas, y, SOFT)
    for strip in strips:
        y -= LEADING
        _pen(canvas, INK)
        if len(strip.texts) == 1:
            write(canvas, MARGIN, y, strip.texts[0], size=TEXT, room=ROOM + TEXT)
        else:
            _draw_strip(canvas, y, columns, strip.texts, size=TEXT)
        if strip.last:
            _rule(canvas, y, HAIR)


def _draw_strip(
    canvas: Canvas, y: float, columns: Sequence[Column], texts: Sequence[str], *, size: float
) -> None:
    x = MARGIN
    for column, text in zip(columns, texts, strict=True):
        room = column.width if column.right else column.width - GAP + size
        at = x + max(0, column.width - width_of(text, size)) if column.right else x
        if text:
            write(canvas, at, y, text, size=size, room=room)
        x += column.width


def _rule(canvas: Canvas, y: float, colour: Any) -> None:
    canvas.setStrokeColor(colour)
    canvas.setLineWidth(0.5)
    canvas.line(MARGIN, y - 2.1 * mm, A4[0] - MARGIN, y - 2.1 * mm)


def _draw_foot(canvas: Canvas, notice: NoticeView, *, bank: str, printed_on: str) -> None:
    canvas.setStrokeColor(RED)
    canvas.setLineWidth(0.8)
    canvas.line(MARGIN, FOOT - 2 * mm, A4[0] - MARGIN, FOOT - 2 * mm)
    _pen(canvas, INK)
    signed = notice.authority or bank
    wide = min(width_of(signed, TEXT), ROOM * 0.5)
    write(canvas, A4[0] - MARGIN - wide, FOOT - 8 * mm, signed, size=TEXT, room=wide)
    _pen(canvas, SOFT)
    said = [
        _("%(day)s 打印。", day=printed_on)
        if notice.subjects in ("goods", "rule")
        else _("%(day)s 打印。姓名按当天本人的意愿遮盖或用代号。", day=printed_on),
        _("公示期内觉得哪里不对，可扫码或打电话提出。")
        if notice.takes_objections and not notice.corrected
        else _("网页上的公示为准。"),
    ]
    for down, words in enumerate(said):
        write(canvas, MARGIN, FOOT - (7.5 + 5.5 * down) * mm, words, size=SMALL, room=ROOM * 0.62)
