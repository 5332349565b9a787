"""marshmallow fields with bounds: every text, number and moment that comes in goes through one."""

import base64
import binascii
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from marshmallow import RAISE, ValidationError, fields
from marshmallow import Schema as MarshmallowSchema

from moralbank.core import clock
from moralbank.core.quantities import parse_points, points_text
from moralbank.core.spelling import MOBILE

MAX_TEXT = 500
MAX_COUNT = 1_000_000
EARLIEST_YEAR = 2000
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_LANDLINE = re.compile(r"(0[1-9][0-9]{1,2})?[2-9][0-9]{6,7}")


class Schema(MarshmallowSchema):
    """A schema that refuses unknown fields and says so in the reader's language."""

    error_messages = {  # noqa: RUF012 — marshmallow's own name for it
        "unknown": lazy_gettext("没有这个字段。"),
        "type": lazy_gettext("应为一个 JSON 对象。"),
    }

    class Meta:
        """Unknown fields are errors."""

        unknown = RAISE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Give every field the bank's words for what is missing, null or of a wrong type."""
        field_obj.error_messages.update(_WORDS)
        if isinstance(field_obj, fields.List):
            field_obj.inner.error_messages.update(_WORDS)
        for kind, word in _WORDS_BY_KIND:
            if isinstance(field_obj, kind):
                field_obj.error_messages.update({"invalid": word, "type": word})


_WORDS = {"required": lazy_gettext("必须填写。"), "null": lazy_gettext("不能为空。")}
_WORDS_BY_KIND = (
    (fields.String, lazy_gettext("应为文字。")),
    (fields.List, lazy_gettext("应为列表。")),
    (fields.Nested, lazy_gettext("应为一个 JSON 对象。")),
)


_TICKS = {"true": True, "on": True, "1": True, "false": False, "0": False}


_WIDE = str.maketrans("０１２３４５６７８９．。－", "0123456789..-")


def narrow(number: str) -> str:
    """Return a number that somebody typed, perhaps in full width as a Chinese keyboard does
    (１２。５), in plain digits; another text keeps what makes it one."""
    return number.translate(_WIDE).strip()


def from_text(
    schema: MarshmallowSchema, data: Mapping[str, str], *, typed: bool = False
) -> dict[str, Any]:
    """Return what a form or a query string holds as `schema` would get it from JSON.

    Empty texts count as not given; whole numbers and ticks become numbers and true or false, so
    that one schema serves pages and the API alike. What people have `typed` on a page may have its
    numbers in full width; programs write plain ones.
    """
    values: dict[str, Any] = {}
    named = {field.data_key or name: field for name, field in schema.fields.items()}
    for name, text in data.items():
        field = named.get(name)
        if typed and isinstance(field, (fields.Integer, Points)):
            text = narrow(text)
        if isinstance(field, fields.Boolean):
            values[name] = _TICKS.get(text, text)
        elif text == "" and field is not None:
            continue
        elif isinstance(field, Moment):
            # In a query string a bare plus is a space; an offset's can be nothing else.
            values[name] = re.sub(r" (\d\d:\d\d)$", r"+\1", text)
        elif isinstance(field, fields.Integer) and re.fullmatch(r"-?[0-9]{1,12}", text):
            values[name] = int(text)
        else:
            values[name] = text
    return values


class Text(fields.String):
    """A text of 1 to `most` characters, trimmed, without control characters.

    `lines` lets line breaks pass, `empty` an empty text.
    """

    def __init__(
        self, *, most: int = MAX_TEXT, lines: bool = False, empty: bool = False, **kwargs: Any
    ) -> None:
        metadata = {"maxLength": most, **({} if empty else {"minLength": 1})}
        super().__init__(metadata={**metadata, **kwargs.pop("metadata", {})}, **kwargs)
        self.most, self.lines, self.empty = most, lines, empty

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        assert text is not None
        return clean_text(text, most=self.most, lines=self.lines, empty=self.empty)


