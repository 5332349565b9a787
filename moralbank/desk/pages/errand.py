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
from moralbank.desk.operations import asked_first, names_text, ratings_of
from moralbank.desk.pages import forms
from moralbank.desk.pages.history import history_lines
from moralbank.desk.pages.picking import NotOne, pick
from moralbank.desk.pages.room import go, room, said, show
from moralbank.desk.pages.wording import award_shown
from moralbank.events import claims, disputes, doing, ratings, requests
from moralbank.events.checking import releasing
from moralbank.events.checking.releasing import RELEASABLE, asks_reviewers
from moralbank.events.requests import EventView
from moralbank.events.rules import CANCELLABLE, DISPUTABLE, UNDER_WAY, rating_state
from moralbank.events.schemas import (
    MAX_MINUTES,
    ClaimIn,
    DecisionIn,
    EvidenceIn,
    RatingIn,
    ReasonIn,
)
from moralbank.organizations.choices import teams
from moralbank.organizations.operations import path_of
from moralbank.people.identities import PublicName, public_names
from moralbank.people.rules import masked_name
from moralbank.rulebook.operations import in_force, rulebook

MAX_PREFILLED = 40
"""For how many of those who claimed the form of the completion has a row ready."""


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
    return one(actor, event_id)


def one(
    actor: Actor,
    event_id: str,
    form: Form | None = None,
    action: str | None = None,
    rows: int = forms.ROWS,
) -> Response:
    """Return the page of one errand, with a form that was refused."""
    found = requests.get(actor, event_id)
    claimed = claimants(found)
    return show(
        "event.html",
        form.status if form else 200,
        event=_facts(found, claimed),
        claimants=[
            (person.id, f"{masked_name(person.name)} {person.account_no}") for person in claimed
        ],
        prefilled=_prefilled(found, claimed),
        explains=explains(found),
        teams=teams(actor) if found.status in UNDER_WAY else [],
        asked=names_text(asked_first(actor, found.id)),
        steps=_steps(found),
        participants=_participants(found),
        ratings=[
            {
                "stars": rating.stars,
                "channel": channels().get(rating.channel, rating.channel),
                "slip_no": rating.slip_no,
                "comment": rating.comment,
                "at": moment_text(rating.rated_at),
                "by": rating.speaker and _told_by(**rating.speaker),
            }
            for rating in ratings_of(actor, found.id)
        ],
        history=history_lines(found.id),
        may=_may(actor, found),
        waits_for=_waits_for(found),
        relations=forms.relations(),
        action=action,
        rows=max(rows, min(len(claimed), MAX_PREFILLED)),
        **said(form, slip_used="slip_no"),
    )


def explains(found: EventView) -> bool:
    """Tell whether the minutes of an errand may have to be explained: it was scanned, or its item
    says how long is plausible."""
    bounds = rulebook(found.rulebook_version).items[found.service_item].minutes
    scanned = any(person.came_at is not None for person in found.participants)
    return scanned or (bounds.least, bounds.most) != (1, MAX_MINUTES)


def _prefilled(found: EventView, claimed: list[PublicName]) -> dict[str, str]:
    """Return what the form of the completion begins with: who claimed, and what was scanned."""
    people = {person.volunteer_id: person for person in found.participants}
    values: dict[str, str] = {}
    for place, name in enumerate(claimed[:MAX_PREFILLED]):
        values[f"volunteer-{place}"] = name.account_no
        attended = people[name.id].attended
        if attended is not None:
            values[f"minutes-{place}"] = str(attended)
    began = min((p.came_at for p in found.participants if p.came_at), default=None)
    local = clock.local(began or clock.now())
    values["performed_on"] = f"{local:%Y-%m-%d}"
    if began is not None:
        values["performed_time"] = f"{local:%H:%M}"
    return values


def claimants(found: EventView) -> list[PublicName]:
    """Return who claimed an errand that is not done yet, in the order of their accounts."""
    claimed = [person.volunteer_id for person in found.participants if person.minutes is None]
    return sorted(public_names(claimed).values(), key=lambda person: person.account_no)


def _facts(found: EventView, claimed: list[PublicName]) -> dict[str, Any]:
    book = in_force(clock.today())
    item = book.items.get(found.service_item)
    return {
        "id": found.id,
        "item": found.service_item_name,
        "unit": found.unit,
        "category": book.categories[item.category].name if item else "",
        "community": found.community,
        "station": found.station,
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
        "claimed_by": names_text([masked_name(person.name) for person in claimed]),
        "claimed_by_account": claimed[0].account_no if len(claimed) == 1 else "",
        "deadline": moment_text(found.deadline),
        "overdue": found.overdue,
        "volunteers_needed": found.volunteers_needed,
        "still_wanted": found.still_wanted,
        "is_wish": found.kind == "wish",
        "came_by": {
            "phone": _("打电话来"),
            "counter": _("当面来说"),
            "visit": _("上门听到"),
            "page": _("居民自己在网上写"),
        }.get(found.came_by or "", ""),
        "repeats": found.repeats
        and {
            "until": f"{found.repeats.until:%Y-%m-%d}",
            "place": found.repeats.place,
            "ended": found.repeats.ended,
        },
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
                "award": award_shown(award) if award else None,
            }
        )
    return people


