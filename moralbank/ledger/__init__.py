"""The book. It knows accounts, assets and transfers; it knows no people.

This is its whole public face; nothing outside imports from within.
"""

from moralbank.ledger.batch import Refused, post_many
from moralbank.ledger.book import (
    hold_wallets,
    let_merit_fall,
    moved_for,
    open_wallets,
    post,
    reversal_of,
    shortfalls,
    transfers_of,
)
from moralbank.ledger.expiry import (
    expire,
    holders_with_points,
    lapsing,
    lots,
    oldest,
    spendable,
)
from moralbank.ledger.holds import Held, hold, post_held, void_held, void_pending
from moralbank.ledger.overdue import time_out
from moralbank.ledger.postings import (
    ASSETS,
    EXPIRY,
    ISSUANCE,
    Asset,
    KeyReused,
    Kind,
    Posted,
    Posting,
)
from moralbank.ledger.reading import (
    Balance,
    Entry,
    TransferLine,
    TrialBalance,
    balances,
    merit_of,
    points_of,
    statement,
    totals_by_kind,
    transfers,
    trial_balance,
)
from moralbank.ledger.rules import Lapse, Lapsing, Lot
from moralbank.ledger.sources import posted_for, sources_between
from moralbank.ledger.system import roll_up, system_balance
from moralbank.ledger.verify import Fault, Verdict, verify

__all__ = [
    "ASSETS",
    "EXPIRY",
    "ISSUANCE",
    "Asset",
    "Balance",
    "Entry",
    "Fault",
    "Held",
    "KeyReused",
    "Kind",
    "Lapse",
    "Lapsing",
    "Lot",
    "Posted",
    "Posting",
    "Refused",
    "TransferLine",
    "TrialBalance",
    "Verdict",
    "balances",
    "expire",
    "hold",
    "hold_wallets",
    "holders_with_points",
    "lapsing",
    "let_merit_fall",
    "lots",
    "merit_of",
    "moved_for",
    "oldest",
    "open_wallets",
    "points_of",
    "post",
    "post_held",
    "post_many",
    "posted_for",
    "reversal_of",
    "roll_up",
    "shortfalls",
    "sources_between",
    "spendable",
    "statement",
    "system_balance",
    "time_out",
    "totals_by_kind",
    "transfers",
    "transfers_of",
    "trial_balance",
    "verify",
    "void_held",
    "void_pending",
]
