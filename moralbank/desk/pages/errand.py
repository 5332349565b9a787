"""The staff's page of one errand: who does it, that it was done, how it was rated."""

from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.fields import Schema
from moralbank.core.pages import Form
from moralbank.core.policy import MAY
from moralbank.core.quantities import points_text
from moralbank.core.wording import duration_text, moment_text
from moralbank.desk.operations import ratings_of
from moralbank.desk.pages import forms
from moralbank.desk.pages.picking import NotOne, pick
from moralbank.desk.pages.room import go, room, said, show
from moralbank.events import changes, disputes, doing, ratings, releasing, requests
from moralbank.events.releasing import RELEASABLE, asks_reviewers
from moralbank.events.requests import EventView
from moralbank.events.rules import CANCELLABLE, DISPUTABLE, rating_state
from moralbank.events.schemas import ClaimIn, DecisionIn, RatingIn, ReasonIn
from moralbank.people.identities import public_names
from moralbank.rulebook.operations import in_force, rulebook


def channels() -> dict[str, str]:
    """Return the ways by which a rating came, in words."""
    return {
        "phone": _("电话回访"),
        "paper": _("纸条"),
        "visit": _("上门"),
        "code": _("评价码"),
        "link": _("本人网上评价"),
    }


@room.page("/staff/events/<event_id>", action="desk.use")
def event(actor: Actor, event_id: str) -> Response:
    """Show one errand, and what can be done with it now."""
    return _one(actor, event_id)


def _one(
    actor: Actor,
    event_id: str,
    form: Form | None = None,
    action: str | None = None,
    rows: int = forms.ROWS,
) -> Response:
    found = requests.get(actor, event_id)
    return show(
        "event.html",
        form.status if form else 200,
        event=_facts(found),
        steps=_steps(found),
        participants=_participants(found),
        ratings=[
            {
                "stars": rating.stars,
                "channel": channels().get(rating.channel, rating.channel),
                "slip_no": rating.slip_no,
                "comment": rating.comment,
                "at": moment_text(rating.rated_at),
            }
            for rating in ratings_of(actor, found.id)
        ],
        history=_history(found.id),
        may=_may(actor, found),
        waits_for=_waits_for(found),
        action=action,
        rows=rows,
        today=f"{clock.today():%Y-%m-%d}",
        **said(form, slip_used="slip_no"),
    )


def _facts(found: EventView) -> dict[str, Any]:
    book = in_force(clock.today())
    item = book.items.get(found.service_item)
    claimed = [person for person in found.participants if person.minutes is None]
    accounts = public_names(person.volunteer_id for person in claimed)
    return {
        "id": found.id,
        "item": found.service_item_name,
        "unit": found.unit,
        "category": book.categories[item.category].name if item else "",
        "community": found.community,
        "status": found.status,
        "requested_at": moment_text(found.created_at),
        "needed_at": moment_text(found.needed_at),
        "performed_at": moment_text(found.performed_at),
        "quantity": found.quantity,
        "note": found.note,
        "resident": found.resident,
        "requester": found.requester,
        "callback_due": found.callback_due,
        "code_locked": found.code_locked,
        "claimed_by": "、".join(person.display_name for person in claimed),
        "claimed_by_account": accounts[claimed[0].volunteer_id].account_no if claimed else "",
    }


def _steps(found: EventView) -> list[dict[str, str]]:
    words = [_("登记"), _("认领"), _("办完"), _("评价"), _("入账")]
    reached = {"open": 1, "claimed": 2, "completed": 3, "rated": 4}.get(found.status, 0)
    if found.awards and found.status != "rated":
        reached = len(words)
    elif found.status in ("disputed", "upheld", "dismissed"):
        reached = 3  # somebody objected before anybody rated
    return [
        {
            "text": text,
            "state": "done" if place < reached else "now" if place == reached > 0 else "later",
        }
        for place, text in enumerate(words)
    ]


def _participants(found: EventView) -> list[dict[str, Any]]:
    awards = {award.volunteer_id: award for award in found.awards}
    accounts = public_names(person.volunteer_id for person in found.participants)
    people = []
    for person in found.participants:
        if person.minutes is None:
            continue
        award = awards.get(person.volunteer_id)
        people.append(
            {
                "name": person.display_name,
                "account_no": accounts[person.volunteer_id].account_no,
                "time": duration_text(person.minutes),
                "points": points_text(award.points) if award else None,
                "explanation": award.explanation if award else [],
            }
        )
    return people


def _history(event_id: str) -> list[dict[str, str]]:
    words = {
        "open": _("登记"),
        "claimed": _("认领"),
        "completed": _("记为办完"),
        "rated": _("评价"),
        "awarded": _("积分入账"),
        "cancelled": _("取消"),
        "expired": _("逾期未评"),
        "disputed": _("提出异议"),
        "upheld": _("裁定：异议成立，积分收回"),
        "dismissed": _("裁定：异议不成立"),
    }
    return [
        {
            "at": moment_text(change.at),
            # The award follows from the rating by itself.
            "who": "" if change.to_status == "awarded" else change.actor_name or _("居民"),
            "what": words.get(change.to_status, change.to_status),
            "note": change.note,
        }
        for change in reversed(changes.history(event_id))
    ]


def _may(actor: Actor, found: EventView) -> set[str]:
    """Return which forms the page shows; whether one is good is the operation's to say."""
    status = found.status
    fits = {
        "events.claim": status == "open",
        "events.complete": status in ("open", "claimed"),
        "events.rate": rating_state(status, awarded=bool(found.awards)) == "may",
        "events.cancel": status in CANCELLABLE,
        "events.dispute": status in DISPUTABLE,
        "events.decide": status == "disputed",
        "awards.review": asks_reviewers(found.awards) and status in RELEASABLE,
    }
    return {name.split(".")[1] for name, fit in fits.items() if fit and actor.role in MAY[name]}


