"""The file of a backup: a line that says what it is, with its digest, and then lines of JSON under
gzip. `head -1` shows the first, `tail -n +2 FILE | zcat` the others.

A file is either whole or not there: it is written under another name, and gets its own when every
byte is on the disk. It holds what people told the bank, so its owner alone may read it.
"""

import contextlib
import gzip
import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

FORMAT = 1
"""Counted up when an older program could no longer read the file."""
_FIRST_LINE = "moralbank backup %d sha256=%s\n"
_SAYS = re.compile(rb"moralbank backup (\d{1,9}) sha256=([0-9a-f]{64})\n")
_LONGEST = 100
_CHUNK_BYTES = 1 << 20


class Unusable(Exception):
    """A file cannot be written, or what it holds cannot be put back; says why in a sentence."""


class _Digesting:
    """A file that knows the digest of what was written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()


def write(path: Path, lines: Iterable[Any]) -> str:
    """Write `lines`, each a value that JSON knows, to a new file; return its digest.

    Raises Unusable where a file has that name already, or none can be made there.
    """
    if path.exists():
        raise Unusable(f"{path} is there already; a backup replaces no file")
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Unusable(f"{path} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write((_FIRST_LINE % (FORMAT, "0" * 64)).encode())
            whole = _Digesting(file)
            with gzip.GzipFile(filename="", mode="wb", fileobj=whole, mtime=0) as packed:
                for line in lines:
                    text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
                    packed.write(text.encode() + b"\n")
            digest = whole.digest.hexdigest()
            file.seek(0)
            file.write((_FIRST_LINE % (FORMAT, digest)).encode())
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a rename it replaces nothing
    except FileExistsError as error:
        raise Unusable(f"{path} is there already; a backup replaces no file") from error
    except OSError as error:
        raise Unusable(f"{path} cannot be written: {error.strerror}") from error
    finally:
        draft.unlink()
    _keep_names(path.parent)
    return digest


def _keep_names(folder: Path) -> None:
    """Have a folder's names on the disk, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Iterator[Any]]:
    """Give the lines of a file, after all its bytes were held against its digest.

    Raises Unusable where the file is no backup, is damaged, or is of a later kind.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}") from error
    with file:
        said = _SAYS.fullmatch(file.readline(_LONGEST))
        if said is None:
            raise Unusable(f"{path} is no backup of a moral bank, or its first line is damaged")
        if int(said[1]) > FORMAT:
            raise Unusable(f"{path} was made by a later version of the program")
        start, digest = file.tell(), hashlib.sha256()
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
        if digest.hexdigest() != said[2].decode():
            raise Unusable(f"{path} is damaged: its bytes do not agree with its digest")
        file.seek(start)
        with gzip.GzipFile(fileobj=file) as packed:
            yield (json.loads(line) for line in packed)
