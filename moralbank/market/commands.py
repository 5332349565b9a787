"""Reservations on the command line."""

import click
from flask.cli import AppGroup

from moralbank.core.actor import system
from moralbank.market.reservations import lapse

reservations = AppGroup("reservations", help="Goods that are set aside.")
BATCH = 200


@reservations.command("lapse")
def lapse_command() -> None:
    """End the reservations whose time is over; run it every few minutes."""
    done = 0
    while True:
        ended = lapse(system("reservations lapse"), limit=BATCH)
        done += ended
        if ended < BATCH:
            break
    click.echo(f"{done} 份预留已过期，积分和物品都已退回")
