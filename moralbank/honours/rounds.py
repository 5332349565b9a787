"""Use cases of star rounds: read one, make it final; and what the final ones say."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from flask_babel import gettext as _
from sqlalchemy import (
    ColumnElement,
    Select,
    TextClause,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import aliased

from moralbank.core import audit, clock, periods
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.pagination import Page, paged
from moralbank.core.policy import within
from moralbank.core.problems import Refusal, conflict, forbidden, not_found
from moralbank.core.transaction import operation, query
from moralbank.events.rules import FEWEST_RATINGS
from moralbank.honours.models import COMMENDED, StarResult, StarRound
from moralbank.honours.rules import Work, without_place
from moralbank.honours.wording import said
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, find, names
from moralbank.people.identities import public_names
from moralbank.people.models import Volunteer
from moralbank.rulebook.documents import STARS
from moralbank.rulebook.rules import Commended, Line, without_mean

Subject = Literal["volunteer", "station", "team"]
SUBJECTS: tuple[Subject, ...] = ("volunteer", "station", "team")
PERIOD_KINDS: tuple[periods.Kind, ...] = ("quarter", "year", "lifetime")


@dataclass(frozen=True, slots=True)
class RoundView:
    """A star round, as it is shown. `notice_ended` is how the notice that it hung in ended: clear,
    or with an objection upheld; `computed_by` is whom the audit trail names."""

    id: str
    subject: str
    period: str
    organization_id: str
    organization: str
    status: str
    rulebook_version: int
    computed_at: datetime
    published_at: datetime | None
    reviewed_at: datetime | None
    notice_id: str | None
    notice_ended: str | None
    computed_by: str

    @property
    def period_title(self) -> str:
        """What a reader calls the period."""
        return periods.parse(self.period).title


def view(row: StarRound, organization: str) -> RoundView:
    """Return a round's row as it is shown; `organization` is the name of its own."""
    return RoundView(
        row.id, row.subject, row.period, row.organization_id, organization, _status(row),
        row.rulebook_version, row.computed_at, row.published_at, row.reviewed_at, row.notice_id,
        row.notice_ended, row.computed_by,
    )  # fmt: skip


def _status(row: StarRound) -> str:
    """Return how far a round is: draft, reviewed, noticed or published."""
    if row.status != "published":
        if row.notice_id is not None:
            return "noticed"
        if row.reviewed_at is not None:
            return "reviewed"
    return row.status


@dataclass(frozen=True, slots=True)
class ResultView:
    """One line of a round: a subject under its name of today, its stars and rank, and why."""

    subject_id: str
    name: str
    stars: int
    rank: int
    measures: Work
    commendations: tuple[Commended, ...]
    lines: tuple[Line, ...]

    @property
    def explanation(self) -> list[str]:
        """The lines in the reader's language."""
        return said(self.lines)


@operation("stars.publish")
def publish(actor: Actor, round_id: str) -> RoundView:
    """Make a draft final: from now on its stars count, and the public sees them.

    Refuses 404, 409 `wrong_state` when it is final already, or hangs in a notice whose time is not
    over or in which an objection was upheld, 409 `already_published` when another round of the same
    subject, period and organization is.
    """
    row, organization = _find(actor, round_id)
    if row.status != "draft":
        raise _final()
    if row.notice_id is not None and row.notice_ended is None:
        raise conflict("wrong_state", _("这次评定正在公示，期满、异议办完以后才能定下来。"))
    if row.notice_ended == "upheld":
        raise conflict("wrong_state", _("公示中有异议成立，请重新计算一次。"))
    if _final_one(row) is not None:
        raise conflict("already_published", _("同一期间的评定结果已经公布。"))
    done = session().scalar(
        update(StarRound)
        .where(StarRound.id == row.id, StarRound.status == "draft")
        .values(status="published", published_at=clock.now(), published_by=actor.caller)
        .returning(StarRound.id)
        .execution_options(synchronize_session=False)
    )
    if done is None:  # somebody else was a moment earlier
        raise _final()
    session().refresh(row)
    audit.record(actor, "stars.publish", subject_type="star_round", subject_id=row.id)
    return view(row, organization)


def _final_one(row: StarRound) -> str | None:
    """Return the id of the other round of a round's subject, period and organization that is
    final."""
    return session().scalar(
        select(StarRound.id).where(
            StarRound.subject == row.subject,
            StarRound.period == row.period,
            StarRound.organization_id == row.organization_id,
            StarRound.status == "published",
            StarRound.id != row.id,
        )
    )


