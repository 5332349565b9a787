"""Paper: the font that our PDFs carry with them, what it cannot write, and codes drawn in place."""

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