def _may(actor: Actor, found: EventView) -> set[str]:
    """Return which forms the page shows; whether one is good is the operation's to say."""
    status = found.status
    waits = rating_state(status, awarded=bool(found.awards)) == "may"
    fits = {
        "events.claim": status == "open",
        "events.assign": status in UNDER_WAY,
        "events.complete": status in UNDER_WAY,
        "events.rate": waits,
        "events.cancel": status in CANCELLABLE,
        "events.dispute": status in DISPUTABLE,
        "events.renew_codes": status in CANCELLABLE or waits,
        "residents.link": found.has_resident and actor.covers(path_of(found.community_id)),
        "events.call_back": waits,
        "events.decide": status == "disputed",
        "events.evidence": status == "disputed",
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
        form.fault("volunteer", str(problem))

    def work(volunteer_id: str) -> dict[str, str]:
        claims.claim(actor, event_id, volunteer_id=volunteer_id)
        return {"name": masked_name(public_names([volunteer_id])[volunteer_id].name)}

    done = form.submit(actor, work)
    if done is None:
        return one(actor, event_id, form, "claim")
    return go(_("已派给%(name)s。", **done), "event", event_id=event_id)


@room.page("/staff/events/<event_id>/completion", action="desk.use", method="POST")
def event_complete(actor: Actor, event_id: str) -> Any:
    """Record that an errand was done; or, asked for more rows, show the form with more."""
    form = forms.completion_form(actor, requests.get(actor, event_id))
    rows = forms.row_count()
    if "more" in request.form:
        form.errors, form.problem, form.status = {}, None, 200
        return one(actor, event_id, form, "complete", rows + forms.MORE_ROWS)

    def work(**values: Any) -> dict[str, str]:
        doing.complete(actor, event_id, **values)
        return {"id": event_id}

    if form.submit(actor, work) is None:
        forms.place_errors(form, forms.used_rows())
        return one(actor, event_id, form, "complete", rows)
    return go(_("已记为办完，等居民评价。"), "event", event_id=event_id)


def _told_by(*, name: str, relation: str | None = None, **_more: str) -> str:
    """Say who told a rating: for a resident, or a neighbour among several."""
    words: str = _("邻居%(name)s", name=name)
    if relation:
        words = _("%(name)s（%(relation)s）替居民评的", name=name, relation=relation)
    return words


@room.page("/staff/events/<event_id>/rating", action="desk.use", method="POST")
def event_rate(actor: Actor, event_id: str) -> Any:
    """Enter a rating that came by phone, on paper or on a visit."""
    rater = forms.part("rater_", ("name", "phone", "relation"))
    form = Form(RatingIn(exclude=("resident_code",)), more={"rater": rater} if rater else None)

    def work(**values: Any) -> dict[str, Any]:
        done = ratings.rate(actor, event_id, **values)
        return {"status": done.status, "points": points_text(sum(a.points for a in done.awards))}

    done = form.submit(actor, work)
    if done is None:
        forms.flatten(form, "rater")
        return one(actor, event_id, form, "rate")
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
        releasing.review(actor, event_id)
        return {"status": requests.get(actor, event_id).status}

    done = form.submit(actor, work)
    if done is None:
        return one(actor, event_id, form, "review")
    words = _("已复核，积分已入账。") if done["status"] == "awarded" else _("已复核。")
    return go(words, "event", event_id=event_id)


@room.page("/staff/events/<event_id>/cancellation", action="desk.use", method="POST")
def event_cancel(actor: Actor, event_id: str) -> Any:
    """Cancel an errand."""
    form = Form(ReasonIn())

    def work(reason: str) -> dict[str, str]:
        return {"id": requests.cancel(actor, event_id, reason=reason).id}

    if form.submit(actor, work) is None:
        return one(actor, event_id, form, "cancel")
    return go(_("已取消。"), "event", event_id=event_id)


@room.page("/staff/events/<event_id>/dispute", action="desk.use", method="POST")
def event_dispute(actor: Actor, event_id: str) -> Any:
    """Dispute an errand."""
    form = Form(ReasonIn())

    def work(reason: str) -> dict[str, str]:
        return {"id": disputes.dispute(actor, event_id, reason=reason).id}

    if form.submit(actor, work) is None:
        return one(actor, event_id, form, "dispute")
    return go(_("异议已记下，由没有经手的主管裁定。"), "event", event_id=event_id)


@room.page("/staff/events/<event_id>/dispute/evidence", action="events.evidence", method="POST")
def event_evidence(actor: Actor, event_id: str) -> Any:
    """Say what one knows of a disputed errand."""
    form = Form(EvidenceIn())

    def work(text: str) -> dict[str, str]:
        return {"id": disputes.add_evidence(actor, event_id, text=text).id}

    if form.submit(actor, work) is None:
        return one(actor, event_id, form, "evidence")
    return go(_("已记下。说过情况的人不参加裁定。"), "event", event_id=event_id)


@room.page("/staff/events/<event_id>/dispute/decision", action="events.decide", method="POST")
def event_decide(actor: Actor, event_id: str) -> Any:
    """Decide a dispute."""
    form = Form(DecisionIn())

    def work(**values: Any) -> dict[str, str]:
        return {"status": disputes.decide(actor, event_id, **values).status}

    if form.submit(actor, work) is None:
        return one(actor, event_id, form, "decide")
    return go(_("已裁定。"), "event", event_id=event_id)
