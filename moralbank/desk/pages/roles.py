"""What the roles are called."""

from flask_babel import gettext as _


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
