"""A document that says something wrong is refused with the path of every fault."""

import json
import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from moralbank.rulebook.documents import Rulebook, UnreadableYaml, parse_yaml
from moralbank.rulebook.schemas import checked_document, fault_paths

Document = dict[str, Any]


def faults(document: Any) -> list[str]:
    """Return the paths at fault, sorted; every message is a Chinese sentence fit for JSON."""
    with pytest.raises(ValidationError) as caught:
        checked_document(document)
    messages = caught.value.messages
    assert json.loads(json.dumps(messages)) == messages
    assert isinstance(messages, dict)
    found = fault_paths(messages)
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in said) for _path, said in found)
    return sorted(path for path, _said in found)


def ladder(document: Document, **needs_by_star: dict[str, Any]) -> list[dict[str, Any]]:
    """Put one ladder into the document and return its levels."""
    levels: list[dict[str, Any]] = [
        {"stars": 1, "needs": {"hours": "10", "ratings": 3}},
        {"stars": 2, "needs": {"hours": "20", "ratings": 3}},
    ]
    document["star_ladders"] = [{"subject": "team", "period": "year", "levels": levels}]
    return levels


def put(*path: str | int, value: Any) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        place: Any = document
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = value

    return change


def step(after: int, multiplier: str) -> Document:
    return {"after": after, "multiplier": multiplier}


def reason(code: str, **parts: Any) -> Document:
    return {"code": code, "name": "原因", "kind": "deduction", "points": "5", **parts}


def longer(*steps: tuple[Any, str], unit: str = "event") -> Callable[[Document], None]:
    """Return a change to an item worth a point, or from so many minutes on so many points."""
    more = [{"minutes": minutes, "points": points} for minutes, points in steps]

    def change(document: Document) -> None:
        document["service_items"][3] |= {"unit": unit, "points": "1", "longer": more}

    return change


def either(ways: list[Document], **needs: str) -> Callable[[Document], None]:
    """Return a change to a ladder of one level: `needs`, and one of the ways."""
    levels = [{"stars": 1, "needs": {**needs, "any_of": ways}}]
    return put("star_ladders", 0, "levels", value=levels)


def quota(stars: int, percent: str) -> Document:
    return {"stars": stars, "percent": percent, "of": "listed"}


def struck_off(*when: Document) -> Callable[[Document], None]:
    """Strike off for reasons of which one is a bonus."""

    def change(document: Document) -> None:
        document["reasons"] = [reason("no_show"), reason("referral", kind="bonus")]
        document["standing"] = {"strike_off": {"when": list(when), "stops": ["claims"]}}

    return change


def coarse(*path: str | int, cap: str) -> Callable[[Document], None]:
    """Round to whole points, and put one cap in."""

    def change(document: Document) -> None:
        document["rounding"]["step"] = "1"
        put(*path, value={"event": cap} if path[-1] == "person" else {"day": cap})(document)

    return change


def timed(unit: str, *, most: int = 240) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        put("service_items", 3, "minutes", value={"least": 5, "most": most})(document)
        put("service_items", 3, "unit", value=unit)(document)
        put("service_items", 3, "time", value={"minutes": 30, "mode": "down"})(document)

    return change


