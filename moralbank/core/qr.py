"""QR codes as pictures."""

from io import BytesIO

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


def _qr(text: str, factory: type) -> bytes:
    made = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_Q, border=4, box_size=10)
    made.add_data(text)
    out = BytesIO()
    made.make_image(image_factory=factory).save(out)
    return out.getvalue()


def qr_markup(text: str) -> Markup:
    """Return the QR code of a text as a picture inside the page."""
    picture = qr_svg(text).decode()
    return Markup(picture[picture.index("<svg") :])  # noqa: S704 — our own drawing, no input in it
