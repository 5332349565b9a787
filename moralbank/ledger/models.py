"""The book's rows: accounts and transfers."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core.db import Model

RowId = BigInteger().with_variant(Integer(), "sqlite")


class Account(Model):
    """What one holder has of one asset.

    A wallet stores its balance, what is held of it, and a version that grows by one with every
    transfer; the database refuses a balance below the floor. A system account (issuance, a
    supermarket, expiry) is hot: it stores nothing, its balance is summed when asked.
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

    __table_args__ = (
        UniqueConstraint("holder", "asset"),
        CheckConstraint("asset IN ('points', 'merit', 'minutes')", name="asset"),
        CheckConstraint("held >= 0", name="held"),
        CheckConstraint("balance - held >= floor", name="floor"),
        CheckConstraint("wallet OR (balance = 0 AND held = 0 AND version = 0)", name="system"),
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
    reverses_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("transfers.id"), unique=True)
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
        UniqueConstraint("payer_id", "payer_version"),
        UniqueConstraint("payee_id", "payee_version"),
        Index("ix_transfers_source", "source_type", "source_id"),
    )
