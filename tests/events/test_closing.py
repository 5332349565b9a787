"""How requests come to an end: how many, how soon, how content."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from moralbank.core import clock
from moralbank.events.rules import FEWEST_RATINGS, Outcome, decimal_text, figures
from tests.cast import Bank
from tests.core.problems import problem
from tests.events.errands import request, volunteer

START = datetime(2026, 7, 1, tzinfo=UTC)
outcomes = st.builds(
    Outcome,
    cancelled=st.booleans(),
    closed=st.booleans(),
    asked_at=st.just(START),
    done_at=st.none() | st.integers(-500, 5000).map(lambda n: START + timedelta(minutes=n)),
    stars=st.lists(
        st.tuples(st.integers(0, 9).map(lambda n: START + timedelta(days=n)), st.integers(1, 5)),
        max_size=3,
    ).map(tuple),
).filter(lambda one: not (one.closed and one.cancelled))


@given(st.lists(outcomes))
def test_figures_keep_to_their_bounds_and_tell_no_single_rating(told: list[Outcome]) -> None:
    found = figures(told)
    in_lots = figures(told, lots=FEWEST_RATINGS)
    assert in_lots.ratings == found.ratings
    assert (in_lots.mean_stars is None) == (found.mean_stars is None)
    if found.ratings % FEWEST_RATINGS == 0:
        assert in_lots == found
    assert found.asked == len(told)
    assert found.closed + found.cancelled <= found.asked
    assert found.rate is None or 0 <= found.rate <= 1
    assert found.median_hours is None or found.median_hours >= 0
    assert (found.mean_stars is None) == (found.ratings < FEWEST_RATINGS)


@given(st.fractions(0, 1000), st.integers(0, 3))
def test_decimals_are_near_and_short(value: Fraction, places: int) -> None:
    text = decimal_text(value, places)
    assert text is not None
    assert abs(Fraction(text) - value) <= Fraction(1, 2 * 10**places)
    assert not ("." in text and text.endswith(("0", ".")))


def closing(bank: Bank, query: str = "", who: str = "auditor") -> Any:
    answer = bank.as_(who).get(f"/service-events/closing{query}")
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_community_s_and_a_station_s_requests_are_told(bank: Bank) -> None:
    loner = volunteer(bank, "孙建国")
    for place in range(5):
        errand = request(bank, kind="wish" if place < 2 else "errand")
        with bank.inside():
            began = (clock.now()).isoformat()
        people = [{"volunteer_id": bank.li.id if place else loner, "minutes": 60}]
        body = {"participants": people, "performed_at": began}
        assert bank.as_("worker").post(f"{errand.path}/completion", body).status_code == 200
        assert errand.rate(stars=5 if place else 2).status_code == 200
    request(bank)
    cancelled = request(bank)
    bank.as_("worker").post(f"{cancelled.path}/cancellation", {"reason": "不用了"})
    told = closing(bank)
    assert told["total"] == {
        "asked": 7, "cancelled": 1, "closed": 5, "rate": "0.833", "median_hours": "0",
        "ratings": 5, "mean_stars": "4.4",
    }  # fmt: skip
    lines = {line["name"]: line for line in told["items"]}
    assert lines["梧桐社区"]["figures"] == told["total"]
    station = lines["梧桐代办站"]
    assert (station["level"], station["figures"]["asked"]) == ("station", 4)
    assert (station["figures"]["rate"], station["figures"]["mean_stars"]) == ("1", None)
    assert closing(bank, "?kind=wish")["total"]["asked"] == 2
    assert closing(bank, "?came_by=phone")["total"]["asked"] == 0
    request(bank, came_by="phone")
    assert closing(bank, "?came_by=phone")["total"]["asked"] == 1


def test_they_are_told_by_place_and_period(bank: Bank) -> None:
    request(bank).complete()
    other = f"?community_id={bank.other_community_id}"
    assert closing(bank, other)["items"] == []
    assert closing(bank, other)["total"]["rate"] is None
    assert closing(bank, "?period=2020Q1")["total"]["asked"] == 0
    assert closing(bank, who="neighbour")["items"] == []
    path = f"/service-events/closing?community_id={bank.community_id}"
    problem(bank.as_("neighbour").get(path), 404, "not_found")
    problem(bank.as_("li").get("/service-events/closing"), 403, "forbidden")
    found = problem(bank.as_("auditor").get("/service-events/closing?period=x"), 422)
    assert list(found["errors"]) == ["period"]


def test_what_a_dispute_takes_back_is_not_closed(bank: Bank) -> None:
    errand = request(bank)
    errand.complete()
    errand.rate()
    assert closing(bank)["total"]["closed"] == 1
    bank.as_("worker").post(f"{errand.path}/dispute", {"reason": "没有来"})
    body = {"upheld": True, "reason": "属实"}
    bank.as_("supervisor").post(f"{errand.path}/dispute/decision", body)
    assert closing(bank)["total"]["closed"] == 0
