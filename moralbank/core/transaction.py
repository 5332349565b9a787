"""One place that commits: an operation runs in one transaction, whole or not at all."""

import random
import sqlite3
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from sqlalchemy.exc import DBAPIError, IntegrityError

from moralbank.core import clock, policy
from moralbank.core.actor import Actor
from moralbank.core.db import line_of, session
from moralbank.core.direct import in_transaction
from moralbank.core.problems import Refusal
from moralbank.core.wire import STALE

T = TypeVar("T")

ATTEMPTS = 6
"""How often an operation is tried when the database asks for a retry."""
BACKOFF_SECONDS = 0.01
"""The first pause between two tries; each later one is up to twice as long."""
RETRY_SQLSTATES = STALE | {"40001", "40P01"}
"""Serialization failure, deadlock, and a statement that must be prepared anew: the whole
transaction may simply be run again."""


def _may_retry(error: DBAPIError, attempt: int, *, in_doubt: bool) -> bool:
    if isinstance(error, IntegrityError):
        # A race for a unique key was lost: run again, and the check that comes before the insert
        # sees who won and refuses, or replays, as it should.
        return attempt <= 2
    if error.connection_invalidated:
        return not in_doubt
    original = error.orig
    if isinstance(original, sqlite3.OperationalError):
        return "locked" in str(original) or "busy" in str(original)
    return getattr(original, "sqlstate", None) in RETRY_SQLSTATES


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
    for attempt in range(1, ATTEMPTS + 1):
        # End whatever reading came before: a writer begins afresh and sees the latest.
        current.rollback()
        committing = False
        try:
            connection = current.connection(execution_options={"moralbank_writes": True})
            current.info["line"] = line_of(connection)
            result = work()
            committing = True
            current.commit()
            return result
        except Refusal as refusal:
            if refusal.keeps:
                current.commit()
            else:
                current.rollback()
            raise
        except DBAPIError as error:
            current.rollback()
            in_doubt = committing and not repeatable
            if attempt == ATTEMPTS or not _may_retry(error, attempt, in_doubt=in_doubt):
                raise
        except BaseException:
            current.rollback()
            raise
        finally:
            current.info.pop("line", None)
        clock.pause(random.uniform(0.5, 1) * BACKOFF_SECONDS * 2**attempt)  # noqa: S311
    raise AssertionError("unreachable")


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
            if not writes:
                return function(actor, *args, **kwargs)
            return transact(lambda: function(actor, *args, **kwargs))

        run.action, run.writes = action, writes  # type: ignore[attr-defined]
        return cast(F, run)

    return decorate
