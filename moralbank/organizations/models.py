"""The tree's rows."""

from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core.db import Encrypted, Id, Model

Level = Literal["district", "street", "community", "station", "supermarket", "team", "pool"]
LEVELS = ("district", "street", "community", "station", "supermarket")
"""The levels that the API calls organizations; teams and pools have resources of their own."""
STATION_KINDS = ("household", "property", "barber", "pharmacy", "other")

PARENTS: dict[str, tuple[str, ...]] = {
    "district": (),
    "street": ("district",),
    "community": ("street", "district"),
    "station": ("community", "street"),
    "supermarket": ("community", "street", "district"),
    "team": ("district", "street", "community", "station"),
    "pool": ("district", "street", "community"),
}
"""What each level may hang on."""


class Organization(Model):
    """A node of the tree. `path` is its ancestors' ids and its own, so that "below" is a prefix.

    Phone and address are encrypted: an errand station is often somebody's home.
    """

    __tablename__ = "organizations"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    level: Mapped[str] = mapped_column(index=True)
    parent_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organizations.id"), index=True)
    path: Mapped[str] = mapped_column(unique=True)
    code: Mapped[str | None]
    station_kind: Mapped[str | None]
    phone: Mapped[str | None] = mapped_column(Encrypted("organization_phone"))
    address: Mapped[str | None] = mapped_column(Encrypted("organization_address"))
    leader: Mapped[str | None]
    hours: Mapped[str | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(
            "level IN ('district', 'street', 'community', 'station', 'supermarket', 'team', "
            "'pool')",
            name="level",
        ),
    )