@operation("stars.review")
def review(actor: Actor, round_id: str) -> RoundView:
    """Say that a draft was gone through by somebody else than who computed it; then it may hang in
    a notice before it is final. Refuses 404, 403 for whoever computed it, 409 `wrong_state`."""
    row, organization = _find(actor, round_id, hold=True)
    if row.status != "draft" or row.reviewed_at is not None:
        raise conflict("wrong_state", _("这次评定已经复核过，或已经公布。"))
    if row.computed_by == actor.caller:
        raise forbidden(_("要由另一位同事复核。"))
    row.reviewed_at, row.reviewed_by = clock.now(), actor.caller
    session().flush()
    audit.record(actor, "stars.review", subject_type="star_round", subject_id=row.id)
    return view(row, organization)


def to_hang(organization_id: str, period: str, *, hold: bool = False) -> StarRound | None:
    """Return the reviewed draft of an organization and a period that may hang in a notice, held if
    that is asked; None where there is none, or where one of them is final already. Of several it
    is the one reviewed last."""
    final = aliased(StarRound)
    wanted = (
        select(StarRound)
        .where(
            StarRound.organization_id == organization_id,
            StarRound.period == period,
            StarRound.status == "draft",
            StarRound.reviewed_at.is_not(None),
            StarRound.notice_id.is_(None),
            ~select(final.id)
            .where(
                final.subject == StarRound.subject,
                final.period == StarRound.period,
                final.organization_id == StarRound.organization_id,
                final.status == "published",
            )
            .exists(),
        )
        .order_by(StarRound.reviewed_at.desc(), StarRound.id.desc())
        .limit(1)
    )
    if hold:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return session().scalar(wanted)


def hang(organization_id: str, period: str, notice_id: str) -> None:
    """Hang the reviewed draft that there is in a notice, in the caller's transaction."""
    row = to_hang(organization_id, period, hold=True)
    if row is not None:
        row.notice_id = notice_id
        session().flush()


def hung_in(notice_id: str) -> StarRound | None:
    """Return the round that hangs in a notice."""
    return session().scalar(select(StarRound).where(StarRound.notice_id == notice_id))


def take_down(notice_id: str, *, upheld: bool) -> None:
    """Write down, in the caller's transaction, that the notice in which a round hangs is over, and
    whether an objection in it was upheld."""
    session().execute(
        update(StarRound)
        .where(StarRound.notice_id == notice_id)
        .values(notice_ended="upheld" if upheld else "clear")
        .execution_options(synchronize_session=False)
    )


def results_of(round_id: str) -> list["PublishedResult"]:
    """Return the results of one round, as they hang in its notice, the best first."""
    rows = session().execute(
        select(StarResult, StarRound.organization_id)
        .join(StarRound, StarRound.id == StarResult.round_id)
        .where(StarResult.round_id == round_id)
        .order_by(StarResult.place)
    )
    return [published(row, organization_id) for row, organization_id in rows]


def published(row: StarResult, organization_id: str) -> "PublishedResult":
    """Return a result as it stands in the round of an organization."""
    return PublishedResult(
        row.round_id, organization_id, row.subject_id, row.stars, row.rank,
        Work.from_json(row.measures),
    )  # fmt: skip


def _final() -> Refusal:
    return conflict("wrong_state", _("这次评定已经公布，不能再变。"))


def _find(actor: Actor, round_id: str, *, hold: bool = False) -> tuple[StarRound, str]:
    """Return a round within the actor's reach, held if that is asked, and its organization's name.
    Refuses 404."""
    row = session().get(StarRound, round_id, with_for_update=hold, populate_existing=True)
    if row is None:
        raise not_found()
    place = session().get_one(Organization, row.organization_id)
    within(actor, place.path)
    return row, place.name


@query("stars.read")
def get(actor: Actor, round_id: str) -> RoundView:
    """Return a round. Refuses 404."""
    return view(*_find(actor, round_id))


@query("stars.read")
def final_instead(actor: Actor, round_id: str) -> str | None:
    """Return the id of the round that is final in this one's place, if there is one. Refuses
    404."""
    return _final_one(_find(actor, round_id)[0])


