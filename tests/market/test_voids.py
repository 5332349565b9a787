"""Taking a redemption back: once, by a second person, and everything returns."""

from tests.cast import Bank, together


def test_a_void_gives_everything_back(bank: Bank) -> None:
    made = bank.buy({bank.oil: 1, bank.soap: 4}, pin=bank.li.pin).json
    void = bank.as_("supervisor").post(f"/redemptions/{made['id']}/void", {"reason": "拿错了"})
    assert void.status_code == 200
    assert void.json["status"] == "voided"
    assert void.json["void_reason"] == "拿错了"
    same = {"receipt_no", "points", "lines", "balance_after", "occurred_at"}
    assert {name: void.json[name] for name in same} == {name: made[name] for name in same}
    assert bank.points(bank.li) == "200"
    assert (bank.stock(bank.oil), bank.stock(bank.soap)) == (5, 200)
    # the limit of one bottle is free again
    assert bank.buy({bank.oil: 1}, pin=bank.li.pin).status_code == 201
    newest = bank.as_("li").get(f"/volunteers/{bank.li.id}/entries?asset=points").json["items"][1]
    assert (newest["kind"], newest["amount"]) == ("reversal", "62")
    assert newest["effective_at"] == made["occurred_at"]


def test_a_redemption_is_voided_once(bank: Bank) -> None:
    path = f"/redemptions/{bank.buy({bank.rice: 1}).json['id']}/void"
    supervisor = bank.as_("supervisor")
    assert supervisor.post(path, {"reason": "拿错了"}, key=None).status_code == 400
    first = supervisor.post(path, {"reason": "拿错了"}, key="void")
    assert supervisor.post(path, {"reason": "拿错了"}, key="void").json == first.json
    again = supervisor.post(path, {"reason": "拿错了"})
    assert (again.status_code, again.json["code"]) == (409, "already_voided")
    assert bank.points(bank.li) == "200"
    assert bank.stock(bank.rice) == 10


def test_who_may_void(bank: Bank) -> None:
    made = bank.buy({bank.rice: 1}).json["id"]
    body = {"reason": "拿错了"}
    for name in ("till", "worker", "auditor", "li"):
        assert bank.as_(name).post(f"/redemptions/{made}/void", body).status_code == 403, name
    assert bank.as_("public").post(f"/redemptions/{made}/void", body).status_code == 401
    staff = {
        "username": "far", "password": "correct horse", "display_name": "远", "role": "supervisor",
    }  # fmt: skip
    bank.as_("admin").post("/staff", staff | {"organization_id": bank.other_community_id})
    own = staff | {"username": "own", "volunteer_id": bank.li.id}
    bank.as_("admin").post("/staff", own | {"organization_id": bank.district_id})
    for name, status in {"far": 404, "own": 403}.items():
        signed_in = bank.as_("public").post(
            "/tokens", {"username": name, "password": "correct horse"}
        )
        bank.tokens[name] = signed_in.json["access_token"]
        assert bank.as_(name).post(f"/redemptions/{made}/void", body).status_code == status, name
    assert bank.as_("supervisor").post("/redemptions/x/void", body).status_code == 404
    assert bank.as_("supervisor").post(f"/redemptions/{made}/void", {}).status_code == 422
    assert bank.stock(bank.rice) == 9


def test_eight_voids_at_once_give_back_once(bank: Bank) -> None:
    made = bank.buy({bank.rice: 2}).json["id"]
    answers = together(
        [
            lambda: bank.as_("supervisor").post(f"/redemptions/{made}/void", {"reason": "拿错了"})
            for _thread in range(8)
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert {answer.json.get("code") for answer in answers} == {None, "already_voided"}
    assert bank.points(bank.li) == "200"
    assert bank.stock(bank.rice) == 10
    assert bank.as_("auditor").get("/ledger/trial-balance").json["balanced"] is True
