"""People's rows. Phones, addresses and residents' names are encrypted; a keyed seal finds them."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core.db import Document, Encrypted, EncryptedBytes, Id, Model

AFFILIATIONS = ("in_service", "new_economy", "retired", "resident")
DELEGATE = "delegate"
"""The purpose under which a delegate's name and phone are encrypted."""
PHOTO = "photo"
"""The purpose under which volunteers' photos are encrypted."""
STAFF_ROLES = ("admin", "supervisor", "worker", "auditor")


class Volunteer(Model):
    """Somebody with a savings account. `skills` are tags of the catalogue's items."""

    __tablename__ = "volunteers"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_no: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(index=True)
    phone: Mapped[str]
    phone_seal: Mapped[str] = mapped_column(unique=True)
    household_seal: Mapped[str | None] = mapped_column(index=True)
    community_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"), index=True)
    station_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organizations.id"), index=True)
    team_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organizations.id"), index=True)
    party_member: Mapped[bool]
    affiliation: Mapped[str]
    publish_consent: Mapped[bool]
    consent_on: Mapped[date | None] = mapped_column(Date)
    status: Mapped[str]
    opened_at: Mapped[datetime]
    skills: Mapped[list[str]] = mapped_column(Document, default=list)

    __table_args__ = (
        CheckConstraint("status IN ('active', 'frozen', 'closed')", name="status"),
        # Part of a name is found by its characters; SQLite has no such index and reads all names.
        Index(
            "ix_volunteers_characters",
            text("string_to_array(name, NULL::text)"),
            postgresql_using="gin",
        ).ddl_if(dialect="postgresql"),
    )


class NameKey(Model):
    """What a volunteer's name is typed as without its characters, a row each."""

    __tablename__ = "name_keys"

    # By its letters alone, so that the beginning of one is found by the index.
    key: Mapped[str] = mapped_column(
        Text().with_variant(Text(collation="C"), "postgresql"), primary_key=True
    )
    volunteer_id: Mapped[str] = mapped_column(
        Id, ForeignKey("volunteers.id"), primary_key=True, index=True
    )


class VolunteerPhoto(Model):
    """What a volunteer looks like, a small JPEG, and the words that they agreed to, on which day:
    there is none without the other."""

    __tablename__ = "volunteer_photos"

    volunteer_id: Mapped[str] = mapped_column(Id, ForeignKey("volunteers.id"), primary_key=True)
    content: Mapped[bytes] = mapped_column(EncryptedBytes(PHOTO))
    consent: Mapped[str]
    consent_on: Mapped[date] = mapped_column(Date)
    taken_at: Mapped[datetime]
    taken_by: Mapped[str]


class Resident(Model):
    """Somebody who asks for errands. Nothing of theirs is ever shown in public. `link_issue` says
    which link to a page of their own is good: those before it are dead. `name_seal` is there where
    nothing but the name is known, and `namesake_of` is then the first of the community's residents
    of that name, but for the first."""

    __tablename__ = "residents"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    community_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"), index=True)
    name: Mapped[str]
    phone: Mapped[str | None]
    phone_seal: Mapped[str | None] = mapped_column(index=True)
    household_no: Mapped[str | None]
    household_seal: Mapped[str | None] = mapped_column(index=True)
    name_seal: Mapped[str | None] = mapped_column(index=True)
    namesake_of: Mapped[str | None] = mapped_column(Id, ForeignKey("residents.id"), index=True)
    address: Mapped[str | None]
    created_at: Mapped[datetime]
    link_issue: Mapped[int] = mapped_column(server_default="0")


class Staff(Model):
    """Somebody who works for the bank. `volunteer_id` is their own savings account, if any; a
    password that somebody else knows is one that they `must_change_password`."""

    __tablename__ = "staff"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    display_name: Mapped[str]
    role: Mapped[str]
    organization_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organizations.id"))
    volunteer_id: Mapped[str | None] = mapped_column(Id, ForeignKey("volunteers.id"))
    active: Mapped[bool]
    created_at: Mapped[datetime]
    must_change_password: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        CheckConstraint("role IN ('admin', 'supervisor', 'worker', 'auditor')", name="role"),
    )


class Delegate(Model):
    """Somebody of the family who may buy with a volunteer's points until a day, that day
    included."""

    __tablename__ = "delegates"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    volunteer_id: Mapped[str] = mapped_column(Id, ForeignKey("volunteers.id"), index=True)
    name: Mapped[str] = mapped_column(Encrypted(DELEGATE))
    relation: Mapped[str]
    phone: Mapped[str | None] = mapped_column(Encrypted(DELEGATE))
    good_until: Mapped[date] = mapped_column(Date)
    named_at: Mapped[datetime]
    named_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]


