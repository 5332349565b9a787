"""What a volunteer is shown to choose from: what suits, what is near, who asked first."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from moralbank.core.actor import system
from moralbank.events.rules import fits, still_wanted
from moralbank.organizations import operations as organizations
from tests.cast import Bank
from tests.core.problems import problem
from tests.events.errands import request

tags = st.sets(st.sampled_from(["household", "cooking", "repair", "arts"]))


@given(tags, tags)
def test_an_item_fits_who_has_one_of_its_tags_and_without_tags_everybody(
    item: set[str], own: set[str]
) -> None:
    assert fits(item, own) == (not item or bool(item & own))


@given(st.integers(1, 500), st.integers(0, 600))
def test_nobody_is_wanted_once_enough_are_there(needed: int, there: int) -> None:
    assert still_wanted(needed, there) == (needed - there if there < needed else 0)


def place(bank: Bank, name: str, level: Any, parent_id: str) -> str:
    with bank.inside():
        return organizations.create(system("test"), name=name, level=level, parent_id=parent_id).id


def seen(bank: Bank, query: str = "", who: str = "li") -> list[str]:
    answer = bank.as_(who).get(f"/service-events?status=open{query}")
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json["items"]]


def ask(bank: Bank, community_id: str, item: str) -> str:
    body = {"service_item": item, "community_id": community_id}
    taken = bank.as_("admin").post("/service-events", body)
    assert taken.status_code == 201, taken.text
    number: str = taken.json["id"]
    return number


def test_what_suits_comes_first_of_that_what_is_near_of_that_the_oldest(bank: Bank) -> None:
    street = place(bank, "北街", "street", bank.district_id)
    far = place(bank, "远社区", "community", street)
    where = {"far": far, "street": bank.other_community_id, "own": bank.community_id}
    made = {
        (item, name, time): ask(bank, number, f"home.{item}")
        for item in ("cooking", "repair")
        for name, number in where.items()
        for time in (1, 2)
    }
    answer = bank.as_("worker").patch(f"/volunteers/{bank.li.id}", {"skills": ["repair"]})
    assert answer.json["skills"] == ["repair"]
    wanted = [
        made[item, name, time]
        for item in ("repair", "cooking")
        for name in ("own", "street", "far")
        for time in (1, 2)
    ]
    # Cooking is for households, and 梧桐代办站 is a station of no such kind.
    assert seen(bank) == wanted
    assert seen(bank, "&fit=true") == wanted[:6]
    assert seen(bank, "&fit=false") == wanted
    first = bank.as_("li").get("/service-events?status=open&limit=5").json
    rest = bank.as_("li").get(f"/service-events?status=open&limit=9&cursor={first['next']}").json
    assert [item["id"] for item in first["items"] + rest["items"]] == wanted
    assert [item["fits"] for item in first["items"]] == [True] * 5
    # Nobody is refused for skills.
    assert bank.as_("li").post(f"/service-events/{wanted[-1]}/claim").status_code == 200


def test_the_kind_of_the_own_station_suits_too(bank: Bank) -> None:
    errand = request(bank)
    assert seen(bank, "&fit=true") == []
    path = f"/organizations/{bank.station_id}"
    bank.as_("supervisor").patch(path, {"station_kind": "household"})
    assert seen(bank, "&fit=true") == [errand.id]


def test_staff_have_no_fit(bank: Bank) -> None:
    found = problem(bank.as_("worker").get("/service-events?fit=true"), 422)
    assert list(found["errors"]) == ["fit"]


def test_skills_are_tags_of_the_catalogue(bank: Bank) -> None:
    path = f"/volunteers/{bank.li.id}"
    found = problem(bank.as_("worker").patch(path, {"skills": ["flying"]}), 422)
    assert list(found["errors"]) == ["skills"]
    twice = {"skills": ["arts", "repair", "arts"]}
    assert bank.as_("worker").patch(path, twice).json["skills"] == ["arts", "repair"]
    assert bank.as_("li").get(path).json["skills"] == ["arts", "repair"]
    assert bank.as_("worker").patch(path, {"skills": []}).json["skills"] == []
