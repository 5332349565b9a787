"""What neighbours do together: many take part, others rate it."""

from datetime import timedelta
from functools import partial

from moralbank.demo.errands import STARS, record
from moralbank.demo.season import Season, Span
from moralbank.events import attendance, ratings, requests
from moralbank.events.codes import Taken
from moralbank.organizations.operations import OrganizationView
from moralbank.people.identities import PublicName

_ITEMS = (
    "public.cleanup", "public.waste_sorting", "public.traffic_guidance", "management.patrol",
    "management.night_patrol", "management.fraud_prevention", "special.fair_day",
    "public.flood_relief", "special.performance", "management.order_keeping",
)  # fmt: skip


def plan_gathering(season: Season, span: Span, community: OrganizationView | None = None) -> None:
    """Neighbours do something together; of every third the cards are scanned."""
    random = season.random
    community = community or season.place()
    item, worker = random.choice(_ITEMS), season.worker(community)
    began = span.moment(random, spare=4)
    minutes = random.choice((60, 90, 120, 120, 150, 180))
    during = Span(began, began + timedelta(minutes=minutes))
    helpers = season.somebody(community, random.randint(10, 26), during=during)
    scanned = random.random() < 0.3

    def gather() -> None:
        taken = requests.request_errand(
            worker, service_item=item, community_id=community.id, needed_at=began,
            volunteers_needed=len(helpers),
        )  # fmt: skip
        if scanned:
            season.plan(began, partial(scan, season, community, taken, helpers))
            gone = partial(scan, season, community, taken, helpers, out=True)
            season.plan(during.until, gone)
        season.plan(during.until + timedelta(minutes=30), lambda: complete(taken))

    def complete(taken: Taken) -> None:
        record(season, community, taken.id, helpers, minutes=minutes, began=began, scanned=scanned)
        for hours, code in enumerate(taken.neighbour_codes, start=4):
            season.plan(began + timedelta(hours=hours), partial(rate, taken, code))

    def rate(taken: Taken, code: str) -> None:
        ratings.rate(season.home(), taken.id, stars=random.choice(STARS), resident_code=code)

    season.plan(began - timedelta(hours=26), gather)


def scan(
    season: Season, community: OrganizationView, taken: Taken, people: list[PublicName], *,
    out: bool = False,
) -> None:  # fmt: skip
    """The worker scans people's cards: as they come, or `out`, as they go."""
    worker = season.worker(community)
    for person in people:
        code, _pin = season.district.cards[person.id]
        (attendance.check_out if out else attendance.check_in)(worker, taken.id, code=code)
