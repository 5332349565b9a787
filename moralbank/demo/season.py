"""The life of the district as a calendar: deeds at their moments, and who is there to do them."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from random import Random

from sqlalchemy import select

from moralbank.core import clock
from moralbank.core.actor import Actor, public, system
from moralbank.core.db import session
from moralbank.demo.district import District
from moralbank.events import slips
from moralbank.organizations.models import Organization
from moralbank.organizations.operations import OrganizationView
from moralbank.people.identities import PublicName
from moralbank.people.models import Volunteer

ZONE = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Span:
    """Some days in which things happen: from a morning's midnight to a last moment."""

    since: datetime
    until: datetime

    def moment(self, random: Random, *, first: int = 0, spare: int = 1) -> datetime:
        """Return a moment of somebody's working day, from the day `first` on; the last `spare`
        days are left for what follows from it."""
        day = random.randint(first, (self.until - self.since).days - spare)
        return self.since + timedelta(days=day, hours=8, minutes=random.randint(0, 9 * 60))


FIRST_DAY = datetime(2026, 7, 1, tzinfo=ZONE)
QUARTER = Span(FIRST_DAY, FIRST_DAY + timedelta(days=92, minutes=-1))
PERIOD, YEAR = "2026Q3", "2026"
EARLIEST = FIRST_DAY - timedelta(days=20)
"""When the district was built: before the season."""
CLOSED = FIRST_DAY + timedelta(days=92 + 45)
"""When the quarter's last notice is closed; the day of loading comes after it."""
LATELY_DAYS = 21


@dataclass(frozen=True, slots=True)
class Plan:
    """How much happens: in the quarter, at the source's scale, and `lately`, in the first community
    in the weeks before the day of loading."""

    errands: int = 1850
    gatherings: int = 52
    weekly: int = 14
    redemptions: int = 1000
    gifts: int = 40
    lately: int = 40


Deed = Callable[[], None]
"""Something that somebody does at a moment; it may plan later deeds."""


class Season:
    """Lets deeds happen in the order of their moments, and knows who is free to do them.

    `now` is the moment of loading and `today` the midnight before it; what happens lately keeps to
    the days before, so that a day's loadings are all the same life.
    """

    def __init__(self, district: District, random: Random, plan: Plan | None = None) -> None:
        self.district, self.random = district, random
        self.scale = plan or Plan()
        self.system = system("demo")
        # Held here, so that the session knows them and does not ask for each again and again.
        self.known = [
            *session().scalars(select(Organization)),
            *session().scalars(select(Volunteer)),
        ]
        self.now = max(clock.now(), CLOSED + timedelta(days=1))
        self.today = clock.start_of(clock.local_date(self.now))
        self.lately = Span(self.today - timedelta(days=LATELY_DAYS), self.today)
        self.residents = self.homes = self.looked = 0
        self.deeds: list[tuple[datetime, int, Deed]] = []
        self.planned = 0
        self.weights = {
            community: {person.id: random.paretovariate(1.3) for person in people}
            for community, people in district.people.items()
        }
        self.sizes = [len(district.people.get(c.id, ())) for c in district.communities]
        self.booked: dict[str, list[Span]] = {}
        self.slips: dict[str, list[str]] = {}
        self.left_alone: set[str] = set()
        """Errands that the worker's usual round of calls leaves out."""
        self.link = self.own_link = ""
        """The links by which a resident rates on the day of loading, and sees what they asked
        for."""

    def plan(self, at: datetime, do: Deed, *, span: Span | None = None) -> None:
        """Let something happen at a moment, but never after the end of its span."""
        self.planned += 1
        heapq.heappush(self.deeds, (min(at, span.until) if span else at, self.planned, do))

    def live(self) -> Iterator[tuple[int, int]]:
        """Let everything happen, in order; yields how many deeds are done and planned so far."""
        done = 0
        while self.deeds:
            at, _number, do = heapq.heappop(self.deeds)
            with clock.at(at):
                do()
            done += 1
            yield done, self.planned

    def by_day(self, moment: datetime) -> datetime:
        """Return a moment itself if it is in the daytime, else one on the next morning."""
        hour = moment.astimezone(ZONE).hour
        if 7 <= hour < 19:
            return moment
        days = 0 if hour < 7 else 1
        morning = moment.astimezone(ZONE).replace(hour=8, minute=0)
        return morning + timedelta(days=days, minutes=self.random.randint(0, 150))

    def place(self) -> OrganizationView:
        """Choose a community, the big ones more often."""
        return self.random.choices(self.district.communities, self.sizes)[0]

    def worker(self, community: OrganizationView) -> Actor:
        """Return who keeps a community's records."""
        return self.district.workers[community.id]

    def somebody(
        self, community: OrganizationView, count: int = 1, *, during: Span | None = None
    ) -> list[PublicName]:
        """Choose some of a community's volunteers, the busy ones more often; `during`: who has
        nothing else to do then, and from now on has this."""
        people = self.district.people[community.id]
        if during is not None:
            people = [person for person in people if self._is_free(person, during)] or people
        weights = [self.weights[community.id][person.id] for person in people]
        chosen: dict[str, PublicName] = {}
        wanted = min(count, len(people))
        while len(chosen) < wanted:
            person = self.random.choices(people, weights)[0]
            chosen.setdefault(person.id, person)
        for person in chosen.values():
            if during is not None:
                self.book(person, during)
        return list(chosen.values())

    def book(self, person: PublicName, during: Span) -> None:
        """Let somebody have something to do."""
        self.booked.setdefault(person.id, []).append(during)

    def _is_free(self, person: PublicName, during: Span) -> bool:
        return all(
            during.until <= other.since or other.until <= during.since
            for other in self.booked.get(person.id, ())
        )

    def acting(self, person: PublicName) -> Actor:
        """Return a volunteer as the one who does something."""
        [community] = [c for c in self.district.communities if c.id == person.community_id]
        return Actor(
            kind="volunteer", id=person.id, role="volunteer", scope=community.path,
            organization_id=community.id, volunteer_id=person.id, name=person.name,
            address="127.0.0.1",
        )  # fmt: skip

    def home(self) -> Actor:
        """Return somebody at home: each has an address of their own."""
        self.homes += 1
        return public(f"10.0.{self.homes // 250}.{self.homes % 250}")

    def slip(self, community: OrganizationView) -> str:
        """Take the next of a community's printed slips; when none is left, a sheet is printed."""
        left = self.slips.setdefault(community.id, [])
        if not left:
            batch = slips.print_slips(self.worker(community), community_id=community.id, sheets=1)
            left += batch.numbers
        return left.pop(0)
