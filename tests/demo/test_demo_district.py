"""The demo district: the source's scale, the same from the same seed, and sound."""

from datetime import timedelta
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
from moralbank.demo import district, living
from moralbank.demo.season import CLOSED, EARLIEST, Plan

LOADED = CLOSED + timedelta(days=10, hours=14)

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
        with clock.at(EARLIEST):
            place = district.build(random, lambda _what: None)
        plan = Plan(errands=60, gatherings=3, weekly=2, redemptions=40, gifts=5, lately=10)
        with clock.at(LOADED):
            life = living.begin(place, random, plan)
        for _done in life.live():
            pass

    transact(live)
    return {name: list(session().execute(text(sql))) for name, sql in FIGURES.items()}


SHOWN = {
    "wishes": "FROM service_events WHERE kind = 'wish' AND status = 'open'",
    "errands of several": "FROM service_events WHERE volunteers_needed = 3 AND status = 'open'",
    "past their deadline": "FROM service_events WHERE deadline < "
    "(SELECT max(created_at) FROM service_events) "
    "AND status IN ('open', 'claimed')",
    "running series": "FROM event_series WHERE ended_at IS NULL",
    "ended series": "FROM event_series WHERE ended_at IS NOT NULL",
    "asked again": "FROM invitations JOIN service_events ON service_events.id = event_id "
    "WHERE status = 'open' AND declined_at IS NULL",
    "sheets of slips": "FROM slip_batches",
    "ratings on printed slips": "FROM ratings JOIN slip_batches "
    "ON CAST(SUBSTR(slip_no, 3, 7) AS INTEGER) BETWEEN first AND first + count - 1",
    "no-shows": "FROM no_shows",
    "hand-overs": "FROM event_changes WHERE action = 'handover'",
    "pairings": "FROM pairings",
    "calls in vain": "FROM callback_tries WHERE NOT reached",
    "calls": "FROM callback_tries WHERE reached",
    "to call": "FROM service_events WHERE callback_since IS NOT NULL AND status = 'completed'",
    "expired after a call": "FROM service_events JOIN callback_tries ON event_id = "
    "service_events.id WHERE status = 'expired'",
    "open flags": "FROM flags WHERE status = 'open'",
    "flags about a pair that were settled": "FROM flags WHERE kind = 'pair' AND status = 'fine'",
    "people who are there now": "FROM attendances WHERE left_at IS NULL",
    "minutes that were scanned": "FROM attendances WHERE minutes IS NOT NULL",
    "skills": "FROM volunteers WHERE CAST(skills AS TEXT) <> '[]'",
}


def missing() -> list[str]:
    """Return what a life does not show of what the bank can do."""
    return [
        name
        for name, where in SHOWN.items()
        if not session().execute(text(f"SELECT count(*) {where}")).scalar_one()
    ]


def hands_that_decided() -> int:
    """Return how many flags somebody decided who had a hand in the errand."""
    sql = "SELECT count(*) FROM flags JOIN event_changes ON event_changes.event_id = flags.event_id"
    return int(session().execute(text(f"{sql} WHERE actor = decided_by")).scalar_one())


def goods_without_a_receipt() -> int:
    """Return how many movements of stock name a redemption that there is not."""
    return int(
        session()
        .execute(
            text(
                "SELECT count(*) FROM stock_movements WHERE source_type = 'redemption' "
                "AND source_id NOT IN (SELECT id FROM redemptions)"
            )
        )
        .scalar_one()
    )


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
                assert missing() == []
                assert hands_that_decided() == 0
                assert goods_without_a_receipt() == 0
            close_connections(app)
    assert lives[0] == lives[1]
    assert len(lives[0]["volunteers"]) == 1500


@pytest.mark.engine("postgresql")
def test_it_lives_on_postgresql(app: Flask) -> None:
    with app.app_context():
        lived(7)
        assert ledger.verify().sound
        assert missing() == []
        assert goods_without_a_receipt() == 0


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
        assert missing() == []
        assert hands_that_decided() == 0
        went_the_whole_way = "status = 'published' AND reviewed_by <> computed_by"
        clear = f"{went_the_whole_way} AND notice_ended = 'clear'"
        assert count(f"SELECT count(*) FROM star_rounds WHERE {clear}") == 3
        assert count("SELECT count(*) FROM star_rounds") == 3
        assert count("SELECT count(*) FROM certificates WHERE kind = 'stars'") == 5
        assert count("SELECT count(*) FROM certificates WHERE kind = 'service_record'") == 1
        assert count("SELECT count(*) FROM notices WHERE status <> 'draft'") == 11
        assert ledger.verify().sound
