"""What every test may ask for.

A test that asks for a database (`database_uri`, `app`, `client`, `runner`) runs once on each
engine; one that asks for none runs once. `--engine sqlite` keeps to one engine.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from datetime import date
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner

from scripts.setup_tests import find_chromium
from tests import noon
from tests.databases import ENGINES, TEMPLATE, Databases, close_connections, make_app
from tests.postgres import PostgresUnavailable

# The same examples every time in `make test`; new and more of them in `make test-long`.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.register_profile("long", deadline=None, max_examples=1000)
hypothesis.settings.load_profile("steady")

DATABASES = pytest.StashKey[Databases]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a developer keep to one engine, and choose the day."""
    parser.addoption("--engine", choices=ENGINES, help="run on this engine only")
    parser.addoption(
        "--today", type=date.fromisoformat, default=noon.DAY, help="run as on this day"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Set the clock; take over the first process's databases, or be ready to make them."""
    noon.begin(config.getoption("--today"))
    prepared = getattr(config, "workerinput", {}).get("databases")
    config.stash[DATABASES] = Databases(prepared)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Before another test process starts: make the databases here, once, and tell it where."""
    try:
        node.workerinput["databases"] = node.config.stash[DATABASES].prepare()
    except PostgresUnavailable as error:
        pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)


def pytest_collection_finish() -> None:
    """What is loaded by now stays for the whole run: the collector need not look at it again."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind, however the run went."""
    if DATABASES in config.stash:
        config.stash[DATABASES].close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that needs a database once on each engine."""
    if "engine_name" not in metafunc.fixturenames:
        return
    chosen = metafunc.config.getoption("--engine")
    only = metafunc.definition.get_closest_marker("engine")
    engines = [
        engine
        for engine in ENGINES
        if chosen in (None, engine) and (only is None or engine in only.args)
    ]
    metafunc.parametrize("engine_name", engines, indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine of this test, 'sqlite' or 'postgresql'."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config) -> Databases:
    """The maker of databases, for fixtures that keep one for longer than a test."""
    return pytestconfig.stash[DATABASES]


@pytest.fixture
def database_uri(
    databases: Databases, engine_name: str, request: pytest.FixtureRequest
) -> Iterator[str]:
    """A new, migrated database of this test alone: empty, or with the cast of the `bank`."""
    template = TEMPLATE
    if "bank" in request.fixturenames:
        from tests.cast import rehearsed  # here: a test of pure rules need not wait for it

        template = rehearsed(databases, engine_name)[0]
    with databases.fresh(engine_name, template) as uri:
        yield uri


@pytest.fixture
def app(database_uri: str) -> Iterator[Flask]:
    """The application on this test's database."""
    app = make_app(database_uri)
    yield app
    close_connections(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """An HTTP client that keeps cookies."""
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Runs `flask ...` commands."""
    return app.test_cli_runner()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the browser of the system where there is one, and let it call nobody."""
    arguments = ["--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses to start for root without
    found = find_chromium()
    path = {"executable_path": found} if found else {}
    return {**browser_type_launch_args, **path, "args": arguments}
