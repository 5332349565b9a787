"""What a notice says, line by line: gathered when it is posted, named when it is shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import func, insert, select

from moralbank.core import clock, keys
from moralbank.core.db import session
from moralbank.events.awarding.models import Award
from moralbank.honours import rounds
from moralbank.honours.models import StarRound
from moralbank.honours.rounds import PublishedResult, Subject
from moralbank.market import receipts
from moralbank.market.receipts import RedemptionView
from moralbank.notices.models import Notice, NoticeLine
from moralbank.notices.rules import aliases
from moralbank.notices.scope import PERIOD_KINDS, Scope, scope_of
from moralbank.notices.spending import SpentLine, spent_in
from moralbank.organizations.operations import names


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line before it has a number. `figures` is plain JSON with points in hundredths; `order`
    says where it stands; `name` is what a station or a team is called, None for a person."""

    subject_id: str
    figures: dict[str, Any]
    order: tuple[Any, ...]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class NumberedLine:
    """A line as it is frozen. `alias` is what stands there when its subject is not named."""

    line_no: int
    subject_id: str
    alias: str
    figures: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Gathered:
    """All lines of a notice, and who they are about: volunteers, stations or teams."""

    subjects: str
    lines: list[NumberedLine]


def alias_marks(of: str, subject_ids: Iterable[str]) -> dict[str, bytes]:
    """Return the keyed marks of subjects in the notice or round `of`, for their aliases."""
    return {
        subject_id: keys.check_bytes("alias", f"{of}/{subject_id}")[0] for subject_id in subject_ids
    }


def gather(notice: Notice) -> Gathered | None:
    """Return a notice's lines as the book stands now; None where there is nothing to post yet
    (stars without a published or a reviewed round)."""
    subjects = "volunteer"
    scope = scope_of(
        organization_id=notice.organization_id,
        period=notice.period,
        kinds=PERIOD_KINDS[notice.kind],
    )
    if notice.kind == "points":
        drafts = _points(scope)
    elif notice.kind == "redemptions":
        drafts = _redemptions(scope)
    else:
        results = _reviewed_stars(notice) or _published_stars(scope, notice.period)
        if results is None:
            return None
        subjects, drafts = results
    people = {draft.subject_id for draft in drafts if draft.name is None}
    alias = aliases(alias_marks(notice.id, people))
    named = [(draft, draft.name or alias[draft.subject_id]) for draft in drafts]
    # Ties stand in the order of their aliases, which says nothing about who they are.
    named.sort(key=lambda pair: (*pair[0].order, pair[1]))
    return Gathered(
        subjects,
        [
            NumberedLine(number, draft.subject_id, text, draft.figures)
            for number, (draft, text) in enumerate(named, start=1)
        ],
    )


def _points(scope: Scope) -> list[DraftLine]:
    rows = session().execute(
        select(Award.volunteer_id, func.sum(Award.points), func.sum(Award.minutes), func.count())
        .where(scope.awards, Award.status != "reversed")
        .group_by(Award.volunteer_id)
    )
    return [
        DraftLine(
            volunteer_id,
            {"points": int(points), "minutes": int(minutes), "service_events": events},
            (-int(points),),
        )
        for volunteer_id, points, minutes, events in rows
    ]


def _redemptions(scope: Scope) -> list[DraftLine]:
    drafts = []
    for made in receipts.redemptions_between(scope.path, scope.since, scope.until):
        if made.status != "completed":
            continue
        day = clock.local_date(made.occurred_at).isoformat()
        drafts.append(DraftLine(made.volunteer_id, _bought(made, day), (day,)))
    for subject_id, line in spent_in(scope):
        # The pool is named, and of a gift to one household that it was one; never whom it reached.
        day = line.occurred_on.isoformat()
        drafts.append(DraftLine(subject_id, _bought(line, day), (day,), line.payer))
    return drafts


def _bought(made: RedemptionView | SpentLine, day: str) -> dict[str, Any]:
    return {
        "points": made.points,
        "occurred_on": day,
        "supermarket": made.supermarket,
        "goods": [{"name": line.name, "quantity": line.quantity} for line in made.lines],
    }


def _published_stars(scope: Scope, period: str) -> tuple[Subject, list[DraftLine]] | None:
    """Return the results of the round of the period that was published last and has subjects at
    or below the scope's organization; None where there is none."""
    assert scope.path is not None
    latest = (
        select(StarRound.subject)
        .where(StarRound.period == period, StarRound.status == "published")
        .group_by(StarRound.subject)
        .order_by(func.max(StarRound.published_at).desc())
    )
    for word in session().scalars(latest).all():
        subject = cast(Subject, word)
        results = rounds.published_results(scope.path, subject, period)
        if results:
            return subject, _of_stars(subject, results)
    return None


def _reviewed_stars(notice: Notice) -> tuple[Subject, list[DraftLine]] | None:
    """Return the results of the round that hangs in the notice, or that would if it were posted
    now; None where there is none."""
    row = rounds.hung_in(notice.id) or rounds.to_hang(notice.organization_id, notice.period)
    if row is None:
        return None
    subject = cast(Subject, row.subject)
    return subject, _of_stars(subject, rounds.results_of(row.id))


def _of_stars(subject: Subject, results: list[PublishedResult]) -> list[DraftLine]:
    called = names({one.subject_id for one in results}) if subject != "volunteer" else {}
    return [
        DraftLine(
            one.subject_id,
            {
                "stars": one.stars,
                "rank": one.rank,
                "points": one.measures.points,
                "minutes": one.measures.minutes,
            },
            (-one.stars, one.rank),
            called.get(one.subject_id),
        )
        for one in results
    ]


def write(notice_id: str, lines: Iterable[NumberedLine]) -> None:
    """Freeze a notice's lines."""
    rows = [
        {
            "notice_id": notice_id,
            "line_no": line.line_no,
            "subject_id": line.subject_id,
            "alias": line.alias,
            "figures": line.figures,
        }
        for line in lines
    ]
    if rows:
        session().execute(insert(NoticeLine), rows)


def frozen(notice_id: str, *, after: int = 0, limit: int | None = None) -> list[NumberedLine]:
    """Return the lines of a posted notice, from line `after` + 1 on."""
    statement = (
        select(NoticeLine)
        .where(NoticeLine.notice_id == notice_id, NoticeLine.line_no > after)
        .order_by(NoticeLine.line_no)
        .limit(limit)
    )
    return [
        NumberedLine(row.line_no, row.subject_id, row.alias, row.figures)
        for row in session().scalars(statement)
    ]
