"""Posting: money's rules without money. Nothing here knows who the holders are."""

from collections.abc import Collection, Iterable, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from flask_babel import gettext as _
from sqlalchemy import Table, bindparam, case, insert, select, tuple_, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import aliased

from moralbank.core import clock
from moralbank.core.db import insert_unless_there, session
from moralbank.core.direct import in_transaction
from moralbank.core.ids import new_id
from moralbank.core.problems import Refusal, conflict
from moralbank.core.transaction import transact
from moralbank.ledger.models import Account, Hold, Transfer
from moralbank.ledger.overdue import time_out
from moralbank.ledger.postings import (
    ASSETS,
    MOST,
    Asset,
    KeyReused,
    Kind,
    Posted,
    Posting,
    is_system,
)
from moralbank.ledger.reading import Balance
from moralbank.ledger.store import quick


@dataclass(frozen=True, slots=True)
class Place:
    """An account that was found."""

    id: int
    wallet: bool
    holder: str


# Statements are built once; the hot path only fills them in.
_accounts = cast(Table, Account.__table__)
_WRITE = insert(cast(Table, Transfer.__table__)).returning(Transfer.id)
_later = case(
    (_accounts.c.moved_at > bindparam("now"), _accounts.c.moved_at), else_=bindparam("now")
)
_RECEIVE = (
    update(_accounts)
    .where(_accounts.c.id == bindparam("wallet_id"))
    .values(
        balance=_accounts.c.balance + bindparam("change"),
        version=_accounts.c.version + 1,
        moved_at=_later,
    )
    .returning(_accounts.c.balance, _accounts.c.version, _accounts.c.moved_at)
)
_PAY = _RECEIVE.where(
    _accounts.c.balance - _accounts.c.held + bindparam("change") >= _accounts.c.floor
)
NEVER = datetime(2000, 1, 1, tzinfo=UTC)
"""The `moved_at` of an account that was not moved yet."""


def new_account(holder: str, asset: str, *, wallet: bool) -> dict[str, Any]:
    """Return the row of an account that nothing was posted to yet."""
    return {
        "holder": holder, "asset": asset, "wallet": wallet, "balance": 0, "held": 0,
        "version": 0, "floor": 0, "moved_at": NEVER,
    }  # fmt: skip


def open_wallets(holders: Iterable[str], *, assets: Sequence[Asset] = ASSETS) -> None:
    """Open a wallet of every asset, floor zero, for each holder that has none yet."""
    rows = [new_account(holder, asset, wallet=True) for holder in holders for asset in assets]
    if rows:
        session().execute(insert_unless_there(Account), rows)


def let_merit_fall(holder: str) -> None:
    """Let a holder's merit fall below zero from now on, in the caller's transaction, because a
    rulebook says so. Points and minutes never do. Raises LookupError."""
    found = session().scalar(
        update(Account)
        .where(Account.holder == holder, Account.asset == "merit", Account.wallet)
        .values(floor=-MOST)
        .returning(Account.id)
        .execution_options(synchronize_session=False)
    )
    if found is None:
        raise LookupError(f"{holder} has no wallet of merit")


def post(postings: Sequence[Posting]) -> list[Posted]:
    """Make all of `postings`, as one journal, or none; in the caller's transaction, or where none
    is open, in one of their own, which is then tried again as `transact` does.

    Locks the wallets in the order of their accounts. A posting whose key was posted before with
    the same content is not made again: its first answer comes back. Refuses 409
    `insufficient_points` when a wallet's available balance would fall below its floor, 409
    `already_reversed`. Raises KeyReused when a key was used for other content or is a hold's,
    LookupError when a holder that is no system account has no wallet, ValueError for a reversal
    that is not what its original moved.
    """
    if not in_transaction():
        return _post_alone(postings)
    now = clock.now()
    if len(postings) == 1:
        posted = quick(postings[0], now=now)
        if posted is not None:
            return [posted]
    return _post_in_order(postings, now)


def _post_alone(postings: Sequence[Posting]) -> list[Posted]:
    """Post one alone in a statement that commits itself. Whatever hinders it, a lost answer too,
    the long way finds out: there the key tells whether it was made."""
    if len(postings) == 1:
        with suppress(DBAPIError):
            posted = quick(postings[0], now=clock.now())
            if posted is not None:
                return [posted]
    return transact(lambda: _post_in_order(postings, clock.now()), repeatable=True)


