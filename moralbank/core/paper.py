"""Paper: the font that our PDFs carry with them, texts fitted into their room, what the font cannot
write, and codes drawn in place."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from moralbank.core.qr import qr_rows

FONT = "NotoSansSC"
_FILE = Path(__file__).parents[2] / "static" / "vendor" / "noto-sans-sc" / "NotoSansSC-Regular.ttf"
_QUIET = 2
"""Modules of white that a code brings along; whoever places it leaves white around."""
_WHOLE = re.compile(r"[（《“].|.?×[0-9]+|[!-~]+|.", re.DOTALL)
"""What stays together at the end of a line: a number, how many of something, an address,
a bracket and what it opens."""
_NEVER_FIRST = "，。、；：！？）》」』”’"


@cache
def use_font() -> str:
    """Make the font known to reportlab, once, and return its name."""
    pdfmetrics.registerFont(TTFont(FONT, str(_FILE)))
    return FONT


def missing(text: str) -> str:
    """Return the characters of a text that the font has no sign for, each once, in their order.

    Names have rare ones; on paper they would be an empty box that nobody asked for.
    """
    font: Any = pdfmetrics.getFont(use_font())
    known = font.face.charToGlyph
    return "".join(dict.fromkeys(letter for letter in text if ord(letter) not in known))


def width_of(text: str, size: float) -> float:
    """Return how wide a text is, in points of length; what the font lacks is as wide as its box."""
    lacking = set(missing(text))
    as_wide = "".join("国" if letter in lacking else letter for letter in text)
    wide: float = pdfmetrics.stringWidth(as_wide, use_font(), size)
    return wide


def wrapped(text: str, *, size: float, room: float) -> list[str]:
    """Break a text into lines of at most `room`; a stop may hang over the edge, by one character.
    What is longer than a whole line is broken anywhere."""
    if width_of(text, size) <= room:
        return [text]
    lines, line, left = [], "", room
    pieces = _WHOLE.findall(text)
    while pieces:
        piece = pieces.pop(0)
        wide = width_of(piece, size)
        if wide > room and len(piece) > 1:
            pieces[:0] = list(piece)
        elif wide > left and line and piece not in _NEVER_FIRST:
            lines.append(line)
            line, left = piece.lstrip(), room - wide
        else:
            line, left = line + piece, left - wide
    return [*lines, line]


def write(
    canvas: Any, x: float, y: float, text: str, *, size: float, room: float, place: str = "left"
) -> None:
    """Write a text in its room, smaller where it is long; a box stands for what the font lacks, to
    be filled in by hand. `place` says where `x` is: at its "left", "centre" or "right"."""
    wide = width_of(text, size)
    size *= min(1, room / wide) if wide else 1
    x -= width_of(text, size) * {"left": 0, "centre": 0.5, "right": 1}[place]
    lacking = set(missing(text))
    canvas.setFont(FONT, size)
    for letter in text if lacking else [text]:
        if letter in lacking:
            canvas.setLineWidth(0.5)
            canvas.rect(x + size * 0.06, y - size * 0.1, size * 0.88, size * 0.88)
            x += size
        else:
            canvas.drawString(x, y, letter)
            x += pdfmetrics.stringWidth(letter, FONT, size)


def draw_qr(canvas: Any, text: str, left: float, bottom: float, size: float) -> None:
    """Draw the QR code of a text as one path, in a square of `size` points of length."""
    rows = qr_rows(text)
    step = size / (len(rows) + 2 * _QUIET)
    path = canvas.beginPath()
    for down, row in enumerate(rows):
        y = bottom + size - (down + 1 + _QUIET) * step
        start = None
        for across, dark in enumerate([*row, False]):
            if dark and start is None:
                start = across
            elif not dark and start is not None:
                path.rect(left + (start + _QUIET) * step, y, (across - start) * step, step)
                start = None
    canvas.drawPath(path, stroke=0, fill=1)
