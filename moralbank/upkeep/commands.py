"""`flask backup`, `flask restore`, `flask scheduled …`"""

import json
import sys
from pathlib import Path
from typing import NoReturn

import click
from flask.cli import AppGroup, with_appcontext

from moralbank.core.backups import Unusable
from moralbank.core.logs import described
from moralbank.people.commands import operator
from moralbank.upkeep import scheduled as due
from moralbank.upkeep.backup import back_up
from moralbank.upkeep.backup import restore as restore_bank

FILE = click.Path(dir_okay=False, path_type=Path)


def _give_up(error: Unusable) -> NoReturn:
    click.echo(str(error), err=True)
    sys.exit(2)


@click.command("backup")
@click.argument("file", type=FILE)
@with_appcontext
def backup(file: Path) -> None:
    """Write the whole bank, as it is at this moment, to a new FILE; the bank may go on working.

    The file is for its owner's eyes alone. Keep it apart from the secret, which is not in it. Exit
    2 when it cannot be written.
    """
    try:
        digest = back_up(operator(), file)
    except Unusable as error:
        _give_up(error)
    click.echo(f"{file}: {file.stat().st_size} bytes, sha256 {digest}")


@click.command("restore")
@click.argument("file", type=FILE)
@click.option("--replace", is_flag=True, help="Throw away first what is in the database.")
@with_appcontext
def restore(file: Path, replace: bool) -> None:
    """Put the backup FILE into an empty database, of the same engine or the other one, bring it to
    the newest schema, and check the book and the notices.

    Stop the bank before. Exit 2 when it cannot be done: then nothing was changed. Exit 1 when it
    was done and something does not hold.
    """
    try:
        done = restore_bank(operator(), file, replace=replace)
    except Unusable as error:
        _give_up(error)
    head, verdict = done.head, done.verdict
    click.echo(
        f"restored: {done.rows} rows of {head['at']}, from {head['engine']} at {head['revision']}"
    )
    for fault in verdict.faults:
        click.echo(f"{fault.invariant}: {fault.row}", err=True)
    for notice_id in done.notices:
        click.echo(f"a notice differs from its digest: {notice_id}", err=True)
    if not done.same_totals:
        click.echo("the book comes to other totals than when it was backed up", err=True)
    if not done.sound:
        click.echo("NOT sound", err=True)
        sys.exit(1)
    click.echo(
        f"sound: {verdict.transfers} transfers over {verdict.accounts} accounts, the same totals,"
        " every notice as it was posted"
    )


scheduled = AppGroup("scheduled", help="What is due by itself.")


@scheduled.command("often")
def often() -> None:
    """Do what is due every few minutes; a line for each job, exit 1 when one failed."""
    _run(due.OFTEN)


@scheduled.command("nightly")
def nightly() -> None:
    """Do what is due every night, and check the book; a line for each job, exit 1 when one failed.

    Twice a night, or two at once, does no harm.
    """
    _run(due.NIGHTLY)


def _run(jobs: due.Jobs) -> None:
    failed = False
    for outcome in due.run(operator(), jobs):
        click.echo(f"{outcome.job}: {outcome.said}")
        if outcome.error is not None:
            failed = True
            if not isinstance(outcome.error, due.NotSound):
                click.echo(json.dumps(described(outcome.error)), err=True)
    if failed:
        sys.exit(1)