class CardBatch(Model):
    """Cards that were issued and printed together; `reprint_of` is the batch they took over."""

    __tablename__ = "card_batches"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    community_id: Mapped[str] = mapped_column(Id, ForeignKey("organizations.id"), index=True)
    count: Mapped[int]
    reprint_of: Mapped[str | None] = mapped_column(Id, ForeignKey("card_batches.id"))
    made_at: Mapped[datetime]
    made_by: Mapped[str]


class Card(Model):
    """A printed savings card: a code that is found by its seal, and a PIN that is only sealed. A
    delegate's draws on the volunteer's savings."""

    __tablename__ = "cards"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    volunteer_id: Mapped[str] = mapped_column(Id, ForeignKey("volunteers.id"), index=True)
    code: Mapped[str]
    code_seal: Mapped[str] = mapped_column(unique=True)
    pin_seal: Mapped[str]
    status: Mapped[str]
    wrong_pins: Mapped[int]
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    batch_id: Mapped[str | None] = mapped_column(Id, ForeignKey("card_batches.id"), index=True)
    delegate_id: Mapped[str | None] = mapped_column(Id, ForeignKey("delegates.id"))

    __table_args__ = (
        CheckConstraint("status IN ('active', 'locked', 'revoked')", name="status"),
        Index(
            "uq_cards_one_per_volunteer",
            "volunteer_id",
            unique=True,
            postgresql_where=text("status <> 'revoked' AND delegate_id IS NULL"),
            sqlite_where=text("status <> 'revoked' AND delegate_id IS NULL"),
        ),
        Index("uq_cards_delegate_id", "delegate_id", unique=True),
    )


class ShownCode(Model):
    """The latest code of a card's phone that was shown: of which step of time, to whom, until when
    it is still good there, and whether something was bought with it."""

    __tablename__ = "shown_codes"

    card_id: Mapped[str] = mapped_column(Id, ForeignKey("cards.id"), primary_key=True)
    step: Mapped[int] = mapped_column(BigInteger)
    shown_to: Mapped[str]
    good_until: Mapped[datetime]
    used: Mapped[bool]


class AccessToken(Model):
    """A sign-in that lasts for a while: who it stands for, under a digest of the token itself;
    from where it was begun, when it was used last (give or take `tokens.NOTED`), and what its
    owner has to do before anything else."""

    __tablename__ = "access_tokens"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject_id: Mapped[str] = mapped_column(Id, index=True)
    role: Mapped[str]
    name: Mapped[str]
    organization_id: Mapped[str | None] = mapped_column(Id)
    scope: Mapped[str | None]
    volunteer_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    seen_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(server_default="")
    owes: Mapped[str | None]


class AccountChange(Model):
    """What became of an account, or is asked for. An end (left, died, merged) is asked by one
    person and decided by another; what moved, was frozen or thawed is done at once.

    `other_id` is the account that inherits or that this one goes into; of a move, the community
    where it was before. `before` is the account's status when its end was asked for, `points`
    (hundredths) what moved or lapsed. The reason is for the staff alone.
    """

    __tablename__ = "account_changes"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    volunteer_id: Mapped[str] = mapped_column(Id, ForeignKey("volunteers.id"), index=True)
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(index=True)
    happened_on: Mapped[date] = mapped_column(Date)
    reason: Mapped[str | None] = mapped_column(Encrypted("note"))
    other_id: Mapped[str | None] = mapped_column(Id)
    relation: Mapped[str | None]
    before: Mapped[str | None]
    points: Mapped[int | None] = mapped_column(BigInteger)
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "kind IN ('moved', 'frozen', 'thawed', 'left', 'died', 'merged')", name="kind"
        ),
        CheckConstraint("status IN ('asked', 'done', 'refused')", name="status"),
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="two_people"),
        CheckConstraint("kind <> 'merged' OR other_id IS NOT NULL", name="merged_into"),
        # One thing at a time.
        Index(
            "ix_account_changes_asked",
            "volunteer_id",
            unique=True,
            postgresql_where=text("status = 'asked'"),
            sqlite_where=text("status = 'asked'"),
        ),
    )


class Adjustment(Model):
    """A correction of a wallet by a supervisor, of which a large one waits for a second; or what
    somebody had in a paper book (`opening`), which always does."""

    __tablename__ = "adjustments"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    volunteer_id: Mapped[str] = mapped_column(Id, ForeignKey("volunteers.id"), index=True)
    asset: Mapped[str]
    amount: Mapped[int]
    reason: Mapped[str]
    opening: Mapped[bool] = mapped_column(server_default=false())
    status: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("status IN ('pending', 'posted')", name="status"),)
