"""Published stars under the names that may be shown: whoever agrees, masked; others by an alias."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from moralbank.core import periods
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.pagination import Page, decode_cursor, encode_cursor
from moralbank.core.transaction import query
from moralbank.honours import rounds
from moralbank.honours.rounds import SUBJECTS, PublishedResult, Subject
from moralbank.honours.rules import Work, for_everybody, of_class
from moralbank.honours.wording import said
from moralbank.notices.lines import alias_marks
from moralbank.notices.rules import SMALL_GROUP, aliases
from moralbank.notices.scope import scope_of
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import names
from moralbank.people.models import Volunteer
from moralbank.people.naming import named_in_public
from moralbank.rulebook.rules import Line

LIST = "public-stars"
SHORT_LIST = 200
"""In a list of so many people aliases are compared with each other."""
LONG_ALIAS = 8
"""How many letters an alias has in a longer one."""

Found = tuple[Subject, str, PublishedResult]
"""What the subject is, the period, and the result."""


@dataclass(frozen=True, slots=True)
class Why:
    """Why a station or a team has its stars, as anybody may read it. Where fewer people did the
    work than may be told apart, or it is not on record how many did (`counted`), there are no
    measures, and the lines say no more than with whom it was compared."""

    measures: Work | None
    counted: bool
    lines: list[str]


def why(work: Work, lines: Sequence[Line]) -> Why:
    """Return what may be told of a group's explanation: its figures are statistics of the people
    who did the work, and hold to the rule of small groups."""
    counted = work.took_part is not None
    if (work.took_part or 0) < SMALL_GROUP:
        return Why(None, counted, said(of_class(lines)))
    return Why(work, counted, said(for_everybody(lines)))


@dataclass(frozen=True, slots=True)
class PublicStars:
    """One subject's published stars, under the name that may be shown at this moment; of a station
    or a team also why."""

    subject: Subject
    period: str
    round_organization_id: str
    organization: str
    display_name: str
    stars: int
    rank: int
    minutes: int
    points: int
    why: Why | None = None

    @property
    def period_title(self) -> str:
        """What a reader calls the period."""
        return periods.parse(self.period).title


@query("public.read")
def stars(
    _actor: Actor,
    *,
    organization_id: str | None = None,
    period: str | None = None,
    subject: Subject | None = None,
    cursor: str | None = None,
    limit: int,
) -> Page[PublicStars]:
    """Return the published stars of a period, by default the latest one published, the best first;
    who reached none is not listed. Refuses 404, 422."""
    path = scope_of(organization_id=organization_id).path
    place = None if cursor is None else decode_cursor(LIST, cursor)
    found: list[Found] = []
    for one in (subject,) if subject else SUBJECTS:
        if place is not None and SUBJECTS.index(one) < SUBJECTS.index(place[0]):
            continue
        after = tuple(place[1:]) if place is not None and place[0] == one else None
        asked = _named(period) if period is not None else latest_period(path, one)
        if asked is not None:
            results = rounds.starred_results(
                path, one, asked, after=after, most=limit + 1 - len(found)
            )
            found += [(one, asked, result) for result in results]
        if len(found) > limit:
            break
    items = found[:limit]
    if len(found) <= limit:
        return Page(_shown(items, path), None)
    last, _period, result = items[-1]
    following = encode_cursor(LIST, [last, result.stars, result.rank, result.subject_id])
    return Page(_shown(items, path), following)


@dataclass(frozen=True, slots=True)
class Commendation:
    """A medal or prize of the rulebook: who earned it, how many times each, and how many more did
    than are named."""

    name: str
    people: list[tuple[PublicStars, int]]
    more: int


@query("public.read")
def commended(_actor: Actor, *, subject: Subject, period: str, most: int) -> list[Commendation]:
    """Return who earned what besides the stars in the published rounds of a period, at most `most`
    of each, who has more stars first."""
    earned = rounds.commended_results(subject, period)
    if not earned:
        return []
    holders: dict[tuple[str, str], list[tuple[PublishedResult, int]]] = {}
    for result, commendations in earned:
        for one in commendations:
            holders.setdefault((one.code, one.name), []).append((result, one.times))
    given = []
    for (_code, name), people in holders.items():
        named = people[:most]
        shown = _shown([(subject, period, result) for result, _times in named], None)
        times = [many for _result, many in named]
        given.append(
            Commendation(name, list(zip(shown, times, strict=True)), len(people) - len(named))
        )
    return given


def _named(period: str) -> str:
    return periods.read(period, kinds=periods.ALL_KINDS).name


def latest_period(path: str | None, subject: Subject) -> str | None:
    """Return the latest period with published stars of a kind of subject."""
    return next(iter(rounds.published_periods(path, subject)), None)


def _shown(wanted: Sequence[Found], path: str | None) -> list[PublicStars]:
    """Name `wanted`, of the list of `path`."""
    alias = _aliases(wanted, path)
    people = [result.subject_id for subject, _period, result in wanted if subject == "volunteer"]
    homes = _homes(people)
    called = names(
        {result.subject_id for subject, _period, result in wanted if subject != "volunteer"}
        | {result.organization_id for _subject, _period, result in wanted}
    )
    called |= {number: alias[number] for number in people} | named_in_public(people)
    reasons = rounds.explanations(
        [
            (one.round_id, one.subject_id)
            for subject, _period, one in wanted
            if subject != "volunteer"
        ]
    )
    return [
        PublicStars(
            subject, period, result.organization_id,
            homes.get(result.subject_id) or called.get(result.organization_id, ""),
            called.get(result.subject_id, ""), result.stars, result.rank,
            result.measures.minutes, result.measures.points,
            why(result.measures, reasons[result.round_id, result.subject_id])
            if subject != "volunteer" else None,
        )
        for subject, period, result in wanted
    ]  # fmt: skip


def _homes(people: Sequence[str]) -> dict[str, str]:
    """Return the communities of those who agree to be named; of the others an alias alone is
    told, as a small community could give them away."""
    rows = session().execute(
        select(Volunteer.id, Organization.name)
        .join(Organization, Organization.id == Volunteer.community_id)
        .where(Volunteer.id.in_(people), Volunteer.publish_consent)
    )
    return {row[0]: row[1] for row in rows}


def _aliases(wanted: Sequence[Found], path: str | None) -> dict[str, str]:
    """Return the aliases of the people in a part of a list."""
    period = next((period for subject, period, _result in wanted if subject == "volunteer"), None)
    if period is None:
        return {}
    asked = [(one.round_id, one.subject_id) for subject, _, one in wanted if subject == "volunteer"]
    return aliases_in(path, period, asked)


def aliases_in(path: str | None, period: str, asked: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the aliases of some people, each with their round, in the list of a place and a
    period. An alias belongs to one list of one round. In a short list it is told from all others;
    in a long one it is so long that no two are alike."""
    people = rounds.starred_people(path, period, most=SHORT_LIST + 1)
    short = len(people) <= SHORT_LIST
    marks: dict[str, bytes] = {}
    for round_id, number in [*people, *asked] if short else asked:
        # Another one in the list of each place: else a community's list would tell where those are
        # at home of whom the district's list does not.
        marks |= alias_marks(f"{round_id}{path or ''}", [number])
    return aliases(marks) if short else aliases(marks, shortest=LONG_ALIAS)


