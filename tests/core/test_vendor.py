"""The front-end files of others are the ones that MANIFEST.json names, unaltered since."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "static" / "vendor"
MANIFEST: list[dict[str, str]] = json.loads((VENDOR / "MANIFEST.json").read_text("utf-8"))


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["file"])
def test_file_is_the_one_listed(entry: dict[str, str]) -> None:
    content = (VENDOR / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]


def test_every_file_is_listed() -> None:
    listed = {entry["file"] for entry in MANIFEST} | {"MANIFEST.json"}
    lying = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert lying == listed


def test_every_package_comes_with_its_licence() -> None:
    packages = {entry["file"].split("/")[0] for entry in MANIFEST}
    assert packages
    for package in packages:
        assert (VENDOR / package / "LICENSE").is_file()


def test_versions_are_the_pinned_ones() -> None:
    pinned: dict[str, Any] = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]
    assert {entry["package"]: entry["version"] for entry in MANIFEST} == pinned


def test_scripts_fetch_nothing_from_a_cdn() -> None:
    for script in VENDOR.rglob("*.js"):
        text = script.read_text("utf-8")
        assert not any(host in text for host in ("jsdelivr", "unpkg.com", "cdnjs")), script
