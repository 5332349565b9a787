"""Where a volunteer stands in what was posted and in the lists of stars, and under which alias of
that notice or list."""

from dataclasses import dataclass

from sqlalchemy import select

from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.pagination import Page, paged
from moralbank.core.transaction import query
from moralbank.honours import rounds
from moralbank.honours.rounds import Starred
from moralbank.honours.wording import said
from moralbank.notices import lines
from moralbank.notices.corrections import is_corrected
from moralbank.notices.models import Notice, NoticeLine
from moralbank.notices.reading import NoticeView, ShownLine, show, view
from moralbank.notices.star_lists import aliases_in
from moralbank.organizations.models import Organization
from moralbank.people.models import Volunteer
from moralbank.people.naming import named_in_public


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
        select(Notice, NoticeLine, is_corrected())
        .join(NoticeLine, NoticeLine.notice_id == Notice.id)
        .where(NoticeLine.subject_id == actor.volunteer_id, Notice.number.is_not(None)),
        by=[Notice.number, NoticeLine.line_no],
        cursor=cursor,
        limit=limit,
        make=lambda row: (view(row[0], row[2]), row[1]),
        newest_first=True,
    )
    shown = show([lines.numbered(row) for _notice, row in page.items])
    return Page(
        [
            OwnLine(notice, line, row.alias)
            for (notice, row), line in zip(page.items, shown, strict=True)
        ],
        page.next,
    )


@dataclass(frozen=True, slots=True)
class OwnStars:
    """A published round with oneself in its lists. `name` is what they have at this moment, None
    where that is the alias; `alias` is the one of the list of all, `alias_at_home` that of the list
    on the page of one's community. `why` is what nobody else but the staff reads."""

    listed: Starred
    name: str | None
    alias: str
    community_id: str
    community: str
    alias_at_home: str
    why: list[str]


@query("notices.own")
def own_stars(actor: Actor, *, most: int) -> list[OwnStars]:
    """Return the published rounds in whose lists the volunteer who asks stands, starred or
    commended: the `most` latest periods."""
    assert actor.volunteer_id is not None
    me = actor.volunteer_id
    found = {one.round.id: one for one in rounds.starred_rounds(me) + rounds.commended_rounds(me)}
    latest = sorted(found.values(), key=lambda one: one.last_day, reverse=True)[:most]
    home = (
        session()
        .execute(
            select(Organization)
            .join(Volunteer, Volunteer.community_id == Organization.id)
            .where(Volunteer.id == me)
        )
        .scalar_one()
    )
    why = rounds.explanations([(one.round.id, me) for one in latest])
    name = named_in_public([me]).get(me)

    def alias(one: Starred, path: str | None) -> str:
        return aliases_in(path, one.round.period, [(one.round.id, me)])[me]

    return [
        OwnStars(
            one, name, alias(one, None), home.id, home.name, alias(one, home.path),
            said(why[one.round.id, me]),
        )
        for one in latest
    ]  # fmt: skip
