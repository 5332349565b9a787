"""Posting: money's rules without money. Nothing here knows who the holders are."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from flask_babel import gettext as _
from sqlalchemy import Table, bindparam, insert, select, tuple_, update
from sqlalchemy.orm import aliased

from moralbank.core import clock
from moralbank.core.db import insert_unless_there, session
from moralbank.core.ids import new_id
from moralbank.core.problems import conflict
from moralbank.ledger.models import Account, Transfer

Asset = Literal["points", "merit", "minutes"]
ASSETS: tuple[Asset, ...] = ("points", "merit", "minutes")
Kind = Literal[
    "award",
    "redemption",
    "reversal",
    "donation",
    "deduction",
    "expiry",
    "adjustment",
    "merge",
    "inheritance",
    "opening",
]

ISSUANCE = "issuance"
"""The system account that points come out of, and go back to."""


class KeyReused(Exception):
    """A transfer's key was used before, for a transfer of other content: a caller's mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One transfer to be made. `amount` is in hundredths (minutes: whole) and above zero.

    `key` is made by the caller from what the transfer is for ("award:EVENT:VOLUNTEER:points"), so
    that a second try finds the first. `effective_at` is when the reason for it happened.
    """

    key: str
    kind: Kind
    asset: Asset
    payer: str
    payee: str
    amount: int
    effective_at: datetime
    reason: str = ""
    source_type: str
    source_id: str
    rulebook_version: int | None = None
    reverses: int | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for an amount that is not above zero, or an account paying itself."""
        if self.amount <= 0:
            raise ValueError("a transfer moves more than nothing")
        if self.payer == self.payee:
            raise ValueError("a transfer needs two accounts")


@dataclass(frozen=True, slots=True)
class Posted:
    """A transfer that was made. The balances are the wallets' own, right after it; None for a
    system account."""

    id: int
    key: str
    payer_balance: int | None
    payee_balance: int | None


@dataclass(frozen=True, slots=True)
class _Place:
    id: int
    wallet: bool


# Statements are built once; the hot path only fills them in.
_accounts = cast(Table, Account.__table__)
_WRITE = insert(cast(Table, Transfer.__table__)).returning(Transfer.id)
_RECEIVE = (
    update(_accounts)
    .where(_accounts.c.id == bindparam("wallet_id"))
    .values(balance=_accounts.c.balance + bindparam("change"), version=_accounts.c.version + 1)
    .returning(_accounts.c.balance, _accounts.c.version)
)
_PAY = _RECEIVE.where(
    _accounts.c.balance - _accounts.c.held + bindparam("change") >= _accounts.c.floor
)


def open_wallets(holders: Iterable[str]) -> None:
    """Open a wallet of every asset, floor zero, for each holder that has none yet."""
    rows = [
        {"holder": holder, "asset": asset, "wallet": True, "balance": 0, "held": 0,
         "version": 0, "floor": 0}
        for holder in holders
        for asset in ASSETS
    ]  # fmt: skip
    if rows:
        session().execute(insert_unless_there(Account), rows)


def post(postings: Sequence[Posting]) -> list[Posted]:
    """Make all of `postings`, as one journal, or none; in the caller's transaction.

    Locks the wallets in the order of their accounts. A posting whose key was posted before with
    the same content is not made again: its first answer comes back. Refuses 409
    `insufficient_points` when a wallet's available balance would fall below its floor. Raises
    KeyReused when a key was used for other content, LookupError when a holder that is no system
    account has no wallet.
    """
    places = _places(postings)
    wallets = sorted(place.id for place in places.values() if place.wallet)
    if len(wallets) > 1:
        session().execute(
            select(Account.id).where(Account.id.in_(wallets)).order_by(Account.id).with_for_update()
        )
    known = _known(postings, places)
    journal, now = new_id(), clock.now()
    done = []
    for posting in postings:
        first = known.get(posting.key)
        if first is not None:
            done.append(first)
            continue
        payer = places[posting.payer, posting.asset]
        payee = places[posting.payee, posting.asset]
        payer_balance, payer_version = _move(payer, -posting.amount)
        payee_balance, payee_version = _move(payee, posting.amount)
        number = (
            session()
            .execute(
                _WRITE,
                {
                    "key": posting.key,
                    "journal": journal,
                    "kind": posting.kind,
                    "asset": posting.asset,
                    "payer_id": payer.id,
                    "payee_id": payee.id,
                    "amount": posting.amount,
                    "posted_at": now,
                    "effective_at": posting.effective_at,
                    "reason": posting.reason,
                    "source_type": posting.source_type,
                    "source_id": posting.source_id,
                    "rulebook_version": posting.rulebook_version,
                    "reverses_id": posting.reverses,
                    "payer_balance": payer_balance,
                    "payer_version": payer_version,
                    "payee_balance": payee_balance,
                    "payee_version": payee_version,
                },
            )
            .scalar_one()
        )
        done.append(Posted(number, posting.key, payer_balance, payee_balance))
    return done