def medal(**parts: Any) -> Document:
    needs = {"hours": "600"}
    return {"code": "medal", "name": "奖章", "subject": "volunteer", "period": "lifetime",
            "needs": needs, **parts}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (put("checks", value={"delays": ["pair", "ring"]}), "checks.delays.1"),
        (put("checks", value={"delays": ["pair", "hours", "pair"]}), "checks.delays.2"),
        (coarse("caps", "person", cap="0.99"), "caps.person.event"),
        (coarse("caps", "issue", cap="0.5"), "caps.issue.day"),
        (coarse("service_items", 2, "caps", cap="0.1"), "service_items.2.caps.day"),
        (struck_off({"reason": "referral", "times": 3}), "standing.strike_off.when.0.reason"),
        (
            struck_off(*[{"reason": "no_show", "times": times} for times in (3, 5)]),
            "standing.strike_off.when.1.reason",
        ),
        (put("service_items", 3, "points", value=10), "service_items.3.points"),
        (put("service_items", 3, "points", value=1.5), "service_items.3.points"),
        (put("service_items", 3, "points", value="-1"), "service_items.3.points"),
        (put("service_items", 3, "points", value="1.005"), "service_items.3.points"),
        (put("service_items", 3, "points", value="1e3"), "service_items.3.points"),
        (put("service_items", 3, "points", value="NaN"), "service_items.3.points"),
        (put("service_items", 3, "points", value="１０"), "service_items.3.points"),
        (put("service_items", 3, "points", value="10001"), "service_items.3.points"),
        (put("service_items", 3, "points", value=None), "service_items.3.points"),
        (put("service_items", 3, "unit", value="day"), "service_items.3.unit"),
        (put("service_items", 3, "unit", value=["hour"]), "service_items.3.unit"),
        (put("service_items", 3, "code", value="Home.Shop"), "service_items.3.code"),
        (put("service_items", 3, "code", value="代买"), "service_items.3.code"),
        (put("service_items", 3, "code", value="home.shop\n"), "service_items.3.code"),
        (put("service_items", 3, "code", value="home.shopping"), "service_items.3.code"),
        (put("service_items", 3, "category", value="abroad"), "service_items.3.category"),
        (put("service_items", 3, "name", value="  "), "service_items.3.name"),
        (put("service_items", 3, "name", value="一" * 41), "service_items.3.name"),
        (put("service_items", 3, "name", value="买\x00菜"), "service_items.3.name"),
        (put("service_items", 3, "max_per_day", value="3"), "service_items.3.max_per_day"),
        (put("service_items", 3, "tags", value=["a", "b", "a"]), "service_items.3.tags.2"),
        (put("service_items", 3, "tags", value="household"), "service_items.3.tags"),
        (put("service_items", 3, value="home.shopping"), "service_items.3"),
        (put("service_items", value=[]), "service_items"),
        (put("categories", 0, "caps", value={"day": "9", "month": "8"}), "categories.0.caps.month"),
        (coarse("categories", 0, "caps", cap="0.1"), "categories.0.caps.day"),
        (
            put("service_items", 1, "caps", value={"times": {"day": 0}}),
            "service_items.1.caps.times.day",
        ),
        (
            put("service_items", 1, "caps", value={"times": {"day": "1"}}),
            "service_items.1.caps.times.day",
        ),
        (
            put("service_items", 1, "caps", value={"times": {"day": 3, "month": 2}}),
            "service_items.1.caps.times.month",
        ),
        (put("caps", "person", value={"times": {"hour": 3}}), "caps.person.times.hour"),
        (put("caps", "issue", value={"times": {"day": 3}}), "caps.issue.times"),
        (put("rounding", "time", value={"minutes": 30}), "rounding.time.mode"),
        (put("rounding", "time", value={"minutes": 0, "mode": "down"}), "rounding.time.minutes"),
        (put("rounding", "time", value={"minutes": "30", "mode": "down"}), "rounding.time.minutes"),
        (longer(("60", "1")), "service_items.3.longer.0.minutes"),
        (longer((60, "1"), (60, "2")), "service_items.3.longer.1.minutes"),
        (longer((60, "0.5")), "service_items.3.longer.0.points"),
        (longer((60, "2"), (90, "1.5")), "service_items.3.longer.1.points"),
        (longer((60, "2"), unit="hour"), "service_items.3.longer"),
        (timed("event"), "service_items.3.time"),
        (timed("hour", most=29), "service_items.3.minutes.most"),
        (put("checks", value={"late_days": 0}), "checks.late_days"),
        (put("checks", value={"ahead_minutes": 1441}), "checks.ahead_minutes"),
        (put("caps", "issue", value={"half_year": "90", "year": "80"}), "caps.issue.year"),
        (put("redemption", "min_balance", value="0"), "redemption.min_balance"),
        (put("redemption", "min_tenure_months", value=601), "redemption.min_tenure_months"),
        (put("redemption", "limits", value=[{"per": "month"}]), "redemption.limits.0.times"),
        (
            put("redemption", "limits", value=[{"per": "month", "times": 0}]),
            "redemption.limits.0.times",
        ),
        (
            put("redemption", "limits", value=[{"per": "decade", "times": 1}]),
            "redemption.limits.0.per",
        ),
        (
            put("redemption", "limits", value=[{"per": "day", "times": n} for n in (1, 2)]),
            "redemption.limits.1.per",
        ),
        (either([{"hours": "1"}]), "star_ladders.0.levels.0.needs.any_of"),
        (either([{"hours": "1"}, {}]), "star_ladders.0.levels.0.needs.any_of.1"),
        (
            either([{"points": "1"}, {"hours": "1"}], hours="1"),
            "star_ladders.0.levels.0.needs.any_of.1.hours",
        ),
        # Whoever has the points for the second level may have no hour, which the first asks for.
        (
            put(
                "star_ladders",
                0,
                "levels",
                1,
                "needs",
                value={"any_of": [{"points": "900"}, {"hours": "900"}]},
            ),
            "star_ladders.0.levels.1.needs.any_of.0",
        ),
        (put("star_ladders", 0, "quotas", value=[{"stars": 5}]), "star_ladders.0.quotas.0.percent"),
        (put("star_ladders", 0, "per", value="member"), "star_ladders.0.per"),
        (put("star_ladders", 0, "per", value="head"), "star_ladders.0.per"),
        (put("star_ladders", 0, "size_classes", value=[5]), "star_ladders.0.size_classes"),
        (put("star_ladders", 2, "size_classes", value=[5, 5]), "star_ladders.2.size_classes.1"),
        (put("star_ladders", 2, "size_classes", value=[0]), "star_ladders.2.size_classes.0"),
        (put("satisfaction", value={"prior_ratings": -1}), "satisfaction.prior_ratings"),
        (put("satisfaction", value={"prior_ratings": 101}), "satisfaction.prior_ratings"),
        (put("satisfaction", value={}), "satisfaction.prior_ratings"),
        (
            put("star_ladders", 0, "quotas", value=[{"stars": 5, "percent": "9"}]),
            "star_ladders.0.quotas.0.of",
        ),
        (
            put("star_ladders", 0, "quotas", value=[{"stars": 5, "places": 9, "of": "active"}]),
            "star_ladders.0.quotas.0.of",
        ),
        (
            put(
                "star_ladders",
                0,
                "quotas",
                value=[{"stars": 5, "places": 9, "percent": "9", "of": "active"}],
            ),
            "star_ladders.0.quotas.0.places",
        ),
        (
            put(
                "star_ladders",
                0,
                "quotas",
                value=[{"stars": 4, "places": 3}, {"stars": 5, "places": 4}],
            ),
            "star_ladders.0.quotas.1.places",
        ),
        (put("service_items", value={}), "service_items"),
        (put("categories", 1, "code", value="home"), "categories.1.code"),
        (put("format", value=2), "format"),
        (put("format", value=True), "format"),
        (put("title", value=""), "title"),
        (put("rating", "multipliers", "4", value="1.3"), "rating.multipliers.5"),
        (put("rating", "multipliers", "1", value="0.6"), "rating.multipliers.2"),
        (put("rating", "multipliers", "5", value="10.01"), "rating.multipliers.5"),
        (put("rating", "multipliers", "6", value="2"), "rating.multipliers.6"),
        (put("rating", "multipliers", value=["1"]), "rating.multipliers"),
        (put("rating", "neighbours", "needed", value=0), "rating.neighbours.needed"),
        (put("rating", "neighbours", "needed", value=3.0), "rating.neighbours.needed"),
        (put("rating", "neighbours", "combine", value="mean"), "rating.neighbours.combine"),
        (put("rounding", "step", value="0.05"), "rounding.step"),
        (put("rounding", "mode", value="random"), "rounding.mode"),
        (put("caps", "person", "day", value="0"), "caps.person.day"),
        (put("caps", "person", "day", value="100"), "caps.person.day"),
        (put("caps", "person", "week", value="100"), "caps.person.week"),
        (put("caps", "person", "fortnight", value="900"), "caps.person.fortnight"),
        (put("caps", "issue", value={"event": "9000"}), "caps.issue.event"),
        (put("caps", "issue", value={"month": "90", "year": "80"}), "caps.issue.year"),
        (put("caps", "excess", value="kept"), "caps.excess"),
        (
            put("service_items", 3, "caps", value={"day": "9", "month": "8"}),
            "service_items.3.caps.month",
        ),
        (
            put("service_items", 3, "minutes", value={"least": 20, "most": 10}),
            "service_items.3.minutes.most",
        ),
        (put("service_items", 3, "minutes", value={"most": 1441}), "service_items.3.minutes.most"),
        (put("diminishing", value={"per": "month", "steps": []}), "diminishing.steps"),
        (
            put("diminishing", value={"per": "month", "steps": [step(2, "0.5"), step(2, "0.4")]}),
            "diminishing.steps.1.after",
        ),
        (
            put("diminishing", value={"per": "month", "steps": [step(2, "0.5"), step(4, "0.6")]}),
            "diminishing.steps.1.multiplier",
        ),
        (
            put("diminishing", value={"per": "month", "steps": [step(2, "1.1")]}),
            "diminishing.steps.0.multiplier",
        ),
        (put("reasons", value=[reason("a"), reason("a")]), "reasons.1.code"),
        (put("reasons", value=[reason("a", points="-5")]), "reasons.0.points"),
        (put("reasons", value=[reason("a", kind="fine")]), "reasons.0.kind"),
        (
            put("reasons", value=[reason("a", kind="bonus", zeroes_event=True)]),
            "reasons.0.zeroes_event",
        ),
        (put("merit", "rule", value="half_of_points"), "merit.rule"),
        (put("release", "rule", value="after_notice"), "release.rule"),
        (put("release", value={"rule": "held"}), "release.rule"),
        (put("release", "reviewers", value=2), "release.reviewers"),
        (put("release", "notice_working_days", value=0), "release.notice_working_days"),
        (put("expiry", "rule", value="weekly"), "expiry.rule"),
        (put("expiry", "months", value=3), "expiry.months"),
        (put("expiry", value={"rule": "months"}), "expiry.months"),
        (put("redemption", "limit", value={"times": 1}), "redemption.limit.per"),
        (put("redemption", "limit", value=1), "redemption.limit"),
        (put("redemption", "min_star", value=6), "redemption.min_star"),
        (put("redemption", "pin_required_above", value=None), "redemption.pin_required_above"),
        (put("redemption", "point_worth", value="0"), "redemption.point_worth"),
        (put("redemption", "point_worth", value="-1"), "redemption.point_worth"),
        (put("redemption", "point_worth", value="0.125"), "redemption.point_worth"),
        (put("redemption", "point_worth", value="1000.01"), "redemption.point_worth"),
        (put("redemption", "point_worth", value=1), "redemption.point_worth"),
        (put("adjustments", value={}), "adjustments.second_person_above"),
        (put("deductions", value=[]), "deductions"),
        (put("star_ladders", 0, "period", value="month"), "star_ladders.0.period"),
        (
            put("star_ladders", 0, "quotas", value=[quota(4, "10"), quota(5, "20")]),
            "star_ladders.0.quotas.1.percent",
        ),
        (
            put("star_ladders", 0, "quotas", value=[quota(5, "10"), quota(4, "5")]),
            "star_ladders.0.quotas.1.stars",
        ),
        (
            put("star_ladders", 0, "excludes", value={"reasons": ["no_show"]}),
            "star_ladders.0.excludes.reasons.0",
        ),
        (put("commendations", value=[medal(), medal()]), "commendations.1.code"),
        (
            put("commendations", value=[medal(again_each={"events": 5})]),
            "commendations.0.again_each.events",
        ),
        (
            put("commendations", value=[medal(again_each={"hours": "1", "events": 5})]),
            "commendations.0.again_each",
        ),
        (
            put("commendations", value=[medal(subject="team", needs={"tenure_days": 5})]),
            "commendations.0.needs.tenure_days",
        ),
        (
            put("standing", value={"strike_off": {"when": [], "stops": ["claims"]}}),
            "standing.strike_off.when",
        ),
        (
            put("standing", value={"strike_off": {"when": [{"reason": "a", "times": 5}]}}),
            "standing.strike_off.stops",
        ),
        (
            put("standing", value={"strike_off": {"when": [{"reason": "no_show", "times": 5}]}}),
            "standing.strike_off.when.0.reason",
        ),
        (
            put("standing", value={"blacklist": {"merit_below": "--3", "stops": ["claims"]}}),
            "standing.blacklist.merit_below",
        ),
        (
            put("standing", value={"blacklist": {"merit_below": "-3", "stops": ["breathing"]}}),
            "standing.blacklist.stops.0",
        ),
        (put("star_ladders", 1, "period", value="quarter"), "star_ladders.1.period"),
        (put("star_ladders", 0, "levels", value=[]), "star_ladders.0.levels"),
        (
            put("star_ladders", 0, "levels", 1, "needs", value={}),
            "star_ladders.0.levels.1.needs",
        ),
        (
            put("star_ladders", 0, "levels", 0, "needs", "mean_rating", value="5.1"),
            "star_ladders.0.levels.0.needs.mean_rating",
        ),
    ],
)
def test_one_fault_is_named_by_its_path(
    document: Document, change: Callable[[Document], None], path: str
) -> None:
    change(document)
    assert path in faults(document)


