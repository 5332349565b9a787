"""Use cases of the rulebook: publish a version, read one, know which is in force."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from marshmallow import ValidationError
from sqlalchemy import func, insert, select

from moralbank.core import audit, clock, counters
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.direct import Statement
from moralbank.core.pagination import Page, paged
from moralbank.core.problems import forbidden, invalid, not_found
from moralbank.core.transaction import operation, query
from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.models import RulebookVersion, digest_of
from moralbank.rulebook.rules import last_day
from moralbank.rulebook.schemas import checked_document

MAX_CACHED = 64


@dataclass(frozen=True, slots=True)
class VersionView:
    """A published version."""

    version: int
    effective_from: date
    document: Mapping[str, Any]
    published_at: datetime


def _view(row: RulebookVersion) -> VersionView:
    return VersionView(row.version, row.effective_from, row.document, row.published_at)


@operation("rulebooks.publish")
def publish(actor: Actor, *, effective_from: date, document: Any) -> VersionView:
    """Publish a version that is in force from a date, at the earliest from today: a change never
    reaches back, and no version is ever changed.

    Refuses 422 with the path of each fault of the document, 403 unless the actor works for the
    whole bank, whose rulebook it is.
    """
    if actor.scope != "":
        raise forbidden(_("规则书由全行的管理员发布。"))
    try:
        checked = checked_document(document)
    except ValidationError as error:
        raise invalid({"document": error.messages}) from None
    # Whoever publishes holds the counter's row, so that two at once get two numbers.
    counters.take("rulebook")
    version = (session().scalar(select(func.max(RulebookVersion.version))) or 0) + 1
    begins = max(effective_from, clock.today())
    session().execute(
        insert(RulebookVersion),
        {
            "version": version,
            "effective_from": begins,
            "document": checked,
            "published_at": clock.now(),
            "published_by": actor.caller,
            "digest": digest_of(begins, checked),
        },
    )
    session().info.setdefault("just_published", set()).add(version)
    audit.record(
        actor, "rulebooks.publish", subject_type="rulebook", subject_id=str(version),
        effective_from=begins.isoformat(),
    )  # fmt: skip
    return _view(session().get_one(RulebookVersion, version))


@query("rulebooks.read")
def get(actor: Actor, version: str) -> VersionView:
    """Return a version. Refuses 404."""
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0
    row = session().get(RulebookVersion, number)
    if row is None:
        raise not_found()
    return _view(row)


@query("rulebooks.read")
def list_versions(actor: Actor, *, cursor: str | None, limit: int) -> Page[VersionView]:
    """List the versions in the order of their publication."""
    return paged(
        "rulebooks",
        select(RulebookVersion),
        by=[RulebookVersion.version],
        cursor=cursor,
        limit=limit,
        make=lambda row: _view(row[0]),
    )


@query("public.read")
def versions(_actor: Actor) -> list[VersionView]:
    """Return every published version, the latest first: rules are nobody's secret."""
    rows = session().scalars(select(RulebookVersion).order_by(RulebookVersion.version.desc()))
    return [_view(row) for row in rows]


def changed_versions() -> list[int]:
    """Return the versions whose date or document is not what was published."""
    rows = session().execute(
        select(
            RulebookVersion.version,
            RulebookVersion.effective_from,
            RulebookVersion.document,
            RulebookVersion.digest,
        )
        .where(RulebookVersion.digest.is_not(None))
        .order_by(RulebookVersion.version)
    )
    return [
        row.version for row in rows if digest_of(row.effective_from, row.document) != row.digest
    ]


IN_FORCE = """(
    SELECT COALESCE((
        SELECT version FROM rulebook_versions WHERE effective_from <= :today
        ORDER BY effective_from DESC, version DESC LIMIT 1
    ), 1)
)"""
"""The SQL of `version_in_force`, for a statement that asks for more in the same go."""

_IN_FORCE = Statement(f"SELECT {IN_FORCE} AS version")


def version_in_force(day: date) -> int:
    """Return the number of the version in force on a local date: of those that had begun the one
    that began last, and of several with one date the highest. Before any began, the first holds."""
    return int(_IN_FORCE.first(today=day).version)


def turns(first: date, last: date) -> list[tuple[date, int, int]]:
    """Return the days from `first` to `last` on which another version comes into force, in their
    order, also those to come: [(day, the version that held before, the one from then on)]."""
    rows = session().execute(
        select(RulebookVersion.effective_from, RulebookVersion.version).order_by(
            RulebookVersion.effective_from, RulebookVersion.version
        )
    )
    begin: dict[date, int] = {row.effective_from: row.version for row in rows}
    found, held = [], 1
    for day, version in begin.items():
        if first <= day <= last and version != held:
            found.append((day, held, version))
        held = version
    return found


def rulebook(version: int) -> Rulebook:
    """Return a published version, ready to compute with. Versions never change, so each is read
    once per process."""
    cache: dict[int, Rulebook] = current_app.extensions.setdefault("moralbank_rulebooks", {})
    known = cache.get(version)
    if known is None:
        document = (
            session()
            .execute(select(RulebookVersion.document).where(RulebookVersion.version == version))
            .scalar_one()
        )
        known = Rulebook.from_document(document)
        if len(cache) >= MAX_CACHED:
            cache.clear()
        # One that this very transaction publishes may still be rolled back, and its number reused.
        if version not in session().info.get("just_published", ()):
            cache[version] = known
    return known


def in_force(day: date) -> Rulebook:
    """Return the rulebook in force on a local date."""
    return rulebook(version_in_force(day))


def last_days() -> Callable[[date], date | None] | None:
    """Return what tells the last local day on which points may be spent that were earned on a local
    day, by the version in force on that day (None: they never lapse); or None where no version
    lets any points lapse.

    Reads the versions once: for who asks about many days.
    """
    rows = session().execute(
        select(RulebookVersion.version, RulebookVersion.effective_from).order_by(
            RulebookVersion.effective_from, RulebookVersion.version
        )
    )
    expiries = [(row.effective_from, rulebook(row.version).expiry) for row in rows.all()]
    if all(expiry.rule == "never" for _from, expiry in expiries):
        return None

    @cache
    def of(earned: date) -> date | None:
        begun = [expiry for since, expiry in expiries if since <= earned]
        return last_day(begun[-1] if begun else rulebook(1).expiry, earned)

    return of


def catalogue_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the service items in force by category: [(category, [(code, name)])]."""
    book = in_force(clock.today())
    return [
        (
            category.name,
            [(item.code, item.name) for item in book.items.values() if item.category == code],
        )
        for code, category in book.categories.items()
    ]
