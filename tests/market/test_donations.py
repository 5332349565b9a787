"""Gifts of points."""

from typing import Any

from moralbank import ledger
from tests.cast import Bank


def test_points_are_given_to_another_volunteer(bank: Bank) -> None:
    body = {"to_volunteer_id": bank.zhao.id, "points": "12.5", "message": "给您添件冬衣"}
    made = bank.as_("li").post("/donations", body)
    assert made.status_code == 201
    assert made.json["points"] == "12.5"
    assert made.json["balance_after"] == "187.5"
    assert bank.zhao.name not in made.text
    assert "赵" not in made.text
    assert (bank.points(bank.li), bank.points(bank.zhao)) == ("187.5", "32.5")
    newest = bank.as_("zhao").get(f"/volunteers/{bank.zhao.id}/entries?asset=points").json["items"]
    assert (newest[0]["kind"], newest[0]["amount"]) == ("donation", "12.5")
    # What one person wrote to another does not go into a book that is kept for good.
    assert newest[0]["reason"] == "转赠积分"


def test_points_are_given_to_a_pool(bank: Bank) -> None:
    made = bank.as_("li").post("/donations", {"to_pool_id": bank.pool_id, "points": "10"})
    assert made.status_code == 201
    with bank.inside():
        assert ledger.balances(f"pool:{bank.pool_id}")["points"].balance == 1_000
        assert ledger.balances(f"volunteer:{bank.li.id}")["merit"].balance == 0


def test_a_gift_needs_a_key_and_is_made_once(bank: Bank) -> None:
    body = {"to_volunteer_id": bank.zhao.id, "points": "10"}
    assert bank.as_("li").post("/donations", body, key=None).status_code == 400
    first = bank.as_("li").post("/donations", body, key="gift")
    assert bank.as_("li").post("/donations", body, key="gift").json == first.json
    assert bank.points(bank.li) == "190"


def test_a_faulty_gift_moves_nothing(bank: Bank) -> None:
    to_zhao = {"to_volunteer_id": bank.zhao.id}
    faulty: list[tuple[dict[str, Any], int]] = [
        ({"points": "1"}, 422),
        ({**to_zhao, "to_pool_id": bank.pool_id, "points": "1"}, 422),
        ({"to_volunteer_id": bank.li.id, "points": "1"}, 422),
        ({**to_zhao, "points": "0"}, 422),
        ({**to_zhao, "points": "-1"}, 422),
        ({**to_zhao, "points": 1}, 422),
        ({**to_zhao}, 422),
        ({**to_zhao, "points": "1", "message": "x" * 201}, 422),
        ({"to_volunteer_id": "nobody", "points": "1"}, 404),
        ({"to_pool_id": bank.station_id, "points": "1"}, 404),
        ({**to_zhao, "points": "200.01"}, 409),
    ]
    for body, status in faulty:
        refused = bank.as_("li").post("/donations", body)
        assert refused.status_code == status, body
    assert refused.json["code"] == "insufficient_points"
    assert (bank.points(bank.li), bank.points(bank.zhao)) == ("200", "20")


def test_only_volunteers_give(bank: Bank) -> None:
    body = {"to_volunteer_id": bank.zhao.id, "points": "1"}
    for name, status in {"public": 401, "till": 403, "worker": 403, "admin": 403}.items():
        assert bank.as_(name).post("/donations", body).status_code == status, name
