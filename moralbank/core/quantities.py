"""Points as text and as whole hundredths; never as floats."""

import re

_POINTS = re.compile(r"-?[0-9]{1,10}(\.[0-9]{1,2})?")
MAX_HUNDREDTHS = 10**12
"""The most that one amount may be: ten thousand million points."""


def points_text(hundredths: int) -> str:
    """Write hundredths as a decimal string without trailing zeros: 1250 → "12.5"."""
    sign = "-" if hundredths < 0 else ""
    whole, part = divmod(abs(hundredths), 100)
    return f"{sign}{whole}" + (f".{part:02d}".rstrip("0") if part else "")


def parse_points(text: str) -> int:
    """Read a decimal string with at most two decimals as hundredths. Raises ValueError."""
    if not _POINTS.fullmatch(text):
        raise ValueError("not a number of points")
    sign = -1 if text.startswith("-") else 1
    whole, _, part = text.lstrip("-").partition(".")
    hundredths = sign * (int(whole) * 100 + int(part.ljust(2, "0") or "0"))
    if abs(hundredths) > MAX_HUNDREDTHS:
        raise ValueError("too large")
    return hundredths
