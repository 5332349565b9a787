"""Errands and wishes of residents: asked for, claimed, done, and how good it was."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from moralbank.demo.names import requester, resident
from moralbank.demo.season import Season, Span
from moralbank.events import attendance, claims, disputes, doing, ratings, requests
from moralbank.events.codes import Taken, link_token
from moralbank.organizations.operations import OrganizationView
from moralbank.people.identities import PublicName

ITEMS = (
    "home.shopping", "home.medicine", "home.cleaning", "home.cooking", "home.repair",
    "home.companionship", "home.medical_escort", "home.haircut", "home.phone_lessons",
    "home.safety_check", "home.moving", "home.tutoring", "public.paperwork",
    "public.bill_payment", "public.accessibility", "management.mediation",
    "special.veteran_visit", "special.counselling", "special.portraits",
)  # fmt: skip
WISHES = (
    ("home.shopping", "想要一副老花镜，度数写在纸上。"),
    ("home.companionship", "想有人陪着去公园坐一坐。"),
    ("home.haircut", "过生日前想理个发。"),
    ("home.phone_lessons", "想学会和孙子打视频。"),
    ("home.repair", "收音机不响了，还想听评书。"),
    ("special.portraits", "结婚五十年，想和老伴拍一张合影。"),
)
STARS = (5,) * 62 + (4,) * 24 + (3,) * 9 + (2,) * 3 + (1,) * 2
_MINUTES = (30, 45, 60, 60, 90, 90, 120, 120, 150, 180)
_HAND_OVERS = ("临时要去医院，请邻居替我去。", "家里来了客人，走不开。", "扭了脚，这几天不能爬楼。")
_WAYS = ("phone", "counter", "phone", "visit", "phone")
"""How residents' requests come in, by the minute of their errand."""


@dataclass
class Errand:
    """An errand as its people go through it. `doers` changes hands; the fates are numbers from 0 to
    1 that were drawn when it was planned."""

    season: Season
    span: Span
    community: OrganizationView
    item: str
    began: datetime
    minutes: int
    doers: list[PublicName]
    asks: dict[str, Any]
    stand_in: PublicName | None = None
    missed: bool = False
    scanned: bool = False
    rates: bool = True
    quantity: int | None = None
    taken: Taken = field(init=False)

    def later(self, minutes: int, do: Callable[[], None]) -> None:
        """Let something happen so many minutes after it began."""
        self.season.plan(self.began + timedelta(minutes=minutes), do, span=self.span)

    def ask(self) -> None:
        """A resident asks."""
        self.taken = requests.request_errand(
            self.season.worker(self.community), service_item=self.item,
            community_id=self.community.id, came_by=_WAYS[self.began.minute % len(_WAYS)],
            **self.asks,
        )  # fmt: skip

    def claim(self) -> None:
        """Whoever does it claims it; somebody may have to hand it over, or not come."""
        season = self.season
        for person in self.doers:
            claims.claim(season.acting(person), self.taken.id)
        if self.stand_in is not None and self.missed:
            self.later(30, self._miss)
        elif self.stand_in is not None:
            self._hand_over(self.stand_in)
        self.later(0 if self.stand_in is None else 60, self._come)

    def _hand_over(self, to: PublicName) -> None:
        claims.hand_over(
            self.season.acting(self.doers[0]), self.taken.id, to_volunteer_id=to.id,
            reason=self.season.random.choice(_HAND_OVERS),
        )  # fmt: skip
        self.doers = [to]

    def _miss(self) -> None:
        assert self.stand_in is not None
        claims.no_show(
            self.season.worker(self.community), self.taken.id, volunteer_id=self.doers[0].id,
            reason="居民等了半个小时没有人来，电话没有接。",
        )  # fmt: skip
        claims.claim(self.season.acting(self.stand_in), self.taken.id)
        self.doers = [self.stand_in]

    def _come(self) -> None:
        passed = 0 if self.stand_in is None else 60
        if self.scanned:
            come(self.season, self.taken, self.doers)
            leave_now = partial(leave, self.season, self.taken, self.doers)
            self.later(passed + self.minutes, leave_now)
        self.later(passed + self.minutes + self.season.random.randint(5, 120), self._complete)

    def _complete(self) -> None:
        record(
            self.season, self.community, self.taken.id, self.doers, minutes=self.minutes,
            began=self.began + timedelta(minutes=0 if self.stand_in is None else 60),
            scanned=self.scanned, quantity=self.quantity,
        )  # fmt: skip
        if self.rates:
            random = self.season.random
            code = self.taken.resident_code
            self.later(
                self.minutes + random.randint(200, 2900),
                lambda: rate(self.season, self.community, self.taken.id, code=code),
            )


