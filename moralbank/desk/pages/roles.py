"""Who may do what: the policy's table in words, made from the table itself."""

from flask import Response
from flask_babel import gettext as _
from flask_babel import pgettext

from moralbank.core.actor import Actor
from moralbank.core.policy import MAY
from moralbank.desk.pages.room import room, show
from moralbank.people.access_words import groups


def role_words() -> dict[str, str]:
    """Return the roles of staff in words, the one that may do most first."""
    return {
        "admin": _("管理员"),
        "supervisor": _("主管"),
        "worker": _("社区工作人员"),
        "auditor": _("审计员"),
    }


def role_hints() -> list[tuple[str, str]]:
    """Return the roles as choices of a form, each with what it is for."""
    return [
        ("worker", _("社区工作人员：开户、接单、回访、发卡")),
        ("supervisor", _("主管：加上裁定、进货、公示、星级")),
        ("admin", _("管理员：加上同事、规则书")),
        ("auditor", _("审计员：只看，不办")),
    ]


def _columns() -> dict[str, str]:
    """Return all roles in words, as the heads of the table."""
    return {
        **role_words(),
        "terminal": _("收银台"),
        "volunteer": pgettext("多个", "志愿者"),
        "public": _("不登录"),
    }


@room.page("/staff/roles", action="audit.read")
def roles(_actor: Actor) -> Response:
    """Show the table: what may be done, by whom."""
    columns = _columns()
    return show(
        "roles.html",
        heads=[(word, "number") for word in columns.values()],
        groups=[
            (heading, [(words, [role in MAY[one] for role in columns])
                       for one, words in actions.items()])
            for heading, actions in groups()
        ],
    )  # fmt: skip
