"""The same request twice has one effect and one answer."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core import clock, keys
from moralbank.core.actor import Actor
from moralbank.core.db import Model
from moralbank.core.direct import Statement, in_transaction
from moralbank.core.problems import Refusal
from moralbank.core.transaction import transact

REQUEST = "request"
GIVEN_UP = "given up"
_KEY = re.compile(r"[\x20-\x7e]{1,200}")


class IdempotencyKey(Model):
    """A key that a caller used, what it was used for, and the answer.

    What was asked is kept as a keyed seal, for a plain digest would let whoever has the database
    try every PIN; the answer is encrypted, for it may hold names, or a code that is shown once.
    """

    __tablename__ = "idempotency_keys"

    caller: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    answer: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored answer: a status, a JSON-able body, and whether it is the first one's copy."""

    status: int
    body: Any
    replayed: bool = False


def check_key(key: str | None, *, required: bool) -> str | None:
    """Return the key. Refuses 400 `idempotency_key_missing`, 422 where it is not 1–200 printable
    characters."""
    if key is None:
        if required:
            raise Refusal(
                400, "idempotency_key_missing", _("这个请求需要 Idempotency-Key 请求头。")
            )
        return None
    if not _KEY.fullmatch(key):
        message = _("应为 1 至 200 个可打印的 ASCII 字符。")
        raise Refusal(422, "validation_failed", message, errors={"Idempotency-Key": [message]})
    return key


def fingerprint(*parts: Any) -> str:
    """Return a digest of what was asked for: method, path and body."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


_STORED = Statement(
    "SELECT fingerprint, answer FROM idempotency_keys WHERE caller = :caller AND key = :key"
)
_PLACE = Statement(
    """
    INSERT INTO idempotency_keys (caller, key, fingerprint, answer, created_at)
    VALUES (:caller, :key, :fingerprint, :answer, :now)
    """
)
_REMOVE = Statement("DELETE FROM idempotency_keys WHERE caller = :caller AND key = :key")


def once(actor: Actor, key: str | None, asked: str, work: Callable[[], tuple[int, Any]]) -> Answer:
    """Run `work` (→ status, JSON-able body) in a transaction, once per caller and key.

    Nearly every key is new, so the work is done first; the key's row, with the answer in it, comes
    last and commits with the effect. Where the key turns out to be used, all is rolled back and the
    first answer is given; 422 `idempotency_key_reused` when it was for something else. Where the
    first is still under way, the second waits for it there. A refused request leaves its key free.
    """
    if key is None:
        status, body = transact(work)
        return Answer(status, body)
    assert not in_transaction(), "what is undone must not be somebody else's as well"
    mine = {"caller": actor.caller, "key": key}
    tries = 0

    def row(answer: str | None) -> dict[str, Any]:
        sealed = keys.seal(REQUEST, asked)
        return mine | {"fingerprint": sealed, "answer": answer, "now": clock.now()}

    def keyed() -> Answer:
        nonlocal tries
        tries += 1
        if tries > 1:
            # The first try failed: on the key itself, or on a row that the same request has made
            # before, or in the very moment of its commit. This one looks before it does anything.
            stored = _STORED.first(**mine)
            if stored is not None:
                return _replay(stored, asked)
        try:
            status, body = work()
        except Refusal as refusal:
            # What was done for this key may be why it is refused now; then its answer stands.
            _PLACE.rows(**row(None))
            if refusal.keeps:
                _REMOVE.rows(**mine)
            raise
        _PLACE.later(**row(keys.encrypt("answers", json.dumps([status, body]))))
        return Answer(status, body)

    return transact(keyed, repeatable=True)


def give_up(actor: Actor, key: str) -> bool:
    """Use a key up for nothing, so that a request with it that is still on its way does nothing.

    Returns whether that was in time: False where something was done for it before.
    """
    try:
        once(actor, key, GIVEN_UP, lambda: (200, None))
    except Refusal as refusal:
        if refusal.code != "idempotency_key_reused":
            raise
        return False
    return True


def _replay(stored: Any, asked: str) -> Answer:
    if stored is None or stored.answer is None:
        raise Refusal(409, "request_in_progress", _("同一个请求正在处理，请稍后再问。"))
    if not keys.matches(REQUEST, asked, stored.fingerprint):
        raise Refusal(422, "idempotency_key_reused", _("这个 Idempotency-Key 已用于另一个请求。"))
    status, body = json.loads(keys.decrypt("answers", stored.answer))
    return Answer(status, body, replayed=True)
