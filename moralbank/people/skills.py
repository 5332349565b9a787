"""What volunteers are good at: tags of the catalogue's items."""

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from moralbank.core import clock
from moralbank.core.db import session
from moralbank.core.problems import invalid_field
from moralbank.organizations.models import Organization
from moralbank.people.models import Volunteer
from moralbank.rulebook.operations import in_force

MAX_SKILLS = 50
"""More than any catalogue's tags that one person would tick."""


def known_skills() -> list[str]:
    """Return the tags of the catalogue in force, each once, in the order of their first item."""
    items = in_force(clock.today()).items.values()
    return list(dict.fromkeys(tag for item in items for tag in item.tags))


def checked_skills(skills: Sequence[str], *, held: Sequence[str] = ()) -> list[str]:
    """Return `skills`, each once. Refuses 422 for one that is neither the catalogue's nor among
    those `held` from an earlier catalogue."""
    known = {*known_skills(), *held}
    if any(skill not in known for skill in skills):
        raise invalid_field("skills", _("服务目录里没有这一类技能。"))
    return list(dict.fromkeys(skills))


def suits(volunteer_id: str) -> frozenset[str]:
    """Return what suits a volunteer who is known to be there: their own skills and the kind of
    their station."""
    row = session().get_one(Volunteer, volunteer_id)
    kind = session().scalar(
        select(Organization.station_kind).where(Organization.id == row.station_id)
    )
    return frozenset(row.skills) | ({kind} if kind else set())
