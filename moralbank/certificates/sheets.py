"""A certificate as a PDF: A4 upright, in red and black that a grey printer keeps apart."""

from collections.abc import Iterator
from io import BytesIO
from math import cos, pi, sin
from typing import Any

from flask_babel import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from moralbank.certificates.operations import CertificateView
from moralbank.certificates.wording import day_word, kind_word, stars_word
from moralbank.core import clock
from moralbank.core.language import in_chinese
from moralbank.core.paper import FONT, draw_qr, missing, use_font, width_of, wrapped, write
from moralbank.core.quantities import points_text
from moralbank.core.wording import duration_text, whole_day_text

WIDTH, HEIGHT = A4
CENTRE, LEFT, RIGHT = WIDTH / 2, 26 * mm, WIDTH - 26 * mm
ROOM = RIGHT - LEFT
FOOT = 88 * mm
"""Up to here the lower part of the last page goes: who issued it, the seal, the code."""
END = 26 * mm
"""Down to here a page is filled that has another one after it."""
SEAL, QR, STAR = 42 * mm, 28 * mm, 7.5 * mm
RED, INK, SOFT, FAINT = map(HexColor, ("#9e1b1e", "#1d1a18", "#5b5450", "#b9b1ab"))
TEXT, SMALL, LEAD = 12.5, 9, 8 * mm
COLUMNS = (LEFT, LEFT + 34 * mm, RIGHT - 42 * mm, RIGHT)
"""Where the table's texts stand: category, content, and the right ends of number and time."""
CONTENT = 70 * mm
MOST_LINES = 20
"""As many lines of content stand in one row; what is longer goes on in the next."""


@in_chinese
def sheet(one: CertificateView, *, link: str, verify: str) -> bytes:
    """Return the PDF of a certificate, to the byte the same for the same certificate and addresses:
    its code leads to `link`, and `verify` is where it is checked by hand. Where the font lacks a
    character of a name, there is an empty box to write it in by hand."""
    use_font()
    file = BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=1)
    canvas.setTitle(f"{kind_word(one.kind)} {one.number}")
    canvas.setAuthor(one.issuer)
    _frame(canvas)
    _head(canvas, one)
    if one.kind == "stars":
        _stars(canvas, one)
    else:
        _service(canvas, one)
    _foot(canvas, one, link=link, verify=verify)
    canvas.save()
    return file.getvalue()


def _frame(canvas: Canvas) -> None:
    canvas.setStrokeColor(RED)
    for inset, line in ((11 * mm, 2.2), (13.2 * mm, 0.5)):
        canvas.setLineWidth(line)
        canvas.rect(inset, inset, WIDTH - 2 * inset, HEIGHT - 2 * inset)
    canvas.setStrokeColor(INK)
    canvas.setFillColor(INK)


def _head(canvas: Canvas, one: CertificateView) -> None:
    write(canvas, CENTRE, 268 * mm, one.facts["bank"], size=14, room=ROOM, place="centre")
    canvas.setFillColor(RED)
    _spaced_out(canvas, CENTRE, 247 * mm, kind_word(one.kind), size=31, gap=3 * mm)
    canvas.setFillColor(SOFT)
    number = _("编号：%(number)s", number=one.number)
    write(canvas, CENTRE, 235 * mm, number, size=11, room=ROOM, place="centre")
    canvas.setFillColor(INK)


def _spaced_out(canvas: Canvas, x: float, y: float, text: str, *, size: float, gap: float) -> None:
    spread = canvas.beginText()
    wide = width_of(text, size) + gap * (len(text) - 1)
    spread.setTextOrigin(x - wide / 2, y)
    spread.setFont(FONT, size)
    spread.setCharSpace(gap)
    spread.textOut(text)
    spread.setCharSpace(0)
    canvas.drawText(spread)


