"""Spreadsheets that we make: a text that begins like a formula or an address stays a text."""

from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


BOM = "\ufeff"
"""Without it Excel takes UTF-8 for another encoding."""
_FORMULA = tuple("=+-@＝＋－＠\t\r")
"""A text that begins so would be reckoned out by a spreadsheet: OWASP, CSV Injection."""


def csv_safe(text: str) -> str:
    """Return a text for CSV, which knows no texts: one that a spreadsheet could take for a formula
    has an apostrophe before it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


class _Sheet(Worksheet):
    """A sheet whose texts are texts, also one that the writer would take for markup of its own."""

    def _write_string(self, row: int, column: int, text: str, form: Any = None) -> int:
        if text.startswith("<r>") and text.endswith("</r>"):
            text = f" {text}"
        done: int = super()._write_string(row, column, text, form)
        return done


class _Book(Workbook):
    worksheet_class = _Sheet


def new_workbook(file: IO[bytes], *, streamed: bool = False) -> Any:
    """Return an empty workbook that is written into `file` when it is closed. A `streamed` one
    takes its rows from the top down and keeps none of them in memory."""
    kept = {"constant_memory": True} if streamed else {"in_memory": True}
    return _Book(file, {**kept, "strings_to_formulas": False, "strings_to_urls": False})