@pytest.mark.parametrize("part", ["rating", "star_ladders", "format", "redemption"])
def test_a_part_that_is_missing(document: Document, part: str) -> None:
    del document[part]
    assert faults(document) == [part]


def test_a_multiplier_that_is_missing(document: Document) -> None:
    del document["rating"]["multipliers"]["2"]
    assert faults(document) == ["rating.multipliers.2"]


def test_every_fault_is_told_at_once(document: Document) -> None:
    document["surprise"] = 1
    document["service_items"][2]["points"] = 3.5
    document["service_items"][4]["code"] = "home.shopping"
    document["rating"]["multipliers"]["3"] = "1.1"
    document["caps"]["person"] = {"day": "9", "month": "3"}
    assert faults(document) == [
        "caps.person.month",
        "rating.multipliers.4",
        "service_items.2.points",
        "service_items.4.code",
        "surprise",
    ]


def test_ladders_must_rise(document: Document) -> None:
    levels = ladder(document)
    assert checked_document(document)["star_ladders"][0]["levels"] == levels

    levels[1]["stars"] = 1
    assert faults(document) == ["star_ladders.0.levels.1.stars"]
    levels[1] = {"stars": 2, "needs": {"hours": "9", "ratings": 4}}
    assert faults(document) == ["star_ladders.0.levels.1.needs.hours"]
    levels[1] = {"stars": 2, "needs": {"hours": "20"}}
    assert faults(document) == ["star_ladders.0.levels.1.needs.ratings"]
    levels[1] = {"stars": 2, "needs": {"hours": "10.0", "ratings": 3}}
    assert faults(document) == ["star_ladders.0.levels.1.needs"]


