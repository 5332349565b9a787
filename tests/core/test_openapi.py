"""The document is OpenAPI 3.1, complete, and made without a warning."""

from __future__ import annotations

import re
import warnings
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from moralbank.core import policy
from moralbank.core.openapi import PREFIX
from tests.core.test_routes import action_of, rules
from tests.databases import make_app

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def served() -> Flask:
    """The application; the document needs no database, and no warning is let pass."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return make_app("sqlite://")


@pytest.fixture(scope="module")
def document(served: Flask) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        response = served.test_client().get("/api/v1/openapi.json")
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    return response.json


def operations(document: Any) -> list[tuple[str, str, Any]]:
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def test_it_is_valid_openapi_3_1(document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_every_route_is_in_it_and_nothing_else(served: Flask, document: Any) -> None:
    routed = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule, method in rules(served, under=PREFIX)
        if action_of(served, rule) is not None
    }
    assert {(path, method) for path, method, _operation in operations(document)} == routed


def test_every_operation_tells_its_answers_and_refusals(served: Flask, document: Any) -> None:
    actions = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower()): action_of(served, rule)
        for rule, method in rules(served, under=PREFIX)
    }
    for path, method, operation in operations(document):
        where = f"{method} {path}"
        answers = operation["responses"]
        assert operation["summary"], where
        assert any(number.startswith("2") for number in answers), where
        for number, answer in answers.items():
            if number.startswith("2"):
                continue
            assert number.isdigit(), where  # no catch-all that hides what a route refuses
            assert list(answer["content"]) == ["application/problem+json"], (where, number)
            schema = answer["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}, (where, number)
        action = actions[path, method]
        assert action is not None
        assert operation["x-roles"] == sorted(policy.MAY[action]), where
        public = "public" in policy.MAY[action]
        assert operation["security"] == [{"bearer": []}, *([{}] if public else [])], where
        assert {"401", "403", "404", "422"} <= answers.keys(), where
        if method in ("post", "put", "patch"):
            assert {"400", "413", "415"} <= answers.keys(), where
        if method == "post":
            names = {parameter.get("name") for parameter in operation["parameters"]}
            assert "Idempotency-Key" in names, where
        for name in re.findall(r"{(\w+)}", path):
            assert any(
                parameter["name"] == name and parameter["in"] == "path"
                for parameter in document["paths"][path].get("parameters", [])
                + operation.get("parameters", [])
            ), where


def test_every_answer_with_a_body_has_its_schema(document: Any) -> None:
    """All but signing out, one's own new password and erasing a photo, which answer nothing."""
    silent = {
        f"{method} {path}"
        for path, method, operation in operations(document)
        for number, answer in operation["responses"].items()
        if number.startswith("2") and "content" not in answer
    }
    assert silent == {
        "delete /api/v1/tokens/current",
        "delete /api/v1/tokens/{sign_in_id}",
        "put /api/v1/staff/current/password",
        "delete /api/v1/volunteers/{volunteer_id}/photo",
    }


def test_operations_have_names_of_their_own(document: Any) -> None:
    names = [operation.get("operationId") for _path, _method, operation in operations(document)]
    assert None not in names
    assert len(set(names)) == len(names)


def test_the_reading_page_needs_nobody_elses_server(served: Flask) -> None:
    page = served.test_client().get("/api/docs")
    assert page.status_code == 200
    assert page.mimetype == "text/html"
    assert not re.search(r"(src|href)=[\"'](https?:)?//", page.text)
