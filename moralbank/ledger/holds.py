"""Two phases: hold points, then post them, whole or in part, or let them go."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask_babel import gettext as _
from sqlalchemy import Select, Table, insert, select, update

from moralbank.core import clock
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.problems import conflict
from moralbank.ledger.book import (
    Place,
    find_places,
    hold_accounts,
    insufficient,
    move_both,
    posted_before,
    record,
)
from moralbank.ledger.models import Account, Hold
from moralbank.ledger.overdue import State, let_go, time_out
from moralbank.ledger.postings import KeyReused, Posted, Posting

_accounts = cast(Table, Account.__table__)


@dataclass(frozen=True, slots=True)
class Held:
    """A hold: `amount` is what is held, in hundredths; `posted` what became of it, if it did."""

    key: str
    amount: int
    state: State
    until: datetime
    posted: int | None


def _view(row: Hold) -> Held:
    return Held(row.key, row.amount, cast(State, row.state), row.until, row.posted_amount)


def hold(posting: Posting, *, until: datetime) -> Held:
    """Hold what `posting` would move, in the caller's transaction, until a moment.

    What is held stays in the balance and is not available. Locks the payer's wallet. The same key
    with the same content returns the first answer. Refuses 409 `insufficient_points`; raises
    LookupError for an account that is not there, KeyReused (for a transfer's key too), ValueError
    when the payer is no wallet or `until` is not ahead.
    """
    now = clock.now()
    places = find_places([posting])
    payer = places[posting.payer, posting.asset]
    payee = places[posting.payee, posting.asset]
    if not payer.wallet:
        raise ValueError("only a wallet holds")
    known = _find(posting.key)
    if known is not None:
        if not _same(known, posting, payer, payee):
            raise KeyReused(posting.key)
        return _view(known)
    if until <= now:
        raise ValueError("a hold ends in the future")
    if posted_before(posting) is not None:
        raise KeyReused(posting.key)
    if not _set_aside(payer, posting.amount):
        # What another hold kept too long is free again; it counts from the moment it is needed.
        time_out(account_ids=[payer.id])
        if not _set_aside(payer, posting.amount):
            raise insufficient()
    session().execute(
        insert(Hold),
        {
            "id": new_id(),
            "key": posting.key,
            "kind": posting.kind,
            "asset": posting.asset,
            "payer_id": payer.id,
            "payee_id": payee.id,
            "amount": posting.amount,
            "effective_at": posting.effective_at,
            "reason": posting.reason,
            "source_type": posting.source_type,
            "source_id": posting.source_id,
            "rulebook_version": posting.rulebook_version,
            "held_at": now,
            "until": until,
            "state": "pending",
            "posted_amount": None,
            "settled_at": None,
        },
    )
    made = _find(posting.key)
    assert made is not None
    return _view(made)


def _same(row: Hold, posting: Posting, payer: Place, payee: Place) -> bool:
    return (
        (row.payer_id, row.payee_id) == (payer.id, payee.id)
        and (row.kind, row.asset, row.amount) == (posting.kind, posting.asset, posting.amount)
        and (row.source_type, row.source_id) == (posting.source_type, posting.source_id)
    )


def _set_aside(payer: Place, amount: int) -> bool:
    held = session().execute(
        update(_accounts)
        .where(
            _accounts.c.id == payer.id,
            _accounts.c.balance - _accounts.c.held - amount >= _accounts.c.floor,
        )
        .values(held=_accounts.c.held + amount)
        .returning(_accounts.c.id)
    )
    return held.one_or_none() is not None


def _by_key(key: str) -> Select[tuple[Hold]]:
    return select(Hold).where(Hold.key == key).execution_options(populate_existing=True)


def _find(key: str) -> Hold | None:
    return session().execute(_by_key(key)).scalar_one_or_none()


def _pending(key: str) -> Hold:
    """Return a hold's row, held. Raises LookupError."""
    row = session().execute(_by_key(key).with_for_update()).scalar_one_or_none()
    if row is None:
        raise LookupError(f"nothing is held under {key}")
    return row


def post_held(key: str, *, amount: int | None = None) -> Posted:
    """Post what is held under `key`, or a part of it, in the caller's transaction; the rest is free
    again.

    Locks the hold, then the wallets in the order of their accounts. Posting it again returns the
    first answer. Refuses 409 `hold_over` when it was voided or its time is over; raises
    LookupError, ValueError for more than is held or nothing, KeyReused when it was posted with
    another amount.
    """
    row = _pending(key)
    wanted = row.amount if amount is None else amount
    if not 0 < wanted <= row.amount:
        raise ValueError("a part of what is held, and more than nothing")
    if row.state == "posted":
        if amount is not None and amount != row.posted_amount:
            raise KeyReused(key)
        return _posted(row)
    now = clock.now()
    if row.state != "pending" or row.until <= now:
        raise conflict("hold_over", _("预留已取消或过期。"))
    payer, payee = _both(row)
    moved = hold_accounts(place.id for place in (payer, payee) if place.wallet)
    let_go(row, "posted", now, posted=wanted)
    paid, received = move_both(payer, payee, wanted, now, moved)
    return record(
        _posting(row, payer, payee, wanted), payer.id, payee.id,
        paid=paid, received=received, journal=new_id(),
    )  # fmt: skip


def void_held(key: str) -> Held:
    """Let go of what is held under `key`, in the caller's transaction; twice is once.

    Refuses 409 `hold_over` when it was posted; raises LookupError.
    """
    row = _pending(key)
    if row.state == "posted":
        raise conflict("hold_over", _("预留的积分已经入账。"))
    if row.state == "pending":
        let_go(row, "voided", clock.now())
        session().refresh(row)
    return _view(row)


def void_pending(keys: Collection[str]) -> None:
    """Let go of what is still held under some keys, in the caller's transaction; a key under which
    nothing is held is passed over. Locks the holds and their wallets in the order of these."""
    rows = session().scalars(
        select(Hold)
        .where(Hold.key.in_(keys), Hold.state == "pending")
        .order_by(Hold.payer_id, Hold.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for row in rows.all():
        let_go(row, "voided", clock.now())


def _both(row: Hold) -> tuple[Place, Place]:
    places = {
        found.id: Place(found.id, found.wallet, found.holder)
        for found in session().execute(
            select(Account.id, Account.wallet, Account.holder).where(
                Account.id.in_([row.payer_id, row.payee_id])
            )
        )
    }
    return places[row.payer_id], places[row.payee_id]


def _posting(row: Hold, payer: Place, payee: Place, amount: int) -> Posting:
    return Posting(
        key=row.key,
        kind=row.kind,  # type: ignore[arg-type]
        asset=row.asset,  # type: ignore[arg-type]
        payer=payer.holder,
        payee=payee.holder,
        amount=amount,
        effective_at=row.effective_at,
        reason=row.reason,
        source_type=row.source_type,
        source_id=row.source_id,
        rulebook_version=row.rulebook_version,
    )


def _posted(row: Hold) -> Posted:
    payer, payee = _both(row)
    known = posted_before(_posting(row, payer, payee, row.posted_amount or 0))
    assert known is not None
    return known
