"""Opaque identifiers that sort by the time of their making and cannot be guessed."""

import secrets
import threading
from datetime import UTC, datetime, timedelta

from moralbank.core import clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_RANDOM_BITS = 38
_STEP_BITS = 24
LENGTH = 16
"""Characters in an id: 42 bits of milliseconds since 2020, then 38 random ones, in base 32."""

_MICROSECOND_BITS = 10
_REST_BITS = _RANDOM_BITS - _MICROSECOND_BITS

_lock = threading.Lock()
_last = 0
_last_of_moment = 0


def new_id() -> str:
    """Return a new id; one process never makes a smaller one after a larger."""
    global _last
    milliseconds = int((clock.now() - _EPOCH).total_seconds() * 1000)
    fresh = (milliseconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    with _lock:
        if fresh <= _last:
            fresh = _last + 1 + secrets.randbits(_STEP_BITS)
        _last = fresh
    return _spelt(fresh)


def id_at(moment: datetime) -> str:
    """Return a new id that says when, to the microsecond, whatever ids were made before: for what
    is looked for by its day. Of one moment, a process never makes a smaller one after a larger."""
    global _last_of_moment
    milliseconds, micro = divmod((moment - _EPOCH) // timedelta(microseconds=1), 1000)
    begin = (milliseconds << _RANDOM_BITS) | (micro << _REST_BITS)
    with _lock:
        if _last_of_moment >> _REST_BITS == begin >> _REST_BITS:
            _last_of_moment += 1 + secrets.randbits(8)
        else:
            _last_of_moment = begin | secrets.randbits(_REST_BITS - 1)
        return _spelt(_last_of_moment)


def first_id(moment: datetime) -> str:
    """Return what ids of earlier moments (`id_at`) are smaller than, and none of `moment` is."""
    milliseconds = int((moment - _EPOCH).total_seconds() * 1000)
    return _spelt(max(0, milliseconds) << _RANDOM_BITS)


def _spelt(number: int) -> str:
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range((LENGTH - 1) * 5, -1, -5))
