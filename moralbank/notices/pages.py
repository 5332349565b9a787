"""The public's pages: the notices, the stars, the supermarkets."""

import re
from itertools import groupby
from typing import Any, cast

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.pages import Form, PageRoom
from moralbank.core.problems import not_found
from moralbank.core.quantities import points_text
from moralbank.core.wording import hours_text
from moralbank.honours.rounds import Subject
from moralbank.market.reservations import sweep
from moralbank.notices import objections, open_data, reading, shops, star_lists
from moralbank.notices.kinds import kind_words
from moralbank.notices.models import KINDS
from moralbank.notices.schemas import ObjectionIn
from moralbank.notices.tables import goods_text
from moralbank.notices.wording import called, counted_words, entry, explained, state

NOTICES_A_PAGE = 30
LINES_A_PAGE = 200
STARS_A_PAGE = 200
SHOPS_A_PAGE = 20
LONGEST_SEARCH = 60
FEW = 5
"""Of goods of which so many are left the number is told: who comes for them had better hurry."""

room = PageRoom("notices", __name__)


@room.page("/notices", action="notices.read", same_for_all=True)
def notice_list(actor: Actor) -> Any:
    """List what is posted, newest first: all of it, or of a kind, of a period of which there is any
    and of places whose name has `q` in it. Refuses 404 for another kind or period."""
    kind = request.args.get("kind") or None
    if kind is not None and kind not in KINDS:
        raise not_found()
    known = open_data.titles(open_data.posted_periods(actor), kind)
    period = request.args.get("period") or None
    if period is not None and period not in dict(known):
        raise not_found()
    q, cursor = _searched(), request.args.get("cursor") or None
    page = reading.list_notices(
        actor, kind=kind, period=period, q=q, cursor=cursor, limit=NOTICES_A_PAGE
    )
    words = kind_words()
    asked: dict[str, Any] = {"kind": kind, "period": period, "q": q or None}
    return render_template(
        "notices/list.html",
        notices=[entry(one) for one in page.items],
        kinds=[("", _("全部")), *((one, words[one].short) for one in KINDS)],
        periods=known,
        asked=asked,
        next_url=_further("notices_pages.notice_list", page.next, **asked),
        first_url=url_for("notices_pages.notice_list", **asked) if cursor else None,
    )


def _searched() -> str:
    """Return what somebody looks for, bounded."""
    return request.args.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]


def _further(endpoint: str, cursor: str | None, **words: str | None) -> str | None:
    words["cursor"] = cursor
    return url_for(endpoint, **words) if cursor else None  # type: ignore[arg-type]


@room.page("/notices/<notice_id>", action="notices.read", same_for_all=True)
def notice(actor: Actor, notice_id: str) -> Any:
    """Show a notice as it hangs on the wall, its lines after one of them. Refuses 404 where there
    are none."""
    asked = request.args.get("after") or "0"
    if not re.fullmatch("[0-9]{1,7}", asked):
        raise not_found()
    after = int(asked)
    whole = reading.get(actor, notice_id, after=after, limit=LINES_A_PAGE + 1)
    if after and not whole.lines:
        raise not_found()
    shown, more = whole.lines[:LINES_A_PAGE], len(whole.lines) > LINES_A_PAGE
    return render_template(
        "notices/notice.html",
        notice=_paper(whole),
        lines=[_line(line) for line in shown],
        decisions=[
            {
                "line_no": one.line_no,
                "decision": _("异议成立") if one.status == "upheld" else _("异议不成立"),
                "reason": one.decision,
            }
            for one in whole.objections
        ],
        next_url=url_for("notices_pages.notice", after=shown[-1].line_no, notice_id=notice_id)
        if more
        else None,
        first_url=url_for("notices_pages.notice", notice_id=notice_id) if after else None,
    )


def _paper(whole: reading.WholeNotice) -> dict[str, Any]:
    notice = whole.notice
    return {
        "id": notice.id,
        "number": notice.number,
        "title": notice.title,
        "kind": notice.kind,
        "subjects": notice.subjects,
        "scope": notice.organization,
        "period": notice.period_title,
        "posted_on": notice.posted_on,
        "objection_days": notice.objection_days,
        "objections_until": notice.objection_until,
        "weekends_only": notice.weekends_only,
        "state": state(notice),
        "authority": notice.authority,
        "phone": notice.phone,
        "address": notice.address,
        "digest": notice.digest,
        "corrects": whole.corrects,
        "correction_reason": notice.correction_reason,
        "corrected_by": whole.corrected_by,
    }


def _line(line: reading.ShownLine) -> dict[str, Any]:
    shown = line.figures
    return {
        **shown,
        "line_no": line.line_no,
        "display_name": called(line.display_name),
        "points": points_text(shown.get("points", 0)),
        "hours": hours_text(shown.get("minutes", 0)),
        "goods": goods_text(shown.get("goods", [])),
        "why": counted_words(shown),
        "difference": f"{shown.get('difference', 0):+d}",
    }


