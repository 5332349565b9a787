"""One quarter of the district's life, hour by hour, through the operations that people use."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from random import Random
from typing import Any

from sqlalchemy import select

from moralbank.core import clock
from moralbank.core.actor import Actor, public, system
from moralbank.core.db import session
from moralbank.core.problems import Refusal
from moralbank.demo.district import District
from moralbank.demo.names import requester, resident
from moralbank.events import claims, disputes, doing, ratings, requests
from moralbank.events.codes import Taken, link_token
from moralbank.honours import computing, rounds
from moralbank.market import donations, redemptions
from moralbank.market.terminals import actor_of
from moralbank.notices import objections
from moralbank.notices import operations as notices
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import OrganizationView
from moralbank.people import adjustments
from moralbank.people.identities import PublicName
from moralbank.people.models import Volunteer

FIRST_DAY_ZONE = timezone(timedelta(hours=8))
FIRST_DAY = datetime(2026, 7, 1, tzinfo=FIRST_DAY_ZONE)
DAYS = 92
PERIOD = "2026Q3"
EARLIEST = FIRST_DAY - timedelta(days=20)
"""When the district was built: before the season."""

_HOME = (
    "home.shopping", "home.medicine", "home.cleaning", "home.cooking", "home.repair",
    "home.companionship", "home.medical_escort", "home.haircut", "home.phone_lessons",
    "home.safety_check", "home.moving", "home.tutoring", "public.paperwork",
    "public.bill_payment", "public.accessibility", "management.mediation",
    "special.veteran_visit", "special.counselling", "special.portraits",
)  # fmt: skip
_TOGETHER = (
    "public.cleanup", "public.waste_sorting", "public.traffic_guidance", "management.patrol",
    "management.night_patrol", "management.fraud_prevention", "special.fair_day",
    "public.flood_relief", "special.performance", "management.order_keeping",
)  # fmt: skip
_STARS = (5,) * 62 + (4,) * 24 + (3,) * 9 + (2,) * 3 + (1,) * 2
_MINUTES = (30, 45, 60, 60, 90, 90, 120, 120, 150, 180)
_BASKETS = (
    {"RICE-5": 1}, {"OIL-1.8": 1}, {"EGGS-30": 1}, {"FLOUR-5": 1}, {"SOAP": 2, "SALT": 1},
    {"TOWEL": 1, "TISSUE": 1}, {"SOAP": 1}, {"SALT": 2, "TISSUE": 1}, {"TISSUE": 2},
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """How much happens in the quarter; the figures are those of the source's scale."""

    errands: int = 2300
    activities: int = 52
    redemptions: int = 1000
    gifts: int = 40


Deed = Callable[[], None]
"""Something that somebody does at a moment; it may plan later deeds."""


