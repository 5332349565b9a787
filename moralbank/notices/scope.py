"""What a figure or a notice is about: a part of the tree and a span of time."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, true

from moralbank.core import periods
from moralbank.core.db import session
from moralbank.core.problems import not_found
from moralbank.events.awarding.models import Award
from moralbank.market.models import Donation, Redemption, Relief
from moralbank.market.shelf.models import Goods, StockCount
from moralbank.notices.models import Notice
from moralbank.organizations.models import LEVELS, Organization
from moralbank.organizations.operations import below
from moralbank.people.models import Volunteer

PERIOD_KINDS: dict[str, tuple[periods.Kind, ...]] = {
    "points": periods.KINDS,
    "redemptions": periods.KINDS,
    "stars": periods.ALL_KINDS,
    "stock_counts": periods.KINDS,
    "rule_changes": periods.KINDS,
}
"""The kinds of period that each kind of notice can be of."""
AHEAD = frozenset({"rule_changes"})
"""The kinds of notice that tell of what is to come: their period need not have begun."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A place and a time; None is the whole bank, or all time on that side."""

    organization_id: str | None = None
    level: str | None = None
    path: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def _places(self) -> ColumnElement[bool]:
        assert self.path is not None
        return below(self.path)

    @property
    def members(self) -> ColumnElement[bool]:
        """Volunteers who belong there: to a community at or below, or to that very station."""
        if self.path is None:
            return true()
        if self.level == "station":
            return Volunteer.station_id == self.organization_id
        return Volunteer.community_id.in_(select(Organization.id).where(self._places))

    @property
    def awards(self) -> ColumnElement[bool]:
        """Awards of its members that were earned (`performed_at`) in that time."""
        condition: ColumnElement[bool] = true()
        if self.path is not None:
            condition = Award.volunteer_id.in_(select(Volunteer.id).where(self.members))
        if self.since is not None:
            condition &= Award.performed_at >= self.since
        if self.until is not None:
            condition &= Award.performed_at < self.until
        return condition

    @property
    def redemptions(self) -> ColumnElement[bool]:
        """Redemptions that stand, at its supermarkets, that took place in that time."""
        stand = Redemption.status == "completed"
        return stand & self._here(Redemption.supermarket_id, Redemption.occurred_at)

    @property
    def reliefs(self) -> ColumnElement[bool]:
        """What was handed out to households and stands, at its supermarkets in that time."""
        stand = Relief.status == "completed"
        return stand & self._here(Relief.supermarket_id, Relief.occurred_at)

    @property
    def counts(self) -> ColumnElement[bool]:
        """Counts at its supermarkets whose difference a second person posted in that time."""
        posted = StockCount.status == "posted"
        return posted & self._here(Goods.supermarket_id, StockCount.decided_at)

    @property
    def gifts(self) -> ColumnElement[bool]:
        """Gifts to its donation pools in that time."""
        to_pools = Donation.to_pool_id.is_not(None)
        return to_pools & self._here(Donation.to_pool_id, Donation.donated_at)

    def _here(self, place: Any, moment: Any) -> ColumnElement[bool]:
        """Return the condition that something is there and then, by its columns."""
        condition: ColumnElement[bool] = true()
        if self.path is not None:
            condition = place.in_(select(Organization.id).where(self._places))
        if self.since is not None:
            condition &= moment >= self.since
        if self.until is not None:
            condition &= moment < self.until
        return condition


def notices_below(path: str) -> ColumnElement[bool]:
    """Return the condition that a notice is of an organization at or below `path`."""
    return Notice.organization_id.in_(select(Organization.id).where(below(path)))


def notice_period(kind: str, name: str) -> periods.Period:
    """Return the period of that name, of which a notice of this kind can be. Refuses 422."""
    return periods.read(name, kinds=PERIOD_KINDS[kind], ahead=kind in AHEAD)


def notice_scope(kind: str, *, organization_id: str, period: str) -> Scope:
    """Return what a notice of this kind is about. Refuses 404, 422 as `scope_of` does."""
    span = notice_period(kind, period)
    return replace(scope_of(organization_id=organization_id), since=span.since, until=span.until)


def scope_of(*, organization_id: str | None = None, period: str | None = None) -> Scope:
    """Return the scope that somebody asks for. Refuses 404 for an organization that is not there,
    422 for a period that is none or has not begun."""
    since = until = None
    if period is not None:
        span = periods.read(period)
        since, until = span.since, span.until
    if organization_id is None:
        return Scope(since=since, until=until)
    place = session().get(Organization, organization_id)
    if place is None or place.level not in LEVELS:
        raise not_found()
    return Scope(place.id, place.level, place.path, since, until)
