"""The same request twice has one effect and one answer."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core import clock, keys
from moralbank.core.actor import Actor
from moralbank.core.db import Model, insert_unless_there, session
from moralbank.core.problems import Refusal
from moralbank.core.transaction import transact

REQUEST = "request"
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


def once(actor: Actor, key: str | None, asked: str, work: Callable[[], tuple[int, Any]]) -> Answer:
    """Run `work` (→ status, JSON-able body) in a transaction, once per caller and key.

    The key's row commits with the effect. A second request with the same key waits for the first
    and gets its answer; 422 `idempotency_key_reused` when it asked for something else. A refused
    request leaves its key free.
    """
    if key is None:
        status, body = transact(work)
        return Answer(status, body)

    def keyed() -> Answer:
        placed = session().scalar(
            insert_unless_there(
                IdempotencyKey,
                {
                    "caller": actor.caller,
                    "key": key,
                    "fingerprint": keys.seal(REQUEST, asked),
                    "answer": None,
                    "created_at": clock.now(),
                },
            ).returning(IdempotencyKey.key)
        )
        row = (IdempotencyKey.caller == actor.caller, IdempotencyKey.key == key)
        if placed is None:
            stored = (
                session()
                .execute(select(IdempotencyKey.fingerprint, IdempotencyKey.answer).where(*row))
                .one()
            )
            return _replay(stored.fingerprint, stored.answer, asked)
        try:
            status, body = work()
        except Refusal as refusal:
            if refusal.keeps:
                session().execute(delete(IdempotencyKey).where(*row))
            raise
        sealed = keys.encrypt("answers", json.dumps([status, body]))
        session().execute(update(IdempotencyKey).where(*row).values(answer=sealed))
        return Answer(status, body)

    return transact(keyed, repeatable=True)


def _replay(stored: str, answer: str | None, asked: str) -> Answer:
    if not keys.matches(REQUEST, asked, stored):
        raise Refusal(422, "idempotency_key_reused", _("这个 Idempotency-Key 已用于另一个请求。"))
    if answer is None:
        raise Refusal(409, "request_in_progress", _("同一个请求正在处理，请稍后再问。"))
    status, body = json.loads(keys.decrypt("answers", answer))
    return Answer(status, body, replayed=True)
