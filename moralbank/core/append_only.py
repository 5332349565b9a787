"""Tables that are only ever added to: triggers on both engines refuse everything else."""

_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def protect(table: str, dialect: str) -> list[str]:
    """Return the statements that make `table` append-only on an engine; for migrations."""
    if dialect == "postgresql":
        return [
            _POSTGRESQL_FUNCTION,
            _trigger(f"{table}_append_only", "UPDATE OR DELETE", table, "ROW"),
            _trigger(f"{table}_no_truncate", "TRUNCATE", table, "STATEMENT"),
        ]
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for verb in ("UPDATE", "DELETE")
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
    return [f"DROP TRIGGER IF EXISTS {table}_no_{verb}" for verb in ("update", "delete")]
