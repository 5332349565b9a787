"""Checking the book: every invariant, and the rows at fault."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, func, not_, or_, select, union_all
from sqlalchemy.orm import aliased

from moralbank.core.db import session
from moralbank.ledger.models import Account, Transfer

MOST_FAULTS = 100
"""How many rows at fault are named for one invariant."""


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


def verify() -> Verdict:
    """Check every invariant of the book and return the rows at fault, none when it is sound."""
    accounts = session().scalar(select(func.count()).select_from(Account)) or 0
    transfers = session().scalar(select(func.count()).select_from(Transfer)) or 0
    return Verdict(accounts, transfers, list(_faults()))


def _faults() -> Iterator[Fault]:
    for name, statement in _CHECKS:
        for row in session().execute(statement.limit(MOST_FAULTS)):
            yield Fault(name, ", ".join(str(value) for value in row))


def _sides() -> Any:
    """Return every wallet's versions: (account, version, balance after, signed amount)."""
    paid = select(
        Transfer.id.label("transfer_id"),
        Transfer.payer_id.label("account_id"),
        Transfer.payer_version.label("version"),
        Transfer.payer_balance.label("balance"),
        (-Transfer.amount).label("signed"),
    ).where(Transfer.payer_version.is_not(None))
    received = select(
        Transfer.id,
        Transfer.payee_id,
        Transfer.payee_version,
        Transfer.payee_balance,
        Transfer.amount,
    ).where(Transfer.payee_version.is_not(None))
    return union_all(paid, received)


_side = _sides().subquery("side")
_steps = select(
    _side,
    func.lag(_side.c.balance, 1, 0)
    .over(partition_by=_side.c.account_id, order_by=_side.c.version)
    .label("before"),
    func.row_number()
    .over(partition_by=_side.c.account_id, order_by=_side.c.version)
    .label("place"),
).subquery("steps")
_sums = (
    select(
        _side.c.account_id,
        func.sum(_side.c.signed).label("balance"),
        func.max(_side.c.version).label("version"),
    )
    .group_by(_side.c.account_id)
    .subquery("sums")
)
_original = aliased(Transfer)
_payer, _payee = aliased(Account), aliased(Account)
_reversed_right: ColumnElement[bool] = and_(
    _original.payer_id == Transfer.payee_id,
    _original.payee_id == Transfer.payer_id,
    _original.amount == Transfer.amount,
    _original.asset == Transfer.asset,
    _original.kind != "reversal",
)

_CHECKS: list[tuple[str, Any]] = [
    (
        "a transfer moves more than nothing between two accounts",
        select(Transfer.id).where(
            or_(Transfer.amount <= 0, Transfer.payer_id == Transfer.payee_id)
        ),
    ),
    (
        "both accounts of a transfer are of its asset",
        select(Transfer.id)
        .join(_payer, _payer.id == Transfer.payer_id, isouter=True)
        .join(_payee, _payee.id == Transfer.payee_id, isouter=True)
        .where(
            or_(
                func.coalesce(_payer.asset, "") != Transfer.asset,
                func.coalesce(_payee.asset, "") != Transfer.asset,
                _payer.wallet != Transfer.payer_version.is_not(None),
                _payee.wallet != Transfer.payee_version.is_not(None),
            )
        ),
    ),
    (
        "a running balance is the one before it and the amount",
        select(_steps.c.transfer_id, _steps.c.account_id).where(
            _steps.c.balance != _steps.c.before + _steps.c.signed
        ),
    ),
    (
        "a wallet's versions are 1, 2, 3, …: no row is missing",
        select(_steps.c.transfer_id, _steps.c.account_id).where(_steps.c.version != _steps.c.place),
    ),
    (
        "a stored balance is the sum of its transfers, a stored version their count",
        select(Account.id, Account.holder, Account.asset)
        .join(_sums, _sums.c.account_id == Account.id, isouter=True)
        .where(
            or_(
                Account.balance != func.coalesce(_sums.c.balance, 0),
                Account.version != func.coalesce(_sums.c.version, 0),
            )
        ),
    ),
    (
        "no wallet is below its floor",
        select(Account.id, Account.holder, Account.asset).where(
            or_(Account.balance - Account.held < Account.floor, Account.held < 0)
        ),
    ),
    (
        "a reversal takes back what its original moved",
        select(Transfer.id)
        .join(_original, _original.id == Transfer.reverses_id, isouter=True)
        .where(
            Transfer.kind == "reversal",
            or_(_original.id.is_(None), not_(_reversed_right)),
        ),
    ),
    (
        "an event is awarded once to one volunteer in one asset",
        select(Transfer.source_id, Transfer.payee_id, Transfer.asset)
        .where(Transfer.kind == "award", Transfer.source_type == "service_event")
        .group_by(Transfer.source_id, Transfer.payee_id, Transfer.asset)
        .having(func.count() > 1),
    ),
]
