"""Computing a star round: what everybody did, and what that is worth."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import insert, select
from sqlalchemy.orm import InstrumentedAttribute

from moralbank.core import audit, clock, periods
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.problems import invalid_field
from moralbank.core.transaction import operation
from moralbank.events.awarding import measures
from moralbank.events.awarding.measures import Measures, Ratings
from moralbank.events.awarding.standings import ConductSums, conduct_sums, standings_of
from moralbank.honours.models import StarResult, StarRound
from moralbank.honours.rounds import PERIOD_KINDS, RoundView, Subject, view
from moralbank.honours.rules import Conduct, Work, standings
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, find
from moralbank.people.history import merged_accounts
from moralbank.people.models import Volunteer
from moralbank.rulebook.operations import rulebook, version_in_force
from moralbank.rulebook.rules import NO_PRIOR, Prior

LEVELS = {
    "volunteer": ("district", "street", "community"),
    "station": ("district", "street", "community", "station"),
    "team": ("district", "street", "community", "station"),
}
"""At or below which organizations each kind of subject can be found."""


@operation("stars.compute")
def compute(actor: Actor, *, subject: Subject, period: str, organization_id: str) -> RoundView:
    """Compute the stars of every subject at or below an organization, as a draft.

    The rulebook is the one in force on the period's last day, or today while it runs. A round that
    was computed before stays as it is: this one is another. Refuses 404, and 422 for a period that
    is no quarter, year or lifetime or has not begun, or an organization that can have no such
    subjects.
    """
    place = find(actor, organization_id)
    if place.level not in LEVELS[subject]:
        raise invalid_field("organization_id", _("这一级组织没有这类评定对象。"))
    span = periods.read(period, kinds=PERIOD_KINDS)
    version = version_in_force(min(span.last, clock.today()))
    works, known = (
        _people(place.path, span) if subject == "volunteer" else _groups(subject, place.path, span)
    )
    rules = rulebook(version)
    prior = _prior(place.path, span, weight=rules.prior_ratings)
    works = {number: replace(work, prior=prior) for number, work in works.items()}
    listed = standings(rules, works, subject=subject, period_kind=span.kind, conduct=known)
    number = new_id()
    session().execute(
        insert(StarRound),
        {
            "id": number,
            "subject": subject,
            "period": span.name,
            "period_kind": span.kind,
            "starts_on": span.first,
            "ends_on": span.last,
            "organization_id": place.id,
            "status": "draft",
            "rulebook_version": version,
            "computed_at": clock.now(),
            "computed_by": actor.caller,
        },
    )
    rows = [
        {
            "round_id": number,
            "place": line_no,
            "subject_id": one.subject_id,
            "stars": one.stars,
            "rank": one.rank,
            "measures": one.work.to_json(),
            "explanation": [line.to_json() for line in one.lines],
            "commendations": [asdict(given) for given in one.commendations],
        }
        for line_no, one in enumerate(listed, 1)
    ]
    if rows:
        session().execute(insert(StarResult), rows)
    audit.record(
        actor, "stars.compute", subject_type="star_round", subject_id=number, subject=subject,
        period=span.name, organization_id=place.id,
    )  # fmt: skip
    return view(session().get_one(StarRound, number), place.name)


def _prior(path: str, span: periods.Period, *, weight: int) -> Prior:
    """Return what all ratings of the period were, in the district that `path` lies in."""
    if not weight:
        return NO_PRIOR
    district = f"/{path.split('/')[1]}/"
    found = measures.ratings_in(district, since=span.since, until=span.until)
    return Prior(weight, found.ratings, found.stars, found.squares)


NOTED_NOTHING = ConductSums(0, 0, frozenset())

Found = tuple[dict[str, Work], dict[str, Conduct]]
"""What each subject did, those who did nothing too, and what is on record of some besides."""


def _people(path: str, span: periods.Period) -> Found:
    """Return what the volunteers at or below `path` did in a period, and how they behaved."""
    into = merged_accounts()
    # An account that went into one here may have been elsewhere.
    counted = measures.by_volunteer("/" if into else path, since=span.since, until=span.until)
    done = _of_one_person(counted, into)
    noted = conduct_sums(path, since=span.since, until=span.until)
    end = min(span.last, clock.today())
    works = {
        number: _work(
            done.get(number, Measures()),
            tenure_days=max(0, (end - clock.local_date(opened_at)).days),
        )
        for number, opened_at in _volunteers(path)
    }
    standing = standings_of(works)
    known: dict[str, Conduct] = {}
    for number in works:
        note = noted.get(number, NOTED_NOTHING)
        known[number] = Conduct(
            points=note.points, merit=note.merit, reasons=note.reasons, standing=standing[number]
        )
    return works, known


def _of_one_person(done: Mapping[str, Measures], into: Mapping[str, str]) -> dict[str, Measures]:
    """Add the work under an account that was merged to that of the account into which it went."""
    whole: dict[str, Measures] = {}
    for number, work in done.items():
        person = into.get(number, number)
        whole[person] = whole.get(person, Measures()) + work
    return whole


def _groups(subject: Subject, path: str, span: periods.Period) -> Found:
    """Return what the members of each station or team at or below `path` did in a period."""
    # They may have their accounts elsewhere: their work counts alike.
    done = measures.by_volunteer("/", since=span.since, until=span.until)
    noted = conduct_sums("/", since=span.since, until=span.until)
    works = {
        number: _work(Measures(), members=0, took_part=0)
        for number in session().scalars(
            select(Organization.id).where(Organization.level == subject, below(path))
        )
    }
    rated = measures.ratings_by_group(_group(subject), since=span.since, until=span.until)
    known: dict[str, Conduct] = {}
    for group_id, members in _members(subject, path).items():
        all_of_it = sum((done.get(one, Measures()) for one in members), Measures())
        # Each member's hours and errands are work; the rating of an errand is one, whoever did it.
        once = rated.get(group_id, Ratings())
        works[group_id] = _work(
            replace(all_of_it, ratings=once.ratings, stars=once.stars),
            # Who left counts where they worked in the period, as their work does.
            members=sum(is_open or one in done for one, is_open in members.items()),
            took_part=sum(one in done for one in members),
        )
        behaved = [noted[one] for one in members if one in noted]
        known[group_id] = Conduct(
            points=sum(one.points for one in behaved), merit=sum(one.merit for one in behaved)
        )
    return works, known


def _volunteers(path: str) -> Iterable[tuple[str, datetime]]:
    """Return the volunteers at or below `path`, and when each one's account was opened."""
    return (
        session()
        .execute(
            select(Volunteer.id, Volunteer.opened_at)
            .join(Organization, Organization.id == Volunteer.community_id)
            .where(below(path), Volunteer.status != "closed")
        )
        .tuples()
    )


def _group(subject: Subject) -> InstrumentedAttribute[str | None]:
    return Volunteer.station_id if subject == "station" else Volunteer.team_id


def _members(subject: Subject, path: str) -> dict[str, dict[str, bool]]:
    """Return the volunteers of each station or team at or below `path` that has any, and whether
    their accounts are open."""
    group = _group(subject)
    members: defaultdict[str, dict[str, bool]] = defaultdict(dict)
    for group_id, volunteer_id, status in session().execute(
        select(group, Volunteer.id, Volunteer.status)
        .join(Organization, Organization.id == group)
        .where(below(path))
    ):
        members[group_id][volunteer_id] = status != "closed"
    return members


def _work(
    done: Measures,
    *,
    tenure_days: int | None = None,
    members: int | None = None,
    took_part: int | None = None,
) -> Work:
    return Work(
        minutes=done.minutes,
        points=done.points,
        merit=done.merit,
        events=done.events,
        ratings=done.ratings,
        rating_stars=done.stars,
        tenure_days=tenure_days,
        rated_errands=done.ratings,
        members=members,
        took_part=took_part,
    )
