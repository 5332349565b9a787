"""`flask demo …`"""

import json
import os
from pathlib import Path
from random import Random

import click
from flask import current_app
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import select

from moralbank.core import clock
from moralbank.core.db import session
from moralbank.core.transaction import transact
from moralbank.demo import district as places
from moralbank.demo import living
from moralbank.demo.season import EARLIEST
from moralbank.organizations.models import Organization

demo = AppGroup("demo", help="The demo district.")


def _sign_ins_file() -> Path:
    return Path(current_app.instance_path) / "demo-sign-ins.json"


@demo.command("load")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another life.")
def load(seed: int) -> None:
    """Build the demo district and live a quarter of its life; once, all of it or nothing."""
    if session().scalar(select(Organization.id).where(Organization.name == places.NAME)):
        click.echo("The demo district is there already.")
        return
    sign_ins = transact(lambda: _build(Random(seed)))
    file = _sign_ins_file()
    file.touch(mode=0o600)
    file.write_text(json.dumps(sign_ins, ensure_ascii=False, indent=1))


def _build(random: Random) -> dict[str, str]:
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console,
    ) as progress:  # fmt: skip
        building = progress.add_task("建区", total=None)
        with clock.at(EARLIEST):
            district = places.build(
                random, lambda what: progress.update(building, description=what, advance=1)
            )
        progress.update(building, description="建区", total=progress.tasks[0].completed)
        living_task = progress.add_task("一个季度", total=None)
        season = living.begin(district, random)
        for done, planned in season.live():
            progress.update(living_task, completed=done, total=planned)
    return {
        "terminal": district.terminal_token,
        "card": district.cards[district.shown.id][0],
        "link": season.link,
        "own_link": season.own_link,
    }


@demo.command("sign-ins")
def sign_ins() -> None:
    """Print where to look, and a sign-in for each role."""
    port = os.environ.get("PORT", "8000")
    base = f"http://127.0.0.1:{port}"
    rows = [
        ("公众", f"{base}/", "不用登录"),
        ("管理员", f"{base}/staff", f"admin / {places.PASSWORD}"),
        ("主管", f"{base}/staff", f"supervisor / {places.PASSWORD}"),
        ("社工", f"{base}/staff", f"worker / {places.PASSWORD}"),
        ("代办站", f"{base}/staff", f"station / {places.PASSWORD}"),
        ("审计员", f"{base}/staff/audit", f"auditor / {places.PASSWORD}"),
    ]
    file = _sign_ins_file()
    if file.exists():
        kept = json.loads(file.read_text())
        rows += [
            ("志愿者", f"{base}/me", f"卡号 {kept['card']} / 密码 {places.PIN}"),
            ("居民", f"{base}{kept['link']}", "不用登录，两下评完"),
            ("居民", f"{base}{kept['own_link']}", "自己那一页：求助、看谁来、打过的星"),
            ("爱心超市", f"{base}/terminal", f"终端口令 {kept['terminal']}"),
        ]
    rows.append(("接口文档", f"{base}/api/docs", ""))
    for who, where, how in rows:
        click.echo(f"  {who:　<5}{where:<34}  {how}")
