"""Refusals: what the bank says when it will not do a thing, in RFC 9457's form."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask_babel import gettext as _


class Refusal(Exception):
    """An operation said no. Nothing that it did is kept, unless it `keeps` a record of the refusal.

    `code` is stable and machine-readable, `detail` a sentence for the person, `errors` a mapping of
    field to list of messages. `keeps` is for a wrong PIN or code alone: the count of wrong tries
    commits although the request is refused; whoever sets it has written nothing else.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        keeps: bool = False,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})
        self.keeps = keeps

    def to_problem(self) -> dict[str, Any]:
        """Return the problem document (RFC 9457)."""
        problem: dict[str, Any] = {
            "type": f"urn:moralbank:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        if self.errors:
            problem["errors"] = self.errors
        return problem


def not_found(what: str | None = None) -> Refusal:
    """404: unknown, malformed, or outside the actor's organization; which of these is not told."""
    return Refusal(404, "not_found", what or _("没有找到，或不在您的管辖范围内。"))


def forbidden(detail: str | None = None) -> Refusal:
    """403: the actor's role may not do it."""
    return Refusal(403, "forbidden", detail or _("您的角色不能做这件事。"))


def unauthorized(detail: str | None = None) -> Refusal:
    """401: nobody is signed in, or the token is not good."""
    return Refusal(
        401,
        "unauthorized",
        detail or _("请先登录。"),
        headers={"WWW-Authenticate": 'Bearer realm="moralbank"'},
    )


def conflict(code: str, detail: str) -> Refusal:
    """409: the state of things does not allow it now."""
    return Refusal(409, code, detail)


def invalid(errors: Mapping[str, Any]) -> Refusal:
    """422: some fields are not good; `errors` names each, with its messages."""
    return Refusal(422, "validation_failed", _("有些内容填写不正确，请按提示修改。"), errors=errors)


def invalid_field(field: str, message: str) -> Refusal:
    """422 for one field."""
    return invalid({field: [message]})