class File(fields.String):
    """A file of at most `most` bytes, as base64."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        super().__init__(
            metadata={"contentEncoding": "base64", "maxLength": (most + 2) // 3 * 4}, **kwargs
        )

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return base64.b64decode(str(text), validate=True)
        except (ValueError, binascii.Error):
            raise ValidationError(_("应为 base64 编码的文件。")) from None


_UNSEEN = "\u2028\u2029\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Breaks of lines and turns of direction: with them a name could read as another one."""


def clean_text(text: str, *, most: int, lines: bool = False, empty: bool = False) -> str:
    """Return `text` trimmed and in NFC. Raises ValidationError naming what is wrong with it."""
    if len(text) > most:
        raise ValidationError(_("最多 %(most)d 个字。", most=most))
    for character in text:
        if lines and character in "\n\r\t":
            continue
        # Cc control, Cs half a character, Cn not a character
        if unicodedata.category(character) in ("Cc", "Cs", "Cn") or character in _UNSEEN:
            raise ValidationError(_("含有不能使用的控制字符。"))
    text = unicodedata.normalize("NFC", text).strip()
    if not text and not empty:
        raise ValidationError(_("不能为空。"))
    return text


class Secret(fields.String):
    """A password, a code or a token: compared, never stored as it is, never trimmed.

    Anything goes but what is no text at all: half a character, which has no bytes to hash, and
    NUL, which a database does not take.
    """

    def __init__(self, *, most: int = 200, **kwargs: Any) -> None:
        super().__init__(metadata={"maxLength": most}, **kwargs)
        self.most = most

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        assert text is not None
        if len(text) > self.most:
            raise ValidationError(_("最多 %(most)d 个字。", most=self.most))
        if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise ValidationError(_("含有不能使用的控制字符。"))
        return text


class Pin(fields.String):
    """A PIN to set: four to six digits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"pattern": "^[0-9]{4,6}$"}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not re.fullmatch(r"[0-9]{4,6}", text or ""):
            raise ValidationError(_("密码应为 4 至 6 位数字。"))
        assert text is not None
        return text


class Phone(fields.String):
    """A mobile number of eleven digits; spaces, hyphens, full width and +86 are read through."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"examples": ["13800000000"]}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs) or ""
        phone = normal_phone(text)
        if phone is None:
            raise ValidationError(_("应为 11 位手机号码。"))
        return phone


def normal_phone(text: str) -> str | None:
    """Return the eleven digits of a mobile number as offices write them, or None."""
    if len(text) > 40:
        return None
    text = re.sub(r"[\s\-()\u2010-\u2015]", "", unicodedata.normalize("NFKC", text))
    # 0 before a mobile number is how calls to another town were once dialled.
    text = re.sub(r"^(\+86|0086|(86|0)(?=1[3-9][0-9]{9}$))", "", text)
    return text if MOBILE.fullmatch(text) else None


