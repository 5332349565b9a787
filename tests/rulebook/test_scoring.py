"""Scoring: examples worked out by hand, and what must hold for every errand."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moralbank.rulebook.documents import Caps, Rounding, Rulebook
from moralbank.rulebook.documents.awarding import NO_CAPS, SPANS, Diminishing
from moralbank.rulebook.rules import History, Line, Score, UnknownItem, combined_stars, score

NOTHING = History()
Changed = Callable[..., Rulebook]


def award(
    rulebook: Rulebook,
    item_code: str = "home.shopping",
    *,
    minutes: int = 120,
    quantity: int | None = None,
    stars: int = 4,
    history: History = NOTHING,
) -> Score:
    return score(
        rulebook,
        item_code=item_code,
        minutes=minutes,
        quantity=quantity,
        stars=stars,
        history=history,
    )


def had(**person: int) -> History:
    """What the volunteer was awarded before, by span."""
    return History(person=person)


def told(given_score: Score) -> list[str]:
    return [str(line) for line in given_score.lines]


@pytest.mark.parametrize(
    ("item_code", "minutes", "quantity", "stars", "points", "lines"),
    [
        ("home.shopping", 90, None, 5, 18_00, ["1.5 小时 × 10 = 15", "五星 × 1.2 = 18"]),
        ("home.shopping", 120, None, 1, 4_00, ["2 小时 × 10 = 20", "一星 × 0.2 = 4"]),
        ("home.shopping", 0, None, 5, 0, ["0 小时 × 10 = 0", "五星 × 1.2 = 0"]),
        ("home.repair", 50, None, 4, 10_00, ["50 分钟 ÷ 60 × 12 = 10", "四星 × 1 = 10"]),
        (
            "home.shopping",
            20,
            None,
            5,
            4_00,
            ["20 分钟 ÷ 60 × 10 ≈ 3.3333", "五星 × 1.2 = 4"],
        ),
        (
            "home.shopping",
            50,
            None,
            3,
            6_67,
            ["50 分钟 ÷ 60 × 10 ≈ 8.3333", "三星 × 0.8 ≈ 6.6667", "四舍五入到 0.01 → 6.67"],
        ),
        ("home.medicine", 600, 7, 2, 4_00, ["每次 8 = 8", "二星 × 0.5 = 4"]),
        ("home.meal_delivery", 30, 4, 3, 9_60, ["数量 4 × 3 = 12", "三星 × 0.8 = 9.6"]),
        ("home.meal_delivery", 30, None, 4, 3_00, ["数量 1 × 3 = 3", "四星 × 1 = 3"]),
    ],
)
def test_worked_by_hand(
    default: Rulebook,
    item_code: str,
    minutes: int,
    quantity: int | None,
    stars: int,
    points: int,
    lines: list[str],
) -> None:
    result = award(default, item_code, minutes=minutes, quantity=quantity, stars=stars)
    assert told(result) == lines
    assert (result.points, result.merit, result.minutes) == (points, points, minutes)
    assert result.capped == 0


def test_the_day_cap_leaves_what_is_left(changed: Changed) -> None:
    rulebook = changed(caps__person={"event": None, "day": "30", "month": None, "year": None})
    result = award(rulebook, minutes=90, stars=5, history=had(day=16_00, month=99_00, year=99_00))
    assert told(result)[-1] == "当日上限 30，已得 16，剩 14 → 14"
    assert (result.points, result.capped) == (14_00, 4_00)
    assert result.merit == 14_00


def test_each_cap_that_bites_has_a_line(changed: Changed) -> None:
    rulebook = changed(caps__person={"event": "25", "day": "30", "month": "40", "year": "50"})
    history = had(day=10_00, month=25_00, year=45_00)
    result = award(rulebook, minutes=300, stars=4, history=history)
    assert told(result) == [
        "5 小时 × 10 = 50",
        "四星 × 1 = 50",
        "每次上限 25 → 25",
        "当日上限 30，已得 10，剩 20 → 20",
        "当月上限 40，已得 25，剩 15 → 15",
        "当年上限 50，已得 45，剩 5 → 5",
    ]
    assert (result.points, result.capped) == (5_00, 45_00)


@pytest.mark.parametrize(
    ("minutes", "mode", "lines", "points"),
    [
        (75, "down", ["75 分钟，不足 30 分钟的舍去 → 60 分钟", "1 小时 × 10 = 10"], 10_00),
        (75, "up", ["75 分钟，不足 30 分钟的进位 → 90 分钟", "1.5 小时 × 10 = 15"], 15_00),
        (
            75,
            "half_up",
            ["75 分钟，四舍五入到 30 分钟的倍数 → 90 分钟", "1.5 小时 × 10 = 15"],
            15_00,
        ),
        (
            75,
            "half_even",
            ["75 分钟，四舍六入五成双到 30 分钟的倍数 → 60 分钟", "1 小时 × 10 = 10"],
            10_00,
        ),
        (29, "down", ["29 分钟，不足 30 分钟的舍去 → 0 分钟", "0 小时 × 10 = 0"], 0),
        (90, "down", ["1.5 小时 × 10 = 15"], 15_00),
    ],
)  # fmt: skip
def test_time_is_rounded_where_the_document_says_so(
    changed: Changed, minutes: int, mode: str, lines: list[str], points: int
) -> None:
    """The hours of service stay the whole of it."""
    rulebook = changed(rounding={"step": "0.01", "mode": "half_up",
                                 "time": {"minutes": 30, "mode": mode}})  # fmt: skip
    result = award(rulebook, minutes=minutes)
    assert told(result)[:-1] == lines
    assert (result.points, result.minutes) == (points, minutes)
    assert (
        award(rulebook, "home.meal_delivery", minutes=minutes).lines
        == award(changed(), "home.meal_delivery", minutes=minutes).lines
    )


def test_an_item_can_round_its_time_otherwise(changed: Changed, document: dict[str, Any]) -> None:
    items = [dict(item) for item in document["service_items"]]
    items[0]["time"] = {"minutes": 60, "mode": "up"}
    rounding = {"step": "0.1", "mode": "down", "time": {"minutes": 30, "mode": "down"}}
    rulebook = changed(service_items=items, rounding=rounding)
    assert told(award(rulebook, items[0]["code"], minutes=61))[0] == (
        "61 分钟，不足 60 分钟的进位 → 120 分钟"
    )
    assert told(award(rulebook, "home.repair", minutes=61))[0] == (
        "61 分钟，不足 30 分钟的舍去 → 60 分钟"
    )


def test_so_many_times_a_month_and_no_more(changed: Changed, document: dict[str, Any]) -> None:
    items = [dict(item) for item in document["service_items"]]
    items[0]["caps"] = {"day": "15", "times": {"day": 1, "month": 4}}
    code = items[0]["code"]
    person = {"times": {"week": 9}}
    rulebook = changed(service_items=items, caps__person=person)
    before = History(item_times={"month": 3}, person_times={"week": 8})
    assert told(award(rulebook, code, history=before))[2:] == [
        "此项当日上限 15，已得 0，剩 15 → 15"
    ]
    some = award(rulebook, code, history=History(item_times={"day": 1, "month": 4}))
    assert told(some)[2:] == ["此项当日最多计 1 次，已计 1 次 → 0"]
    assert (some.points, some.merit, some.capped, some.minutes) == (0, 0, 20_00, 120)
    month = award(rulebook, code, history=History(item_times={"month": 5}))
    assert told(month)[2:] == ["此项当月最多计 4 次，已计 5 次 → 0"]
    whole = award(rulebook, "home.repair", history=History(person_times={"week": 9}))
    assert told(whole)[2:] == ["当周最多计 9 次，已计 9 次 → 0"]
    assert award(rulebook, "home.repair", history=History(item_times={"day": 1})).points == 24_00


def test_the_same_resident_again_and_again(changed: Changed) -> None:
    steps = [{"after": 2, "multiplier": "0.5"}, {"after": 4, "multiplier": "0"}]
    rulebook = changed(diminishing={"per": "month", "steps": steps})
    results = [award(rulebook, history=History(with_resident=before)) for before in range(6)]
    assert [one.points for one in results] == [20_00, 20_00, 10_00, 10_00, 0, 0]
    assert told(results[1]) == ["2 小时 × 10 = 20", "四星 × 1 = 20"]
    assert told(results[2])[2] == "当月第 3 次为这位居民服务 × 0.5 = 10"
    assert told(results[4])[2] == "当月第 5 次为这位居民服务 × 0 = 0"
    # A registered pairing, or neighbours instead of one resident.
    assert award(rulebook, history=History(with_resident=None)).points == 20_00


def test_diminished_before_it_is_rounded(changed: Changed) -> None:
    """50 minutes at 0.8 are 6.666…, and a third of it less is 2.2; rounding comes once, last."""
    rulebook = changed(
        diminishing={"per": "year", "steps": [{"after": 1, "multiplier": "0.33"}]},
        rounding={"step": "0.1", "mode": "up"},
    )
    result = award(rulebook, minutes=50, stars=3, history=History(with_resident=1))
    assert told(result)[1:] == [
        "三星 × 0.8 ≈ 6.6667",
        "当年第 2 次为这位居民服务 × 0.33 = 2.2",
    ]
    assert result.points == 2_20


def test_an_item_can_have_caps_of_its_own(changed: Changed, document: dict[str, Any]) -> None:
    items = [dict(item) for item in document["service_items"]]
    items[0]["caps"] = {"event": "18", "week": "30"}
    rulebook = changed(service_items=items)
    result = award(rulebook, history=History(item={"week": 20_00}))
    assert told(result)[2:] == [
        "此项每次上限 18 → 18",
        "此项当周上限 30，已得 20，剩 10 → 10",
    ]
    assert award(rulebook, "home.cooking", history=History(item={"week": 20_00})).points == 20_00


def test_the_whole_issue_of_a_period_is_capped(changed: Changed) -> None:
    rulebook = changed(caps__issue={"month": "5000"})
    result = award(rulebook, history=History(issue={"month": 4_988_00, "year": 9_000_00}))
    assert told(result)[-1] == "全行当月发放上限 5000，已发 4988，剩 12 → 12"
    assert (result.points, result.merit, result.capped) == (12_00, 12_00, 8_00)


def test_what_a_persons_caps_cut_off_may_be_kept_for_donation(changed: Changed) -> None:
    rulebook = changed(caps__person={"day": "30"}, caps__excess="donation")
    result = award(rulebook, history=had(day=16_00))
    assert told(result)[2:] == ["当日上限 30，已得 16，剩 14 → 14", "超出个人上限的 6 分只能转赠"]
    assert (result.points, result.excess, result.capped, result.merit) == (14_00, 6_00, 0, 14_00)


def test_the_budget_counts_what_may_only_be_given_away(changed: Changed) -> None:
    """16 of the day's 30 are used, so 14 and 6 for donation; the budget has 17 left, then 9."""
    rulebook = changed(
        caps__person={"day": "30"}, caps__excess="donation", caps__issue={"quarter": "100"}
    )
    some = award(rulebook, history=History(person={"day": 16_00}, issue={"quarter": 83_00}))
    assert (some.points, some.excess, some.capped) == (14_00, 3_00, 3_00)
    assert told(some)[3:] == [
        "超出个人上限的 6 分只能转赠",
        "全行当季发放上限 100，已发 83，剩 17 → 可用 14，只能转赠 3，作废 3",
    ]
    few = award(rulebook, history=History(person={"day": 16_00}, issue={"quarter": 91_00}))
    assert (few.points, few.excess, few.capped) == (9_00, 0, 11_00)


