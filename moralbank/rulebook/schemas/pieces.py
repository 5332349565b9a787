"""The fields that a rulebook document is made of."""

import re
from collections.abc import Callable, Sized
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError, fields

from moralbank.core.fields import Choice, Count, Schema

_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,8})(\.[0-9]{1,2})?")
MAX_CODE = 60
MAX_POINTS = "100000000"
MAX_COUNT = 1_000_000
MAX_DAYS = 36_500


class Code(fields.String):
    """A stable name for programs: lower-case ASCII words, joined by dots, as in `home.shopping`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            metadata={"pattern": f"^{_CODE.pattern}$", "maxLength": MAX_CODE}, **kwargs
        )

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs) or ""
        if len(text) > MAX_CODE or not _CODE.fullmatch(text):
            raise ValidationError(
                _("应为小写英文字母、数字和下划线，可用点号分段，例如 home.shopping。")
            )
        return text


class DecimalText(fields.String):
    """A number as a string of at most two decimals, without a sign unless `least` is below zero;
    loaded without idle zeros.

    A YAML file writes it in quotes: without them it would be a binary fraction, and not exact.
    """

    def __init__(self, *, least: str = "0", most: str, **kwargs: Any) -> None:
        super().__init__(metadata={"pattern": f"^{_DECIMAL.pattern}$"}, **kwargs)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(_('数值应写在引号里,例如 "12.5"。'))
        sign = "-" if self.least.startswith("-") and value.startswith("-") else ""
        if not _DECIMAL.fullmatch(value.removeprefix(sign)):
            raise ValidationError(_('应为最多两位小数、不小于零的数,例如 "12.5"。'))
        if not Fraction(self.least) <= Fraction(value) <= Fraction(self.most):
            raise ValidationError(
                _("应在 %(least)s 与 %(most)s 之间。", least=self.least, most=self.most)
            )
        return value.rstrip("0").rstrip(".") if "." in value else value


class Listed(fields.Nested):
    """A list of objects of one schema, no shorter and no longer than the document may have it."""

    def __init__(self, schema: type[Schema], *, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(schema, many=True, **kwargs)
        self.check_size = sized(least, most)

    def _deserialize(
        self, value: Any, attr: Any, data: Any, partial: Any = None, **kwargs: Any
    ) -> Any:
        """Tell a wrong length beside the entries' own faults, and keep the entries that are right:
        they are still compared with the rest of the document."""
        if not isinstance(value, list):
            raise ValidationError(_("应为列表。"))
        faults: dict[Any, Any] = {}
        try:
            entries = super()._deserialize(value, attr, data, partial=partial, **kwargs)
        except ValidationError as error:
            faults, entries = dict(error.messages_dict), error.valid_data
        try:
            self.check_size(value)
        except ValidationError as error:
            faults["_schema"] = error.messages
        if faults:
            raise ValidationError(faults, valid_data=entries)
        return entries


def sized(least: int, most: int) -> Callable[[Sized], None]:
    """Return a check of how many entries a list or an object has."""

    def check(value: Sized) -> None:
        if not least <= len(value) <= most:
            raise ValidationError(_("应有 %(least)d 至 %(most)d 项。", least=least, most=most))

    return check


def cap() -> DecimalText:
    """Return a field for a cap in points; null is none."""
    return DecimalText(least="0.01", most=MAX_POINTS, allow_none=True, load_default=None)


def times() -> Count:
    """Return a field for a cap on how often; null is none."""
    return Count(least=1, most=MAX_COUNT, allow_none=True, load_default=None)


def choices(*words: str) -> fields.List[str]:
    """Return a field for a list of one or more of the words."""
    return fields.List(Choice(*words), required=True, validate=sized(1, len(words)))
