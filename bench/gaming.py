"""A season of 20,000 errands with planted cheats: which are flagged, which are not, and how many
honest people are asked about nothing. `make gaming` writes docs/gaming.md.

Everything goes through the bank's own operations. Chance has a seed, so a season can be had again.
"""

from __future__ import annotations

import heapq
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import click
from flask_migrate import upgrade
from sqlalchemy import select

from bench.report import machine
from moralbank.core import clock
from moralbank.core.actor import Actor, public, system
from moralbank.core.db import session
from moralbank.core.transaction import transact
from moralbank.events import doing, pairings, ratings, requests
from moralbank.events.checking.models import Flag
from moralbank.events.checking.watch import look_for_rings
from moralbank.events.codes import link_token
from moralbank.organizations import operations as organizations
from moralbank.people import volunteers
from tests.databases import make_app

SEED = 20_260_701
ZONE = ZoneInfo("Asia/Shanghai")
FIRST = datetime(2026, 7, 1, tzinfo=ZONE)
DAYS = 90
COMMUNITIES, VOLUNTEERS, RESIDENTS = 8, 40, 70
BUSY = 3
"""Honest volunteers with a registered pairing, of each community."""
ITEMS = ("home.shopping", "home.companionship", "home.cleaning", "home.cooking", "home.haircut")
CARRIERS = 40
"""Addresses that a telephone company gives to all its customers here."""
RESULT = Path("docs/gaming.md")


@dataclass(frozen=True)
class Person:
    """A volunteer or a resident, with what tells them apart."""

    id: str
    name: str
    phone: str
    home: str
    community: str

    @property
    def as_resident(self) -> dict[str, str]:
        """What a request says of them."""
        return {"name": self.name, "phone": self.phone, "household_no": self.home}


@dataclass
class Trick:
    """One way of cheating: what is done, and the kinds of flag that would be right for it. `cases`
    are the errands of each cheat or group of cheats."""

    title: str
    right: frozenset[str]
    cases: list[list[str]] = field(default_factory=list)


class Season:
    """Plans errands and lets them happen in the order of their moments."""

    def __init__(self, errands: int) -> None:
        self.random = Random(SEED)
        self.wanted = errands
        self.planned = 0
        self.deeds: list[tuple[datetime, int, Callable[[], None]]] = []
        self.honest: dict[str, str] = {}
        self.tricks: list[Trick] = []
        self._numbers = iter(range(10_000_000))
        district = organizations.create(
            system("season"), name="新安区", level="district", parent_id=None
        )
        street = organizations.create(
            system("season"), name="长河街道", level="street", parent_id=district.id
        )
        self.places = [
            organizations.create(
                system("season"), name=f"第{place}社区", level="community", parent_id=street.id
            ).id
            for place in range(1, COMMUNITIES + 1)
        ]
        self.people = {place: self._volunteers(place, VOLUNTEERS) for place in self.places}
        self.residents = {
            place: [self._somebody(place) for _one in range(RESIDENTS)] for place in self.places
        }
        self.weights = {
            place: [self.random.paretovariate(1.6) for _one in people]
            for place, people in self.people.items()
        }
        self.usual = {
            resident.phone: self.random.choices(
                self.people[place], weights=self.weights[place], k=3
            )
            for place, residents in self.residents.items()
            for resident in residents
        }

    def _somebody(self, place: str, number: str = "") -> Person:
        serial = next(self._numbers)
        return Person(number, f"居民{serial}", f"138{serial:08d}", f"{serial}-1", place)

    def _volunteers(self, place: str, many: int) -> list[Person]:
        found = []
        for _one in range(many):
            person = self._somebody(place)
            account = volunteers.open_account(
                system("season"), name=person.name, phone=person.phone, community_id=place,
                household_no=person.home, publish_consent=True,
            )  # fmt: skip
            found.append(Person(account.id, person.name, person.phone, person.home, place))
        return found

    def worker(self, place: str, number: int = 0) -> Actor:
        """A worker of a community."""
        return Actor(kind="staff", id=f"w{number}-{place}", role="worker", scope="", name="w")

    def plan(self, at: datetime, do: Callable[[], None]) -> None:
        """Let something happen at a moment."""
        self.planned += 1
        heapq.heappush(self.deeds, (at, self.planned, do))

    def moment(self, day: int | None = None) -> datetime:
        """A moment of the season by day, or of one of its days, on the quarter hour as people
        write it down."""
        days = self.random.randrange(DAYS) if day is None else day
        quarters = self.random.randrange(4 * 9)
        return FIRST + timedelta(days=days, hours=8, minutes=15 * quarters)

    def errand(
        self,
        who: Person,
        whom: Person,
        at: datetime,
        minutes: int,
        *,
        case: list[str] | None,
        address: str | None = None,
        entered: datetime | None = None,
        rated_at: datetime | None = None,
        by: int = 0,
        stars: int = 0,
    ) -> None:
        """Plan an errand: done at a moment, rated by the resident's link from an address, or on
        paper, entered at a moment."""
        self.wanted -= 1
        place, random = whom.community, self.random
        stars = stars or random.choices((5, 4, 3, 2, 1), weights=(60, 30, 7, 2, 1))[0]
        item = random.choice(ITEMS)
        paper = entered is not None or (address is None and random.random() < 0.45)
        rated = rated_at or at + timedelta(minutes=minutes + random.randint(5, 60 * 24 * 2))
        if paper and entered is None:
            # Slips wait for the end of the week, and are entered one after the other.
            friday = at + timedelta(days=(4 - at.weekday()) % 7)
            entered = friday.replace(hour=16, minute=0) + timedelta(
                seconds=random.randint(0, 3 * 3600)
            )
            rated = max(rated, entered)
        home = address or f"10.{int(whom.phone[-4:]) % 250}.{int(whom.phone[-6:-3]) % 250}.9"
        if address is None and random.random() < 0.25:  # many telephones share a carrier's address
            home = f"100.64.0.{random.randrange(CARRIERS)}"

        def do() -> None:
            asked = requests.request_errand(
                self.worker(place), service_item=item, community_id=place,
                resident=whom.as_resident,
            )  # fmt: skip
            doing.complete(
                self.worker(place), asked.id, performed_at=at,
                participants=[{"volunteer_id": who.id, "minutes": minutes}],
            )  # fmt: skip
            if case is None:
                self.honest[asked.id] = who.id
            else:
                case.append(asked.id)
            if paper:
                self.plan(
                    entered if entered and case is not None else rated,
                    lambda: _drop(
                        ratings.rate(
                            self.worker(place, by + 1), asked.id, stars=stars, channel="paper"
                        )
                    ),
                )
            else:
                token = link_token(asked.id)
                self.plan(
                    rated, lambda: _drop(ratings.rate_by_link(public(home), token, stars=stars))
                )

        self.plan(at + timedelta(minutes=minutes + 1), do)

    def live(self) -> Iterator[int]:
        """Let everything happen; yields how much is done."""
        done = 0
        while self.deeds:
            at, _number, do = heapq.heappop(self.deeds)
            with clock.at(at):
                do()
            done += 1
            yield done


