"""The district itself: tree, people, cards, shops, staff."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from moralbank.core.actor import Actor, system
from moralbank.core.pagination import Page
from moralbank.demo.pictures import drawn
from moralbank.market import terminals
from moralbank.market.shelf import goods, pictures
from moralbank.organizations import operations as organizations
from moralbank.organizations.operations import OrganizationView
from moralbank.people import cards, staff, volunteers
from moralbank.people.identities import PublicName, volunteers_below
from moralbank.people.importing import import_roster

NAME = "浑河区（演示）"
ROSTER = Path(__file__).parent / "data" / "roster.xlsx"
PASSWORD = "demo-password"  # noqa: S105 — the demo's sign-ins are printed for everybody
PIN = "2468"
STEP = Callable[[str], None]

_GOODS = (
    # sku, name, unit, price in points, cost in yuan, stock, most per person and month
    ("RICE-5", "大米 5 千克", "袋", 60, 26, 60, 2),
    ("FLOUR-5", "面粉 5 千克", "袋", 50, 22, 60, 2),
    ("OIL-1.8", "大豆油 1.8 升", "桶", 45, 20, 60, 2),
    ("EGGS-30", "鸡蛋 30 枚", "盘", 40, 18, 40, 2),
    ("SALT", "食盐 400 克", "袋", 4, 2, 100, None),
    ("SOAP", "洗衣皂", "块", 5, 3, 120, None),
    ("TOWEL", "毛巾", "条", 10, 5, 100, None),
    ("TISSUE", "抽纸 3 包", "提", 12, 6, 90, None),
)

_SKILLS = ("household", "repair", "haircut", "cooking", "care", "medical", "teaching", "arts",
           "legal", "mediation")  # fmt: skip


@dataclass
class District:
    """What the season needs to know of the district that was built; `cards` are code and PIN by
    volunteer, `goods` ids by sku by shop, `workers` by community; `station` is the one whose
    keeper's sign-in is printed."""

    root: OrganizationView
    communities: list[OrganizationView] = field(default_factory=list)
    supermarkets: list[OrganizationView] = field(default_factory=list)
    pools: list[OrganizationView] = field(default_factory=list)
    people: dict[str, list[PublicName]] = field(default_factory=dict)
    cards: dict[str, tuple[str, str]] = field(default_factory=dict)
    goods: dict[str, dict[str, str]] = field(default_factory=dict)
    terminals: dict[str, str] = field(default_factory=dict)
    terminal_token: str = ""
    workers: dict[str, Actor] = field(default_factory=dict)
    supervisors: list[Actor] = field(default_factory=list)
    station: OrganizationView | None = None

    @property
    def shown(self) -> PublicName:
        """The volunteer whose sign-in is printed."""
        return self.people[self.communities[0].id][0]


def _all(list_page: Callable[[str | None], Page[OrganizationView]]) -> list[OrganizationView]:
    found: list[OrganizationView] = []
    cursor: str | None = None
    while True:
        page = list_page(cursor)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


def build(random: Random, step: STEP) -> District:
    """Build the district from the roster; `step` is told what is being done."""
    actor = system("demo")
    root = organizations.create(
        actor, name=NAME, level="district", code="DEMO", phone="024-00000000",
        address="演示路 1 号", leader="区社会工作部",
    )  # fmt: skip
    district = District(root)
    step("导入花名册")
    import_roster(actor, ROSTER, district_id=root.id, dry_run=False)
    district.communities = _level(actor, "community")
    _open_shops(actor, district, random, step)
    _take_on_staff(actor, district)
    _join_teams(actor, district, random, step)
    _issue_cards(actor, district, random, step)
    return district


def _level(actor: Actor, level: str) -> list[OrganizationView]:
    return _all(
        lambda cursor: organizations.list_organizations(
            actor, levels=(level,), cursor=cursor, limit=200
        )
    )


