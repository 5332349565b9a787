"""QR codes as pictures."""

from io import BytesIO
from typing import Any

import qrcode
import qrcode.constants
from markupsafe import Markup
from qrcode.image.pure import PyPNGImage
from qrcode.image.svg import SvgPathFillImage


def qr_svg(code: str) -> bytes:
    """Return a QR code of `code` as an SVG picture."""
    return _qr(code, SvgPathFillImage)


def qr_png(code: str) -> bytes:
    """Return a QR code of `code` as a PNG picture."""
    return _qr(code, PyPNGImage)


def qr_rows(code: str) -> list[list[bool]]:
    """Return a QR code of `code` as rows of dark and light, without its white border."""
    made = _made(code, border=0)
    rows: list[list[bool]] = made.get_matrix()
    return rows


def _made(text: str, *, border: int) -> Any:
    made = qrcode.QRCode(
        error_correction=qrcode.constants.ERROR_CORRECT_Q, border=border, box_size=10
    )
    made.add_data(text)
    return made


def _qr(text: str, factory: type) -> bytes:
    out = BytesIO()
    _made(text, border=4).make_image(image_factory=factory).save(out)
    return out.getvalue()


def qr_markup(text: str) -> Markup:
    """Return the QR code of a text as a picture inside the page."""
    picture = qr_svg(text).decode()
    return Markup(picture[picture.index("<svg") :])  # noqa: S704 — our own drawing, no input in it
