"""What the first community, whose worker's sign-in is printed, has in hand on the day of loading.

Each of the worker's pages and the printed volunteer's own page has something to show.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from moralbank.demo.errands import come, leave, record
from moralbank.demo.gatherings import scan
from moralbank.demo.season import Season, Span
from moralbank.demo.weekly import neighbour, plan_weekly
from moralbank.events import asks, callbacks, claims, own, ratings, requests, slips
from moralbank.events.codes import Taken, link_token
from moralbank.people.identities import PublicName

DAY = timedelta(days=1)
Then = Callable[[Taken], None]
"""What follows once an errand is recorded as done."""


class Present:
    """The first community in the last days before `season.today`, and on that day."""

    def __init__(self, season: Season) -> None:
        self.season = season
        self.community = season.district.communities[0]
        self.worker = season.worker(self.community)
        self.shown = season.district.shown
        station = season.district.station
        self.station_id = station.id if station else None

    def ago(self, days: int, hour: int, minute: int = 0) -> datetime:
        """Return a moment some days before today; 0 is today."""
        return self.season.today - days * DAY + timedelta(hours=hour, minutes=minute)

    def ask(self, item: str, *, for_all: bool = False, **asks: Any) -> Taken:
        """A resident asks, or, `for_all`, the community itself."""
        if not for_all:
            asks["resident"] = neighbour(self.season)
        return requests.request_errand(
            self.worker, service_item=item, community_id=self.community.id, **asks
        )

    def plan(self) -> None:
        """Plan all of it."""
        season = self.season
        later = season.today + 28 * DAY
        plan_weekly(season, season.lately, self.community, until=later, companion=self.shown)
        plan_weekly(season, season.lately, self.community, until=later)
        season.plan(self.ago(6, 9), self._print_slips)
        season.plan(self.ago(5, 9), self._open_ones)
        season.plan(self.ago(1, 19), self._asked_online)
        season.plan(self.ago(1, 10), self._claimed_ones)
        season.plan(self.ago(4, 9), self._missed)
        self._to_call()
        self._to_rate()
        self._two_places()
        self._gathering()

    def _print_slips(self) -> None:
        slips.print_slips(self.worker, community_id=self.community.id, sheets=2)

    def _open_ones(self) -> None:
        """Errands to claim: some suit the printed volunteer, one was posted by the station whose
        sign-in is printed, one is a wish, one needs several, one is past its deadline."""
        season = self.season
        self.ask(
            "home.repair", needed_at=self.ago(-1, 9, 30), note="电饭锅不热了。",
            station_id=self.station_id,
        )  # fmt: skip
        self.ask(
            "home.companionship", needed_at=self.ago(-2, 14), kind="wish",
            note="想有人陪着去公园坐一坐。",
        )  # fmt: skip
        several = self.ask("home.moving", needed_at=self.ago(-3, 10), volunteers_needed=3)
        [helper] = season.somebody(self.community)
        claims.claim(season.acting(helper), several.id)
        self.ask("special.portraits", needed_at=self.ago(-4, 10), note="老两口结婚五十年。")
        self.ask("home.odd_jobs", deadline=self.ago(2, 18), note="楼道的灯不亮，晚上看不清。")

    def _claimed_ones(self) -> None:
        """One that the printed volunteer claimed; one that was handed over, past its deadline."""
        season = self.season
        own = self.ask("home.medical_escort", needed_at=self.ago(-1, 8), note="复查，要带医保卡。")
        claims.claim(season.acting(self.shown), own.id)
        giver, taker = self._two()
        given = self.ask("home.medicine", deadline=self.ago(1, 20), station_id=self.station_id)
        claims.claim(season.acting(giver), given.id)
        claims.hand_over(
            season.acting(giver), given.id, to_volunteer_id=taker.id, reason="临时要去医院。"
        )

    def _two(self) -> list[PublicName]:
        """Two of the community's volunteers, other than the printed one."""
        people = self.season.somebody(self.community, 3)
        return [person for person in people if person != self.shown][:2]

    def _missed(self) -> None:
        """Somebody did not come; somebody else claimed it and comes tomorrow."""
        missing, other = self._two()
        taken = self.ask("home.cleaning", needed_at=self.ago(4, 8))
        claims.claim(self.season.acting(missing), taken.id)
        claims.no_show(
            self.worker, taken.id, volunteer_id=missing.id,
            reason="居民等了半个小时没有人来，电话没有接。",
        )  # fmt: skip
        claims.claim(self.season.acting(other), taken.id)

    def _done(self, item: str, began: datetime, doer: PublicName, then: Then | None = None) -> None:
        """An errand that was asked for in the morning, and done at `began` within the hour."""
        season = self.season

        def ask() -> None:
            taken = self.ask(item, needed_at=began)
            season.left_alone.add(taken.id)
            claims.claim(season.acting(doer), taken.id)
            season.plan(began, lambda: arrive(taken))

        def arrive(taken: Taken) -> None:
            come(season, taken, [doer])
            season.plan(began + timedelta(minutes=50), lambda: go(taken))

        def go(taken: Taken) -> None:
            leave(season, taken, [doer])
            record(season, self.community, taken.id, [doer], minutes=50, began=began, scanned=True)
            if then is not None:
                then(taken)

        season.book(doer, Span(began, began + timedelta(minutes=50)))
        season.plan(began - timedelta(hours=3), ask)

    def _to_call(self) -> None:
        """Call-backs: in vain twice, reached once, not tried, never tried for too long; and one
        that ended after calls in vain."""

        def tries(*days: int, reached: bool = False, note: str) -> Then:
            def plan(taken: Taken) -> None:
                def call() -> None:
                    callbacks.call_back(self.worker, taken.id, reached=reached, note=note)

                for day in days:
                    self.season.plan(self.ago(day, 10), call)

            return plan

        doers = self.season.somebody(self.community, 5)
        for item, days, doer, then in (
            ("home.shopping", 12, doers[0], tries(8, 5, note="没有人接。")),
            ("home.cooking", 9, doers[1], tries(5, reached=True, note="居民说自己用手机评。")),
            ("public.bill_payment", 6, doers[2], None),
            ("home.safety_check", 34, doers[3], None),
            ("home.medicine", 37, doers[4], tries(33, 30, note="关机。")),
        ):
            self._done(item, self.ago(days, 13), doer, then)

    def _to_rate(self) -> None:
        """Three were done yesterday and wait for their rating; the last one's link is printed."""
        people = self.season.somebody(self.community, 3)
        for number, (item, doer) in enumerate(
            zip(("home.haircut", "home.repair", "home.shopping"), people, strict=True)
        ):
            then = self._print_link if number == 2 else None
            self._done(item, self.ago(1, 15, 10 * number), doer, then)

    def _print_link(self, taken: Taken) -> None:
        self.season.link = taken.rating_path
        self.season.own_link = own.give_link(self.worker, taken.id)

    def _asked_online(self) -> None:
        """Two asked on the public page and wait for a call back."""
        for item, note, kind in (
            ("home.phone_lessons", "想学怎么和外孙视频。", "wish"),
            ("home.repair", "水龙头关不严。", "errand"),
        ):
            who = neighbour(self.season)
            asks.send(
                self.season.home(), community_id=self.community.id, service_item=item, note=note,
                kind=kind, name=who["name"], phone=who["phone"], address=who.get("address"),
            )  # fmt: skip

    def _two_places(self) -> None:
        """Somebody is written down at two places at once, and a resident was not content: both wait
        for somebody to ask."""
        season = self.season
        [doer] = season.somebody(self.community)
        for number, stars in enumerate((5, 2)):
            began = self.ago(3, 9 + number)

            def ask(began: datetime = began, stars: int = stars) -> None:
                taken = self.ask("home.cleaning", needed_at=began)
                claims.claim(season.acting(doer), taken.id)
                season.plan(began + timedelta(hours=3), lambda: done(taken, began, stars))

            def done(taken: Taken, began: datetime, stars: int) -> None:
                record(
                    season, self.community, taken.id, [doer], minutes=120, began=began,
                    scanned=False,
                )  # fmt: skip
                ratings.rate_by_link(season.home(), link_token(taken.id), stars=stars)

            season.plan(self.ago(4, 16, number), ask)

    def _gathering(self) -> None:
        """Neighbours are at it in this hour: cards are scanned, two have left already."""
        season = self.season
        people = season.somebody(self.community, 14)
        began = season.now - timedelta(minutes=50)

        def gather() -> None:
            taken = self.ask(
                "public.cleanup", for_all=True, needed_at=began, volunteers_needed=15,
                note="清扫楼道和小广场，扫把社区有。",
            )  # fmt: skip
            first = partial(scan, season, self.community, taken, people[:9])
            season.plan(began, first)
            season.plan(began + timedelta(minutes=8), lambda: latecomers(taken))
            gone = partial(scan, season, self.community, taken, people[:2], out=True)
            season.plan(began + timedelta(minutes=45), gone)

        def latecomers(taken: Taken) -> None:
            scan(season, self.community, taken, people[9:12])

        season.plan(self.ago(2, 10), gather)
