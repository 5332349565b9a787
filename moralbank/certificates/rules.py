"""Numbers of certificates, and what tells whether one is as it was issued: pure functions."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from moralbank.core.spelling import seen

Kind = Literal["stars", "service_record"]
KINDS: tuple[Kind, ...] = ("stars", "service_record")
MAX_NUMBER = 20
"""More characters than a number has, spaces and all; a bound for the fields that take one."""
_TYPED = re.compile(r"(20[0-9]{2})[-‐‑‒–—―−ー]?([0-9]{6,9})")


def certificate_no(year: int, running: int) -> str:
    """Return the number that people read: 2026-000123, the 123rd of its year."""
    return f"{year}-{running:06d}"


def normal_number(typed: str) -> str | None:
    """Return a typed number in its one form, or None where it can be none: full width, spaces and
    a hyphen of another kind, or none, are read through."""
    match = _TYPED.fullmatch(seen(typed))
    return f"{match[1]}-{match[2]}" if match else None


def digest_of(
    *,
    number: str,
    kind: str,
    volunteer_id: str,
    issuer_id: str,
    handler: str,
    facts: Mapping[str, Any],
    token: str,
    issued_at: datetime,
) -> str:
    """Return the SHA-256, in hexadecimal, of all that was issued."""
    said = [
        number, kind, volunteer_id, issuer_id, handler, facts, token,
        issued_at.astimezone(UTC).isoformat(),
    ]  # fmt: skip
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
