"""Spreadsheets that we make: a text that begins like a formula or an address stays a text."""

from typing import IO, Any

from xlsxwriter import Workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def new_workbook(file: IO[bytes]) -> Any:
    """Return an empty workbook that is written into `file` when it is closed."""
    return Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