def test_a_cap_used_up_gives_nothing_and_keeps_the_minutes(changed: Changed) -> None:
    rulebook = changed(caps__person={"event": None, "day": None, "month": None, "year": "50"})
    result = award(rulebook, history=had(year=60_00))
    assert told(result)[-1] == "当年上限 50，已得 60，剩 0 → 0"
    assert (result.points, result.merit, result.minutes) == (0, 0, 120)


def test_a_day_below_nothing_does_not_widen_its_cap(changed: Changed) -> None:
    rulebook = changed(caps__person={"event": None, "day": "30", "month": None, "year": None})
    assert award(rulebook, minutes=300, history=had(day=-50_00)).points == 30_00


@pytest.mark.parametrize(
    ("step", "mode", "points", "line"),
    [
        ("0.01", "half_up", 5_83, "四舍五入到 0.01 → 5.83"),
        ("0.1", "half_up", 5_80, "四舍五入到 0.1 → 5.8"),
        ("1", "half_up", 6_00, "四舍五入到 1 → 6"),
        ("1", "down", 5_00, "不足 1 的舍去 → 5"),
        ("0.1", "up", 5_90, "不足 0.1 的进位 → 5.9"),
    ],
)
def test_rounding_of_35_minutes(
    changed: Changed, step: str, mode: str, points: int, line: str
) -> None:
    result = award(changed(rounding={"step": step, "mode": mode}), minutes=35)
    assert result.points == points
    assert told(result)[-1] == line