def _places(postings: Sequence[Posting]) -> dict[tuple[str, str], _Place]:
    wanted: set[tuple[str, str]] = {(p.payer, p.asset) for p in postings}
    wanted |= {(p.payee, p.asset) for p in postings}
    found = _find(wanted)
    for holder, asset in wanted - found.keys():
        if holder.partition(":")[0] not in SYSTEM_HOLDERS:
            raise LookupError(f"{holder} has no wallet of {asset}")
        session().execute(
            insert_unless_there(
                Account,
                {"holder": holder, "asset": asset, "wallet": False, "balance": 0, "held": 0,
                 "version": 0, "floor": 0},
            )
        )  # fmt: skip
    return found if len(found) == len(wanted) else _find(wanted)


SYSTEM_HOLDERS = frozenset({ISSUANCE, "expiry", "supermarket"})
"""The first words of holders whose accounts are the system's, opened at their first transfer."""


def _find(wanted: Set[tuple[str, str]]) -> dict[tuple[str, str], _Place]:
    rows = session().execute(
        select(Account.holder, Account.asset, Account.id, Account.wallet).where(
            tuple_(Account.holder, Account.asset).in_(sorted(wanted))
        )
    )
    return {(row.holder, row.asset): _Place(row.id, row.wallet) for row in rows}


def _known(postings: Sequence[Posting], places: dict[tuple[str, str], _Place]) -> dict[str, Posted]:
    rows = (
        session()
        .execute(select(Transfer).where(Transfer.key.in_([posting.key for posting in postings])))
        .scalars()
    )
    by_key = {posting.key: posting for posting in postings}
    known = {}
    for row in rows:
        posting = by_key[row.key]
        same = (
            row.kind == posting.kind
            and row.asset == posting.asset
            and row.amount == posting.amount
            and row.payer_id == places[posting.payer, posting.asset].id
            and row.payee_id == places[posting.payee, posting.asset].id
            and row.reverses_id == posting.reverses
        )
        if not same:
            raise KeyReused(posting.key)
        known[row.key] = Posted(row.id, row.key, row.payer_balance, row.payee_balance)
    return known


def _move(place: _Place, amount: int) -> tuple[int | None, int | None]:
    """Add `amount` to a wallet in one conditional statement; return its new balance, version."""
    if not place.wallet:
        return None, None
    change = {"wallet_id": place.id, "change": amount}
    row = session().execute(_PAY if amount < 0 else _RECEIVE, change).one_or_none()
    if row is None:
        raise conflict("insufficient_points", _("积分不足。"))
    return row.balance, row.version


def reversal_of(transfer_id: int, *, key: str, reason: str) -> Posting:
    """Return the posting that takes `transfer_id` back, with its old date. Raises LookupError.

    It is posted at most once, by constraint.
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


def transfers_of(source_type: str, source_id: str, *, kind: Kind) -> list[int]:
    """Return the ids of the transfers of a kind that were made for a source, oldest first."""
    return list(
        session().scalars(
            select(Transfer.id)
            .where(
                Transfer.source_type == source_type,
                Transfer.source_id == source_id,
                Transfer.kind == kind,
            )
            .order_by(Transfer.id)
        )
    )