def test_a_star_that_nobody_can_reach_is_no_condition(document: Document) -> None:
    document["redemption"]["min_star"] = 2
    assert checked_document(document)["redemption"]["min_star"] == 2
    document["star_ladders"] = [
        entry for entry in document["star_ladders"] if entry["subject"] != "volunteer"
    ]
    assert faults(document) == ["redemption.min_star"]


def test_least_and_most_of_a_redemption(document: Document) -> None:
    document["redemption"] |= {"min_points": "100", "max_points": "5"}
    assert faults(document) == ["redemption.max_points"]


def test_a_worth_by_which_no_price_could_be_paid(document: Document) -> None:
    document["rounding"]["step"] = "1"
    document["redemption"]["max_points"] = "0.5"
    assert checked_document(document)["redemption"]["point_worth"] is None
    document["redemption"]["point_worth"] = "1"
    assert faults(document) == ["redemption.max_points"]


@pytest.mark.parametrize("junk", [None, [], "", 3, True, [[]], b"x"])
def test_what_is_no_document_at_all(junk: Any) -> None:
    assert faults(junk) == [""]


def test_a_list_of_the_wrong_length_hides_no_other_fault(document: Document) -> None:
    """Entries are checked, and compared with the rest of the document, however many they are."""
    short = deepcopy(document)
    short["star_ladders"][0]["levels"] = []
    short["categories"] = short["categories"][:1] * 21
    short["service_items"][3]["category"] = "nowhere"
    short["categories"][4] = {"code": "Bad Code", "name": "x"}
    told = faults(short)
    assert {"star_ladders.0.levels", "categories", "categories.4.code"} <= set(told)
    assert "categories.1.code" in told  # written twice: compared although the list is too long
    short["categories"][4] = short["categories"][0]
    assert "service_items.3.category" in faults(short)


