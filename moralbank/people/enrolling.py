"""Use cases of one community's roster at the desk: look it over, then open its accounts at once.

The command takes a whole district's roster and makes what places it names (`importing.py`). Here a
community's own people bring theirs: it makes no places, and a row of another community, or of
a station that there is none of, is a fault, as it would be a slip of the pen.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from flask_babel import gettext as _
from sqlalchemy import select

from moralbank.core import audit, keys
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.problems import conflict
from moralbank.core.transaction import operation, query
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import find_community, own_station
from moralbank.people.importing import DEFAULT_AFFILIATION, IMPORT, place_key
from moralbank.people.models import Volunteer
from moralbank.people.roster import Roster, RosterRow, UnreadableRoster, judged, mask_phone
from moralbank.people.roster_table import people_of
from moralbank.people.rules import spelled_name
from moralbank.people.spreadsheet import Sheet
from moralbank.people.volunteers import PHONE, NewAccount, open_accounts, reached

MAX_PEOPLE = 2_000
"""How many people a roster at the desk has at most: all of them stand on one page."""

Outcome = Literal["opens", "known", "fault"]


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a person's row: it opens an account, has one, or is at fault, and why.
    `field` is where the fault is; `name` is as it was written; `account_no` that of who is known,
    to whom that may be told."""

    sheet: str
    row: int
    name: str
    outcome: Outcome
    detail: str = ""
    field: str = ""
    account_no: str | None = None


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The accounts that were opened, whose numbers follow on each other."""

    community_id: str
    count: int
    first: str
    last: str


@query("volunteers.open")
def look_over(actor: Actor, sheets: Sequence[Sheet], *, community_id: str) -> list[Fate]:
    """Say what would become of each person's row of a community's roster, in the file's order.

    Refuses 404; raises UnreadableRoster for a file that is no roster, or a roster of more than
    MAX_PEOPLE.
    """
    return _decide(actor, sheets, community_id)[0]


@operation("volunteers.open")
def note_looked_over(actor: Actor, *, community_id: str, fates: Sequence[Fate]) -> None:
    """Put on record that somebody looked a roster over: it told them which phones have accounts."""
    told = Counter(fate.outcome for fate in fates)
    audit.record(
        actor, "volunteers.look_over", subject_type="community", subject_id=community_id,
        rows=len(fates), known=told["known"],
    )  # fmt: skip


@operation("volunteers.open")
def enrol(actor: Actor, sheets: Sequence[Sheet], *, community_id: str) -> Enrolled:
    """Open an account for everybody of a community's roster who has none, in one transaction.

    Whether a name may be published is not asked in a roster, so nobody's is. Refuses 404; 409
    `wrong_state` where there is nobody to open one for; raises UnreadableRoster.
    """
    accounts = _decide(actor, sheets, community_id)[1]
    if not accounts:
        raise conflict("wrong_state", _("名册里没有要开户的人了。"))
    opened = open_accounts(accounts)
    numbers = session().scalars(
        select(Volunteer.account_no).where(Volunteer.id.in_((opened[0], opened[-1])))
    )
    first, last = min(found := numbers.all()), max(found)
    audit.record(
        actor, IMPORT, subject_type="community", subject_id=community_id,
        created=len(opened), first=first, last=last,
    )  # fmt: skip
    return Enrolled(community_id, len(opened), first, last)


def _decide(
    actor: Actor, sheets: Sequence[Sheet], community_id: str
) -> tuple[list[Fate], list[NewAccount]]:
    """Return what becomes of each row, and the accounts that those open which do."""
    community = find_community(actor, community_id)
    roster = judged(sheets, community=community.name)
    if len(roster.rows) + len(roster.rejections) > MAX_PEOPLE:
        raise UnreadableRoster(
            _("名册里的人太多：一次最多 %(most)d 人，请分成几份。", most=MAX_PEOPLE)
        )
    places = _Places(actor, community)
    known = _known(actor, roster)
    fates = [Fate(one.sheet, one.row, "", "fault", one.detail, one.field)
             for one in roster.rejections]  # fmt: skip
    accounts = []
    for row in roster.rows:
        fate = places.fault(row) or _fate_of_known(row, known)
        if fate is None:
            fate = Fate(row.sheet, row.row, row.name, "opens")
            accounts.append(places.account(row))
        fates.append(fate)
    return _in_order(fates, sheets, community.name), accounts


def _in_order(fates: list[Fate], sheets: Sequence[Sheet], community: str) -> list[Fate]:
    """Sort as somebody goes through the file, and name them as they stand there."""
    people = [one for sheet in sheets for one in people_of(sheet, community)]
    places = {(one.sheet, one.row): (place, one.name) for place, one in enumerate(people)}
    return [
        replace(one, name=places[one.sheet, one.row][1])
        for one in sorted(fates, key=lambda one: places[one.sheet, one.row][0])
    ]


class _Places:
    """The community of a roster and its stations, by the names that people call them."""

    def __init__(self, actor: Actor, community: Organization) -> None:
        self.community = community
        parent = session().get(Organization, community.parent_id) if community.parent_id else None
        self.street = parent if parent is not None and parent.level == "street" else None
        self.own = own_station(actor)
        serving = session().scalars(
            select(Organization)
            .where(
                Organization.level == "station",
                Organization.parent_id.in_((community.id, community.parent_id)),
            )
            .order_by(Organization.id)
        )
        self.stations: dict[str, str] = {}
        for station in [self.own] if self.own else serving:
            self.stations.setdefault(place_key("station", station.name), station.id)

    def fault(self, row: RosterRow) -> Fate | None:
        """Return what is wrong with the places that a row names."""
        words = None
        if place_key("community", row.community) != place_key("community", self.community.name):
            words = "community", _(
                "写的是“%(there)s”，这份名册是%(here)s的。",
                there=row.community, here=self.community.name,
            )  # fmt: skip
        elif row.street and self.street and (
            place_key("street", row.street) != place_key("street", self.street.name)
        ):  # fmt: skip
            words = "street", _(
                "写的是“%(there)s”，%(here)s属于%(street)s。",
                there=row.street, here=self.community.name, street=self.street.name,
            )  # fmt: skip
        elif row.station and place_key("station", row.station) not in self.stations:
            words = "station", _("没有叫“%(name)s”的代办站；先请主管建好。", name=row.station)
        return words and Fate(row.sheet, row.row, row.name, "fault", words[1], words[0])

    def account(self, row: RosterRow) -> NewAccount:
        """Return the account that a row without a fault opens."""
        named = self.stations[place_key("station", row.station)] if row.station else None
        return NewAccount(
            name=row.name,
            phone=row.phone,
            community_id=self.community.id,
            # Whom the staff of a station let go, they would not see again.
            station_id=self.own.id if self.own else named,
            party_member=row.party_member,
            affiliation=row.affiliation or DEFAULT_AFFILIATION,
        )


@dataclass(frozen=True, slots=True)
class _Holder:
    """Whose account a phone belongs to; None where the reader may not see them."""

    account_no: str | None = None
    name: str | None = None


def _known(actor: Actor, roster: Roster) -> dict[str, _Holder]:
    """Return who has an account already, by the phones of a roster."""
    phones = {seal: row.phone for row in roster.rows for seal in keys.seals(PHONE, row.phone)}
    seals, known = list(phones), {}
    for start in range(0, len(seals), 500):
        taken = session().execute(
            select(Volunteer.phone_seal, Volunteer.account_no, Volunteer.name,
                   reached(actor.scope or "/"))
            .join(Organization, Organization.id == Volunteer.community_id)
            .where(Volunteer.phone_seal.in_(seals[start : start + 500]))
        )  # fmt: skip
        for seal, account_no, name, seen in taken:
            known[phones[seal]] = _Holder(account_no, name) if seen else _Holder()
    return known


def _fate_of_known(row: RosterRow, known: Mapping[str, _Holder]) -> Fate | None:
    holder = known.get(row.phone)
    if holder is None:
        return None
    phone = mask_phone(row.phone)
    if holder.account_no is None or holder.name is None:
        words = _("“联系电话” %(phone)s 已有储户使用。", phone=phone)
        return Fate(row.sheet, row.row, row.name, "known", words)
    if spelled_name(holder.name) != spelled_name(row.name):
        words = _(
            "“联系电话” %(phone)s 是账号 %(account)s 的，姓名不同。",
            phone=phone, account=holder.account_no,
        )  # fmt: skip
        return Fate(row.sheet, row.row, row.name, "fault", words, "phone", holder.account_no)
    words = _("已有账户，账号 %(account)s。", account=holder.account_no)
    return Fate(row.sheet, row.row, row.name, "known", words, "", holder.account_no)
