"""`flask volunteers …`, `flask points …` and `flask staff …`"""

import getpass
import json
import os
import sys
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import NoReturn

import click
from flask.cli import AppGroup
from flask_babel import gettext as _
from marshmallow import ValidationError

from moralbank.core import clock
from moralbank.core.actor import Actor, system
from moralbank.core.bodies import field_errors
from moralbank.core.problems import Refusal
from moralbank.core.quantities import points_text
from moralbank.people import lapsing
from moralbank.people import staff as staff_cases
from moralbank.people.importing import ImportReport, import_roster
from moralbank.people.models import STAFF_ROLES
from moralbank.people.roster import UnreadableRoster
from moralbank.people.schemas import StaffIn

PASSWORD_VARIABLE = "MORALBANK_STAFF_PASSWORD"  # noqa: S105 — where it is read from, not what it is
SHOWN_REJECTIONS = 20

volunteers = AppGroup("volunteers", help="Accounts of volunteers.")
points = AppGroup("points", help="Volunteers' points.")
staff = AppGroup("staff", help="Members of staff.")


def operator() -> Actor:
    """Return the actor of a command: the system, under the OS user's name."""
    try:
        return system(getpass.getuser())
    except (KeyError, OSError):  # a container may run under a number that has no name
        return system("unknown")


def _give_up(sentence: str, code: int) -> NoReturn:
    click.echo(" ".join(sentence.split()), err=True)
    sys.exit(code)


@volunteers.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--organization", "district_id", required=True, help="The district's id.")
@click.option("--report", type=click.Choice(["json"]), help="Print the report as JSON, alone.")
@click.option("--dry-run", is_flag=True, help="Write nothing; report what would be created.")
def import_command(file: Path, district_id: str, report: str | None, dry_run: bool) -> None:
    """Open the accounts of a roster FILE (.xlsx, .xls, .ods or .csv) in a district.

    Missing streets, communities and stations are made. Rows that cannot be used are listed; a
    second run of a file creates nothing. Exit 2 when the file or the district cannot be used.
    """
    try:
        done = import_roster(operator(), file, district_id=district_id, dry_run=dry_run)
    except UnreadableRoster as error:
        _give_up(str(error), 2)
    except Refusal:
        _give_up(_("没有编号为 %(id)s 的区。", id=district_id), 2)
    if report == "json":
        click.echo(json.dumps(asdict(done), ensure_ascii=False))
    else:
        _print_summary(done, dry_run=dry_run)


def _print_summary(done: ImportReport, *, dry_run: bool) -> None:
    opened = _("将开户") if dry_run else _("已开户")
    click.echo(
        _(
            "共 %(rows)d 人，%(opened)s %(created)d 人，退回 %(rejected)d 行。",
            rows=done.rows,
            opened=opened,
            created=done.created,
            rejected=len(done.rejected),
        )
    )
    for line in done.rejected[:SHOWN_REJECTIONS]:
        click.echo(
            _(
                "  工作表“%(sheet)s”第 %(row)d 行：%(detail)s",
                sheet=line.sheet,
                row=line.row,
                detail=line.detail,
            )
        )
    if len(done.rejected) > SHOWN_REJECTIONS:
        more = len(done.rejected) - SHOWN_REJECTIONS
        click.echo(_("  ……还有 %(more)d 行，用 --report json 看全部。", more=more))


@points.command("expire")
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), help="Take what lapsed before this day; today."
)
@click.option("--dry-run", is_flag=True, help="Take nothing; report what would lapse.")
def expire_command(on: datetime | None, dry_run: bool) -> None:
    """Take the points whose last day is over, as the rulebooks say; once a day, or again at will.

    With --dry-run a day to come may be asked about. Exit 2 for one without it.
    """
    day: date = clock.today() if on is None else on.date()
    if day > clock.today() and not dry_run:
        _give_up(_("积分要等有效期过了才到期；要看将来哪天到期多少，请加 --dry-run。"), 2)
    done = lapsing.expire(operator(), on=day, dry_run=dry_run)
    numbers = {"wallets": done.wallets, "points": points_text(done.points)}
    if dry_run:
        click.echo(_("将有 %(wallets)d 个钱包的积分到期，共 %(points)s 分。", **numbers))
    else:
        click.echo(_("已有 %(wallets)d 个钱包的积分到期，共 %(points)s 分。", **numbers))


@staff.command("create")
@click.option("--username", required=True, help="The name to sign in with.")
@click.option("--role", required=True, type=click.Choice(STAFF_ROLES))
@click.option("--organization", "organization_id", help="An organization's id; none: all.")
@click.option("--display-name", help="The name that is shown; the user name if left out.")
def create_command(
    username: str, role: str, organization_id: str | None, display_name: str | None
) -> None:
    """Take on a member of staff, for an organization and all below it.

    The password comes from MORALBANK_STAFF_PASSWORD or is asked for; at least 10 characters.
    """
    password = os.environ.get(PASSWORD_VARIABLE)
    if password is None:
        password = click.prompt(
            _("口令（至少 10 个字符）"), hide_input=True, confirmation_prompt=True
        )
    given = {
        "username": username,
        "password": password,
        "display_name": display_name or username,
        "role": role,
        "organization_id": organization_id,
    }
    try:
        made = staff_cases.create(operator(), **StaffIn().load(given))
    except ValidationError as error:
        faults = field_errors(error)
        _give_up("; ".join(f"{name}: {' '.join(said)}" for name, said in faults.items()), 1)
    except Refusal as refusal:
        _give_up(refusal.detail, 1)
    click.echo(_("已建：%(name)s（%(role)s）", name=made.username, role=made.role))
