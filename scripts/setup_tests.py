"""Get ready for the tests: the virtual environment, a real PostgreSQL and a real browser.

PostgreSQL comes with the Python packages. Standard library only: see environment.py.
"""

import os
import shutil
import subprocess
import sys

from scripts.environment import PYTHON, require_environment, say

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
DEBIAN_PACKAGES = ("chromium", "fonts-noto-cjk")


def main() -> None:
    """Install whatever is missing; quick when nothing is."""
    require_environment("requirements.txt", "requirements-dev.txt")
    if find_chromium() is None and not (install_with_apt() and find_chromium()):
        install_with_playwright()


def find_chromium() -> str | None:
    """The path of the system's Chromium or Chrome, or of what CHROME names; None without one."""
    named = os.environ.get("CHROME")
    if named:
        return shutil.which(named) or sys.exit(f"CHROME names no program: {named}")
    found = (shutil.which(name) for name in BROWSERS)
    return next((path for path in found if path), None)


def install_with_apt() -> bool:
    """Install Chromium and a Chinese font on Debian and its kin, if we may; say whether."""
    become: list[str] = []
    if os.geteuid() != 0:
        become = ["sudo", "-n"]
    if not shutil.which("apt-get") or (become and not _done([*become, "true"])):
        return False
    say(f"Installing {' and '.join(DEBIAN_PACKAGES)} ...")
    apt = [*become, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    _done([*apt, "update"])
    return _done([*apt, "install", "-y", "--no-install-recommends", *DEBIAN_PACKAGES])


def install_with_playwright() -> None:
    """Install Playwright's own Chromium; the program ends with one line where that fails."""
    if not _done([str(PYTHON), "-m", "playwright", "install", "chromium"]):
        sys.exit("No browser for the tests: install Chromium, or name one with CHROME=/path/to/it.")


def _done(command: list[str]) -> bool:
    """Whether the command is there and succeeds; only its complaints are shown."""
    try:
        quiet = subprocess.DEVNULL
        return subprocess.call(command, stdin=quiet, stdout=quiet) == 0
    except OSError:
        return False


if __name__ == "__main__":
    main()
