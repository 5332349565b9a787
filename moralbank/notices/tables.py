"""Lines as records and as CSV; what goes out as JSON has the same names and the same values."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import islice
from typing import Any

from moralbank.core.spreadsheets import BOM, csv_safe
from moralbank.notices.columns import Column
from moralbank.notices.reading import ShownLine
from moralbank.notices.schemas import LineOut

Record = dict[str, Any]
ROWS_A_PIECE = 1_000


def records(lines: Iterable[ShownLine], columns: Sequence[Column]) -> list[Record]:
    """Return lines with the values that the API gives them, in the columns' order."""
    schema = LineOut()
    dumped = [schema.dump(line) for line in lines]
    return [{column.name: line.get(column.name) for column in columns} for line in dumped]


def told(record: Record, column: Column) -> Any:
    """Return a record's value as it is told to people: who has no star is the first of nothing."""
    if column.name == "rank" and not record["stars"]:
        return None
    return record[column.name]


def goods_text(goods: Iterable[dict[str, Any]]) -> str:
    """Write goods in one line: 大米×2、肥皂×1."""
    return "、".join(f"{one['name']}×{one['quantity']}" for one in goods)


def csv_text(rows: Iterable[Record], columns: Sequence[Column]) -> str:
    """Return records as CSV (RFC 4180) with a head of the columns' names, and a BOM. A text that a
    spreadsheet could take for a formula has an apostrophe before it."""
    return "".join(csv_parts(rows, columns))


def csv_parts(rows: Iterable[Record], columns: Sequence[Column]) -> Iterator[str]:
    """Return the same piece by piece."""
    yield BOM + _csv([[column.name for column in columns]])
    for some in _portions(rows):
        yield _csv([[_cell(row[column.name], column) for column in columns] for row in some])


def json_parts(head: dict[str, Any], rows: Iterable[Record]) -> Iterator[str]:
    """Return what stands at the head of JSON, and then the records as its `lines`, piece by
    piece."""
    yield f'{_json(head)[:-1]},"lines":['
    comma = ""
    for some in _portions(rows):
        yield comma + ",".join(map(_json, some))
        comma = ","
    yield "]}\n"


def _portions(rows: Iterable[Record]) -> Iterator[list[Record]]:
    left = iter(rows)
    while some := list(islice(left, ROWS_A_PIECE)):
        yield some


def _csv(rows: Iterable[Sequence[str]]) -> str:
    out = StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _cell(value: Any, column: Column) -> str:
    if value is None:
        return ""
    text = goods_text(value) if column.sort == "goods" else str(value)
    return csv_safe(text) if column.sort in ("text", "goods") else text
