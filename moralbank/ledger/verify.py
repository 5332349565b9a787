"""Checking the book: every invariant, and the rows at fault.

The book is walked in parts, wallets and then transfers, so that it takes no more memory for a
million transfers than for a thousand, and can say how far it is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    String,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    not_,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import aliased

from moralbank.core.db import session
from moralbank.core.direct import in_transaction
from moralbank.ledger.models import Account, Hold, RollUp, Transfer
from moralbank.ledger.postings import MOST

MOST_FAULTS = 100
"""How many rows at fault are named for one invariant in one range."""
AT_ONCE = 100_000
"""How many transfers are looked at in one step."""

Progress = Callable[[int, int], None]
"""(steps done, steps in all)"""


@dataclass(frozen=True, slots=True)
class Fault:
    """One row that breaks an invariant."""

    invariant: str
    row: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of the whole book found."""

    accounts: int
    transfers: int
    faults: list[Fault] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Tell whether every invariant holds."""
        return not self.faults


def verify(progress: Progress | None = None) -> Verdict:
    """Check every invariant of the book and return the rows at fault, none when it is sound.

    Reads only. Outside a transaction it begins one of its own, and sees the book as it stood then,
    whoever posts meanwhile.
    """
    if in_transaction():
        return _verify(progress)
    session().rollback()
    try:
        if session().get_bind().dialect.name == "postgresql":
            session().execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        return _verify(progress)
    finally:
        session().rollback()


def _verify(progress: Progress | None) -> Verdict:
    accounts, *ends = _extent(Account)
    transfers, *extent = _extent(Transfer)
    beyond = list(_faults(_BOUNDS, 0, 0))
    if beyond:  # more than a sum can hold: nothing else can be added up
        return Verdict(accounts, transfers, beyond)
    ranges = [
        *((_WALLET_CHECKS, *span) for span in _wallets(*ends)),
        *((_TRANSFER_CHECKS, *span) for span in _ranges(*extent)),
        (_OTHER_CHECKS, 0, 0),
    ]
    faults: list[Fault] = []
    for done, (checks, low, high) in enumerate(ranges, start=1):
        faults += _faults(checks, low, high)
        if progress is not None:
            progress(done, len(ranges))
    return Verdict(accounts, transfers, faults)


def _extent(table: type[Account] | type[Transfer]) -> tuple[int, int, int]:
    """Return how many rows there are, and the first and the last number."""
    many, first, last = (
        session().execute(select(func.count(), func.min(table.id), func.max(table.id))).one()
    )
    return many, first or 0, -1 if last is None else last


def _ranges(first: int, last: int) -> Iterator[tuple[int, int]]:
    for low in range(first, last + 1, AT_ONCE):
        yield low, low + AT_ONCE


def _wallets(first: int, last: int) -> Iterator[tuple[int, int]]:
    """Split the accounts so that each part has about as many transfers as one step takes."""
    low, moved = first, 0
    counted = select(Account.id, Account.version).order_by(Account.id)
    for number, version in session().execute(counted.execution_options(yield_per=1_000)):
        moved += version + 1
        if moved >= AT_ONCE:
            yield low, number + 1
            low, moved = number + 1, 0
    if low <= last:
        yield low, last + 1


_Checks = list[tuple[str | None, Any]]


def _faults(checks: _Checks, low: int, high: int) -> Iterator[Fault]:
    for name, statement in checks:
        found = session().execute(statement.limit(MOST_FAULTS), {"low": low, "high": high})
        for row in found:
            values = list(row)
            invariant = values.pop(0) if name is None else name
            yield Fault(invariant, ", ".join(str(value) for value in values))


# The numbers stand in the statement itself, so that the database sees how many rows it is about.
_low = bindparam("low", literal_execute=True, type_=BigInteger)
_high = bindparam("high", literal_execute=True, type_=BigInteger)


def _within(number: Any) -> ColumnElement[bool]:
    return and_(number >= _low, number < _high)


# Every wallet's versions, from both sides of its transfers.
_side = union_all(
    select(
        Transfer.id.label("transfer_id"),
        Transfer.payer_id.label("account_id"),
        Transfer.payer_version.label("version"),
        Transfer.payer_balance.label("balance"),
        (-Transfer.amount).label("signed"),
        Transfer.posted_at.label("posted_at"),
    ).where(_within(Transfer.payer_id), Transfer.payer_version.is_not(None)),
    select(
        Transfer.id,
        Transfer.payee_id,
        Transfer.payee_version,
        Transfer.payee_balance,
        Transfer.amount,
        Transfer.posted_at,
    ).where(_within(Transfer.payee_id), Transfer.payee_version.is_not(None)),
).subquery("side")
_in_order: dict[str, Any] = {"partition_by": _side.c.account_id, "order_by": _side.c.version}
_steps = select(
    _side,
    func.lag(_side.c.balance, 1, 0).over(**_in_order).label("before"),
    func.lag(_side.c.posted_at).over(**_in_order).label("earlier"),
    func.lag(_side.c.transfer_id, 1, 0).over(**_in_order).label("lower"),
    func.row_number().over(**_in_order).label("place"),
).subquery("steps")
_sums = (
    select(
        _side.c.account_id,
        func.sum(_side.c.signed).label("balance"),
        func.count().label("version"),
    )
    .group_by(_side.c.account_id)
    .subquery("sums")
)
_pending = (
    select(Hold.payer_id, func.sum(Hold.amount).label("amount"))
    .where(Hold.state == "pending", _within(Hold.payer_id))
    .group_by(Hold.payer_id)
    .subquery("pending")
)

_wrong_balance = _steps.c.balance.is_distinct_from(_steps.c.before + _steps.c.signed)
_wrong_version = _steps.c.version != _steps.c.place
_back_in_time = or_(_steps.c.posted_at < _steps.c.earlier, _steps.c.transfer_id <= _steps.c.lower)


def _beyond(amount: Any, most: int) -> ColumnElement[bool]:
    return or_(amount > most, amount < -most)


_MOST_HELD = 1_000 * MOST
"""The most that a balance can be said to be; two of them still fit a database's whole number."""

