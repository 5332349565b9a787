"""Reading the book: balances, statements, the trial balance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Subquery, case, func, or_, select, union_all
from sqlalchemy.orm import aliased

from moralbank.core.db import session
from moralbank.core.pagination import Page, decode_cursor, page_of, paged
from moralbank.ledger.models import Account, Transfer
from moralbank.ledger.postings import ASSETS, Asset


@dataclass(frozen=True, slots=True)
class Balance:
    """A wallet's balance and what is held of it, in hundredths (minutes: whole)."""

    balance: int
    held: int

    @property
    def available(self) -> int:
        """What may be spent."""
        return self.balance - self.held


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a wallet's statement: one transfer from its side, `amount` signed."""

    id: str
    kind: str
    asset: str
    amount: int
    balance_after: int
    posted_at: datetime
    effective_at: datetime
    reason: str
    source: dict[str, str]
    rulebook_version: int | None


@dataclass(frozen=True, slots=True)
class TransferLine:
    """A transfer as an auditor reads it; `amount` in the asset's own whole unit."""

    id: str
    journal: str
    kind: str
    asset: str
    payer: str
    payee: str
    amount: int
    posted_at: datetime
    effective_at: datetime
    reason: str
    source: dict[str, str]
    rulebook_version: int | None
    reverses: str | None


def balances(holder: str, *, at: datetime | None = None) -> dict[Asset, Balance]:
    """Return a holder's wallets by asset, now or as they stood at a moment (by `posted_at`).

    Assets without a wallet are left out. A past balance has nothing held.
    """
    rows = (
        session()
        .execute(
            select(Account.id, Account.asset, Account.balance, Account.held).where(
                Account.holder == holder, Account.wallet
            )
        )
        .all()
    )
    if at is None:
        return {row.asset: Balance(row.balance, row.held) for row in rows}
    return {row.asset: Balance(_balance_at(row.id, at), 0) for row in rows}


def points_of(holders: Sequence[str]) -> dict[str, Balance]:
    """Return the points wallets of several holders at once."""
    rows = session().execute(
        select(Account.holder, Account.balance, Account.held).where(
            Account.holder.in_(holders), Account.asset == "points", Account.wallet
        )
    )
    return {row.holder: Balance(row.balance, row.held) for row in rows}


def merit_of(holders: Sequence[str]) -> dict[str, int]:
    """Return the merit of several holders at once, in hundredths; it may be below zero."""
    rows = session().execute(
        select(Account.holder, Account.balance).where(
            Account.holder.in_(holders), Account.asset == "merit", Account.wallet
        )
    )
    return {row.holder: row.balance for row in rows}


def _newest(
    account_id: int, *, limit: int, below: int | None = None, at: datetime | None = None
) -> Subquery:
    """Return the newest versions of a wallet: below one, or up to a moment, at most `limit`.

    Each side of its transfers is read from its own index and no further than `limit`, so that the
    length of the book does not matter.
    """
    sides = []
    for account, version, balance, signed in (
        (Transfer.payer_id, Transfer.payer_version, Transfer.payer_balance, -Transfer.amount),
        (Transfer.payee_id, Transfer.payee_version, Transfer.payee_balance, Transfer.amount),
    ):
        side = select(
            Transfer.id,
            version.label("version"),
            balance.label("balance"),
            signed.label("signed"),
        ).where(account == account_id, version.is_not(None))
        if below is not None:
            side = side.where(version < below)
        if at is not None:
            side = side.where(Transfer.posted_at <= at)
        sides.append(select(side.order_by(version.desc()).limit(limit).subquery()))
    both = union_all(*sides).subquery()
    return select(both).order_by(both.c.version.desc()).limit(limit).subquery()


def _balance_at(account_id: int, at: datetime) -> int:
    newest = _newest(account_id, limit=1, at=at)
    return session().execute(select(newest.c.balance)).scalar_one_or_none() or 0


def statement(holder: str, asset: Asset, *, cursor: str | None, limit: int) -> Page[Entry]:
    """Return a wallet's transfers, newest first, each with the balance right after it.

    Raises LookupError when the holder has no such wallet.
    """
    account_id = (
        session()
        .execute(
            select(Account.id).where(
                Account.holder == holder, Account.asset == asset, Account.wallet
            )
        )
        .scalar_one_or_none()
    )
    if account_id is None:
        raise LookupError(f"{holder} has no wallet of {asset}")
    name = f"statement:{account_id}"
    below = None if cursor is None else decode_cursor(name, cursor)[0]
    newest = _newest(account_id, limit=limit + 1, below=below)
    rows = session().execute(
        select(Transfer, newest.c.signed, newest.c.balance, newest.c.version)
        .join(newest, newest.c.id == Transfer.id)
        .order_by(newest.c.version.desc())
    )
    return page_of(name, rows.all(), limit=limit, make=_entry)


