"""The path that every JSON request takes: who → may they → what → one transaction → answer."""

import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Flask, Response, current_app, request
from flask_babel import gettext as _
from flask_smorest import Api, Blueprint
from marshmallow import Schema as MarshmallowSchema
from marshmallow import ValidationError, fields
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from moralbank.core import idempotency, policy
from moralbank.core.actor import Actor, public
from moralbank.core.fields import Count, Schema, Secret, clean_identifier, from_text
from moralbank.core.pagination import DEFAULT_LIMIT, MAX_LIMIT
from moralbank.core.problems import Refusal, invalid, unauthorized

PREFIX = "/api/v1"
PROBLEM_JSON = "application/problem+json"
MAX_DEPTH = 40
"""How deep a JSON body may nest."""

Authenticate = Callable[[str, str], Actor | None]
"""(token, network address) → who it is, or None when the token is not good."""


class PageQuery(Schema):
    """The two words that every list takes."""

    cursor = Secret(most=600)
    limit = Count(least=1, most=MAX_LIMIT, load_default=DEFAULT_LIMIT)


class Nothing(Schema):
    """A body with no fields."""


class Problem(MarshmallowSchema):
    """RFC 9457 problem details, with a stable `code` and, for faulty fields, `errors`."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    errors = fields.Dict()


@cache
def page_of(schema: type[MarshmallowSchema]) -> MarshmallowSchema:
    """Return the schema of a page of `schema`'s items."""
    name = schema.__name__.removesuffix("Out") + "Page"
    made = MarshmallowSchema.from_dict(
        {
            "items": fields.List(fields.Nested(schema), required=True),
            "next": fields.String(allow_none=True, required=True),
        },
        name=name,
    )
    return made()


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
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a handler `(actor, *, body?, query?, key?, **ids)`.

        `answer` dumps what it returns (a Response passes as it is, and the document calls it
        `media_type`); `keyed` requires an Idempotency-Key, which a handler that takes `key` is
        given; `refusals` lists this route's own codes by status, for the document.
        """
        body_schema = body() if body else (Nothing() if method == "POST" else None)
        query_schema = query() if query else Nothing()
        answer_schema = answer() if isinstance(answer, type) else answer

        def decorate(handler: Callable[..., Any]) -> Callable[..., Any]:
            wants_key = "key" in inspect.signature(handler).parameters

            def view(**ids: str) -> Response:
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
                given = _load(query_schema, from_text(query_schema, request.args))
                if query:
                    arguments["query"] = given
                sent: Any = None
                if body_schema is not None:
                    sent = read_json()
                    loaded = _load(body_schema, sent)
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
                **_document(
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


def _load(schema: MarshmallowSchema, data: Any) -> Any:
    try:
        return schema.load(data)
    except ValidationError as error:
        raise invalid(field_errors(error)) from None


def field_errors(error: ValidationError) -> dict[str, Any]:
    """Return marshmallow's messages as plain JSON: field to a list of messages, fields of an inner
    object below their own names, places of a list as "3"."""
    messages = error.messages
    plain: dict[str, Any] = _plain(
        messages if isinstance(messages, dict) else {"_schema": messages}
    )
    return plain


def _plain(messages: Any) -> Any:
    if isinstance(messages, dict):
        return {str(key): _plain(value) for key, value in messages.items()}
    # A message that is looked up late is no list of its own yet.
    return [str(message) for message in messages] if isinstance(messages, list) else [str(messages)]


def _malformed() -> Refusal:
    return Refusal(400, "malformed_json", _("请求内容不是有效的 JSON。"))


def _no_constant(_name: str) -> Any:
    raise ValueError("NaN and Infinity are not JSON")


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made


def _depth(value: Any) -> int:
    deepest, layer = 0, [value]
    while layer and deepest <= MAX_DEPTH:
        deepest += 1
        layer = [
            inner
            for item in layer
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
    return deepest


def read_json() -> Any:
    """Return the request's body; an empty body is an empty object.

    Refuses 400 `malformed_json`, 413 `body_too_large`, 415 `unsupported_media_type`.
    """
    try:
        raw = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise Refusal(413, "body_too_large", _("请求内容过大。")) from None
    if not raw:
        return {}
    if not request.is_json:
        raise Refusal(415, "unsupported_media_type", _("请求内容应为 application/json。"))
    try:
        value = json.loads(
            raw.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_no_twins
        )
    except (ValueError, RecursionError):
        raise _malformed() from None
    if _depth(value) > MAX_DEPTH:
        raise _malformed()
    return value


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


class MoralBankApi(Api):
    """The OpenAPI document, made from the routes; errors are handled by the application."""

    DEFAULT_ERROR_RESPONSE_NAME = None  # every route names its own refusals

    def _register_error_handlers(self, *, default: bool = True) -> None:
        """The application registers one handler for pages and API both."""


def create_api(app: Flask) -> MoralBankApi:
    """Attach the API's document to `app`, at ``/api/v1/openapi.json``."""
    app.config.update(
        API_TITLE="Moral bank",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = MoralBankApi(app)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    return api


_COMMON_REFUSALS: dict[int, list[str]] = {
    401: ["unauthorized"],
    403: ["forbidden"],
    404: ["not_found"],
    422: ["validation_failed"],
}


def _document(
    method: str,
    action: str,
    body: MarshmallowSchema | None,
    query: type[Schema] | None,
    answer: MarshmallowSchema | None,
    status: int,
    keyed: bool,
    refusals: dict[int, Iterable[str]],
    also: int | None,
    media_type: str | None,
) -> dict[str, Any]:
    """Return the OpenAPI operation of a route."""
    codes = {number: list(names) for number, names in _COMMON_REFUSALS.items()}
    if method == "POST":
        codes[422].append("idempotency_key_reused")
        codes[409] = ["request_in_progress"]
    if method in ("POST", "PUT", "PATCH"):
        codes |= {
            400: ["malformed_json"],
            413: ["body_too_large"],
            415: ["unsupported_media_type"],
        }
    if keyed:
        codes[400].append("idempotency_key_missing")
    for number, names in refusals.items():
        codes[number] = [*codes.get(number, []), *names]
    success: dict[str, Any] = {"description": "Done"}
    if answer is not None:
        success["content"] = {"application/json": {"schema": answer}}
    elif media_type is not None:
        success["content"] = {media_type: {}}
    document: dict[str, Any] = {
        "security": [{"bearer": []}] if "public" not in policy.MAY[action] else [{}],
        "x-roles": sorted(policy.MAY[action]),
        "responses": {str(status): success}
        | ({str(also): success} if also else {})
        | {
            str(number): {
                "description": ", ".join(names),
                "content": {PROBLEM_JSON: {"schema": Problem}},
            }
            for number, names in sorted(codes.items())
        },
    }
    parameters: list[dict[str, Any]] = []
    if query is not None:
        parameters.append({"in": "query", "schema": query})
    if method == "POST":
        parameters.append(
            {
                "in": "header",
                "name": "Idempotency-Key",
                "required": keyed,
                "schema": {"type": "string", "minLength": 1, "maxLength": 200},
            }
        )
    if parameters:
        document["parameters"] = parameters
    if body is not None:
        document["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": body}},
        }
    return document
