"""Savings accounts."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from moralbank.core.db import db
from moralbank.people import searching
from moralbank.people.models import Volunteer
from tests.cast import Bank, together
from tests.core.problems import problem
from tests.desk.visitor import visit


def account(bank: Bank, **more: Any) -> dict[str, Any]:
    return {
        "name": "欧阳春梅",
        "phone": "138 0000 0009",
        "community_id": bank.community_id,
        "publish_consent": False,
        **more,
    }


def test_an_account_is_opened_with_a_number_and_empty_wallets(bank: Bank) -> None:
    answer = bank.as_("worker").post("/volunteers", account(bank))
    assert answer.status_code == 201
    opened = answer.json
    assert opened["account_no"].isdigit()
    assert len(opened["account_no"]) == 8
    assert (opened["display_name"], opened["status"]) == ("欧阳*梅", "active")
    balance = bank.as_("worker").get(f"/volunteers/{opened['id']}/balance").json
    assert balance.pop("as_of")
    assert balance == {
        "points": "0", "held": "0", "available": "0", "provisional": "0", "merit": "0",
        "minutes": 0,
    }  # fmt: skip


def test_a_phone_is_one_persons_however_it_is_written(bank: Bank) -> None:
    worker = bank.as_("worker")
    assert worker.post("/volunteers", account(bank)).status_code == 201
    for written in (
        "13800000009",
        "+86 138-0000-0009",
        "１３８００００ ０００９",
        "0086 13800000009",
    ):
        problem(worker.post("/volunteers", account(bank, phone=written)), 409, "phone_taken")
    other = worker.patch(f"/volunteers/{bank.li.id}", {"phone": "13800000009"})
    problem(other, 409, "phone_taken")
    assert worker.patch(f"/volunteers/{bank.li.id}", {"phone": bank.li.phone}).status_code == 200


def test_one_phone_raced_opens_one_account(bank: Bank) -> None:
    answers = together([lambda: bank.as_("worker").post("/volunteers", account(bank))] * 6)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5


def test_accounts_opened_at_once_have_numbers_of_their_own(bank: Bank) -> None:
    def opener(place: int) -> Any:
        body = account(bank, phone=f"1380000010{place}")
        return lambda: bank.as_("worker").post("/volunteers", body)

    answers = together([opener(place) for place in range(6)])
    assert len({answer.json["account_no"] for answer in answers}) == 6


def test_places_must_fit_each_other_and_the_actor(bank: Bank) -> None:
    worker = bank.as_("worker")
    for field in ("community_id", "station_id", "team_id"):
        for place in ("nowhere", bank.other_community_id, bank.district_id):
            problem(worker.post("/volunteers", account(bank, **{field: place})), 404, "not_found")
    body = account(bank, community_id=bank.other_community_id)
    problem(worker.post("/volunteers", body), 404, "not_found")
    assert bank.as_("neighbour").post("/volunteers", body).status_code == 201


def test_who_moves_leaves_station_and_household_behind(bank: Bank) -> None:
    supervisor, path = bank.as_("supervisor"), f"/volunteers/{bank.li.id}"
    supervisor.patch(path, {"household_no": "3-2-1"})
    moved = supervisor.patch(path, {"community_id": bank.other_community_id})
    assert moved.status_code == 200
    assert moved.json["station_id"] is None
    with bank.inside():
        row = db.session.execute(select(Volunteer).where(Volunteer.id == bank.li.id)).scalar_one()
        assert row.household_seal is None
    stayed = supervisor.patch(f"/volunteers/{bank.zhao.id}", {"community_id": bank.community_id})
    assert stayed.json["station_id"] == bank.station_id


@pytest.mark.parametrize("few", [0, 200])
def test_volunteers_are_found_by_name_number_and_phone(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(searching, "FEW_PLACES", few)
    worker = bank.as_("worker")
    for q, found in (
        ("秋", ["li"]), (bank.zhao.account_no, ["zhao"]), ("139 0000 0001", ["li"]),
        ("李秋兰", ["li"]), ("兰秋", []), (bank.zhao.account_no[:-1], ["zhao"]),
        ("%", []), ("_", []), ("1390000", []), ("", ["li", "zhao"]),
        ("liqiulan", ["li"]), ("LI qiu'lan", ["li"]), ("liq", ["li"]), ("lql", ["li"]),
        ("qiulan", ["li"]), ("zcs", ["zhao"]), ("chunsheng", ["zhao"]), ("iqiu", []), ("l", ["li"]),
        (bank.li.code, ["li"]), (bank.li.code.lower(), ["li"]), (bank.li.code[:-1], []),
        (bank.li.code[:-1] + ("2" if bank.li.code[-1] != "2" else "3"), []),
    ):  # fmt: skip
        items = worker.get(f"/volunteers?q={q}").json["items"]
        assert [item["id"] for item in items] == [bank.ids[name] for name in found], q
    assert bank.as_("neighbour").get("/volunteers").json["items"] == []
    problem(bank.as_("neighbour").get(f"/volunteers?community_id={bank.community_id}"), 404)


def test_a_new_name_is_found_and_the_old_one_is_not(bank: Bank) -> None:
    worker = bank.as_("worker")

    def found(q: str) -> list[str]:
        return [item["id"] for item in worker.get(f"/volunteers?q={q}").json["items"]]

    assert found("lql") == [bank.li.id]
    assert worker.patch(f"/volunteers/{bank.li.id}", {"name": "欧阳吕乐"}).status_code == 200
    assert found("lql") == []
    for typed in ("oylvle", "ouyanglvle", "ouyanglvyue", "ouyanglyule", "oyll", "oyly", "欧阳"):
        assert found(typed) == ([] if typed == "oylvle" else [bank.li.id]), typed


def test_a_card_that_is_scanned_leads_to_its_holder_within_reach(bank: Bank) -> None:
    page = visit(bank, "worker")
    person = f"/staff/volunteers/{bank.li.id}"
    assert page.open(f"/staff/volunteers?q={bank.li.code}").request.path == person
    on_the_phone = bank.as_("li").get("/cards/phone-code").json["code"]
    assert page.open(f"/staff/volunteers?q={on_the_phone}").request.path == person
    far = visit(bank, "neighbour").open(f"/staff/volunteers?q={bank.li.code}")
    assert (far.status_code, bank.li.name in far.text) == (200, False)


def test_who_may_call_sees_the_phone(bank: Bank) -> None:
    path = f"/volunteers/{bank.li.id}"
    assert bank.as_("worker").get(path).json["phone"] == bank.li.phone
    for who in ("auditor", "li"):
        assert bank.as_(who).get(path).json["phone"] == "139****0001"
    listed = bank.as_("worker").get("/volunteers").text
    assert bank.li.phone not in listed
    for who in ("neighbour", "zhao"):
        problem(bank.as_(who).get(path), 404, "not_found")


def test_a_balance_and_a_statement_are_there_for_their_own_alone(bank: Bank) -> None:
    for path in (f"/volunteers/{bank.li.id}/balance", f"/volunteers/{bank.li.id}/entries"):
        for who in ("li", "worker", "auditor"):
            assert bank.as_(who).get(path).status_code == 200
        for who in ("zhao", "neighbour"):
            problem(bank.as_(who).get(path), 404, "not_found")
        problem(bank.as_("till").get(path), 403, "forbidden")


def test_a_balance_at_a_moment(bank: Bank) -> None:
    path = f"/volunteers/{bank.li.id}"
    [opening] = bank.as_("li").get(f"{path}/entries").json["items"]
    bank.buy({bank.soap: 1})
    at = opening["posted_at"].replace("+", "%2B")
    assert bank.as_("li").get(f"{path}/balance?at={at}").json["points"] == "200"
    assert bank.as_("li").get(f"{path}/balance?at={opening['posted_at']}").json["points"] == "200"
    long_ago = bank.as_("li").get(f"{path}/balance?at=2020-01-01T00:00:00Z").json
    assert (long_ago["points"], long_ago["as_of"]) == ("0", "2020-01-01T08:00:00+08:00")
    assert bank.as_("li").get(f"{path}/balance").json["points"] == "199.5"
