"""When a notice is over: what hangs in it counts, but for what an objection keeps back.

An award hangs in the first notice that tells of it. Others may tell of it too – a correction, the
quarter after the month – and whoever objects there is heard as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select, true

from moralbank.core import clock, periods
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.events.awarding.models import Award
from moralbank.events.checking import releasing
from moralbank.honours import rounds
from moralbank.notices import corrections
from moralbank.notices.models import Notice, NoticeLine, Objection
from moralbank.notices.rules import is_due
from moralbank.notices.scope import scope_of
from moralbank.organizations.operations import path_of


def is_over(notice: Notice) -> bool:
    """Tell whether the objection period of a posted notice is over."""
    assert notice.objection_days is not None
    assert notice.objection_until is not None
    return is_due(
        objection_days=notice.objection_days, objection_until=notice.objection_until,
        today=clock.today(),
    )  # fmt: skip


def let_go(actor: Actor, notice: Notice) -> bool:
    """Release what hangs in a notice whose time is over, in the caller's transaction; tell whether
    something of it still waits for a decision.

    An open objection keeps back the awards of its line alone, or where it is about a whole notice,
    all that this tells of; those of a line that was upheld are taken back. A star round waits for
    all objections, and ends with whether one was upheld.
    """
    chain = [notice.id, *(one.id for one in corrections.after(notice.id))]
    found = session().execute(select(Objection.status).where(Objection.notice_id.in_(chain)))
    made = set(found.scalars())
    waits = "open" in made
    if notice.kind == "points":
        objected = list(_objected(notice))
        releasing.clear(
            actor,
            notice.id,
            frozen=or_(false(), *(one.told for one in objected if one.reason is None)),
            upheld=[(one.told, one.reason) for one in objected if one.reason is not None],
        )
        waits |= releasing.hangs(notice.id)
    if notice.kind == "stars" and not waits:
        rounds.take_down(notice.id, upheld="upheld" in made)
    return waits


@dataclass(frozen=True, slots=True)
class _Objected:
    """The awards that an objection is about; `reason` why it was upheld, None while it is open."""

    told: ColumnElement[bool]
    reason: str | None


def _objected(notice: Notice) -> Iterator[_Objected]:
    """Return what was objected to that hangs in a notice of points, there or in a later one that
    tells of it. An earlier one does not: else it would hang there."""
    rows = session().execute(
        select(Objection, Notice, NoticeLine.subject_id)
        .join(Notice, Notice.id == Objection.notice_id)
        .join(
            NoticeLine,
            (NoticeLine.notice_id == Objection.notice_id)
            & (NoticeLine.line_no == Objection.line_no),
            isouter=True,
        )
        .where(
            Notice.kind == "points",
            Notice.number >= notice.number,
            Objection.status.in_(("open", "upheld")),
        )
        .order_by(Objection.decided_at, Objection.id)
    )
    for made, there, subject_id in rows:
        if there.id != notice.id and not _overlap(notice, there):
            continue
        if made.status == "upheld" and subject_id is None:
            continue  # a whole notice is put right by another one
        told: Any = true() if there.id == notice.id else told_in(there)
        if subject_id is not None:
            told &= Award.volunteer_id == subject_id
        yield _Objected(told, made.decision or "" if made.status == "upheld" else None)


def told_in(notice: Notice) -> ColumnElement[bool]:
    """Return the awards that a notice of points tells of."""
    return scope_of(organization_id=notice.organization_id, period=notice.period).awards


def _overlap(one: Notice, other: Notice) -> bool:
    """Tell whether two notices may tell of one award."""
    first, second = periods.parse(one.period), periods.parse(other.period)
    if first.last < second.first or second.last < first.first:
        return False
    here, there = path_of(one.organization_id), path_of(other.organization_id)
    return here.startswith(there) or there.startswith(here)
