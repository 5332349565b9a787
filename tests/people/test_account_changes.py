"""What becomes of accounts: they move, are frozen, and end by two people; the book keeps all."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from moralbank import ledger
from moralbank.people import history
from tests.cast import Answer, Bank, together
from tests.core.examples import publish, reserved
from tests.core.problems import problem
from tests.core.snapshot import snapshot
from tests.honours.conftest import Diary

WHY = "本人到社区说明"


def ask(bank: Bank, who: str = "li", *, by: str = "worker", **words: Any) -> Answer:
    body = {"kind": "left", "reason": WHY} | words
    return bank.as_(by).post(f"/volunteers/{bank.ids[who]}/ends", body)


def decide(bank: Bank, change: str, *, agreed: bool = True, by: str = "supervisor") -> Answer:
    return bank.as_(by).post(f"/account-changes/{change}/decision", {"agreed": agreed})


def ended(bank: Bank, who: str = "li", **words: Any) -> Answer:
    asked = ask(bank, who, **words)
    assert (asked.status_code, asked.json["status"]) == (201, "asked"), asked.text
    done = decide(bank, asked.json["id"])
    assert done.status_code == 200, done.text
    return done


def status(bank: Bank, who: str = "li") -> str:
    return str(bank.as_("supervisor").get(f"/volunteers/{bank.ids[who]}").json["status"])


def balance(bank: Bank, who: str) -> tuple[str, str, int]:
    found = bank.as_("supervisor").get(f"/volunteers/{bank.ids[who]}/balance").json
    return found["points"], found["merit"], found["minutes"]


def assert_sound(bank: Bank) -> None:
    with bank.inside():
        assert ledger.verify().faults == []


def give(bank: Bank, asset: str, amount: Any, who: str = "li") -> None:
    body = {"volunteer_id": bank.ids[who], "asset": asset, "amount": amount, "reason": "旧账"}
    assert bank.as_("supervisor").post("/adjustments", body).status_code == 201


def rules(bank: Bank, **leaving: Any) -> None:
    publish(bank, leaving={"points": "lapse", "heirs": ["子女"], "days": 30} | leaving)


def test_a_frozen_account_buys_nothing_until_it_is_thawed(bank: Bank) -> None:
    worker, path = bank.as_("worker"), f"/volunteers/{bank.li.id}"
    frozen = worker.post(f"{path}/freezing", {"reason": "卡被人冒用"})
    assert (frozen.json["kind"], frozen.json["status"]) == ("frozen", "done")
    assert status(bank) == "frozen"
    problem(bank.buy({bank.soap: 1}), 403, "card_locked")
    problem(bank.as_("li").get(path), 401)  # signed out everywhere
    problem(worker.post(f"{path}/freezing", {"reason": "再来"}), 409, "wrong_state")
    problem(worker.post(f"{path}/thawing", {"reason": "卡找回"}), 403, "forbidden")
    assert bank.as_("supervisor").post(f"{path}/thawing", {"reason": "卡找回"}).status_code == 200
    assert bank.buy({bank.soap: 1}).status_code == 201
    found = worker.get(f"/account-changes?volunteer_id={bank.li.id}").json["items"]
    assert [one["kind"] for one in found] == ["thawed", "frozen"]


def test_while_an_end_is_asked_for_the_account_is_frozen_and_refused_it_is_as_before(
    bank: Bank,
) -> None:
    asked = ask(bank).json
    assert status(bank) == "frozen"
    problem(bank.buy({bank.soap: 1}), 403, "card_locked")
    path = f"/volunteers/{bank.li.id}"
    problem(bank.as_("supervisor").post(f"{path}/thawing", {"reason": "x"}), 409, "wrong_state")
    problem(ask(bank), 409, "wrong_state")
    assert decide(bank, asked["id"], agreed=False).json["status"] == "refused"
    assert status(bank) == "active"
    assert bank.buy({bank.soap: 1}).status_code == 201
    problem(decide(bank, asked["id"]), 409, "wrong_state")


def test_an_end_takes_two_people(bank: Bank) -> None:
    asked = ask(bank, by="supervisor").json["id"]
    problem(decide(bank, asked), 403, "forbidden")
    problem(decide(bank, asked, by="worker"), 403, "forbidden")
    problem(decide(bank, asked, by="auditor"), 403, "forbidden")
    assert decide(bank, asked, by="second").status_code == 200
    problem(ask(bank, by="neighbour"), 404, "not_found")
    problem(decide(bank, "0" * 16, by="second"), 404, "not_found")


@pytest.mark.parametrize(("rule", "left"), [("lapse", "0"), ("keep", "200")])
def test_what_who_leaves_has_left_goes_by_the_rulebook(bank: Bank, rule: str, left: str) -> None:
    rules(bank, points=rule)
    done = ended(bank)
    assert done.json["points"] == ("200" if rule == "lapse" else "0")
    assert status(bank) == "closed"
    assert balance(bank, "li")[0] == left
    problem(bank.buy({bank.soap: 1}), 403, "card_revoked")
    problem(bank.as_("worker").post(f"/volunteers/{bank.li.id}/cards", {"pin": "1234"}), 409)
    assert_sound(bank)


def test_points_of_who_died_go_to_the_family_and_nothing_else_does(bank: Bank) -> None:
    rules(bank)
    give(bank, "minutes", 90)
    give(bank, "merit", "5")
    before, had = balance(bank, "li"), balance(bank, "zhao")
    done = ended(
        bank, kind="died", other_id=bank.zhao.id, relation="子女", happened_on="2026-11-20"
    ).json
    assert (done["points"], done["other_id"], done["relation"]) == ("200", bank.zhao.id, "子女")
    assert balance(bank, "li") == ("0", *before[1:])
    assert balance(bank, "zhao") == (str(int(had[0]) + 200), *had[1:])
    [entry] = bank.as_("zhao").get(f"/volunteers/{bank.zhao.id}/entries").json["items"][:1]
    assert (entry["kind"], entry["amount"], entry["reason"]) == ("inheritance", "200", "继承")
    assert_sound(bank)
    # What comes in later goes the same way; the account is not closed for another reason.
    give(bank, "points", "7")
    problem(ask(bank), 409, "wrong_state")
    later = ended(
        bank, kind="died", other_id=bank.zhao.id, relation="子女", happened_on="2026-11-20"
    )
    assert later.json["points"] == "7"


def test_who_may_inherit_is_in_the_rulebook(bank: Bank) -> None:
    rules(bank)
    before = snapshot(bank)
    heir: dict[str, Any] = {"kind": "died", "other_id": bank.zhao.id}

    def fault(**words: Any) -> set[str]:
        answer = ask(bank, **words)
        problem(answer, 422, "validation_failed")
        return set(answer.json["errors"])

    assert fault(**heir) == {"relation"}
    assert fault(**heir, relation="邻居") == {"relation"}
    assert fault(**heir, relation="子女", happened_on="2026-10-27") == {"happened_on"}
    assert fault(**heir, relation="子女", happened_on="2026-11-28") == {"happened_on"}
    assert fault(kind="died", relation="子女") == {"relation"}
    assert fault(kind="left", other_id=bank.zhao.id) == {"other_id"}
    assert fault(kind="merged") == {"other_id"}
    assert fault(kind="merged", other_id=bank.li.id) == {"other_id"}
    assert fault(kind="merged", other_id="0" * 16) == {"other_id"}
    assert fault(kind="gone") == {"kind"}
    assert fault(reason=" ") == {"reason"}
    assert snapshot(bank) == before


def test_two_accounts_of_one_person_become_one(bank: Bank) -> None:
    publish(bank, star_ladders=[{
        "subject": "volunteer", "period": "quarter",
        "levels": [{"stars": 1, "needs": {"hours": "1.5"}}],
    }])  # fmt: skip
    diary = Diary(bank)
    for who in (bank.li.id, bank.zhao.id):
        diary.errand(who, at="2026-11-20T09:00")
    give(bank, "merit", "5")
    old, new = balance(bank, "li"), balance(bank, "zhao")
    ended(bank, kind="merged", other_id=bank.zhao.id)
    assert balance(bank, "li") == ("0", "0", 0)
    for both, one, other in zip(balance(bank, "zhao"), old, new, strict=True):
        assert Decimal(str(both)) == Decimal(str(one)) + Decimal(str(other))
    assert_sound(bank)
    with bank.inside():
        assert history.merged_accounts() == {bank.li.id: bank.zhao.id}
    # The work of both counts as one person's.
    made = bank.as_("supervisor").post(
        "/star-rounds",
        {"subject": "volunteer", "period": "2026Q4", "organization_id": bank.street_id},
    )
    assert made.status_code == 201, made.text
    results = bank.as_("supervisor").get(f"/star-rounds/{made.json['id']}/results").json["items"]
    assert [(one["subject_id"], one["stars"]) for one in results] == [(bank.zhao.id, 1)]


def test_points_that_are_kept_back_are_settled_first(bank: Bank) -> None:
    assert reserved(bank)
    rules(bank)
    asked = ask(bank).json["id"]
    problem(decide(bank, asked), 409, "points_held")
    assert status(bank) == "frozen"


def test_decided_and_bought_at_once_no_point_is_lost_or_doubled(bank: Bank) -> None:
    rules(bank)
    asked = ask(bank, kind="merged", other_id=bank.zhao.id).json["id"]
    had = int(balance(bank, "zhao")[0])
    answers = together([lambda: decide(bank, asked)] * 3 + [lambda: bank.buy({bank.soap: 1})])
    assert sorted(one.status_code for one in answers[:3]) == [200, 409, 409]
    assert answers[3].status_code == 403
    assert balance(bank, "li")[0] == "0"
    assert balance(bank, "zhao")[0] == str(had + 200)
    assert_sound(bank)


def test_a_move_is_remembered(bank: Bank) -> None:
    admin = bank.as_("admin")
    admin.patch(f"/volunteers/{bank.li.id}", {"community_id": bank.other_community_id})
    [moved] = admin.get(f"/account-changes?volunteer_id={bank.li.id}").json["items"]
    assert (moved["kind"], moved["other_id"]) == ("moved", bank.community_id)
    problem(bank.as_("worker").get(f"/account-changes?volunteer_id={bank.li.id}"), 404)


def test_an_opening_balance_is_posted_by_a_second_person_however_little(bank: Bank) -> None:
    body = {"volunteer_id": bank.li.id, "asset": "points", "amount": "12.5", "opening": True,
            "reason": "旧存折第 3 页"}  # fmt: skip
    asked = bank.as_("supervisor").post("/adjustments", body)
    assert (asked.status_code, asked.json["status"]) == (202, "pending")
    assert asked.json["opening"]
    path = f"/adjustments/{asked.json['id']}/approval"
    problem(bank.as_("supervisor").post(path), 403, "forbidden")
    assert bank.as_("second").post(path).json["status"] == "posted"
    assert bank.points(bank.li) == "212.5"
    [entry] = bank.as_("li").get(f"/volunteers/{bank.li.id}/entries").json["items"][:1]
    assert (entry["kind"], entry["reason"]) == ("opening", "旧存折第 3 页")
    wrong = bank.as_("supervisor").post("/adjustments", body | {"amount": "-1"})
    problem(wrong, 422, "validation_failed")
    assert set(wrong.json["errors"]) == {"amount"}
    assert_sound(bank)
