"""The volunteer's own page of the notices in which they stand, and under which name."""

from typing import Any

from flask import Response, request, url_for

from moralbank.core.actor import Actor
from moralbank.core.quantities import points_text
from moralbank.desk.pages.room import PAGE_SIZE, pages_of, room, show
from moralbank.notices.own import OwnLine, own_lines
from moralbank.notices.pages import LINES_A_PAGE


@room.page("/me/notices", action="me.use")
def me_notices(actor: Actor) -> Response:
    """Show where the volunteer stands in posted notices."""
    cursor = request.args.get("cursor")
    page = own_lines(actor, cursor=cursor, limit=PAGE_SIZE)
    return show(
        "me_notices.html",
        lines=[_words(one) for one in page.items],
        **pages_of("me_notices", page.next, cursor),
    )


def _words(one: OwnLine) -> dict[str, Any]:
    before = (one.line.line_no - 1) // LINES_A_PAGE * LINES_A_PAGE
    figures = one.line.figures
    return {
        "title": one.notice.title,
        "posted_on": one.notice.posted_on,
        "line_no": one.line.line_no,
        "alias": one.alias,
        "name": one.line.display_name,
        "named": one.line.display_name != one.alias,
        "points": points_text(figures["points"]) if "points" in figures else None,
        "stars": figures.get("stars"),
        "objection_until": one.notice.objection_until if one.notice.takes_objections else None,
        "object_url": url_for(
            "notices_pages.objection", notice_id=one.notice.id, line_no=one.line.line_no
        ),
        "url": url_for("notices_pages.notice", notice_id=one.notice.id, after=before or None),
    }
