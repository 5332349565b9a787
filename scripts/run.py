"""`make run`: from a fresh clone to a bank one can look at, in one command.

Standard library only: see environment.py.
"""

import os
import secrets
import socket
import sys
from pathlib import Path

from scripts.environment import PYTHON, ROOT, require_environment, run, say

HOST = "127.0.0.1"
SECRET_FILE = ROOT / "instance" / "secret_key"
GUNICORN = [str(PYTHON), "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]


def main() -> None:
    """Check the port, install, migrate, load the demo district once, serve."""
    port = free_port(os.environ.get("PORT") or "8000")
    require_environment("requirements.txt")
    environment = {**os.environ, "PORT": str(port), "FLASK_APP": "wsgi.py"}
    if not environment.get("MORALBANK_SECRET_KEY"):
        environment["MORALBANK_SECRET_KEY"] = kept_secret(SECRET_FILE)
    run("flask", "db", "upgrade", environment=environment)
    run("flask", "demo", "load", environment=environment)
    say(f"\nThe bank opens at http://{HOST}:{port} (Ctrl-C closes it).\n")
    run("flask", "demo", "sign-ins", environment=environment)
    os.chdir(ROOT)
    os.execve(GUNICORN[0], GUNICORN, environment)


def free_port(text: str) -> int:
    """The port number in `text`, if nobody listens there; else the program ends with one line."""
    if not text.isdecimal() or not 0 < int(text) < 65536:
        sys.exit(f"PORT must be a number from 1 to 65535, not {text!r}.")
    port = int(text)
    # Asking first finds a listener on all addresses too, beside which some systems would let us
    # bind; binding then finds the ports that we may not have.
    with socket.socket() as caller:
        taken = caller.connect_ex((HOST, port)) == 0
    try:
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((HOST, port))
    except PermissionError:
        sys.exit(f"Port {port} is for administrators only: PORT=8001 make run")
    except OSError:
        taken = True
    if taken:
        sys.exit(f"Port {port} is taken: PORT={port + 1 if port < 65535 else 8001} make run")
    return port


def kept_secret(path: Path) -> str:
    """The secret in the file `path`; made at random the first time, for this user's eyes only."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        # Written beside and then renamed: an interrupted start leaves no half of a secret.
        draft = path.with_suffix(".new")
        if draft.exists():
            draft.unlink()
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
        draft.rename(path)
    return path.read_text().strip()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
