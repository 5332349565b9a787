"""Use cases of a release: provisional awards count once enough people have looked at them, and once
a notice has hung for as long as the rulebook asks, without a word against them.
"""

from collections.abc import Iterable, Sequence

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, insert, select, update

from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.problems import conflict, forbidden
from moralbank.core.transaction import operation
from moralbank.events.awarding import awards
from moralbank.events.awarding.awards import AwardView, awards_of
from moralbank.events.awarding.models import Award
from moralbank.events.awarding.taking_back import take_back
from moralbank.events.changes import hands_of, hold, hold_within, move, wrong_state
from moralbank.events.checking.models import AwardReview, Flag
from moralbank.events.models import ServiceEvent
from moralbank.events.reach import reached
from moralbank.organizations.models import Organization
from moralbank.rulebook.operations import rulebook


@operation("awards.review")
def review(actor: Actor, event_id: str) -> None:
    """Say that the provisional awards of an errand are right; the last of the people whom the
    rulebook asks for releases them, unless they wait for a notice too.

    Refuses 404; 403 for whoever did, recorded or entered anything of the errand; 409 `wrong_state`
    when nothing of it waits for a review, 409 `already_reviewed` for the same person twice.
    """
    event = hold_within(actor, event_id)
    if event.status not in RELEASABLE or not asks_reviewers(awards_of(event.id)):
        raise wrong_state()
    if hands_of(actor, event):
        raise forbidden(_("做过、录入过或提出过这件事的人不能复核。"))
    if session().get(AwardReview, (event.id, actor.caller)) is not None:
        raise conflict("already_reviewed", _("您已经复核过；还要另一个人。"))
    session().execute(
        insert(AwardReview),
        {"event_id": event.id, "reviewer": actor.caller, "reviewed_at": clock.now()},
    )
    audit.record(actor, "awards.review", subject_type="service_event", subject_id=event.id)
    release_ready(actor, event)


RELEASABLE = frozenset({"rated", "dismissed"})
"""States in which awards may be released; a disputed errand's wait for the decision."""


def asks_reviewers(found: Iterable[AwardView]) -> bool:
    """Tell whether any of some awards waits for somebody to look at it."""
    return any(
        one.status == "provisional" and rulebook(one.rulebook_version).release.reviewers > 0
        for one in found
    )


def release_ready(actor: Actor, event: ServiceEvent) -> None:
    """Release what waits for nothing more of an errand that is held, in the caller's transaction;
    when nothing is provisional any more, a rated errand is awarded, or upheld where objections
    took all of it back."""
    if event.status not in RELEASABLE:
        return
    flagged = select(Flag.id).where(Flag.event_id == event.id, Flag.status == "open", Flag.delays)
    if session().scalar(flagged.limit(1)) is not None:
        return
    reviews = session().scalar(
        select(func.count()).select_from(AwardReview).where(AwardReview.event_id == event.id)
    )
    waiting = [one for one in awards_of(event.id) if one.status == "provisional"]
    ready = [one.volunteer_id for one in waiting if _ready(one, reviews or 0)]
    if ready:
        awards.release(event, at=clock.now(), volunteer_ids=ready)
    if len(ready) == len(waiting) and event.status == "rated":
        stands = any(one.status == "awarded" for one in awards_of(event.id))
        move(actor, event, "awarded" if stands else "upheld")


def _ready(award: AwardView, reviews: int) -> bool:
    release = rulebook(award.rulebook_version).release
    posted = release.notice_working_days is None or award.cleared
    return posted and reviews >= release.reviewers


def count_waiting(path: str) -> int:
    """Return how many errands within reach of who works at `path` have awards that wait."""
    found = (
        select(func.count(Award.event_id.distinct()))
        .join(ServiceEvent, ServiceEvent.id == Award.event_id)
        .join(Organization, Organization.id == ServiceEvent.community_id)
        .where(Award.status == "provisional", reached(path))
    )
    return session().scalar(found) or 0


def working_days_asked(chosen: ColumnElement[bool]) -> int | None:
    """Return for how many working days a notice of these awards must hang so that it counts for
    all of them that wait for one; None where none does."""
    versions = session().scalars(
        select(Award.rulebook_version.distinct()).where(
            chosen, Award.status == "provisional", Award.notice_id.is_(None)
        )
    )
    asked = [rulebook(version).release.notice_working_days for version in versions]
    return max((days for days in asked if days is not None), default=None)


def hang(notice_id: str, chosen: ColumnElement[bool]) -> None:
    """Note which provisional awards hang in a notice that is being posted: those of `chosen` that
    hang in no other. What is rated later waits for the next."""
    session().execute(
        update(Award)
        .where(chosen, Award.status == "provisional", Award.notice_id.is_(None))
        .values(notice_id=notice_id)
        .execution_options(synchronize_session=False)
    )


def _hanging(notice_id: str) -> ColumnElement[bool]:
    return (
        (Award.notice_id == notice_id)
        & (Award.status == "provisional")
        & Award.cleared_at.is_(None)
    )


def hangs(notice_id: str) -> bool:
    """Tell whether any award still waits for the end of a notice."""
    return session().scalar(select(Award.event_id).where(_hanging(notice_id)).limit(1)) is not None


def clear(
    actor: Actor, notice_id: str, *, frozen: ColumnElement[bool],
    upheld: Sequence[tuple[ColumnElement[bool], str]],
) -> None:  # fmt: skip
    """Let go of the awards that hang in a notice whose time is over, in the caller's transaction.

    Awards that are `frozen` stay where they are: an objection about them is open. Those that an
    objection was `upheld` about are taken back, each with the decision's reason. Called again, only
    what is still waiting is looked at.
    """
    hanging = _hanging(notice_id) & ~frozen
    against = {
        (row.event_id, row.volunteer_id): reason
        for condition, reason in upheld
        for row in session().execute(
            select(Award.event_id, Award.volunteer_id).where(hanging, condition)
        )
    }
    rows = session().execute(
        select(Award.event_id, Award.volunteer_id)
        .where(hanging)
        .order_by(Award.event_id, Award.volunteer_id)
    )
    by_event: dict[str, list[str]] = {}
    for event_id, volunteer_id in rows.all():
        by_event.setdefault(event_id, []).append(volunteer_id)
    for event_id, people in by_event.items():
        event, _path = hold(event_id)
        for volunteer_id in people:
            if (event_id, volunteer_id) in against:
                reason = against[event_id, volunteer_id]
                take_back(event, reason, volunteer_ids=[volunteer_id])
        session().execute(
            update(Award)
            .where(Award.event_id == event.id, hanging)
            .values(cleared_at=clock.now())
            .execution_options(synchronize_session="fetch")
        )
        release_ready(actor, event)