@query("stars.read")
def count_stars(actor: Actor, round_id: str) -> dict[int, int]:
    """Return how many of a round have how many stars, by stars, the most first. Refuses 404."""
    row, _organization = _find(actor, round_id)
    rows = session().execute(
        select(StarResult.stars, func.count())
        .where(StarResult.round_id == row.id)
        .group_by(StarResult.stars)
        .order_by(StarResult.stars.desc())
    )
    return {row[0]: row[1] for row in rows}


_DRAFT = StarRound.status == "draft"
_IS = {
    "draft": (_DRAFT, StarRound.reviewed_at.is_(None)),
    "reviewed": (_DRAFT, StarRound.reviewed_at.is_not(None), StarRound.notice_id.is_(None)),
    "noticed": (_DRAFT, StarRound.notice_id.is_not(None)),
    "published": (StarRound.status == "published",),
}


@query("stars.read")
def list_rounds(
    actor: Actor,
    *,
    subject: Subject | None = None,
    period: str | None = None,
    organization_id: str | None = None,
    status: str | None = None,
    cursor: str | None = None,
    limit: int,
) -> Page[RoundView]:
    """List the rounds that the actor may see, newest first. Refuses 404, and 422 for a period
    that there is not."""
    statement: Select[Any] = (
        select(StarRound, Organization.name)
        .join(Organization, Organization.id == StarRound.organization_id)
        .where(below(actor.scope or "/"))
    )
    if subject is not None:
        statement = statement.where(StarRound.subject == subject)
    if period is not None:
        span = periods.read(period, kinds=PERIOD_KINDS)
        statement = statement.where(StarRound.period == span.name)
    if organization_id is not None:
        place = find(actor, organization_id)
        statement = statement.where(StarRound.organization_id == place.id)
    if status is not None:
        statement = statement.where(*_IS[status])
    return paged(
        "star-rounds",
        statement,
        by=[StarRound.id],
        cursor=cursor,
        limit=limit,
        make=lambda row: view(row[0], row[1]),
        newest_first=True,
    )


@query("stars.read")
def results(
    actor: Actor, round_id: str, *, cursor: str | None = None, limit: int
) -> Page[ResultView]:
    """Return the lines of a round, the best first, everybody listed. Refuses 404."""
    row, _organization = _find(actor, round_id)
    page = paged(
        f"star-results:{row.id}",
        select(StarResult).where(StarResult.round_id == row.id),
        by=[StarResult.place],
        cursor=cursor,
        limit=limit,
        make=lambda found: found[0],
    )
    called = _names(row.subject, {one.subject_id for one in page.items})
    return Page([_result(one, called.get(one.subject_id, "")) for one in page.items], page.next)


def _names(subject: str, ids: set[str]) -> dict[str, str]:
    if subject == "volunteer":
        return {number: person.name for number, person in public_names(ids).items()}
    return names(ids)


def _result(row: StarResult, name: str) -> ResultView:
    work = Work.from_json(row.measures)
    return ResultView(
        row.subject_id, name, row.stars, row.rank, work,
        tuple(Commended(**one) for one in row.commendations), _lines(row, work),
    )  # fmt: skip


def _lines(row: StarResult, work: Work) -> tuple[Line, ...]:
    """Return a result's explanation, without a mean that would tell single ratings, and without the
    place where there is no star."""
    lines = [Line.from_json(line) for line in row.explanation]
    if not work.tells_mean:
        lines = [without_mean(line, fewest=FEWEST_RATINGS) for line in lines]
    if not row.stars:
        lines = [without_place(line) for line in lines]
    return tuple(lines)


@dataclass(frozen=True, slots=True)
class PublishedResult:
    """A subject's final stars; `rank` is its place within its round, of `organization_id`.

    There is no name in it: whoever shows it looks up what may be shown.
    """

    round_id: str
    organization_id: str
    subject_id: str
    stars: int
    rank: int
    measures: Work


def explanations(
    results: Collection[tuple[str, str]],
) -> dict[tuple[str, str], tuple[Line, ...]]:
    """Return the explanations of results, each named by its round and its subject."""
    if not results:
        return {}
    rows = session().scalars(
        select(StarResult).where(
            StarResult.round_id.in_({round_id for round_id, _subject_id in results}),
            StarResult.subject_id.in_([subject_id for _round_id, subject_id in results]),
        )
    )
    return {
        (row.round_id, row.subject_id): _lines(row, Work.from_json(row.measures)) for row in rows
    }


