"""Who is who: what tells two people apart, and under which name the public knows them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from moralbank.core import clock
from moralbank.core.db import session
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below
from moralbank.people.models import Resident, Volunteer


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells one person from another when it is asked whether somebody may rate."""

    volunteer_id: str
    phone_seal: str
    household_seals: frozenset[str]


def identities(volunteer_ids: Iterable[str]) -> list[Identity]:
    """Return the identities of volunteers. Their households are their own and those of any
    resident who was recorded with their phone."""
    rows = (
        session()
        .execute(
            select(
                Volunteer.id,
                Volunteer.phone_seal,
                Volunteer.household_seal,
                Resident.household_seal,
            )
            .join(Resident, Resident.phone_seal == Volunteer.phone_seal, isouter=True)
            .where(Volunteer.id.in_(list(volunteer_ids)))
        )
        .all()
    )
    households: dict[tuple[str, str], set[str]] = {}
    for number, phone_seal, own, met in rows:
        known = households.setdefault((number, phone_seal), set())
        known |= {seal for seal in (own, met) if seal}
    return [
        Identity(number, phone_seal, frozenset(seals))
        for (number, phone_seal), seals in households.items()
    ]


@dataclass(frozen=True, slots=True)
class PublicName:
    """What naming somebody in public needs: their name and whether they agreed."""

    id: str
    name: str
    account_no: str
    community_id: str
    station_id: str | None
    team_id: str | None
    consent: bool
    opened_on: date


def public_names(volunteer_ids: Iterable[str]) -> dict[str, PublicName]:
    """Return the names of volunteers by id, with their consent as it stands now."""
    found: dict[str, PublicName] = {}
    wanted = list(volunteer_ids)
    for start in range(0, len(wanted), 500):
        rows = (
            session()
            .execute(select(Volunteer).where(Volunteer.id.in_(wanted[start : start + 500])))
            .scalars()
        )
        found |= {row.id: _public_name(row) for row in rows}
    return found


def _public_name(row: Volunteer) -> PublicName:
    return PublicName(
        row.id, row.name, row.account_no, row.community_id, row.station_id, row.team_id,
        row.publish_consent, clock.local_date(row.opened_at),
    )  # fmt: skip


def of_account(account_no: str) -> str | None:
    """Return the id of the volunteer with an account number, or None."""
    return session().scalar(select(Volunteer.id).where(Volunteer.account_no == account_no))


def volunteers_below(path: str) -> dict[str, PublicName]:
    """Return every volunteer with an account at or below an organization's path."""
    rows = (
        session()
        .execute(
            select(Volunteer)
            .join(Organization, Organization.id == Volunteer.community_id)
            .where(below(path))
            .order_by(Volunteer.account_no)
        )
        .scalars()
    )
    return {row.id: _public_name(row) for row in rows}


def about(volunteer_id: str) -> dict[str, str]:
    """Return what a line of the audit trail says of the volunteer whom it is about."""
    row = session().get_one(Volunteer, volunteer_id)
    place = session().get_one(Organization, row.community_id).path
    return {"volunteer_id": row.id, "place": place}
