"""The staff's own page: who works here; taken on, changed, stopped by an admin."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from moralbank.core.actor import Actor
from moralbank.core.api import Nothing
from moralbank.core.fields import Schema
from moralbank.core.pages import Form
from moralbank.core.policy import MAY
from moralbank.core.wording import day_text
from moralbank.desk.pages.picking import NotOne, pick, searchable
from moralbank.desk.pages.roles import role_hints, role_words
from moralbank.desk.pages.room import PAGE_SIZE, go, pages_of, room, said, show, submit_secret
from moralbank.organizations.choices import only_one, places, supermarkets
from moralbank.organizations.models import Level
from moralbank.people import staff
from moralbank.people.schemas import StaffPatch, TakenOnIn
from moralbank.people.staff import StaffView, WithPassword

PLACES: tuple[Level, ...] = ("district", "street", "community", "station", "supermarket")


@room.page("/staff/people", action="staff.read")
def people(actor: Actor) -> Response:
    """List who works within reach, and the shops whose terminals are looked after."""
    q = searchable(request.args.get("q", ""))
    here = request.args.get("cursor")
    page = staff.list_staff(actor, q=q or None, cursor=here, limit=PAGE_SIZE)
    return show(
        "people.html",
        q=q,
        people=[_line(one) for one in page.items],
        shops=supermarkets(actor),
        may_change=actor.role in MAY["staff.change"],
        **pages_of("people", page.next, here, **({"q": q} if q else {})),
    )


def _line(one: StaffView) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.display_name,
        "username": one.username,
        "role": role_words()[one.role],
        "place": one.organization or _("全行"),
        "account_no": one.account_no,
        "active": one.active,
        "must_change_password": one.must_change_password,
        "since": day_text(one.created_at),
    }


@room.page("/staff/people/new", action="staff.create")
def person_new(actor: Actor) -> Response:
    """Ask for what a new colleague needs."""
    return _ask(actor)


def _choices(actor: Actor) -> dict[str, Any]:
    """Return what a form offers: the roles, the places, and whether the whole bank is one."""
    return {"roles": role_hints(), "places": places(actor, PLACES), "whole": actor.scope == ""}


def _ask(actor: Actor, form: Form | None = None) -> Response:
    shown = said(form, username_taken="username")
    choices = _choices(actor)
    if form is None:
        shown["form"] = {"role": "worker", "organization_id": only_one(choices["places"]) or ""}
    return show("person_new.html", form.status if form else 200, **choices, **shown)


def _form(actor: Actor, schema: Schema) -> Form:
    """Read what was typed of a colleague; an organization left out is the whole bank, and the
    account is theirs whom the number or name means."""
    typed = request.form.get("volunteer", "").strip()
    more: dict[str, Any] = {
        "organization_id": request.form.get("organization_id") or None,
        "volunteer_id": None,
    }
    wrong = ""
    if typed:
        try:
            more["volunteer_id"] = pick(actor, typed)
        except NotOne as error:
            wrong = str(error)
    form = Form(schema, more=more)
    if wrong:
        form.fault("volunteer", wrong)
    return form


@room.page("/staff/people/new", action="staff.create", method="POST")
def person_take_on(actor: Actor) -> Any:
    """Take a colleague on; the password is in no other answer."""
    form = _form(actor, TakenOnIn())
    done, made = submit_secret(form, actor, partial(staff.take_on, actor))
    if not done:
        return _ask(actor, form)
    if made is None:
        return go(_("已经办过了。口令没记下来的话，给他换一个新的。"), "people")
    return _person(actor, made.id, made=made)


@room.page("/staff/people/<staff_id>", action="staff.read")
def person(actor: Actor, staff_id: str) -> Response:
    """Show a colleague, and to an admin what can be done."""
    return _person(actor, staff_id)


def _person(
    actor: Actor, staff_id: str, form: Form | None = None, made: WithPassword | None = None
) -> Response:
    one = staff.get(actor, staff_id)
    shown = said(form)
    if form is None:
        shown["form"] = {
            "display_name": one.display_name,
            "role": one.role,
            "organization_id": one.organization_id or "",
            "volunteer": one.account_no or "",
        }
    return show(
        "person.html",
        201 if made else form.status if form else 200,
        person=_line(one),
        own=one.id == actor.id,
        made=made,
        may_change=actor.role in MAY["staff.change"] and one.id != actor.id,
        **_choices(actor),
        **shown,
    )


@room.page("/staff/people/<staff_id>", action="staff.change", method="POST")
def person_change(actor: Actor, staff_id: str) -> Any:
    """Change a colleague's name, role, organization or own account."""
    form = _form(actor, StaffPatch())

    def work(**changes: Any) -> dict[str, str]:
        return {"staff_id": staff.change(actor, staff_id, **changes).id}

    changed = form.submit(actor, work)
    if changed is None:
        return _person(actor, staff_id, form)
    return go(_("已改。岗位或单位变了的，要重新登录。"), "person", **changed)


@room.page("/staff/people/<staff_id>/password", action="staff.change", method="POST")
def person_password(actor: Actor, staff_id: str) -> Any:
    """Give a colleague a new password; it is in no other answer."""
    form = Form(Nothing())
    done, made = submit_secret(form, actor, partial(staff.set_password, actor, staff_id))
    if not done:
        return _person(actor, staff_id, form)
    if made is None:
        return go(_("已经换过了。新口令没记下来的话，再换一个。"), "person", staff_id=staff_id)
    return _person(actor, staff_id, made=made)


@room.page("/staff/people/<staff_id>/stop", action="staff.change", method="POST")
def person_stop(actor: Actor, staff_id: str) -> Any:
    """Stop a colleague who leaves."""
    words = _("已停用，他的登录都已失效；以前办的事都在。")
    return _step(actor, staff_id, staff.stop, words)


@room.page("/staff/people/<staff_id>/return", action="staff.change", method="POST")
def person_return(actor: Actor, staff_id: str) -> Any:
    """Take a colleague back."""
    return _step(actor, staff_id, staff.take_back, _("已恢复，他又能登录了。"))


def _step(actor: Actor, staff_id: str, step: Callable[[Actor, str], StaffView], words: str) -> Any:
    form = Form(Nothing())
    if form.submit(actor, lambda: step(actor, staff_id).id) is None:
        return _person(actor, staff_id, form)
    return go(words, "person", staff_id=staff_id)