@room.page("/notices/<notice_id>/objections", action="objections.make")
def objection(actor: Actor, notice_id: str) -> Any:
    """Show the form to object to a notice, or to the line `line_no`. It has a page of its own: it
    holds what is each visitor's own, and the notice is the same for all."""
    return _ask_objection(actor, notice_id)


def _ask_objection(actor: Actor, notice_id: str, form: Form | None = None) -> Any:
    whole = reading.get(actor, notice_id, limit=0)
    if whole.notice.status == "draft":
        raise not_found()
    page = render_template(
        "notices/objection.html",
        notice=_paper(whole),
        form=form.typed if form else {"line_no": request.args.get("line_no", "")},
        errors=form.errors if form else {},
        problem=form.problem if form else None,
    )
    return make_response(page, form.status if form else 200)


@room.page("/notices/<notice_id>/objections", action="objections.make", method="POST")
def object_to(actor: Actor, notice_id: str) -> Any:
    """Take an objection in, and say so on the notice's page."""
    form = Form(ObjectionIn())

    def work(**values: Any) -> str:
        return objections.make(actor, notice_id, **values).id

    if form.submit(actor, work) is None:
        if form.status == 404:
            raise not_found()
        return _ask_objection(actor, notice_id, form)
    flash(_("您的异议已经收到，我们会逐条核实，结果张贴在本页。"))
    return redirect(url_for("notices_pages.notice", notice_id=notice_id), 303)


@room.page("/stars", action="public.read", same_for_all=True)
def stars(actor: Actor) -> Any:
    """Show who has stars, by published round."""
    rounds = star_lists.published_rounds(actor)
    words = {
        f"{one.subject}.{one.period}": round_title(one.subject, one.period_title) for one in rounds
    }
    asked = request.args.get("round") or next(iter(words), "")
    if words and asked not in words:
        raise not_found()
    subject, _dot, period = asked.partition(".")
    cursor = request.args.get("cursor") or None
    groups: list[dict[str, Any]] = []
    commended: list[dict[str, Any]] = []
    next_url = None
    if words:
        page = star_lists.stars(
            actor, subject=cast(Subject, subject), period=period, cursor=cursor, limit=STARS_A_PAGE
        )
        for many, people in groupby(page.items, key=lambda one: one.stars):
            groups.append({"stars": many, "people": [_star_person(one) for one in people]})
        next_url = _further("notices_pages.stars", page.next, round=asked)
        if cursor is None:
            given = star_lists.commended(
                actor, subject=cast(Subject, subject), period=period, most=STARS_A_PAGE
            )
            commended = [_commended(one) for one in given]
    return render_template(
        "notices/stars.html",
        rounds=[{"id": number, "text": text} for number, text in words.items()],
        round_id=asked,
        title=words.get(asked),
        groups=groups,
        nobody=_nobody(subject) if words and not groups and cursor is None else None,
        commended=commended,
        next_url=next_url,
        first_url=url_for("notices_pages.stars", round=asked) if cursor else None,
    )


def round_title(subject: str, period: str) -> str:
    """Return what a list of stars is called."""
    words: dict[str, str] = {
        "volunteer": _("%(period)s星级代办员", period=period),
        "station": _("%(period)s星级代办站", period=period),
        "team": _("%(period)s星级团队", period=period),
    }
    return words[subject]


def _nobody(subject: str) -> str:
    words: dict[str, str] = {
        "volunteer": _("这一期评过了，没有志愿者达到星级。"),
        "station": _("这一期评过了，没有代办站达到星级。"),
        "team": _("这一期评过了，没有团队达到星级。"),
    }
    return words[subject]


def _star_person(one: star_lists.PublicStars) -> dict[str, Any]:
    return {
        "display_name": called(one.display_name),
        "community": one.organization,
        "measure": _("服务 %(hours)s 小时", hours=hours_text(one.minutes)),
        "why": explained(one),
    }


def _commended(one: star_lists.Commendation) -> dict[str, Any]:
    return {
        "name": one.name,
        "people": [{**_star_person(person), "times": times} for person, times in one.people],
        "more": one.more,
    }


@room.page("/supermarkets", action="public.read", same_for_all=True)
def supermarkets(actor: Actor) -> Any:
    """Show the supermarkets, what each has and for how much."""
    q = _searched()
    cursor = request.args.get("cursor") or None
    sweep()
    page = shops.supermarkets(actor, q=q, cursor=cursor, limit=SHOPS_A_PAGE)
    worth = shops.point_worth(actor)
    return render_template(
        "notices/supermarkets.html",
        supermarkets=[
            {
                "id": shop.id,
                "name": shop.name,
                "community": shop.community,
                "address": shop.address,
                "hours": shop.hours,
                "phone": shop.phone,
                "goods": [
                    {
                        "name": one.name,
                        "unit": one.unit,
                        "price": points_text(one.price),
                        "left": one.left,
                        "few": one.left <= FEW,
                        "picture": one.picture,
                    }
                    for one in shop.goods
                ],
            }
            for shop in page.items
        ],
        worth=None if worth is None else points_text(worth),
        q=q,
        next_url=_further("notices_pages.supermarkets", page.next, q=q or None),
        first_url=url_for("notices_pages.supermarkets", q=q or None) if cursor else None,
    )