def test_the_normal_form_writes_everything_out(document: Document) -> None:
    short = deepcopy(document)
    del short["redemption"]["limit"], short["redemption"]["min_star"], short["note"]
    short["caps"]["person"] = {}
    short["service_items"][0] |= {"points": "10.50", "name": "  代买  "}
    del short["service_items"][0]["tags"]
    short["rating"]["multipliers"] = {5: "1.20", 4: "1.0", 3: "1.00", 2: "1", 1: "0.00"}
    normal = checked_document(short)
    assert normal["redemption"]["limit"] is None
    assert normal["redemption"]["min_star"] == 0
    assert normal["note"] == ""
    periods = ("day", "week", "month", "quarter", "half_year", "year")
    no_cap = dict.fromkeys(("event", *periods, "times"))
    assert normal["caps"] == {"person": no_cap, "issue": None, "excess": "lost"}
    item = normal["service_items"][0]
    assert (item["points"], item["name"], item["tags"]) == ("10.5", "代买", [])
    assert normal["rating"]["multipliers"] == {
        "1": "0", "2": "1", "3": "1", "4": "1", "5": "1.2"
    }  # fmt: skip
    assert checked_document(normal) == normal
    assert Rulebook.from_document(normal).items["home.shopping"].points == 10_50


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["hour", "1", "0.5", "home", "volunteer"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=4) | st.sampled_from(["code", "stars", "needs", "5", "levels"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_a_document_either_passes_or_its_faults_are_told(
    document: Document, data: st.DataObject
) -> None:
    """Any value at any place: no other exception, and what passes is normal and can be used."""
    changed = deepcopy(document)
    place: Any = changed
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            place[key] = data.draw(json_values)
            break
        place = inner
    normal = None
    try:
        normal = checked_document(changed)
    except ValidationError as error:
        told = fault_paths(cast(Document, error.messages))
    else:
        told = []
        assert checked_document(normal) == normal
        Rulebook.from_document(normal)
    assert (normal is None) == bool(told)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3, column 1: 'a' is written twice"),
        ("a: &x [1]\nb: *x\n", "aliases"),
        ("a: [1\nb: 2", "line 2"),
        ("a: !!python/object:os.system {}", "could not determine a constructor"),
        ("a: 2026-13-45", "month must be in 1..12"),
        ("a: \x00", "not allowed"),
        ("[" * 5000, "recursion"),
        ("a" * 600_000, "longer"),
    ],
)
def test_yaml_that_is_not_read(text: str, says: str) -> None:
    with pytest.raises(UnreadableYaml, match=re.escape(says)):
        parse_yaml(text)