def _waits_for(found: EventView) -> str:
    """Say what the awards wait for before they count; "" when for nothing."""
    waits = [rulebook(one.rulebook_version).release for one in found.awards
             if one.status == "provisional"]  # fmt: skip
    if not waits:
        return ""
    release = waits[0]
    if release.notice_working_days is None:
        words: str = _("等 %(people)d 位没有经手的同事复核，复核后入账。", people=release.reviewers)
    elif release.reviewers:
        words = _(
            "等 %(people)d 位没有经手的同事复核，并公示满 %(days)d 个工作日，然后入账。",
            people=release.reviewers, days=release.notice_working_days,
        )  # fmt: skip
    else:
        words = _("等公示满 %(days)d 个工作日，没有异议就入账。", days=release.notice_working_days)
    return words


@room.page("/staff/events/<event_id>/claim", action="desk.use", method="POST")
def event_claim(actor: Actor, event_id: str) -> Any:
    """Give an open errand to a volunteer."""
    try:
        more = {"volunteer_id": pick(actor, forms.typed("volunteer"))}
        form = Form(ClaimIn(), more=more)
    except NotOne as problem:
        form = Form(ClaimIn())
        forms.fault(form, "volunteer", str(problem))

    def work(**values: Any) -> dict[str, str]:
        doing.claim(actor, event_id, **values)
        return {"name": requests.get(actor, event_id).participants[0].display_name}

    done = form.submit(actor, work)
    if done is None:
        return _one(actor, event_id, form, "claim")
    return go(_("已派给%(name)s。", **done), "event", event_id=event_id)


@room.page("/staff/events/<event_id>/completion", action="desk.use", method="POST")
def event_complete(actor: Actor, event_id: str) -> Any:
    """Record that an errand was done; or, asked for more rows, show the form with more."""
    form = forms.completion_form(actor, requests.get(actor, event_id))
    rows = forms.row_count()
    if "more" in request.form:
        form.errors, form.problem, form.status = {}, None, 200
        return _one(actor, event_id, form, "complete", rows + forms.MORE_ROWS)

    def work(**values: Any) -> dict[str, str]:
        doing.complete(actor, event_id, **values)
        return {"id": event_id}

    if form.submit(actor, work) is None:
        return _one(actor, event_id, form, "complete", rows)
    return go(_("已记为办完，等居民评价。"), "event", event_id=event_id)


@room.page("/staff/events/<event_id>/rating", action="desk.use", method="POST")
def event_rate(actor: Actor, event_id: str) -> Any:
    """Enter a rating that came by phone, on paper or on a visit."""
    form = Form(RatingIn(exclude=("resident_code",)))

    def work(**values: Any) -> dict[str, Any]:
        done = ratings.rate(actor, event_id, **values)
        return {"status": done.status, "points": points_text(sum(a.points for a in done.awards))}

    done = form.submit(actor, work)
    if done is None:
        return _one(actor, event_id, form, "rate")
    words = {
        "awarded": _("评价已录入，积分已入账：共 %(points)s 分。", points=done["points"]),
        "rated": _("评价已录入，共 %(points)s 分，等复核或公示后入账。", points=done["points"]),
    }
    return go(
        words.get(done["status"], _("评价已录入，还要等其他邻居评价。")), "event", event_id=event_id
    )


@room.page("/staff/events/<event_id>/review", action="awards.review", method="POST")
def event_review(actor: Actor, event_id: str) -> Any:
    """Find an errand's awards right."""
    form = Form(Schema())

    def work() -> dict[str, str]:
        return {"status": releasing.review(actor, event_id).status}

    done = form.submit(actor, work)
    if done is None:
        return _one(actor, event_id, form, "review")
    words = _("已复核，积分已入账。") if done["status"] == "awarded" else _("已复核。")
    return go(words, "event", event_id=event_id)


@room.page("/staff/events/<event_id>/cancellation", action="desk.use", method="POST")
def event_cancel(actor: Actor, event_id: str) -> Any:
    """Cancel an errand."""
    form = Form(ReasonIn())

    def work(reason: str) -> dict[str, str]:
        return {"id": requests.cancel(actor, event_id, reason=reason).id}

    if form.submit(actor, work) is None:
        return _one(actor, event_id, form, "cancel")
    return go(_("已取消。"), "event", event_id=event_id)


@room.page("/staff/events/<event_id>/dispute", action="desk.use", method="POST")
def event_dispute(actor: Actor, event_id: str) -> Any:
    """Dispute an errand."""
    form = Form(ReasonIn())

    def work(reason: str) -> dict[str, str]:
        return {"id": disputes.dispute(actor, event_id, reason=reason).id}

    if form.submit(actor, work) is None:
        return _one(actor, event_id, form, "dispute")
    return go(_("异议已记下，由没有经手的主管裁定。"), "event", event_id=event_id)


@room.page("/staff/events/<event_id>/dispute/decision", action="events.decide", method="POST")
def event_decide(actor: Actor, event_id: str) -> Any:
    """Decide a dispute."""
    form = Form(DecisionIn())

    def work(**values: Any) -> dict[str, str]:
        return {"status": disputes.decide(actor, event_id, **values).status}

    if form.submit(actor, work) is None:
        return _one(actor, event_id, form, "decide")
    return go(_("已裁定。"), "event", event_id=event_id)
