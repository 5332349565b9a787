"""`flask rulebook …`"""

import getpass
import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from flask_babel import gettext as _
from marshmallow import ValidationError
from rich.console import Console
from rich.progress import Progress

from moralbank.core import clock
from moralbank.core.actor import system
from moralbank.core.quantities import points_text
from moralbank.events.awarding.grounds import Ground
from moralbank.events.awarding.replaying import Change, Replay, replay
from moralbank.people.identities import PublicName, public_names
from moralbank.people.rules import masked_name
from moralbank.rulebook.documents import Rulebook, UnreadableYaml, parse_yaml
from moralbank.rulebook.operations import publish
from moralbank.rulebook.schemas import checked_document, fault_paths

rulebook = AppGroup("rulebook", help="The rulebook.")
DAY = click.DateTime(["%Y-%m-%d"])
FIRST_YEAR, LAST_YEAR = 2000, 2099
"""Those of `core.periods`."""


@rulebook.command("replay")
@click.option("--from", "first", type=DAY, required=True, help="First day, as in 2026-01-01.")
@click.option("--to", "last", type=DAY, required=True, help="Last day; it counts.")
@click.option(
    "--with", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Score by this document (YAML) instead, and show who would have gained or lost.",
)  # fmt: skip
@click.option("--report", type=click.Choice(["text", "json"]), default="text")
def replay_command(first: datetime, last: datetime, file: Path | None, report: str) -> None:
    """Score what was done in a period again; nothing is changed.

    Exit 1 when an award comes to something else than it came to then, or the book says something
    else; 2 when the document has faults, each named by its path.
    """
    _check_day("--from", first)
    _check_day("--to", last)
    if first > last:
        raise click.BadParameter(_("不能晚于最后一天。"), param_hint="--from")
    new = None if file is None else _read(file)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("replay", total=None)
        found = replay(
            system(getpass.getuser()),
            first=first.date(),
            last=last.date(),
            new=new,
            tell=lambda done, total: bar.update(task, completed=done, total=total),
        )
    names = public_names(change.volunteer_id for change in found.changes)
    if report == "json":
        click.echo(json.dumps(_as_json(found, names), ensure_ascii=False, indent=2))
    else:
        _print(found, names, first.date(), last.date(), compared=new is not None)
    if not found.agrees:
        sys.exit(1)


FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@rulebook.command("check")
@FILE
def check_command(file: Path) -> None:
    """Check a rulebook FILE (YAML); exit 1 when it has faults, each named by its path."""
    book = _read(file, code=1)
    click.echo(
        _("没有发现问题：%(items)d 个服务项目，%(categories)d 个类别。",
          items=len(book.items), categories=len(book.categories))
    )  # fmt: skip


@rulebook.command("publish")
@FILE
@click.option("--from", "begins", type=DAY, required=True, help="In force from; at least today.")
def publish_command(file: Path, begins: datetime) -> None:
    """Publish a rulebook FILE (YAML); exit 1 when it has faults, each named by its path."""
    _check_day("--from", begins)
    _read(file, code=1)
    document = parse_yaml(file.read_text("utf-8"))
    made = publish(system(getpass.getuser()), effective_from=begins.date(), document=document)
    click.echo(
        _("已发布第 %(version)d 版，自 %(day)s 起施行。",
          version=made.version, day=made.effective_from.isoformat())
    )  # fmt: skip


def _check_day(option: str, day: datetime) -> None:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise click.BadParameter(_("年份不合理。"), param_hint=option)


def _read(file: Path, *, code: int = 2) -> Rulebook:
    try:
        return Rulebook.from_document(checked_document(parse_yaml(file.read_text("utf-8"))))
    except (UnreadableYaml, UnicodeDecodeError) as error:
        click.echo(f"{file}: {error}", err=True)
    except ValidationError as error:
        for path, said in fault_paths(error.messages_dict):
            click.echo(f"{path}: {said}", err=True)
    sys.exit(code)


