"""Photos that people send: taken in, made small and the same size."""

import struct
from io import BytesIO

from flask_babel import gettext as _
from PIL import Image, ImageOps

from moralbank.core.problems import invalid_field

SIDE = 320
"""How wide and high every picture is, in pixels."""
MOST_BYTES = 8_000_000
"""The most that a picture may have when it comes: what telephones make, and no more."""
MOST_PIXELS = 50_000_000
"""The most points of a picture that is taken apart: a small file can claim to be a huge one."""
LARGEST_FORM = MOST_BYTES + 200_000
"""The most bytes of a form with one picture: one a little too large gets an answer beside its
field."""
_FORMATS = ("JPEG", "PNG", "WEBP")
# What Pillow raises for a file that is broken, or is not what it says.
_BROKEN = (
    OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError,
)  # fmt: skip


def small(upload: bytes, *, field: str) -> bytes:
    """Return a picture as a JPEG of SIDE by SIDE pixels, whole, upright and on white.

    It is drawn anew, so nothing of what a camera wrote into the file (place, time, telephone) comes
    along. Refuses 422, naming `field`, for what is none, is broken or is too large.
    """
    if not upload:
        raise invalid_field(field, _("请先选一张照片。"))
    if len(upload) > MOST_BYTES:
        raise invalid_field(field, _("照片太大，请换一张小于 8 MB 的。"))
    try:
        with Image.open(BytesIO(upload), formats=_FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise invalid_field(field, _("照片太大，请换一张小一点的。"))
            image.draft("RGB", (SIDE * 2, SIDE * 2))
            upright = ImageOps.exif_transpose(image)
            clear = upright.has_transparency_data
            fitted = ImageOps.contain(upright.convert("RGBA" if clear else "RGB"), (SIDE, SIDE))
    except _BROKEN as error:
        raise invalid_field(field, _("这个文件打不开。请换一张 JPG、PNG 或 WebP 照片。")) from error
    drawn = Image.new("RGB", (SIDE, SIDE), "white")
    corner = ((SIDE - fitted.width) // 2, (SIDE - fitted.height) // 2)
    drawn.paste(fitted, corner, fitted if clear else None)
    made = BytesIO()
    drawn.save(made, "JPEG", quality=82, optimize=True)
    return made.getvalue()
