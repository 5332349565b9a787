"""The files of others, served or for tests, are the ones that MANIFEST.json names, unaltered."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVED = ROOT / "static" / "vendor"
TESTS_OWN = ROOT / "tests" / "vendor"
PINNED: dict[str, Any] = json.loads((ROOT / "package.json").read_text("utf-8"))
BOTH = pytest.mark.parametrize(
    ("folder", "group"), [(SERVED, "dependencies"), (TESTS_OWN, "devDependencies")]
)


def listed(folder: Path) -> list[dict[str, str]]:
    """What a folder's manifest names."""
    entries: list[dict[str, str]] = json.loads((folder / "MANIFEST.json").read_text("utf-8"))
    return entries


FILES = {folder / one["file"]: one["sha256"] for folder in (SERVED, TESTS_OWN)
         for one in listed(folder)}  # fmt: skip


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_file_is_the_one_listed(file: Path) -> None:
    assert hashlib.sha256(file.read_bytes()).hexdigest() == FILES[file]


@BOTH
def test_every_file_is_listed(folder: Path, group: str) -> None:
    named = {entry["file"] for entry in listed(folder)} | {"MANIFEST.json"}
    lying = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert lying == named


@BOTH
def test_every_package_comes_with_its_licence(folder: Path, group: str) -> None:
    packages = {entry["file"].split("/")[0] for entry in listed(folder)}
    assert packages
    for package in packages:
        assert (folder / package / "LICENSE").is_file()


@BOTH
def test_versions_are_the_pinned_ones(folder: Path, group: str) -> None:
    assert {entry["package"]: entry["version"] for entry in listed(folder)} == PINNED[group]


def test_scripts_fetch_nothing_from_a_cdn() -> None:
    for script in SERVED.rglob("*.js"):
        text = script.read_text("utf-8")
        assert not any(host in text for host in ("jsdelivr", "unpkg.com", "cdnjs")), script
