"""Lines as records and as CSV; what goes out as JSON has the same names and the same values."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

from moralbank.notices.columns import Column
from moralbank.notices.reading import ShownLine
from moralbank.notices.schemas import LineOut

Record = dict[str, Any]
BOM = "\ufeff"
"""Without it Excel takes UTF-8 for another encoding."""
_FORMULA = tuple("=+-@＝＋－＠\t\r")
"""A text that begins so would be reckoned out by a spreadsheet: OWASP, CSV Injection."""


def records(lines: Iterable[ShownLine], columns: Sequence[Column]) -> list[Record]:
    """Return lines with the values that the API gives them, in the columns' order."""
    schema = LineOut()
    dumped = [schema.dump(line) for line in lines]
    return [{column.name: line.get(column.name) for column in columns} for line in dumped]


def goods_text(goods: Iterable[dict[str, Any]]) -> str:
    """Write goods in one line: 大米×2、肥皂×1."""
    return "、".join(f"{one['name']}×{one['quantity']}" for one in goods)


def csv_text(rows: Iterable[Record], columns: Sequence[Column]) -> str:
    """Return records as CSV (RFC 4180) with a head of the columns' names, and a BOM. A text that a
    spreadsheet could take for a formula has an apostrophe before it."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow([column.name for column in columns])
    for row in rows:
        writer.writerow([_cell(row[column.name], column) for column in columns])
    return BOM + out.getvalue()


def _cell(value: Any, column: Column) -> str:
    if value is None:
        return ""
    text = goods_text(value) if column.sort == "goods" else str(value)
    written = column.sort in ("text", "goods")
    return f"'{text}" if written and text.startswith(_FORMULA) else text
