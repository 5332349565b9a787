"""Photos as telephones take them."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

PLACE = b"at the shop's door"
"""What the telephone wrote into the photo, and nobody should get to see."""


def photo(colour: str = "red", *, kind: str = "JPEG", size: tuple[int, int] = (640, 480)) -> bytes:
    """A photo, red unless told, whose upper half is blue and which the camera took on its side."""
    image = Image.new("RGB", size, colour)
    image.paste("blue", (0, 0, size[0], size[1] // 2))
    notes = Image.Exif()
    notes[0x0112] = 6  # turned: to be shown a quarter to the right
    notes[0x010E] = PLACE.decode()
    made = BytesIO()
    image.save(made, kind, exif=notes)
    return made.getvalue()
