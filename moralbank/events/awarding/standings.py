"""What somebody's conduct adds up to: for the stars, and for how they stand."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import case, func, select

from moralbank import ledger
from moralbank.core import clock
from moralbank.core.db import session
from moralbank.core.problems import Refusal
from moralbank.events.awarding.models import ConductRecord
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below
from moralbank.people.models import Volunteer
from moralbank.people.volunteers import hold_volunteers, wallet_of
from moralbank.rulebook.documents import Rulebook
from moralbank.rulebook.operations import in_force
from moralbank.rulebook.rules import GOOD, StandingNow, standing

CHUNK = 500
"""People in one question to the database."""


@dataclass(frozen=True, slots=True)
class ConductSums:
    """What a volunteer's conduct adds to what a ladder measures: signed hundredths, and which
    reasons are on record."""

    points: int
    merit: int
    reasons: frozenset[str]


def conduct_sums(
    path: str, *, since: datetime | None, until: datetime | None
) -> dict[str, ConductSums]:
    """Return the conduct of the volunteers with an account at or below `path`, by when it
    happened; withdrawn records do not count."""
    found = (
        select(
            ConductRecord.volunteer_id,
            ConductRecord.reason,
            # Of a bonus what the issue left; a deduction counts whole, whatever was there to take.
            func.sum(
                case((ConductRecord.points > 0, ConductRecord.moved), else_=ConductRecord.points)
            ),
            func.sum(ConductRecord.merit),
        )
        .join(Volunteer, Volunteer.id == ConductRecord.volunteer_id)
        .join(Organization, Organization.id == Volunteer.community_id)
        .where(below(path), ConductRecord.status == "recorded")
        .group_by(ConductRecord.volunteer_id, ConductRecord.reason)
    )
    if since is not None:
        found = found.where(ConductRecord.happened_at >= since)
    if until is not None:
        found = found.where(ConductRecord.happened_at < until)
    whole: dict[str, ConductSums] = {}
    for volunteer_id, reason, points, merit in session().execute(found):
        before = whole.get(volunteer_id, ConductSums(0, 0, frozenset()))
        whole[volunteer_id] = ConductSums(
            before.points + int(points), before.merit + int(merit), before.reasons | {reason}
        )
    return whole


def standings(volunteer_ids: Collection[str]) -> dict[str, StandingNow]:
    """Return how volunteers stand today by the rulebook in force; many at once."""
    book = in_force(clock.today())
    if not book.standing.strike_off and book.standing.merit_below is None:
        return dict.fromkeys(volunteer_ids, GOOD)
    since = clock.start_of(date(clock.today().year, 1, 1))
    found: dict[str, StandingNow] = {}
    everybody = list(volunteer_ids)
    for start in range(0, len(everybody), CHUNK):
        some = everybody[start : start + CHUNK]
        lifetime, this_year = _counts(some, None), _counts(some, since)
        merit = ledger.merit_of([wallet_of(number) for number in some])
        found |= {
            number: standing(
                book,
                this_year=this_year.get(number, {}),
                lifetime=lifetime.get(number, {}),
                merit=merit.get(wallet_of(number), 0),
            )
            for number in some
        }
    return found


def standings_of(volunteer_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return how volunteers stand today, in words: struck_off, blacklisted, both or neither."""
    return {number: now.words for number, now in standings(list(volunteer_ids)).items()}


def unrewarded(volunteer_ids: Collection[str], day: date) -> dict[str, str]:
    """Return whose work of a local day the rulebook of that day rewards no more, and which line was
    crossed: by the records of what had happened by the end of that day, and the merit that the book
    had then; they are held. Asks nothing where the rulebook stops nobody's awards."""
    book = in_force(day)
    if "awards" not in book.standing.struck_off_stops | book.standing.blacklisted_stops:
        return {}
    hold_volunteers(volunteer_ids)
    until = min(clock.end_of(day), clock.now())
    this_year = _counts(volunteer_ids, clock.start_of(date(day.year, 1, 1)), until)
    lifetime = _counts(volunteer_ids, None, until)
    found: dict[str, str] = {}
    for number in volunteer_ids:
        merit = ledger.balances(wallet_of(number), at=until).get("merit")
        now = standing(
            book,
            this_year=this_year.get(number, {}),
            lifetime=lifetime.get(number, {}),
            merit=0 if merit is None else merit.balance,
        )
        if "awards" in now.stops:
            found[number] = _("；").join(_(line.text, **line.values) for line in now.lines)
    return found


def _counts(
    volunteer_ids: Collection[str], since: datetime | None, until: datetime | None = None
) -> dict[str, dict[str, int]]:
    found = (
        select(ConductRecord.volunteer_id, ConductRecord.reason, func.count())
        .where(ConductRecord.volunteer_id.in_(volunteer_ids), ConductRecord.status == "recorded")
        .group_by(ConductRecord.volunteer_id, ConductRecord.reason)
    )
    if since is not None:
        found = found.where(ConductRecord.happened_at >= since)
    if until is not None:
        found = found.where(ConductRecord.happened_at <= until)
    counts: dict[str, dict[str, int]] = {}
    for volunteer_id, reason, times in session().execute(found):
        counts.setdefault(volunteer_id, {})[reason] = times
    return counts


def refuse_stopped(book: Rulebook, volunteer_id: str, what: str) -> None:
    """Refuse 403 `not_in_good_standing` when the rulebook stops somebody's claims, redemptions or
    donations (`what`). Asks nothing where the rulebook stops nobody's."""
    rule = book.standing
    if what not in rule.struck_off_stops | rule.blacklisted_stops:
        return
    now = standings([volunteer_id])[volunteer_id]
    if what in now.stops:
        said = _("；").join(_(line.text, **line.values) for line in now.lines)
        raise Refusal(403, "not_in_good_standing", said)