class Season:
    """Plans deeds and lets them happen in the order of their moments."""

    def __init__(self, district: District, random: Random, plan: Plan | None = None) -> None:
        self.district, self.random = district, random
        self.scale = plan or Plan()
        self.system = system("demo")
        # Held here, so that the session knows them and does not ask for each again and again.
        self.known = [
            *session().scalars(select(Organization)),
            *session().scalars(select(Volunteer)),
        ]
        self.residents = self.homes = 0
        self.deeds: list[tuple[datetime, int, Deed]] = []
        self.planned = 0
        self.weights = {
            community: [random.paretovariate(1.3) for _person in people]
            for community, people in district.people.items()
        }
        self.sizes = [len(district.people.get(c.id, ())) for c in district.communities]

    def plan(self, at: datetime, do: Deed) -> None:
        """Let something happen at a moment, but never after the season's end."""
        last = FIRST_DAY + timedelta(days=DAYS, minutes=-1)
        self.planned += 1
        heapq.heappush(self.deeds, (min(at, last), self.planned, do))

    def live(self) -> Iterator[tuple[int, int]]:
        """Let everything happen, in order; yields how many deeds are done and planned so far."""
        for _errand in range(self.scale.errands):
            self._plan_errand()
        for _activity in range(self.scale.activities):
            self._plan_activity()
        for _redemption in range(self.scale.redemptions):
            self.plan(self._moment(first=14), self._redeem)
        for _gift in range(self.scale.gifts):
            self.plan(self._moment(first=30), self._give)
        done = 0
        while self.deeds:
            at, _number, do = heapq.heappop(self.deeds)
            with clock.at(at):
                do()
            done += 1
            yield done, self.planned

    def _moment(self, *, first: int = 0, last: int = DAYS - 1) -> datetime:
        day = self.random.randint(first, last)
        return FIRST_DAY + timedelta(days=day, hours=8, minutes=self.random.randint(0, 9 * 60))

    def _by_day(self, moment: datetime) -> datetime:
        """Return a moment itself if it is in the daytime, else one on the next morning."""
        hour = moment.astimezone(FIRST_DAY_ZONE).hour
        if 7 <= hour < 19:
            return moment
        days = 0 if hour < 7 else 1
        morning = moment.astimezone(FIRST_DAY_ZONE).replace(hour=8, minute=0)
        return morning + timedelta(days=days, minutes=self.random.randint(0, 150))

    def _place(self) -> OrganizationView:
        return self.random.choices(self.district.communities, self.sizes)[0]

    def somebody(self, community: OrganizationView, count: int = 1) -> list[PublicName]:
        """Choose some of a community's volunteers, the busy ones more often."""
        people = self.district.people[community.id]
        chosen: dict[str, PublicName] = {}
        wanted = min(count, len(people))
        while len(chosen) < wanted:
            person = self.random.choices(people, self.weights[community.id])[0]
            chosen.setdefault(person.id, person)
        return list(chosen.values())

    def _plan_errand(self) -> None:
        """A resident asks, somebody claims and does it, the resident rates: four moments."""
        random = self.random
        community, item = self._place(), random.choice(_HOME)
        worker = self.district.workers[community.id]
        helpers = self.somebody(community, 2 if random.random() < 0.12 else 1)
        asked = self._moment(last=DAYS - 4)
        claimed = asked + timedelta(minutes=random.randint(20, 600))
        began = self._by_day(claimed + timedelta(minutes=random.randint(60, 900)))
        minutes = random.choice(_MINUTES)
        recorded = began + timedelta(minutes=minutes + random.randint(5, 120))
        rated = recorded + timedelta(minutes=random.randint(10, 2800))
        fate = random.random()
        self.residents += 1
        who, speaks = resident(random, self.residents), random.random() < 0.06
        asks: dict[str, Any] = {"resident": who, "needed_at": began}
        if speaks:
            asks["requester"] = requester(random, self.residents)
        quantity = random.randint(1, 4)

        def ask() -> None:
            taken = requests.request_errand(
                worker, service_item=item, community_id=community.id, **asks
            )
            if fate < 0.02:
                requests.cancel(worker, taken.id, reason="居民另有安排")
            elif fate >= 0.035:
                self.plan(claimed, lambda: claim(taken))

        def claim(taken: Taken) -> None:
            claims.claim(self._volunteer_actor(helpers[0], community), taken.id)
            self.plan(recorded, lambda: complete(taken))

        def complete(taken: Taken) -> None:
            doing.complete(
                worker, taken.id, performed_at=began, quantity=quantity,
                participants=[{"volunteer_id": p.id, "minutes": minutes} for p in helpers],
            )  # fmt: skip
            if fate < 0.965:
                self.plan(rated, lambda: self._rate(worker, taken))

        self.plan(asked, ask)

    def _volunteer_actor(self, person: PublicName, community: OrganizationView) -> Actor:
        return Actor(
            kind="volunteer", id=person.id, role="volunteer", scope=community.path,
            organization_id=community.id, volunteer_id=person.id, name=person.name,
            address="127.0.0.1",
        )  # fmt: skip

    def _home(self) -> Actor:
        """Somebody at home: each has an address of their own."""
        self.homes += 1
        return public(f"10.0.{self.homes // 250}.{self.homes % 250}")

    def _rate(self, worker: Actor, taken: Taken) -> None:
        """The resident rates, by one of the ways there are; now and then it is disputed."""
        random = self.random
        stars, way = random.choice(_STARS), random.random()
        if way < 0.4:
            ratings.rate(self._home(), taken.id, stars=stars, resident_code=taken.resident_code)
        elif way < 0.55:
            ratings.rate_by_link(self._home(), link_token(taken.id), stars=stars)
        elif way < 0.8:
            ratings.rate(
                worker,
                taken.id,
                stars=stars,
                channel="paper",
                slip_no=f"P{self.residents}-{taken.id}",
            )
        else:
            channel = "phone" if way < 0.93 else "visit"
            ratings.rate(worker, taken.id, stars=stars, channel=channel)
        if random.random() < 0.006:
            disputes.dispute(worker, taken.id, reason="居民来电说时长不符")
            disputes.decide(
                self.district.supervisors[0], taken.id,
                upheld=random.random() < 0.5, reason="已核对记录并电话回访",
            )  # fmt: skip

    def _plan_activity(self) -> None:
        """Neighbours clean up together; several others rate it."""
        random = self.random
        community, item = self._place(), random.choice(_TOGETHER)
        worker = self.district.workers[community.id]
        helpers = self.somebody(community, random.randint(10, 26))
        began = self._moment(last=DAYS - 4)
        minutes = random.choice((60, 90, 120, 120, 150, 180))

        def gather() -> None:
            taken = requests.request_errand(worker, service_item=item, community_id=community.id)
            self.plan(began + timedelta(minutes=minutes + 30), lambda: complete(taken))

        def complete(taken: Taken) -> None:
            doing.complete(
                worker, taken.id, performed_at=began,
                participants=[{"volunteer_id": p.id, "minutes": minutes} for p in helpers],
            )  # fmt: skip
            for hours, code in enumerate(taken.neighbour_codes, start=4):
                self.plan(began + timedelta(hours=hours), partial(rate, taken, code))

        def rate(taken: Taken, code: str) -> None:
            ratings.rate(self._home(), taken.id, stars=random.choice(_STARS), resident_code=code)

        self.plan(began - timedelta(minutes=30), gather)

    def _redeem(self) -> None:
        """Somebody goes to their love supermarket; a refusal is part of life."""
        random = self.random
        place = random.choices(range(len(self.sizes)), self.sizes)[0]
        community, shop = self.district.communities[place], self.district.supermarkets[place]
        [person] = self.somebody(community)
        code, pin = self.district.cards[person.id]
        basket = random.choice(_BASKETS)
        goods = self.district.goods[shop.id]
        try:
            done = redemptions.redeem(
                actor_of(self.district.terminals[shop.id]), code=code, pin=pin,
                lines=[(goods[sku], count) for sku, count in basket.items()],
            )  # fmt: skip
        except Refusal as refusal:
            if refusal.code not in ("insufficient_points", "limit_exceeded", "out_of_stock"):
                raise
            return
        if random.random() < 0.01:
            redemptions.void(self.district.supervisors[0], done.id, reason="拿错了商品，当场退回")

    def _give(self) -> None:
        """Somebody gives points to their street's pool."""
        community = self._place()
        [person] = self.somebody(community)
        [pool] = [p for p in self.district.pools if community.path.startswith(_parent(p.path))]
        try:
            donations.donate(
                self._volunteer_actor(person, community), to_pool_id=pool.id,
                points=self.random.choice((500, 1000, 2000)), message="给需要的邻居",
            )  # fmt: skip
        except Refusal as refusal:
            if refusal.code != "insufficient_points":
                raise


