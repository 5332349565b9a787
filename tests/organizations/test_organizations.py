"""The tree: districts down to stations and supermarkets, teams and pools."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Bank
from tests.core.problems import problem


def new(bank: Bank, who: str = "supervisor", **more: Any) -> Any:
    body = {"name": "新来的", "level": "station", "parent_id": bank.community_id, **more}
    return bank.as_(who).post("/organizations", body)


def test_what_is_told_of_a_place_is_shown_again(bank: Bank) -> None:
    told = {
        "name": "春风理发站",
        "level": "station",
        "parent_id": bank.community_id,
        "code": "S-7",
        "station_kind": "barber",
        "phone": "024-52600000",
        "address": "春风里 3 号",
        "leader": "站长",
        "hours": "9:00–17:00",
    }
    made = bank.as_("supervisor").post("/organizations", told)
    assert made.status_code == 201
    assert told.items() <= made.json.items()
    for who in ("worker", "auditor", "li", "till"):
        assert bank.as_(who).get(f"/organizations/{made.json['id']}").json == made.json
    assert new(bank).json["station_kind"] == "other"


def test_each_level_hangs_where_it_belongs(bank: Bank) -> None:
    for level, parent in (
        ("street", bank.community_id), ("community", bank.station_id),
        ("station", bank.district_id), ("supermarket", bank.station_id),
        ("district", bank.district_id), ("street", None), ("station", None),
    ):  # fmt: skip
        found = problem(new(bank, level=level, parent_id=parent), 422)
        assert found["errors"].keys() == {"parent_id"}, (level, parent)
    problem(new(bank, parent_id="nowhere"), 404, "not_found")


def test_a_kind_is_a_stations_alone(bank: Bank) -> None:
    answer = new(bank, level="supermarket", station_kind="barber")
    assert problem(answer, 422)["errors"].keys() == {"station_kind"}
    path = f"/organizations/{bank.supermarket_id}"
    problem(bank.as_("supervisor").patch(path, {"station_kind": "barber"}), 422)


def test_districts_are_made_by_who_works_for_the_whole_bank(bank: Bank) -> None:
    body = {"name": "远方区", "level": "district"}
    problem(bank.as_("supervisor").post("/organizations", body), 403, "forbidden")
    far = bank.as_("admin").post("/organizations", body)
    assert far.status_code == 201
    problem(bank.as_("supervisor").get(f"/organizations/{far.json['id']}"), 404, "not_found")
    problem(new(bank, level="street", parent_id=far.json["id"]), 404, "not_found")


def test_a_change_leaves_the_rest_and_the_place(bank: Bank) -> None:
    path = f"/organizations/{bank.station_id}"
    before = bank.as_("supervisor").get(path).json
    changed = bank.as_("supervisor").patch(path, {"phone": "024-52611111", "name": "新名"})
    assert changed.json == {**before, "phone": "024-52611111", "name": "新名"}
    assert bank.as_("supervisor").patch(path, {}).json == changed.json
    for field in ("level", "parent_id", "id", "path"):
        problem(bank.as_("supervisor").patch(path, {field: "x"}), 422)
    problem(bank.as_("worker").patch(path, {"name": "x"}), 403, "forbidden")


def test_lists_are_by_level_and_parent_within_reach(bank: Bank) -> None:
    supervisor = bank.as_("supervisor")
    stations = supervisor.get("/organizations?level=station").json["items"]
    assert [item["id"] for item in stations] == [bank.station_id]
    below = supervisor.get(f"/organizations?parent_id={bank.street_id}").json["items"]
    assert {item["id"] for item in below} == {bank.community_id, bank.other_community_id}
    reach = bank.as_("neighbour").get("/organizations").json["items"]
    assert {item["id"] for item in reach} == {
        bank.other_community_id,
        bank.other_supermarket_id,
    }
    assert len(bank.as_("li").get("/organizations").json["items"]) == 7


def test_pages_follow_each_other_without_gap_or_double(bank: Bank) -> None:
    caller = bank.as_("supervisor")
    made = [new(bank, name=f"站 {place}").json["id"] for place in range(5)]
    page = caller.get("/organizations?level=station&limit=2").json
    seen = page["items"]
    while page["next"] is not None:
        page = caller.get(f"/organizations?level=station&limit=2&cursor={page['next']}").json
        seen += page["items"]
    assert [item["id"] for item in seen] == [bank.station_id, *made]


@pytest.mark.parametrize("word", ["teams", "pools"])
def test_teams_and_pools_hang_on_an_organization(bank: Bank, word: str) -> None:
    supervisor = bank.as_("supervisor")
    for name in ("organization_id", "parent_id"):
        made = supervisor.post(f"/{word}", {"name": "夕阳红", name: bank.community_id})
        assert (made.status_code, made.json["organization_id"]) == (201, bank.community_id)
        listed = supervisor.get(f"/{word}?organization_id={bank.community_id}").json["items"]
        assert made.json in listed
        problem(supervisor.get(f"/organizations/{made.json['id']}"), 404, "not_found")
    for body in ({"name": "x"}, {"name": "x", "organization_id": bank.community_id,
                                 "parent_id": bank.street_id}):  # fmt: skip
        assert "organization_id" in problem(supervisor.post(f"/{word}", body), 422)["errors"]
    body = {"name": "x", "organization_id": bank.supermarket_id}
    problem(supervisor.post(f"/{word}", body), 422)
    problem(bank.as_("worker").post(f"/{word}", body), 403, "forbidden")


def test_a_place_keeps_names_that_look_like_patterns(bank: Bank) -> None:
    """Paths are compared by prefix; nothing in an id or a name may widen that."""
    made = new(bank, name="100%_\\站").json
    assert made["name"] == "100%_\\站"
    assert bank.as_("neighbour").get("/organizations?level=station").json["items"] == []