def test_a_key_written_twice_deep_inside() -> None:
    with pytest.raises(UnreadableYaml, match="line 3"):
        parse_yaml("caps:\n  person:\n    - {day: '1', day: '2'}\n")


@pytest.mark.parametrize(
    "text", ["a: 1\n<<: {a: 2}\n", "<<: {a: 2}\n", "b: [{<<: [{a: 1}, {a: 2}]}]\n"]
)
def test_a_merge_key_is_refused(text: str) -> None:
    with pytest.raises(UnreadableYaml, match="line .*: '<<' is not used in a rulebook"):
        parse_yaml(text)


def test_a_part_faulty_as_a_whole_and_within_is_told_both(document: Document) -> None:
    """Two checks speak of one place: one of an item's longer steps, one of a step in it; and the
    other way round, of a reason that is left out and is none of the document's."""
    item = next(one for one in document["service_items"] if one["unit"] == "hour")
    place = document["service_items"].index(item)
    item.update(points="10", longer=[{"minutes": 60, "points": "5"}])
    station = {"subject": "station", "period": "year", "excludes": {"reasons": ["nix"]}}
    levels = [
        {"stars": 1, "needs": {"hours": "5"}},
        {"stars": 2, "needs": {"any_of": [{"tenure_days": 1}, {"points": "5"}]}},
    ]
    document["star_ladders"] = [{**station, "levels": levels}]
    found = faults(document)
    assert f"service_items.{place}.longer" in found
    assert any(path.startswith(f"service_items.{place}.longer.0") for path in found)
    assert any(path.startswith("star_ladders.0.levels.1.needs") for path in found)
    assert any(path.startswith("star_ladders.0.excludes") for path in found)
