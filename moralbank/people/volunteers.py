"""Use cases of volunteers: open an account, look it up, change it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import (
    ColumnElement,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from moralbank import ledger
from moralbank.core import audit, clock, counters, keys
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.ids import new_id
from moralbank.core.pagination import Page
from moralbank.core.policy import WORKER, within
from moralbank.core.problems import conflict, forbidden, invalid_field, not_found
from moralbank.core.spelling import seen
from moralbank.core.transaction import operation, query
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import (
    below,
    find,
    find_community,
    names,
    own_station,
    serves,
)
from moralbank.people.history import note
from moralbank.people.identities import about
from moralbank.people.models import NameKey, Volunteer
from moralbank.people.pinyin import typed_as
from moralbank.people.rules import account_no, masked_name, masked_phone
from moralbank.people.skills import checked_skills

PHONE = "phone"
HOUSEHOLD = "household"
_BETWEEN = re.compile("(?:号楼|单元|[-‐‑‒–—―−ー~/#.栋幢座楼门号室户])+")
"""What people write between the numbers of a household."""


def wallet_of(volunteer_id: str) -> str:
    """Return the book's name for a volunteer."""
    return f"volunteer:{volunteer_id}"


GIFTS = "gifts:"
"""How the book's name of a volunteer's wallet begins whose points can only be given away."""


def gifts_of(volunteer_id: str) -> str:
    """Return the book's name of a volunteer's wallet of gifts, there or not."""
    return f"{GIFTS}{volunteer_id}"


def gift_wallet_of(volunteer_id: str) -> str:
    """Return the book's name for the points that a volunteer can only give away, in the caller's
    transaction; the wallet is opened when it is asked for the first time."""
    holder = gifts_of(volunteer_id)
    ledger.open_wallets([holder], assets=["points"])
    return holder


def donation_only(volunteer_id: str) -> int:
    """Return the points (hundredths) that a volunteer can only give away."""
    holder = gifts_of(volunteer_id)
    found = ledger.points_of([holder]).get(holder)
    return found.available if found else 0


@dataclass(frozen=True, slots=True)
class VolunteerView:
    """A volunteer as staff see one; `phone` is masked but for those who may call."""

    id: str
    account_no: str
    name: str
    display_name: str
    phone: str
    community_id: str
    community: str
    station_id: str | None
    station: str | None
    team_id: str | None
    party_member: bool
    affiliation: str
    publish_consent: bool
    status: str
    opened_at: datetime
    skills: list[str]


