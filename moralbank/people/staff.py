"""Use cases of staff: taken on, changed, stopped, taken back by a colleague; never by oneself."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, insert, or_, select, update

from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.policy import within
from moralbank.core.problems import conflict, forbidden, not_found
from moralbank.core.transaction import operation, query
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, find
from moralbank.people.models import AccessToken, Staff, Volunteer
from moralbank.people.sign_in import hash_password, place_of
from moralbank.people.tokens import end_tokens
from moralbank.people.volunteers import find_volunteer

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""What a password is made of that somebody reads out: nothing that looks like something else."""
_PARTS, _PART = 4, 4
"""Sixteen letters, some 79 bits."""


@dataclass(frozen=True, slots=True)
class StaffView:
    """A member of staff. `account_no` is of their own savings account."""

    id: str
    username: str
    display_name: str
    role: str
    organization_id: str | None
    organization: str | None
    volunteer_id: str | None
    account_no: str | None
    active: bool
    must_change_password: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class WithPassword:
    """A member of staff with a new password, which is shown once and then nowhere."""

    id: str
    username: str
    password: str


@operation("staff.create")
def create(
    actor: Actor,
    *,
    username: str,
    password: str,
    display_name: str,
    role: str,
    organization_id: str | None = None,
    volunteer_id: str | None = None,
) -> StaffView:
    """Take on a member of staff for an organization and all below it; none is the whole bank.

    Refuses 409 `username_taken`, 403 when the whole bank is not the actor's own to give, 404.
    """
    return _view(
        _take_on(
            actor, password, username=username, display_name=display_name, role=role,
            organization_id=organization_id, volunteer_id=volunteer_id,
        )
    )  # fmt: skip


@operation("staff.create")
def take_on(actor: Actor, **given: Any) -> WithPassword:
    """Take on a member of staff with a password made here, which they must change when they sign
    in. Takes and refuses what `create` does."""
    password = new_password()
    given = {"organization_id": None, "volunteer_id": None, **given}
    row = _take_on(actor, password, must_change_password=True, **given)
    return WithPassword(row.id, row.username, password)


def _take_on(actor: Actor, password: str, **given: Any) -> Staff:
    _check_given(actor, given)
    username = given["username"].casefold()
    if session().scalar(select(Staff.id).where(Staff.username == username)) is not None:
        raise conflict("username_taken", _("这个用户名已被使用。"))
    number = new_id()
    session().execute(
        insert(Staff),
        {
            "must_change_password": False,
            **given,
            "id": number,
            "username": username,
            "password_hash": hash_password(password),
            "active": True,
            "created_at": clock.now(),
        },
    )
    row = session().get_one(Staff, number)
    _recorded(actor, "staff.create", row, role=given["role"])
    return row


def _recorded(actor: Actor, action: str, row: Staff, **detail: Any) -> None:
    audit.record(
        actor, action, subject_type="staff", subject_id=row.id, place=place_of(row), **detail
    )


def _check_given(actor: Actor, given: dict[str, Any]) -> None:
    """Refuse what is not the actor's own to give."""
    if given.get("organization_id") is not None:
        find(actor, given["organization_id"])
    elif "organization_id" in given and actor.scope != "":
        raise forbidden(_("请指定所属组织。"))
    if given.get("volunteer_id") is not None:
        find_volunteer(actor, given["volunteer_id"])


def new_password() -> str:
    """Return a password that can be read out and typed, and not be guessed."""
    return "-".join(
        "".join(secrets.choice(_LETTERS) for _letter in range(_PART)) for _part in range(_PARTS)
    )


def _view(row: Staff) -> StaffView:
    place = row.organization_id and session().get_one(Organization, row.organization_id).name
    account = row.volunteer_id and session().get_one(Volunteer, row.volunteer_id).account_no
    return _seen(row, place, account)


def _seen(row: Staff, organization: str | None, account_no: str | None) -> StaffView:
    return StaffView(
        row.id, row.username, row.display_name, row.role, row.organization_id, organization,
        row.volunteer_id, account_no, row.active, row.must_change_password, row.created_at,
    )  # fmt: skip


@query("staff.read")
def list_staff(
    actor: Actor,
    *,
    q: str | None = None,
    cursor: str | None = None,
    limit: int,
) -> Page[StaffView]:
    """List who works within reach, also those who were stopped; `q` is part of their name or of
    their user name."""
    statement: Select[Any] = (
        select(Staff, Organization.name, Volunteer.account_no)
        .outerjoin(Organization, Organization.id == Staff.organization_id)
        .outerjoin(Volunteer, Volunteer.id == Staff.volunteer_id)
    )
    if actor.scope != "":
        statement = statement.where(below(actor.scope or "/"))
    if q:
        statement = statement.where(
            or_(
                Staff.display_name.contains(q, autoescape=True),
                Staff.username.contains(q.casefold(), autoescape=True),
            )
        )
    return paged(
        "staff",
        statement,
        by=[Staff.id],
        cursor=cursor,
        limit=limit,
        make=lambda row: _seen(row[0], row[1], row[2]),
    )


