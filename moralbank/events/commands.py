"""`flask events …`, `flask flags …`"""

import click
from flask.cli import AppGroup

from moralbank.events import sweeping
from moralbank.events.checking.watch import look_for_rings
from moralbank.people.commands import operator

events = AppGroup("events", help="Errands.")
flags = AppGroup("flags", help="What a person should look at.")


@events.command("sweep")
def sweep() -> None:
    """Do what is due: put errands that nobody rated on the call-back list, end those that nobody
    could be reached about, make the next errand of each series. Meant for every day; safe to run
    at any time."""
    done = sweeping.sweep(operator())
    for words, numbers in (
        ("to call back", done.listed),
        ("expired", done.expired),
        ("overdue, to be called", done.overdue),
        ("repeated", done.repeated),
    ):
        for number in numbers:
            click.echo(f"{words}: {number}")
        click.echo(f"{words}: {len(numbers)}", err=True)


@flags.command("look")
def look() -> None:
    """Look for people who serve each other in turn; safe to run twice."""
    click.echo(f"rings: {look_for_rings(operator())}")
