"""Rule sets that communities published, as documents alone; examples worked out by hand.

Every document under `rulesets/` says at its head which of its figures were published.
"""

from datetime import date

import pytest

from moralbank.rulebook.documents import Rounding, Rulebook, canonical_json, parse_yaml
from moralbank.rulebook.rules import (
    History,
    Tie,
    consequence,
    price_refusal,
    redemption_refusal,
    score,
    standing,
    stars_for,
    within_quotas,
)
from moralbank.rulebook.schemas import checked_document
from tests.rulebook.rulesets import NAMES, read, text


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_whole_document(name: str) -> None:
    checked = checked_document(parse_yaml(text(name)))
    assert checked_document(parse_yaml(canonical_json(checked))) == checked
    assert Rulebook.from_document(checked).title == checked["title"]


def test_there_are_the_three_and_the_national_ladder() -> None:
    assert {"longquanyi", "zhangjiagang", "mutual_help", "national_ladder"} <= set(NAMES)


# Longquanyi


def test_longquanyi_five_no_shows_or_three_malicious_acts_strike_off() -> None:
    book = read("longquanyi")
    four = standing(book, this_year={}, lifetime={"no_show": 4, "malicious": 2}, merit=0)
    assert four.words == frozenset()
    for records in ({"no_show": 5}, {"malicious": 3}):
        off = standing(book, this_year={}, lifetime=records, merit=0)
        assert (off.words, off.stops) == (frozenset({"struck_off"}), frozenset({"claims"}))
    assert [str(line) for line in off.lines] == ["“恶意行为”累计已记 3 次，达到除名的 3 次"]


def test_longquanyi_below_minus_three_hundred_is_the_blacklist() -> None:
    book = read("longquanyi")
    assert standing(book, this_year={}, lifetime={}, merit=-300_00).words == frozenset()
    black = standing(book, this_year={}, lifetime={}, merit=-300_01)
    assert (black.words, len(black.stops)) == (frozenset({"blacklisted"}), 3)
    assert str(black.lines[0]) == "道德分 -300.01，低于 -300，列入黑名单"


def test_longquanyi_a_deduction_goes_on_below_nothing() -> None:
    """Somebody with 30 spendable points who missed an appointment: 50 are due, 30 are there."""
    book = read("longquanyi")
    effect = consequence(book, book.reasons["no_show"], available=30_00, issued={})
    assert (effect.points, effect.moved, effect.merit) == (-50_00, -30_00, -50_00)
    assert [str(line) for line in effect.lines] == [
        "无故缺席：扣 50 分", "可用积分只有 30，扣 30", "道德分 -50",
    ]  # fmt: skip


# Mutual-help


def test_mutual_help_points_wait_for_two_reviewers_and_a_posting() -> None:
    release = read("mutual_help").release
    assert (release.reviewers, release.notice_working_days, release.at_once) == (2, 5, False)


@pytest.mark.parametrize(
    ("points", "reason"),
    [(4_99, "below_min_points"), (5_00, None), (100_00, None), (101_00, "above_max_points")],
)
def test_mutual_help_coupons_are_of_five_to_a_hundred_points(
    points: int, reason: str | None
) -> None:
    day = date(2026, 3, 1)
    refusal = redemption_refusal(
        read("mutual_help"),
        points=points, redeemed={}, balance=0, star=0, opened_on=day, today=day,
    )  # fmt: skip
    assert (refusal and refusal.reason) == reason


def test_mutual_help_a_point_is_worth_one_yuan_of_goods() -> None:
    book = read("mutual_help")
    assert price_refusal(book, price=12_00, cost=12_00) is None
    assert price_refusal(book, price=13_00, cost=12_50) is None
    refused = price_refusal(book, price=10_00, cost=12_00)
    assert str(refused) == "一分抵 1 元：成本 12 元的商品应定价 12 分。"


def test_mutual_help_the_month_is_capped_by_the_budget_and_points_roll_over() -> None:
    book = read("mutual_help")
    result = score(
        book, item_code="work.lane", minutes=40, quantity=None, stars=5,
        history=History(issue={"month": 4_997_00}),
    )  # fmt: skip
    assert [str(line) for line in result.lines] == [
        "每次 5 = 5", "五星 × 1 = 5", "全行当月发放上限 5000，已发 4997，剩 3 → 3",
    ]  # fmt: skip
    assert (result.points, result.capped) == (3_00, 2_00)
    assert book.expiry.rule == "never"


# All kinds together


def test_all_kinds_together() -> None:
    """150 minutes at 10 an hour, five stars, the sixth visit of the month: 15, of which the day
    leaves 4.5; the other 10.5 are for donation alone."""
    result = score(
        read("kinds_of_rule"), item_code="home.visit", minutes=150, quantity=None, stars=5,
        history=History(
            person={"day": 35_50, "week": 35_50}, item={"week": 20_00}, with_resident=5
        ),
    )  # fmt: skip
    assert [str(line) for line in result.lines] == [
        "2.5 小时 × 10 = 25",
        "五星 × 1.2 = 30",
        "当月第 6 次为这位居民服务 × 0.5 = 15",
        "当日上限 40，已得 35.5，剩 4.5 → 4.5",
        "超出个人上限的 10.5 分只能转赠",
    ]
    assert (result.points, result.excess, result.merit) == (4_50, 10_50, 4_50)


