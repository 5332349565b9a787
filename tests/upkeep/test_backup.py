"""`flask backup` and `flask restore`: the same bank again, on either engine, or nothing at all."""

from __future__ import annotations

import gzip
import hashlib
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from moralbank import ledger
from moralbank.core.db import db
from tests.bank.test_migrations import contents, flask_db, full, revisions, schema
from tests.cast import Bank
from tests.databases import ENGINES, Databases, close_connections, make_app

__all__ = ["full"]


PROTECTED = {
    "transfers": "id",
    "audit_entries": "id",
    "event_changes": "id",
    "rulebook_versions": "version",
    "notice_lines": "line_no",
}
"""Tables that are only ever added to, and a column of each."""


def flask(app: Flask, *words: str | Path) -> Result:
    """Run a command; what went wrong in the program itself is raised."""
    result = app.test_cli_runner().invoke(args=[str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def done(app: Flask, *words: str | Path) -> str:
    """Run a command that must succeed; return what it printed."""
    result = flask(app, *words)
    assert result.exit_code == 0, result.output
    return result.output


def refused(app: Flask, *words: str | Path) -> str:
    """Run a command that must refuse and change nothing; return what it said."""
    before = contents(app)
    result = flask(app, *words)
    assert result.exit_code == 2, result.output
    assert contents(app) == before
    return result.output


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the backup goes."""
    return tmp_path / "bank.backup"


@pytest.fixture
def empty(databases: Databases, engine_name: str) -> Iterator[Flask]:
    """An empty bank on the same engine."""
    with databases.fresh(engine_name) as uri:
        app = make_app(uri)
        yield app
        close_connections(app)


def without_the_trail_of(action: str, tables: dict[str, list[str]]) -> dict[str, list[str]]:
    """Rows without those of one action in the audit trail."""
    kept = [row for row in tables["audit_entries"] if repr(action) not in row]
    return tables | {"audit_entries": kept}


def test_what_is_restored_is_the_same_row_for_row(full: Bank, empty: Flask, file: Path) -> None:
    there = contents(full.app)
    said = done(full.app, "backup", file)
    digest = hashlib.sha256(file.read_bytes().partition(b"\n")[2]).hexdigest()
    assert said == f"{file}: {file.stat().st_size} bytes, sha256 {digest}\n"
    said = done(empty, "restore", file)
    assert "\nsound: " in said
    assert f"restored: {sum(map(len, there.values()))} rows" in said
    again = contents(empty)
    assert without_the_trail_of("bank.restore", again) == there
    assert len(again["audit_entries"]) == len(there["audit_entries"]) + 1
    assert schema(empty) == schema(full.app)
    with full.inside():
        totals = ledger.trial_balance()
    with empty.app_context():
        assert ledger.trial_balance() == totals
        assert ledger.verify().sound


def test_a_bank_moves_to_the_other_engine(
    full: Bank, databases: Databases, engine_name: str, file: Path, tmp_path: Path
) -> None:
    """And back: then it is what it was."""
    there = contents(full.app)
    done(full.app, "backup", file)
    [other] = set(ENGINES) - {engine_name}
    with databases.fresh(other) as uri:
        moved = make_app(uri)
        assert "\nsound: " in done(moved, "restore", file)
        back = tmp_path / "back.backup"
        done(moved, "backup", back)
        close_connections(moved)
    done(full.app, "restore", back, "--replace")
    trail = without_the_trail_of("bank.restore", contents(full.app))
    assert trail == without_the_trail_of("bank.back_up", there)


def test_the_restored_bank_goes_on_and_is_protected(full: Bank, empty: Flask, file: Path) -> None:
    done(full.app, "backup", file)
    done(empty, "restore", file)
    full.app = empty
    gift = {"volunteer_id": full.li.id, "asset": "points", "amount": "1", "reason": "助人"}
    given = full.as_("supervisor").post("/adjustments", gift)  # takes the book's next number
    assert given.status_code == 201, given.text
    with empty.app_context():
        for table, column in PROTECTED.items():
            for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = {column}"):
                with (
                    db.engine.connect() as connection,
                    pytest.raises(DBAPIError, match="append-only"),
                ):
                    connection.execute(text(statement))
        assert ledger.verify().sound


def test_a_backup_is_for_its_owner_alone_and_replaces_nothing(bank: Bank, file: Path) -> None:
    done(bank.app, "backup", file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    assert "is there already" in refused(bank.app, "backup", file)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert "cannot be written" in refused(bank.app, "backup", file.parent / "no" / "folder")


def test_a_database_that_is_not_empty_is_refused_unless_told(
    bank: Bank, empty: Flask, file: Path
) -> None:
    done(bank.app, "backup", file)
    assert bank.buy({bank.soap: 1}).status_code == 201
    assert "the database is not empty" in refused(bank.app, "restore", file)
    before = contents(bank.app)
    done(bank.app, "restore", file, "--replace")
    assert len(contents(bank.app)["redemptions"]) == len(before["redemptions"]) - 1


def test_a_database_without_tables_will_do(bank: Bank, empty: Flask, file: Path) -> None:
    done(bank.app, "backup", file)
    flask_db(empty, "downgrade", "base")
    with empty.app_context(), db.engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    nothing = flask(empty, "backup", file.with_name("nothing"))
    assert (nothing.exit_code, nothing.output) == (2, "there is no bank in the database\n")
    done(empty, "restore", file)
    assert len(contents(empty)["volunteers"]) == 2


def test_a_damaged_file_is_refused(bank: Bank, empty: Flask, file: Path) -> None:
    done(bank.app, "backup", file)
    whole = file.read_bytes()
    random = Random(7)
    first = whole.index(b"\n")
    for place in (0, 18, 20, first - 1, first, first + 1, len(whole) - 1, *(
        random.randrange(len(whole)) for _ in range(20)
    )):  # fmt: skip
        flipped = bytearray(whole)
        flipped[place] ^= 1 << random.randrange(8)
        file.write_bytes(flipped)
        assert flask(empty, "restore", file).exit_code == 2, place
    for length in (0, 10, first, first + 1, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        assert flask(empty, "restore", file).exit_code == 2, length
    file.write_bytes(whole + b"\0")
    assert "damaged" in refused(empty, "restore", file)
    assert "cannot be read" in refused(empty, "restore", file.parent / "no.backup")
    file.write_bytes(whole)
    done(empty, "restore", file)


def rewritten(file: Path, change: Any) -> None:
    """Change the lines of a backup, and make its digest anew."""
    lines = gzip.decompress(file.read_bytes().partition(b"\n")[2]).splitlines()
    packed = gzip.compress(b"\n".join(change(lines)) + b"\n")
    digest = hashlib.sha256(packed).hexdigest()
    file.write_bytes(f"moralbank backup 1 sha256={digest}\n".encode() + packed)


def with_head(**values: Any) -> Any:
    """A change of the first line."""
    return lambda lines: [json.dumps(json.loads(lines[0]) | values).encode(), *lines[1:]]


def with_fewer_rows(lines: list[bytes]) -> list[bytes]:
    """A change that leaves out the last row of all."""
    place = max(place for place, line in enumerate(lines) if line.startswith(b"["))
    return lines[:place]


def test_what_is_not_for_this_program_is_refused(bank: Bank, empty: Flask, file: Path) -> None:
    done(bank.app, "backup", file)
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b"backup 1 ", b"backup 2 "))
    assert "later version" in refused(empty, "restore", file)
    file.write_bytes(whole)
    rewritten(file, with_head(revision="9999"))
    assert "schema 9999" in refused(empty, "restore", file)
    file.write_bytes(whole)
    rewritten(file, lambda lines: lines[:-1])
    assert "does not have all tables" in refused(empty, "restore", file)
    file.write_bytes(whole)
    rewritten(file, with_fewer_rows)
    assert "fewer rows of" in refused(empty, "restore", file)
    file.write_bytes(whole)
    empty.config["SECRET_KEY"] = "another secret, which is long enough as well"
    assert "under a secret that is not given" in refused(empty, "restore", file)
    # A newer secret with the old one behind it is as good.
    empty.config["SECRET_KEY_FALLBACKS"] = [bank.app.config["SECRET_KEY"]]
    done(empty, "restore", file)


def test_a_backup_of_an_older_schema_is_brought_up(full: Bank, empty: Flask, file: Path) -> None:
    flask_db(full.app, "downgrade", revisions()[-2])
    done(full.app, "backup", file)
    done(empty, "restore", file)
    assert schema(empty) != schema(full.app)
    flask_db(full.app, "upgrade")
    assert schema(empty) == schema(full.app)
    brought_up = without_the_trail_of("bank.restore", contents(empty))
    assert brought_up == without_the_trail_of("bank.back_up", contents(full.app))


def test_what_does_not_hold_is_restored_and_said(bank: Bank, empty: Flask, file: Path) -> None:
    """A forged row in the file: it is put back as it is, and the exit code says so."""
    done(bank.app, "backup", file)

    def forge(lines: list[bytes]) -> list[bytes]:
        heading = next(place for place, line in enumerate(lines) if b'{"table":"transfers"' in line)
        amount = json.loads(lines[heading])["columns"].index("amount")
        row = json.loads(lines[heading + 1])
        row[amount] += 100
        lines[heading + 1] = json.dumps(row).encode()
        return lines

    rewritten(file, forge)
    result = flask(empty, "restore", file)
    assert result.exit_code == 1, result.output
    assert "a running balance is the one before it and the amount" in result.output
    assert "the book comes to other totals" in result.output
    assert result.output.endswith("NOT sound\n")
