"""What the demo's goods look like: plain drawings of its own, in few colours."""

from collections.abc import Callable
from io import BytesIO

from PIL import Image, ImageDraw

SIDE = 640
_INK = "#4a4038"
_LINE = 8


def drawn(sku: str) -> bytes:
    """Return a drawing of the demo's goods with that number, as a PNG."""
    image = Image.new("RGB", (SIDE, SIDE), "white")
    _DRAWINGS[sku](ImageDraw.Draw(image))
    made = BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


def _sack(fill: str, band: str) -> Callable[[ImageDraw.ImageDraw], None]:
    def draw(pen: ImageDraw.ImageDraw) -> None:
        pen.polygon([(240, 60), (400, 60), (370, 140), (270, 140)], fill, _INK, _LINE)
        pen.rounded_rectangle((150, 140, 490, 590), 70, fill, _INK, _LINE)
        pen.rectangle((154, 290, 486, 440), band)
        pen.ellipse((270, 315, 370, 415), fill)

    return draw


def _bottle(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((275, 50, 365, 110), "#c0392b", _INK, _LINE)
    pen.polygon([(285, 110), (355, 110), (450, 230), (190, 230)], "#f0b429", _INK, _LINE)
    pen.rounded_rectangle((190, 225, 450, 590), 40, "#f0b429", _INK, _LINE)
    pen.rectangle((194, 330, 446, 480), "#fff3d0")
    pen.ellipse((280, 350, 360, 460), "#e08e0b")


def _eggs(pen: ImageDraw.ImageDraw) -> None:
    for row, left in ((0, 130), (1, 80)):
        for place in range(4 + row):
            x, y = left + place * 98, 190 + row * 100
            pen.ellipse((x, y, x + 90, y + 120), "#e9c29b", _INK, 6)
    pen.rounded_rectangle((60, 350, 580, 460), 30, "#b9b2a5", _INK, _LINE)


def _soap(pen: ImageDraw.ImageDraw) -> None:
    pen.rounded_rectangle((90, 240, 550, 480), 70, "#e8c96a", _INK, _LINE)
    pen.rounded_rectangle((170, 300, 470, 420), 40, "#f4e2a8", _INK, 6)
    for x, y, size in ((430, 130, 90), (340, 90, 60), (510, 80, 50)):
        pen.ellipse((x, y, x + size, y + size), "#dcecf5", _INK, 6)


def _towel(pen: ImageDraw.ImageDraw) -> None:
    pen.rounded_rectangle((90, 130, 550, 250), 50, "#8fb8d8", _INK, _LINE)
    pen.rounded_rectangle((90, 250, 550, 370), 50, "#a9cbe5", _INK, _LINE)
    pen.rounded_rectangle((90, 370, 550, 490), 50, "#8fb8d8", _INK, _LINE)
    for x in (430, 470):
        pen.rectangle((x, 138, x + 14, 482), "white")


def _tissue(pen: ImageDraw.ImageDraw) -> None:
    pen.polygon([(220, 270), (270, 110), (330, 190), (400, 120), (420, 270)], "white", _INK, _LINE)
    pen.rounded_rectangle((90, 260, 550, 540), 30, "#8cc3a3", _INK, _LINE)
    pen.ellipse((200, 290, 440, 350), "#5f9a7a", _INK, 6)


_DRAWINGS: dict[str, Callable[[ImageDraw.ImageDraw], None]] = {
    "RICE-5": _sack("#f3ead7", "#c0392b"),
    "FLOUR-5": _sack("#f7f4ee", "#4d7ea8"),
    "OIL-1.8": _bottle,
    "EGGS-30": _eggs,
    "SALT": _sack("#e6f0f5", "#3a8f6b"),
    "SOAP": _soap,
    "TOWEL": _towel,
    "TISSUE": _tissue,
}
