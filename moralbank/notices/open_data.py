"""What is posted, for whoever wants to reckon with it: all notices of a kind and period at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from moralbank.core import periods
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.problems import Refusal, not_found
from moralbank.core.transaction import query
from moralbank.notices.columns import Column, of_lines, of_notices
from moralbank.notices.lines import frozen
from moralbank.notices.models import KINDS, Notice, NoticeLine
from moralbank.notices.reading import NoticeView, show, view
from moralbank.notices.scope import notice_period
from moralbank.notices.tables import Record, records

PORTION = 1_000
"""So many lines are read at once."""


@dataclass(frozen=True, slots=True)
class PostedPeriod:
    """A period of which there are notices of a kind, and how many."""

    name: str
    notices: int

    @property
    def title(self) -> str:
        """What a reader calls it."""
        return periods.parse(self.name).title


@dataclass(frozen=True, slots=True)
class DatedNotice:
    """A notice of a period, with the numbers of the one that it corrects and of its correction."""

    notice: NoticeView
    corrects_number: int | None
    corrected_by_number: int | None


@dataclass(frozen=True, slots=True)
class Dataset:
    """All that is posted of a kind and a period: the notices in the order of their numbers, and
    their lines under the columns: how many, and one after the other, as they are read."""

    kind: str
    period: str
    notices: list[DatedNotice]
    columns: list[Column]
    many: int
    rows: Iterator[Record]


@query("notices.read")
def posted_periods(_actor: Actor) -> dict[str, list[PostedPeriod]]:
    """Return the periods of which notices are posted, by kind, the latest first."""
    rows = session().execute(
        select(Notice.kind, Notice.period, func.count())
        .where(Notice.number.is_not(None))
        .group_by(Notice.kind, Notice.period)
    )
    found: dict[str, list[PostedPeriod]] = {kind: [] for kind in KINDS}
    for kind, name, many in rows:
        found[kind].append(PostedPeriod(name, many))
    for posted in found.values():
        posted.sort(key=lambda one: _place(one.name), reverse=True)
    return found


def titles(posted: dict[str, list[PostedPeriod]], kind: str | None = None) -> list[tuple[str, str]]:
    """Return the posted periods of a kind, or of all, the latest first: their names and what a
    reader calls them."""
    names = {one.name for of in ([kind] if kind else KINDS) for one in posted[of]}
    return [(name, periods.parse(name).title) for name in sorted(names, key=_place, reverse=True)]


def _place(name: str) -> tuple[Any, ...]:
    """Return where a period stands in time: by its last day, then by its first."""
    period = periods.parse(name)
    return period.last, period.first, name


@query("notices.read")
def dataset(_actor: Actor, *, kind: str, period: str) -> Dataset:
    """Return what is posted of a kind and a period in all places; names are looked up now. Refuses
    404 where there can be no such notices: another kind, or no period of which they can be."""
    if kind not in KINDS:
        raise not_found()
    try:
        notice_period(kind, period)
    except Refusal:
        raise not_found() from None
    notices = session().scalars(
        select(Notice)
        .where(Notice.kind == kind, Notice.period == period, Notice.number.is_not(None))
        .order_by(Notice.number)
    )
    posted = _dated([view(row) for row in notices])
    many = session().scalar(
        select(func.count())
        .select_from(NoticeLine)
        .where(NoticeLine.notice_id.in_([one.notice.id for one in posted]))
    )
    columns = of_lines(kind)
    return Dataset(
        kind, period, posted, [*of_notices(), *columns], many or 0, _rows(posted, columns)
    )


def _rows(posted: list[DatedNotice], columns: list[Column]) -> Iterator[Record]:
    """Read the lines in portions, so that no more of them are ever in memory. A notice that is
    posted meanwhile has no line without its head."""
    for one in posted:
        said, after, more = _said_of(one), 0, True
        while more:
            written = frozen(one.notice.id, after=after, limit=PORTION)
            for record in records(show(written), columns):
                yield said | record
            after += len(written)  # a notice's lines are numbered from one on, without a gap
            more = len(written) == PORTION


def _dated(notices: list[NoticeView]) -> list[DatedNotice]:
    """A correction is of the same kind and period, so that both are here."""
    number = {one.id: one.number for one in notices}
    corrected = {one.correction_of: one.number for one in notices}
    return [
        DatedNotice(one, number.get(one.correction_of or ""), corrected.get(one.id))
        for one in notices
    ]


def _said_of(one: DatedNotice) -> Record:
    posted_on = one.notice.posted_on
    return {
        "notice_number": one.notice.number,
        "organization": one.notice.organization,
        "posted_on": None if posted_on is None else posted_on.isoformat(),
        "corrects_number": one.corrects_number,
        "corrected_by_number": one.corrected_by_number,
    }
