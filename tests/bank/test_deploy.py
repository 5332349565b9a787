"""The files of `deploy/` and the operator's guide: what they name is there, what they run runs."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from flask import Flask

from scripts.environment import ROOT
from tests.databases import SECRET_KEY

DEPLOY, GUIDE = ROOT / "deploy", ROOT / "docs" / "operating.md"
INSTALLED, BACKUPS = "/opt/moralbank", "/var/backups/moralbank"
SCRIPTS = Path(sys.executable).parent


def units(ending: str) -> list[Path]:
    return sorted(DEPLOY.glob(f"*.{ending}"))


def settings(uri: str) -> dict[str, str]:
    """What /etc/moralbank.env would say."""
    return {
        "PATH": f"{SCRIPTS}:{os.environ['PATH']}",
        "MORALBANK_SQLALCHEMY_DATABASE_URI": uri,
        "MORALBANK_SECRET_KEY": SECRET_KEY,
    }


def run(command: list[str], uri: str, *, folder: Path = ROOT) -> str:
    """Run a command that must succeed; return what it printed."""
    done = subprocess.run(
        command, cwd=folder, env=settings(uri), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def starts(unit: Path) -> list[str]:
    """The commands of a unit, in systemd's words."""
    return re.findall(r"^ExecStart=(.+)$", unit.read_text(), re.MULTILINE)


def plain(command: str, *, instance: str, backups: Path) -> list[str]:
    """A unit's command as one would type it, on this machine."""
    command = command.replace("%i", instance).replace("%%", "%").replace("$$", "$")
    command = command.replace(f"{INSTALLED}/.venv/bin", str(SCRIPTS))
    return shlex.split(command.replace(BACKUPS, str(backups)))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for unit in [*units("service"), *units("socket"), *units("timer")]:
        text = unit.read_text().replace(f"{INSTALLED}/.venv/bin", str(SCRIPTS))
        (tmp_path / unit.name).write_text(text.replace(INSTALLED, str(ROOT)))
    files = [str(path) for path in sorted(tmp_path.iterdir())]
    done = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_timers_begin_units_that_are_there() -> None:
    assert units("timer")
    for timer in units("timer"):
        named = re.search(r"^Unit=(.+)$", timer.read_text(), re.MULTILINE)
        name = named[1] if named else timer.with_suffix(".service").name
        assert (DEPLOY / re.sub("@[^.]+", "@", name)).exists(), timer.name


def test_what_the_units_run_runs(database_uri: str, tmp_path: Path) -> None:
    for name, instance in (
        ("moralbank@.service", "often"),
        ("moralbank@.service", "nightly"),
        ("moralbank-backup.service", ""),
    ):
        for command in starts(DEPLOY / name):
            run(plain(command, instance=instance, backups=tmp_path), database_uri)
    [backup] = tmp_path.iterdir()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d-\d{6}\.backup", backup.name)
    [serve] = starts(DEPLOY / "moralbank.service")
    program, *words = plain(serve, instance="", backups=tmp_path)
    run([program, "--check-config", *words], database_uri)


@pytest.mark.engine("sqlite")
def test_the_image_has_all_that_the_bank_needs(tmp_path: Path) -> None:
    """What the Dockerfile copies is enough to make a bank and to serve it."""
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    for line in lines:
        if line.startswith("COPY "):
            *sources, target = line.split()[1:]
            for source in sources:
                place = tmp_path / target / (source if target == "./" else "")
                copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copyfile
                copy(ROOT / source, place)
    uri = f"sqlite:///{tmp_path / 'bank.db'}"
    run(["flask", "db", "upgrade"], uri, folder=tmp_path)
    assert run(["flask", "ledger", "verify"], uri, folder=tmp_path).startswith("sound")
    serve = re.findall(r'"([^"]+)"', next(line for line in lines if line.startswith("CMD ")))
    run([*serve[:1], "--check-config", *serve[1:]], uri, folder=tmp_path)


def blocks(text: str) -> list[str]:
    """What the guide shows as commands."""
    return re.findall(r"(?:^    .+\n)+", text, re.MULTILINE)


@pytest.mark.engine("sqlite")
def test_the_guide_names_commands_that_there_are(app: Flask) -> None:
    text = GUIDE.read_text()
    named = set(re.findall(r"\bflask ([a-z]+) ?([a-z-]*)", text))
    assert len(named) > 8
    with app.app_context():
        for group, command in named:
            found = app.cli.get_command(click.Context(app.cli), group)
            assert found is not None, group
            if isinstance(found, click.Group) and command:
                assert command in found.commands, (group, command)
    for name in re.findall(r"deploy/([A-Za-z.*]+)", text):
        assert list(DEPLOY.glob(name)), name


def test_the_rehearsal_of_the_guide(database_uri: str, tmp_path: Path) -> None:
    rehearsal = GUIDE.read_text().partition("### The rehearsal")[2]
    script = blocks(rehearsal)[0].replace("/tmp/", f"{tmp_path}/")
    file = tmp_path / "bank.backup"
    run(["flask", "backup", str(file)], database_uri)
    said = run(["sh", "-ec", f"FILE={file}\n{script}"], database_uri)
    assert re.search(r"^restored: .*\nsound: .*\nsound: ", said, re.MULTILINE), said
    assert list(tmp_path.iterdir()) == [file]