def _parent(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[0] + "/"


def leave_waiting(season: Season) -> str:
    """Leave the first community, whose worker's sign-in is printed, with something to do.

    Two errands are open, two claimed, three wait for their rating; one of each was posted by its
    station. Returns the link by which the resident of the last one rates.
    """
    district, last = season.district, FIRST_DAY + timedelta(days=DAYS, hours=-6)
    community = district.communities[0]
    worker, station = district.workers[community.id], district.station
    helpers = season.somebody(community, 7)
    link = ""
    for number, helper in enumerate(helpers):
        season.residents += 1
        with clock.at(last + timedelta(minutes=10 * number)):
            taken = requests.request_errand(
                worker, service_item=_HOME[number], community_id=community.id,
                resident=resident(season.random, season.residents),
                needed_at=last + timedelta(days=1),
                station_id=station.id if station and number in (0, 2, 4) else None,
            )  # fmt: skip
            if number >= 2:
                claims.claim(worker, taken.id, volunteer_id=helper.id)
            if number >= 4:
                doing.complete(
                    worker, taken.id, performed_at=last - timedelta(hours=3),
                    participants=[{"volunteer_id": helper.id, "minutes": 60}],
                )  # fmt: skip
        link = taken.rating_path
    return link


def close(district: District) -> None:
    """Close the quarter: a correction, stars, and the notices that the public reads."""
    supervisor, second = district.supervisors
    end = FIRST_DAY + timedelta(days=DAYS)
    with clock.at(end + timedelta(days=1, hours=2)):
        person = district.people[district.communities[0].id][1]
        adjustments.adjust(
            supervisor, volunteer_id=person.id, asset="points", amount=1500,
            reason="旧存折结转漏记，已核对原件",
        )  # fmt: skip
    with clock.at(end + timedelta(days=8, hours=2)):
        for subject in ("volunteer", "station", "team"):
            made = computing.compute(
                supervisor, subject=subject, period=PERIOD, organization_id=district.root.id
            )
            rounds.publish(second, made.id)
        for kind, period in (
            ("points", "2026-07"), ("points", "2026-08"), ("points", "2026-09"),
            ("redemptions", PERIOD), ("stars", PERIOD),
        ):  # fmt: skip
            drafted = notices.draft(
                supervisor, kind=kind, organization_id=district.root.id, period=period
            )
            notices.post(second, drafted.id, objection_days=5)
    with clock.at(end + timedelta(days=10, hours=2)):
        _object(supervisor, drafted.id, line_no=2, decided="已核对：居民评价与票据一致，星级不变。")
    with clock.at(end + timedelta(days=45)):
        notices.close_due(system("demo"))
    # One notice is open on the day that the demo is loaded, so that anybody can try to object.
    standing = notices.draft(
        supervisor, kind="points", organization_id=district.root.id, period=PERIOD
    )
    notices.post(second, standing.id, objection_days=20)
    _object(supervisor, standing.id, line_no=3, decided=None)


def _object(supervisor: Actor, notice_id: str, *, line_no: int, decided: str | None) -> None:
    """A neighbour objects to a line of a notice; a supervisor decides, or has yet to."""
    made = objections.make(
        public("127.0.0.1"), notice_id, line_no=line_no, name="吴桂兰", contact="19700000000",
        reason="想核实一下这一行的积分是怎么来的。",
    )  # fmt: skip
    if decided is not None:
        objections.decide(supervisor, notice_id, made.id, upheld=False, reason=decided)