@pytest.mark.parametrize(
    ("mode", "minutes", "points"),
    [
        ("half_up", 15, 3_00),
        ("half_even", 15, 2_00),
        ("half_even", 21, 4_00),
        ("down", 21, 3_00),
        ("up", 15, 3_00),
        ("half_even", 18, 3_00),
    ],
)
def test_rounding_of_exact_halves(changed: Changed, mode: str, minutes: int, points: int) -> None:
    """15 minutes are 2.5 points, 21 are 3.5 and 18 are 3."""
    rulebook = changed(rounding={"step": "1", "mode": mode})
    assert award(rulebook, minutes=minutes).points == points


def test_it_rounds_once_and_not_before_the_rating(changed: Changed) -> None:
    """50 minutes are 8.333… points and × 1.2 exactly 10; 8.3 × 1.2 would be 9.96, 8 × 1.2 9.6."""
    rulebook = changed(rounding={"step": "0.01", "mode": "down"})
    assert award(rulebook, minutes=50, stars=5).points == 10_00


def test_what_a_cap_leaves_is_a_whole_step(changed: Changed) -> None:
    rulebook = changed(
        rounding={"step": "1", "mode": "half_up"},
        caps__person={"event": None, "day": "30", "month": None, "year": None},
    )
    result = award(rulebook, history=had(day=16_35))
    assert result.points == 13_00
    assert told(result)[-1] == "当日上限 30，已得 16.35，剩 13.65 → 13"