def latest_of(subject: Subject, subject_id: str) -> tuple[str, PublishedResult] | None:
    """Return the latest period of which a final round names a subject, with or without stars, and
    its result; where several rounds do, of the one published last. None where none does."""
    found = session().execute(
        select(StarResult, StarRound.organization_id, StarRound.period)
        .join(StarRound, StarRound.id == StarResult.round_id)
        .where(
            StarResult.subject_id == subject_id,
            StarRound.subject == subject,
            StarRound.status == "published",
        )
        .order_by(
            StarRound.ends_on.desc(),
            StarRound.period_kind == "lifetime",
            StarRound.published_at.desc(),
            StarRound.id.desc(),
        )
        .limit(1)
    )
    row = found.one_or_none()
    return None if row is None else (row[2], published(row[0], row[1]))


def published_results(
    path: str | None, subject: Subject, period: str, *, least_stars: int = 0
) -> list[PublishedResult]:
    """Return the final results of a period ("2026Q3") with at least `least_stars`, the best first.

    With a `path`: of rounds at or below it, and of rounds above it those whose subject has its
    place at or below it today. A subject that several rounds name is listed once, as the round
    published last has it.
    """
    statement = _published(path, subject, period).where(StarResult.stars >= least_stars)
    return [published(row, place) for row, place in _latest(statement)]


def commended_results(
    subject: Subject, period: str
) -> list[tuple[PublishedResult, tuple[Commended, ...]]]:
    """Return the final results of a period that earned a commendation, with or without stars, and
    which, the best first; a subject that several rounds name once, as the last one has it."""
    statement = _published(None, subject, period).where(
        COMMENDED, ~_named_later(None, subject, period, least_stars=0)
    )
    return [
        (published(row, place), tuple(Commended(**one) for one in row.commendations))
        for row, place in _latest(statement)
    ]


def _latest(statement: Select[Any]) -> list[tuple[StarResult, str]]:
    """Return results and the organizations of their rounds, the best first; of a subject that
    several rounds name the one that was published last."""
    rows = session().execute(statement.order_by(StarRound.published_at, StarRound.id))
    latest = {row.subject_id: (row, place) for row, place in rows}
    return sorted(latest.values(), key=lambda one: (-one[0].stars, one[0].rank, one[0].subject_id))


def starred_results(
    path: str | None,
    subject: Subject,
    period: str,
    *,
    after: tuple[int, int, str] | None = None,
    most: int,
) -> list[PublishedResult]:
    """Return `most` of those `published_results` that have a star, in the same order; of the ones
    `after` a place in it: stars, rank and subject.

    They are read one number of stars after the other, each in the order of an index, so that a page
    of them takes no longer where there are many.
    """
    first = max(STARS) if after is None else after[0]
    found: list[PublishedResult] = []
    for stars in range(first, 0, -1):
        statement = (
            _published(path, subject, period)
            .where(StarResult.stars == stars, ~_named_later(path, subject, period))
            .order_by(StarResult.rank, StarResult.subject_id)
            .limit(most - len(found))
        )
        if after is not None and stars == first:
            place = tuple_(StarResult.rank, StarResult.subject_id)
            statement = statement.where(place > tuple_(literal(after[1]), literal(after[2])))
        found += [published(row, place) for row, place in session().execute(statement)]
        if len(found) == most:
            break
    return found


def starred_people(path: str | None, period: str, *, most: int) -> list[tuple[str, str]]:
    """Return the round and the volunteer of `most` of the `starred_results`, in no order."""
    statement = (
        _published(path, "volunteer", period)
        .with_only_columns(StarResult.round_id, StarResult.subject_id)
        .where(StarResult.stars > 0, ~_named_later(path, "volunteer", period))
        .limit(most)
    )
    return [(row[0], row[1]) for row in session().execute(statement)]


def _named_later(
    path: str | None, subject: Subject, period: str, *, least_stars: int = 1
) -> ColumnElement[bool]:
    """Return the condition that a round that was published later gave a result's subject so many
    stars at least."""
    later, later_round = aliased(StarResult), aliased(StarRound)
    return (
        _published(path, subject, period, result=later, of=later_round)
        .with_only_columns(later.subject_id)
        .where(
            later.subject_id == StarResult.subject_id,
            later.stars >= least_stars,
            tuple_(later_round.published_at, later_round.id)
            > tuple_(StarRound.published_at, StarRound.id),
        )
        .correlate(StarResult, StarRound)
        .exists()
    )


