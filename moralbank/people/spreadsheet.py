"""Open a spreadsheet that a stranger made, and give back nothing but bounded text.

The reader allocates a sheet's whole rectangle at once: a file of two cells, A1 and XFD1048576, asks
for half a terabyte and ends the process that opened it. So this file is also a small program. The
bank runs it as a child with little memory and little time, and the child prints the cells; what
kills the child is an answer too ("too large"), and the bank goes on. For that it imports
the standard library and the reader, and nothing of the bank.
"""

import contextlib
import csv
import io
import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

MAX_FILE_BYTES = 20 * 1024 * 1024
# What a zipped workbook may unpack to, by its own directory, and how tightly it may be packed:
# a roster of 1,500 people packs six times, a file of zeros a thousand times.
MAX_UNPACKED_BYTES = 64 * 1024 * 1024
MAX_PACKING_RATIO = 200
RATIO_MATTERS_FROM_BYTES = 1024 * 1024
MAX_ARCHIVE_MEMBERS = 5_000
MAX_SHEETS = 200
MAX_SHEET_NAME = 60  # Excel itself allows 31; a longer one is cut
MAX_ROWS = 50_000  # of all sheets together
MAX_COLUMNS = 200
MAX_CELLS = 2_000_000  # of all sheets together, the blank ones of each rectangle too
MAX_CELL_CHARACTERS = 1_000  # longer text is cut: no field of a roster comes near it
MAX_TEXT_CHARACTERS = 10_000_000  # of all cells together: one long text may stand in every cell
READER_MEMORY_BYTES = 1024 * 1024 * 1024
READER_SECONDS = 20
READERS_AT_ONCE = 2  # in one process of the bank; others wait for their turn

Refusal = Literal[
    "archive_bomb",
    "damaged",
    "empty",
    "encrypted",
    "file_too_large",
    "not_a_spreadsheet",
    "too_many_columns",
    "too_many_rows",
    "too_many_sheets",
]
Merge = tuple[int, int, int, int]

CSV_NAME = "CSV"
"""What the one sheet of a text file is called."""

_ZIP_MAGIC = b"PK"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and the wrapping of an encrypted .xlsx
_ODF_MANIFEST = "META-INF/manifest.xml"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = ",\t;"
_NO_TEXT = frozenset(map(chr, range(32))) - frozenset("\t\r\n")


_reading = threading.BoundedSemaphore(READERS_AT_ONCE)


class SpreadsheetRefused(Exception):
    """The file cannot be read; `reason` says why, `sheet` where if that is known."""

    def __init__(self, reason: Refusal, sheet: str | None = None) -> None:
        super().__init__(reason)
        self.reason: Refusal = reason
        self.sheet = sheet


@dataclass(frozen=True)
class Sheet:
    """One worksheet: `rows[0]` is row 1; every cell is text, a blank one is "".

    `merges` are (first row, first column, last row, last column), counted from 0.
    """

    name: str
    hidden: bool
    rows: tuple[tuple[str, ...], ...]
    merges: tuple[Merge, ...]


