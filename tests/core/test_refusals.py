"""Nothing under /api ever answers HTML, redirects or leaks a trace, whatever is sent."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from moralbank.core.api import refusal_for
from moralbank.core.db import db
from tests.cast import Bank
from tests.core.problems import problem
from tests.databases import make_app

pytestmark = pytest.mark.engine("sqlite")


def raw(
    app: Flask, path: str, *, method: str = "GET", query: str = "", **headers: str
) -> TestResponse:
    """Send a path as it stands, without the client's own tidying."""
    environ = {"PATH_INFO": path, "REQUEST_URI": path, "RAW_URI": path, "QUERY_STRING": query}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return app.test_client().open(method=method, environ_overrides=environ, headers=named)


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api//",
        "/api/v1",
        "/api/v1/",
        "/api/v2/goods",
        "/api/v1/goods/",
        "/api/v1//goods",
        "//api/v1/nothing",
        "/api//v1/goods",
        "/api/v1/goods//",
        "/api/v1/../../static/css/moralbank.css",
        "/api/v1/volunteers/./x/y",
        "/api/v1/goods\x00",
        "/api/v1/goods/\x00/\xff",
        "/api/v1/<script>alert(1)</script>",
        "/api/v1/\xe9\x81\x93",  # 道 as the server hands it over
        "/api/v1/" + "a" * 100_000,
        "/api/v1/" + "a/" * 5_000,
        "/api/v1/%2e%2e/%00/%zz",
        "/api/docs/",
        "/api/v1/openapi.json/",
        "/api/v1/openapi",
    ],
)
def test_an_unknown_address_is_a_problem(app: Flask, path: str) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"):
        problem(raw(app, path, method=method), 404, "not_found")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_a_method_that_is_not_there_is_a_problem(app: Flask, method: str) -> None:
    response = raw(app, "/api/v1/goods", method=method)
    problem(response, 405, "method_not_allowed")
    assert set(response.headers["Allow"].split(", ")) >= {"GET", "POST"}


@pytest.mark.parametrize("path", ["/api/v1/openapi.json", "/api/docs"])
def test_reading_addresses_take_no_other_method(app: Flask, path: str) -> None:
    for method in ("POST", "OPTIONS", "DELETE"):
        problem(raw(app, path, method=method), 405, "method_not_allowed")


def test_head_answers_as_get_without_a_body(bank: Bank) -> None:
    headers = {"Authorization": f"Bearer {bank.tokens['li']}"}
    client = bank.app.test_client()
    for path, status in (("/api/v1/goods", 200), ("/api/v1/goods?limit=0", 422)):
        response = client.head(path, headers=headers)
        assert (response.status_code, response.data) == (status, b"")
    assert client.head("/api/v1/goods").status_code == 401


@pytest.mark.parametrize("host", ["", "a b", "[::1", "x" * 300, "a:b:c", "é.example", ".", "a..b"])
def test_a_bad_host_changes_nothing(app: Flask, host: str) -> None:
    response = app.test_client().get("/api/v1/goods", headers={"Host": host})
    assert problem(response)["status"] in (400, 401)


@pytest.mark.parametrize("accept", ["text/html", "image/png", "*/*;q=0", "nonsense", ""])
def test_a_problem_is_json_whatever_the_caller_accepts(app: Flask, accept: str) -> None:
    problem(raw(app, "/api/v1/goods", Accept=accept), 401)
    problem(raw(app, "/api/v1/nothing", Accept=accept), 404)


def test_a_query_may_hold_anything(bank: Bank) -> None:
    queries = ["%", "%ff=%ff", "&&&=&", "limit=1&limit=%00", "a[]=1", "limit", "=", "x" * 20_000]
    for query in queries:
        response = raw(
            bank.app, "/api/v1/goods", query=query, Authorization=f"Bearer {bank.tokens['li']}"
        )
        assert response.status_code == 200 or problem(response, 422)["errors"]


def test_an_error_of_our_own_tells_nothing_of_the_house(bank: Bank) -> None:
    """A table that is not there stands for any failure."""
    with bank.inside(), db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE goods RENAME TO hidden"))
    with bank.inside():
        uri = db.engine.url.render_as_string(hide_password=False)
    served = make_app(uri, TESTING=False)
    answer = served.test_client().get(
        "/api/v1/goods", headers={"Authorization": f"Bearer {bank.tokens['li']}"}
    )
    problem(answer, 500, "internal_error")
    assert "goods" not in answer.text
    assert "sqlite" not in answer.text.lower()


def test_every_http_error_has_its_words(app: Flask) -> None:
    from werkzeug.exceptions import default_exceptions

    with app.test_request_context("/api/v1/x"):
        for number, kind in default_exceptions.items():
            refusal = refusal_for(kind())
            assert refusal.status == number
            assert refusal.to_problem()["detail"]


def test_pages_that_are_not_there_are_html(app: Flask) -> None:
    for path in ("/nothing", "/apis", "/staff/nothing"):
        response = app.test_client().get(path)
        assert (response.status_code, response.mimetype) == (404, "text/html")
        assert "Traceback" not in response.text


def test_health(app: Flask) -> None:
    assert app.test_client().get("/healthz").json == {"status": "ok"}
    assert app.test_client().get("/readyz").json == {"status": "ready"}
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert app.test_client().get("/readyz").status_code == 503
