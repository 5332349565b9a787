"""A notice as an Excel file: its lines with figures to reckon with, and its facts."""

from datetime import date, datetime, time
from io import BytesIO
from typing import Any

from flask_babel import gettext as _

from moralbank.core.language import in_chinese
from moralbank.core.quantities import parse_points
from moralbank.core.spreadsheets import new_workbook
from moralbank.core.wording import hours_text
from moralbank.notices.columns import Column, of_lines
from moralbank.notices.kinds import kind_words
from moralbank.notices.reading import WholeNotice
from moralbank.notices.tables import goods_text, records, told

WIDTHS = {
    "display_name": 24, "supermarket": 24, "goods": 48, "reason": 40, "before": 48, "after": 48,
}  # fmt: skip


@in_chinese
def workbook(whole: WholeNotice) -> bytes:
    """Return a notice as a workbook of two sheets. Points, hours and dates are numbers and dates;
    a text that begins like a formula stays a text."""
    file = BytesIO()
    book = new_workbook(file)
    # Made of the notice alone, so that the same notice is the same file.
    assert whole.notice.posted_on is not None, "a draft is no notice yet"
    book.set_properties(
        {"title": whole.notice.title, "created": datetime.combine(whole.notice.posted_on, time())}
    )
    _write_lines(book, whole)
    _write_facts(book, whole)
    book.close()
    return file.getvalue()


def _write_lines(book: Any, whole: WholeNotice) -> None:
    sheet = book.add_worksheet(_("明细"))
    bold = book.add_format({"bold": True})
    forms = {
        "points": book.add_format({"num_format": "0.00"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    columns = of_lines(whole.notice.kind, whole.lines)
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.head, bold)
        sheet.set_column(place, place, WIDTHS.get(column.name, 12))
    for row, record in enumerate(records(whole.lines, columns), start=1):
        for place, column in enumerate(columns):
            value = _value(told(record, column), column)
            _write(sheet, row, place, value, forms.get(column.sort))
    sheet.freeze_panes(1, 2)


def _value(value: Any, column: Column) -> Any:
    if value is None:
        return None
    if column.sort == "points":
        return parse_points(value) / 100
    if column.sort == "minutes":
        return float(hours_text(value))
    if column.sort == "decimal":
        return float(value)
    if column.sort == "date":
        return date.fromisoformat(value)
    return goods_text(value) if column.sort == "goods" else value


def _write(sheet: Any, row: int, place: int, value: Any, form: Any = None) -> None:
    if isinstance(value, str):
        sheet.write_string(row, place, value)
    elif isinstance(value, date):
        sheet.write_datetime(row, place, datetime.combine(value, time()), form)
    elif value is not None:
        sheet.write_number(row, place, value, form)


def _write_facts(book: Any, whole: WholeNotice) -> None:
    sheet = book.add_worksheet(_("公示"))
    day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
    plain = book.add_format({"align": "left"})
    for row, (name, value) in enumerate(_facts(whole)):
        sheet.write_string(row, 0, name)
        _write(sheet, row, 1, value, day if isinstance(value, date) else plain)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 72)


def _facts(whole: WholeNotice) -> list[tuple[str, Any]]:
    notice = whole.notice
    return [
        (_("编号"), notice.number),
        (_("题名"), notice.title),
        (_("种类"), kind_words()[notice.kind].short),
        (_("组织"), notice.organization),
        (_("期间"), notice.period),
        (_("期间名称"), notice.period_title),
        (_("张贴单位"), notice.authority),
        (_("电话"), notice.phone),
        (_("地址"), notice.address),
        (_("张贴日期"), notice.posted_on),
        (_("公示工作日"), notice.objection_days),
        (_("异议截止"), notice.objection_until if notice.objection_days else None),
        (_("更正第几号"), whole.corrects and whole.corrects.number),
        (_("更正原因"), notice.correction_reason),
        (_("被第几号更正"), whole.corrected_by and whole.corrected_by.number),
        (_("核对码"), notice.digest),
    ]
