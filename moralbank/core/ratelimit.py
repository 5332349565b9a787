"""Counts of failed tries in a window of time; kept in the database, so they hold across workers."""

from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from moralbank.core import clock
from moralbank.core.db import Model, insert_unless_there, session
from moralbank.core.problems import Refusal


class FailedTries(Model):
    """How many tries failed in a bucket (an address, a user name) since `since`."""

    __tablename__ = "failed_tries"

    bucket: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int]


def check(bucket: str, *, limit: int, window: timedelta) -> None:
    """Refuse 429 when `limit` tries of `bucket` failed within `window`."""
    if not current_app.config["RATELIMIT_ENABLED"]:
        return
    row = (
        session()
        .execute(select(FailedTries.since, FailedTries.tries).where(FailedTries.bucket == bucket))
        .one_or_none()
    )
    now = clock.now()
    if row is not None and row.tries >= limit and row.since > now - window:
        wait = max(1, int((row.since + window - now).total_seconds()))
        raise Refusal(
            429,
            "too_many_requests",
            _("尝试次数过多，请 %(seconds)d 秒后再试。", seconds=wait),
            headers={"Retry-After": str(wait)},
        )


def failed(bucket: str, *, window: timedelta) -> None:
    """Count one failed try, in the caller's transaction; a new window starts when one is over."""
    now = clock.now()
    session().execute(
        delete(FailedTries).where(FailedTries.bucket == bucket, FailedTries.since <= now - window)
    )
    session().execute(
        insert_unless_there(FailedTries, {"bucket": bucket, "since": now, "tries": 0})
    )
    session().execute(
        update(FailedTries).where(FailedTries.bucket == bucket).values(tries=FailedTries.tries + 1)
    )