def _open_shops(actor: Actor, district: District, random: Random, step: STEP) -> None:
    for community in district.communities:
        step(f"爱心超市:{community.name}")
        shop = organizations.create(
            actor, name=f"{community.name}爱心超市", level="supermarket", parent_id=community.id,
            address=f"{community.name}党群服务中心一楼", hours="周一至周六 9:00–17:00",
        )  # fmt: skip
        district.supermarkets.append(shop)
        district.goods[shop.id] = {
            sku: goods.create(
                actor, supermarket_id=shop.id, sku=sku, name=name, unit=unit, price=price * 100,
                stock=random.randint(stock // 2, stock), limit_per_person=most,
                limit_period="month", cost=cost * 100,
            ).id
            for sku, name, unit, price, cost, stock, most in _GOODS
        }  # fmt: skip
        for sku, goods_id in district.goods[shop.id].items():
            pictures.show_picture(actor, goods_id, upload=drawn(sku))
        terminal = terminals.create(actor, supermarket_id=shop.id, name="收银台")
        district.terminals[shop.id] = terminal.id
        district.terminal_token = district.terminal_token or terminal.token or ""


def _take_on_staff(actor: Actor, district: District) -> None:
    """Take on the staff whose sign-ins are printed, and those who keep the season's records."""
    first = district.communities[0]
    station = next(one for one in _level(actor, "station") if one.parent_id == first.id)
    district.station = station
    for username, role, organization_id, name in (
        ("admin", "admin", None, "行长（演示）"),
        ("supervisor", "supervisor", district.root.id, "区主管（演示）"),
        ("worker", "worker", first.id, f"{first.name}社工（演示）"),
        ("station", "worker", station.id, f"{station.name}代办员（演示）"),
        ("auditor", "auditor", None, "审计员（演示）"),
    ):
        staff.create(
            actor, username=username, password=PASSWORD, display_name=name, role=role,
            organization_id=organization_id,
        )  # fmt: skip
    streets = _level(actor, "street")
    for number, street in enumerate(streets, start=1):
        worker = _staff_actor(actor, f"worker{number}", "worker", street, f"{street.name}社工")
        for community in district.communities:
            if community.path.startswith(street.path):
                district.workers[community.id] = worker
    district.supervisors = [
        _staff_actor(actor, f"supervisor{number}", "supervisor", district.root, f"区主管{number}")
        for number in (1, 2)
    ]


def _staff_actor(
    actor: Actor, username: str, role: str, organization: OrganizationView, name: str
) -> Actor:
    made = staff.create(
        actor, username=username, password=PASSWORD, display_name=name, role=role,
        organization_id=organization.id,
    )  # fmt: skip
    return Actor(
        kind="staff", id=made.id, role=role, scope=organization.path,
        organization_id=organization.id, name=name, address="127.0.0.1",
    )  # fmt: skip


def _join_teams(actor: Actor, district: District, random: Random, step: STEP) -> None:
    """Give every street a team and a pool; some volunteers join, many agree to be named."""
    everybody = volunteers_below(district.root.path)
    for street in _level(actor, "street"):
        step(f"团队与公益池:{street.name}")
        team = organizations.create(
            actor, name=f"{street.name}先锋队", level="team", parent_id=street.id
        )
        district.pools.append(
            organizations.create(
                actor, name=f"{street.name}公益池", level="pool", parent_id=street.id
            )
        )
        places = {c.id for c in district.communities if c.path.startswith(street.path)}
        for person in [p for p in everybody.values() if p.community_id in places]:
            changes: dict[str, object] = {}
            if random.random() < 0.62:
                changes["publish_consent"] = True
            if random.random() < 0.2:
                changes["team_id"] = team.id
            if random.random() < 0.25:
                changes["skills"] = random.sample(_SKILLS, random.randint(1, 3))
            if changes:
                volunteers.change(actor, person.id, **changes)
    for person in volunteers_below(district.root.path).values():
        district.people.setdefault(person.community_id, []).append(person)
    volunteers.change(actor, district.shown.id, skills=["repair", "care"])


def _issue_cards(actor: Actor, district: District, random: Random, step: STEP) -> None:
    """Give everybody a card; the printed demo sign-in's PIN is PIN, the others' are their own."""
    for community in district.communities:
        step(f"制卡:{community.name}")
        for person in district.people.get(community.id, []):
            pin = PIN if person == district.shown else f"{random.randrange(10**4):04d}"
            card = cards.issue(actor, person.id, pin=pin)
            district.cards[person.id] = (card.code, pin)
