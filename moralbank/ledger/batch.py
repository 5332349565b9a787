"""Many postings at once, each with its own key and its own refusal: imports, rounds, openings.

The wallets are held in order and read once; the balances are then worked out here, in the order of
the postings, and written back in bulk. Nobody can move a held wallet meanwhile.
"""

import gc
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moralbank.core import clock
from moralbank.core.direct import Statement, line, sqlite_moment
from moralbank.core.ids import new_id
from moralbank.core.transaction import transact
from moralbank.ledger.book import NEVER, open_system_accounts, same_content, takes_back
from moralbank.ledger.overdue import time_out
from moralbank.ledger.postings import Posted, Posting, is_system


@dataclass(frozen=True, slots=True)
class Refused:
    """A posting of a batch that was not made; the others are not touched by it.

    `code` is `insufficient_points`, `key_reused`, `no_wallet`, `key_twice` (the same key earlier in
    this batch for something else), `already_reversed` or `no_such_original` (what it takes back is
    not what its original moved).
    """

    key: str
    code: str


@dataclass(slots=True)
class _Account:
    """An account while a batch is worked out; `reserved` is what must stay: floor and holds.

    `moved_at` is as the driver has it: aware, or on SQLite text, which sorts in the same way.
    """

    id: int
    wallet: bool
    balance: int
    reserved: int
    version: int
    moved_at: Any
    moved: bool = False

    def move(self, amount: int) -> tuple[int | None, int | None]:
        """Add a signed amount; return the new balance and version, None for a system account."""
        if not self.wallet:
            return None, None
        self.balance += amount
        self.version += 1
        self.moved = True
        return self.balance, self.version


_COLUMNS = {
    "id": "int8", "key": "text", "journal": "text", "kind": "text", "asset": "text",
    "payer_id": "int8", "payee_id": "int8", "amount": "int8", "posted_at": "timestamptz",
    "effective_at": "timestamptz", "reason": "text", "source_type": "text", "source_id": "text",
    "rulebook_version": "int4", "reverses_id": "int8", "payer_balance": "int8",
    "payer_version": "int8", "payee_balance": "int8", "payee_version": "int8",
}  # fmt: skip
"""The columns of a transfer, and their types on PostgreSQL."""
_Row = tuple[Any, ...]

_SYSTEM = Statement(
    """
    SELECT id, holder, asset FROM accounts
    WHERE holder = ANY(:holders) AND asset = ANY(:assets) AND NOT wallet
    """
)
_WALLETS_POSTGRESQL = """
    SELECT id, holder, asset, balance, held, floor, version, moved_at
    FROM unnest(%b::text[], %b::text[]) AS named (holder, asset) JOIN accounts USING (holder, asset)
    WHERE wallet ORDER BY id FOR NO KEY UPDATE OF accounts
"""
# A CROSS JOIN is never turned round: the list is gone through once, whatever the statistics say.
_WALLETS_SQLITE = """
    SELECT accounts.id, holder, asset, balance, held, floor, version, moved_at
    FROM json_each(?) AS named CROSS JOIN accounts
        ON holder = json_extract(named.value, '$[0]') AND asset = json_extract(named.value, '$[1]')
    WHERE wallet ORDER BY accounts.id
"""
_KNOWN = Statement(
    """
    SELECT id, key, kind, asset, amount, payer_id, payee_id, reverses_id, payer_balance,
        payee_balance
    FROM transfers WHERE key = ANY(:keys)
    """
)
_HELD = Statement("SELECT key FROM holds WHERE key = ANY(:keys)")
_ORIGINALS = Statement(
    "SELECT id, kind, asset, amount, payer_id, payee_id FROM transfers WHERE id = ANY(:ids)"
)
_REVERSED = Statement("SELECT reverses_id FROM transfers WHERE reverses_id = ANY(:ids)")

_Accounts = dict[tuple[str, str], _Account]


