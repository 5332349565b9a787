"""One place that commits: an operation runs in one transaction, whole or not at all."""

import random
import sqlite3
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar, cast

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from moralbank.core import clock, policy
from moralbank.core.actor import Actor
from moralbank.core.db import line_of, session
from moralbank.core.direct import in_transaction
from moralbank.core.kept import something_was_written
from moralbank.core.metrics import RETRIES
from moralbank.core.problems import Refusal
from moralbank.core.wire import STALE

T = TypeVar("T")

ATTEMPTS = 6
"""How often an operation is tried when the database asks for a retry."""
BACKOFF_SECONDS = 0.01
"""The first pause between two tries; each later one is up to twice as long."""
RESTARTING = frozenset({"57P01", "57P02", "57P03"})
"""The server is going down, or not up yet."""
RETRY_SQLSTATES = STALE | {"40001", "40P01", "55P03"}
"""Serialization failure, deadlock, a lock that was not to be waited for longer, and a statement
that must be prepared anew: the whole transaction may simply be run again."""


RACES = 2
"""How often a race for a unique key may be lost: run again, and the check that comes before the
insert sees who won and refuses, or replays, as it should."""


def _may_retry(error: DBAPIError, *, races: int, in_doubt: bool) -> bool:
    if isinstance(error, IntegrityError):
        return races <= RACES
    if error.connection_invalidated:
        return not in_doubt
    original = error.orig
    if isinstance(original, sqlite3.OperationalError):
        return "locked" in str(original) or "busy" in str(original)
    state = getattr(original, "sqlstate", None)
    if state is None or state in RESTARTING or state.startswith("08"):
        return isinstance(error, OperationalError)  # the server cannot be reached yet
    return state in RETRY_SQLSTATES


def _end_reading(current: Session) -> None:
    """Roll back whatever is open; where the connection is lost, that is done already."""
    try:
        current.rollback()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        current.invalidate()


def transact(work: Callable[[], T], *, repeatable: bool = False) -> T:
    """Run `work` in one transaction and commit; inside another transaction, join it.

    Whatever `work` raises rolls everything back, but for a Refusal that `keeps`. `work` may run
    several times when the database asks for a retry or the connection is lost, so it holds no
    effect outside the database. Where the connection is lost in the very moment of the commit,
    nobody knows whether it took place: then only `repeatable` work, which finds what it did before
    by a key, is run again.
    """
    current = session()
    if in_transaction():
        return work()
    races = 0
    for attempt in range(1, ATTEMPTS + 1):
        committing = False
        try:
            # End whatever reading came before: a writer begins afresh and sees the latest.
            _end_reading(current)
            connection = current.connection(execution_options={"moralbank_writes": True})
            current.info["line"] = line_of(connection)
            result, kept = _worked(work)
            committing = True
            current.commit()
        except DBAPIError as error:
            _end_reading(current)
            races += isinstance(error, IntegrityError)
            in_doubt = committing and not repeatable
            if attempt == ATTEMPTS or not _may_retry(error, races=races, in_doubt=in_doubt):
                raise
            RETRIES.labels("race" if isinstance(error, IntegrityError) else "database").inc()
        except BaseException:
            _end_reading(current)
            raise
        else:
            something_was_written()
            if kept is not None:
                raise kept
            return cast(T, result)
        finally:
            current.info.pop("line", None)
        clock.pause(random.uniform(0.5, 1) * BACKOFF_SECONDS * 2**attempt)  # noqa: S311
    raise AssertionError("unreachable")


def _worked(work: Callable[[], T]) -> tuple[T | None, Refusal | None]:
    """Return what `work` returns, or the refusal that is to be committed."""
    try:
        return work(), None
    except Refusal as refusal:
        if refusal.keeps:
            return None, refusal
        raise


def _read(work: Callable[[], T]) -> T:
    """Run what only reads; once more where the connection was lost."""
    if in_transaction():
        return work()
    try:
        return work()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        _end_reading(session())
        return work()


F = TypeVar("F", bound=Callable[..., Any])


def operation(action: str) -> Callable[[F], F]:
    """Make a use case that writes: the role is checked, then all of it is one transaction."""
    return _use_case(action, writes=True)


def query(action: str) -> Callable[[F], F]:
    """Make a use case that only reads: the role is checked."""
    return _use_case(action, writes=False)


def _use_case(action: str, *, writes: bool) -> Callable[[F], F]:
    policy.MAY[action]  # a use case without a line in the table does not load

    def decorate(function: F) -> F:
        @wraps(function)
        def run(actor: Actor, *args: Any, **kwargs: Any) -> Any:
            policy.require(actor, action)
            work = partial(function, actor, *args, **kwargs)
            return transact(work) if writes else _read(work)

        run.action, run.writes = action, writes  # type: ignore[attr-defined]
        return cast(F, run)

    return decorate