def view(row: Volunteer, places: dict[str, str], *, whole_phone: bool = False) -> VolunteerView:
    """Return a volunteer's row as staff see it; `places` are names by their ids."""
    phone = keys.decrypt(PHONE, row.phone)
    return VolunteerView(
        id=row.id,
        account_no=row.account_no,
        name=row.name,
        display_name=masked_name(row.name),
        phone=phone if whole_phone else masked_phone(phone),
        community_id=row.community_id,
        community=places.get(row.community_id, ""),
        station_id=row.station_id,
        station=places.get(row.station_id or ""),
        team_id=row.team_id,
        party_member=row.party_member,
        affiliation=row.affiliation,
        publish_consent=row.publish_consent,
        status=row.status,
        opened_at=row.opened_at,
        skills=list(row.skills),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """What opening one account needs; the places are ids that are known to be right."""

    name: str
    phone: str
    community_id: str
    station_id: str | None = None
    team_id: str | None = None
    party_member: bool = False
    affiliation: str = "resident"
    publish_consent: bool = False
    household_no: str | None = None
    skills: Sequence[str] = ()


def _check_places(
    actor: Actor, community_id: str, station_id: str | None, team_id: str | None
) -> None:
    community = find_community(actor, community_id)
    if station_id is not None:
        station = find(actor, station_id, level="station")
        if not serves(station, community):
            raise invalid_field("station_id", _("这个代办站不在该社区。"))
    elif own_station(actor) is not None:
        raise not_found()  # whom its staff let go, they would not see again
    if team_id is not None:
        find(actor, team_id, level="team")


@operation("volunteers.open")
def open_account(actor: Actor, **account: Any) -> VolunteerView:
    """Open a savings account (see NewAccount); the staff of a station open theirs with it. Refuses
    409 `phone_taken`, 404 for its places, 422 for a skill that the catalogue does not know."""
    own = own_station(actor)
    if own is not None:
        account.setdefault("station_id", own.id)
    new = NewAccount(**{**account, "skills": checked_skills(account.get("skills", ()))})
    _check_places(actor, new.community_id, new.station_id, new.team_id)
    if phones_taken([new.phone]):
        raise conflict("phone_taken", _("这个手机号码已有储户使用。"))
    number = open_accounts([new])[0]
    audit.record(
        actor, "volunteers.open", subject_type="volunteer", subject_id=number,
        **about(number),
    )  # fmt: skip
    return get(actor, number)


def open_accounts(accounts: Sequence[NewAccount]) -> list[str]:
    """Open many accounts, whose phones and places are known to be good; return their ids."""
    if not accounts:
        return []
    first = counters.take("account_no", len(accounts))
    now, today = clock.now(), clock.today()
    rows = [
        {
            "id": new_id(),
            "account_no": account_no(first + place),
            "name": new.name,
            "phone": keys.encrypt(PHONE, new.phone),
            "phone_seal": keys.seal(PHONE, new.phone),
            "household_seal": _household_seal(new.community_id, new.household_no),
            "community_id": new.community_id,
            "station_id": new.station_id,
            "team_id": new.team_id,
            "party_member": new.party_member,
            "affiliation": new.affiliation,
            "publish_consent": new.publish_consent,
            "consent_on": today if new.publish_consent else None,
            "status": "active",
            "opened_at": now,
            "skills": list(new.skills),
        }
        for place, new in enumerate(accounts)
    ]
    session().execute(insert(Volunteer), rows)
    ids = [str(row["id"]) for row in rows]
    _find_by_pinyin({str(row["id"]): str(row["name"]) for row in rows})
    ledger.open_wallets(wallet_of(number) for number in ids)
    return ids


def _find_by_pinyin(called: Mapping[str, str]) -> None:
    """Write down what new names, by their volunteers, are typed as."""
    rows = [
        {"volunteer_id": number, "key": key}
        for number, name in called.items()
        for key in sorted(typed_as(name))
    ]
    if rows:
        session().execute(insert(NameKey), rows)


def _household_seal(community_id: str, household_no: str | None) -> str | None:
    if household_no is None:
        return None
    return keys.seal(HOUSEHOLD, household_text(community_id, household_no))


def household_text(community_id: str, household_no: str) -> str:
    """Return the text that names a household: its number within its community, however it is
    written: 3-2-501, ３—２—501 and 3栋2单元501室 are one."""
    text = seen(household_no).upper()
    return f"{community_id}/{_BETWEEN.sub('-', text).strip('-')}"


def phones_taken(phones: Iterable[str]) -> set[str]:
    """Return which of some phones already belong to an account."""
    by_seal = {seal: phone for phone in phones for seal in keys.seals(PHONE, phone)}
    taken: set[str] = set()
    seals = list(by_seal)
    for start in range(0, len(seals), 500):
        found = session().scalars(
            select(Volunteer.phone_seal).where(Volunteer.phone_seal.in_(seals[start : start + 500]))
        )
        taken |= {by_seal[seal] for seal in found}
    return taken


def find_volunteer(actor: Actor, volunteer_id: str) -> Volunteer:
    """Return the row of a volunteer within the actor's reach, or their own: of their community,
    or of the station that the actor works for. Refuses 404."""
    row = session().get(Volunteer, volunteer_id)
    if row is None:
        raise not_found()
    if actor.kind == "volunteer":
        if actor.volunteer_id != row.id:
            raise not_found()
        return row
    if not actor.covers(session().get_one(Organization, row.community_id).path):
        if row.station_id is None:
            raise not_found()
        within(actor, session().get_one(Organization, row.station_id).path)
    return row


def reached(path: str) -> ColumnElement[bool]:
    """Return the condition that a volunteer is within reach of who works at `path`, as
    `find_volunteer` has it: their community lies there, or their station; for a statement that
    joins the community as `Organization`."""
    station = aliased(Organization)
    stations = select(station.id).where(station.path.startswith(path, autoescape=True))
    return or_(below(path), Volunteer.station_id.in_(stations))


@query("volunteers.read_one")
def get(actor: Actor, volunteer_id: str) -> VolunteerView:
    """Return one volunteer; those who may have to call see the whole phone. That staff saw them is
    put on record. Refuses 404."""
    row = find_volunteer(actor, volunteer_id)
    _saw(actor, row)
    places = names({row.community_id} | ({row.station_id} if row.station_id else set()))
    return view(row, places, whole_phone=actor.role in WORKER)


def _saw(actor: Actor, row: Volunteer) -> None:
    audit.saw(actor, "volunteers.see", subject_type="volunteer", subject_id=row.id, **about(row.id))


@operation("volunteers.change")
def change(actor: Actor, volunteer_id: str, **changes: Any) -> VolunteerView:
    """Change what is known of a volunteer. Refuses 404, 409 `phone_taken`, 422 for a skill that
    the catalogue does not know.

    Who moves to another community leaves station and household number behind; the staff of a
    station move theirs among the communities that it serves.
    """
    row = find_volunteer(actor, volunteer_id)
    if actor.volunteer_id == row.id:
        raise forbidden(_("自己的账户要由同事办理。"))
    home = row.community_id
    if changes.get("community_id", home) != home:
        own = own_station(actor)
        changes = {"station_id": own and own.id, "household_no": None, **changes}
    _check_places(
        actor,
        changes.get("community_id", row.community_id),
        changes.get("station_id", row.station_id),
        changes.get("team_id"),
    )
    if "skills" in changes:
        changes["skills"] = checked_skills(changes["skills"], held=row.skills)
    values = {key: value for key, value in changes.items() if key not in ("phone", "household_no")}
    if "phone" in changes:
        phone = changes["phone"]
        mine = row.phone_seal in keys.seals(PHONE, phone)
        if not mine and phones_taken([phone]):
            raise conflict("phone_taken", _("这个手机号码已有储户使用。"))
        values |= {"phone": keys.encrypt(PHONE, phone), "phone_seal": keys.seal(PHONE, phone)}
    if "household_no" in changes:
        community_id = changes.get("community_id", row.community_id)
        values["household_seal"] = _household_seal(community_id, changes["household_no"])
    if "publish_consent" in changes:
        values["consent_on"] = clock.today() if changes["publish_consent"] else None
    if values:
        session().execute(update(Volunteer).where(Volunteer.id == row.id).values(**values))
        session().refresh(row)
        if row.community_id != home:
            note(actor, row.id, "moved", happened_on=clock.today(), other_id=home)
        if "name" in values:
            session().execute(delete(NameKey).where(NameKey.volunteer_id == row.id))
            _find_by_pinyin({row.id: row.name})
        audit.record(
            actor, "volunteers.change", subject_type="volunteer", subject_id=row.id,
            changed=sorted(changes), **about(row.id),
        )  # fmt: skip
    return get(actor, volunteer_id)


@operation("skills.change")
def set_skills(actor: Actor, volunteer_id: str, *, skills: Sequence[str]) -> None:
    """Say what a volunteer is good at: a worker for one, a volunteer for themselves.

    Refuses 404, 422 for a skill that the catalogue does not know.
    """
    row = find_volunteer(actor, volunteer_id)
    wanted = checked_skills(skills, held=row.skills)
    session().execute(update(Volunteer).where(Volunteer.id == row.id).values(skills=wanted))
    session().refresh(row)
    audit.record(
        actor, "volunteers.change", subject_type="volunteer", subject_id=row.id,
        changed=["skills"], **about(row.id),
    )  # fmt: skip


@query("balances.read")
def entries(
    actor: Actor,
    volunteer_id: str,
    *,
    asset: ledger.Asset = "points",
    gifts: bool = False,
    cursor: str | None = None,
    limit: int,
) -> Page[ledger.Entry]:
    """Return a wallet's statement, newest first; with `gifts`, that of the points that can only be
    given away. That staff saw it is put on record. Refuses 404."""
    row = find_volunteer(actor, volunteer_id)
    _saw(actor, row)
    holder = gifts_of(row.id) if gifts else wallet_of(row.id)
    if gifts and not ledger.points_of([holder]):
        return Page([], None)
    return ledger.statement(holder, asset, cursor=cursor, limit=limit)


def hold_volunteers(volunteer_ids: Iterable[str]) -> None:
    """Hold the rows of volunteers, in the order of their ids, until the transaction ends."""
    session().execute(
        select(Volunteer.id)
        .where(Volunteer.id.in_(sorted(volunteer_ids)))
        .order_by(Volunteer.id)
        .with_for_update(key_share=True)
    )
