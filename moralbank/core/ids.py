"""Opaque identifiers that sort by the time of their making and cannot be guessed."""

import secrets
import threading
from datetime import UTC, datetime

from moralbank.core import clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_RANDOM_BITS = 38
_STEP_BITS = 24
LENGTH = 16
"""Characters in an id: 42 bits of milliseconds since 2020, then 38 random ones, in base 32."""

_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """Return a new id; one process never makes a smaller one after a larger."""
    global _last
    milliseconds = int((clock.now() - _EPOCH).total_seconds() * 1000)
    fresh = (milliseconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    with _lock:
        if fresh <= _last:
            fresh = _last + 1 + secrets.randbits(_STEP_BITS)
        _last = fresh
    return "".join(_ALPHABET[(fresh >> shift) & 31] for shift in range((LENGTH - 1) * 5, -1, -5))
