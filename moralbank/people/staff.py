"""Use cases of staff."""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import insert, select

from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.problems import conflict, forbidden
from moralbank.core.transaction import operation
from moralbank.organizations.operations import find
from moralbank.people.models import Staff
from moralbank.people.sign_in import hash_password
from moralbank.people.volunteers import find_volunteer


@dataclass(frozen=True, slots=True)
class StaffView:
    """A member of staff."""

    id: str
    username: str
    display_name: str
    role: str
    organization_id: str | None
    volunteer_id: str | None


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
    if organization_id is not None:
        find(actor, organization_id)
    elif actor.scope != "":
        raise forbidden(_("请指定所属组织。"))
    if volunteer_id is not None:
        find_volunteer(actor, volunteer_id)
    username = username.casefold()
    if session().scalar(select(Staff.id).where(Staff.username == username)) is not None:
        raise conflict("username_taken", _("这个用户名已被使用。"))
    number = new_id()
    session().execute(
        insert(Staff),
        {
            "id": number,
            "username": username,
            "password_hash": hash_password(password),
            "display_name": display_name,
            "role": role,
            "organization_id": organization_id,
            "volunteer_id": volunteer_id,
            "active": True,
            "created_at": clock.now(),
        },
    )
    audit.record(actor, "staff.create", subject_type="staff", subject_id=number, role=role)
    return StaffView(number, username, display_name, role, organization_id, volunteer_id)
