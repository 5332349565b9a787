"""The same volunteer at the same neighbour's every week: series, pairings, and a flag about one."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from moralbank.demo.errands import rate, record
from moralbank.demo.names import resident
from moralbank.demo.season import QUARTER, ZONE, Season, Span
from moralbank.events import claims, lists, pairings, requests
from moralbank.events.codes import Taken
from moralbank.organizations.operations import OrganizationView
from moralbank.people.identities import PublicName

_ITEMS = ("home.companionship", "home.shopping", "home.cleaning", "home.medicine")
_PAIRED = ("楼上楼下的邻居，照看三年了。", "社区结对帮扶。", "老同事，住对门。")
WEEK = timedelta(days=7)


def neighbour(season: Season) -> dict[str, Any]:
    """Return a resident who can be called."""
    season.residents += 1
    number = season.residents
    return {**resident(season.random, number), "phone": f"199{number:08d}"}


def plan_weekly(
    season: Season, span: Span, community: OrganizationView, *, until: datetime,
    companion: PublicName | None = None,
) -> None:  # fmt: skip
    """Somebody goes to the same neighbour every week until a day; most are registered as a pair."""
    random, worker = season.random, season.worker(community)
    first = span.since + timedelta(
        days=random.randint(1, 7), hours=random.randint(9, 15), minutes=random.choice((0, 30))
    )
    item, minutes, who = random.choice(_ITEMS), random.choice((60, 90)), neighbour(season)
    if companion is None:
        [companion] = season.somebody(community)
    for week in range((span.until - first) // WEEK + 1):
        began = first + week * WEEK
        season.book(companion, Span(began, began + timedelta(minutes=minutes)))
    paired, person = random.random() < 0.7, companion

    def start() -> None:
        if paired:
            pairings.register(
                worker, volunteer_id=person.id, community_id=community.id, resident=who,
                note=random.choice(_PAIRED),
            )  # fmt: skip
        taken = requests.request_errand(
            worker, service_item=item, community_id=community.id, resident=who, needed_at=first,
            repeats={"every": "week", "until": until.astimezone(ZONE).date()},
        )  # fmt: skip
        claims.claim(season.acting(person), taken.id)
        season.plan(first + timedelta(minutes=minutes + 25), partial(done, taken.id, first))

    def done(event_id: str, began: datetime) -> None:
        record(season, community, event_id, [person], minutes=minutes, began=began, scanned=False)
        season.plan(
            began + timedelta(hours=random.randint(4, 30)),
            partial(rate, season, community, event_id), span=span,
        )  # fmt: skip
        if began + WEEK < span.until - timedelta(hours=4):
            season.plan(began + timedelta(days=2), partial(again, began + WEEK), span=span)

    def again(began: datetime) -> None:
        actor = season.acting(person)
        for line in lists.list_events(actor, asked=True, limit=50).items:
            if line.needed_at == began and line.service_item == item:
                claims.claim(actor, line.id)
                season.plan(began + timedelta(minutes=minutes + 25), partial(done, line.id, began))

    season.plan(first - timedelta(hours=20), start)


def plan_quiet_help(season: Season) -> None:
    """Somebody looks after a neighbour so often that it is asked about; it is well, and they are
    registered as a pair afterwards."""
    community = season.district.communities[0]
    worker, who = season.worker(community), neighbour(season)
    person = season.district.people[community.id][2]
    september = QUARTER.since + timedelta(days=62)

    def come(began: datetime) -> None:
        taken = requests.request_errand(
            worker, service_item="home.companionship", community_id=community.id, resident=who,
            needed_at=began,
        )  # fmt: skip
        claims.claim(season.acting(person), taken.id)
        season.plan(began + timedelta(minutes=50), partial(gone, taken, began))

    def gone(taken: Taken, began: datetime) -> None:
        record(season, community, taken.id, [person], minutes=45, began=began, scanned=False)
        rated = partial(rate, season, community, taken.id, code=taken.resident_code)
        season.plan(began + timedelta(minutes=70), rated)

    for place in range(9):
        began = september + timedelta(days=2 * place, hours=17)
        season.book(person, Span(began, began + timedelta(minutes=45)))
        season.plan(began, partial(come, began))

    def register() -> None:
        pairings.register(
            worker, volunteer_id=person.id, community_id=community.id, resident=who,
            note="核实后登记：每隔一天去陪一陪，邻里都知道。",
        )  # fmt: skip

    season.plan(september + timedelta(days=28, hours=10), register)
