"""The staff's forms of who does an errand: assign it, hand it over, step back, did not come."""

from typing import Any

from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.fields import Schema
from moralbank.core.pages import Form
from moralbank.desk.pages import forms
from moralbank.desk.pages.errand import one
from moralbank.desk.pages.picking import NotOne, pick
from moralbank.desk.pages.room import go, room
from moralbank.events import claims, requests
from moralbank.events.claim_schemas import AssignmentIn, HandoverIn, NoShowIn, WithdrawalIn


@room.page("/staff/events/<event_id>/assignment", action="desk.use", method="POST")
def event_assign(actor: Actor, event_id: str) -> Any:
    """Give an errand to one more volunteer, or to a team."""
    more: dict[str, Any] = {}
    problem = None
    if forms.typed("volunteer"):
        try:
            more["volunteer_ids"] = [pick(actor, forms.typed("volunteer"))]
        except NotOne as found:
            problem = str(found)
    form = Form(AssignmentIn(), more=more)
    if problem is not None:
        form.fault("volunteer", problem)
    elif not more and not forms.typed("team_id"):
        form.fault("volunteer", _("请填一位志愿者，或选一支队伍。"))

    def work(**values: Any) -> dict[str, int]:
        claims.assign(actor, event_id, **values)
        return {"n": len(requests.get(actor, event_id).participants)}

    done = form.submit(actor, work)
    if done is None:
        return one(actor, event_id, form, "assign")
    return go(_("已派，现在共 %(n)d 人参加。", **done), "event", event_id=event_id)


@room.page("/staff/events/<event_id>/people", action="desk.use", method="POST")
def event_people(actor: Actor, event_id: str) -> Any:
    """Change who does an errand: somebody else instead, one fewer, or one who did not come."""
    what, who = forms.typed("what"), forms.typed("person")
    schemas: dict[str, type[Schema]] = {
        "handover": HandoverIn, "withdrawal": WithdrawalIn, "no_show": NoShowIn,
    }  # fmt: skip
    more, problem = {"from_volunteer_id" if what == "handover" else "volunteer_id": who}, None
    if what == "handover":
        try:
            more["to_volunteer_id"] = pick(actor, forms.typed("to"))
        except NotOne as found:
            problem = str(found)
            more["to_volunteer_id"] = "?"
    form = Form(schemas.get(what, WithdrawalIn)(), more=more)
    if what not in schemas:
        form.fault("what", _("必须填写。"))
    if problem is not None:
        form.fault("to", problem)

    def work(**values: Any) -> dict[str, str]:
        if what == "handover":
            claims.hand_over(actor, event_id, **values)
        elif what == "no_show":
            claims.no_show(actor, event_id, **values)
        else:
            claims.withdraw(actor, event_id, **values)
        return {"id": event_id}

    if form.submit(actor, work) is None:
        return one(actor, event_id, form, "people")
    return go(_("已记下。"), "event", event_id=event_id)
