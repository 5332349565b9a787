"""What a notice says, line by line: gathered when it is posted, named when it is shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

from flask_babel import gettext as _
from sqlalchemy import func, insert, select

from moralbank.core import clock, keys
from moralbank.core.db import session
from moralbank.core.language import in_chinese
from moralbank.events.awarding.models import Award
from moralbank.honours import rounds
from moralbank.honours.models import StarRound
from moralbank.honours.rounds import PublishedResult, Subject
from moralbank.honours.rules import Work, shared_out, size_class_of
from moralbank.market import receipts
from moralbank.market.receipts import RedemptionView
from moralbank.notices.counted import counted_in
from moralbank.notices.models import Notice, NoticeLine
from moralbank.notices.rules import SMALL_GROUP, aliases
from moralbank.notices.scope import Scope, notice_period, notice_scope
from moralbank.notices.spending import SpentLine, spent_in
from moralbank.organizations.operations import names
from moralbank.rulebook.changes import Change, changes
from moralbank.rulebook.operations import rulebook, turns
from moralbank.rulebook.rules import Line
from moralbank.rulebook.rules.lines import number_down

SUBJECTS = {
    "points": "volunteer",
    "redemptions": "volunteer",
    "stars": "volunteer",
    "stock_counts": "goods",
    "rule_changes": "rule",
}
"""What the lines of each kind are about; stars may be of stations or teams instead."""


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line before it has a number. `figures` is plain JSON with points in hundredths; `order`
    says where it stands; `name` is what a station, a team, goods or a rule is called, None for a
    person."""

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
    """All lines of a notice, and what they are about, as `Notice.subjects` has it."""

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
    found = _found(notice)
    if found is None:
        return None
    subjects, drafts = found
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


@in_chinese
def _found(notice: Notice) -> tuple[str, list[DraftLine]] | None:
    """Return what the lines are about, and the lines."""
    scope = notice_scope(notice.kind, organization_id=notice.organization_id, period=notice.period)
    if notice.kind == "stars":
        return _reviewed_stars(notice) or _published_stars(scope, notice.period)
    if notice.kind == "rule_changes":
        return SUBJECTS[notice.kind], _rule_changes(notice.period)
    of_kind = {"points": _points, "redemptions": _redemptions, "stock_counts": _stock_counts}
    return SUBJECTS[notice.kind], of_kind[notice.kind](scope)


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


def _stock_counts(scope: Scope) -> list[DraftLine]:
    drafts = []
    for place, line in enumerate(counted_in(scope)):
        figures = {
            "occurred_on": clock.local_date(line.posted_at).isoformat(),
            "supermarket": line.supermarket,
            "unit": line.unit,
            "expected": line.expected,
            "counted": line.counted,
            "difference": line.difference,
            "reason": line.reason,
        }
        drafts.append(DraftLine(line.goods_id, figures, (place,), line.goods))
    return drafts


def _rule_changes(period: str) -> list[DraftLine]:
    span = notice_period("rule_changes", period)
    drafts: list[DraftLine] = []
    for day, before, version in turns(span.first, span.last):
        told = changes(rulebook(before), rulebook(version)) or [_none_in_words(before, version)]
        for one in told:
            figures = {
                "effective_from": day.isoformat(),
                "version": version,
                "before": one.before,
                "after": one.after,
            }
            drafts.append(DraftLine(str(version), figures, (len(drafts),), one.name))
    return drafts


def _none_in_words(before: int, version: int) -> Change:
    """A version that reads like the one before it is told of all the same."""
    return Change(
        _("规则书（文字没有变化）"), _("第 %(n)d 版", n=before), _("第 %(n)d 版", n=version)
    )


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
    groups = [] if subject == "volunteer" else results
    called = names({one.subject_id for one in groups})
    reasons = rounds.explanations([(one.round_id, one.subject_id) for one in groups])
    return [
        DraftLine(
            one.subject_id,
            {
                "stars": one.stars,
                "rank": one.rank,
                "points": one.measures.points,
                "minutes": one.measures.minutes,
                **_of_group(one.measures, reasons.get((one.round_id, one.subject_id), ())),
            },
            (-one.stars, one.rank),
            called.get(one.subject_id),
        )
        for one in results
    ]


def _of_group(work: Work, reasons: Sequence[Line]) -> dict[str, Any]:
    """Return the class among which a group has its rank, where there are classes, and why it has
    its stars as far as anybody may know (`star_lists.why`): its members, the hours of each where
    they were shared out, the mean as counted with its span. `members` is None where that would tell
    of single people, and left out where it is not on record how many did the work."""
    told: dict[str, Any] = {}
    if (size := size_class_of(reasons)) is not None:
        told |= {"size_from": size[0], "size_to": size[1]}
    if work.members is None or work.took_part is None:
        return told
    if work.took_part < SMALL_GROUP:
        return told | {"members": None}
    told["members"] = work.members
    if work.members and shared_out(reasons):
        told["hours_each"] = number_down(Fraction(work.minutes, 60 * work.members))
    if work.satisfaction_text is not None and work.satisfaction_span is not None:
        low, high = work.satisfaction_span
        told |= {"mean": work.satisfaction_text, "mean_from": low, "mean_to": high}
    return told


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
    return [numbered(row) for row in session().scalars(statement)]


def numbered(row: NoticeLine) -> NumberedLine:
    """Return a line as it is frozen."""
    return NumberedLine(row.line_no, row.subject_id, row.alias, row.figures)