def test_refused_input(default: Rulebook) -> None:
    with pytest.raises(UnknownItem):
        award(default, "home.nothing")
    with pytest.raises(ValueError, match="stars"):
        award(default, stars=6)
    with pytest.raises(ValueError, match="stars"):
        award(default, stars=0)
    with pytest.raises(ValueError, match="minutes"):
        award(default, minutes=-1)
    with pytest.raises(ValueError, match="quantity"):
        award(default, "home.meal_delivery", quantity=0)


def test_lines_go_to_storage_and_back(default: Rulebook) -> None:
    line = award(default, stars=5).lines[1]
    assert line == Line("五星 × %(multiplier)s = %(points)s", {"multiplier": "1.2", "points": "24"})
    assert Line.from_json(line.to_json()) == line
    assert str(Line("尚未达到星级")) == "尚未达到星级"


@pytest.mark.parametrize(
    ("stars", "combined"),
    [
        ([4], 4),
        ([5, 5, 1], 5),
        ([1, 5, 1], 1),
        ([3, 5, 4], 4),
        ([2, 5], 2),
        ([1, 2, 4, 5], 2),
    ],
)
def test_neighbours_stars_by_hand(default: Rulebook, stars: list[int], combined: int) -> None:
    assert combined_stars(default, stars) == combined


def test_neighbours_stars_refused(default: Rulebook) -> None:
    with pytest.raises(ValueError, match="no ratings"):
        combined_stars(default, [])
    with pytest.raises(ValueError, match="stars"):
        combined_stars(default, [5, 6])


@given(st.lists(st.integers(1, 5), min_size=1, max_size=9), st.randoms())
def test_neighbours_order_does_not_matter_and_half_agree(
    default: Rulebook, stars: list[int], random: Any
) -> None:
    combined = combined_stars(default, stars)
    shuffled = stars[:]
    random.shuffle(shuffled)
    assert combined_stars(default, shuffled) == combined
    assert combined in stars
    assert 2 * sum(given_stars >= combined for given_stars in stars) >= len(stars)
    assert 2 * sum(given_stars <= combined for given_stars in stars) >= len(stars)


amounts = st.integers(0, 400_00)
caps_or_none = st.none() | st.integers(1, 300_00)
by_span = st.fixed_dictionaries({}, optional=dict.fromkeys(SPANS, amounts))


ITEMS = ["home.shopping", "home.medicine", "home.meal_delivery"]
caps = st.builds(
    Caps,
    caps_or_none,
    st.fixed_dictionaries({}, optional=dict.fromkeys(SPANS, st.integers(1, 300_00))),
    st.fixed_dictionaries({}, optional=dict.fromkeys(SPANS, st.integers(1, 9))),
)
how_often = st.fixed_dictionaries({}, optional=dict.fromkeys(SPANS, st.integers(0, 9)))


def percent(number: int) -> Fraction:
    return Fraction(number, 100)


@st.composite
def rulebooks(draw: st.DrawFn, base: Rulebook) -> Rulebook:
    """The default with other caps, rounding and multipliers (rising, as a checked one's are)."""
    factors = sorted(draw(st.lists(st.integers(0, 300), min_size=5, max_size=5)))
    parts = {name: getattr(base, name) for name in Rulebook.__slots__}
    parts["multipliers"] = {stars: Fraction(factor, 100) for stars, factor in enumerate(factors, 1)}
    parts["caps"] = draw(caps)
    parts["issue"] = draw(caps).spans
    parts["excess"] = draw(st.sampled_from(["lost", "donation"]))
    shares = sorted(draw(st.lists(st.integers(0, 100), min_size=2, max_size=2)), reverse=True)
    parts["diminishing"] = draw(
        st.none()
        | st.just(
            Diminishing("month", ((2, Fraction(shares[0], 100)), (5, Fraction(shares[1], 100))))
        )
    )
    parts["items"] = {
        code: replace(item, caps=draw(caps)) for code, item in base.items.items() if code in ITEMS
    }
    parts["time"] = draw(
        st.none()
        | st.builds(
            Rounding,
            st.sampled_from([10, 30, 60]),
            st.sampled_from(["half_up", "half_even", "down", "up"]),
        )
    )
    parts["rounding"] = Rounding(
        step=draw(st.sampled_from([1, 10, 100])),
        mode=draw(st.sampled_from(["half_up", "half_even", "down", "up"])),
    )
    return Rulebook(**parts)


