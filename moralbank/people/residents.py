"""Residents: who asks for errands. They are met when a request is taken."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, insert, select

from moralbank.core import clock, keys, links
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.people.models import Resident
from moralbank.people.rules import spelled_name
from moralbank.people.volunteers import HOUSEHOLD, PHONE, household_text

NAME = "resident"
ADDRESS = "address"
OWN_PAGE = "resident-page"


@dataclass(frozen=True, slots=True)
class ResidentView:
    """A resident, as those who serve them see one."""

    id: str
    name: str
    phone: str | None
    household_no: str | None
    address: str | None


def meet(
    *,
    community_id: str,
    name: str,
    phone: str | None = None,
    household_no: str | None = None,
    address: str | None = None,
) -> str:
    """Return the id of the resident of a community with this name and phone, or for somebody
    without a phone this household, or make one: a name alone is never known again, though it counts
    as one with others of that name (`TOLD_APART`). A household that was not said before is kept,
    and the latest address counts."""
    phones = [] if phone is None else keys.seals(PHONE, phone)
    homes = (
        []
        if household_no is None
        else keys.seals(HOUSEHOLD, household_text(community_id, household_no))
    )
    if phones or homes:
        known = select(Resident.id, Resident.name, Resident.household_seal).where(
            Resident.community_id == community_id
        )
        known = (
            known.where(Resident.phone_seal.in_(phones))
            if phones
            else known.where(Resident.phone_seal.is_(None), Resident.household_seal.in_(homes))
        )
        same = [
            row
            for row in session().execute(known.order_by(Resident.id))
            if spelled_name(keys.decrypt(NAME, row.name)) == spelled_name(name)
            and (not homes or row.household_seal in (None, *homes))
        ]
        same.sort(key=lambda row: row.household_seal is None)
        if same:
            _learn(same[0].id, community_id, household_no=household_no, address=address)
            return str(same[0].id)
    number = new_id()
    first = None if phones or homes else _first_of_name(community_id, name)
    session().execute(
        insert(Resident),
        {
            "id": number,
            "community_id": community_id,
            "name": keys.encrypt(NAME, name),
            "phone": keys.encrypt_or_none(PHONE, phone),
            "phone_seal": None if phone is None else keys.seal(PHONE, phone),
            "household_no": keys.encrypt_or_none(HOUSEHOLD, household_no),
            "household_seal": None
            if household_no is None
            else keys.seal(HOUSEHOLD, household_text(community_id, household_no)),
            "name_seal": None
            if phones or homes
            else keys.seal(NAME, _name_text(community_id, name)),
            "namesake_of": first,
            "address": keys.encrypt_or_none(ADDRESS, address),
            "created_at": clock.now(),
            "link_issue": 0,
        },
    )
    return number


TOLD_APART: ColumnElement[str] = func.coalesce(Resident.namesake_of, Resident.id)
"""The SQL of what residents are counted by: those of one community of whom nothing but one name is
known count as one, since nobody could tell them apart. They are not one for anything else: what
one asked for is not shown to the other."""


def counted_with(resident_id: str) -> ColumnElement[bool]:
    """Return the SQL that a resident is counted as one with this one."""
    same: ColumnElement[bool] = TOLD_APART.in_([told_apart(resident_id)])
    return same


def told_apart(resident_id: str) -> str:
    """Return what a resident is counted by."""
    row = session().get_one(Resident, resident_id)
    return row.namesake_of or row.id


def _first_of_name(community_id: str, name: str) -> str | None:
    """Return the first resident of whom nothing but this name is known. Two who are met at one
    moment may both be a first one: those after them go with one of the two."""
    seals = keys.seals(NAME, _name_text(community_id, name))
    known = select(TOLD_APART).where(Resident.name_seal.in_(seals)).order_by(Resident.id).limit(1)
    return session().scalar(known)


def _name_text(community_id: str, name: str) -> str:
    return f"{community_id}:{spelled_name(name)}"


def _learn(
    resident_id: str, community_id: str, *, household_no: str | None, address: str | None
) -> None:
    row = session().get_one(Resident, resident_id, with_for_update=True, populate_existing=True)
    if household_no is not None and row.household_seal is None:
        row.household_no = keys.encrypt(HOUSEHOLD, household_no)
        row.household_seal = keys.seal(HOUSEHOLD, household_text(community_id, household_no))
    if address is not None and address != keys.decrypt_or_none(ADDRESS, row.address):
        row.address = keys.encrypt(ADDRESS, address)
    session().flush()


def get(resident_id: str) -> ResidentView:
    """Return a resident that is known to be there; for staff and whoever serves them."""
    row = session().get_one(Resident, resident_id)
    return ResidentView(
        row.id,
        keys.decrypt(NAME, row.name),
        keys.decrypt_or_none(PHONE, row.phone),
        keys.decrypt_or_none(HOUSEHOLD, row.household_no),
        keys.decrypt_or_none(ADDRESS, row.address),
    )


def seals_of(resident_id: str) -> tuple[set[str], set[str]]:
    """Return the seals of a resident's phone and of their household under every key of the ring,
    to compare with a volunteer's, which may be older or newer."""
    row = session().get_one(Resident, resident_id)
    phones: set[str] = set()
    households: set[str] = set()
    if row.phone is not None:
        phones = set(keys.seals(PHONE, keys.decrypt(PHONE, row.phone)))
    if row.household_no is not None:
        number = keys.decrypt(HOUSEHOLD, row.household_no)
        households = set(keys.seals(HOUSEHOLD, household_text(row.community_id, number)))
    return phones, households


def own_token(resident_id: str, *, renew: bool = False) -> str:
    """Return the token of the link to a resident's own page; renewed, the earlier one is dead."""
    row = session().get_one(Resident, resident_id, with_for_update=renew)
    if renew:
        row.link_issue += 1
        session().flush()
    return links.make_token(OWN_PAGE, row.id, issue=row.link_issue)


def of_token(token: str) -> Resident | None:
    """Return the resident whose own page a token opens; None when it is not genuine, or dead."""
    number = links.number_in(token)
    row = session().get(Resident, number or "", populate_existing=True)
    if row is None or not links.is_genuine(OWN_PAGE, token, issue=row.link_issue):
        return None
    return row
