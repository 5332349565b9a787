"""`flask ledger …`"""

import sys

import click
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import Progress

from moralbank.core.transaction import transact
from moralbank.ledger import roll_up, time_out
from moralbank.ledger import verify as verify_book

ledger = AppGroup("ledger", help="The book.")


@ledger.command("verify")
def verify() -> None:
    """Check every invariant of the book; exit 1 and name the rows when one does not hold."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("verify", total=None)
        verdict = verify_book(lambda done, total: bar.update(task, completed=done, total=total))
    for fault in verdict.faults:
        click.echo(f"{fault.invariant}: {fault.row}", err=True)
    if not verdict.sound:
        click.echo(f"NOT sound: {len(verdict.faults)} rows at fault", err=True)
        sys.exit(1)
    click.echo(f"sound: {verdict.transfers} transfers over {verdict.accounts} accounts")


@ledger.command("roll-up")
def roll() -> None:
    """Move the roll-ups of the system accounts to now, so that their balances stay quick."""
    click.echo(f"rolled up {transact(roll_up)} accounts")


@ledger.command("time-out")
def let_go() -> None:
    """Let go of every hold whose time is over; safe to run twice."""
    click.echo(f"let go of {transact(time_out)} holds")
