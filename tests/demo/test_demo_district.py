"""The demo district: the source's scale, the same from the same seed, and sound."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import text

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.db import session
from moralbank.core.transaction import transact
from moralbank.demo import district, season

FIGURES = {
    "volunteers": "SELECT name, account_no FROM volunteers ORDER BY account_no",
    "errands": "SELECT service_item, status, performed_at FROM service_events ORDER BY id",
    "awards": "SELECT points, minutes, stars FROM awards ORDER BY event_id, volunteer_id",
    "redemptions": "SELECT points, status, occurred_at FROM redemptions ORDER BY id",
    "stars": "SELECT stars, rank FROM star_results JOIN star_rounds ON star_rounds.id = round_id "
    "ORDER BY subject, rank, stars",
    "balances": "SELECT asset, balance FROM accounts ORDER BY id",
}


def lived(seed: int) -> dict[str, list[Any]]:
    """Live a small quarter and return what came of it."""

    def live() -> None:
        random = Random(seed)
        with clock.at(season.EARLIEST):
            place = district.build(random, lambda _what: None)
        plan = season.Plan(errands=60, activities=3, redemptions=40, gifts=5)
        life = season.Season(place, random, plan)
        for _done in life.live():
            pass
        season.leave_waiting(life)
        season.close(place)

    transact(live)
    return {name: list(session().execute(text(sql))) for name, sql in FIGURES.items()}


@pytest.mark.engine("sqlite")
def test_the_same_seed_makes_the_same_life(databases: Any) -> None:
    from tests.databases import close_connections, make_app

    lives = []
    for _time in range(2):
        with databases.fresh("sqlite") as uri:
            app = make_app(uri)
            with app.app_context():
                lives.append(lived(7))
                assert ledger.verify().sound
            close_connections(app)
    assert lives[0] == lives[1]
    assert len(lives[0]["volunteers"]) == 1500


@pytest.mark.engine("postgresql")
def test_it_lives_on_postgresql(app: Flask) -> None:
    with app.app_context():
        lived(7)
        assert ledger.verify().sound


@pytest.mark.long
def test_the_whole_quarter_has_the_source_s_scale(
    runner: FlaskCliRunner, app: Flask, tmp_path: Path
) -> None:
    app.instance_path = str(tmp_path)  # the sign-ins of a demo that somebody looks at stay theirs
    first = runner.invoke(args=["demo", "load"])
    assert first.exit_code == 0, first.output
    again = runner.invoke(args=["demo", "load"])
    assert again.output.strip() == "The demo district is there already."
    with app.app_context():

        def count(sql: str) -> int:
            return int(session().execute(text(sql)).scalar_one())

        assert count("SELECT count(*) FROM volunteers") == 1500
        levels = {
            level: count(f"SELECT count(*) FROM organizations WHERE level = '{level}'")
            for level in ("station", "community", "supermarket")
        }
        assert levels == {"station": 154, "community": 61, "supermarket": 61}
        assert count("SELECT sum(minutes) FROM awards WHERE status = 'awarded'") >= 5_000 * 60
        assert count("SELECT count(DISTINCT stars) FROM ratings") == 5
        assert count("SELECT count(DISTINCT channel) FROM ratings") == 5
        assert count("SELECT count(*) FROM redemptions WHERE status = 'completed'") > 300
        assert count("SELECT count(*) FROM redemptions WHERE status = 'voided'") > 0
        assert count("SELECT count(*) FROM star_rounds WHERE status = 'published'") == 3
        assert count("SELECT count(*) FROM notices WHERE status <> 'draft'") == 6
        assert ledger.verify().sound
