"""The staff's pages of objections to notices: what waits, and deciding it."""

from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.pages import Form
from moralbank.core.quantities import points_text
from moralbank.core.wording import moment_text
from moralbank.desk.objections import Matter, matter
from moralbank.desk.pages.notices import cells_of
from moralbank.desk.pages.room import PAGE_SIZE, go, pages_of, room, said, show
from moralbank.notices import objections
from moralbank.notices.schemas import ObjectionDecisionIn


@room.page("/staff/objections", action="objections.read")
def objections_open(actor: Actor) -> Response:
    """List the objections that wait for a decision, the oldest first."""
    cursor = request.args.get("cursor")
    page = objections.list_open(actor, cursor=cursor, limit=PAGE_SIZE)
    return show(
        "objections.html",
        objections=[
            {"id": one.id, "title": one.notice.title, "line_no": one.line_no, "days": one.days}
            for one in page.items
        ],
        **pages_of("objections_open", page.next, cursor),
    )


@room.page("/staff/objections/<objection_id>", action="objections.read")
def objection(actor: Actor, objection_id: str) -> Response:
    """Show an objection: what is said to be wrong, by whom, and what waits for the decision."""
    return _show(actor, objection_id)


def _show(actor: Actor, objection_id: str, form: Form | None = None) -> Response:
    seen = matter(actor, objection_id)
    heads, cells = cells_of(seen.notice.kind, [seen.line] if seen.line else [])
    return show(
        "objection.html",
        form.status if form else 200,
        objection=seen.objection,
        made_at=moment_text(seen.objection.made_at),
        days=(clock.today() - clock.local_date(seen.objection.made_at)).days,
        notice=seen.notice,
        cells=[
            (head, text)
            for (head, _looks), (text, _class) in zip(heads, cells[0], strict=True)
            if text
        ]
        if cells
        else [],
        froze=_froze(seen),
        means=_means(seen),
        **said(form),
    )


def _froze(seen: Matter) -> str:
    """Say what waits for the decision."""
    words: str = _("没有积分为它冻结。")
    if seen.errands:
        words = _("为它冻结了 %(n)d 件事的 %(points)s 分，办完才入账。",
                  n=seen.errands, points=points_text(seen.points))  # fmt: skip
    elif seen.round_id is not None:
        words = _("这一次评定等它办完才能公布。")
    return words


def _means(seen: Matter) -> str:
    """Say what the decision does when the notice's time is over."""
    words: str = _("公示的数字不变；成立的，请另贴一份更正。")
    if seen.errands and seen.line is not None:
        words = _("成立：公示期满时收回冻结的积分。不成立：公示期满时入账。")
    elif seen.round_id is not None:
        words = _("成立：这一次评定作废，要重新计算。不成立：公示期满可以公布。")
    return words


@room.page("/staff/objections/<objection_id>/decision", action="objections.decide", method="POST")
def objection_decide(actor: Actor, objection_id: str) -> Any:
    """Decide an objection; the reason is posted."""
    notice_id = objections.get(actor, objection_id).notice_id
    form = Form(ObjectionDecisionIn())

    def work(**values: Any) -> dict[str, str]:
        return {"status": objections.decide(actor, notice_id, objection_id, **values).status}

    decided = form.submit(actor, work)
    if decided is None:
        return _show(actor, objection_id, form)
    words = {
        "upheld": _("已记下：异议成立。结果写在公示上了。"),
        "dismissed": _("已记下：异议不成立。结果写在公示上了。"),
    }
    return go(words[decided["status"]], "objections_open")
