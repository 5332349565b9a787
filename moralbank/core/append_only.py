"""Tables that are only ever added to: triggers on both engines refuse everything else."""

from collections.abc import Sequence

_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


Keys = Sequence[Sequence[str]]
"""The columns of each unique key of a table."""


def protect(table: str, dialect: str, keys: Keys = (("id",),)) -> list[str]:
    """Return the statements that make `table`, with its unique `keys`, append-only on an engine;
    for migrations.

    SQLite's INSERT OR REPLACE takes a row away without asking the DELETE trigger; there an INSERT
    that meets a row with one of its keys is refused first.
    """
    if dialect == "postgresql":
        return [
            _POSTGRESQL_FUNCTION,
            _trigger(f"{table}_append_only", "UPDATE OR DELETE", table, "ROW"),
            _trigger(f"{table}_no_truncate", "TRUNCATE", table, "STATEMENT"),
        ]
    met = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE "  # noqa: S608 — our own words
        + " AND ".join(f"{column} = NEW.{column}" for column in key)
        + ")"
        for key in keys
    )
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {met} {refuse}",
    ]


def protect_but_once(
    table: str, dialect: str, keys: Keys, *, kept: Sequence[str], once: Sequence[str]
) -> list[str]:
    """Return the statements that make `table` append-only but for the columns `once`, which start
    as NULL and may be filled in together, one time; its other columns are `kept`."""
    filled = " OR ".join(f"OLD.{column} IS NOT NULL" for column in once)
    changes = {"kept": f"UPDATE OF {', '.join(kept)}", "once": "UPDATE"}
    if dialect == "postgresql":
        return [
            _POSTGRESQL_FUNCTION,
            _trigger(f"{table}_append_only", "DELETE", table, "ROW"),
            _trigger(f"{table}_no_truncate", "TRUNCATE", table, "STATEMENT"),
            _trigger(f"{table}_kept", changes["kept"], table, "ROW"),
            _trigger(f"{table}_once", changes["once"], table, f"ROW WHEN ({filled})"),
        ]
    _no_update, no_delete, no_replace = protect(table, dialect, keys)
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    return [
        no_delete,
        no_replace,
        f"CREATE TRIGGER {table}_kept BEFORE {changes['kept']} ON {table} {refuse}",
        f"CREATE TRIGGER {table}_once BEFORE {changes['once']} ON {table} WHEN {filled} {refuse}",
    ]


def _trigger(name: str, event: str, table: str, each: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
        f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
    )


def unprotect(table: str, dialect: str) -> list[str]:
    """Return the statements that take `protect` back; for downgrades and for tests that forge."""
    if dialect == "postgresql":
        return [
            f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}",
            f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}",
        ]
    return [f"DROP TRIGGER IF EXISTS {table}_no_{verb}" for verb in ("update", "delete", "replace")]