def _post_in_order(postings: Sequence[Posting], now: datetime) -> list[Posted]:
    """Make a journal the long way: find, hold in order, look for what is known, move, write."""
    places = find_places(postings)
    moved = hold_accounts(place.id for place in places.values() if place.wallet)
    known = _known(postings, places)
    _keep_off_holds({posting.key for posting in postings} - known.keys())
    journal = new_id()
    made: dict[str, tuple[Posting, Posted]] = {}
    done = []
    for posting in postings:
        answer = known.get(posting.key)
        if answer is None:
            twice = made.get(posting.key)
            if twice is not None and twice[0].content != posting.content:
                raise KeyReused(posting.key)
            answer = twice[1] if twice else _write(posting, places, journal, now, moved)
            made[posting.key] = posting, answer
        done.append(answer)
    return done


def hold_accounts(account_ids: Iterable[int]) -> dict[int, datetime]:
    """Hold the rows of some wallets in the order of their ids, and return when each was moved
    last; one alone needs neither order nor holding, and none is returned."""
    wallets = sorted(set(account_ids))
    if len(wallets) < 2:
        return {}
    rows = session().execute(
        select(Account.id, Account.moved_at)
        .where(Account.id.in_(wallets))
        .order_by(Account.id)
        .with_for_update(key_share=True)
    )
    return {row.id: row.moved_at for row in rows}


def hold_wallets(holders: Iterable[str]) -> dict[str, Balance]:
    """Hold the rows of some points wallets in the order of their accounts, until the caller's
    transaction ends, and return their balances; a holder without one is left out.

    For who must read what is there before it says which wallet pays how much.
    """
    rows = session().execute(
        select(Account.holder, Account.balance, Account.held)
        .where(Account.holder.in_(list(holders)), Account.asset == "points", Account.wallet)
        .order_by(Account.id)
        .with_for_update(key_share=True)
    )
    return {row.holder: Balance(row.balance, row.held) for row in rows}


def move_both(
    payer: Place, payee: Place, amount: int, now: datetime, moved: dict[int, datetime]
) -> tuple["Moved", "Moved"]:
    """Move an amount from one account to the other, at one moment for both: now, or when one of the
    two was moved last, where the clock of whoever did that is ahead. `moved` is as
    `hold_accounts` has it. Refuses 409 `insufficient_points`."""
    when = max(now, moved.get(payer.id, now), moved.get(payee.id, now))
    for place in (payer, payee):
        if place.id in moved:
            moved[place.id] = when
    return move(payer, -amount, when), move(payee, amount, when)


def _write(
    posting: Posting,
    places: dict[tuple[str, str], Place],
    journal: str,
    now: datetime,
    moved: dict[int, datetime],
) -> Posted:
    payer = places[posting.payer, posting.asset]
    payee = places[posting.payee, posting.asset]
    if posting.reverses is not None:
        _check_reversal(posting, payer, payee)
    paid, received = move_both(payer, payee, posting.amount, now, moved)
    return record(posting, payer.id, payee.id, paid=paid, received=received, journal=journal)


def _check_reversal(posting: Posting, payer: Place, payee: Place) -> None:
    if session().scalar(select(Transfer.id).where(Transfer.reverses_id == posting.reverses)):
        raise conflict("already_reversed", _("这笔账已经撤销过了。"))
    original = session().get(Transfer, posting.reverses)
    if original is None or not takes_back(posting, original, payer_id=payer.id, payee_id=payee.id):
        raise ValueError("a reversal takes back what its original moved")


def takes_back(posting: Posting, original: Any, *, payer_id: int, payee_id: int) -> bool:
    """Tell whether a reversal is what its original moved, the other way round."""
    return bool(
        posting.kind == "reversal"
        and original.kind != "reversal"
        and (original.payer_id, original.payee_id) == (payee_id, payer_id)
        and (original.amount, original.asset) == (posting.amount, posting.asset)
    )


