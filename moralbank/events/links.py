"""What the holder of a rating link may see of the errand: what was done and by whom, masked."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.problems import not_found
from moralbank.core.transaction import query
from moralbank.events.awarding.awards import awards_of
from moralbank.events.codes import event_of_link
from moralbank.events.models import Participant, ServiceEvent
from moralbank.events.rules import MAX_WRONG_CODES
from moralbank.organizations.models import Organization
from moralbank.people.identities import public_names
from moralbank.people.rules import masked_name
from moralbank.rulebook.operations import rulebook


@dataclass(frozen=True, slots=True)
class LinkedErrand:
    """An errand as its link shows it. `minutes` is the longest that one of them worked; `names`
    are the masked names of who did it, by volunteer."""

    id: str
    status: str
    awarded: bool
    item: str
    community: str
    performed_at: datetime | None
    minutes: int | None
    names: dict[str, str]
    has_resident: bool
    code_locked: bool


@query("events.rate")
def linked(actor: Actor, token: str) -> LinkedErrand:
    """Return the errand of a link. Refuses 404 for a token that is not genuine."""
    event_id = event_of_link(token)
    row = (
        None if event_id is None else session().get(ServiceEvent, event_id, populate_existing=True)
    )
    if row is None:
        raise not_found()
    minutes = {
        person.volunteer_id: person.minutes
        for person in session().execute(
            select(Participant.volunteer_id, Participant.minutes)
            .where(Participant.event_id == row.id, Participant.minutes.is_not(None))
            .order_by(Participant.volunteer_id)
        )
    }
    names = public_names(minutes)
    return LinkedErrand(
        id=row.id,
        status=row.status,
        awarded=bool(awards_of(row.id)),
        item=rulebook(row.rulebook_version).items[row.service_item].name,
        community=session().get_one(Organization, row.community_id).name,
        performed_at=row.performed_at,
        minutes=max(minutes.values(), default=None),
        names={number: masked_name(names[number].name) for number in minutes},
        has_resident=row.resident_id is not None,
        code_locked=row.wrong_codes >= MAX_WRONG_CODES,
    )
