"""Runs the migrations against the application's database, on either engine."""

from alembic import context
from flask import current_app

database = current_app.extensions["migrate"].db


def _say_nothing_when_nothing_changed(_context, _revision, directives):  # type: ignore[no-untyped-def]
    if (
        getattr(context.config.cmd_opts, "autogenerate", False)
        and directives[0].upgrade_ops.is_empty()
    ):
        directives[:] = []


def _run(connection):  # type: ignore[no-untyped-def]
    context.configure(
        connection=connection,
        target_metadata=database.metadata,
        process_revision_directives=_say_nothing_when_nothing_changed,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:  # a restore: the migrations are part of its transaction
    _run(given)
else:
    engine = database.engine
    with engine.connect().execution_options(moralbank_writes=True) as own:
        _run(own)
