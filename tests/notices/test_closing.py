"""What the public sees of how requests come to an end."""

from __future__ import annotations

from typing import Any

from tests.cast import Bank
from tests.core.problems import problem
from tests.desk.visitor import visit
from tests.events.errands import request, volunteer


def closing(bank: Bank, query: str = "") -> Any:
    answer = bank.as_("public").get(f"/public/closing{query}")
    assert answer.status_code == 200, answer.text
    return answer.json


def done(bank: Bank, times: int) -> None:
    for _time in range(times):
        errand = request(bank, came_by="phone")
        assert errand.complete().status_code == 200
        errand.rate(stars=4)


def elsewhere(bank: Bank, times: int) -> None:
    """Have others of the other community ask."""
    for _time in range(times):
        body = {"service_item": "home.repair", "community_id": bank.other_community_id}
        assert bank.as_("supervisor").post("/service-events", body).status_code == 201


def test_few_requests_tell_nothing(bank: Bank) -> None:
    done(bank, 4)
    assert closing(bank) == {"total": None, "items": []}
    assert "不足五件" in visit(bank).open("/closing").text


def test_five_are_told_and_fewer_are_merged(bank: Bank) -> None:
    done(bank, 5)
    told = closing(bank)
    assert (told["total"]["asked"], told["total"]["rate"]) == (5, "1")
    assert told["total"]["mean_stars"] == "4"
    assert {line["figures"]["mean_stars"] for line in told["items"]} == {"4"}
    names = {(line["level"], line["name"], line["figures"]["asked"]) for line in told["items"]}
    assert names == {("community", "梧桐社区", 5), ("station", "梧桐代办站", 5)}
    # Two of another community could be told by taking the five from the total: all is one line.
    elsewhere(bank, 2)
    told = closing(bank)
    assert told["total"]["asked"] == 7
    [line] = [line for line in told["items"] if line["level"] == "community"]
    assert (line["organization_id"], line["name"], line["figures"]["asked"]) == (None, "其他", 7)
    page = visit(bank).open("/closing").text
    assert "其他" in page
    assert bank.other_community_id not in page


def test_the_rest_of_two_means_is_not_one_rating(bank: Bank) -> None:
    """Ten were rated, nine of them by people of a station: the mean of the nine would tell the
    tenth."""
    done(bank, 9)
    errand = request(bank)
    loner = volunteer(bank, "孙建国")
    people = {"participants": [{"volunteer_id": loner, "minutes": 60}]}
    path = f"{errand.path}/completion"
    body = {**people, "performed_at": "2026-03-15T09:30:00+08:00"}
    assert bank.as_("worker").post(path, body).status_code == 200
    assert errand.rate(stars=1).status_code == 200
    told = closing(bank)
    assert (told["total"]["ratings"], told["total"]["mean_stars"]) == (10, "3.7")
    means = {line["level"]: line["figures"]["mean_stars"] for line in told["items"]}
    assert means == {"community": "3.7", "station": None}


def test_how_long_it_took_is_not_told_of_few(bank: Bank) -> None:
    done(bank, 2)
    for _time in range(4):
        request(bank)
    figures = closing(bank)["total"]
    assert (figures["asked"], figures["closed"]) == (6, 2)
    assert (figures["median_hours"], figures["mean_stars"]) == (None, None)


def test_calls_and_places_and_periods_are_told_apart(bank: Bank) -> None:
    done(bank, 5)
    assert closing(bank, "?came_by=phone")["total"]["asked"] == 5
    assert closing(bank, "?came_by=page")["total"] is None
    assert closing(bank, "?came_by=phone")["total"]["mean_stars"] is None
    assert closing(bank, "?period=2020Q1")["items"] == []
    for period in ("x", "2026", "2026-07"):
        found = problem(bank.as_("public").get(f"/public/closing?period={period}"), 422)
        assert list(found["errors"]) == ["period"]
    page = visit(bank)
    assert "梧桐社区" in page.open("/closing?only=phone").text
    assert "梧桐社区" not in page.open("/closing?only=page").text
    assert 'href="/closing"' in page.open("/").text


def test_no_rating_is_read_off_two_looks(bank: Bank) -> None:
    """Read before and after one rating, the mean is the same; it moves with the fifth."""
    done(bank, 5)
    for stars in (1, 1, 1, 1):
        errand = request(bank)
        errand.complete()
        assert errand.rate(stars=stars).status_code == 200
        told = closing(bank)
        assert {line["figures"]["mean_stars"] for line in [*told["items"]]} == {"4"}
        assert told["total"]["mean_stars"] == "4"
    done(bank, 1)
    assert closing(bank)["total"]["mean_stars"] == "2.8"