def _stars(canvas: Canvas, one: CertificateView) -> None:
    facts = one.facts
    write(canvas, CENTRE, 209 * mm, one.name, size=30, room=ROOM, place="centre")
    canvas.setFillColor(SOFT)
    account = _("账号 %(account_no)s", account_no=facts["account_no"])
    write(canvas, CENTRE, 200.5 * mm, account, size=11, room=ROOM, place="centre")
    canvas.setFillColor(INK)
    said = _("在 %(period)s的星级评定中，被评为", period=facts["period_title"])
    write(canvas, CENTRE, 182 * mm, said, size=15, room=ROOM, place="centre")
    for place in range(5):
        _star(canvas, CENTRE + (place - 2) * 19 * mm, 164 * mm, full=place < facts["stars"])
    canvas.setFillColor(RED)
    title = stars_word(facts["stars"])
    _spaced_out(canvas, CENTRE, 138 * mm, title, size=36, gap=2 * mm)
    canvas.setFillColor(INK)
    figures = [
        (_("服务时长"), duration_text(facts["minutes"])),
        (_("办成的事"), _("%(n)d 件", n=facts["errands"])),
        (_("积分"), points_text(facts["points"])),
        (_("道德分"), points_text(facts["merit"])),
    ]
    if facts["mean_rating"] is not None:
        figures.append((_("居民评分"), _("%(mean)s 星", mean=facts["mean_rating"])))
    cell = ROOM / len(figures)
    canvas.setStrokeColor(FAINT)
    canvas.setLineWidth(0.5)
    canvas.line(LEFT, 125 * mm, RIGHT, 125 * mm)
    canvas.line(LEFT, 106 * mm, RIGHT, 106 * mm)
    for place, (name, figure) in enumerate(figures):
        x = LEFT + (place + 0.5) * cell
        canvas.setFillColor(SOFT)
        write(canvas, x, 118 * mm, name, size=10, room=cell, place="centre")
        canvas.setFillColor(INK)
        write(canvas, x, 110 * mm, figure, size=13, room=cell - 2 * mm, place="centre")
    canvas.setFillColor(SOFT)
    basis = _(
        "依据%(place)s %(day)s公布的评定结果，按规则书第 %(version)d 版评定。",
        place=facts["round_of"], day=day_word(facts["published_on"]),
        version=facts["rulebook_version"],
    )  # fmt: skip
    write(canvas, CENTRE, 98.5 * mm, basis, size=SMALL + 0.5, room=ROOM, place="centre")
    canvas.setFillColor(INK)


def _star(canvas: Canvas, x: float, y: float, *, full: bool) -> None:
    path = canvas.beginPath()
    for corner in range(10):
        far = STAR if corner % 2 == 0 else STAR * 0.42
        angle = pi / 2 + corner * pi / 5
        step = path.moveTo if corner == 0 else path.lineTo
        step(x + far * cos(angle), y + far * sin(angle))
    path.close()
    canvas.setLineWidth(0.8)
    canvas.setFillColor(RED)
    canvas.setStrokeColor(RED if full else FAINT)
    canvas.drawPath(path, stroke=1, fill=int(full))
    canvas.setStrokeColor(INK)


def _service(canvas: Canvas, one: CertificateView) -> None:
    facts = one.facts
    said = _(
        "兹证明%(name)s（账号 %(account_no)s）于 %(since)s至 %(until)s参加志愿服务，"
        "共 %(n)d 次，服务时长合计 %(time)s。服务内容如下：",
        name=one.name, account_no=facts["account_no"], since=day_word(facts["since"]),
        until=day_word(facts["until"]), n=facts["errands"], time=duration_text(facts["minutes"]),
    )  # fmt: skip
    y = 219 * mm
    for line in wrapped("\u3000\u3000" + said, size=TEXT, room=ROOM):
        write(canvas, LEFT, y, line, size=TEXT, room=ROOM + TEXT)
        y -= LEAD
    y = _rule(canvas, y + 1 * mm, heavy=True)
    y = _heads(canvas, y)
    for category, content, errands, time in _rows(facts):
        if y - len(content) * 6 * mm < END:
            y = _heads(canvas, _next_page(canvas, one))
        y = _rule(canvas, _row(canvas, y, category, content, errands, time))
    if y - 18 * mm < FOOT:
        y = _next_page(canvas, one)
    total = (str(facts["errands"]), duration_text(facts["minutes"]))
    y = _rule(canvas, _row(canvas, y, _("合计"), [""], *total), heavy=True)
    canvas.setFillColor(SOFT)
    words = _("以上服务均已评价入账，据实记录。本证明免费出具。")
    write(canvas, LEFT, y - 1.5 * mm, words, size=SMALL + 1, room=ROOM)
    canvas.setFillColor(INK)


def _heads(canvas: Canvas, y: float) -> float:
    canvas.setFillColor(SOFT)
    y = _row(canvas, y, _("服务类别"), [_("服务内容")], _("次数"), _("时长"))
    canvas.setFillColor(INK)
    return _rule(canvas, y)


def _rows(facts: dict[str, Any]) -> Iterator[tuple[str, list[str], str, str]]:
    """Yield the rows of the table: category, content in lines, errands, time."""
    for line in facts["contents"]:
        content = _packed(line["items"])
        figures = line["category"], str(line["errands"]), duration_text(line["minutes"])
        for start in range(0, len(content), MOST_LINES):
            category, errands, time = figures if start == 0 else ("", "", "")
            yield category, content[start : start + MOST_LINES], errands, time