def post_many(postings: Sequence[Posting]) -> list[Posted | Refused]:
    """Make thousands of postings in the caller's transaction, or where none is open, in one of
    their own; answer each in its place.

    Each stands for itself: one that is refused changes nothing and hinders no other. A key that was
    posted before with the same content, in the book or in this batch, gets its first answer. Locks
    the wallets in the order of their accounts. All that are made go into one journal.
    """
    if not postings:
        return []
    with _no_collecting():
        return transact(lambda: _work_out(postings), repeatable=True)


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Keep the garbage collector still: a batch makes no garbage that it would be needed for, but
    so many objects that it would walk through the whole application, which takes a third of the
    time of the batch. It is the process's own, so threads may find it still for each other."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _work_out(postings: Sequence[Posting]) -> list[Posted | Refused]:
    accounts = _held_accounts(postings)
    known = _known(postings, accounts)
    originals = _originals(postings)
    now, journal = _as_driver(clock.now()), new_id()
    numbers = _take_numbers(len(postings))  # those of what is refused stay unused
    first: dict[str, Posting] = {}
    made: dict[str, Posted | Refused] = {}
    answers: list[Posted | Refused] = []
    with _writing() as write:
        for number, posting in zip(numbers, postings, strict=True):
            key = posting.key
            earlier = first.get(key)
            if earlier is None:
                first[key] = posting
                answer = known.get(key)
                if answer is None:
                    refused = _why_not(posting, accounts, originals)
                    answer = refused or _make(posting, accounts, number, journal, now, write)
                made[key] = answer
            elif earlier.content == posting.content:
                answer = made[key]
            else:
                answer = Refused(key, "key_twice")
            answers.append(answer)
    _write_back([account for account in accounts.values() if account.moved])
    return answers


def _held_accounts(postings: Sequence[Posting]) -> _Accounts:
    """Return the accounts of the postings; the wallets are held, in the order of their ids."""
    named = {(p.payer, p.asset) for p in postings} | {(p.payee, p.asset) for p in postings}
    system = {pair for pair in named if is_system(pair[0])}
    open_system_accounts(system)
    never = _as_driver(NEVER)
    accounts = {
        (row.holder, row.asset): _Account(row.id, False, 0, 0, 0, never)
        for row in _SYSTEM.rows(
            holders=list({holder for holder, _asset in system}),
            assets=list({asset for _holder, asset in system}),
        )
    }
    wallets = list(named - system)
    rows = _hold(wallets)
    holding = [row[0] for row in rows if row[4]]
    if holding and time_out(account_ids=holding):
        rows = _hold(wallets)
    for number, holder, asset, balance, held, floor, version, moved_at in rows:
        accounts[holder, asset] = _Account(number, True, balance, held + floor, version, moved_at)
    return accounts


def _hold(wallets: Sequence[tuple[str, str]]) -> list[Any]:
    """Hold wallets, given by holder and asset, in the order of their ids; return their rows."""
    here = line()
    if here.postgresql:
        lists = [holder for holder, _asset in wallets], [asset for _holder, asset in wallets]
        cursor = here.execute(_WALLETS_POSTGRESQL, lists)
    else:
        cursor = here.execute(_WALLETS_SQLITE, (json.dumps(wallets),))
    rows: list[Any] = cursor.fetchall()
    return rows


def _known(postings: Sequence[Posting], accounts: _Accounts) -> dict[str, Posted | Refused]:
    asked = {posting.key: posting for posting in reversed(postings)}
    keys = list(asked)
    # A hold's key is its own: what it is posted as is in the book under the same.
    known: dict[str, Posted | Refused] = {
        row.key: Refused(row.key, "key_reused") for row in _HELD.rows(keys=keys)
    }
    for row in _KNOWN.rows(keys=keys):
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


@dataclass(slots=True)
class _Original:
    """A transfer that a batch takes back."""

    row: Any
    reversed: bool


def _originals(postings: Sequence[Posting]) -> dict[int, _Original]:
    ids = [posting.reverses for posting in postings if posting.reverses is not None]
    if not ids:
        return {}
    taken_back = {row.reverses_id for row in _REVERSED.rows(ids=ids)}
    return {row.id: _Original(row, row.id in taken_back) for row in _ORIGINALS.rows(ids=ids)}


