"""Use cases of households in hardship: who they are is for the staff who look after them; everybody
else, whoever gives included, has an alias that says nothing."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, insert, or_, select

from moralbank import ledger
from moralbank.core import audit, clock, keys
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page, paged
from moralbank.core.policy import WORKER, within
from moralbank.core.problems import conflict, forbidden, not_found
from moralbank.core.transaction import operation, query
from moralbank.market.models import Donation, Household, Parcel, Relief
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import below, find_community, hangs_on, names, path_of
from moralbank.people.models import Volunteer
from moralbank.people.rules import spell
from moralbank.people.volunteers import HOUSEHOLD, PHONE, household_text

ALIAS_LETTERS = 4
"""Letters of an alias: 800 thousand, easy to say."""


@dataclass(frozen=True, slots=True)
class HouseholdView:
    """A household. Name, phone, number, address and note are None for whoever is not the staff of
    its community; `points` (hundredths) are those that it was given and has not had goods for."""

    id: str
    alias: str
    community_id: str
    community: str
    status: str
    registered_at: datetime
    name: str | None = None
    phone: str | None = None
    household_no: str | None = None
    address: str | None = None
    note: str | None = None
    points: int | None = None


def wallet_of_household(household_id: str) -> str:
    """Return the book's name for what a household was given."""
    return f"household:{household_id}"


@operation("households.change")
def register(
    actor: Actor,
    *,
    community_id: str,
    name: str,
    phone: str | None = None,
    household_no: str | None = None,
    address: str | None = None,
    note: str | None = None,
    namesake: bool = False,
) -> HouseholdView:
    """Register a household in hardship of a community that the actor works for.

    Refuses 404, 409 `already_registered` for a phone, a household number or, unless `namesake` says
    that it is another household, a name that the community's list has.
    """
    place = find_community(actor, community_id)
    within(actor, place.path)
    # Held, so that two who register one household at once do it in turn.
    session().refresh(place, with_for_update=True)
    home = None if household_no is None else household_text(community_id, household_no)
    _refuse_known(community_id, name, phone, home, namesake=namesake)
    number = new_id()
    session().execute(
        insert(Household),
        {
            "id": number,
            "community_id": community_id,
            "alias": _new_alias(),
            "name": name,
            "phone": phone,
            "phone_seal": None if phone is None else keys.seal(PHONE, phone),
            "household_no": household_no,
            "household_seal": None if home is None else keys.seal(HOUSEHOLD, home),
            "address": address,
            "note": note,
            "status": "active",
            "registered_by": actor.caller,
            "registered_at": clock.now(),
        },
    )
    ledger.open_wallets([wallet_of_household(number)])
    audit.record(
        actor, "households.register", subject_type="household", subject_id=number, place=place.path
    )
    return _views(actor, [session().get_one(Household, number)])[0]


def _refuse_known(
    community_id: str, name: str, phone: str | None, home: str | None, *, namesake: bool
) -> None:
    """Refuse 409 `already_registered` for a household of the community that is on the list: by its
    phone, its number, or unless it is said to be another (`namesake`) its name.

    Other communities' households are not looked at: the answer would tell a stranger whose phone is
    that of a household in hardship.
    """
    rows = session().scalars(
        select(Household).where(
            Household.community_id == community_id, Household.status == "active"
        )
    )
    phones = set(keys.seals(PHONE, phone)) if phone is not None else set()
    homes = set(keys.seals(HOUSEHOLD, home)) if home is not None else set()
    for row in rows:
        if row.phone_seal in phones or row.household_seal in homes:
            words = _("这一户已经登记过，代号 %(alias)s。", alias=row.alias)
            raise conflict("already_registered", words)
        if not namesake and _spelt(row.name) == _spelt(name):
            words = _("已有同名的一户，代号 %(alias)s。确实是另一户，请勾选“同名的另一户”。",
                      alias=row.alias)  # fmt: skip
            raise conflict("already_registered", words)


def _spelt(name: str) -> str:
    return "".join(name.split())


def _new_alias() -> str:
    while True:
        alias = spell(secrets.token_bytes(8), ALIAS_LETTERS)
        if session().scalar(select(Household.id).where(Household.alias == alias)) is None:
            return alias


