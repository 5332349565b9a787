"""The staff's pages of a volunteer's bonuses, deductions and pairings."""

from typing import Any

from flask import Response
from flask_babel import gettext as _

from moralbank.core import clock
from moralbank.core.actor import Actor
from moralbank.core.pages import Form
from moralbank.core.policy import MAY
from moralbank.core.quantities import points_text
from moralbank.core.wording import day_text
from moralbank.desk.operations import errands_of
from moralbank.desk.pages.forms import flatten, part
from moralbank.desk.pages.room import go, room, said, show
from moralbank.events import pairings, withdrawals
from moralbank.events.awarding import conduct, standings
from moralbank.events.conduct_api import ConductIn, PairingIn
from moralbank.events.schemas import ReasonIn
from moralbank.organizations.choices import communities, only_one
from moralbank.people import volunteers as people
from moralbank.rulebook.operations import in_force

LATEST = 30


@room.page("/staff/volunteers/<volunteer_id>/conduct", action="desk.use")
def conduct_of(actor: Actor, volunteer_id: str) -> Response:
    """Show a volunteer's bonuses, deductions and pairings."""
    return _show(actor, volunteer_id)


def _show(
    actor: Actor, volunteer_id: str, form: Form | None = None, action: str | None = None
) -> Response:
    person = people.get(actor, volunteer_id)
    now = standings.standings([person.id])[person.id]
    places = communities(actor)
    missed = conduct.missed(actor, person.id, limit=LATEST)
    return show(
        "conduct.html",
        form.status if form else 200,
        volunteer={"id": person.id, "name": person.name, "account_no": person.account_no},
        standing=[_(line.text, **line.values) for line in now.lines],
        records=[
            {
                "id": one.id,
                "name": one.name,
                "points": points_text(one.moved),
                "explanation": one.explanation,
                "note": one.note,
                "on": day_text(one.happened_at),
                "withdrawn": one.status == "withdrawn",
            }
            for one in conduct.list_records(actor, person.id, limit=LATEST).items
        ],
        reasons=[
            (one.code, one.name + _("（%(text)s）", text=_what(one.kind, one.points)))
            for one in in_force(clock.today()).reasons.values()
        ],
        errands=[
            *((one.service_event_id, _missed(one)) for one in missed),
            *(
                (line.id, f"{day_text(line.performed_at or line.created_at)} {line.item}")
                for line in errands_of(actor, person.id, limit=LATEST)
            ),
        ],
        missed=[
            {"what": _missed(one), "reason": one.reason, "event_id": one.service_event_id}
            for one in missed
        ],
        pairings=[
            {
                "id": one.id,
                "resident": one.resident.name,
                "where": one.resident.address or one.resident.household_no or "",
                "since": day_text(one.registered_at),
                "until": day_text(one.ended_at) if one.ended_at else "",
            }
            for one in pairings.list_pairings(actor, volunteer_id=person.id, limit=LATEST).items
        ],
        communities=places,
        home=only_one(places) or "",
        may={name for name in ("conduct.record", "pairings.change") if actor.role in MAY[name]},
        action=action,
        **said(form),
    )


def _missed(one: conduct.Missed) -> str:
    words: str = _("%(day)s %(item)s（没有来）", day=day_text(one.at), item=one.item)
    return words


def _what(kind: str, points: int) -> str:
    words: str = _("扣 %(points)s 分", points=points_text(points))
    if kind == "bonus":
        words = _("奖 %(points)s 分", points=points_text(points))
    return words


@room.page("/staff/volunteers/<volunteer_id>/conduct", action="conduct.record", method="POST")
def conduct_record(actor: Actor, volunteer_id: str) -> Any:
    """Record a bonus or a deduction."""
    form = Form(ConductIn())

    def work(**values: Any) -> dict[str, str]:
        return {"id": conduct.record(actor, volunteer_id=volunteer_id, **values).id}

    if form.submit(actor, work) is None:
        return _show(actor, volunteer_id, form, "record")
    return go(_("已记下。"), "conduct_of", volunteer_id=volunteer_id)


@room.page("/staff/conduct/<record_id>/withdrawal", action="conduct.record", method="POST")
def conduct_withdraw(actor: Actor, record_id: str) -> Any:
    """Withdraw a record that was wrong."""
    volunteer_id = conduct.get(actor, record_id).volunteer_id
    form = Form(ReasonIn())

    def work(reason: str) -> dict[str, str]:
        return {"id": withdrawals.withdraw(actor, record_id, reason=reason).id}

    if form.submit(actor, work) is None:
        return _show(actor, volunteer_id, form, record_id)
    return go(_("已撤销，积分已退回。"), "conduct_of", volunteer_id=volunteer_id)


@room.page("/staff/volunteers/<volunteer_id>/pairings", action="pairings.change", method="POST")
def pairing_register(actor: Actor, volunteer_id: str) -> Any:
    """Register that a volunteer looks after a resident."""
    resident = part("resident_", ("name", "phone", "household_no", "address"))
    form = Form(PairingIn(), more={"volunteer_id": volunteer_id, "resident": resident})
    flatten(form, "resident")

    def work(**values: Any) -> dict[str, str]:
        return {"id": pairings.register(actor, **values).id}

    if form.submit(actor, work) is None:
        flatten(form, "resident")
        return _show(actor, volunteer_id, form, "pair")
    return go(_("结对已登记。"), "conduct_of", volunteer_id=volunteer_id)


@room.page("/staff/pairings/<pairing_id>/end", action="pairings.change", method="POST")
def pairing_end(actor: Actor, pairing_id: str) -> Any:
    """End a pairing."""
    ended = pairings.end(actor, pairing_id)
    return go(_("结对已结束。"), "conduct_of", volunteer_id=ended.volunteer_id)