class AnyPhone(Phone):
    """A telephone of somebody who may have no mobile: a landline's digits, or a mobile number."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if isinstance(value, str) and len(value) <= 40:
            digits = re.sub(r"[\s\-()\u2010-\u2015]", "", unicodedata.normalize("NFKC", value))
            if _LANDLINE.fullmatch(digits):
                return digits
        return super()._deserialize(value, attr, data, **kwargs)


class Points(fields.Field[int]):
    """Points as a decimal string outside, hundredths inside; never a float.

    `positive` asks for more than nothing; otherwise any signed amount but zero is taken when
    `nonzero`.
    """

    def __init__(
        self,
        *,
        positive: bool = False,
        nonzero: bool = False,
        most: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            metadata={"type": "string", "pattern": r"^-?\d{1,10}(\.\d{1,2})?$"}, **kwargs
        )
        self.positive, self.nonzero, self.most = positive, nonzero, most

    def _serialize(self, value: int | None, attr: Any, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else points_text(value)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str):
            raise ValidationError(_('积分应写成字符串，例如 "12.5"。'))
        try:
            hundredths = parse_points(value)
        except ValueError:
            raise ValidationError(_('积分应为最多两位小数的数，例如 "12.5"。')) from None
        if self.positive and hundredths <= 0:
            raise ValidationError(_("应大于零。"))
        if self.nonzero and hundredths == 0:
            raise ValidationError(_("不能为零。"))
        if self.most is not None and abs(hundredths) > self.most:
            raise ValidationError(_("最多 %(most)s。", most=points_text(self.most)))
        return hundredths


class Count(fields.Integer):
    """A whole number between bounds; floats, booleans and text are refused."""

    def __init__(
        self,
        *,
        least: int = 1,
        most: int = MAX_COUNT,
        nonzero: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(strict=True, metadata={"minimum": least, "maximum": most}, **kwargs)
        self.least, self.most, self.nonzero = least, most, nonzero

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError(_("应为整数。"))
        if not self.least <= value <= self.most:
            raise ValidationError(
                _("应在 %(least)d 与 %(most)d 之间。", least=self.least, most=self.most)
            )
        if self.nonzero and value == 0:
            raise ValidationError(_("不能为零。"))
        return value


class Flag(fields.Boolean):
    """true or false and nothing that looks like it."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(_("应为 true 或 false。"))
        return value


class Choice(fields.String):
    """One of a few words."""

    def __init__(self, *words: str, **kwargs: Any) -> None:
        super().__init__(metadata={"enum": list(words)}, **kwargs)
        self.words = words

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text not in self.words:
            raise ValidationError(_("应为 %(words)s 之一。", words=_("、").join(self.words)))
        return text


class Moment(fields.Field[datetime]):
    """An RFC 3339 moment with an offset; written on the bank's own clock.

    `past` refuses a moment that has not come yet (a minute's grace for clocks that differ),
    `coming` one of a day before today.
    """

    def __init__(self, *, past: bool = False, coming: bool = False, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "format": "date-time"}, **kwargs)
        self.past, self.coming = past, coming

    def _serialize(self, value: datetime | None, attr: Any, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else clock.local(value).isoformat()

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or len(value) > 40 or not _MOMENT.fullmatch(value):
            raise ValidationError(_("应为带时区的时间，例如 2026-07-01T09:30:00+08:00。"))
        try:
            moment = datetime.fromisoformat(value.upper())
            utc = moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValidationError(_("没有这个时间。")) from None
        now = clock.now()
        if utc.year < EARLIEST_YEAR or utc.year > now.year + 10:
            raise ValidationError(_("年份不合理。"))
        if self.past and utc > now + timedelta(minutes=1):
            raise ValidationError(_("时间不能在将来。"))
        if self.coming and clock.local_date(utc) < clock.today():
            raise ValidationError(_("这个时间已经过了。"))
        return utc


class LocalDate(fields.Field[date]):
    """A local date; a moment with an offset is read as its local date."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "format": "date"}, **kwargs)

    def _serialize(self, value: date | None, attr: Any, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.isoformat()

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> date:
        if isinstance(value, str) and len(value) > 10:
            return clock.local_date(Moment().deserialize(value))
        try:
            if not isinstance(value, str) or len(value) != 10:
                raise ValueError
            day = date.fromisoformat(value)
        except ValueError:
            raise ValidationError(_("应为日期，例如 2026-10-01。")) from None
        if not 2000 <= day.year <= clock.today().year + 10:
            raise ValidationError(_("年份不合理。"))
        return day


class Identifier(fields.String):
    """Somebody's or something's id: opaque, compared as text.

    A malformed one is not a fault of form; it is found nowhere (404).
    """

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        assert text is not None
        return clean_identifier(text)


def clean_identifier(text: str) -> str:
    """Return an id as it may go to the database; a malformed one as one that nothing has."""
    return text if len(text) <= 100 and text.isascii() and text.isprintable() else "?"