def _as_json(found: Replay, names: dict[str, PublicName]) -> dict[str, Any]:
    return {
        "awards": found.awards,
        "agrees": found.agrees,
        "differing": [
            {
                "service_event_id": one.event_id,
                "volunteer_id": one.volunteer_id,
                "stored": points_text(one.stored.points),
                "computed": points_text(one.computed.points),
                "explanation": [str(line) for line in one.lines],
            }
            for one in found.differing
        ],
        "unfounded": [
            {
                "service_event_id": one.event_id,
                "volunteer_id": one.volunteer_id,
                "stored": _ground_json(one.stored),
                "found": _ground_json(one.found),
            }
            for one in found.unfounded
        ],
        "unbooked": found.unbooked,
        "misjudged": [
            {
                "service_event_id": one.event_id,
                "volunteer_id": one.volunteer_id,
                "stored": one.stored,
                "right": one.right,
            }
            for one in found.misjudged
        ],
        "unbooked_conduct": found.unbooked_conduct,
        "rewritten": found.rewritten,
        "kept": found.kept,
        "changes": [
            {
                "volunteer_id": one.volunteer_id,
                "account_no": names[one.volunteer_id].account_no,
                "display_name": masked_name(names[one.volunteer_id].name),
                "before": points_text(one.before),
                "after": points_text(one.after),
                "difference": points_text(one.after - one.before),
            }
            for one in found.changes
        ],
    }


def _print(
    found: Replay, names: dict[str, PublicName], first: date, last: date, *, compared: bool
) -> None:
    click.echo(
        _("%(first)s 至 %(last)s：共 %(awards)d 笔积分。", first=first, last=last,
          awards=found.awards)
    )  # fmt: skip
    for one in found.differing:
        click.echo(
            _("服务 %(event)s，志愿者 %(who)s：原为 %(stored)s 分，重算为 %(computed)s 分。",
              event=one.event_id, who=one.volunteer_id, stored=points_text(one.stored.points),
              computed=points_text(one.computed.points))
        )  # fmt: skip
    for rests in found.unfounded:
        click.echo(
            _("服务 %(event)s，志愿者 %(who)s：积分记为 %(stored)s，评价和参与记录为 %(found)s。",
              event=rests.event_id, who=rests.volunteer_id, stored=_ground(rests.stored),
              found=_ground(rests.found))
        )  # fmt: skip
    for judged in found.misjudged:
        click.echo(
            _("服务 %(event)s，志愿者 %(who)s：按规则书第 %(stored)d 版计分，应按第 %(right)d 版。",
              event=judged.event_id, who=judged.volunteer_id, stored=judged.stored,
              right=judged.right)
        )  # fmt: skip
    for number in found.unbooked_conduct:
        click.echo(_("奖惩记录 %(record)s：与账本或规则书不符。", record=number))
    for version in found.rewritten:
        click.echo(_("规则书第 %(version)d 版与发布时不符。", version=version))
    for number in found.unbooked:
        click.echo(_("服务 %(event)s：账本与评分记录不符。", event=number))
    if not compared:
        if found.agrees:
            click.echo(_("逐笔重算，结果一致；与账本一致。"))
        return
    lost = [one for one in found.changes if one.after < one.before]
    gained = [one for one in found.changes if one.after > one.before]
    click.echo(
        _("按新规则书：%(lost)d 人减少，%(gained)d 人增加，其余不变；合计 %(difference)s 分。",
          lost=len(lost), gained=len(gained),
          difference=_signed(sum(one.after - one.before for one in found.changes)))
    )  # fmt: skip
    if found.kept:
        click.echo(_("%(kept)d 笔的服务项目在新规则书里没有，按原分计。", kept=found.kept))
    for change in found.changes:
        click.echo(_line(change, names[change.volunteer_id]))


def _line(one: Change, who: PublicName) -> str:
    return (
        f"{who.account_no}  {masked_name(who.name)}  {points_text(one.before)} → "
        f"{points_text(one.after)}  {_signed(one.after - one.before)}"
    )


def _ground_json(ground: Ground | None) -> dict[str, Any] | None:
    if ground is None:
        return None
    at = ground.performed_at
    return {
        "stars": ground.stars,
        "minutes": ground.minutes,
        "performed_at": None if at is None else _moment(at),
    }


def _ground(ground: Ground | None) -> str:
    if ground is None:
        return str(_("没有"))
    at = ground.performed_at
    return str(
        _("%(stars)s 星、%(minutes)s 分钟、%(at)s",
          stars="—" if ground.stars is None else ground.stars,
          minutes="—" if ground.minutes is None else ground.minutes,
          at="—" if at is None else _moment(at))
    )  # fmt: skip


def _moment(at: datetime) -> str:
    try:
        return clock.local(at).isoformat()
    except OverflowError:  # forged: a local day that no calendar has
        return at.isoformat()


def _signed(hundredths: int) -> str:
    return ("+" if hundredths > 0 else "") + points_text(hundredths)