def read_sheets(data: bytes) -> tuple[Sheet, ...]:
    """Read every worksheet of an .xlsx, .xls, .xlsb or .ods file, or the table of a text file
    (.csv, or with tabs; UTF-8, UTF-16 or GB 18030, as Excel writes them).

    Raises SpreadsheetRefused, and nothing else, whatever the bytes are.
    """
    _refuse_what_needs_no_opening(data)
    try:
        with _reading:
            child = subprocess.run(
                [sys.executable, "-I", str(Path(__file__))],
                input=data,
                capture_output=True,
                timeout=READER_SECONDS,
                env={},  # the bank's secrets are in the environment; a stranger's file gets none
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise SpreadsheetRefused("archive_bomb") from None
    if child.returncode != 0:
        raise SpreadsheetRefused("archive_bomb" if child.returncode < 0 else "damaged")
    answer = json.loads(child.stdout)
    if "refused" in answer:
        raise SpreadsheetRefused(answer["refused"], answer.get("sheet"))
    return tuple(
        Sheet(
            name=sheet["name"],
            hidden=sheet["hidden"],
            rows=tuple(tuple(row) for row in sheet["rows"]),
            merges=tuple((a, b, c, d) for a, b, c, d in sheet["merges"]),
        )
        for sheet in answer["sheets"]
    )


def _refuse_what_needs_no_opening(data: bytes) -> None:
    if not data:
        raise SpreadsheetRefused("empty")
    if len(data) > MAX_FILE_BYTES:
        raise SpreadsheetRefused("file_too_large")
    if data.startswith(_ZIP_MAGIC):
        _check_archive(data)
    elif data.startswith(_OLE_MAGIC):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise SpreadsheetRefused("encrypted")
    elif _text_of(data) is None:
        raise SpreadsheetRefused("not_a_spreadsheet")


def _text_of(data: bytes) -> str | None:
    """Return the text of a table in a text file; None where the bytes are none."""
    encodings = ("utf-16",) if data.startswith(_UTF_16_MARKS) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        with contextlib.suppress(UnicodeError):
            text = data.decode(encoding)
            # A table has a delimiter somewhere, and no characters that no keyboard types.
            table = any(mark in text for mark in _DELIMITERS) and _NO_TEXT.isdisjoint(text)
            return text if table else None
    return None


def _check_archive(data: bytes) -> None:
    """Judge a zipped workbook by its directory, before anything in it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            unpacked = sum(member.file_size for member in members)
            too_tight = unpacked > RATIO_MATTERS_FROM_BYTES and (
                unpacked > MAX_PACKING_RATIO * len(data)
            )
            if unpacked > MAX_UNPACKED_BYTES or too_tight or len(members) > MAX_ARCHIVE_MEMBERS:
                raise SpreadsheetRefused("archive_bomb")
            if any(member.flag_bits & 0x1 for member in members):
                raise SpreadsheetRefused("encrypted")
            # An encrypted .ods is an ordinary zip; only its manifest tells. One read, cut short,
            # so that a member that lies about its size costs no more than an honest one.
            if _ODF_MANIFEST in archive.namelist():
                with archive.open(_ODF_MANIFEST) as manifest:
                    if b"encryption-data" in manifest.read(RATIO_MATTERS_FROM_BYTES):
                        raise SpreadsheetRefused("encrypted")
    except SpreadsheetRefused:
        raise
    except Exception:  # zipfile raises some ten kinds on damaged bytes; all mean the same here
        raise SpreadsheetRefused("damaged") from None


def _cell_text(value: object) -> str:
    if isinstance(value, str):
        return value[:MAX_CELL_CHARACTERS]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # 13800000000.0 is how a sheet keeps a telephone number
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bool | int | float | timedelta):
        return str(value)
    return ""


def _clipped(
    ranges: Iterable[tuple[tuple[int, int], tuple[int, int]]], rows: list[list[str]]
) -> list[Merge]:
    height, width = len(rows), len(rows[0]) if rows else 0
    return [
        (top, left, min(bottom, height - 1), min(right, width - 1))
        for (top, left), (bottom, right) in ranges
        if top <= bottom and left <= right and top < height and left < width
    ]


def _open_text(text: str) -> dict[str, Any]:
    head = text[:10_000]
    reader = csv.reader(io.StringIO(text), delimiter=max(_DELIMITERS, key=head.count))
    rows: list[list[str]] = []
    width = 0
    try:
        for row in reader:
            width = max(width, len(row))
            if width > MAX_COLUMNS:
                return {"refused": "too_many_columns", "sheet": CSV_NAME}
            if len(rows) == MAX_ROWS:
                return {"refused": "too_many_rows", "sheet": CSV_NAME}
            rows.append([cell[:MAX_CELL_CHARACTERS] for cell in row])
    except csv.Error:  # a quote that was opened and never closed
        return {"refused": "damaged"}
    if len(rows) * width > MAX_CELLS:
        return {"refused": "archive_bomb"}
    whole = [[*row, *[""] * (width - len(row))] for row in rows]
    return {"sheets": [{"name": CSV_NAME, "hidden": False, "rows": whole, "merges": []}]}


def _open_file(data: bytes) -> dict[str, Any]:
    if data.startswith((_ZIP_MAGIC, _OLE_MAGIC)):
        return _open_workbook(data)
    text = _text_of(data)
    return {"refused": "not_a_spreadsheet"} if text is None else _open_text(text)


def _open_workbook(data: bytes) -> dict[str, Any]:
    from python_calamine import (
        CalamineError,
        CalamineWorkbook,
        PasswordError,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        worksheets = [m for m in workbook.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet]
        if len(worksheets) > MAX_SHEETS:
            return {"refused": "too_many_sheets"}
        sheets, rows_left, text_left = [], MAX_ROWS, MAX_TEXT_CHARACTERS
        cells_left = MAX_CELLS
        for metadata in worksheets:
            sheet = workbook.get_sheet_by_name(metadata.name)
            name = " ".join(metadata.name.split())[:MAX_SHEET_NAME]
            last_row, last_column = sheet.end or (-1, -1)
            if last_column >= MAX_COLUMNS:
                return {"refused": "too_many_columns", "sheet": name}
            rows_left -= last_row + 1
            if rows_left < 0:
                return {"refused": "too_many_rows", "sheet": name}
            cells_left -= (last_row + 1) * (last_column + 1)
            if cells_left < 0:
                return {"refused": "archive_bomb"}
            rows = [
                [_cell_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)
            ]
            text_left -= sum(len(cell) for row in rows for cell in row)
            if text_left < 0:
                return {"refused": "archive_bomb"}
            merges = _clipped(sheet.merged_cell_ranges or (), rows)
            if sum((d - b + 1) * (c - a + 1) for a, b, c, d in merges) > sum(map(len, rows)):
                return {"refused": "damaged"}  # merged cells never overlap; these would cost time
            sheets.append(
                {
                    "name": name,
                    "hidden": metadata.visible != SheetVisibleEnum.Visible,
                    "rows": rows,
                    "merges": merges,
                }
            )
        return {"sheets": sheets}
    except PasswordError:
        return {"refused": "encrypted"}
    except (MemoryError, OverflowError):
        return {"refused": "archive_bomb"}
    except CalamineError:
        return {"refused": "not_a_spreadsheet"}


def _limit_this_process() -> None:
    """Cap memory and time; a system that knows no such cap still has the parent's time limit."""
    import resource

    for what, limit in (
        (resource.RLIMIT_AS, READER_MEMORY_BYTES),
        (resource.RLIMIT_CPU, READER_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (limit, limit))


if __name__ == "__main__":
    _limit_this_process()
    sys.stdout.write(json.dumps(_open_file(sys.stdin.buffer.read())))