def record(
    posting: Posting,
    payer_id: int,
    payee_id: int,
    *,
    paid: "Moved",
    received: "Moved",
    journal: str,
) -> Posted:
    """Write the row of a transfer whose wallets were moved."""
    number = (
        session()
        .execute(
            _WRITE,
            {
                "key": posting.key,
                "journal": journal,
                "kind": posting.kind,
                "asset": posting.asset,
                "payer_id": payer_id,
                "payee_id": payee_id,
                "amount": posting.amount,
                "posted_at": max(paid.moved_at, received.moved_at),
                "effective_at": posting.effective_at,
                "reason": posting.reason,
                "source_type": posting.source_type,
                "source_id": posting.source_id,
                "rulebook_version": posting.rulebook_version,
                "reverses_id": posting.reverses,
                "payer_balance": paid.balance,
                "payer_version": paid.version,
                "payee_balance": received.balance,
                "payee_version": received.version,
            },
        )
        .scalar_one()
    )
    return Posted(number, posting.key, paid.balance, received.balance)


def find_places(postings: Sequence[Posting]) -> dict[tuple[str, str], Place]:
    """Return the accounts of postings by holder and asset; a system account is opened when it is
    needed for the first time. Raises LookupError for a holder without a wallet."""
    wanted: set[tuple[str, str]] = {(p.payer, p.asset) for p in postings}
    wanted |= {(p.payee, p.asset) for p in postings}
    found = _find(wanted)
    missing = wanted - found.keys()
    if not missing:
        return found
    for holder, asset in missing:
        if not is_system(holder):
            raise LookupError(f"{holder} has no wallet of {asset}")
    open_system_accounts(missing)
    return _find(wanted)


def open_system_accounts(wanted: Iterable[tuple[str, str]]) -> None:
    """Open the system accounts (holder and asset) that are not there yet."""
    rows = [new_account(holder, asset, wallet=False) for holder, asset in sorted(wanted)]
    if rows:
        session().execute(insert_unless_there(Account), rows)


def _find(wanted: Set[tuple[str, str]]) -> dict[tuple[str, str], Place]:
    rows = session().execute(
        select(Account.holder, Account.asset, Account.id, Account.wallet).where(
            tuple_(Account.holder, Account.asset).in_(sorted(wanted))
        )
    )
    return {(row.holder, row.asset): Place(row.id, row.wallet, row.holder) for row in rows}


def posted_before(posting: Posting) -> Posted | None:
    """Return the answer that a posting's key got before, or None. Raises KeyReused."""
    return _known([posting], find_places([posting])).get(posting.key)


def same_content(row: Any, posting: Posting, *, payer_id: int, payee_id: int) -> bool:
    """Tell whether a transfer's row is what `posting` asks for between these accounts: then its key
    is used again for the same, and not for something else."""
    return bool(
        row.kind == posting.kind
        and row.asset == posting.asset
        and row.amount == posting.amount
        and row.payer_id == payer_id
        and row.payee_id == payee_id
        and row.reverses_id == posting.reverses
    )


def _known(postings: Sequence[Posting], places: dict[tuple[str, str], Place]) -> dict[str, Posted]:
    rows = (
        session()
        .execute(select(Transfer).where(Transfer.key.in_([posting.key for posting in postings])))
        .scalars()
    )
    by_key = {posting.key: posting for posting in reversed(postings)}
    known = {}
    for row in rows:
        posting = by_key[row.key]
        payer = places[posting.payer, posting.asset]
        payee = places[posting.payee, posting.asset]
        same = same_content(row, posting, payer_id=payer.id, payee_id=payee.id)
        if not same:
            raise KeyReused(posting.key)
        known[row.key] = Posted(row.id, row.key, row.payer_balance, row.payee_balance)
    return known


def _keep_off_holds(keys: Iterable[str]) -> None:
    """A hold's key is its own: what is posted of it has it. Raises KeyReused."""
    held = session().scalar(select(Hold.key).where(Hold.key.in_(keys)).limit(1))
    if held is not None:
        raise KeyReused(held)


@dataclass(frozen=True, slots=True)
class Moved:
    """A wallet right after it was moved; a system account has neither balance nor version."""

    balance: int | None
    version: int | None
    moved_at: datetime


def move(place: Place, amount: int, now: datetime) -> Moved:
    """Add `amount` to a wallet in one conditional statement. Refuses 409 `insufficient_points`.

    A wallet that has too little lets go of its overdue holds first.
    """
    if not place.wallet:
        return Moved(None, None, now)
    change = {"wallet_id": place.id, "change": amount, "now": now}
    statement = _PAY if amount < 0 else _RECEIVE
    row = session().execute(statement, change).one_or_none()
    if row is None and time_out(account_ids=[place.id]):
        row = session().execute(statement, change).one_or_none()
    if row is None:
        raise insufficient()
    return Moved(row.balance, row.version, row.moved_at)


