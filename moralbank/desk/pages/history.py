"""An errand's history in the words of the pages."""

from flask_babel import gettext as _

from moralbank.core.wording import moment_text
from moralbank.events import changes
from moralbank.people.identities import public_names
from moralbank.people.rules import masked_name


def _statuses() -> dict[str, str]:
    return {
        "open": _("登记"),
        "claimed": _("认领"),
        "completed": _("记为办完"),
        "rated": _("评价"),
        "awarded": _("积分入账"),
        "cancelled": _("取消"),
        "expired": _("逾期未评"),
        "disputed": _("提出异议"),
        "upheld": _("裁定：异议成立，积分收回"),
        "dismissed": _("裁定：异议不成立"),
    }


def _actions() -> dict[str, str]:
    return {
        "claim": _("认领"),
        "assignment": _("指派"),
        "handover": _("转交他人"),
        "takeover": _("接手"),
        "withdrawal": _("退出"),
        "no_show": _("没有来"),
        "check_in": _("签到"),
        "check_out": _("签退"),
        "correction": _("更正时长"),
        "repeat": _("每周一次，接着上一回登记"),
        "series_end": _("不再每周重复"),
        "declined": _("这次不去"),
        "codes": _("换发评价码"),
        "callback_due": _("久未评价，列入回访"),
        "reached": _("电话回访，联系上了"),
        "not_reached": _("电话回访，没有联系上"),
        "not_counted": _("签到不计"),
        "evidence": _("补充情况"),
        "zeroed": _("积分归零"),
        "neighbour_rated": _("一位邻居评价了"),
        "wrong_code": _("评价码输错"),
        "link": _("发居民服务卡"),
        "given_back": _("归零撤销，积分归还"),
        "written_off": _("收不回来的积分"),
    }


def history_lines(event_id: str) -> list[dict[str, str]]:
    """Return what was done with an errand, newest first: when, who, what, with whom, the note."""
    found = changes.history(event_id)
    names = public_names({change.volunteer_id for change in found if change.volunteer_id})
    actions, statuses = _actions(), _statuses()
    return [
        {
            "at": moment_text(change.at),
            # The award follows from the rating by itself.
            "who": "" if change.to_status == "awarded" else change.actor_name or _("居民"),
            "what": actions.get(change.action or "")
            or statuses.get(change.to_status, change.to_status),
            "whom": masked_name(names[change.volunteer_id].name) if change.volunteer_id else "",
            "note": change.note,
        }
        for change in reversed(found)
    ]
