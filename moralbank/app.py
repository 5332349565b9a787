"""Putting the house together."""

import hmac
import os
import secrets
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, redirect, render_template, request
from flask_babel import Babel
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.middleware.proxy_fix import ProxyFix

from moralbank.core import db as database
from moralbank.core import language, metrics, pages, requests
from moralbank.core.api import problem_response, refusal_for, under_api
from moralbank.core.db import database_state
from moralbank.core.kept import open_door
from moralbank.core.openapi import PREFIX, create_api
from moralbank.core.problems import Refusal
from moralbank.rooms import API_ROOMS, COMMANDS, PAGE_ROOMS, authenticate
from moralbank.upkeep.figures import Jobs

ROOT = Path(__file__).resolve().parent.parent
MAX_BODY_BYTES = 1_000_000
"""The most that a request's body may hold."""


def create_app(config: dict[str, Any] | None = None) -> Flask:
    """Return the application. `config` overrides the environment's ``MORALBANK_…`` (for tests).

    Raises RuntimeError when no secret is given, unless it runs as a command or in tests with the
    local file database.
    """
    app = Flask(
        "moralbank",
        root_path=str(ROOT),
        instance_path=str(ROOT / "instance"),
        static_folder=str(ROOT / "static"),
        template_folder=str(ROOT / "templates"),
    )
    app.config.update(
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{ROOT / 'instance' / 'moralbank.db'}",
        TIMEZONE="Asia/Shanghai",
        BANK_NAME="道德银行",
        BANK_PLACE="",
        BANK_PHONE="",
        TRUSTED_PROXIES=0,
        METRICS_TOKEN="",
        RATELIMIT_ENABLED=True,
        CALLBACK_AFTER_DAYS=3,
        EXPIRES_AFTER_DAYS=30,
        RESERVATION_HOURS=48,
        PAGE_SECONDS=25,
        FIGURE_SECONDS=25,
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_BODY_BYTES,
        PROVIDE_AUTOMATIC_OPTIONS=False,
        BABEL_DEFAULT_LOCALE=language.CHINESE,
        BABEL_TRANSLATION_DIRECTORIES="moralbank/translations",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_NAME="moralbank",
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.config.from_prefixed_env("MORALBANK")
    app.config.update(config or {})
    app.config["SQLALCHEMY_DATABASE_URI"] = _with_driver(app.config["SQLALCHEMY_DATABASE_URI"])
    # The environment is read as JSON where it is JSON; a secret of digits alone is still a text.
    app.config["SECRET_KEY"] = str(app.config.get("SECRET_KEY") or "") or _local_secret(
        Path(app.instance_path)
    )

    Path(app.instance_path).mkdir(exist_ok=True)
    open_door(app)
    if app.config["TRUSTED_PROXIES"]:
        # Behind a proxy, who asks and under which address the bank is reached stand in its headers.
        count = int(app.config["TRUSTED_PROXIES"])
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=count
        )
    requests.watch(app)
    app.url_map.merge_slashes = False
    database.db.init_app(app)
    database.migrate.init_app(app)
    Babel(app, locale_selector=language.chosen)
    pages.csrf.init_app(app)
    app.jinja_env.globals.update(pages.TEMPLATE_GLOBALS)
    app.jinja_env.filters.update(pages.TEMPLATE_FILTERS)
    app.context_processor(pages.page_context)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["moralbank_authenticate"] = authenticate

    api = create_api(app)
    for api_room in API_ROOMS:
        api.register_blueprint(api_room, url_prefix=PREFIX)
    for page_room in PAGE_ROOMS:
        app.register_blueprint(page_room)
    for group in COMMANDS:
        app.cli.add_command(group)

    _handle_errors(app)
    _add_plain_routes(app)
    app.after_request(pages.secure_headers)
    return app


def _with_driver(uri: str) -> str:
    """Let an operator write ``postgresql://…`` and mean the driver that is installed."""
    for prefix in ("postgres://", "postgresql://"):
        if uri.startswith(prefix):
            return "postgresql+psycopg://" + uri.removeprefix(prefix)
    return uri


def _local_secret(instance: Path) -> str:
    """Return the secret kept beside the local database, made at the first start.

    Under gunicorn that is not good enough: several machines would each make their own.
    """
    if "gunicorn" in os.environ.get("SERVER_SOFTWARE", ""):
        raise RuntimeError("MORALBANK_SECRET_KEY is not set; refusing to start without a secret")
    instance.mkdir(exist_ok=True)
    kept = instance / "secret_key"
    try:
        descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return kept.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return kept.read_text().strip()


def _handle_errors(app: Flask) -> None:
    def answer(refusal: Refusal) -> Response:
        if under_api(request.path):
            return problem_response(refusal)
        page = render_template("errors/problem.html", problem=refusal.to_problem())
        response = Response(page, refusal.status, mimetype="text/html")
        response.headers.update(
            {name: value for name, value in refusal.headers.items() if name != "WWW-Authenticate"}
        )
        return response

    @app.errorhandler(Refusal)
    def refused(error: Refusal) -> Response:
        return answer(error)

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> Any:
        if error.response is not None:
            return error.response
        return answer(refusal_for(error))


def _add_plain_routes(app: Flask) -> None:
    @app.get("/healthz")
    def alive() -> Response:
        """Say that the process answers."""
        return jsonify(status="ok")

    @app.get("/readyz")
    def ready() -> Response:
        """Say whether the database is there and its migrations are current."""
        state = database_state()
        response = jsonify(status=state)
        response.status_code = 200 if state == "ready" else 503
        return response

    @app.get("/metrics")
    def figures() -> Response:
        """Give the figures to whoever brings the token that was set for it; to others it is not
        there."""
        wanted = str(app.config["METRICS_TOKEN"])
        _scheme, _space, given = request.headers.get("Authorization", "").partition(" ")
        if not wanted or not hmac.compare_digest(wanted.encode(), given.encode()):
            raise NotFound
        return Response(metrics.written([Jobs()]), mimetype="text/plain")

    @app.get("/api/docs")
    def docs() -> str:
        """Show the API's document for reading."""
        return render_template("docs.html", spec_url=f"{PREFIX}/openapi.json")

    @app.get("/favicon.ico")
    def favicon() -> Any:
        """Lead old browsers to the logo."""
        return redirect("/static/img/logo.svg")