def _drop(_answer: object) -> None:
    """Take no notice of an answer."""


def honest_life(season: Season) -> None:
    """People who help the neighbours whom they usually help; a few registered pairs, who meet
    every other day; some who write their times down so carelessly that two of them overlap."""
    random = season.random
    for place in season.places:
        for number in range(BUSY):
            who, whom = season.people[place][number], season.residents[place][number]
            with clock.at(FIRST):
                pairings.register(
                    system("season"), volunteer_id=who.id, community_id=place,
                    resident=whom.as_resident,
                )  # fmt: skip
            for day in range(number, DAYS, 2):
                season.errand(who, whom, season.moment(day), 60, case=None)
    taken: defaultdict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    while season.wanted > 0:
        place = random.choice(season.places)
        whom = random.choice(season.residents[place][BUSY:])
        usual = season.usual[whom.phone]
        who = (
            random.choice(usual)
            if random.random() < 0.7
            else random.choices(season.people[place], weights=season.weights[place])[0]
        )
        at, minutes = season.moment(), random.choice((30, 30, 45, 60, 60, 90, 120))
        until = at + timedelta(minutes=minutes)
        busy = any(at < end and start < until for start, end in taken[who.id])
        if busy and random.random() > 0.01:  # nobody is in two places; some write carelessly
            continue
        taken[who.id].append((at, until))
        # In two communities residents without a phone rate at the office's own computer.
        office = f"192.168.{season.places.index(place)}.1"
        shared = season.places.index(place) < 2 and random.random() < 0.1
        season.errand(who, whom, at, minutes, case=None, address=office if shared else None)


def cheats(season: Season) -> None:
    """Everything that is planted."""
    for plant in (
        overlaps, pairs, careful_pairs, rings_of, careful_rings, in_bulk, one_address,
        many_addresses, long_days, padded, never_done,
    ):  # fmt: skip
        plant(season)


def _new(season: Season, many: int) -> list[Person]:
    place = season.random.choice(season.places)
    return season._volunteers(place, many)


def _trick(season: Season, title: str, *right: str) -> Trick:
    trick = Trick(title, frozenset(right))
    season.tricks.append(trick)
    return trick


def _case(trick: Trick) -> list[str]:
    case: list[str] = []
    trick.cases.append(case)
    return case


