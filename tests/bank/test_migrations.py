"""Migrations up, down and up again, with nothing and with a whole bank in the tables.

A step down drops what its revision made, with all that is in it, and the step up makes that anew
and empty; `DROPS` says which tables those are. What lies beneath stays as it is, row for row. The
book is at the very bottom: the transfer of a redemption outlives the redemption, and the book
still balances. The step down from the first revision drops everything.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from flask.cli import FlaskGroup
from flask.testing import FlaskCliRunner
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.core.db import database_state, db
from moralbank.core.transaction import transact
from moralbank.market.shelf.pictures import show_picture
from moralbank.notices import operations as notices
from moralbank.organizations import operations as organizations
from moralbank.people.card_batches import issue_batch
from moralbank.upkeep import scheduled
from tests.cast import Bank
from tests.core.examples import done_event, examples, household, publish
from tests.photos import photo

DROPS: dict[str, set[str]] = {
    "0042": set(),
    "0041": {"jobs"},
    "0040": {"account_changes"},
    "0037": {"name_keys"},
    "0036": set(),
    "0035": set(),
    "0034": set(),
    "0033": set(),
    "0032": set(),
    "0031": {"certificates"},
    "0030": set(),
    "0029": {"parcels"},
    "0028": {"households", "donation_lines", "reliefs", "relief_lines"},
    "0027": {"volunteer_photos"},
    "0026": {"goods_pictures"},
    "0025": {"reservations", "reservation_lines", "waits"},
    "0024": {"delegates"},
    "0023": {"shown_codes"},
    "0022": {"terminal_closings"},
    "0021": {"card_batches"},
    "0020": set(),
    "0019": {"contributions"},
    "0018": {"goods_prices"},
    "0017": set(),
    "0016": {"restorations"},
    "0015": set(),
    "0014": {"asks"},
    "0013": set(),
    "0012": {"slip_batches"},
    "0011": {"flags"},
    "0010": {
        "attendances", "callback_tries", "event_series", "invitations", "no_shows",
        "series_errands",
    },
    "0008": set(),
    "0007": {"award_reviews", "conduct_records", "pairings"},
    "0006": set(),
    "0005": {"notices", "notice_lines", "objections"},
    "0004": {"star_rounds", "star_results"},
    "0003": {
        "service_events", "awards", "event_changes", "participants", "rating_codes", "ratings",
    },
    "0002": {
        "goods", "terminals", "donations", "stock_counts", "stock_movements", "redemptions",
        "redemption_lines",
    },
}  # fmt: skip
"""What a step down from each revision drops, with all its rows. A new migration is entered here;
one that changes a table and keeps its rows drops none."""
COLUMNS = {
    "adjustments": {"opening"},
    "awards": {
        "excess", "reversed_at", "reversed_for", "notice_id", "cleared_at", "released_at",
        "zeroed_by", "written_off",
    },
    "star_results": {"commendations"},
    "star_rounds": {"reviewed_at", "reviewed_by", "notice_id", "notice_ended"},
    "event_changes": {"action", "volunteer_id"},
    "service_events": {"came_by", "deadline", "kind", "station_id", "volunteers_needed"},
    "volunteers": {"skills"},
    "notices": {"correction_of", "correction_reason"},
    "residents": {"link_issue", "name_seal", "namesake_of"},
    "ratings": {"spoke_for"},
    "staff": {"must_change_password"},
    "access_tokens": {"address", "owes", "seen_at"},
    "audit_entries": {"place", "volunteer_id"},
    "rulebook_versions": {"digest"},
    # A step down ends delegates' cards.
    "cards": {"batch_id", "delegate_id", "status", "revoked_at"},
    "redemptions": {"with_pin", "closing_id", "delegate"},
    "redemption_lines": {"cost"},
    "donations": {"to_household_id"},
    "goods": {"barcode", "reorder_level", "set_aside"},
    # A step down has no word for goods that were moved between shops.
    "stock_movements": {"donor", "invoice", "note", "reason", "unit_cost"},
    "stock_counts": {"counted", "expected", "reason"},
}  # fmt: skip
"""What later revisions added to a table that was there: a step down takes it away, so these columns
are left out when rows are compared."""
FILLED = {"parcels", "name_keys"}
"""Tables that a step up fills from rows that are there."""
FIRST = "0001"

SCHEMA = {
    "sqlite": "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'",
    "postgresql": """
        SELECT table_name || '.' || column_name,
            concat_ws(' ', data_type, character_maximum_length, is_nullable, column_default)
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL
        SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL
        SELECT conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL
        SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger
        WHERE NOT tgisinternal
        UNION ALL
        SELECT 'sequence', sequence_name FROM information_schema.sequences
        WHERE sequence_schema = 'public'
        UNION ALL
        SELECT oid::regprocedure::text, prosrc FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
    """,
}


def schema(app: Flask) -> list[str]:
    """Everything that migrations make, but for Alembic's own table: tables, columns, indexes,
    constraints, triggers, functions."""
    with app.app_context(), db.engine.connect() as connection:
        rows = [
            repr(tuple(row)) for row in connection.execute(text(SCHEMA[connection.dialect.name]))
        ]
    return sorted(row for row in rows if "alembic_version" not in row)


def contents(app: Flask) -> dict[str, list[str]]:
    """Every row of every table that there is."""
    with app.app_context(), db.engine.connect() as connection:
        tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
        return {
            table: sorted(
                repr({name: value for name, value in row.items() if name not in added})
                for added in (COLUMNS.get(table, set()),)
                for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()
            )
            for table in tables
        }


def assert_sound(app: Flask) -> None:
    """The book balances, with the tables above it or without them."""
    with app.app_context():
        verdict = ledger.verify()
        assert verdict.faults == []
        assert verdict.transfers
        assert ledger.trial_balance().balanced


def flask_db(app: Flask, *words: str) -> None:
    """Run `flask db ...`; what a connection has prepared is for the tables of before."""
    group = FlaskGroup(create_app=lambda: app)
    result = FlaskCliRunner(app).invoke(group, ["db", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    with app.app_context():
        db.engine.dispose()


def revision(app: Flask) -> str | None:
    """The revision that the database is at."""
    with app.app_context(), db.engine.connect() as connection:
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found


def revisions() -> list[str]:
    """All revisions, newest first."""
    migrations = Path(__file__).parents[2] / "migrations"
    return [script.revision for script in ScriptDirectory(str(migrations)).walk_revisions()]


@pytest.fixture
def full(bank: Bank) -> Bank:
    """A bank with rows in every table."""
    rating = {"stars": 5, "channel": "phone"}
    rated = bank.as_("worker").post(f"/service-events/{done_event(bank)}/rating", rating)
    assert rated.status_code == 200, rated.text
    code = bank.as_("li").get("/cards/phone-code").json["code"]
    shown = bank.as_("till").post("/cards/identification", {"code": code})
    assert shown.status_code == 200, shown.text
    # Cards last: a card that changes ends its holder's sign-in.
    for name, example in sorted(examples(bank).items(), key=lambda item: "/cards" in item[0]):
        bank.as_(example.who).call(name.split()[0], example.path, example.body, key=name)
    supervisor = bank.as_("supervisor")
    give_back(bank)
    review(bank)
    count = {"quantity": -1, "reason": "count"}
    assert supervisor.post(f"/goods/{bank.soap}/stock-movements", count).status_code == 202

    def keep_the_book() -> None:
        given: dict[str, Any] = {
            "kind": "donation", "asset": "points", "effective_at": clock.now(),
            "source_type": "test", "source_id": "1",
        }  # fmt: skip
        payer, payee = f"volunteer:{bank.li.id}", f"volunteer:{bank.zhao.id}"
        posting = ledger.Posting(key="held", payer=payer, payee=payee, amount=100, **given)
        ledger.hold(posting, until=clock.now() + timedelta(days=1))
        ledger.roll_up()

    newcomer = {
        "name": "孙建国",
        "phone": "13900000099",
        "community_id": bank.community_id,
        "publish_consent": False,
    }
    assert bank.as_("worker").post("/volunteers", newcomer).status_code == 201
    with bank.inside():
        issue_batch(system("test"), community_id=bank.community_id)
        show_picture(system("test"), bank.rice, upload=photo())
        transact(keep_the_book)
        assert list(scheduled.run(system("test"), {"test": lambda _actor: "done"}))
    return bank


def give_back(bank: Bank) -> None:
    """Set an award to nothing, and give it back."""
    zero = {"code": "complaint", "name": "投诉属实", "kind": "deduction", "points": "0",
            "zeroes_event": True}  # fmt: skip
    publish(bank, reasons=[zero])
    with bank.inside():
        now = clock.now().isoformat()
    number = done_event(bank, performed_at=now)
    rating = {"stars": 5, "channel": "phone"}
    assert bank.as_("worker").post(f"/service-events/{number}/rating", rating).status_code == 200
    supervisor = bank.as_("supervisor")
    said = {"reason": "complaint", "note": "查实", "service_event_id": number}
    made = supervisor.post(f"/volunteers/{bank.li.id}/conduct", said)
    assert made.status_code == 201, made.text
    path = f"/conduct/{made.json['id']}/withdrawal"
    assert supervisor.post(path, {"reason": "记错了"}).status_code == 200


def review(bank: Bank) -> None:
    """Have somebody look at an award that waits for it."""
    held = {"release": {"rule": "held", "reviewers": 2, "notice_working_days": None}}
    publish(bank, **held)
    with bank.inside():
        now = clock.now().isoformat()
    number = done_event(bank, performed_at=now)
    rating = {"stars": 1, "channel": "phone"}
    assert bank.as_("worker").post(f"/service-events/{number}/rating", rating).status_code == 200
    reviewed = bank.as_("supervisor").post(f"/service-events/{number}/review")
    assert reviewed.status_code == 200, reviewed.text


def test_up_down_and_up_again(app: Flask) -> None:
    made = schema(app)
    assert made
    flask_db(app, "downgrade", "base")
    assert schema(app) == []
    flask_db(app, "upgrade")
    assert schema(app) == made
    flask_db(app, "check")
    with app.app_context():
        assert database_state() == "ready"


def test_each_step_down_and_up_with_a_whole_bank_in_the_tables(full: Bank) -> None:
    app = full.app
    made, there = schema(app), contents(app)
    assert [table for table, rows in there.items() if not rows] == []
    assert revisions()[-1] == FIRST

    for step in revisions()[:-1]:
        before = schema(app)
        there = contents(app)
        assert revision(app) == step
        flask_db(app, "downgrade")
        beneath = {table: rows for table, rows in there.items() if table not in DROPS[step]}
        assert beneath.keys() | DROPS[step] == there.keys()
        assert contents(app) == beneath
        assert_sound(app)
        flask_db(app, "upgrade", step)
        again = contents(app) | dict.fromkeys(FILLED & DROPS[step], [])
        assert again == beneath | dict.fromkeys(DROPS[step], [])
        assert schema(app) == before
        flask_db(app, "downgrade")
        assert contents(app) == beneath

    # All the way up again, over what was left at the bottom.
    flask_db(app, "upgrade")
    assert schema(app) == made
    found = {table: rows for table, rows in contents(app).items() if rows}
    assert {table: rows for table, rows in found.items() if table not in FILLED} == beneath
    assert found.keys() - beneath.keys() == {"name_keys"}
    assert_sound(app)

    flask_db(app, "downgrade", "base")
    assert contents(app) == {}
    assert schema(app) == []
    flask_db(app, "upgrade")
    assert schema(app) == made
    with app.app_context():
        place = transact(
            lambda: organizations.create(
                system("test"), name="新安区", level="district", parent_id=None
            )
        )
        assert place.name == "新安区"


def test_a_bank_of_the_first_migration_is_brought_up_and_goes_on(bank: Bank) -> None:
    """Its people, cards and points are there; with a new shelf and terminal there is a main job."""
    flask_db(bank.app, "downgrade", FIRST)
    there = contents(bank.app)
    assert all(there[table] for table in ("volunteers", "cards", "staff", "transfers"))
    flask_db(bank.app, "upgrade")
    assert contents(bank.app).items() >= there.items()
    worker, supervisor = bank.as_("worker"), bank.as_("supervisor")
    number = done_event(bank)
    rating = {"stars": 5, "channel": "phone"}
    assert worker.post(f"/service-events/{number}/rating", rating).status_code == 200
    soap = {
        "supermarket_id": bank.supermarket_id, "sku": "S-1", "name": "肥皂", "unit": "块",
        "price": "0.5", "stock": 10,
    }  # fmt: skip
    shelved = supervisor.post("/goods", soap)
    till = supervisor.post("/terminals", {"supermarket_id": bank.supermarket_id, "name": "终端"})
    bank.tokens["till"] = till.json["token"]
    sold = bank.buy({shelved.json["id"]: 1})
    assert sold.status_code == 201, sold.text
    assert_sound(bank.app)


def test_lifetimes_go_with_the_step_that_brought_them(full: Bank) -> None:
    """And what was posted of them; other rounds, and their results, stay."""
    app, supervisor = full.app, full.as_("supervisor")
    tables = ("star_rounds", "star_results", "notices", "notice_lines", "objections")
    before = {table: contents(app)[table] for table in tables}
    with full.inside():
        period = f"lifetime-{clock.today().year}"
    asked = {"organization_id": full.district_id, "period": period}
    made = supervisor.post("/star-rounds", {"subject": "volunteer", **asked}).json["id"]
    assert supervisor.post(f"/star-rounds/{made}/publication").status_code == 200
    notice = supervisor.post("/notices", {"kind": "stars", **asked}).json["id"]
    posted = supervisor.post(f"/notices/{notice}/posting", {"objection_days": 5})
    assert posted.status_code == 200, posted.text
    objection = {"line_no": 1, "name": "孟庆祥", "contact": "13612340000", "reason": "再核一核"}
    objected = full.as_("public").post(f"/notices/{notice}/objections", objection)
    assert objected.status_code == 201, objected.text
    there = contents(app)
    assert all(len(there[table]) > len(before[table]) for table in tables)

    flask_db(app, "downgrade", "0007")
    assert {table: contents(app)[table] for table in tables} == before
    with app.app_context(), db.engine.begin() as connection:
        for table in ("star_results", "notice_lines"):  # which are protected again
            with pytest.raises(DBAPIError, match="append-only"), connection.begin_nested():
                connection.execute(text(f"DELETE FROM {table}"))
        if connection.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    flask_db(app, "upgrade")
    assert {table: contents(app)[table] for table in tables} == before


def test_gifts_to_households_go_with_the_step_that_brought_them(bank: Bank) -> None:
    """The points stay in the book; gifts to pools stay, and are protected again."""
    app = bank.app
    kept = bank.as_("li").post("/donations", {"to_pool_id": bank.pool_id, "points": "1"})
    assert kept.status_code == 201, kept.text
    before = contents(app)["donations"]
    gift = {"to_household_id": household(bank), "points": "2"}
    assert bank.as_("li").post("/donations", gift).status_code == 201
    transfers = contents(app)["transfers"]

    flask_db(app, "downgrade", "0027")
    there = contents(app)
    assert (there["donations"], there["transfers"]) == (before, transfers)
    with (
        app.app_context(),
        db.engine.connect() as connection,
        pytest.raises(DBAPIError, match="append-only"),
    ):
        connection.execute(text("DELETE FROM donations"))
    flask_db(app, "upgrade")
    assert len(contents(app)["donations"]) == len(before)


def test_goods_that_were_given_before_count_as_turned_into_points(bank: Bank) -> None:
    """A step down lets what they set aside go, and a step up sets nothing aside again."""
    lines = [{"goods_id": bank.rice, "quantity": 2}]
    gift = bank.as_("li").post("/donations", {"to_pool_id": bank.pool_id, "lines": lines})
    assert gift.status_code == 201, gift.text
    assert bank.goods(bank.rice)["set_aside"] == 2
    flask_db(bank.app, "downgrade", "0028")
    flask_db(bank.app, "upgrade")
    assert bank.goods(bank.rice)["set_aside"] == 0
    [seen] = bank.as_("li").get("/donations").json["items"]
    assert (seen["state"], seen["lines"][0]["quantity"]) == ("turned", 2)


def posted_notice(bank: Bank, body: dict[str, Any]) -> str:
    """Draft a notice and post it; return its id."""
    supervisor = bank.as_("supervisor")
    number: str = supervisor.post("/notices", body).json["id"]
    posted = supervisor.post(f"/notices/{number}/posting", {"objection_days": 5})
    assert posted.status_code == 200, posted.text
    return number


def test_the_newest_kinds_of_notices_go_with_the_step_that_brought_them(full: Bank) -> None:
    """With their lines, and what was objected to them; what was posted before stays, and holds."""
    app, supervisor = full.app, full.as_("supervisor")
    tables = ("notices", "notice_lines", "objections")
    count = full.as_("till").post(f"/goods/{full.oil}/counts", {"counted": 1}).json["id"]
    path = f"/goods/{full.oil}/stock-movements/{count}/approval"
    assert supervisor.post(path, {"reason": "受潮"}).status_code == 200
    before = {table: contents(app)[table] for table in tables}
    with full.inside():
        period = str(clock.today().year)
    for kind in ("stock_counts", "rule_changes"):
        asked = {"kind": kind, "organization_id": full.district_id, "period": period}
        old = posted_notice(full, asked)
        posted_notice(full, asked | {"correction_of": old, "correction_reason": "漏了一样"})
        objection = {"line_no": 1, "name": "孟庆祥", "contact": "13612340000", "reason": "再核"}
        objected = full.as_("public").post(f"/notices/{old}/objections", objection)
        assert objected.status_code == 201, objected.text
    there = contents(app)
    assert all(len(there[table]) > len(before[table]) for table in tables)

    flask_db(app, "downgrade", "0033")
    assert {table: contents(app)[table] for table in tables} == before
    with app.app_context(), db.engine.begin() as connection:
        with pytest.raises(DBAPIError, match="append-only"), connection.begin_nested():
            connection.execute(text("DELETE FROM notice_lines"))
        if connection.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    flask_db(app, "upgrade")
    assert {table: contents(app)[table] for table in tables} == before
    with full.inside():
        assert notices.faults(system("test")) == []
