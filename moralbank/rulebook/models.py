"""The published versions."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core.db import Model


class RulebookVersion(Model):
    """A version of the rulebook: a document, and the local date from which it is in force."""

    __tablename__ = "rulebook_versions"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    effective_from: Mapped[date] = mapped_column(Date, index=True)
    document: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
    published_by: Mapped[str]
