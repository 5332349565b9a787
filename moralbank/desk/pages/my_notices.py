"""The volunteer's own page of the notices and the lists of stars in which they stand, and under
which name."""

from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.quantities import points_text
from moralbank.desk.pages.room import PAGE_SIZE, pages_of, room, show
from moralbank.honours.wording import point_words, rating_words, work_words
from moralbank.notices.own import OwnLine, OwnStars, own_lines, own_stars
from moralbank.notices.pages import LINES_A_PAGE, round_title
from moralbank.notices.wording import why_so_many

ROUNDS = 12
"""Three years of quarters are looked up."""


@room.page("/me/notices", action="me.use")
def me_notices(actor: Actor) -> Response:
    """Show where the volunteer stands in posted notices, and on the first page in the lists of
    stars."""
    cursor = request.args.get("cursor")
    page = own_lines(actor, cursor=cursor, limit=PAGE_SIZE)
    return show(
        "me_notices.html",
        lines=[_words(one) for one in page.items],
        stars=[] if cursor else [_listed(one) for one in own_stars(actor, most=ROUNDS)],
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
        "corrected": one.notice.corrected,
        "objection_until": one.notice.objection_until
        if one.notice.takes_objections and not one.notice.corrected
        else None,
        "object_url": url_for(
            "notices_pages.objection", notice_id=one.notice.id, line_no=one.line.line_no
        ),
        "url": url_for("notices_pages.notice", notice_id=one.notice.id, after=before or None),
    }


def _listed(one: OwnStars) -> dict[str, Any]:
    done, of = one.listed.measures, one.listed.round
    everywhere = url_for("notices_pages.stars", round=f"volunteer.{of.period}")
    at_home = url_for("places_pages.community", community_id=one.community_id)
    lists = [(_("星级榜"), one.alias, everywhere), (one.community, one.alias_at_home, at_home)]
    return {
        "title": round_title("volunteer", of.period_title),
        "stars": one.listed.stars,
        "name": one.name,
        # Who was commended without a star stands in the first alone.
        "lists": lists if one.listed.stars else lists[:1],
        "why": {
            "title": why_so_many(one.listed.stars),
            "facts": [*work_words(done), *point_words(done), *rating_words(done)],
            "lines": one.why,
            "note": None,
        },
    }
