"""Which shops and pools are there for which neighbours: whoever lives in a shop's street, or in the
place that a pool belongs to."""

from flask_babel import gettext as _
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from moralbank.core.db import session
from moralbank.core.problems import invalid_field
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import hangs_on


def neighbourhood(shop_id: str) -> str:
    """Return the path below which a shop's neighbours live: the street of its community, or what
    else the shop hangs on."""
    shop = session().get_one(Organization, shop_id)
    parent = session().get_one(Organization, shop.parent_id)
    return hangs_on(parent.path) if parent.level == "community" else parent.path


def check_near(shop_id: str, place: str) -> None:
    """Refuse 422 for goods that nobody would carry so far: `place` is the path of a household's
    community, or of what a pool hangs on."""
    near = neighbourhood(shop_id)
    if not (place.startswith(near) or near.startswith(place)):
        raise invalid_field("lines", _("这家超市太远，送不到。请选同一个街道的超市。"))


def shops_near(community_id: str, *, most: int) -> list[Organization]:
    """Return the shops that are near enough for a community, its own first."""
    community = session().get_one(Organization, community_id)
    parent = aliased(Organization)
    rows = session().scalars(
        select(Organization)
        .join(parent, parent.id == Organization.parent_id)
        .where(
            Organization.level == "supermarket",
            or_(
                parent.id.in_(_ids(community.path)),
                and_(parent.level == "community", parent.parent_id == community.parent_id),
            ),
        )
        .order_by(parent.id != community.id, Organization.id)
        .limit(most)
    )
    return list(rows)


def pools_over(path: str) -> list[Organization]:
    """Return the pools of a place and of what it lies in, those of the nearest first."""
    rows = session().scalars(
        select(Organization).where(
            Organization.level == "pool", Organization.parent_id.in_(_ids(path))
        )
    )
    return sorted(rows, key=lambda pool: (-len(pool.path), pool.id))


def _ids(path: str) -> list[str]:
    return [number for number in path.split("/") if number]
