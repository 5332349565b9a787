"""Use case of a roster: open the accounts of a whole district from the offices' own spreadsheet."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from flask_babel import gettext as _
from sqlalchemy import select

from moralbank.core import audit, policy
from moralbank.core.actor import Actor
from moralbank.core.db import session
from moralbank.core.transaction import operation
from moralbank.organizations.models import Level, Organization
from moralbank.organizations.operations import below, create, find
from moralbank.people.roster import Rejection, Roster, RosterRow, mask_phone, read_roster
from moralbank.people.roster_table import COMMUNITY_ENDINGS, STREET_ENDINGS, folded
from moralbank.people.volunteers import NewAccount, open_accounts, phones_taken

IMPORT = "volunteers.import"
DEFAULT_AFFILIATION = "resident"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of a roster: every person's row is created or rejected."""

    rows: int
    created: int
    rejected: tuple[Rejection, ...]


def import_roster(
    actor: Actor, source: Path | BinaryIO, *, district_id: str, dry_run: bool = False
) -> ImportReport:
    """Open an account for every good row of a roster, in one transaction.

    Streets, communities and stations that the district does not have yet are made. A second import
    of a file creates nothing: its phones are taken. With `dry_run` nothing is written and `created`
    is what would be. Whether a name may be published is not asked in a roster, so nobody's is.

    Refuses 404 unless `district_id` is a district within reach; raises UnreadableRoster.
    """
    policy.require(actor, IMPORT)
    find(actor, district_id, level="district")
    # Read before the transaction: it may run twice, a stream can be read once, and no other
    # writer should wait for a spreadsheet.
    return take_in(actor, read_roster(source), district_id=district_id, dry_run=dry_run)


@operation(IMPORT)
def take_in(actor: Actor, roster: Roster, *, district_id: str, dry_run: bool) -> ImportReport:
    """Open the accounts of a roster that was read. Refuses 404 for the district."""
    district = find(actor, district_id, level="district")
    taken = phones_taken(row.phone for row in roster.rows)
    good = [row for row in roster.rows if row.phone not in taken]
    rejected = [
        *roster.rejections,
        *(_duplicate(row) for row in roster.rows if row.phone in taken),
    ]
    report = ImportReport(
        rows=len(good) + len(rejected),
        created=len(good),
        rejected=tuple(_in_order(rejected, roster)),
    )
    if good and not dry_run:
        places = _Places(actor, district.id, district.path)
        open_accounts(_accounts(places, good))
        audit.record(
            actor, IMPORT, subject_type="district", subject_id=district.id,
            created=report.created, rejected=len(rejected),
        )  # fmt: skip
    return report


def _duplicate(row: RosterRow) -> Rejection:
    detail = _("“联系电话” %(phone)s 已有储户使用。", phone=mask_phone(row.phone))
    return Rejection(row.sheet, row.row, "duplicate_phone", detail)


def _in_order(rejected: Iterable[Rejection], roster: Roster) -> list[Rejection]:
    """Sort as somebody goes through the file: sheet by sheet, from the top."""
    named = [row.sheet for row in roster.rows] + [line.sheet for line in roster.rejections]
    sheets = {sheet: place for place, sheet in enumerate(dict.fromkeys(named))}
    return sorted(rejected, key=lambda rejection: (sheets[rejection.sheet], rejection.row))


def _accounts(places: "_Places", rows: list[RosterRow]) -> list[NewAccount]:
    # Rows that name their street go first: a row that does not then finds its community there.
    communities: dict[int, str] = {}
    for place, row in sorted(enumerate(rows), key=lambda numbered: numbered[1].street is None):
        communities[place] = places.community(row)
    return [
        NewAccount(
            name=row.name,
            phone=row.phone,
            community_id=communities[place],
            station_id=places.station(communities[place], row),
            party_member=row.party_member,
            affiliation=row.affiliation or DEFAULT_AFFILIATION,
            publish_consent=False,
        )
        for place, row in enumerate(rows)
    ]


@dataclass
class _Places:
    """The nodes below a district, found by name under their parent, or made."""

    actor: Actor
    district_id: str
    path: str
    known: dict[tuple[str, str, str], str] = field(default_factory=dict)
    by_name: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        nodes = session().execute(
            select(Organization.id, Organization.name, Organization.level, Organization.parent_id)
            .where(below(self.path), Organization.level.in_(("street", "community", "station")))
            .order_by(Organization.id)
        )
        for node in nodes:
            self._keep(node.level, node.parent_id, node.name, node.id)

    def _keep(self, level: Level, parent_id: str, name: str, number: str) -> None:
        key = place_key(level, name)
        self.known.setdefault((level, parent_id, key), number)
        if level == "community":
            self.by_name.setdefault(key, set()).add(number)

    def _find_or_make(
        self, level: Level, parent_id: str, name: str, *, station_kind: str | None = None
    ) -> str:
        found = self.known.get((level, parent_id, place_key(level, name)))
        if found is not None:
            return found
        made = create(
            self.actor, name=name, level=level, parent_id=parent_id, station_kind=station_kind
        )
        self._keep(level, parent_id, name, made.id)
        return made.id

    def community(self, row: RosterRow) -> str:
        """Return the community of a row. Without a street it is the one of that name, where the
        district has just one; otherwise it hangs on the district itself."""
        if row.street is None:
            namesakes = self.by_name.get(place_key("community", row.community), set())
            if len(namesakes) == 1:
                return next(iter(namesakes))
            return self._find_or_make("community", self.district_id, row.community)
        street = self._find_or_make("street", self.district_id, row.street)
        return self._find_or_make("community", street, row.community)

    def station(self, community_id: str, row: RosterRow) -> str | None:
        """Return the station of a row, if it names one."""
        if row.station is None:
            return None
        return self._find_or_make(
            "station", community_id, row.station, station_kind=row.station_kind
        )


def place_key(level: Level, name: str) -> str:
    """Return the form in which names are compared: 长河 is 长河街道, and 长河街道办事处 too."""
    name = folded(name)
    if level == "street":
        name = name.removesuffix("办事处")
        return name if name.endswith(STREET_ENDINGS) else f"{name}街道"
    if level == "community":
        return name if name.endswith(COMMUNITY_ENDINGS) else f"{name}社区"
    return name