def _why_not(
    posting: Posting, accounts: _Accounts, originals: dict[int, _Original]
) -> Refused | None:
    payer = accounts.get((posting.payer, posting.asset))
    payee = accounts.get((posting.payee, posting.asset))
    if payer is None or payee is None:
        return Refused(posting.key, "no_wallet")
    original = None
    if posting.reverses is not None:
        original = originals.get(posting.reverses)
        if original is None or not takes_back(
            posting, original.row, payer_id=payer.id, payee_id=payee.id
        ):
            return Refused(posting.key, "no_such_original")
        if original.reversed:
            return Refused(posting.key, "already_reversed")
    if payer.wallet and payer.balance - payer.reserved < posting.amount:
        return Refused(posting.key, "insufficient_points")
    if original is not None:
        original.reversed = True
    return None


def _make(
    posting: Posting,
    accounts: _Accounts,
    number: int,
    journal: str,
    now: Any,
    write: Callable[[_Row], None],
) -> Posted:
    """Move two accounts here, and write the transfer's row."""
    payer = accounts[posting.payer, posting.asset]
    payee = accounts[posting.payee, posting.asset]
    paid_balance, paid_version = payer.move(-posting.amount)
    received_balance, received_version = payee.move(posting.amount)
    posted_at = max(now, payer.moved_at, payee.moved_at)
    for account in (payer, payee):
        if account.wallet:  # a system account passes no clock on to others
            account.moved_at = posted_at
    write(
        (
            number, posting.key, journal, posting.kind, posting.asset, payer.id, payee.id,
            posting.amount, posted_at, posting.effective_at, posting.reason, posting.source_type,
            posting.source_id, posting.rulebook_version, posting.reverses,
            paid_balance, paid_version, received_balance, received_version,
        )
    )  # fmt: skip
    return Posted(number, posting.key, paid_balance, received_balance)


def _take_numbers(count: int) -> Iterable[int]:
    """Take the numbers of `count` new transfers."""
    here = line()
    if not here.postgresql:
        last = here.execute("SELECT COALESCE(MAX(id), 0) FROM transfers").fetchone()[0]
        return range(last + 1, last + 1 + count)
    # A roll-up must not pass numbers that are taken and not yet written: it waits for this.
    here.execute("LOCK TABLE transfers IN ROW EXCLUSIVE MODE")
    series = "SELECT nextval('transfers_id_seq') FROM generate_series(1, %s)"
    return [row[0] for row in here.execute(series, (count,)).fetchall()]


@contextmanager
def _writing() -> Iterator[Callable[[_Row], None]]:
    """Give what writes a transfer's row. PostgreSQL takes the rows in while the next are worked
    out; SQLite gets them all at the end."""
    here, columns = line(), ", ".join(_COLUMNS)
    if here.postgresql:
        take = f"COPY transfers ({columns}) FROM STDIN (FORMAT BINARY)"
        with here.translating(), here.driver.cursor().copy(take) as copy:
            copy.set_types(list(_COLUMNS.values()))
            yield copy.write_row
        return
    rows: list[_Row] = []

    def write(row: _Row) -> None:
        rows.append((*row[:9], sqlite_moment(row[9]), *row[10:]))  # 9 is effective_at

    yield write
    marks = ", ".join("?" * len(_COLUMNS))
    with here.translating():
        here.driver.executemany(
            f"INSERT INTO transfers ({columns}) VALUES ({marks})",  # noqa: S608 — our own words
            rows,
        )


def _as_driver(moment: datetime) -> Any:
    """Return a moment as the driver of this transaction takes and gives it."""
    return moment if line().postgresql else sqlite_moment(moment)


def _write_back(accounts: list[_Account]) -> None:
    """Store the new balances of held wallets."""
    if not accounts:
        return
    here = line()
    if here.postgresql:
        here.execute(
            "UPDATE accounts SET balance = moved.balance, version = moved.version, "
            "moved_at = moved.moved_at FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], "
            "%b::timestamptz[]) AS moved (id, balance, version, moved_at) "
            "WHERE accounts.id = moved.id",
            (
                [account.id for account in accounts],
                [account.balance for account in accounts],
                [account.version for account in accounts],
                [account.moved_at for account in accounts],
            ),
        )
        return
    with here.translating():
        here.driver.executemany(
            "UPDATE accounts SET balance = ?, version = ?, moved_at = ? WHERE id = ?",
            [
                (account.balance, account.version, account.moved_at, account.id)
                for account in accounts
            ],
        )