def overlaps(season: Season) -> None:
    """Two errands at the same hour, six times."""
    trick = _trick(season, "在同一时间记两件事，各六次", "overlap")
    for [who] in [_new(season, 1) for _case_ in range(20)]:
        case = _case(trick)
        for day in season.random.sample(range(DAYS), 6):
            at = season.moment(day)
            for _two in range(2):
                whom = season.random.choice(season.residents[who.community])
                season.errand(who, whom, at, 60, case=case, stars=5)


def pairs(season: Season) -> None:
    """A volunteer and a friend, every other day."""
    trick = _trick(season, "总为同一位熟人，每月十五次", "pair")
    for [who] in [_new(season, 1) for _case_ in range(10)]:
        whom, case = season._somebody(who.community), _case(trick)
        for day in range(0, DAYS, 2):
            season.errand(who, whom, season.moment(day), 60, case=case, stars=5)


def careful_pairs(season: Season) -> None:
    """The same, who know the threshold."""
    trick = _trick(season, "总为同一位熟人，每月不超过八次", "pair")
    for [who] in [_new(season, 1) for _case_ in range(10)]:
        whom, case = season._somebody(who.community), _case(trick)
        for day in range(0, DAYS, 5):
            season.errand(who, whom, season.moment(day), 60, case=case, stars=5)


def _ring(season: Season, trick: Trick, size: int, times: int) -> None:
    around, case = _new(season, size), _case(trick)
    for place, who in enumerate(around):
        for day in season.random.sample(range(DAYS), times):
            whom = around[(place + 1) % size]
            season.errand(who, whom, season.moment(day), 60, case=case, stars=5)


def rings_of(season: Season) -> None:
    """Two, three or four who serve each other in turn, four times each."""
    for size, many in ((2, 8), (3, 6), (4, 4)):
        trick = _trick(season, f"{size} 人互相服务，各四次", "ring", "pair")
        for _one in range(many):
            _ring(season, trick, size, 4)


def careful_rings(season: Season) -> None:
    """Rings below the threshold, and one longer than is looked for."""
    trick = _trick(season, "3 人互相服务，各两次（低于门槛）", "ring")
    for _one in range(5):
        _ring(season, trick, 3, 2)
    trick = _trick(season, "6 人互相服务，各四次（比查的圈大）", "ring")
    for _one in range(3):
        _ring(season, trick, 6, 4)


