"""Many postings at once, each with its own key and its own refusal: imports, rounds, openings.

The wallets are held in order and read once; the balances are then worked out here, in the order of
the postings, and written back in bulk. Nobody can move a held wallet meanwhile.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from moralbank.core import clock
from moralbank.core.db import session
from moralbank.core.direct import sqlite_moment
from moralbank.core.ids import new_id
from moralbank.ledger.book import NEVER, open_system_accounts, same_content
from moralbank.ledger.models import Account, Transfer
from moralbank.ledger.postings import Posted, Posting, is_system

T = TypeVar("T")
CHUNK = 900
"""How many keys or names one look-up asks for."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A posting of a batch that was not made; the others are not touched by it.

    `code` is `insufficient_points`, `key_reused`, `no_wallet` or `key_twice` (the same key earlier
    in this batch for something else).
    """

    key: str
    code: str


@dataclass(slots=True)
class _Account:
    """An account while a batch is worked out; `reserved` is what must stay: floor and holds."""

    id: int
    wallet: bool
    balance: int
    reserved: int
    version: int
    moved_at: datetime
    moved: bool = False

    def move(self, amount: int) -> tuple[int | None, int | None]:
        """Add a signed amount; return the new balance and version, None for a system account."""
        if not self.wallet:
            return None, None
        self.balance += amount
        self.version += 1
        self.moved = True
        return self.balance, self.version


_COLUMNS = (
    "id", "key", "journal", "kind", "asset", "payer_id", "payee_id", "amount", "posted_at",
    "effective_at", "reason", "source_type", "source_id", "rulebook_version", "reverses_id",
    "payer_balance", "payer_version", "payee_balance", "payee_version",
)  # fmt: skip


def post_many(postings: Sequence[Posting]) -> list[Posted | Refused]:
    """Make thousands of postings in the caller's transaction; answer each in its place.

    Each stands for itself: one that is refused changes nothing and hinders no other. A key that was
    posted before with the same content, in the book or in this batch, gets its first answer. Locks
    the wallets in the order of their accounts. All that are made go into one journal.
    """
    accounts = _held_accounts(postings)
    known = _known(postings, accounts)
    now, journal = clock.now(), new_id()
    rows: list[tuple[Any, ...]] = []
    drafts: dict[str, tuple[Posting, Posted | Refused | int]] = {}
    for posting in postings:
        if posting.key in drafts:
            continue
        draft = known.get(posting.key) or _row(posting, accounts, journal, now)
        if isinstance(draft, tuple):
            rows.append(draft)
            drafts[posting.key] = (posting, len(rows) - 1)
        else:
            drafts[posting.key] = (posting, draft)
    numbers = _take_numbers(len(rows))
    rows = [(number, *row) for number, row in zip(numbers, rows, strict=True)]
    _write(rows)
    _write_back([account for account in accounts.values() if account.moved])
    return [_answer(posting, *drafts[posting.key], rows) for posting in postings]


def _answer(
    posting: Posting, stood: Posting, draft: Posted | Refused | int, rows: list[tuple[Any, ...]]
) -> Posted | Refused:
    if stood != posting:
        return Refused(posting.key, "key_twice")
    if not isinstance(draft, int):
        return draft
    row = rows[draft]
    return Posted(row[0], posting.key, row[_PAYER_BALANCE], row[_PAYEE_BALANCE])


_PAYER_BALANCE = _COLUMNS.index("payer_balance")
_PAYEE_BALANCE = _COLUMNS.index("payee_balance")


def _chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    listed = list(items)
    for start in range(0, len(listed), size):
        yield listed[start : start + size]


def _held_accounts(postings: Sequence[Posting]) -> dict[tuple[str, str], _Account]:
    """Return the accounts of the postings; the wallets are held, in the order of their ids."""
    wanted = {(p.payer, p.asset) for p in postings} | {(p.payee, p.asset) for p in postings}
    open_system_accounts(pair for pair in wanted if is_system(pair[0]))
    accounts: dict[tuple[str, str], _Account] = {}
    wallets: list[int] = []
    for chunk in _chunks(sorted({holder for holder, _asset in wanted})):
        found = session().execute(
            select(Account.id, Account.holder, Account.asset, Account.wallet).where(
                Account.holder.in_(chunk)
            )
        )
        for row in found:
            if row.wallet and (row.holder, row.asset) in wanted:
                wallets.append(row.id)
            else:
                accounts[row.holder, row.asset] = _Account(row.id, False, 0, 0, 0, NEVER)
    for numbers in _chunks(sorted(wallets)):
        held = session().execute(
            select(Account)
            .where(Account.id.in_(numbers))
            .order_by(Account.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        for wallet in held.scalars():
            accounts[wallet.holder, wallet.asset] = _Account(
                wallet.id, True, wallet.balance, wallet.held + wallet.floor, wallet.version,
                wallet.moved_at,
            )  # fmt: skip
    return accounts


def _known(
    postings: Sequence[Posting], accounts: dict[tuple[str, str], _Account]
) -> dict[str, Posted | Refused]:
    asked = {posting.key: posting for posting in reversed(postings)}
    known: dict[str, Posted | Refused] = {}
    for chunk in _chunks(asked):
        rows = session().execute(
            select(
                Transfer.id, Transfer.key, Transfer.kind, Transfer.asset, Transfer.amount,
                Transfer.payer_id, Transfer.payee_id, Transfer.reverses_id,
                Transfer.payer_balance, Transfer.payee_balance,
            ).where(Transfer.key.in_(chunk))
        )  # fmt: skip
        for row in rows:
            posting = asked[row.key]
            payer = accounts.get((posting.payer, posting.asset))
            payee = accounts.get((posting.payee, posting.asset))
            same = (
                payer is not None
                and payee is not None
                and same_content(row, posting, payer_id=payer.id, payee_id=payee.id)
            )
            known[row.key] = (
                Posted(row.id, row.key, row.payer_balance, row.payee_balance)
                if same
                else Refused(row.key, "key_reused")
            )
    return known


def _row(
    posting: Posting,
    accounts: dict[tuple[str, str], _Account],
    journal: str,
    now: datetime,
) -> tuple[Any, ...] | Refused:
    """Move two accounts here, and return the transfer's row but for its number; or a refusal."""
    payer = accounts.get((posting.payer, posting.asset))
    payee = accounts.get((posting.payee, posting.asset))
    if payer is None or payee is None:
        return Refused(posting.key, "no_wallet")
    if payer.wallet and payer.balance - payer.reserved < posting.amount:
        return Refused(posting.key, "insufficient_points")
    paid_balance, paid_version = payer.move(-posting.amount)
    received_balance, received_version = payee.move(posting.amount)
    posted_at = max(now, payer.moved_at, payee.moved_at)
    payer.moved_at = payee.moved_at = posted_at
    return (
        posting.key, journal, posting.kind, posting.asset, payer.id, payee.id, posting.amount,
        posted_at, posting.effective_at, posting.reason, posting.source_type, posting.source_id,
        posting.rulebook_version, posting.reverses,
        paid_balance, paid_version, received_balance, received_version,
    )  # fmt: skip


