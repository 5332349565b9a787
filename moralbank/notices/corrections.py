"""Corrections: a notice that puts another one right names it and says why; both stay as posted.

They make a chain: what was corrected already is not corrected again, its correction is. Whoever
posts a notice of the same kind, place and period as one that stands corrects it, whether they said
so or not. So of all that was ever posted about one thing, the notice that nothing corrects stands.
"""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, exists, false, or_, select
from sqlalchemy.orm import aliased

from moralbank.core.db import session
from moralbank.core.language import recorded
from moralbank.core.problems import invalid_field
from moralbank.notices.models import Notice

_POSTED = Notice.number.is_not(None)


@dataclass(frozen=True, slots=True)
class Named:
    """Another notice, by its address and its number."""

    id: str
    number: int


def check(
    correction_of: str | None, reason: str | None, *, kind: str, organization_id: str, period: str
) -> None:
    """Make sure that a draft may correct what it names. Refuses 422, naming the field, unless that
    is posted, of the same kind, organization and period, not corrected yet, and there is a
    reason."""
    if correction_of is None and reason is None:
        return
    if correction_of is None:
        raise invalid_field("correction_of", _("写了更正的原因，请写明更正哪一份公示。"))
    if reason is None:
        raise invalid_field("correction_reason", _("请写明为什么更正，公示上会写出来。"))
    row = session().get(Notice, correction_of)
    same = row is not None and (kind, organization_id, period) == (
        row.kind,
        row.organization_id,
        row.period,
    )
    if row is None or not same or row.status == "draft":
        raise invalid_field(
            "correction_of", _("没有这份公示，或者它还没有张贴，或者种类、组织、期间不一样。")
        )
    later = corrected_by(row.id)
    if later is not None:
        words = _("这份公示已由第 %(n)d 号公示更正，请更正那一份。", n=later.number)
        raise invalid_field("correction_of", words)


def corrected_by(notice_id: str) -> Named | None:
    """Return the posted notice that corrects this one."""
    row = (
        session()
        .execute(select(Notice.id, Notice.number).where(Notice.correction_of == notice_id, _POSTED))
        .first()
    )
    return None if row is None else Named(row.id, row.number)


def is_corrected() -> ColumnElement[bool]:
    """Return the column that tells of each notice of a list whether a posted one corrects it."""
    later = aliased(Notice)
    found = exists().where(later.correction_of == Notice.id, later.number.is_not(None))
    return found.label("corrected")


LATER = recorded("同一地方、同一期重新公示，以这一份为准。")
"""Why a notice corrects the one before it, when whoever drafted it said nothing."""


def standing(notice: Notice, subjects: str) -> Named | None:
    """Return the posted notice of the same kind, place and period, and about the same sort of
    subjects, that nothing corrects; the newest, of before there could be one alone."""
    row = (
        session()
        .execute(
            select(Notice.id, Notice.number)
            .where(
                Notice.kind == notice.kind,
                Notice.organization_id == notice.organization_id,
                Notice.period == notice.period,
                Notice.subjects == subjects,
                _POSTED,
                ~is_corrected(),
            )
            .order_by(Notice.number.desc())
            .limit(1)
        )
        .first()
    )
    return None if row is None else Named(row.id, row.number)


def after(notice_id: str) -> list[Notice]:
    """Return the posted notice that corrects this one, the one that corrects that, and so on."""
    chain: list[Notice] = []
    number = notice_id
    while row := session().scalar(select(Notice).where(Notice.correction_of == number, _POSTED)):
        chain.append(row)
        number = row.id
    return chain


def around(notice: Notice) -> tuple[Named | None, Named | None]:
    """Return the notice that this one corrects, and the posted one that corrects it."""
    earlier = false() if notice.correction_of is None else Notice.id == notice.correction_of
    later = (Notice.correction_of == notice.id) & _POSTED
    rows = session().execute(
        select(Notice.id, Notice.number, Notice.correction_of).where(or_(earlier, later))
    )
    found = {row.correction_of == notice.id: Named(row.id, row.number) for row in rows}
    return found.get(False), found.get(True)