def insufficient() -> Refusal:
    """409: a wallet has not enough that is available."""
    return conflict("insufficient_points", _("积分不足。"))


def reversal_of(transfer_id: int, *, key: str, reason: str) -> Posting:
    """Return the posting that takes `transfer_id` back, with its old date.

    It is posted at most once, by constraint. Raises LookupError, ValueError for a reversal, which
    is not taken back: what was right is posted anew.
    """
    payer, payee = aliased(Account), aliased(Account)
    row = (
        session()
        .execute(
            select(Transfer, payer.holder, payee.holder)
            .join(payer, payer.id == Transfer.payer_id)
            .join(payee, payee.id == Transfer.payee_id)
            .where(Transfer.id == transfer_id)
        )
        .one_or_none()
    )
    if row is None:
        raise LookupError(f"no transfer {transfer_id}")
    original, payer_holder, payee_holder = row
    if original.kind == "reversal":
        raise ValueError("a reversal is not taken back")
    return Posting(
        key=key,
        kind="reversal",
        asset=original.asset,
        payer=payee_holder,
        payee=payer_holder,
        amount=original.amount,
        effective_at=original.effective_at,
        reason=reason,
        source_type=original.source_type,
        source_id=original.source_id,
        rulebook_version=original.rulebook_version,
        reverses=original.id,
    )


def shortfalls(postings: Sequence[Posting]) -> dict[str, int]:
    """Hold the wallets that would pay some postings, in the order of their accounts, until the
    caller's transaction ends, and return what each posting lacks, by its key, were they made in
    this order; what lacks nothing is left out."""
    places = find_places(postings)
    payers = {places[one.payer, one.asset] for one in postings}
    wallets = sorted(place.id for place in payers if place.wallet)
    time_out(account_ids=wallets)
    rows = session().execute(
        select(Account.id, Account.balance - Account.held - Account.floor)
        .where(Account.id.in_(wallets))
        .order_by(Account.id)
        .with_for_update(key_share=True)
    )
    left = {number: int(available) for number, available in rows}
    short: dict[str, int] = {}
    for one in postings:
        payer = places[one.payer, one.asset].id
        if payer in left:
            lacking = max(0, one.amount - left[payer])
            left[payer] -= one.amount - lacking
            if lacking:
                short[one.key] = lacking
    return short


def moved_for(source_type: str, source_ids: Collection[str]) -> dict[tuple[str, str, str], int]:
    """Return what wallets received for some sources, less what was taken back of it, by source,
    holder and asset; what came to nothing is 0."""
    # Added up here: forged amounts may be more than a database's sum can hold.
    moved: dict[tuple[str, str, str], int] = {}
    for side, sign in ((Transfer.payee_id, 1), (Transfer.payer_id, -1)):
        rows = session().execute(
            select(Transfer.source_id, Account.holder, Transfer.asset, Transfer.amount)
            .join(Account, Account.id == side)
            .where(
                Transfer.source_type == source_type,
                Transfer.source_id.in_(source_ids),
                Account.wallet,
            )
        )
        for source_id, holder, asset, amount in rows:
            key = (source_id, holder, asset)
            moved[key] = moved.get(key, 0) + sign * amount
    return moved


def transfers_of(
    source_type: str, source_id: str, *, kind: Kind, payees: Collection[str] | None = None
) -> list[int]:
    """Return the ids of the transfers of a kind that were made for a source and not taken back,
    oldest first; with `payees`, of those to these holders alone."""
    reversal = aliased(Transfer)
    found = (
        select(Transfer.id)
        .where(
            Transfer.source_type == source_type,
            Transfer.source_id == source_id,
            Transfer.kind == kind,
            ~select(reversal.id).where(reversal.reverses_id == Transfer.id).exists(),
        )
        .order_by(Transfer.id)
    )
    if payees is not None:
        found = found.join(Account, Account.id == Transfer.payee_id).where(
            Account.holder.in_(payees)
        )
    return list(session().scalars(found))