_BOUNDS: _Checks = [
    (
        "a transfer moves no more than any book takes",
        select(Transfer.id).where(
            or_(
                _beyond(Transfer.amount, MOST),
                _beyond(Transfer.payer_balance, _MOST_HELD),
                _beyond(Transfer.payee_balance, _MOST_HELD),
            )
        ),
    ),
    (
        "an account has no more than any book takes",
        select(Account.id, Account.holder, Account.asset).where(
            or_(
                _beyond(Account.balance, _MOST_HELD),
                _beyond(Account.held, _MOST_HELD),
                _beyond(Account.floor, _MOST_HELD),
            )
        ),
    ),
    (
        "a hold sets aside no more than any book takes",
        select(Hold.id, Hold.key).where(_beyond(Hold.amount, MOST)),
    ),
]

_WALLET_CHECKS: _Checks = [
    (
        None,  # one walk over the rows says which of three it is
        select(
            case(
                (_wrong_version, "a wallet's versions are 1, 2, 3, …: no row is missing"),
                (_wrong_balance, "a running balance is the one before it and the amount"),
                else_="neither time nor numbers go back in a wallet",
            ),
            _steps.c.transfer_id,
            _steps.c.account_id,
        ).where(or_(_wrong_balance, _wrong_version, _back_in_time)),
    ),
    (
        "a stored balance is the sum of its transfers, a stored version their count",
        select(Account.id, Account.holder, Account.asset)
        .join(_sums, _sums.c.account_id == Account.id, isouter=True)
        .where(
            _within(Account.id),
            or_(
                Account.balance != func.coalesce(_sums.c.balance, 0),
                Account.version != func.coalesce(_sums.c.version, 0),
            ),
        ),
    ),
    (
        "no wallet is below its floor, and what is held of it is the sum of its pending holds",
        select(Account.id, Account.holder, Account.asset)
        .join(_pending, _pending.c.payer_id == Account.id, isouter=True)
        .where(
            _within(Account.id),
            or_(
                Account.balance - Account.held < Account.floor,
                and_(Account.floor != 0, Account.asset != "merit"),
                Account.held != func.coalesce(_pending.c.amount, 0),
            ),
        ),
    ),
]

