"""What a JSON request carries: read strictly, loaded by a schema, refused field by field."""

import json
from typing import Any

from flask import request
from flask_babel import gettext as _
from marshmallow import Schema as MarshmallowSchema
from marshmallow import ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from moralbank.core.problems import Refusal, invalid

MAX_DEPTH = 40
"""How deep a JSON body may nest."""


def load(schema: MarshmallowSchema, data: Any) -> Any:
    """Return `data` as `schema` loads it. Refuses 422, naming the fields at fault."""
    try:
        return schema.load(data)
    except ValidationError as error:
        raise invalid(field_errors(error)) from None


def field_errors(error: ValidationError) -> dict[str, Any]:
    """Return marshmallow's messages as plain JSON: field to a list of messages, fields of an inner
    object below their own names, places of a list as "3"."""
    messages = error.messages
    plain: dict[str, Any] = _plain(
        messages if isinstance(messages, dict) else {"_schema": messages}
    )
    return plain


def _plain(messages: Any) -> Any:
    if isinstance(messages, dict):
        return {str(key): _plain(value) for key, value in messages.items()}
    # A message that is looked up late is no list of its own yet.
    return [str(message) for message in messages] if isinstance(messages, list) else [str(messages)]


def _malformed() -> Refusal:
    return Refusal(400, "malformed_json", _("请求内容不是有效的 JSON。"))


def _no_constant(_name: str) -> Any:
    raise ValueError("NaN and Infinity are not JSON")


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made


def _depth(value: Any) -> int:
    deepest, layer = 0, [value]
    while layer and deepest <= MAX_DEPTH:
        deepest += 1
        layer = [
            inner
            for item in layer
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
    return deepest


def read_json() -> Any:
    """Return the request's body; an empty body is an empty object.

    Refuses 400 `malformed_json`, 413 `body_too_large`, 415 `unsupported_media_type`.
    """
    try:
        raw = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise Refusal(413, "body_too_large", _("请求内容过大。")) from None
    except OSError:  # the body's own framing is broken, or the line was cut
        raise _malformed() from None
    if not raw:
        return {}
    if not request.is_json:
        raise Refusal(415, "unsupported_media_type", _("请求内容应为 application/json。"))
    try:
        value = json.loads(
            raw.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_no_twins
        )
    except (ValueError, RecursionError):
        raise _malformed() from None
    if _depth(value) > MAX_DEPTH:
        raise _malformed()
    return value