def plan_errand(season: Season, span: Span, community: OrganizationView | None = None) -> None:
    """A resident asks, somebody claims and does it, the resident rates."""
    random = season.random
    community = community or season.place()
    item, note = random.choice(ITEMS), None
    wish = random.random() < 0.06
    if wish:
        item, note = random.choice(WISHES)
    asked = span.moment(random, spare=4)
    claimed = asked + timedelta(minutes=random.randint(20, 600))
    began = season.by_day(claimed + timedelta(minutes=random.randint(60, 900)))
    minutes = random.choice(_MINUTES)
    during = Span(began, began + timedelta(minutes=minutes))
    careless = random.random() < 0.01  # somebody's hours are written down without a look
    two = random.random() < 0.12
    doers = season.somebody(community, 2 if two else 1, during=None if careless else during)
    season.residents += 1
    asks: dict[str, Any] = {"resident": resident(random, season.residents), "needed_at": began}
    if random.random() < 0.06:
        asks["requester"] = requester(random, season.residents)
    if wish:
        asks |= {"kind": "wish", "note": note}
    fate, turn = random.random(), random.random()
    errand = Errand(
        season, span, community, item, began, minutes, doers,
        {**asks, "volunteers_needed": len(doers)}, missed=turn < 0.012, rates=fate < 0.965,
        scanned=not careless and random.random() < 0.15, quantity=random.randint(1, 4),
    )  # fmt: skip
    if turn < 0.035 and len(doers) == 1:
        shifted = Span(during.since, during.until + timedelta(hours=1))
        [other] = season.somebody(community, during=shifted)
        errand.stand_in = other if other != doers[0] else None

    def ask() -> None:
        errand.ask()
        worker = season.worker(community)
        if fate < 0.02:
            requests.cancel(worker, errand.taken.id, reason="居民另有安排")
        elif fate < 0.03:
            gave_up = partial(
                requests.cancel, worker, errand.taken.id, reason="没有人能去，已转给物业"
            )
            season.plan(began + timedelta(hours=20), lambda: _do(gave_up), span=span)
        else:
            season.plan(claimed, errand.claim, span=span)

    season.plan(asked, ask)


def _do(work: Callable[[], Any]) -> None:
    work()


def come(season: Season, taken: Taken, people: list[PublicName]) -> None:
    """Volunteers come to a resident's: they scan the QR at the door."""
    for person in people:
        attendance.arrive(season.acting(person), token_of(taken.visit_path))


def leave(season: Season, taken: Taken, people: list[PublicName]) -> None:
    """Volunteers say at the door that they are done."""
    for person in people:
        attendance.depart(season.acting(person), token_of(taken.visit_path))


def token_of(path: str) -> str:
    """Return the token at the end of a link."""
    return path.rpartition("/")[2]


def record(
    season: Season, community: OrganizationView, event_id: str, doers: list[PublicName], *,
    minutes: int, began: datetime, scanned: bool, quantity: int | None = None,
) -> None:  # fmt: skip
    """The worker records that it was done: as scanned, or by what the volunteers say."""
    told: dict[str, Any] = {}
    if not scanned:
        told = {
            "performed_at": began,
            "participants": [{"volunteer_id": one.id, "minutes": minutes} for one in doers],
        }
    doing.complete(season.worker(community), event_id, quantity=quantity, **told)


def rate(
    season: Season, community: OrganizationView, event_id: str, *, code: str | None = None
) -> None:
    """The resident rates, by one of the ways there are; now and then it is disputed. Without the
    `code` that they were given it is the link."""
    random, worker = season.random, season.worker(community)
    stars, way = random.choice(STARS), random.random()
    if way < 0.4 and code is not None:
        ratings.rate(season.home(), event_id, stars=stars, resident_code=code)
    elif way < 0.55:
        ratings.rate_by_link(season.home(), link_token(event_id), stars=stars)
    elif way < 0.8:
        ratings.rate(worker, event_id, stars=stars, channel="paper", slip_no=season.slip(community))
    else:
        ratings.rate(worker, event_id, stars=stars, channel="phone" if way < 0.93 else "visit")
    if random.random() < 0.006:
        disputes.dispute(worker, event_id, reason="居民来电说时长不符")
        disputes.decide(
            season.district.supervisors[0], event_id,
            upheld=random.random() < 0.5, reason="已核对记录并电话回访",
        )  # fmt: skip
