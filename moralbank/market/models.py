"""The counter's rows. Receipts' lines and donations are only ever added to."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core.db import Encrypted, Id, Model

ONE_RECEIVER = (
    "CASE WHEN to_volunteer_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN to_pool_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN to_household_id IS NULL THEN 0 ELSE 1 END = 1"
)


class Line:
    """What every line of goods says: what they were called, and their price then, in hundredths of
    a point like `points`."""

    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, sort_order=1)
    name: Mapped[str] = mapped_column(sort_order=1)
    unit: Mapped[str] = mapped_column(sort_order=1)
    price: Mapped[int] = mapped_column(BigInteger, sort_order=1)
    quantity: Mapped[int] = mapped_column(sort_order=1)
    points: Mapped[int] = mapped_column(BigInteger, sort_order=1)


class Terminal(Model):
    """A device at the counter of one supermarket."""

    __tablename__ = "terminals"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    supermarket_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"), index=True)
    name: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class TerminalClosing(Model):
    """A close of day: what the clerk counted, and what the bank had of this terminal since the last
    one; append-only."""

    __tablename__ = "terminal_closings"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    terminal_id: Mapped[str] = mapped_column(Id, ForeignKey("terminals.id"), index=True)
    receipts: Mapped[int]
    voided: Mapped[int]
    points: Mapped[int] = mapped_column(BigInteger)
    counted: Mapped[int]
    reason: Mapped[str | None]
    closed_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("receipts = counted OR reason IS NOT NULL", name="explained"),
    )


class Redemption(Model):
    """Points that became goods. What the receipt says (names, prices, points left) stays as it
    was; only the void and the closing are written later. Of the first ones nobody knows whether a
    PIN was given."""

    __tablename__ = "redemptions"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    receipt_no: Mapped[str] = mapped_column(unique=True)
    supermarket_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    supermarket: Mapped[str]
    terminal_id: Mapped[str] = mapped_column(Id, ForeignKey("terminals.id"))
    idempotency_key: Mapped[str | None]
    volunteer_id: Mapped[str] = mapped_column(Id, ForeignKey("volunteers.id"))
    card_id: Mapped[str] = mapped_column(Id, ForeignKey("cards.id"))
    display_name: Mapped[str]
    delegate: Mapped[str | None]
    points: Mapped[int] = mapped_column(BigInteger)
    with_pin: Mapped[bool | None]
    balance_after: Mapped[int] = mapped_column(BigInteger)
    rulebook_version: Mapped[int] = mapped_column(ForeignKey("rulebook_versions.version"))
    transfer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("transfers.id"), unique=True)
    status: Mapped[str]
    occurred_at: Mapped[datetime] = mapped_column(index=True)
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[str | None]
    void_reason: Mapped[str | None]
    closing_id: Mapped[str | None] = mapped_column(Id, ForeignKey("terminal_closings.id"))

    __table_args__ = (
        CheckConstraint("points > 0", name="points"),
        CheckConstraint("status IN ('completed', 'voided')", name="status"),
        CheckConstraint("(status = 'voided') = (voided_at IS NOT NULL)", name="voided"),
        UniqueConstraint("terminal_id", "idempotency_key"),
        Index("ix_redemptions_volunteer", "volunteer_id", "occurred_at"),
        Index("ix_redemptions_supermarket", "supermarket_id", "occurred_at"),
        Index(
            "ix_redemptions_open",
            "terminal_id",
            sqlite_where=text("closing_id IS NULL"),
            postgresql_where=text("closing_id IS NULL"),
        ),
    )


class RedemptionLine(Line, Model):
    """A line of a receipt: what the goods were called, their price then, and what one piece had
    cost the bank, in hundredths of a yuan, where that was on record."""

    __tablename__ = "redemption_lines"

    redemption_id: Mapped[str] = mapped_column(Id, ForeignKey("redemptions.id"), primary_key=True)
    goods_id: Mapped[str] = mapped_column(Id, ForeignKey("goods.id"), index=True)
    cost: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)


class Reservation(Model):
    """Goods that are set aside for somebody until a moment, and the points held for them.
    Collected, it is the redemption of the same id. `receipt_no` is that of the receipt then."""

    __tablename__ = "reservations"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    receipt_no: Mapped[str] = mapped_column(unique=True)
    volunteer_id: Mapped[str] = mapped_column(Id, ForeignKey("volunteers.id"), index=True)
    supermarket_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"), index=True)
    points: Mapped[int] = mapped_column(BigInteger)
    rulebook_version: Mapped[int] = mapped_column(ForeignKey("rulebook_versions.version"))
    status: Mapped[str]
    made_at: Mapped[datetime]
    good_until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("status IN ('open', 'collected', 'cancelled', 'lapsed')", name="status"),
        CheckConstraint("(status = 'open') = (ended_at IS NULL)", name="ended"),
        Index(
            "ix_reservations_open",
            "good_until",
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
    )


class ReservationLine(Line, Model):
    """A line of a reservation, as the goods were called and priced when they were set aside."""

    __tablename__ = "reservation_lines"

    reservation_id: Mapped[str] = mapped_column(Id, ForeignKey("reservations.id"), primary_key=True)
    goods_id: Mapped[str] = mapped_column(Id, ForeignKey("goods.id"), index=True)

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)


class Wait(Model):
    """Somebody who waits for goods that are sold out: one piece, in the order of the ids. `reason`
    says why their turn passed by; `reservation_id` what was set aside when it came."""

    __tablename__ = "waits"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    goods_id: Mapped[str] = mapped_column(Id, ForeignKey("goods.id"))
    volunteer_id: Mapped[str] = mapped_column(Id, ForeignKey("volunteers.id"), index=True)
    status: Mapped[str]
    joined_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    reservation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("reservations.id"))

    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'served', 'passed', 'left')", name="status"),
        Index(
            "uq_waits_one_each",
            "goods_id",
            "volunteer_id",
            unique=True,
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
    )


class Household(Model):
    """A household in hardship. Who they are is for the staff of their community alone; everybody
    else has the alias. `note` says what the hardship is."""

    __tablename__ = "households"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    community_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"), index=True)
    alias: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(Encrypted("household_name"))
    phone: Mapped[str | None] = mapped_column(Encrypted("phone"))
    phone_seal: Mapped[str | None] = mapped_column(index=True)
    household_no: Mapped[str | None] = mapped_column(Encrypted("household"))
    household_seal: Mapped[str | None] = mapped_column(index=True)
    address: Mapped[str | None] = mapped_column(Encrypted("address"))
    note: Mapped[str | None] = mapped_column(Encrypted("household_note"))
    status: Mapped[str]
    registered_by: Mapped[str]
    registered_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("status IN ('active', 'ended')", name="status"),)


class Donation(Model):
    """Points that a volunteer gave to another one, to a pool or to a household in hardship."""

    __tablename__ = "donations"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    volunteer_id: Mapped[str] = mapped_column(Id, ForeignKey("volunteers.id"), index=True)
    to_volunteer_id: Mapped[str | None] = mapped_column(Id, ForeignKey("volunteers.id"), index=True)
    to_pool_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organizations.id"), index=True)
    to_household_id: Mapped[str | None] = mapped_column(Id, ForeignKey("households.id"), index=True)
    points: Mapped[int] = mapped_column(BigInteger)
    message: Mapped[str | None]
    transfer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("transfers.id"), unique=True)
    donated_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (
        CheckConstraint("points > 0", name="points"),
        CheckConstraint(ONE_RECEIVER, name="one_receiver"),
    )


class DonationLine(Line, Model):
    """Goods that somebody gave, at their price then."""

    __tablename__ = "donation_lines"

    donation_id: Mapped[str] = mapped_column(Id, ForeignKey("donations.id"), primary_key=True)
    goods_id: Mapped[str] = mapped_column(Id, ForeignKey("goods.id"))

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)


class Parcel(Model):
    """What became of a gift of goods: it waits, somebody proposed to bring it, it was brought
    (completed), or it was turned into points, with a reason that the giver reads."""

    __tablename__ = "parcels"

    donation_id: Mapped[str] = mapped_column(Id, ForeignKey("donations.id"), primary_key=True)
    supermarket_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    status: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    reason: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'proposed', 'completed', 'turned')", name="status"),
        CheckConstraint("(status IN ('waiting', 'proposed')) = (ended_at IS NULL)", name="ended"),
    )


class Relief(Model):
    """Goods for a household in hardship, paid by a pool, or by what the household itself was given
    (`pool_id` is None). One person proposes it, another one hands it out: then goods leave the
    shelf and points the payer. `donation_id` is the parcel that it brings; that pays for itself."""

    __tablename__ = "reliefs"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    receipt_no: Mapped[str] = mapped_column(unique=True)
    household_id: Mapped[str] = mapped_column(Id, ForeignKey("households.id"), index=True)
    pool_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organizations.id"), index=True)
    supermarket_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"))
    donation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("donations.id"))
    points: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str]
    note: Mapped[str | None] = mapped_column(Encrypted("relief_note"))
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    occurred_at: Mapped[datetime | None] = mapped_column(index=True)
    transfer_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("transfers.id"), unique=True
    )
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[str | None]
    void_reason: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("points > 0", name="points"),
        CheckConstraint("status IN ('proposed', 'completed', 'rejected', 'voided')", name="status"),
        CheckConstraint("(status = 'proposed') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("decided_by <> proposed_by OR status = 'rejected'", name="two_people"),
        CheckConstraint(
            "(status IN ('completed', 'voided')) = (transfer_id IS NOT NULL)", name="paid"
        ),
        CheckConstraint("(status = 'voided') = (voided_at IS NOT NULL)", name="voided"),
        Index("ix_reliefs_supermarket", "supermarket_id", "occurred_at"),
        Index(
            "uq_reliefs_donation",
            "donation_id",
            unique=True,
            sqlite_where=text("status IN ('proposed', 'completed')"),
            postgresql_where=text("status IN ('proposed', 'completed')"),
        ),
    )


class ReliefLine(Line, Model):
    """A line of what is handed out, as the goods were called and priced when it was proposed; the
    cost of one piece is in hundredths of a yuan, where it was on record."""

    __tablename__ = "relief_lines"

    relief_id: Mapped[str] = mapped_column(Id, ForeignKey("reliefs.id"), primary_key=True)
    goods_id: Mapped[str] = mapped_column(Id, ForeignKey("goods.id"), index=True)
    cost: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)
