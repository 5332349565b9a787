"""The book's rows: accounts and transfers."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core.db import Id, Model

RowId = BigInteger().with_variant(Integer(), "sqlite")


class Account(Model):
    """What one holder has of one asset.

    A wallet stores its balance, what is held of it, a version that grows by one with every
    transfer, and the moment of the last one, which never goes back; the database refuses a balance
    below the floor. A system account (issuance, a supermarket, expiry) is hot: it stores nothing,
    its balance is summed when asked.
    """

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    holder: Mapped[str]
    asset: Mapped[str]
    wallet: Mapped[bool]
    balance: Mapped[int] = mapped_column(BigInteger, default=0)
    held: Mapped[int] = mapped_column(BigInteger, default=0)
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    floor: Mapped[int] = mapped_column(BigInteger, default=0)
    moved_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("holder", "asset"),
        CheckConstraint("asset IN ('points', 'merit', 'minutes')", name="asset"),
        CheckConstraint("held >= 0", name="held"),
        CheckConstraint("balance - held >= floor", name="floor"),
        CheckConstraint("wallet OR (balance = 0 AND held = 0 AND version = 0)", name="system"),
    )


def _side(name: str, account: str, version: str, *, wallet: bool) -> Index:
    condition = text(f"{version} IS {'NOT ' if wallet else ''}NULL")
    return Index(
        name,
        account,
        version if wallet else "id",
        unique=wallet,
        postgresql_where=condition,
        sqlite_where=condition,
    )


class Transfer(Model):
    """One amount from one account to another; written once, never changed."""

    __tablename__ = "transfers"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(unique=True)
    journal: Mapped[str]
    kind: Mapped[str]
    asset: Mapped[str]
    payer_id: Mapped[int] = mapped_column(RowId, ForeignKey("accounts.id"))
    payee_id: Mapped[int] = mapped_column(RowId, ForeignKey("accounts.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    posted_at: Mapped[datetime] = mapped_column(index=True)
    effective_at: Mapped[datetime]
    reason: Mapped[str]
    source_type: Mapped[str]
    source_id: Mapped[str]
    rulebook_version: Mapped[int | None]
    reverses_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("transfers.id"))
    payer_balance: Mapped[int | None] = mapped_column(BigInteger)
    payer_version: Mapped[int | None] = mapped_column(BigInteger)
    payee_balance: Mapped[int | None] = mapped_column(BigInteger)
    payee_version: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("payer_id <> payee_id", name="two_accounts"),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reversal"),
        CheckConstraint(
            "kind IN ('award', 'redemption', 'reversal', 'donation', 'deduction', 'expiry', "
            "'adjustment', 'merge', 'inheritance', 'opening')",
            name="kind",
        ),
        # A wallet's side is found by its version, a system account's by the transfer: each row has
        # one entry on either side.
        _side("uq_transfers_payer_version", "payer_id", "payer_version", wallet=True),
        _side("uq_transfers_payee_version", "payee_id", "payee_version", wallet=True),
        _side("ix_transfers_payer_tail", "payer_id", "payer_version", wallet=False),
        _side("ix_transfers_payee_tail", "payee_id", "payee_version", wallet=False),
        Index(
            "uq_transfers_reverses",
            "reverses_id",
            unique=True,
            postgresql_where=text("reverses_id IS NOT NULL"),
            sqlite_where=text("reverses_id IS NOT NULL"),
        ),
        # Whoever checks that nothing is awarded twice reads this alone.
        Index("ix_transfers_source", "source_type", "source_id", "kind", "asset", "payee_id"),
    )


class Hold(Model):
    """What is set aside in a wallet until it is posted, voided, or its time is over.

    It carries what its transfer will say, under the same key.
    """

    __tablename__ = "holds"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    asset: Mapped[str]
    payer_id: Mapped[int] = mapped_column(RowId, ForeignKey("accounts.id"))
    payee_id: Mapped[int] = mapped_column(RowId, ForeignKey("accounts.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    effective_at: Mapped[datetime]
    reason: Mapped[str]
    source_type: Mapped[str]
    source_id: Mapped[str]
    rulebook_version: Mapped[int | None]
    held_at: Mapped[datetime]
    until: Mapped[datetime]
    state: Mapped[str]
    posted_amount: Mapped[int | None] = mapped_column(BigInteger)
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("state IN ('pending', 'posted', 'voided', 'timed_out')", name="state"),
        CheckConstraint("(state = 'posted') = (posted_amount IS NOT NULL)", name="posted"),
        CheckConstraint("posted_amount BETWEEN 1 AND amount", name="part"),
        CheckConstraint("(state = 'pending') = (settled_at IS NULL)", name="settled"),
        Index(
            "ix_holds_pending",
            "payer_id",
            "until",
            postgresql_where=text("state = 'pending'"),
            sqlite_where=text("state = 'pending'"),
        ),
    )


class RollUp(Model):
    """The balance of a system account up to and with a transfer; the rest is the tail."""

    __tablename__ = "rollups"

    account_id: Mapped[int] = mapped_column(RowId, ForeignKey("accounts.id"), primary_key=True)
    through_id: Mapped[int] = mapped_column(RowId)
    balance: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime]
