"""Lines of the audit trail as a file: CSV and Excel, in Chinese."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

from flask_babel import gettext as _

from moralbank.core import clock
from moralbank.core.language import in_chinese
from moralbank.core.tables import KINDS
from moralbank.people.access_words import action_words, subject_words
from moralbank.people.trail import TrailLine


def detail_text(detail: dict[str, Any], *, whole: bool = False) -> str:
    """Return what else a line says, in one line: what there are words for, or all of it."""
    words = {
        "changed": _("改了"),
        "reason": _("原因"),
        "role": _("岗位"),
        "was": _("原来"),
        "now": _("现在"),
        "count": _("数量"),
        "many": _("条数"),
        "since": _("从"),
        "until": _("到"),
        "by": _("谁"),
        "of": _("做了什么"),
        "number": _("编号"),
        "period": _("期间"),
        "line_no": _("行"),
        "quantity": _("数量"),
        "counted": _("数到"),
        "receipt_no": _("单号"),
        "name": _("名称"),
    }
    return "; ".join(
        f"{words.get(name, name)}: {_value(value)}"
        for name, value in detail.items()
        if value is not None and (whole or name in words)
    )


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={inner}" for name, inner in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _heads() -> list[str]:
    return [
        _("时间"), _("谁"), _("用户名"), _("从哪里"), _("做了什么"), _("关于"), _("编号"),
        _("储户账号"), _("储户"), _("其他"),
    ]  # fmt: skip


def _cells(line: TrailLine) -> list[str]:
    return [
        f"{clock.local(line.at):%Y-%m-%d %H:%M:%S}",
        line.actor_name,
        line.username or line.actor,
        line.address,
        action_words().get(line.action, line.action),
        subject_words().get(line.subject_type, line.subject_type),
        line.subject or line.subject_id,
        line.account_no or "",
        line.display_name or "",
        detail_text(line.detail, whole=True),
    ]


@in_chinese
def trail_file(lines: Iterable[TrailLine], ending: str) -> bytes:
    """Return lines as Excel or CSV, as the name of the file ends."""
    file = BytesIO()
    _media_type, write = KINDS[ending]
    write(file, _heads(), map(_cells, lines))
    return file.getvalue()
