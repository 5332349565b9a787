"""The staff's pages of notices: drafted, looked over, posted, printed, corrected, closed."""

from collections.abc import Sequence
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.api import Nothing
from moralbank.core.pages import Form
from moralbank.core.policy import MAY
from moralbank.core.wording import hours_text, whole_day_text
from moralbank.desk.pages.room import PAGE_SIZE, go, pages_of, room, said, show
from moralbank.desk.pages.spans import last_over, spans
from moralbank.notices import objections, office, operations, reading
from moralbank.notices.columns import Column, of_lines
from moralbank.notices.kinds import kind_words
from moralbank.notices.reading import ShownLine
from moralbank.notices.rules import Deadline
from moralbank.notices.schemas import MAX_OBJECTION_DAYS, NoticeIn, PostingIn
from moralbank.notices.scope import PERIOD_KINDS
from moralbank.notices.tables import goods_text, records, told
from moralbank.notices.wording import called
from moralbank.organizations.choices import only_one, places
from moralbank.organizations.models import Level

STATUSES = ("draft", "posted", "closed")
LEVELS: tuple[Level, ...] = ("district", "street", "community", "station", "supermarket")
LINES_A_PAGE = 100
USUAL_DAYS = 5
"""For how many working days a notice hangs unless somebody says otherwise."""


@room.page("/staff/notices", action="desk.use")
def notices_own(actor: Actor) -> Response:
    """List the notices within reach: drafts, what hangs, what is closed; of the places above too
    what hangs and is closed."""
    return _list(actor)


def _list(actor: Actor, form: Form | None = None) -> Response:
    drafts = actor.role in MAY["notices.draft"]
    status = wanted_status(actor)
    cursor = request.args.get("cursor")
    if status == "draft":
        found = office.list_drafts(actor, cursor=cursor, limit=PAGE_SIZE)
        listed = [{"id": one.id, "title": one.title} for one in found.items]
        following = found.next
    else:
        page = office.list_hung(actor, status=status, cursor=cursor, limit=PAGE_SIZE)
        listed, following = [hung_words(one) for one in page.items], page.next
    return show(
        "notices.html",
        form.status if form else 200,
        status=status,
        statuses=[(one, status_words()[one]) for one in STATUSES[not drafts :]],
        notices=listed,
        may_draft=drafts,
        may_decide=actor.role in MAY["objections.decide"],
        open_objections=objections.count_open(actor.scope or "/"),
        due=any(one.get("due") for one in listed),
        **said(form),
        **pages_of("notices_own", following, cursor, status=status),
    )


def wanted_status(actor: Actor) -> str:
    """Return the status that the address asks for; only some see drafts."""
    wanted = request.args.get("status", "")
    drafts = actor.role in MAY["notices.draft"]
    return wanted if wanted in STATUSES[not drafts :] else "posted"


def status_words() -> dict[str, str]:
    """Return what each status of a notice is called."""
    return {"draft": _("草稿"), "posted": _("正在公示"), "closed": _("已结束")}


def hung_words(one: office.Hung) -> dict[str, Any]:
    """Return a posted notice as lists show it."""
    notice = one.notice
    return {
        "id": notice.id,
        "number": notice.number,
        "title": notice.title,
        "posted_on": notice.posted_on,
        "takes_objections": notice.takes_objections,
        "corrected": notice.corrected,
        "time": _time_words(one),
        "open_objections": one.open_objections if one.ours else 0,
        "due": one.due and one.ours,
    }


def _time_words(one: office.Hung) -> str:
    """Say how much of the objection period is left."""
    until = one.notice.objection_until
    words: str = _("公示期满，已结束")
    if one.notice.status == "closed":
        return words
    if not one.notice.objection_days:
        words = _("不收异议")
    elif one.days_left is None:
        words = _("公示期已满")
    elif until == clock.today():
        words = _("公示期今天最后一天")
    elif until is not None:
        words = _("公示期还有 %(n)d 个工作日，到 %(day)s", n=one.days_left,
                  day=whole_day_text(until))  # fmt: skip
    return words


@room.page("/staff/notices/new", action="notices.draft")
def notice_new(actor: Actor) -> Response:
    """Ask what to draft; of a correction only why."""
    return _new(actor)


def _new(actor: Actor, form: Form | None = None) -> Response:
    shown = said(form)
    given = form.typed if form else request.args
    corrected = given.get("correction_of", "")
    where = places(actor, LEVELS)
    if form is None:
        shown["form"] = {
            "kind": request.args.get("kind", ""),
            "organization_id": request.args.get("organization_id")
            or only_one(where)
            or actor.organization_id,
            "period": request.args.get("period") or last_over(),
            "correction_of": corrected,
        }
    return show(
        "notice_new.html",
        form.status if form else 200,
        corrected=office.to_correct(actor, corrected) if corrected else None,
        kinds=[(kind, words.short) for kind, words in kind_words().items()],
        places=where,
        periods=spans({kind for kinds in PERIOD_KINDS.values() for kind in kinds}),
        **shown,
    )


@room.page("/staff/notices", action="notices.draft", method="POST")
def notice_draft(actor: Actor) -> Any:
    """Draft a notice."""
    form = Form(NoticeIn())

    def work(**values: Any) -> dict[str, str]:
        return {"notice_id": operations.draft(actor, **values).id}

    drafted = form.submit(actor, work)
    if drafted is None:
        return _new(actor, form)
    return go(_("草稿已起好，看过没有问题再张贴。"), "notice_one", **drafted)


