"""The published versions."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core.db import Model
from moralbank.rulebook.documents.text import canonical_json


class RulebookVersion(Model):
    """A version of the rulebook: a document, and the local date from which it is in force. The
    database refuses every change; `digest` is `digest_of` both as they were published."""

    __tablename__ = "rulebook_versions"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    effective_from: Mapped[date] = mapped_column(Date, index=True)
    document: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
    published_by: Mapped[str]
    digest: Mapped[str | None]


def digest_of(effective_from: date, document: Mapping[str, Any]) -> str:
    """Return the SHA-256, in hexadecimal, of a version's date and document."""
    text = f"{effective_from.isoformat()}\n{canonical_json(document)}"
    return hashlib.sha256(text.encode()).hexdigest()
