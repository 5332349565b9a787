"""Finding the one volunteer that a worker means by an account number, a phone or a name."""

from collections.abc import Iterable

from flask_babel import gettext as _
from marshmallow import ValidationError

from moralbank.core.actor import Actor
from moralbank.core.fields import clean_text, normal_phone
from moralbank.events.requests import EventView
from moralbank.people.identities import public_names
from moralbank.people.searching import list_volunteers
from moralbank.people.volunteers import VolunteerView

LOOKED_AT = 50
"""How many matches are looked at before a name counts as too common."""
NAMED = 5
"""How many candidates a message names."""


class NotOne(Exception):
    """What was typed is nobody's, or more than one person's; the message says what to type."""


def searchable(typed: str) -> str:
    """Return what was typed into a search box, or "" when nobody could be called that."""
    try:
        return clean_text(typed, most=60, empty=True)
    except ValidationError:
        return ""


def pick(actor: Actor, typed: str, *, event: EventView | None = None) -> str:
    """Return the id of the volunteer within the actor's reach whom `typed` names.

    An account number of somebody who claimed `event` counts too: volunteers help beyond their own
    community. Raises NotOne, whose message names the candidates.
    """
    wanted = searchable(typed)
    if not wanted:
        raise NotOne(_("请填写志愿者的账号、手机号或姓名。"))
    claimed = public_names(person.volunteer_id for person in event.participants) if event else {}
    for person in claimed.values():
        if person.account_no == wanted:
            return person.id
    found = list_volunteers(actor, q=wanted, limit=LOOKED_AT)
    exact = [person for person in found.items if _is(person, wanted)]
    candidates = exact or found.items
    if not candidates:
        raise NotOne(_("没有找到“%(typed)s”，请核对账号、手机号或姓名。", typed=wanted))
    if len(candidates) == 1:
        return candidates[0].id
    raise NotOne(_too_many(candidates, more=found.next is not None or len(candidates) > NAMED))


def _is(person: VolunteerView, wanted: str) -> bool:
    # Only a whole phone finds anybody by phone, and phones are nobody else's.
    return normal_phone(wanted) is not None or wanted in (person.name, person.account_no)


def _too_many(candidates: Iterable[VolunteerView], *, more: bool) -> str:
    named = [
        _("%(name)s（账号 %(account)s，%(phone)s）", name=person.name, account=person.account_no,
          phone=person.phone)
        for person in list(candidates)[:NAMED]
    ]  # fmt: skip
    people = _("、").join(named) + ("……" if more else "")
    words: str = _("不止一位：%(people)s。请填账号。", people=people)
    return words
