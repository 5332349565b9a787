"""The path that every JSON request takes: who → may they → what → one transaction → answer."""

import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, request
from flask_babel import gettext as _
from flask_smorest import Blueprint
from marshmallow import Schema as MarshmallowSchema
from werkzeug.exceptions import HTTPException

from moralbank.core import idempotency, policy
from moralbank.core.actor import Actor, public
from moralbank.core.bodies import load, read_json
from moralbank.core.fields import Count, Schema, Secret, clean_identifier, from_text
from moralbank.core.openapi import PROBLEM_JSON, operation_of
from moralbank.core.pagination import DEFAULT_LIMIT, MAX_LIMIT
from moralbank.core.problems import Refusal, unauthorized

Authenticate = Callable[[str, str], Actor | None]
"""(token, network address) → who it is, or None when the token is not good."""


class PageQuery(Schema):
    """The two words that every list takes."""

    cursor = Secret(most=600)
    limit = Count(least=1, most=MAX_LIMIT, load_default=DEFAULT_LIMIT)


class Nothing(Schema):
    """A body with no fields."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A handler's value with a status other than the route's usual one."""

    value: Any
    status: int


class ApiRoom(Blueprint):
    """A room's JSON routes. Each says its action in the policy's table, and so who may call it."""

    def endpoint(
        self,
        method: str,
        rule: str,
        *,
        action: str,
        body: type[Schema] | None = None,
        query: type[Schema] | None = None,
        answer: MarshmallowSchema | type[MarshmallowSchema] | None = None,
        status: int = 200,
        keyed: bool = False,
        refusals: Mapping[int, Iterable[str]] | None = None,
        also: int | None = None,
        media_type: str | None = None,
        largest: int | None = None,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a handler `(actor, *, body?, query?, key?, **ids)`.

        `answer` dumps what it returns (a Response passes as it is, and the document calls it
        `media_type`); `keyed` requires an Idempotency-Key, which a handler that takes `key` is
        given; `refusals` lists this route's own codes by status, for the document; `largest` is how
        many bytes a body may have that holds a file.
        """
        body_schema = body() if body else (Nothing() if method == "POST" else None)
        query_schema = query() if query else Nothing()
        answer_schema = answer() if isinstance(answer, type) else answer

        def decorate(handler: Callable[..., Any]) -> Callable[..., Any]:
            wants_key = "key" in inspect.signature(handler).parameters

            def view(**ids: str) -> Response:
                if largest is not None:
                    request.max_content_length = largest
                actor = authenticated()
                policy.require(actor, action)
                key = None
                if method == "POST":
                    key = idempotency.check_key(
                        request.headers.get("Idempotency-Key"), required=keyed
                    )
                arguments: dict[str, Any] = {
                    name: clean_identifier(text) for name, text in ids.items()
                }
                if wants_key:
                    arguments["key"] = key
                given = load(query_schema, from_text(query_schema, request.args))
                if query:
                    arguments["query"] = given
                sent: Any = None
                if body_schema is not None:
                    sent = read_json()
                    loaded = load(body_schema, sent)
                    if body:
                        arguments["body"] = loaded
                if method == "GET":
                    result = handler(actor, **arguments)
                    return result if isinstance(result, Response) else _respond(*dump(result))
                asked = idempotency.fingerprint(method, request.path, sent)
                done = idempotency.once(
                    actor, key, asked, lambda: dump(handler(actor, **arguments))
                )
                response = _respond(done.status, done.body)
                if done.replayed:
                    response.headers["Idempotency-Replayed"] = "true"
                return response

            def dump(result: Any) -> tuple[int, Any]:
                code, value = status, result
                if isinstance(result, Reply):
                    code, value = result.status, result.value
                return code, None if answer_schema is None else answer_schema.dump(value)

            view.__name__ = handler.__name__
            view.__doc__ = handler.__doc__
            view.action = action  # type: ignore[attr-defined]
            documented = self.doc(
                **operation_of(
                    method,
                    action,
                    body_schema if body else None,
                    query,
                    answer_schema,
                    status,
                    keyed,
                    dict(refusals or {}),
                    also,
                    media_type,
                ),
                operationId=handler.__name__,
            )(view)
            self.route(rule, methods=[method])(documented)
            return handler

        return decorate


def authenticated() -> Actor:
    """Return who sends the request: a bearer's actor, or the public without a token.

    Refuses 401 when a token is sent that is not good.
    """
    header = request.headers.get("Authorization")
    address = request.remote_addr or ""
    if header is None:
        return public(address)
    scheme, _space, token = header.partition(" ")
    authenticate: Authenticate = current_app.extensions["moralbank_authenticate"]
    actor = authenticate(token.strip(), address) if scheme.lower() == "bearer" else None
    if actor is None:
        raise unauthorized(_("登录已失效，请重新登录。"))
    return actor


def _respond(status: int, value: Any) -> Response:
    if value is None:
        return Response(status=status)
    return Response(
        json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n",
        status=status,
        mimetype="application/json",
    )


def under_api(path: str) -> bool:
    """Tell whether an address is the API's, which never answers HTML; stray slashes count not."""
    return f"{path.lstrip('/')}/".startswith("api/")


def problem_response(refusal: Refusal) -> Response:
    """Return `refusal` as ``application/problem+json``."""
    text = json.dumps(refusal.to_problem(), ensure_ascii=False)
    # The name of an unknown field may hold half a character, which UTF-8 has no bytes for; as a
    # backslash escape it is JSON again.
    response = Response(
        text.encode("utf-8", "backslashreplace"), refusal.status, mimetype=PROBLEM_JSON
    )
    response.headers.update(refusal.headers)
    return response


_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
    500: "internal_error",
}


def refusal_for(error: HTTPException) -> Refusal:
    """Return the refusal that says what werkzeug's `error` says."""
    status = error.code or 500
    words = {
        404: _("没有这个地址。"),
        405: _("这个地址不接受这种请求方法。"),
        413: _("请求内容过大。"),
        500: _("服务器出错了，请稍后再试。"),
    }
    headers = dict(error.get_headers()) if status == 405 else {}
    headers.pop("Content-Type", None)
    return Refusal(
        status,
        _CODES.get(status, "bad_request" if status < 500 else "internal_error"),
        words.get(status, _("请求无法处理。")),
        headers=headers,
    )
