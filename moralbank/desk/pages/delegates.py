"""Who may buy with a volunteer's points: named at the desk, ended there or on the phone."""

from datetime import timedelta
from typing import Any

from flask import Response
from flask_babel import gettext as _

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.pages import Form
from moralbank.core.policy import MAY
from moralbank.desk.pages.room import PAGE_SIZE, go, room, said, show
from moralbank.people import delegates
from moralbank.people.schemas import DelegateIn
from moralbank.people.volunteers import get

USUAL = timedelta(days=90)
"""What the form proposes."""


def delegate_lines(actor: Actor, volunteer_id: str) -> list[dict[str, Any]]:
    """Return the delegates of a volunteer as pages show them, the latest named first."""
    page = delegates.list_delegates(actor, volunteer_id, limit=PAGE_SIZE)
    return [
        {
            "id": one.id,
            "name": one.name,
            "relation": one.relation,
            "phone": one.phone,
            "until": one.good_until.isoformat(),
            "status": "locked"
            if (one.status, one.card_status) == ("active", "locked")
            else one.status,
            "card_id": one.card_id,
        }
        for one in page.items
    ]


@room.page("/staff/volunteers/<volunteer_id>/delegates", action="delegates.name")
def delegates_of(actor: Actor, volunteer_id: str) -> Response:
    """List a volunteer's delegates, and ask for another."""
    return _page(actor, volunteer_id)


def _page(actor: Actor, volunteer_id: str, form: Form | None = None) -> Response:
    person = get(actor, volunteer_id)
    proposed = (clock.today() + USUAL).isoformat()
    shown = said(form)
    return show(
        "delegates.html",
        form.status if form else 200,
        volunteer={"id": person.id, "name": person.name},
        delegates=delegate_lines(actor, person.id),
        may_unlock=actor.role in MAY["cards.change"],
        **(shown if form else shown | {"form": {"good_until": proposed}}),
    )


@room.page("/staff/volunteers/<volunteer_id>/delegates", action="delegates.name", method="POST")
def delegate_name(actor: Actor, volunteer_id: str) -> Any:
    """Name a delegate, and lead on to their card's print."""
    form = Form(DelegateIn())

    def work(**values: Any) -> dict[str, str]:
        return {"card_id": delegates.name_delegate(actor, volunteer_id, **values).card_id}

    named = form.submit(actor, work)
    if named is None:
        form.typed.pop("pin", None)
        return _page(actor, volunteer_id, form)
    return go(_("代领人已登记，请打印代领卡。"), "card_print", card_id=named["card_id"])


@room.page("/staff/delegates/<delegate_id>/end", action="delegates.name", method="POST")
def delegate_end(actor: Actor, delegate_id: str) -> Any:
    """End a delegate at the desk."""
    ended = delegates.end_delegate(actor, delegate_id)
    return go(_("已停用，代领卡马上不能用。"), "delegates_of", volunteer_id=ended.volunteer_id)


@room.page("/me/delegates/<delegate_id>/end", action="me.use", method="POST")
def me_delegate_end(actor: Actor, delegate_id: str) -> Any:
    """End a delegate from the volunteer's own phone."""
    delegates.end_delegate(actor, delegate_id)
    return go(_("已停用，代领卡马上不能用。"), "me")
