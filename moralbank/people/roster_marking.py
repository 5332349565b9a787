"""A roster given back as Excel: each cell at fault is marked, and why stands beside its row.

The workbook is made anew from the file's texts. Formulas, pictures and macros of a stranger's file
do not come back, nor does its dress.
"""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from flask_babel import gettext as _

from moralbank.core.spreadsheets import new_workbook
from moralbank.people.enrolling import Fate
from moralbank.people.roster_table import find_header
from moralbank.people.spreadsheet import Merge, Sheet

NAME_MOST = 31
"""How many characters a sheet's name has in Excel."""
NARROW, WIDE = 14, 60
MERGED_MOST = 100_000
"""How many cells of a sheet stay merged at most; more are no office's."""
_NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def marked(sheets: Sequence[Sheet], fates: Iterable[Fate]) -> bytes:
    """Return a workbook with the sheets of a roster, its faults marked. Every cell is a text."""
    file = BytesIO()
    book = new_workbook(file)
    fault = book.add_format({"bg_color": "#FFC7CE", "font_color": "#9C0006"})
    bold = book.add_format({"bold": True})
    told = {(one.sheet, one.row): one for one in fates if one.detail}
    names = _names(sheets)
    made = []
    for name, sheet in zip(names, sheets, strict=True):
        page = book.add_worksheet(name)
        here = {row: one for (where, row), one in told.items() if where == sheet.name}
        _write(page, sheet, here, fault)
        header = find_header(sheet)
        if here and header is not None:
            page.write_string(header.last_row, _beside(sheet), _("问题"), bold)
        made.append(page)
    _hide(made, sheets)
    book.close()
    return file.getvalue()


def _beside(sheet: Sheet) -> int:
    return len(sheet.rows[0]) if sheet.rows else 0


def _write(page: Any, sheet: Sheet, told: dict[int, Fate], fault: Any) -> None:
    header, reasons = find_header(sheet), _beside(sheet)
    columns = header.columns if header else {}
    page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    page.set_column(0, max(reasons - 1, 0), NARROW)
    page.set_column(reasons, reasons, WIDE)
    inside: set[tuple[int, int]] = set()
    for merge in sheet.merges:
        _merge(page, sheet, merge, inside)
    for index, row in enumerate(sheet.rows):
        fate = told.get(index + 1)
        wrong = columns.get(fate.field) if fate is not None else None
        for column, text in enumerate(row):
            # Cells below a merged one may hold a text, which the reader finds and Excel hides.
            if text or column == wrong:
                page.write_string(index, column, text, fault if column == wrong else None)
        if fate is not None:
            page.write_string(
                index, reasons, fate.detail, fault if fate.outcome == "fault" else None
            )


def _merge(page: Any, sheet: Sheet, merge: Merge, inside: set[tuple[int, int]]) -> None:
    """Merge some cells; a damaged file may have cells that are merged twice, or one alone."""
    top, left, bottom, right = merge
    many = (bottom - top + 1) * (right - left + 1)
    if not 1 < many <= MERGED_MOST - len(inside):
        return
    cells = {(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)}
    if inside.isdisjoint(cells):
        page.merge_range(*merge, sheet.rows[top][left])
        inside |= cells


def _names(sheets: Sequence[Sheet]) -> list[str]:
    """Return names for the sheets that Excel takes: short enough, without some marks, and no two
    alike."""
    names: list[str] = []
    for place, sheet in enumerate(sheets, start=1):
        # The writer counts what Excel counts: characters in UTF-16.
        plain = "".join(one for one in sheet.name.translate(_NOT_IN_NAMES) if one.isprintable())
        name = plain.encode("utf-16-le")[: NAME_MOST * 2].decode("utf-16-le", "ignore").strip()
        taken = {one.casefold() for one in names} | {"", "history"}
        names.append(f"Sheet {place}" if name.casefold() in taken else name)
    return names


def _hide(pages: Sequence[Any], sheets: Sequence[Sheet]) -> None:
    """Hide what was hidden. Excel opens no workbook without a sheet to show."""
    shown = [page for page, sheet in zip(pages, sheets, strict=True) if not sheet.hidden]
    if not shown:
        return
    shown[0].activate()
    shown[0].set_first_sheet()
    for page, sheet in zip(pages, sheets, strict=True):
        if sheet.hidden:
            page.hide()
