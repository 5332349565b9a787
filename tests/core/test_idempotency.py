"""The same request twice has one effect and one answer."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from moralbank.core import idempotency, keys
from moralbank.core.db import db
from moralbank.core.idempotency import IdempotencyKey
from moralbank.people.models import Adjustment, Volunteer
from tests.cast import Answer, Bank, together
from tests.core.problems import problem
from tests.core.snapshot import snapshot


def gift(points: str = "5") -> dict[str, Any]:
    return {"asset": "points", "amount": points, "reason": "更正"}


def count(bank: Bank, model: Any) -> int:
    with bank.inside():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def replayed(answer: Answer) -> bool:
    return answer.headers.get("Idempotency-Replayed") == "true"


def test_the_same_key_and_body_get_the_first_answer_again(bank: Bank) -> None:
    supervisor, body = bank.as_("supervisor"), {"volunteer_id": bank.li.id, **gift()}
    first = supervisor.post("/adjustments", body, key="one")
    after = snapshot(bank)
    again = supervisor.post("/adjustments", dict(reversed(body.items())), key="one")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.text == first.text
    assert (replayed(first), replayed(again)) == (False, True)
    assert snapshot(bank) == after
    assert bank.points(bank.li) == "205"


def test_another_body_or_address_under_the_same_key_is_refused(bank: Bank) -> None:
    supervisor = bank.as_("supervisor")
    supervisor.post("/adjustments", {"volunteer_id": bank.li.id, **gift()}, key="one")
    before = snapshot(bank)
    for path, body in (
        ("/adjustments", {"volunteer_id": bank.li.id, **gift("6")}),
        ("/adjustments", {"volunteer_id": bank.zhao.id, **gift()}),
        ("/terminals", {"supermarket_id": bank.supermarket_id, "name": "三号"}),
    ):
        problem(supervisor.post(path, body, key="one"), 422, "idempotency_key_reused")
    assert snapshot(bank) == before


def test_what_the_first_request_changed_does_not_refuse_the_second(bank: Bank) -> None:
    """All points are spent and the PIN is a new one: asked again, it is the same sale all the same,
    and nobody has mistyped a PIN."""
    bank.as_("supervisor").post(
        "/adjustments", {"volunteer_id": bank.li.id, **gift("-199")}, key="leave one"
    )
    sale = partial(bank.buy, {bank.soap: 2}, pin=bank.li.pin, key="sale")
    first = sale()
    assert first.status_code == 201, first.text
    changed = bank.as_("worker").call("PUT", f"/cards/{bank.li.card_id}/pin", {"pin": "864209"})
    assert changed.status_code == 200
    before = snapshot(bank)
    again = sale()
    assert (again.status_code, again.text, replayed(again)) == (201, first.text, True)
    assert snapshot(bank) == before
    problem(bank.buy({bank.soap: 1}, pin="864209"), 409, "insufficient_points")


def test_a_key_is_its_callers_own(bank: Bank) -> None:
    body = {"volunteer_id": bank.li.id, **gift()}
    answers = [bank.as_(who).post("/adjustments", body, key="one") for who in ("admin", "second")]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert not any(replayed(answer) for answer in answers)
    assert bank.points(bank.li) == "210"


def test_every_other_post_takes_a_key_too(bank: Bank) -> None:
    body = {
        "name": "周玉兰",
        "phone": "13700000001",
        "community_id": bank.community_id,
        "publish_consent": False,
    }
    worker = bank.as_("worker")
    answers = [worker.post("/volunteers", body, key="k" * 200) for _again in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.text for answer in answers}) == 1
    assert count(bank, Volunteer) == 3
    problem(worker.post("/volunteers", body, key=None), 409, "phone_taken")


def test_a_refusal_leaves_its_key_free(bank: Bank) -> None:
    """For another body too, also where the refusal counted a wrong PIN."""
    assert bank.buy({bank.oil: 6}, pin=bank.li.pin, key="one").status_code == 409
    assert bank.buy({bank.oil: 1}, pin="0000", key="one").status_code == 403
    assert bank.buy({bank.oil: 1}, pin=bank.li.pin, key="one").status_code == 201
    assert replayed(bank.buy({bank.oil: 1}, pin=bank.li.pin, key="one"))


def test_a_faulty_body_leaves_its_key_free(bank: Bank) -> None:
    supervisor = bank.as_("supervisor")
    problem(supervisor.post("/adjustments", {}, key="one"), 422)
    assert count(bank, IdempotencyKey) == 0
    body = {"volunteer_id": bank.li.id, **gift()}
    assert supervisor.post("/adjustments", body, key="one").status_code == 201


def test_eight_threads_with_one_key_have_one_effect(bank: Bank) -> None:
    body = {"volunteer_id": bank.li.id, **gift()}
    before = count(bank, Adjustment)

    def send() -> Answer:
        return bank.as_("supervisor").post("/adjustments", body, key="raced")

    answers = together([send] * 8)
    done = [answer for answer in answers if answer.status_code == 201]
    for answer in answers:
        if answer not in done:
            problem(answer, 409, "request_in_progress")
    assert len({answer.text for answer in done}) == 1
    assert sum(not replayed(answer) for answer in done) == 1
    assert count(bank, Adjustment) == before + 1
    assert bank.points(bank.li) == "205"


def test_eight_threads_with_one_key_and_two_bodies(bank: Bank) -> None:
    """One body wins; whoever asked for the other is told so."""

    def send(place: int) -> Answer:
        body = {"volunteer_id": bank.li.id, **gift("5" if place % 2 else "7")}
        return bank.as_("supervisor").post("/adjustments", body, key="raced")

    answers = together([partial(send, place) for place in range(8)])
    assert sorted(answer.status_code for answer in answers) == [201] * 4 + [422] * 4
    assert bank.points(bank.li) in ("205", "207")


def test_an_answer_is_kept_encrypted_and_a_question_under_a_key(bank: Bank) -> None:
    """A PIN has so few forms that a plain digest of the request would give it away."""
    path = f"/volunteers/{bank.li.id}/cards"
    answer = bank.as_("worker").post(path, {"pin": "8642"}, key="card")
    with bank.inside():
        row = db.session.execute(select(IdempotencyKey)).scalar_one()
        asked = idempotency.fingerprint("POST", f"/api/v1{path}", {"pin": "8642"})
    assert row.answer is not None
    assert answer.json["code"] not in row.answer
    assert asked not in row.fingerprint
    assert hashlib.sha256(asked.encode()).hexdigest() not in row.fingerprint


def test_the_key_row_commits_with_its_effect(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails after the effect, before the answer is kept, leaves neither."""

    def break_off(*_arguments: object) -> str:
        raise KeyboardInterrupt

    before = snapshot(bank)
    body = {"volunteer_id": bank.li.id, **gift()}
    with monkeypatch.context() as patched, ThreadPoolExecutor(1) as thread:
        patched.setattr(keys, "encrypt", break_off)
        work = thread.submit(bank.as_("supervisor").post, "/adjustments", body, key="one")
        with pytest.raises(KeyboardInterrupt):
            work.result()
    assert snapshot(bank) == before
    assert bank.as_("supervisor").post("/adjustments", body, key="one").status_code == 201
