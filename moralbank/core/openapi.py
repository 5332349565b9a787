"""The API's document, OpenAPI 3.1, made from the routes themselves."""

from collections.abc import Iterable
from functools import cache
from threading import RLock
from typing import Any

from apispec import APISpec
from flask import Flask
from flask_smorest import Api, Blueprint
from marshmallow import Schema as MarshmallowSchema
from marshmallow import fields

from moralbank.core import policy

PREFIX = "/api/v1"
PROBLEM_JSON = "application/problem+json"


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


class MoralBankApi(Api):
    """The OpenAPI document, made from the routes; errors are handled by the application."""

    DEFAULT_ERROR_RESPONSE_NAME = None  # every route names its own refusals

    def __init__(self, app: Flask) -> None:
        """Begin the document; a process that nobody asks for it never writes it."""
        self._writing = RLock()
        self._unwritten: list[Blueprint] = []
        super().__init__(app)

    @property
    def spec(self) -> APISpec:
        """The document; the rooms are written into it when it is first asked for."""
        with self._writing:
            while self._unwritten:
                room = self._unwritten.pop(0)
                room.register_views_in_doc(
                    self, self._app, self._document, name=room.name, parameters=None
                )
                self._document.tag({"name": room.name, "description": room.description})
            return self._document

    @spec.setter
    def spec(self, document: APISpec) -> None:
        self._document = document

    def register_blueprint(self, room: Blueprint, **options: Any) -> None:
        """Answer the room's routes from now on; its page of the document can wait."""
        self._app.register_blueprint(room, **options)
        self._unwritten.append(room)

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
    for unused in ("Error", "PaginationMetadata"):
        api.spec.components.schemas.pop(unused, None)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    return api


_COMMON_REFUSALS: dict[int, list[str]] = {
    401: ["unauthorized"],
    403: ["forbidden", "password_due"],
    404: ["not_found"],
    422: ["validation_failed"],
}


def operation_of(
    method: str,
    action: str,
    body: MarshmallowSchema | None,
    query: type[MarshmallowSchema] | None,
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
        "security": [{"bearer": []}, *([{}] if "public" in policy.MAY[action] else [])],
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
