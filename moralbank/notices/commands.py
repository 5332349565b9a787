"""`flask notices …`"""

import getpass
import sys

import click
from flask.cli import AppGroup

from moralbank.core.actor import system
from moralbank.notices import operations

notices = AppGroup("notices", help="Public notices.")


@notices.command("close")
def close() -> None:
    """Close every notice whose objection period is over and which has no open objection."""
    closed = operations.close_due(system(getpass.getuser()))
    for notice_id in closed:
        click.echo(notice_id)
    click.echo(f"closed: {len(closed)}", err=True)


@notices.command("verify")
def verify() -> None:
    """Check every posted notice against its digest; exit 1 and name those that do not agree."""
    faults = operations.faults(system(getpass.getuser()))
    for notice_id in faults:
        click.echo(notice_id)
    if faults:
        click.echo(f"NOT sound: {len(faults)} notices differ from their digest", err=True)
        sys.exit(1)
    click.echo("sound")
