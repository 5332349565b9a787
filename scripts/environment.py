"""The virtual environment of the project: made and filled. Standard library only."""

import hashlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def require_environment(*requirements: str) -> None:
    """Have `.venv` hold what the files named `requirements` pin; quick when it does already."""
    if not _works(PYTHON):
        say("Making the virtual environment .venv ...")
        if subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)]) != 0:
            sys.exit("The virtual environment .venv could not be made.")
    wanted = {VENV / f".{name}.installed": _digest(ROOT / name) for name in requirements}
    if all(stamp.exists() and stamp.read_text() == digest for stamp, digest in wanted.items()):
        return
    say("Installing what the bank needs into .venv (a minute or two the first time) ...")
    files = [word for name in requirements for word in ("-r", name)]
    run("pip", "install", "--quiet", "--disable-pip-version-check", *files)
    for stamp, digest in wanted.items():
        stamp.write_text(digest)


def run(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
    """Run a module with the project's Python; end the program where it fails, with its code."""
    command: list[str | Path] = [PYTHON, "-m", module, *arguments]
    code = subprocess.call(command, cwd=ROOT, env=environment)
    if code != 0:
        say(f"Failed: {module} {' '.join(arguments)}")
        sys.exit(code if code > 0 else 1)


def say(line: str) -> None:
    """Print at once, in order with what the programs we start print."""
    print(line, flush=True)


def _works(python: Path) -> bool:
    """Whether `python` is there (an environment breaks when its folder moves) and new enough."""
    question = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([python, "-c", question], capture_output=True).returncode == 0
    except OSError:
        return False


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
