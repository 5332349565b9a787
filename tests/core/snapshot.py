"""All that the database holds, to compare before and after."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect, select

from moralbank.core.db import db
from tests.cast import Bank

COUNTS = {"failed_tries", "wrong_codes", "wrong_pins", "callback_since", "seen_at"}
"""What a refused try may leave behind: the count of wrong tries, who should be called, and when a
sign-in was used last; a wrong code stands in the errand's history too."""


def snapshot(bank: Bank) -> dict[str, list[Any]]:
    """Return every row of every table, the counts of wrong tries left out."""
    found: dict[str, list[Any]] = {}
    with bank.inside(), db.engine.connect() as connection:
        there = set(inspect(connection).get_table_names())
        for table in db.metadata.sorted_tables:
            if table.name in there - COUNTS:
                columns = [column for column in table.columns if column.name not in COUNTS]
                wanted = select(*columns)
                if table.name == "event_changes":
                    wanted = wanted.where(table.c.action.is_distinct_from("wrong_code"))
                rows = connection.execute(wanted).all()
                found[table.name] = sorted(repr(tuple(row)) for row in rows)
    return found
