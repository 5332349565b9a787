"""What volunteers are called in public: masked, with their consent, and namesakes told apart."""

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import func, select, tuple_

from moralbank.core.db import session
from moralbank.people.models import Volunteer
from moralbank.people.rules import endings, masked_name

AT_ONCE = 500
"""How many are asked for in one statement."""


def named_in_public(volunteer_ids: Iterable[str]) -> dict[str, str]:
    """Return what those are called who agree, at this moment, to be named in public: 张*三.

    Where somebody else of the same community, named in public or not, would read the same, the end
    of the account number stands beside the name, which its holder knows: 张*三（尾号 07）.
    """
    named: dict[str, str] = {}
    wanted = list(set(volunteer_ids))
    for start in range(0, len(wanted), AT_ONCE):
        rows = session().execute(
            select(
                Volunteer.id, Volunteer.community_id, Volunteer.account_no, Volunteer.name
            ).where(Volunteer.id.in_(wanted[start : start + AT_ONCE]), Volunteer.publish_consent)
        )
        people = {row.id: (row.community_id, masked_name(row.name), row.account_no) for row in rows}
        alike = _alike({(community_id, mask) for community_id, mask, _account in people.values()})
        for number, (community_id, mask, account_no) in people.items():
            end = endings(alike.get((community_id, mask), [])).get(account_no)
            named[number] = _("%(name)s（尾号 %(end)s）", name=mask, end=end) if end else mask
    return named


def _alike(masks: set[tuple[str, str]]) -> dict[tuple[str, str], list[str]]:
    """Return the account numbers of all who read like one of `masks` in its community."""
    begins = func.substr(Volunteer.name, 1, 1)
    rows = session().execute(
        select(Volunteer.community_id, Volunteer.account_no, Volunteer.name).where(
            tuple_(Volunteer.community_id, begins).in_(
                sorted({(community_id, mask[0]) for community_id, mask in masks})
            )
        )
    )
    alike: dict[tuple[str, str], list[str]] = {}
    for community_id, account_no, name in rows:
        key = (community_id, masked_name(name))
        if key in masks:
            alike.setdefault(key, []).append(account_no)
    return alike
