"""The end of the quarter: a correction, stars, and the notices that the public reads."""

from copy import deepcopy
from datetime import timedelta

from moralbank.certificates import operations as certificates
from moralbank.core import clock, periods
from moralbank.core.actor import Actor, public
from moralbank.demo.season import CLOSED, FIRST_DAY, PERIOD, YEAR, Season
from moralbank.honours import computing, rounds
from moralbank.honours.rounds import Subject
from moralbank.market.shelf import counts, goods
from moralbank.market.terminals import actor_of
from moralbank.notices import objections
from moralbank.notices import operations as notices
from moralbank.people import adjustments
from moralbank.rulebook import operations as rulebooks

END = FIRST_DAY + timedelta(days=92)
STARRED: tuple[tuple[Subject, str], ...] = (
    ("volunteer", PERIOD),
    ("station", YEAR),
    ("team", PERIOD),
)
"""Whose stars are computed, over what: stations are certified by the year, of which the demo lives
one quarter."""
CERTIFICATES = 5
_COUNTED = (
    ("SOAP", -1, "拆箱时碎了一块，已登记"),
    ("TOWEL", 2, "上次收货少记了两条"),
    ("SALT", -2, "受潮结块，已清出货架"),
)
"""What is counted in the first shops: how many more or fewer than there should be, and why."""


def plan_quarter_end(season: Season) -> None:
    """Plan what is done with a quarter that is over."""
    season.plan(FIRST_DAY + timedelta(days=33, hours=2), lambda: _post_july(season))
    season.plan(END - timedelta(days=1, hours=14), lambda: _count_shelves(season))
    season.plan(END + timedelta(days=1, hours=2), lambda: _correct(season))
    season.plan(END + timedelta(days=8, hours=2), lambda: _post(season))
    season.plan(END + timedelta(days=21, hours=2), lambda: _certify(season))
    season.plan(CLOSED, lambda: _close(season))
    season.plan(season.now, lambda: _stand(season))
    season.plan(season.now, lambda: _announce(season))


def _count_shelves(season: Season) -> None:
    """Tills count some of what they have, and a supervisor posts what is there or is not."""
    district = season.district
    for shop, (sku, found, why) in zip(district.supermarkets, _COUNTED, strict=False):
        supervisor, till = district.supervisors[0], actor_of(district.terminals[shop.id])
        there = goods.read(supervisor, district.goods[shop.id][sku])
        if there.stock - there.set_aside + found >= 0:
            made = counts.count(till, there.id, counted=there.stock + found)
            counts.approve(supervisor, there.id, made.id, reason=why)


def _correct(season: Season) -> None:
    district = season.district
    person = district.people[district.communities[0].id][1]
    adjustments.adjust(
        district.supervisors[0], volunteer_id=person.id, asset="points", amount=1500,
        reason="旧存折结转漏记，已核对原件",
    )  # fmt: skip


def _post_july(season: Season) -> None:
    """Early, before all neighbours have rated: at the quarter's end it is corrected."""
    supervisor, second = season.district.supervisors
    drafted = notices.draft(
        supervisor, kind="points", organization_id=season.district.root.id, period="2026-07"
    )
    notices.post(second, drafted.id, objection_days=5)
    season.plan(END + timedelta(days=8, hours=1), lambda: _put_right(season, drafted.id))


def _put_right(season: Season, notice_id: str) -> None:
    supervisor, second = season.district.supervisors
    drafted = notices.draft(
        supervisor, kind="points", organization_id=season.district.root.id, period="2026-07",
        correction_of=notice_id, correction_reason="七月底办的事，有些八月才收齐评价，补记进来。",
    )  # fmt: skip
    notices.post(second, drafted.id, objection_days=5)


