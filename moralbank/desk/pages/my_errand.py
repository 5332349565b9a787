"""The volunteer's own page of one errand: claim it, see who asked, hand it over, step back."""

from typing import Any

from flask import Response
from flask_babel import gettext as _

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.pages import Form
from moralbank.core.wording import moment_text
from moralbank.desk.pages.forms import typed
from moralbank.desk.pages.me import book
from moralbank.desk.pages.room import go, room, said, show
from moralbank.desk.pages.wording import award_shown
from moralbank.events import claims, disputes, requests, series
from moralbank.events.claim_schemas import HandoverIn, WithdrawalIn
from moralbank.events.rules import UNDER_WAY
from moralbank.events.schemas import ClaimIn, EvidenceIn
from moralbank.people.identities import of_account
from moralbank.rulebook.operations import in_force


@room.page("/me/errands/<event_id>", action="me.use")
def me_errand(actor: Actor, event_id: str) -> Response:
    """Show an errand: to its volunteer, who asked and where; to others what is to be done."""
    return _errand(actor, event_id)


def _errand(
    actor: Actor, event_id: str, form: Form | None = None, action: str | None = None
) -> Response:
    event = requests.get(actor, event_id)
    item = in_force(clock.today()).items.get(event.service_item)
    return show(
        "me_errand.html",
        form.status if form else 200,
        event=event,
        is_mine=any(person.volunteer_id == actor.volunteer_id for person in event.participants),
        runs=event.status in (*UNDER_WAY, "completed"),
        under_way=event.status in UNDER_WAY,
        description=item.description if item else "",
        needed_at=moment_text(event.needed_at),
        deadline=moment_text(event.deadline),
        performed_at=moment_text(event.performed_at),
        awards=[award_shown(award) for award in event.awards],
        action=action,
        **said(form),
    )


@room.page("/me/errands/<event_id>/claim", action="me.use", method="POST")
def me_claim(actor: Actor, event_id: str) -> Any:
    """Claim an errand for oneself."""
    form = Form(ClaimIn(only=()))

    def work() -> dict[str, str]:
        claims.claim(actor, event_id)
        return {"item": requests.get(actor, event_id).service_item_name}

    claimed = form.submit(actor, work)
    if claimed is None:
        return book(actor, form)
    return go(
        _("“%(item)s”归您办了。下面是居民的联系方式，请先打个电话。", **claimed),
        "me_errand",
        event_id=event_id,
    )


@room.page("/me/errands/<event_id>/withdrawal", action="me.use", method="POST")
def me_withdraw(actor: Actor, event_id: str) -> Any:
    """Step back from an errand."""
    form = Form(WithdrawalIn(only=("reason",)))

    def work(reason: str) -> dict[str, str]:
        return {"id": claims.withdraw(actor, event_id, reason=reason).id}

    if form.submit(actor, work) is None:
        return _errand(actor, event_id, form, "withdraw")
    return go(_("已退出，社区会请别人去办。"), "me")


@room.page("/me/errands/<event_id>/handover", action="me.use", method="POST")
def me_hand_over(actor: Actor, event_id: str) -> Any:
    """Hand an errand over to somebody whose account number one knows."""
    account = typed("account_no")
    found = of_account(account) if account else None
    form = Form(HandoverIn(only=("to_volunteer_id", "reason")), more={"to_volunteer_id": found})
    form.errors.pop("to_volunteer_id", None)
    if found is None:
        form.fault("account_no", _("没有这个账号，请向对方问清楚。"))

    def work(**values: Any) -> dict[str, str]:
        return {"id": claims.hand_over(actor, event_id, **values).id}

    if form.submit(actor, work) is None:
        return _errand(actor, event_id, form, "hand_over")
    return go(_("已转交。请把居民怎么找告诉对方。"), "me")


@room.page("/me/errands/<event_id>/evidence", action="me.use", method="POST")
def me_evidence(actor: Actor, event_id: str) -> Any:
    """Say how it was, when somebody disputes an errand of one's own."""
    form = Form(EvidenceIn())

    def work(text: str) -> dict[str, str]:
        return {"id": disputes.add_evidence(actor, event_id, text=text).id}

    if form.submit(actor, work) is None:
        return _errand(actor, event_id, form, "evidence")
    return go(_("已记下，裁定的人会看到。"), "me_errand", event_id=event_id)


@room.page("/me/errands/<event_id>/decline", action="me.use", method="POST")
def me_decline(actor: Actor, event_id: str) -> Any:
    """Say that one will not do it this time."""
    form = Form(ClaimIn(only=()))

    def work() -> dict[str, str]:
        return {"id": series.decline(actor, event_id).id}

    if form.submit(actor, work) is None:
        return book(actor, form)
    return go(_("好的，这次请别人去。"), "me")