@dataclass(frozen=True, slots=True)
class Best:
    """The latest period that was published, and who has the most stars of it: nobody, where nobody
    reached one."""

    period: str
    people: list[PublicStars]

    @property
    def period_title(self) -> str:
        """What a reader calls the period."""
        return periods.parse(self.period).title


@query("public.read")
def best_volunteers(_actor: Actor, *, organization_id: str | None = None, most: int) -> Best | None:
    """Return the volunteers with the most stars of the latest period that was published, at most
    `most` of them; None where none was. Refuses 404."""
    path = scope_of(organization_id=organization_id).path
    period = latest_period(path, "volunteer")
    if period is None:
        return None
    best = rounds.starred_results(path, "volunteer", period, most=most)
    return Best(period, _shown([("volunteer", period, result) for result in best], path))


@query("public.read")
def stars_of(_actor: Actor, subject: Subject, subject_id: str) -> PublicStars | None:
    """Return what a station or a team reached in the latest round that names it, stars or none;
    None where none does."""
    found = rounds.latest_of(subject, subject_id)
    return None if found is None else _shown([(subject, *found)], None)[0]


@dataclass(frozen=True, slots=True)
class PublishedRound:
    """A period with published stars of one kind of subject."""

    subject: Subject
    period: str

    @property
    def period_title(self) -> str:
        """What a reader calls the period."""
        return periods.parse(self.period).title


@query("public.read")
def published_rounds(_actor: Actor) -> list[PublishedRound]:
    """Return the periods with published stars: volunteers', then stations', then teams', each the
    latest first."""
    return [
        PublishedRound(subject, period)
        for subject in SUBJECTS
        for period in rounds.published_periods(None, subject)
    ]