def test_all_kinds_a_ladder_that_two_ways_lead_to() -> None:
    book = read("kinds_of_rule")

    def told(points: int, hours: int, events: int = 200) -> list[str]:
        measures = {"points": points * 100, "minutes": hours * 60, "events": events}
        found = stars_for(book, subject="station", period_kind="year", measures=measures)
        return [str(found.stars), *map(str, found.lines)]

    assert told(499, 199) == [
        "0", "尚未达到星级", "距一星：", "另外，下面各条满足一条即可：",
        "积分还差 1（现有 499，需 500）", "或者", "服务时长还差 1 小时（现有 199，需 200）",
    ]  # fmt: skip
    assert told(0, 200) == [
        "1", "达到一星", "服务时长 200 小时，达到所需的 200 小时",
        "距五星：", "积分还差 5000（现有 0，需 5000）",
    ]  # fmt: skip
    assert told(500, 0)[:3] == ["1", "达到一星", "积分 500，达到所需的 500"]
    assert told(5000, 0)[0] == "5"


def test_all_kinds_places_that_are_counted() -> None:
    ladder = read("kinds_of_rule").ladder(subject="station", period="year")
    assert ladder is not None
    given = within_quotas(ladder, [Tie(5, 2), Tie(5, 2), Tie(1, 1)], listed=9, active=9)
    assert [one.stars for one in given] == [5, 1, 1]
    assert [str(line) for line in given[1].lines] == [
        "5 星及以上的名额为 3 个", "名额还余 1 个，同名次的有 2 个，放不下，都不评",
        "限于名额，评为一星",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("minutes", "line"),
    [
        (0, "每次 2 = 2"),
        (59, "每次 2 = 2"),
        (60, "60 分钟，满 60 分钟的每次 = 5"),
        (119, "119 分钟，满 60 分钟的每次 = 5"),
        (600, "600 分钟，满 120 分钟的每次 = 9"),
    ],
)
def test_all_kinds_the_longer_the_more(minutes: int, line: str) -> None:
    result = score(
        read("kinds_of_rule"), item_code="public.meeting", minutes=minutes, quantity=None, stars=4,
        history=History(),
    )  # fmt: skip
    assert str(result.lines[0]) == line


def test_all_kinds_a_category_is_capped_as_a_whole() -> None:
    """Of 60 points a month for all that is public, 57 are used, and so are 300 - 40 of the person's
    own; what the category cuts off is the person's to give."""
    result = score(
        read("kinds_of_rule"), item_code="public.patrol", minutes=60, quantity=None, stars=5,
        history=History(person={"month": 260_00}, category={"day": 12_00, "month": 57_00}),
    )  # fmt: skip
    assert [str(line) for line in result.lines] == [
        "每次 8 = 8", "五星 × 1.2 = 9.6",
        "这一类当日上限 20，已得 12，剩 8 → 8", "这一类当月上限 60，已得 57，剩 3 → 3",
        "超出个人上限的 6.6 分只能转赠",
    ]  # fmt: skip


def test_all_kinds_an_hour_is_paid_by_the_quarter() -> None:
    """Other items by the half; a meal brings points twice a day, the third time none, not even to
    give away."""
    book = read("kinds_of_rule")
    visit = score(book, item_code="home.visit", minutes=61, quantity=None, stars=4,
                  history=History())  # fmt: skip
    assert [str(line) for line in visit.lines] == [
        "61 分钟，不足 15 分钟的进位 → 75 分钟", "1.25 小时 × 10 = 12.5", "四星 × 1 = 12.5",
    ]  # fmt: skip
    assert (book.time, visit.minutes) == (Rounding(30, "down"), 61)
    meal = score(book, item_code="home.meal", minutes=20, quantity=2, stars=4,
                 history=History(item_times={"day": 2, "month": 2}))  # fmt: skip
    assert [str(line) for line in meal.lines] == [
        "数量 2 × 3 = 6", "四星 × 1 = 6", "此项当日最多计 2 次，已计 2 次 → 0",
    ]  # fmt: skip
    assert (meal.points, meal.excess, meal.capped) == (0, 0, 6_00)


def test_all_kinds_a_half_year() -> None:
    """The half-year leaves 2 of 1500, and of a quarter and a year there is more."""
    had = {"quarter": 700_00, "half_year": 1498_00, "year": 1498_00}
    result = score(
        read("kinds_of_rule"), item_code="public.patrol", minutes=60, quantity=None, stars=4,
        history=History(person=had),
    )  # fmt: skip
    assert [str(line) for line in result.lines] == [
        "每次 8 = 8", "四星 × 1 = 8", "这半年上限 1500，已得 1498，剩 2 → 2",
        "超出个人上限的 6 分只能转赠",
    ]  # fmt: skip


def test_all_kinds_a_referral_and_a_complaint() -> None:
    book = read("kinds_of_rule")
    referral = consequence(book, book.reasons["referral"], available=0, issued={"day": 995_00})
    assert (referral.points, referral.moved, referral.merit) == (10_00, 5_00, 10_00)
    complaint = consequence(book, book.reasons["complaint"], available=80_00, issued={})
    assert (complaint.moved, complaint.merit) == (0, -20_00)
    assert [str(line) for line in complaint.lines] == [
        "投诉属实", "道德分 -20", "这次服务的积分归零",
    ]  # fmt: skip
