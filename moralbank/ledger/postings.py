"""What goes into the book: postings, and the words they use."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

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

KINDS = frozenset(get_args(Kind))
MOST = 10**15
"""The most that one transfer moves: far above any district's, far below what a sum can hold."""

ISSUANCE = "issuance"
"""The system account that points come out of, and go back to."""
EXPIRY = "expiry"
"""The system account that expired points go to."""


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
        """Raises ValueError for what no book takes: an amount of nothing or beyond `MOST`, an
        account paying itself, another kind, a reversal of nothing."""
        if not 0 < self.amount <= MOST:
            raise ValueError(f"a transfer moves more than nothing, and no more than {MOST}")
        if self.payer == self.payee:
            raise ValueError("a transfer needs two accounts")
        if self.kind not in KINDS or (self.kind == "reversal") != (self.reverses is not None):
            raise ValueError("a transfer is of a known kind, and a reversal names its original")

    @property
    def content(self) -> tuple[object, ...]:
        """What the same key must stand for when it is used again."""
        return self.kind, self.asset, self.payer, self.payee, self.amount, self.reverses


@dataclass(frozen=True, slots=True)
class Posted:
    """A transfer that was made. The balances are the wallets' own, right after it; None for a
    system account."""

    id: int
    key: str
    payer_balance: int | None
    payee_balance: int | None


SYSTEM_HOLDERS = frozenset({ISSUANCE, EXPIRY, "supermarket"})
"""The first words of holders whose accounts are the system's, opened at their first transfer."""


def is_system(holder: str) -> bool:
    """Tell whether a holder's account is the system's: hot, without a stored balance."""
    return holder.partition(":")[0] in SYSTEM_HOLDERS
