"""Where a volunteer stands in what was posted, and under which alias of that notice."""

from dataclasses import dataclass

from sqlalchemy import select

from moralbank.core.actor import Actor
from moralbank.core.pagination import Page, paged
from moralbank.core.transaction import query
from moralbank.notices import lines
from moralbank.notices.models import Notice, NoticeLine
from moralbank.notices.reading import NoticeView, ShownLine, show, view


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A line of one's own: `line` as the public reads it at this moment, `alias` as it stands there
    whenever one does not want to be named."""

    notice: NoticeView
    line: ShownLine
    alias: str


@query("notices.own")
def own_lines(actor: Actor, *, cursor: str | None = None, limit: int) -> Page[OwnLine]:
    """List the lines of posted notices that are about the volunteer who asks, the latest notice
    first."""
    page = paged(
        f"own-lines:{actor.volunteer_id}",
        select(Notice, NoticeLine)
        .join(NoticeLine, NoticeLine.notice_id == Notice.id)
        .where(NoticeLine.subject_id == actor.volunteer_id, Notice.number.is_not(None)),
        by=[Notice.number, NoticeLine.line_no],
        cursor=cursor,
        limit=limit,
        make=lambda row: (row[0], row[1]),
        newest_first=True,
    )
    shown = show([lines.numbered(row) for _notice, row in page.items])
    return Page(
        [
            OwnLine(view(notice), line, row.alias)
            for (notice, row), line in zip(page.items, shown, strict=True)
        ],
        page.next,
    )