_original = aliased(Transfer)
_twin = aliased(Transfer)
_payer, _payee = aliased(Account), aliased(Account)
_reversed_right: ColumnElement[bool] = and_(
    _original.payer_id == Transfer.payee_id,
    _original.payee_id == Transfer.payer_id,
    _original.amount == Transfer.amount,
    _original.asset == Transfer.asset,
    _original.kind != "reversal",
)

_TRANSFER_CHECKS: _Checks = [
    (
        "a transfer moves more than nothing between two accounts of its asset",
        select(Transfer.id)
        .join(_payer, _payer.id == Transfer.payer_id, isouter=True)
        .join(_payee, _payee.id == Transfer.payee_id, isouter=True)
        .where(
            _within(Transfer.id),
            or_(
                Transfer.amount <= 0,
                Transfer.payer_id == Transfer.payee_id,
                func.coalesce(_payer.asset, "") != Transfer.asset,
                func.coalesce(_payee.asset, "") != Transfer.asset,
                _payer.wallet != Transfer.payer_version.is_not(None),
                _payee.wallet != Transfer.payee_version.is_not(None),
                _payer.wallet != Transfer.payer_balance.is_not(None),
                _payee.wallet != Transfer.payee_balance.is_not(None),
            ),
        ),
    ),
    (
        "a reversal takes back what its original moved",
        select(Transfer.id)
        .join(_original, _original.id == Transfer.reverses_id, isouter=True)
        .where(
            _within(Transfer.id),
            Transfer.kind == "reversal",
            or_(_original.id.is_(None), not_(_reversed_right)),
        ),
    ),
    (
        "an original is reversed once",
        select(Transfer.id).where(
            _within(Transfer.id),
            Transfer.reverses_id.is_not(None),
            exists().where(_twin.reverses_id == Transfer.reverses_id, _twin.id < Transfer.id),
        ),
    ),
]

_moved_through = (
    select(
        func.coalesce(func.sum(Transfer.amount).filter(Transfer.payee_id == RollUp.account_id), 0)
        - func.coalesce(func.sum(Transfer.amount).filter(Transfer.payer_id == RollUp.account_id), 0)
    )
    .where(
        Transfer.id <= RollUp.through_id,
        or_(
            and_(Transfer.payee_id == RollUp.account_id, Transfer.payee_version.is_(None)),
            and_(Transfer.payer_id == RollUp.account_id, Transfer.payer_version.is_(None)),
        ),
    )
    .correlate(RollUp)
    .scalar_subquery()
)

# Read off the index in its order; the rows of a fault are looked up for the fault alone.
_award = (
    Transfer.source_type,
    Transfer.source_id,
    Transfer.kind,
    Transfer.asset,
    Transfer.payee_id,
)
_same_award = and_(*(getattr(_twin, column.key) == column for column in _award))
_awarded = (
    select(func.aggregate_strings(cast(_twin.id, String), ", "))
    .where(_same_award)
    .scalar_subquery()
)

_OTHER_CHECKS: _Checks = [
    (
        "an event is awarded once to one volunteer in one asset",
        select(_awarded, Transfer.source_id, Transfer.payee_id, Transfer.asset)
        .where(Transfer.kind == "award")
        .group_by(*_award)
        .having(func.count() > 1),
    ),
    (
        "a roll-up is what its account received less what it paid up to there",
        select(RollUp.account_id).where(RollUp.balance != _moved_through),
    ),
    (
        "what was posted from a hold, and nothing else, is in the book under its key",
        select(Hold.id, Hold.key)
        .join(Transfer, Transfer.key == Hold.key, isouter=True)
        .where(func.coalesce(Transfer.amount, 0) != func.coalesce(Hold.posted_amount, 0)),
    ),
]