def in_bulk(season: Season) -> None:
    """A member of staff who enters invented slips for friends, 45 within the hour."""
    trick = _trick(season, "工作人员一小时内补录 45 份编造的评价", "entered")
    for number in range(5):
        friends, case = _new(season, 15), _case(trick)
        day = season.random.randrange(20, DAYS - 2)
        evening = FIRST + timedelta(days=day, hours=20)
        for place in range(45):
            who = friends[place % 15]
            whom = season.random.choice(season.residents[who.community])
            at = season.moment(day - 1 - place // 15)
            season.errand(
                who, whom, at, 60, case=case, stars=5, by=50 + number,
                entered=evening + timedelta(seconds=70 * place),
            )  # fmt: skip


def one_address(season: Season) -> None:
    """A volunteer with the residents' links, who rates from one telephone in an evening."""
    trick = _trick(season, "志愿者拿居民的链接，一天内用同一部手机评 14 次", "address")
    for number in range(10):
        [who], case = _new(season, 1), _case(trick)
        for day in season.random.sample(range(DAYS), 2):
            for hour in range(14):
                whom = season.random.choice(season.residents[who.community])
                at = FIRST + timedelta(days=day, hours=6, minutes=45 * hour)
                season.errand(
                    who, whom, at, 30, case=case, stars=5, address=f"172.16.0.{number}",
                    rated_at=FIRST + timedelta(days=day, hours=20, minutes=3 * hour),
                )  # fmt: skip


def many_addresses(season: Season) -> None:
    """The same, who rates four in a day."""
    trick = _trick(season, "志愿者拿居民的链接，每天评四次", "address")
    for number in range(10):
        [who], case = _new(season, 1), _case(trick)
        for day in season.random.sample(range(DAYS), 8):
            for hour in range(4):
                whom = season.random.choice(season.residents[who.community])
                at = FIRST + timedelta(days=day, hours=8 + 2 * hour)
                season.errand(
                    who, whom, at, 30, case=case, stars=5, address=f"172.17.0.{number}",
                    rated_at=FIRST + timedelta(days=day, hours=20, minutes=3 * hour),
                )  # fmt: skip


def long_days(season: Season) -> None:
    """Fourteen hours of service in a day."""
    trick = _trick(season, "一天记 14 个小时", "hours")
    for [who] in [_new(season, 1) for _case_ in range(15)]:
        case = _case(trick)
        for day in season.random.sample(range(DAYS), 3):
            for part in range(7):
                whom = season.random.choice(season.residents[who.community])
                at = FIRST + timedelta(days=day, hours=6 + 2 * part)
                season.errand(who, whom, at, 120, case=case, stars=5)


def padded(season: Season) -> None:
    """Half an hour written down as two hours."""
    trick = _trick(season, "半小时记成两小时，时间不重叠")
    for [who] in [_new(season, 1) for _case_ in range(15)]:
        case = _case(trick)
        for day in season.random.sample(range(DAYS), 12):
            whom = season.random.choice(season.residents[who.community])
            season.errand(who, whom, season.moment(day), 120, case=case, stars=5)


def never_done(season: Season) -> None:
    """Errands that nobody did, with residents who play along."""
    trick = _trick(season, "没有做，居民配合打分，每人十二次")
    for [who] in [_new(season, 1) for _case_ in range(15)]:
        case = _case(trick)
        for day in season.random.sample(range(DAYS), 12):
            whom = season.random.choice(season.residents[who.community])
            season.errand(who, whom, season.moment(day), 60, case=case, stars=5)


def _flags() -> dict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for event_id, kind in session().execute(select(Flag.event_id, Flag.kind)):
        found[event_id].add(kind)
    return found


def report(season: Season, facts: dict[str, str], errands: int) -> str:
    """Return docs/gaming.md."""
    flags = _flags()
    right = {"overlap", "pair", "ring", "entered", "address", "hours"}
    cases = sum(len(trick.cases) for trick in season.tricks)
    known = " · ".join(f"{name}: {value}" for name, value in facts.items())
    lines = f"""# What the checks catch

A generated season: {errands:,} errands in {DAYS} days, {COMMUNITIES} communities,
{len(set(season.honest.values())):,} honest volunteers at work, {cases} planted cases of cheating in
{len(season.tricks)} ways; the default rulebook. `make gaming` makes it again, with the same seed.

{known}

A case is caught when a check that is made for it raised a flag at one of its errands. By the
random sample alone, which is a call to the resident, is counted apart. Honest people write their
times on the quarter hour and one in a hundred clashes with another; slips are entered on Friday
afternoons; a quarter of the telephones share {CARRIERS} addresses of their company; two offices
have a computer on which residents rate; every community has {BUSY} registered pairings that meet
every other day.

| planted | cases | errands | caught | by another check | by the sample alone | not |
|---|--:|--:|--:|--:|--:|--:|""".splitlines()
    for trick in season.tricks:
        caught = other = sample = 0
        for case in trick.cases:
            seen = set().union(*(flags.get(number, set()) for number in case))
            caught += bool(seen & trick.right)
            other += bool(seen & right - trick.right and not seen & trick.right)
            sample += bool("sample" in seen and not seen & right)
        many = len(trick.cases)
        lines.append(
            f"| {trick.title} | {many} | {sum(map(len, trick.cases))} | {caught} | {other} "
            f"| {sample} | {many - caught - other - sample} |"
        )
    lines += ["", "| honest | errands flagged | of all honest | volunteers asked about |",
              "|---|--:|--:|--:|"]  # fmt: skip
    for kind in (*sorted(right), "sample", "low_rating"):
        hit = [number for number in season.honest if kind in flags.get(number, ())]
        who = {season.honest[number] for number in hit}
        share = 100 * len(hit) / len(season.honest)
        lines.append(f"| {kind} | {len(hit)} | {share:.2f} % | {len(who)} |")
    hit = [number for number in season.honest if flags.get(number, set()) & right]
    who = {season.honest[number] for number in hit}
    everybody = len(set(season.honest.values()))
    share = 100 * len(hit) / len(season.honest)
    lines.append(f"| any check | {len(hit)} | {share:.2f} % | {len(who)} of {everybody} |")
    lines += CLOSING.splitlines()
    return "\n".join(lines) + "\n"


CLOSING = """
What no check can see in the bank's own records, that half an hour was written down as two or that a
resident plays along, only a call or a visit finds: that is what the sample is for. Whoever knows a
threshold can stay below it; the rulebook sets them, and need not keep the default's. A flag is a
question, and moves no point."""


@click.command()
@click.option("--errands", default=20_000, show_default=True)
def main(errands: int) -> None:
    """Live the season, and write docs/gaming.md."""
    with tempfile.TemporaryDirectory() as folder:
        app = make_app(f"sqlite:///{folder}/season.db")
        with app.app_context():
            upgrade()
            with clock.at(FIRST):
                season = Season(errands)
                cheats(season)
                honest_life(season)
            with click.progressbar(season.live(), length=2 * errands, label="season") as bar:
                for _done in bar:
                    session().expire_all()
            for day in (30, 60, DAYS):
                with clock.at(FIRST + timedelta(days=day + 3)):
                    look_for_rings(system("season"))
            facts = machine("not used")
            text = transact(partial(report, season, facts, errands))
    if errands == 20_000:
        RESULT.write_text(text, encoding="utf-8")
    click.echo(text)


if __name__ == "__main__":
    main()
