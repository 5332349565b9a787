"""A list as a file, Excel or CSV: rows are written as they come, and none is kept in memory."""

import csv
from codecs import getwriter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import IO, Any

from moralbank.core import clock
from moralbank.core.spreadsheets import BOM, XLSX, csv_safe, new_workbook

Cell = str | int | Decimal | date | datetime | None
"""What a field may hold; a moment is written on the bank's own clock, to the minute."""

SHEET_ROWS = 1_000_000
"""How many rows one sheet of Excel takes, with room for its head; more begin another."""
WIDTH = 18


def write_xlsx(file: IO[bytes], heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Write a workbook; return how many rows it has. Texts stay texts, figures can be added up."""
    book = new_workbook(file, streamed=True)
    bold = book.add_format({"bold": True})
    forms: dict[type, Any] = {
        date: book.add_format({"num_format": "yyyy-mm-dd"}),
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
    }
    left, many = iter(rows), 0
    while True:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(heads) - 1, WIDTH)
        for place, head in enumerate(heads):
            sheet.write_string(0, place, head, bold)
        written = 0
        for written, row in enumerate(islice(left, SHEET_ROWS), start=1):
            for place, cell in enumerate(row):
                _put(sheet, written, place, cell, forms)
        many += written
        if written < SHEET_ROWS:
            break
    book.close()
    return many


def _put(sheet: Any, row: int, place: int, cell: Cell, forms: dict[type, Any]) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, place, cell)
    elif isinstance(cell, datetime):
        moment = clock.local(cell).replace(tzinfo=None, second=0, microsecond=0)
        sheet.write_datetime(row, place, moment, forms[datetime])
    elif isinstance(cell, date):
        sheet.write_datetime(row, place, datetime.combine(cell, time()), forms[date])
    elif cell is not None:
        sheet.write_number(row, place, float(cell))


def write_csv(file: IO[bytes], heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Write CSV (RFC 4180, UTF-8 with its mark); return how many rows it has."""
    text = getwriter("utf-8")(file)
    text.write(BOM)
    out = csv.writer(text)
    out.writerow(heads)
    many = 0
    for row in rows:
        out.writerow([_told(cell) for cell in row])
        many += 1
    return many


def _told(cell: Cell) -> str:
    if isinstance(cell, str):
        return csv_safe(cell)
    if isinstance(cell, datetime):
        return f"{clock.local(cell):%Y-%m-%d %H:%M}"
    return "" if cell is None else str(cell)


KINDS: dict[str, tuple[str, Callable[[IO[bytes], Sequence[str], Iterable[Sequence[Cell]]], int]]]
KINDS = {"xlsx": (XLSX, write_xlsx), "csv": ("text/csv", write_csv)}
"""What a file's name may end in: its media type, and how it is written."""
