"""Finding volunteers: by name or pinyin, account, phone or card, each by an index of its own."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    func,
    literal_column,
    or_,
    select,
    union,
)

from moralbank.core import keys
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.fields import normal_phone
from moralbank.core.pagination import Page, paged
from moralbank.core.transaction import query
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, find_community
from moralbank.people import phone_codes, pinyin
from moralbank.people.cards import CODE, genuine
from moralbank.people.models import Card, NameKey, Volunteer
from moralbank.people.rules import normal_code
from moralbank.people.volunteers import PHONE, VolunteerView, reached, view

FEW_PLACES = 200
"""Whoever works for so many communities, stations and shops at most has few volunteers."""


@query("volunteers.read")
def list_volunteers(
    actor: Actor,
    *,
    community_id: str | None = None,
    q: str | None = None,
    cursor: str | None = None,
    limit: int,
) -> Page[VolunteerView]:
    """List volunteers in the order of their accounts; `q` is part of a name, the beginning of its
    pinyin or its initials, the beginning of an account number, a whole phone, or a card's code."""
    statement: Select[Any] = select(Volunteer, Organization.name).join(
        Organization, Organization.id == Volunteer.community_id
    )
    scope, few = actor.scope or "/", False
    if scope != "/":
        below_it = session().scalars(
            select(Organization.id).where(below(scope)).limit(FEW_PLACES + 1)
        )
        places = below_it.all()
        few = len(places) <= FEW_PLACES
        statement = statement.where(
            or_(Volunteer.community_id.in_(places), Volunteer.station_id.in_(places))
            if few
            else reached(scope)
        )
    if community_id is not None:
        find_community(actor, community_id)
        statement = statement.where(Volunteer.community_id == community_id)
    if q:
        statement = statement.where(Volunteer.id.in_(_matching(q)))
    # Where few are meant they are looked up and put in order. The database would rather walk
    # through all accounts until it has a page full, which takes long where those few come late.
    sorted_ = few or community_id is not None or bool(q)
    return paged(
        "volunteers",
        statement,
        by=[Volunteer.account_no.concat("") if sorted_ else Volunteer.account_no],
        cursor=cursor,
        limit=limit,
        make=lambda row: view(row[0], {row[0].community_id: row[1]}),
    )


def _matching(q: str) -> CompoundSelect[Any]:
    """Return the ids of whom `q` means; each part is found by an index of its own."""
    named = Volunteer.name.contains(q, autoescape=True)
    if session().get_bind().dialect.name == "postgresql":
        # All characters of it are in the name, which the index knows; whether they stand together
        # is then looked at.
        characters = func.string_to_array(Volunteer.name, literal_column("NULL::text"))
        wanted = func.string_to_array(q, literal_column("NULL::text"))
        named &= characters.op("@>", is_comparison=True)(wanted)
    found = [select(Volunteer.id).where(named)]
    if q.isascii() and q.isdigit():
        first = Volunteer.account_no
        found.append(select(Volunteer.id).where(first >= q, first < q + ":"))  # : comes after 9
    typed = pinyin.wanted(q)
    if typed is not None:
        begins = NameKey.key >= typed, NameKey.key < typed + "{"  # { comes after z
        found.append(select(NameKey.volunteer_id).where(*begins))
    phone = normal_phone(q)
    if phone is not None:
        sealed = Volunteer.phone_seal.in_(keys.seals(PHONE, phone))
        found.append(select(Volunteer.id).where(sealed))
    card = of_card(q)
    if card is not None:
        found.append(select(Card.volunteer_id).where(card))
    return union(*found)


def of_card(typed: str) -> ColumnElement[bool] | None:
    """Return the condition that a card is the one whose code was scanned or typed, printed or from
    a phone; None where it is no code of ours."""
    code = normal_code(typed)
    if code is not None and genuine(code):
        return Card.code_seal.in_(keys.seals(CODE, code))
    shown = phone_codes.read(typed)
    return None if shown is None else Card.id == shown[0]