def _post(season: Season) -> None:
    for kind, period in (
        ("points", "2026-08"), ("points", "2026-09"), ("redemptions", PERIOD),
        ("stock_counts", PERIOD),
    ):  # fmt: skip
        _hang(season, kind, period)
    season.plan(clock.now() + timedelta(hours=1), lambda: _give_stars(season))


def _hang(season: Season, kind: str, period: str) -> str:
    """One supervisor drafts a notice of the district, the other posts it; return its id."""
    supervisor, second = season.district.supervisors
    drafted = notices.draft(
        supervisor, kind=kind, organization_id=season.district.root.id, period=period
    )
    return notices.post(second, drafted.id, objection_days=5).id


def _give_stars(season: Season) -> None:
    """One supervisor computes, the other goes through it, and it hangs in a notice; it is final
    when that is over, with nothing upheld against it."""
    supervisor, second = season.district.supervisors
    root = season.district.root.id
    made, hung = [], []
    for subject, period in STARRED:
        one = computing.compute(supervisor, subject=subject, period=period, organization_id=root)
        rounds.review(second, one.id)
        made.append(one.id)
        hung.append(_hang(season, "stars", period))

    def object_to_stars() -> None:
        decided = "已核对：居民评价与票据一致，星级不变。"
        _object(supervisor, hung[0], line_no=2, decided=decided)

    def publish() -> None:
        _close(season)
        for number in made:
            rounds.publish(second, number)

    season.plan(END + timedelta(days=10, hours=2), object_to_stars)
    season.plan(END + timedelta(days=20, hours=2), publish)


def _certify(season: Season) -> None:
    """A community hands out its star certificates, and a proof of service that was asked for."""
    district = season.district
    community = district.communities[0].id
    worker = district.workers[community]
    starred = [
        (person.id, period)
        for person in district.people[community]
        for period, _title, _stars in certificates.star_periods(worker, person.id)
    ][:CERTIFICATES]
    for volunteer_id, period in starred:
        certificates.issue(worker, volunteer_id, kind="stars", period=period)
    since, until = FIRST_DAY.date(), END.date() - timedelta(days=1)
    for volunteer_id, _period in starred[:1]:
        certificates.issue(worker, volunteer_id, kind="service_record", since=since, until=until)


def _close(season: Season) -> None:
    notices.close_due(season.system)


def _stand(season: Season) -> None:
    """One notice is open on the day of loading, so that anybody can try to object."""
    supervisor, second = season.district.supervisors
    standing = notices.draft(
        supervisor, kind="points", organization_id=season.district.root.id, period=PERIOD
    )
    notices.post(second, standing.id, objection_days=20)
    _object(supervisor, standing.id, line_no=3, decided=None)


def _announce(season: Season) -> None:
    """Rules that hold from the next quarter on hang out before they do."""
    supervisor, second = season.district.supervisors
    _first, last = periods.period_of(clock.today(), "quarter")
    begins = last + timedelta(days=1)
    document = deepcopy(dict(rulebooks.get(season.system, "1").document))
    [shopping] = [one for one in document["service_items"] if one["code"] == "home.shopping"]
    shopping["points"] = "12"
    document["redemption"]["pin_required_above"] = "30"
    rulebooks.publish(season.system, effective_from=begins, document=document)
    quarter = f"{begins.year}Q{begins.month // 3 + 1}"
    drafted = notices.draft(
        supervisor, kind="rule_changes", organization_id=season.district.root.id, period=quarter
    )
    notices.post(second, drafted.id, objection_days=10)


def _object(supervisor: Actor, notice_id: str, *, line_no: int, decided: str | None) -> None:
    """A neighbour objects to a line of a notice; a supervisor decides, or has yet to."""
    made = objections.make(
        public("127.0.0.1"), notice_id, line_no=line_no, name="吴桂兰", contact="19700000000",
        reason="想核实一下这一行的积分是怎么来的。",
    )  # fmt: skip
    if decided is not None:
        objections.decide(supervisor, notice_id, made.id, upheld=False, reason=decided)
