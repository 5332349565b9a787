"""What somebody is good at: ticked by the volunteer, or by staff for one."""

from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.pages import Form
from moralbank.desk.pages.room import go, room, said, show
from moralbank.desk.pages.wording import skill_word
from moralbank.people import volunteers as people
from moralbank.people.schemas import VolunteerPatch
from moralbank.people.skills import known_skills

TICK = "skill-"


def ticks(held: list[str]) -> list[dict[str, Any]]:
    """Return the boxes to tick: the catalogue's tags, and those held from an earlier one."""
    tags = dict.fromkeys([*known_skills(), *held])
    return [
        {"name": TICK + tag, "text": skill_word(tag), "ticked": tag in held}
        for tag in sorted(tags, key=lambda tag: tag == "other")
    ]


def _form() -> Form:
    ticked = [name.removeprefix(TICK) for name in request.form if name.startswith(TICK)]
    return Form(VolunteerPatch(only=("skills",)), more={"skills": ticked})


def _own(actor: Actor) -> str:
    assert actor.volunteer_id is not None, "a volunteer's sign-in names their account"
    return actor.volunteer_id


@room.page("/me/skills", action="me.use")
def me_skills(actor: Actor) -> Response:
    """Ask a volunteer what they are good at."""
    return _ask(actor)


def _ask(actor: Actor, form: Form | None = None) -> Response:
    held = people.get(actor, _own(actor)).skills
    return show("me_skills.html", form.status if form else 200, skills=ticks(held), **said(form))


@room.page("/me/skills", action="me.use", method="POST")
def me_skills_save(actor: Actor) -> Any:
    """Keep what a volunteer is good at."""
    form = _form()

    def work(skills: list[str]) -> dict[str, int]:
        people.set_skills(actor, _own(actor), skills=skills)
        return {"n": len(skills)}

    if form.submit(actor, work) is None:
        return _ask(actor, form)
    return go(_("记下了。合您手艺的事会排在前面。"), "me_errands")


@room.page("/staff/volunteers/<volunteer_id>/skills", action="volunteers.change", method="POST")
def volunteer_skills(actor: Actor, volunteer_id: str) -> Any:
    """Keep what one of the volunteers is good at."""
    form = _form()

    def work(skills: list[str]) -> dict[str, int]:
        people.set_skills(actor, volunteer_id, skills=skills)
        return {"n": len(skills)}

    if form.submit(actor, work) is None:
        return go(form.problem["detail"] if form.problem else _("没有办成"), "volunteer",
                  volunteer_id=volunteer_id)  # fmt: skip
    return go(_("技能已记下。"), "volunteer", volunteer_id=volunteer_id)