@room.page("/staff/notices/closing", action="notices.post", method="POST")
def notices_close(actor: Actor) -> Any:
    """Close every notice within reach whose time is over."""
    form = Form(Nothing())

    def work() -> dict[str, int]:
        return {"n": len(operations.close_due(actor))}

    closed = form.submit(actor, work)
    if closed is None:
        return _list(actor, form)
    words = _("已结束 %(n)d 份公示。", **closed) if closed["n"] else _("没有可以结束的公示。")
    return go(words, "notices_own")


@room.page("/staff/notices/<notice_id>", action="desk.use")
def notice_one(actor: Actor, notice_id: str) -> Response:
    """Show a draft with what it would say, or a posted notice with what is left to do."""
    if office.is_draft(actor, notice_id):
        return _draft(actor, notice_id)
    return _hung(actor, notice_id)


def _hung(actor: Actor, notice_id: str) -> Response:
    one = office.get_hung(actor, notice_id)
    around = reading.get(actor, notice_id, limit=0)
    return show(
        "notice_hung.html",
        notice=one.notice,
        told=hung_words(one),
        corrects=around.corrects,
        corrected_by=around.corrected_by,
        objections=[
            {"id": waiting.id, "line_no": waiting.line_no, "days": waiting.days}
            for waiting in objections.list_open(actor, notice_id=notice_id, limit=PAGE_SIZE).items
        ]
        if one.ours and actor.role in MAY["objections.read"]
        else [],
        may_draft=one.ours and actor.role in MAY["notices.draft"],
    )


def _draft(actor: Actor, notice_id: str, form: Form | None = None) -> Response:
    after = min(max(request.args.get("after", 0, type=int), 0), 10**6)
    seen = office.outlook(
        actor, notice_id, most_days=MAX_OBJECTION_DAYS, after=after, limit=LINES_A_PAGE
    )
    shown = said(form)
    if form is None:
        shown["form"] = {
            "objection_days": max(USUAL_DAYS, seen.least_days),
            "authority": seen.usual.authority,
            "phone": seen.usual.phone or "",
            "address": seen.usual.address or "",
        }
    heads, lines = cells_of(seen.notice.kind, seen.lines)
    last = seen.lines[-1].line_no if seen.lines else 0
    return show(
        "notice_draft.html",
        form.status if form else 200,
        notice=seen.notice,
        corrects=seen.corrects,
        warnings=_warnings(seen),
        many=seen.many,
        heads=heads,
        lines=lines,
        days=[
            (number, _day_words(number, last_day))
            for number, last_day in enumerate(seen.last_days)
            if number >= seen.least_days
        ],
        may_post=seen.many is not None and seen.superseded is None,
        next_after=last if seen.many is not None and last and last < seen.many else None,
        after=after,
        **shown,
    )


Cells = list[tuple[str, str]]
"""Texts, each with its class."""


def cells_of(kind: str, shown: Sequence[ShownLine]) -> tuple[Cells, list[Cells]]:
    """Return the head and the lines of a notice as a table has them, whatever its kind."""
    columns = of_lines(kind, shown)
    return [(one.head, _looks(one)) for one in columns], [
        [(_cell(told(line, one), one.sort), _looks(one)) for one in columns]
        for line in records(shown, columns)
    ]


NUMBERS = ("points", "count", "minutes", "decimal")


def _looks(column: Column) -> str:
    return "number" if column.sort in NUMBERS else ""


def _cell(value: Any, sort: str) -> str:
    if value is None:
        return ""
    if sort == "minutes":
        return hours_text(value)
    return goods_text(value) if sort == "goods" else called(str(value))


def _day_words(number: int, last: Deadline) -> str:
    words: str = _("不收异议，只张贴")
    if number:
        words = _("%(n)d 个工作日，到 %(day)s", n=number, day=whole_day_text(last.day))
    if last.weekends_only:
        words = _("%(days)s（那年放假安排尚未录入，只除去周末）", days=words)
    return words


def _warnings(seen: office.Outlook) -> list[str]:
    """Say what somebody should know before the draft is posted, the worst first."""
    words = []
    if seen.superseded is not None:
        words.append(
            _("要更正的那份已由第 %(n)d 号公示更正，这份不能再张贴；请更正那一份。",
              n=seen.superseded.number)
        )  # fmt: skip
    if seen.many is None:
        words.append(_("这个地方这一期还没有复核过或公布的星级评定，现在不能张贴。"))
    elif not seen.many:
        words.append(_("这一期没有记录，张贴出去是空的。"))
    if seen.posted is not None:
        words.append(
            _(
                "同一地方、同一期间的第 %(n)d 号公示已经张贴；这份一张贴就是它的更正，以这份为准。"
                "要写明原因，请到那份公示的页面更正。",
                n=seen.posted.number,
            )
        )
    if seen.runs_until is not None:
        words.append(
            _("这一期要到 %(day)s才结束；张贴以后新增的不会补进来。",
              day=whole_day_text(seen.runs_until))
        )  # fmt: skip
    if seen.least_days:
        words.append(_("规则书要求积分至少公示 %(days)d 个工作日。", days=seen.least_days))
    if seen.round_id is not None:
        words.append(_("张贴以后，这一次评定要等公示期满、异议办完才能公布。"))
    return words


@room.page("/staff/notices/<notice_id>/posting", action="notices.post", method="POST")
def notice_post(actor: Actor, notice_id: str) -> Any:
    """Post a draft."""
    form = Form(PostingIn())

    def work(**values: Any) -> dict[str, Any]:
        return {"n": operations.post(actor, notice_id, **values).number}

    posted = form.submit(actor, work)
    if posted is None:
        if office.is_draft(actor, notice_id):
            return _draft(actor, notice_id, form)
        return go(_("这份公示已经张贴。"), "notice_one", notice_id=notice_id)
    return go(_("第 %(n)d 号公示已张贴。", **posted), "notice_one", notice_id=notice_id)
