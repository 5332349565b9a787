"""`flask ledger …`"""

import sys

import click
from flask.cli import AppGroup

from moralbank.ledger import verify as verify_book

ledger = AppGroup("ledger", help="The book.")


@ledger.command("verify")
def verify() -> None:
    """Check every invariant of the book; exit 1 and name the rows when one does not hold."""
    verdict = verify_book()
    for fault in verdict.faults:
        click.echo(f"{fault.invariant}: {fault.row}", err=True)
    if not verdict.sound:
        click.echo(f"NOT sound: {len(verdict.faults)} rows at fault", err=True)
        sys.exit(1)
    click.echo(f"sound: {verdict.transfers} transfers over {verdict.accounts} accounts")