def _packed(names: list[str]) -> list[str]:
    """Return names in lines that fit the table, each name whole."""
    lines = [names[0]]
    for name in names[1:]:
        longer = f"{lines[-1]}、{name}"
        if width_of(longer, SMALL + 1) <= CONTENT:
            lines[-1] = longer
        else:
            lines[-1] += "、"
            lines.append(name)
    return lines


def _row(
    canvas: Canvas, y: float, category: str, content: list[str], errands: str, time: str
) -> float:
    """Write a row of the table whose first line is at `y`; return where it ends."""
    left, middle, number, right = COLUMNS
    write(canvas, left, y, category, size=SMALL + 1.5, room=middle - left - 2 * mm)
    write(canvas, number, y, errands, size=SMALL + 1.5, room=12 * mm, place="right")
    write(canvas, right, y, time, size=SMALL + 1.5, room=38 * mm, place="right")
    for line in content:
        write(canvas, middle, y, line, size=SMALL + 1, room=CONTENT + SMALL)
        y -= 5.4 * mm
    return y + 3.2 * mm


def _rule(canvas: Canvas, y: float, *, heavy: bool = False) -> float:
    """Draw a line across; return where a text below it stands."""
    canvas.setStrokeColor(INK if heavy else FAINT)
    canvas.setLineWidth(0.9 if heavy else 0.5)
    canvas.line(LEFT, y, RIGHT, y)
    canvas.setStrokeColor(INK)
    return y - 5.6 * mm


def _next_page(canvas: Canvas, one: CertificateView) -> float:
    canvas.setFillColor(SOFT)
    write(canvas, CENTRE, 17 * mm, _("接下页"), size=SMALL, room=ROOM, place="centre")
    canvas.showPage()
    _frame(canvas)
    words = _("%(kind)s %(number)s（续）", kind=kind_word(one.kind), number=one.number)
    write(canvas, CENTRE, 268 * mm, words, size=11, room=ROOM, place="centre")
    return 252 * mm


def _foot(canvas: Canvas, one: CertificateView, *, link: str, verify: str) -> None:
    facts = one.facts
    lines = [
        (_("记录单位"), facts["recorded_by"]),
        (_("出具单位"), one.issuer),
        *([(_("联系电话"), facts["phone"])] if facts["phone"] else []),
        (_("经办人"), one.handler or _("系统出具")),
        (_("出具日期"), whole_day_text(clock.local_date(one.issued_at))),
    ]
    y = FOOT - 6 * mm
    for name, text in lines:
        canvas.setFillColor(SOFT)
        write(canvas, LEFT, y, name, size=TEXT - 1.5, room=22 * mm)
        canvas.setFillColor(INK)
        write(canvas, LEFT + 22 * mm, y, text, size=TEXT - 0.5, room=ROOM - 24 * mm - SEAL)
        y -= 7 * mm
    _seal(canvas, RIGHT - SEAL / 2, FOOT - 2 * mm - SEAL / 2)
    draw_qr(canvas, link, LEFT - 1.5 * mm, 17 * mm, QR)
    words = [
        _("扫码查验真伪，或打开下面的网址，输入编号和姓名："),
        verify,
        _("校验码 %(digest)s", digest=" ".join(_groups(one.digest[:16]))),
    ]
    if missing(one.name + one.issuer + one.handler):
        words.append(_("空框处是字库没有的字，请用笔填写，并在旁边盖章。"))
    y = 38 * mm
    canvas.setFillColor(SOFT)
    for line in words:
        write(canvas, LEFT + QR + 2 * mm, y, line, size=SMALL, room=ROOM - QR - 2 * mm)
        y -= 5.4 * mm


def _groups(text: str) -> list[str]:
    return [text[place : place + 4] for place in range(0, len(text), 4)]


def _seal(canvas: Canvas, x: float, y: float) -> None:
    """Draw where the seal goes, as large as seals of offices are."""
    canvas.setStrokeColor(FAINT)
    canvas.setLineWidth(0.5)
    canvas.setDash(2, 2)
    canvas.circle(x, y, SEAL / 2)
    canvas.setDash()
    canvas.setFillColor(FAINT)
    write(canvas, x, y - 1.5 * mm, _("盖章处"), size=10, room=SEAL, place="centre")
    canvas.setStrokeColor(INK)
    canvas.setFillColor(INK)
