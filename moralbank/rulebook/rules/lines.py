"""Lines of an explanation: a sentence and its figures, kept apart so that it can be translated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from moralbank.core.quantities import points_text


def N_(msgid: str) -> str:  # noqa: N802 - the name that message extraction looks for
    """Mark a sentence for translation where it is written; it is translated where it is shown."""
    return msgid


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an explanation: a Chinese msgid with `%(name)s` places, and what fills them.

    `str(line)` is the Chinese sentence; a page shows `gettext(line.text, **line.values)`.
    """

    text: str
    values: Mapping[str, str | int] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.values if self.values else self.text

    def to_json(self) -> dict[str, Any]:
        """Return plain values for storage: `{"text": ..., "values": {...}}`."""
        return {"text": self.text, "values": dict(self.values)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Line:
        """Read back what `to_json` made.  Raises KeyError where a part is missing."""
        return cls(text=stored["text"], values=dict(stored["values"]))


def exact_number(value: Fraction | int) -> str | None:
    """Write a number that is at least zero with up to four decimals, or None if it needs more."""
    return about_number(value) if (value * 10_000).denominator == 1 else None


def about_number(value: Fraction | int) -> str:
    """Write a number that is at least zero with the nearest four decimals."""
    whole, rest = divmod((value.numerator * 20_000 // value.denominator + 1) // 2, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")


def number_down(value: Fraction | int) -> str:
    """Write a number with two decimals, never more than it is (so "have" never looks enough)."""
    return points_text(value.numerator * 100 // value.denominator)


def number_up(value: Fraction | int) -> str:
    """Write a number with two decimals, never less than it is (so "short of" never looks nil)."""
    return points_text(-(-value.numerator * 100 // value.denominator))
