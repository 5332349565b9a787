"""Lists by cursor: each page says where the next begins."""

import base64
import binascii
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask_babel import gettext as _
from sqlalchemy import Select, tuple_

from moralbank.core import keys
from moralbank.core.db import session
from moralbank.core.problems import invalid_field

T = TypeVar("T")

DEFAULT_LIMIT = 100
MAX_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of a list, and the cursor of the next ones (None at the end)."""

    items: list[T]
    next: str | None


def encode_cursor(name: str, position: Sequence[Any]) -> str:
    """Return a cursor for the list `name`, signed so that a forged one is refused."""
    body = json.dumps([name, *position], separators=(",", ":")).encode()
    mark = keys.check_bytes("cursor", body.decode())[0][:8]
    return base64.urlsafe_b64encode(mark + body).decode().rstrip("=")


def decode_cursor(name: str, cursor: str) -> list[Any]:
    """Return the position that `encode_cursor` was given. Refuses 422, naming `cursor`."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        mark, text = raw[:8], raw[8:].decode()
    except (ValueError, binascii.Error, UnicodeError):
        raise invalid_field("cursor", _("翻页标记无效。")) from None
    good = any(hmac.compare_digest(mark, check[:8]) for check in keys.check_bytes("cursor", text))
    position = json.loads(text) if good else [None]
    if position[0] != name:
        raise invalid_field("cursor", _("翻页标记无效。"))
    return list(position[1:])


def paged(
    name: str,
    statement: Select[Any],
    *,
    by: Sequence[Any],
    cursor: str | None,
    limit: int,
    make: Callable[[Any], T],
    newest_first: bool = False,
) -> Page[T]:
    """Run `statement` as one page ordered by the columns `by`, which together are unique.

    `make` turns a row of the statement into an item; the columns of `by` must be among the
    statement's own, and must be text or whole numbers.
    """
    order = [column.desc() if newest_first else column.asc() for column in by]
    if cursor is not None:
        place = tuple_(*by)
        values = tuple_(*decode_cursor(name, cursor))
        statement = statement.where(place < values if newest_first else place > values)
    marks = [column.label(f"page_mark_{number}") for number, column in enumerate(by)]
    ordered = statement.add_columns(*marks).order_by(*order)
    rows = session().execute(ordered.limit(limit + 1)).all()
    return page_of(name, rows, limit=limit, make=make, marks=len(marks))


def page_of(
    name: str, rows: Sequence[Any], *, limit: int, make: Callable[[Any], T], marks: int = 1
) -> Page[T]:
    """Make a page of rows whose last `marks` columns are their position in the list `name`; the
    caller asked for one row more than the `limit`, to see whether there are more."""
    shown = rows[:limit]
    more = len(rows) > limit
    following = encode_cursor(name, list(shown[-1][-marks:])) if more else None
    return Page([make(row) for row in shown], following)