@query("staff.read")
def get(actor: Actor, staff_id: str) -> StaffView:
    """Return a member of staff within reach. Refuses 404."""
    return _view(find_staff(actor, staff_id))


def find_staff(actor: Actor, staff_id: str) -> Staff:
    """Return the row of a member of staff who works within the actor's reach. Refuses 404."""
    row = session().get(Staff, staff_id)
    if row is None:
        raise not_found()
    within(actor, place_of(row))
    return row


def _of_a_colleague(actor: Actor, staff_id: str) -> Staff:
    """Return the row of a colleague, held until the transaction ends. Refuses 404, 403 for the
    actor's own."""
    row = find_staff(actor, staff_id)
    if actor.kind == "staff" and row.id == actor.id:
        raise forbidden(_("自己的岗位要由同事办理。"))
    session().refresh(row, with_for_update=True)
    return row


def _leave_an_admin(row: Staff) -> None:
    """Refuse 409 `last_admin` where nobody else would be left to look after the whole bank."""
    if row.role != "admin" or row.organization_id is not None or not row.active:
        return
    # All of them are held, in one order, so that of two who stop each other only one does.
    admins = session().scalars(
        select(Staff.id)
        .where(Staff.role == "admin", Staff.organization_id.is_(None), Staff.active)
        .order_by(Staff.id)
        .with_for_update()
    )
    if set(admins) <= {row.id}:
        raise conflict("last_admin", _("全行至少要留一位管理员。"))


@operation("staff.change")
def change(actor: Actor, staff_id: str, **changes: Any) -> StaffView:
    """Change a colleague's name, role, organization or own account; but for the name, they sign in
    anew. Refuses 404, 403 for oneself and what is not the actor's own to give, 409 `last_admin`."""
    row = _of_a_colleague(actor, staff_id)
    changes = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if not changes:
        return _view(row)
    _check_given(actor, changes)
    if changes.keys() & {"role", "organization_id"}:
        _leave_an_admin(row)
    was = {name: getattr(row, name) for name in ("role", "organization_id") if name in changes}
    session().execute(update(Staff).where(Staff.id == row.id).values(**changes))
    session().refresh(row)
    if changes.keys() - {"display_name"}:
        end_tokens("staff", row.id)
    else:
        session().execute(
            update(AccessToken)
            .where(AccessToken.kind == "staff", AccessToken.subject_id == row.id)
            .values(name=row.display_name)
        )
    now = {name: changes[name] for name in was}
    _recorded(actor, "staff.change", row, changed=sorted(changes), was=was, now=now)
    return _view(row)


@operation("staff.change")
def set_password(actor: Actor, staff_id: str) -> WithPassword:
    """Give a colleague who forgot theirs a new password made here, which they must change when
    they sign in; their sign-ins end. Refuses 404, 403 for oneself."""
    row = _of_a_colleague(actor, staff_id)
    password = new_password()
    session().execute(
        update(Staff)
        .where(Staff.id == row.id)
        .values(password_hash=hash_password(password), must_change_password=True)
    )
    end_tokens("staff", row.id)
    _recorded(actor, "staff.password", row)
    return WithPassword(row.id, row.username, password)


@operation("staff.change")
def stop(actor: Actor, staff_id: str) -> StaffView:
    """Stop a colleague who leaves: nothing they are signed in with is good any longer; what they
    did stays. Refuses 404, 403 for oneself, 409 `last_admin`."""
    row = _of_a_colleague(actor, staff_id)
    if row.active:
        _leave_an_admin(row)
        session().execute(update(Staff).where(Staff.id == row.id).values(active=False))
        session().refresh(row)
        end_tokens("staff", row.id)
        _recorded(actor, "staff.stop", row)
    return _view(row)


@operation("staff.change")
def take_back(actor: Actor, staff_id: str) -> StaffView:
    """Let a colleague who was stopped sign in again. Refuses 404, 403 for oneself."""
    row = _of_a_colleague(actor, staff_id)
    if not row.active:
        session().execute(update(Staff).where(Staff.id == row.id).values(active=True))
        session().refresh(row)
        _recorded(actor, "staff.take_back", row)
    return _view(row)
