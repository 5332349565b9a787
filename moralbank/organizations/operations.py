"""Use cases of the tree."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, insert, or_, select, update

from moralbank import ledger
from moralbank.core import audit, clock
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.policy import within
from moralbank.core.problems import forbidden, invalid_field, not_found
from moralbank.core.transaction import operation, query
from moralbank.organizations.models import LEVELS, PARENTS, Level, Organization


@dataclass(frozen=True, slots=True)
class OrganizationView:
    """An organization, a team or a pool, as it is shown."""

    id: str
    name: str
    level: Level
    parent_id: str | None
    path: str
    code: str | None
    station_kind: str | None
    phone: str | None
    address: str | None
    leader: str | None
    hours: str | None

    @property
    def organization_id(self) -> str | None:
        """What a team or pool calls its parent."""
        return self.parent_id


def _view(row: Organization) -> OrganizationView:
    return OrganizationView(
        row.id, row.name, row.level, row.parent_id, row.path, row.code, row.station_kind,  # type: ignore[arg-type]
        row.phone, row.address, row.leader, row.hours,
    )  # fmt: skip


def below(path: str) -> ColumnElement[bool]:
    """Return the condition that an organization is the one at `path` or lies below it."""
    return Organization.path.startswith(path, autoescape=True)


def hangs_on(path: str) -> str:
    """Return the path of what the organization at `path` hangs on. A station serves that, and so
    does a shop."""
    return path.rstrip("/").rpartition("/")[0] + "/"


def serves(station: Organization, community: Organization) -> bool:
    """Tell whether a station serves a community: its own, or one of the street that it hangs on."""
    return community.path.startswith(hangs_on(station.path))


def own_station(actor: Actor) -> Organization | None:
    """Return the station that a member of staff works for, if it is one."""
    if actor.kind != "staff" or actor.organization_id is None:
        return None
    row = session().get(Organization, actor.organization_id)
    return row if row is not None and row.level == "station" else None


def works_for(actor: Actor) -> str:
    """Return the path below which somebody works for every community: their reach, or, for the
    staff of a station, what the station serves. They take requests there; that alone lets nobody
    see what belongs to the communities."""
    station = own_station(actor)
    return hangs_on(station.path) if station is not None else actor.scope or "/"


def pool_holder(pool_id: str) -> str:
    """Return the book's name for a donation pool."""
    return f"pool:{pool_id}"


@operation("organizations.create")
def create(
    actor: Actor,
    *,
    name: str,
    level: Level,
    parent_id: str | None = None,
    station_kind: str | None = None,
    **details: str | None,
) -> OrganizationView:
    """Add a node to the tree. `details`: code, phone, address, leader, hours.

    Refuses 422 when the level may not hang there, 404 when the parent is outside the actor's reach,
    403 for a district by somebody who does not work for the whole bank.
    """
    parent = None
    if parent_id is not None:
        parent = find(actor, parent_id)
    if parent is None and PARENTS[level]:
        raise invalid_field("parent_id", _("必须填写上级组织。"))
    if parent is None and actor.scope != "":
        raise forbidden(_("只有全行的管理员可以新建区。"))
    if parent is not None and parent.level not in PARENTS[level]:
        raise invalid_field("parent_id", _("这一级组织不能挂在该上级之下。"))
    if station_kind is not None and level != "station":
        raise invalid_field("station_kind", _("只有代办站有类别。"))
    number = new_id()
    values = {
        "id": number,
        "name": name,
        "level": level,
        "parent_id": parent_id,
        "path": f"{parent.path if parent else '/'}{number}/",
        "station_kind": station_kind or ("other" if level == "station" else None),
        "created_at": clock.now(),
        **{key: details.get(key) for key in ("code", "phone", "address", "leader", "hours")},
    }
    session().execute(insert(Organization), values)
    if level == "pool":
        ledger.open_wallets([pool_holder(number)])
    audit.record(actor, "organizations.create", subject_type=level, subject_id=number, name=name)
    return _view(session().get_one(Organization, number))


@operation("organizations.change")
def change(actor: Actor, organization_id: str, **changes: str | None) -> OrganizationView:
    """Change what is told of a node (name, code, phone, …); its place in the tree stays."""
    row = find(actor, organization_id)
    if changes.get("station_kind") is not None and row.level != "station":
        raise invalid_field("station_kind", _("只有代办站有类别。"))
    if changes:
        session().execute(update(Organization).where(Organization.id == row.id).values(**changes))
        session().refresh(row)
        audit.record(
            actor, "organizations.change", subject_type=row.level, subject_id=row.id,
            changed=sorted(changes),
        )  # fmt: skip
    return _view(row)


@query("organizations.read")
def get(actor: Actor, organization_id: str) -> OrganizationView:
    """Return a node that the actor may see; the staff of a station see the communities that it
    serves. Refuses 404."""
    row = session().get(Organization, organization_id)
    if row is not None and row.level == "community":
        return _view(find_community(actor, organization_id))
    return _view(find(actor, organization_id))


@query("organizations.read")
def list_organizations(
    actor: Actor,
    *,
    levels: tuple[str, ...] = LEVELS,
    parent_id: str | None = None,
    cursor: str | None = None,
    limit: int,
) -> Page[OrganizationView]:
    """List the nodes that the actor may see, oldest first."""
    statement: Select[Any] = select(Organization).where(Organization.level.in_(levels))
    if actor.kind not in ("volunteer", "terminal"):
        served = below(works_for(actor)) & (Organization.level == "community")
        statement = statement.where(or_(below(actor.scope or "/"), served))
    if parent_id is not None:
        statement = statement.where(Organization.parent_id == parent_id)
    return paged(
        f"organizations:{','.join(levels)}",
        statement,
        by=[Organization.id],
        cursor=cursor,
        limit=limit,
        make=lambda row: _view(row[0]),
    )


def find(actor: Actor, organization_id: str, *, level: str | None = None) -> Organization:
    """Return the row of a node within the actor's reach, of `level` if that is asked.

    Refuses 404. Volunteers and terminals may see every node: the tree itself is public.
    """
    row = session().get(Organization, organization_id)
    if row is None or (level is not None and row.level != level):
        raise not_found()
    if actor.kind not in ("volunteer", "terminal"):
        within(actor, row.path)
    return row


def find_community(actor: Actor, community_id: str) -> Organization:
    """Return the row of a community that the actor works for, or, as with `find`, may see.

    Refuses 404.
    """
    row = session().get(Organization, community_id)
    if row is None or row.level != "community":
        raise not_found()
    if actor.kind not in ("volunteer", "terminal"):
        reach = actor.scope is not None and row.path.startswith(works_for(actor))
        if not reach:
            raise not_found()
    return row


def path_of(organization_id: str) -> str:
    """Return the path of a node that is known to be there."""
    return (
        session()
        .execute(select(Organization.path).where(Organization.id == organization_id))
        .scalar_one()
    )


def names(ids: set[str]) -> dict[str, str]:
    """Return the names of some nodes by id."""
    rows = session().execute(
        select(Organization.id, Organization.name).where(Organization.id.in_(ids))
    )
    return {row.id: row.name for row in rows}