def _published(
    path: str | None,
    subject: Subject,
    period: str,
    *,
    result: Any = StarResult,
    of: Any = StarRound,
) -> Select[Any]:
    """Return the results, each with its round's organization, that `published_results` has."""
    statement = (
        select(result, of.organization_id)
        .join(of, of.id == result.round_id)
        .where(of.subject == subject, of.period == period, of.status == "published")
    )
    if path is None:
        return statement
    of_round, of_subject = aliased(Organization), aliased(Organization)
    statement = statement.join(of_round, of_round.id == of.organization_id)
    if subject == "volunteer":
        person = aliased(Volunteer)
        statement = statement.join(person, person.id == result.subject_id).join(
            of_subject, of_subject.id == person.community_id
        )
    else:
        statement = statement.join(of_subject, of_subject.id == result.subject_id)
    return statement.where(
        or_(
            of_round.path.startswith(path, autoescape=True),
            and_(
                literal(path).startswith(of_round.path),
                of_subject.path.startswith(path, autoescape=True),
            ),
        )
    )


def published_periods(path: str | None, subject: Subject) -> list[str]:
    """Return the names of the periods with a published round at, below or above `path`, the
    latest first, and of those that end together the lifetime last. One that is not over yet comes
    after all that are: its stars are of a part of it."""
    statement = (
        select(StarRound.period)
        .join(Organization, Organization.id == StarRound.organization_id)
        .where(StarRound.subject == subject, StarRound.status == "published")
        .group_by(StarRound.period, StarRound.period_kind)
        .order_by(
            case((func.max(StarRound.ends_on) < clock.today(), 0), else_=1),
            func.max(StarRound.ends_on).desc(),
            StarRound.period_kind == "lifetime",
            StarRound.period.desc(),
        )
    )
    if path is not None:
        statement = statement.where(or_(below(path), literal(path).startswith(Organization.path)))
    return list(session().scalars(statement))


@dataclass(frozen=True, slots=True)
class Starred:
    """A published round that has something to say of a volunteer: how many stars, and what it
    counted."""

    round: RoundView
    stars: int
    measures: Work

    @property
    def last_day(self) -> date:
        """The last day of its period."""
        return periods.parse(self.round.period).last


def starred_rounds(volunteer_id: str) -> list[Starred]:
    """Return the published rounds that gave a volunteer stars, the latest period first; where
    several name one period, the one published last."""
    return _rounds_of(volunteer_id, StarResult.stars > 0)


def commended_rounds(volunteer_id: str) -> list[Starred]:
    """Return likewise those that commended a volunteer, with or without stars."""
    return _rounds_of(volunteer_id, COMMENDED)


def _rounds_of(volunteer_id: str, condition: ColumnElement[bool] | TextClause) -> list[Starred]:
    rows = session().execute(
        select(StarRound, Organization.name, StarResult.stars, StarResult.measures)
        .join(StarResult, StarResult.round_id == StarRound.id)
        .join(Organization, Organization.id == StarRound.organization_id)
        .where(
            StarResult.subject_id == volunteer_id,
            condition,
            StarRound.subject == "volunteer",
            StarRound.status == "published",
        )
        .order_by(StarRound.ends_on, StarRound.published_at, StarRound.id)
    )
    latest = {
        row.period: Starred(view(row, place), stars, Work.from_json(stored))
        for row, place, stars, stored in rows
    }
    return sorted(latest.values(), key=lambda one: one.last_day, reverse=True)


def current_stars(volunteer_id: str) -> int:
    """Return the most stars that a volunteer holds: of the latest quarter, the latest year and the
    latest lifetime that were published with them in it; 0 where there is none.

    Whoever is struck off keeps the stars that are on record.
    """
    latest = (
        select(
            StarResult.stars,
            func.row_number()
            .over(
                partition_by=StarRound.period_kind,
                order_by=(
                    StarRound.ends_on.desc(), StarRound.published_at.desc(), StarRound.id.desc(),
                ),
            )
            .label("place"),
        )
        .join(StarRound, StarRound.id == StarResult.round_id)
        .where(
            StarResult.subject_id == volunteer_id,
            StarRound.subject == "volunteer",
            StarRound.status == "published",
        )
        .subquery()
    )  # fmt: skip
    return session().scalar(select(func.max(latest.c.stars)).where(latest.c.place == 1)) or 0