def _take_numbers(count: int) -> list[int]:
    """Take the numbers of `count` new transfers."""
    connection = session().connection()
    if connection.dialect.name == "postgresql":
        # A roll-up must not pass numbers that are taken and not yet written: it waits for this.
        connection.execute(text("LOCK TABLE transfers IN ROW EXCLUSIVE MODE"))
        series = "SELECT nextval('transfers_id_seq') FROM generate_series(1, :count)"
        return list(connection.execute(text(series), {"count": count}).scalars())
    last = connection.execute(text("SELECT COALESCE(MAX(id), 0) FROM transfers")).scalar_one()
    return list(range(last + 1, last + 1 + count))


def _write(rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    connection = session().connection()
    driver = connection.connection.driver_connection
    assert driver is not None
    columns = ", ".join(_COLUMNS)
    if connection.dialect.name == "postgresql":
        with (
            _translated(connection),
            driver.cursor().copy(f"COPY transfers ({columns}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(_COLUMNS))
    with _translated(connection):
        driver.executemany(
            f"INSERT INTO transfers ({columns}) VALUES ({marks})",  # noqa: S608 — our own words
            [(*row[:8], sqlite_moment(row[8]), sqlite_moment(row[9]), *row[10:]) for row in rows],
        )


@contextmanager
def _translated(connection: Connection) -> Iterator[None]:
    """Raise the driver's errors as SQLAlchemy's own: those are retried where that helps."""
    dialect = connection.dialect
    driver_error: type[Exception] = dialect.loaded_dbapi.Error
    try:
        yield
    except driver_error as error:
        raise DBAPIError.instance(None, None, error, driver_error, dialect=dialect) from error


def _write_back(accounts: list[_Account]) -> None:
    """Store the new balances of held wallets."""
    if not accounts:
        return
    connection = session().connection()
    driver = connection.connection.driver_connection
    assert driver is not None
    if connection.dialect.name == "postgresql":
        driver.execute(
            "UPDATE accounts SET balance = moved.balance, version = moved.version, "
            "moved_at = moved.moved_at FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], "
            "%s::timestamptz[]) AS moved (id, balance, version, moved_at) "
            "WHERE accounts.id = moved.id",
            (
                [account.id for account in accounts],
                [account.balance for account in accounts],
                [account.version for account in accounts],
                [account.moved_at for account in accounts],
            ),
        )
        return
    driver.executemany(
        "UPDATE accounts SET balance = ?, version = ?, moved_at = ? WHERE id = ?",
        [
            (account.balance, account.version, sqlite_moment(account.moved_at), account.id)
            for account in accounts
        ],
    )