@operation("households.change")
def end(actor: Actor, household_id: str) -> HouseholdView:
    """Take a household off the list. Refuses 404, 409 `wrong_state` while something is proposed for
    it, while goods that it was given wait, or while it has points that no goods came for."""
    row = find_household(actor, household_id, hold=True)
    proposed = session().scalar(
        select(Relief.id).where(Relief.household_id == row.id, Relief.status == "proposed").limit(1)
    )
    given = session().scalar(
        select(Parcel.donation_id)
        .join(Donation, Donation.id == Parcel.donation_id)
        .where(Donation.to_household_id == row.id, Parcel.ended_at.is_(None))
        .limit(1)
    )
    wallet = wallet_of_household(row.id)
    ledger.hold_wallets([wallet])
    if proposed is not None or given is not None or ledger.points_of([wallet])[wallet].balance:
        raise conflict("wrong_state", _("这一户还有没送到的物品或没用完的积分，办完再停。"))
    row.status = "ended"
    session().flush()
    audit.record(
        actor, "households.end", subject_type="household", subject_id=row.id,
        place=path_of(row.community_id),
    )  # fmt: skip
    return _views(actor, [row])[0]


@query("households.read")
def list_households(
    actor: Actor, *, status: str | None = None, cursor: str | None = None, limit: int
) -> Page[HouseholdView]:
    """List the households within reach, the latest first; for a volunteer those of their own street
    that they may give to. That its staff saw who they are is put on record."""
    statement = select(Household).join(Organization, Organization.id == Household.community_id)
    if actor.kind == "volunteer":
        assert actor.organization_id is not None
        street = hangs_on(path_of(actor.organization_id))
        statement = statement.where(below(street), Household.status == "active")
    else:
        statement = statement.where(below(actor.scope or "/"))
    if status is not None:
        statement = statement.where(Household.status == status)
    page = paged(
        "households", statement, by=[Household.id], newest_first=True, cursor=cursor, limit=limit,
        make=lambda row: row[0],
    )  # fmt: skip
    if page.items and actor.role in WORKER:
        audit.saw(
            actor, "households.see", subject_type="list", subject_id="households",
            many=len(page.items),
        )  # fmt: skip
    return Page(_views(actor, page.items), page.next)


@query("households.read")
def get_household(actor: Actor, household_id: str) -> HouseholdView:
    """Return a household within reach; that its staff saw who it is is put on record. Refuses
    404."""
    row = find_household(actor, household_id)
    if actor.role in WORKER:
        audit.saw(
            actor, "households.see", subject_type="household", subject_id=row.id,
            place=path_of(row.community_id),
        )  # fmt: skip
    return _views(actor, [row])[0]


def _views(actor: Actor, rows: list[Household]) -> list[HouseholdView]:
    """Return households as somebody may see them."""
    places = names({row.community_id for row in rows})
    plain = [
        HouseholdView(
            row.id, row.alias, row.community_id, places[row.community_id], row.status,
            row.registered_at,
        )
        for row in rows
    ]  # fmt: skip
    if actor.kind != "system" and actor.role not in WORKER:
        return plain
    points = ledger.points_of([wallet_of_household(row.id) for row in rows])
    return [
        replace(
            seen, name=row.name, phone=row.phone, household_no=row.household_no,
            address=row.address, note=row.note,
            points=points[wallet_of_household(row.id)].balance,
        )
        for seen, row in zip(plain, rows, strict=True)
    ]  # fmt: skip


def find_household(actor: Actor, household_id: str, *, hold: bool = False) -> Household:
    """Return the row of a household within reach, held if that is asked. Refuses 404."""
    row = session().get(Household, household_id, with_for_update=hold, populate_existing=True)
    if row is None:
        raise not_found()
    if actor.kind == "volunteer":
        assert actor.organization_id is not None
        reach = hangs_on(path_of(actor.organization_id))
        if row.status != "active" or not path_of(row.community_id).startswith(reach):
            raise not_found()
    else:
        within(actor, path_of(row.community_id))
    return row


def refuse_own(actor: Actor, row: Household) -> None:
    """Refuse 403 for somebody whose own household it is, by phone or household number."""
    if actor.volunteer_id is None:
        return
    same: list[ColumnElement[bool]] = []
    if row.phone is not None:
        same.append(Volunteer.phone_seal.in_(keys.seals(PHONE, row.phone)))
    if row.household_no is not None:
        home = household_text(row.community_id, row.household_no)
        same.append(Volunteer.household_seal.in_(keys.seals(HOUSEHOLD, home)))
    if same and session().scalar(
        select(Volunteer.id).where(Volunteer.id == actor.volunteer_id, or_(*same))
    ):
        raise forbidden(_("不能给自己家，也不能办自己家的。"))
