"""A published version is never changed: the database refuses it, and a change that was forced all
the same is noticed."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from moralbank.core import append_only
from moralbank.core.db import db
from moralbank.rulebook.models import RulebookVersion
from moralbank.rulebook.operations import changed_versions
from tests.cast import Bank, bank

__all__ = ["bank"]

CHANGES = {
    "another date": "UPDATE rulebook_versions SET effective_from = '2001-01-01'",
    "another document": "UPDATE rulebook_versions SET document = '{}'",
    "another number": "UPDATE rulebook_versions SET version = 9",
    "no version": "DELETE FROM rulebook_versions",
    "the same number again": """
        INSERT OR REPLACE INTO rulebook_versions
        SELECT version, effective_from, '{}', published_at, published_by, digest
        FROM rulebook_versions
    """,
    "none at all": "TRUNCATE rulebook_versions CASCADE",
}
OF_ONE_ENGINE = {"the same number again": "sqlite", "none at all": "postgresql"}


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses_a_change(bank: Bank, change: str) -> None:
    with bank.inside(), db.engine.connect() as connection:
        if OF_ONE_ENGINE.get(change, connection.dialect.name) != connection.dialect.name:
            pytest.skip("the other engine's words")
        before = connection.execute(select(RulebookVersion.__table__)).all()
        connection.rollback()
        with pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text(CHANGES[change]))
        connection.rollback()
        assert connection.execute(select(RulebookVersion.__table__)).all() == before


def test_a_change_that_was_forced_is_noticed(bank: Bank) -> None:
    document = bank.as_("admin").get("/rulebooks/1").json["document"]
    sent = {"effective_from": "2020-01-01", "document": document}
    for _time in range(2):
        assert bank.as_("admin").post("/rulebooks", sent).status_code == 201
    document["rating"]["multipliers"]["3"] = "0.81"
    with bank.inside():
        assert changed_versions() == []
        for statement in append_only.unprotect("rulebook_versions", db.engine.dialect.name):
            db.session.execute(text(statement))
        change = text("UPDATE rulebook_versions SET document = :document WHERE version = 1")
        db.session.execute(change, {"document": json.dumps(document)})
        day = text("UPDATE rulebook_versions SET effective_from = :day WHERE version = 3")
        db.session.execute(day, {"day": str(date(2001, 1, 1))})
        db.session.commit()
        assert changed_versions() == [1, 3]
