"""Statements on one PostgreSQL connection, prepared there, and several sent in one go.

The driver's own cursors cost several times what libpq does for a small statement, and each of them
waits for its answer. Here what needs no answer is kept until something does, or until the commit:
then all of it goes over together, in its order, and nothing after a failure takes place. The
driver's adapters turn values into PostgreSQL's and back, as everywhere.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import count
from select import POLLIN, POLLOUT, poll
from typing import Any

from psycopg import Error, OperationalError
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import InFailedSqlTransaction, error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

_NAME = re.compile(r"(?<!:):([a-z_]+)")


class Query:
    """A statement as libpq takes it: its values, named `:so` in the text, are `$1`, `$2`, …"""

    __slots__ = ("formats", "names", "sql", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.names = list(dict.fromkeys(_NAME.findall(text)))
        places = {name: f"${place}" for place, name in enumerate(self.names, start=1)}
        self.sql = _NAME.sub(lambda found: places[found[1]], text).encode()
        self.formats = [PyFormat.AUTO] * len(self.names)


_BEGIN = Query("BEGIN")
_COMMIT = Query("COMMIT")
_ROLLBACK = Query("ROLLBACK")

STALE = frozenset({"26000", "0A000"})
"""What is said of a statement that was prepared on another connection than it seems, or that the
driver let go of with its own, or whose tables have changed since: prepared anew, it works."""

_OPEN = frozenset({TransactionStatus.INTRANS, TransactionStatus.INERROR})

_Shape = tuple[bytes, Any]
"""A statement and the types of its values: prepared once, where there are any."""
_Sent = tuple[_Shape, Sequence[Any], Any]
"""The shape of a statement, its values and their formats."""


class Wire:
    """What goes over one connection; as that, it is one thread's at a time."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self._libpq = driver.pgconn
        self._adapt = Transformer(driver)
        self._names = count()
        self._prepared: dict[_Shape, bytes] = {}
        self._waiting: list[_Sent] = []
        self._socket = poll()
        self._socket.register(self._libpq.socket, POLLIN)

    def later(self, query: Query, values: Mapping[str, Any]) -> None:
        """Send a statement together with the next one that must be answered, or with the commit;
        its failure shows there."""
        given = [values[name] for name in query.names]
        adapted = self._adapt.dump_sequence(given, query.formats)
        self._waiting.append(((query.sql, self._adapt.types), adapted, self._adapt.formats))

    def rows(self, query: Query, values: Mapping[str, Any]) -> tuple[Any, list[Any]]:
        """Send what waits and this statement; return its result and its rows."""
        self.later(query, values)
        result = self.flush()
        self._adapt.set_pgresult(result)
        return result, self._adapt.load_rows(0, result.ntuples, tuple)

    def flush(self) -> Any:
        """Send what waits, if anything does; return the result of the last. Raises the driver's
        error of the first that failed."""
        if not self._waiting:
            return None
        sending, self._waiting = self._waiting, []
        alone = self._libpq.transaction_status == TransactionStatus.IDLE
        results, error = self._exchange(sending)
        if error is not None and error.sqlstate in STALE:
            self._prepared.clear()
            if alone and self._libpq.transaction_status == TransactionStatus.IDLE:
                results, error = self._exchange(sending)
        if error is not None:
            raise error
        return results[-1]

    def _exchange(self, sending: list[_Sent]) -> tuple[list[Any], Error | None]:
        """Send statements; return their results, and the error of the first that failed."""
        fresh: dict[_Shape, bytes] = {}
        try:
            self._libpq.enter_pipeline_mode()
            for shape, values, formats in sending:
                if not values:
                    self._libpq.send_query_params(shape[0], None)
                    continue
                name = self._prepared.get(shape) or fresh.get(shape)
                if name is None:
                    name = fresh[shape] = b"moralbank_%d" % next(self._names)
                    self._libpq.send_prepare(name, *shape)
                self._libpq.send_query_prepared(name, values, formats)
            self._libpq.pipeline_sync()
            results = self._results()
            self._libpq.exit_pipeline_mode()
        except BaseException:
            self._driver.close()  # half an answer is none, and nothing can follow it
            raise
        error = _failure(results)
        if error is None:
            self._prepared |= fresh
        return results, error

    def begin(self) -> None:
        """Begin a transaction with whatever is sent first."""
        self.later(_BEGIN, {})

    def commit(self) -> None:
        """Commit, with what still waits; nothing is sent for a transaction that sent nothing."""
        if len(self._waiting) == 1 and self._waiting[0][0][0] == _BEGIN.sql:
            self.forget()
        else:
            self.later(_COMMIT, {})
            if self.flush().command_status != b"COMMIT":
                # A statement failed before, and whoever asked went on as if it had not.
                raise InFailedSqlTransaction("the transaction was rolled back")

    def forget(self) -> None:
        """Send nothing of what waits."""
        self._waiting.clear()

    def rollback(self) -> None:
        """Roll back what was sent, and send nothing of what waits.

        The driver's own rollback would let go of every prepared statement.
        """
        self.forget()
        if self._libpq.transaction_status in _OPEN:
            self.later(_ROLLBACK, {})
            self.flush()

    def _results(self) -> list[Any]:
        """Wait for the results of all that was sent; other threads run meanwhile."""
        results: list[Any] = []
        try:
            self._push()
            while True:
                while self._libpq.is_busy():
                    self._socket.poll()
                    self._libpq.consume_input()
                result = self._libpq.get_result()
                if result is None:  # after each statement
                    if self._libpq.status == ConnStatus.BAD:
                        raise OperationalError("the connection is lost")
                elif result.status == ExecStatus.PIPELINE_SYNC:
                    return results
                else:
                    results.append(result)
        except OperationalError:
            if _failure(results) is None:  # else those were the server's last words
                raise
            return results

    def _push(self) -> None:
        """Hand everything to the socket, taking in what the server answers meanwhile."""
        if not self._libpq.flush():
            return
        self._socket.modify(self._libpq.socket, POLLIN | POLLOUT)
        while self._libpq.flush():
            self._socket.poll()
            self._libpq.consume_input()
        self._socket.modify(self._libpq.socket, POLLIN)


def column_names(result: Any) -> list[str]:
    """Return the names of a result's columns."""
    return [result.fname(place).decode() for place in range(result.nfields)]


def _failure(results: list[Any]) -> Error | None:
    for result in results:
        if result.status == ExecStatus.FATAL_ERROR:
            return error_from_result(result)
    return None