@st.composite
def histories(draw: st.DrawFn) -> History:
    return History(
        person=draw(by_span),
        item=draw(by_span),
        issue=draw(by_span),
        person_times=draw(how_often),
        item_times=draw(how_often),
        with_resident=draw(st.none() | st.integers(0, 12)),
    )


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_award_keeps_the_rules(default: Rulebook, data: st.DataObject) -> None:
    rulebook = data.draw(rulebooks(default))
    history = data.draw(histories())
    code = data.draw(st.sampled_from(ITEMS))
    minutes, quantity = data.draw(st.integers(0, 1440)), data.draw(st.integers(1, 50))

    by_stars = [
        award(rulebook, code, minutes=minutes, quantity=quantity, stars=stars, history=history)
        for stars in (1, 2, 3, 4, 5)
    ]
    # More stars never give fewer points, even after rounding and caps.
    assert all(fewer.points <= more.points for fewer, more in pairwise(by_stars))

    parts = {name: getattr(rulebook, name) for name in Rulebook.__slots__}
    items = {code: replace(item, caps=NO_CAPS) for code, item in rulebook.items.items()}
    free = Rulebook(**{**parts, "caps": NO_CAPS, "issue": {}, "items": items})
    step = rulebook.rounding.step
    for stars, result in enumerate(by_stars, 1):
        assert min(result.points, result.excess, result.capped) >= 0
        assert result.points % step == 0
        assert result.excess % step == 0
        assert result.excess == 0 or rulebook.excess == "donation"
        assert result.minutes == minutes
        assert result.merit == result.points
        for limits, before, given_now in (
            (rulebook.caps, history.person, result.points),
            (rulebook.items[code].caps, history.item, result.points),
            (Caps(None, rulebook.issue), history.issue, result.points + result.excess),
        ):
            assert limits.event is None or given_now <= limits.event
            for span, cap in limits.spans.items():
                assert given_now == 0 or before.get(span, 0) + given_now <= cap
        for limits, times in (
            (rulebook.caps, history.person_times),
            (rulebook.items[code].caps, history.item_times),
        ):
            for span, most in limits.times.items():
                assert result.points + result.excess == 0 or times.get(span, 0) < most
        again = {"minutes": minutes, "quantity": quantity, "stars": stars, "history": history}
        assert award(rulebook, code, **again) == result  # type: ignore[arg-type]
        # What the caps took is exactly what the errand would have been worth without them.
        uncapped = award(free, code, **again)  # type: ignore[arg-type]
        assert (uncapped.capped, uncapped.excess) == (0, 0)
        assert uncapped.points == result.points + result.excess + result.capped
        assert_chained(result, uncapped.points)


def assert_chained(result: Score, worth: int) -> None:
    """Each line of the caps follows from the line before, and the last names what is awarded."""
    have, kept, lost = worth, 0, 0
    for line in result.lines:
        said = {
            name: int(Fraction(str(line.values[name])) * 100)
            for name in ("points", "excess", "lost") if name in line.values
        }  # fmt: skip
        if "lost" in said:
            assert sum(said.values()) == have + kept
            have, kept, lost = said["points"], said["excess"], lost + said["lost"]
        elif "只能转赠" in line.text:
            assert have + said["points"] == worth
            kept = said["points"]
        elif "上限" in line.text or "最多计" in line.text:
            assert said["points"] <= have
            have = said["points"]
    assert (have, kept) == (result.points, result.excess)
    assert lost in (0, result.capped)


@given(minutes=st.lists(st.integers(1, 600), min_size=1, max_size=12), stars=st.integers(1, 5))
def test_a_day_of_awards_never_passes_the_day_cap(
    default: Rulebook, minutes: list[int], stars: int
) -> None:
    total = 0
    for some in minutes:
        history = had(day=total, month=total, year=total)
        total += award(default, minutes=some, stars=stars, history=history).points
    assert total <= default.caps.spans["day"]
