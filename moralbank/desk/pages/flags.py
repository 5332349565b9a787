"""The staff's page of what somebody should look at."""

from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.pages import Form
from moralbank.core.policy import MAY
from moralbank.core.wording import moment_text
from moralbank.desk.pages.room import PAGE_SIZE, go, pages_of, room, said, show
from moralbank.events.checking import flags
from moralbank.events.checking_api import FindingIn


def kinds() -> dict[str, str]:
    """Return what a flag is about, in words."""
    return {
        "low_rating": _("评价很低"),
        "overlap": _("时间重叠"),
        "pair": _("同两个人次数多"),
        "ring": _("互相服务"),
        "entered": _("集中录入"),
        "address": _("同一网络地址"),
        "hours": _("时长反常"),
        "insider": _("工作人员自己办的"),
        "sample": _("随机抽查"),
    }


@room.page("/staff/flags", action="flags.read")
def flags_open(actor: Actor) -> Response:
    """List what somebody should look at, the oldest first."""
    return _list(actor)


def _list(actor: Actor, form: Form | None = None, action: str | None = None) -> Response:
    cursor = request.args.get("cursor")
    page = flags.list_flags(actor, status="open", cursor=cursor, limit=PAGE_SIZE)
    return show(
        "flags.html",
        form.status if form else 200,
        flags=[
            {
                "id": one.id,
                "kind": kinds().get(one.kind, one.kind),
                "event_id": one.service_event_id,
                "item": one.service_item_name,
                "community": one.community,
                "who": one.display_name,
                "saw": one.saw,
                "delays": one.delays,
                "at": moment_text(one.raised_at),
            }
            for one in page.items
        ],
        may_decide=actor.role in MAY["flags.decide"],
        action=action,
        **said(form),
        **pages_of("flags_open", page.next, cursor),
    )


@room.page("/staff/flags/<flag_id>/decision", action="flags.decide", method="POST")
def flag_decide(actor: Actor, flag_id: str) -> Any:
    """Say what was found."""
    form = Form(FindingIn())

    def work(**values: Any) -> dict[str, str]:
        return {"status": flags.decide(actor, flag_id, **values).status}

    done = form.submit(actor, work)
    if done is None:
        return _list(actor, form, flag_id)
    words = {
        "fine": _("已记下：没有问题。"),
        "wrong": _("已记下：有问题。接下来请在那件事的页面提出异议，或记一条奖惩。"),
    }
    return go(words[done["status"]], "flags_open")