def _entry(row: Any) -> Entry:
    transfer, signed, balance = row[0], row[1], row[2]
    return Entry(
        id=str(transfer.id),
        kind=transfer.kind,
        asset=transfer.asset,
        amount=signed,
        balance_after=balance,
        posted_at=transfer.posted_at,
        effective_at=transfer.effective_at,
        reason=transfer.reason,
        source={"type": transfer.source_type, "id": transfer.source_id},
        rulebook_version=transfer.rulebook_version,
    )


@dataclass(frozen=True, slots=True)
class AssetTotals:
    """All that was paid out of accounts and into accounts, of one asset."""

    asset: str
    debits: int
    credits: int


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """Debits and credits by asset, and whether they agree with each other and with the wallets."""

    assets: list[AssetTotals]
    balanced: bool


def trial_balance() -> TrialBalance:
    """Sum the book from both sides. Debits are what accounts paid, credits what they received.

    It balances when the two are equal and every wallet's stored balance is what came in less what
    went out.
    """
    paid = _sums(Transfer.payer_id)
    received = _sums(Transfer.payee_id)
    wallets = _by_asset(select(Account.asset, func.sum(Account.balance)).group_by(Account.asset))
    came = case((Transfer.payee_version.is_not(None), Transfer.amount), else_=0)
    went = case((Transfer.payer_version.is_not(None), Transfer.amount), else_=0)
    flows = _by_asset(select(Transfer.asset, func.sum(came - went)).group_by(Transfer.asset))
    totals = [
        AssetTotals(asset, debits=paid.get(asset, 0), credits=received.get(asset, 0))
        for asset in ASSETS
    ]
    balanced = all(total.debits == total.credits for total in totals) and all(
        wallets.get(asset, 0) == flows.get(asset, 0) for asset in ASSETS
    )
    return TrialBalance(totals, balanced)


def _sums(side: Any) -> dict[str, int]:
    return _by_asset(
        select(Account.asset, func.sum(Transfer.amount))
        .join(Account, Account.id == side)
        .group_by(Account.asset)
    )


def _by_asset(statement_: Select[Any]) -> dict[str, int]:
    return {row[0]: int(row[1] or 0) for row in session().execute(statement_)}


def totals_by_kind(asset: Asset, *, sources: str | None = None) -> dict[str, int]:
    """Return the sum of all transfers of `asset` by kind."""
    statement_ = select(Transfer.kind, func.sum(Transfer.amount)).where(Transfer.asset == asset)
    if sources is not None:
        statement_ = statement_.where(Transfer.source_type == sources)
    rows = session().execute(statement_.group_by(Transfer.kind))
    return {kind: int(total) for kind, total in rows}


def transfers(
    *,
    holders: Select[Any] | None = None,
    account: str | None,
    kind: str | None,
    since: datetime | None,
    until: datetime | None,
    cursor: str | None,
    limit: int,
) -> Page[TransferLine]:
    """Return the book's rows in the order of their making; `account` is a holder's name.

    `holders` selects the holders to keep to: a row is shown when one of its two accounts is theirs.
    """
    payer, payee = aliased(Account), aliased(Account)
    rows: Select[Any] = (
        select(Transfer, payer.holder, payee.holder)
        .join(payer, payer.id == Transfer.payer_id)
        .join(payee, payee.id == Transfer.payee_id)
    )
    if holders is not None:
        rows = rows.where(or_(payer.holder.in_(holders), payee.holder.in_(holders)))
    if account is not None:
        rows = rows.where(or_(payer.holder == account, payee.holder == account))
    if kind is not None:
        rows = rows.where(Transfer.kind == kind)
    if since is not None:
        rows = rows.where(Transfer.posted_at >= since)
    if until is not None:
        rows = rows.where(Transfer.posted_at < until)
    return paged(
        "transfers", rows, by=[Transfer.id], cursor=cursor, limit=limit, make=_transfer_line
    )


def _transfer_line(row: Any) -> TransferLine:
    transfer, payer, payee = row[0], row[1], row[2]
    return TransferLine(
        id=str(transfer.id),
        journal=transfer.journal,
        kind=transfer.kind,
        asset=transfer.asset,
        payer=payer,
        payee=payee,
        amount=transfer.amount,
        posted_at=transfer.posted_at,
        effective_at=transfer.effective_at,
        reason=transfer.reason,
        source={"type": transfer.source_type, "id": transfer.source_id},
        rulebook_version=transfer.rulebook_version,
        reverses=None if transfer.reverses_id is None else str(transfer.reverses_id),
    )
