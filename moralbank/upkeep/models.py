"""What is known of scheduled work."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core.db import Model


class Job(Model):
    """A job that has run: when it was last done, and when it last failed."""

    __tablename__ = "jobs"

    name: Mapped[str] = mapped_column(primary_key=True)
    succeeded_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
