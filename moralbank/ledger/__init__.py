"""The book. It knows accounts, assets and transfers; it knows no people.

This is its whole public face; nothing outside imports from within.
"""

from moralbank.ledger.book import (
    ASSETS,
    ISSUANCE,
    Asset,
    KeyReused,
    Kind,
    Posted,
    Posting,
    open_wallets,
    post,
    reversal_of,
    transfers_of,
)
from moralbank.ledger.reading import (
    Balance,
    Entry,
    TransferLine,
    TrialBalance,
    balances,
    points_of,
    statement,
    totals_by_kind,
    transfers,
    trial_balance,
)
from moralbank.ledger.verify import Fault, Verdict, verify

__all__ = [
    "ASSETS",
    "ISSUANCE",
    "Asset",
    "Balance",
    "Entry",
    "Fault",
    "KeyReused",
    "Kind",
    "Posted",
    "Posting",
    "TransferLine",
    "TrialBalance",
    "Verdict",
    "balances",
    "open_wallets",
    "points_of",
    "post",
    "reversal_of",
    "statement",
    "totals_by_kind",
    "transfers",
    "transfers_of",
    "trial_balance",
    "verify",
]
