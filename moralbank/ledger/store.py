"""One posting between a wallet and a system account, in one statement: the counter's hot path.

What stands here is only quick: it makes such a transfer when everything is as it should be, and
otherwise does nothing and returns None. Then `book` goes the long way, which opens accounts, finds
what was posted before, and says what is wrong.

The condition on the floor is the statement's own: nothing is read first and written later.
"""

from datetime import datetime

from moralbank.core.direct import Booking
from moralbank.core.ids import new_id
from moralbank.ledger.postings import Posted, Posting, is_system

_PAY = Booking(
    """
    UPDATE accounts
    SET balance = balance - :amount, version = version + 1,
        moved_at = CASE WHEN moved_at > :posted_at THEN moved_at ELSE :posted_at END
    WHERE holder = :payer AND asset = :asset AND wallet AND balance - held - :amount >= floor
        AND NOT EXISTS (SELECT 1 FROM transfers WHERE key = :key)
        AND NOT EXISTS (SELECT 1 FROM holds WHERE key = :key)
        AND EXISTS (
            SELECT 1 FROM accounts WHERE holder = :payee AND asset = :asset AND NOT wallet
        )
    RETURNING id, balance, version, moved_at
    """,
    """
    INSERT INTO transfers (
        key, journal, kind, asset, payer_id, payee_id, amount, posted_at, effective_at, reason,
        source_type, source_id, rulebook_version, payer_balance, payer_version
    )
    SELECT :key, :journal, :kind, :asset, moved.id, other.id, :amount, moved.moved_at,
        :effective_at, :reason, :source_type, :source_id, :rulebook_version,
        moved.balance, moved.version
    FROM moved, accounts AS other
    WHERE other.holder = :payee AND other.asset = :asset
    RETURNING id, payer_balance, payee_balance
    """,
)
_RECEIVE = Booking(
    """
    UPDATE accounts
    SET balance = balance + :amount, version = version + 1,
        moved_at = CASE WHEN moved_at > :posted_at THEN moved_at ELSE :posted_at END
    WHERE holder = :payee AND asset = :asset AND wallet
        AND NOT EXISTS (SELECT 1 FROM transfers WHERE key = :key)
        AND NOT EXISTS (SELECT 1 FROM holds WHERE key = :key)
        AND EXISTS (
            SELECT 1 FROM accounts WHERE holder = :payer AND asset = :asset AND NOT wallet
        )
    RETURNING id, balance, version, moved_at
    """,
    """
    INSERT INTO transfers (
        key, journal, kind, asset, payer_id, payee_id, amount, posted_at, effective_at, reason,
        source_type, source_id, rulebook_version, payee_balance, payee_version
    )
    SELECT :key, :journal, :kind, :asset, other.id, moved.id, :amount, moved.moved_at,
        :effective_at, :reason, :source_type, :source_id, :rulebook_version,
        moved.balance, moved.version
    FROM moved, accounts AS other
    WHERE other.holder = :payer AND other.asset = :asset
    RETURNING id, payer_balance, payee_balance
    """,
)


def quick(posting: Posting, *, now: datetime) -> Posted | None:
    """Post between a wallet and a system account, or do nothing; in the caller's transaction, or
    where none is open, in one of its own.

    Locks the wallet's row. Returns None, with nothing changed, when the posting is not of that
    shape or takes another back, its key was used, an account is missing or the wallet has not
    enough.
    """
    pays = is_system(posting.payee)
    if pays == is_system(posting.payer) or posting.reverses is not None:
        return None
    row = (_PAY if pays else _RECEIVE).first(
        key=posting.key,
        journal=new_id(),
        kind=posting.kind,
        asset=posting.asset,
        payer=posting.payer,
        payee=posting.payee,
        amount=posting.amount,
        posted_at=now,
        effective_at=posting.effective_at,
        reason=posting.reason,
        source_type=posting.source_type,
        source_id=posting.source_id,
        rulebook_version=posting.rulebook_version,
    )
    return None if row is None else Posted(row[0], posting.key, row[1], row[2])
