"""Cards: a code that cannot be guessed, a PIN that cannot be tried out."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from moralbank.core.db import Line, db
from moralbank.core.direct import Statement
from moralbank.people.models import Card
from moralbank.people.rules import CODE_ALPHABET, CODE_LENGTH
from tests.cast import Bank, together
from tests.codes import qr_codes
from tests.core.problems import problem


def wrong_pins(bank: Bank) -> tuple[int, str]:
    with bank.inside():
        row = db.session.execute(
            select(Card.wrong_pins, Card.status).where(Card.id == bank.li.card_id)
        ).one()
    return row.wrong_pins, row.status


def test_a_code_is_short_and_safe_to_read_aloud(bank: Bank) -> None:
    assert len(bank.li.code) == CODE_LENGTH
    assert set(bank.li.code) <= set(CODE_ALPHABET)
    assert not set("01OIL") & set(CODE_ALPHABET)


def test_a_card_is_known_however_its_code_is_typed(bank: Bank) -> None:
    code = bank.li.code
    for typed in (code, code.lower(), f" {code[:4]} {code[4:8]}-{code[8:]} "):
        answer = bank.as_("till").post("/cards/identification", {"code": typed})
        assert answer.json == {
            "volunteer_id": bank.li.id,
            "display_name": "李*兰",
            "available": "200",
            "pin_required_above": "50",
        }


def test_a_forged_code_never_reaches_the_cards(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every code that differs in one letter, and some that are no codes at all."""
    code, asked, on = bank.li.code, [], Statement.on

    def listen(statement: Statement, line: Line, values: dict[str, Any]) -> list[Any]:
        if "FROM cards" in statement.query.text:
            asked.append(values)
        return on(statement, line, values)

    forged = [
        code[:place] + ("2" if code[place] != "2" else "3") + code[place + 1 :]
        for place in range(len(code))
    ]
    monkeypatch.setattr(Statement, "on", listen)
    for text in [*forged, "", "x", code + "2", code[:-1], "0" * 16, "２" * 16]:
        problem(bank.as_("till").post("/cards/identification", {"code": text}), 404, "card_unknown")
    assert asked == []
    assert bank.as_("till").post("/cards/identification", {"code": code}).status_code == 200
    assert asked


def test_five_wrong_pins_lock_and_the_right_one_is_refused_alike(bank: Bank) -> None:
    for tries in range(1, 6):
        problem(bank.buy({bank.oil: 1}, pin="0000"), 403, "pin_wrong")
        assert wrong_pins(bank) == (tries, "locked" if tries == 5 else "active")
    for pin in ("0000", bank.li.pin):
        problem(bank.buy({bank.oil: 1}, pin=pin), 403, "card_locked")
    problem(bank.as_("till").post("/cards/identification", {"code": bank.li.code}), 403)
    path = f"/cards/{bank.li.card_id}/unlocking"
    assert bank.as_("worker").post(path).json["status"] == "active"
    assert wrong_pins(bank) == (0, "active")
    assert bank.buy({bank.oil: 1}, pin=bank.li.pin).status_code == 201


def test_a_right_pin_forgets_the_wrong_ones(bank: Bank) -> None:
    for _time in range(3):
        for _try in range(4):
            problem(bank.buy({bank.soap: 1}, pin="0000"), 403, "pin_wrong")
        assert bank.buy({bank.soap: 1}, pin=bank.li.pin).status_code == 201
    assert wrong_pins(bank) == (0, "active")


def test_eight_wrong_pins_at_once_are_counted_exactly(bank: Bank) -> None:
    answers = together([lambda: bank.buy({bank.oil: 1}, pin="0000")] * 8)
    codes = sorted(problem(answer, 403)["code"] for answer in answers)
    assert codes == ["card_locked"] * 3 + ["pin_wrong"] * 5
    assert wrong_pins(bank) == (5, "locked")


def test_three_wrong_pins_at_once_are_counted_exactly(bank: Bank) -> None:
    together([lambda: bank.buy({bank.oil: 1}, pin="0000")] * 3)
    assert wrong_pins(bank) == (3, "active")


def test_a_new_card_revokes_the_old(bank: Bank) -> None:
    issued = bank.as_("worker").post(f"/volunteers/{bank.li.id}/cards", {"pin": "8642"})
    assert issued.status_code == 201
    assert issued.json["status"] == "active"
    problem(bank.as_("till").post("/cards/identification", {"code": bank.li.code}), 403,
            "card_revoked")  # fmt: skip
    problem(bank.buy({bank.soap: 1}), 403, "card_revoked")
    new = bank.as_("till").post("/cards/identification", {"code": issued.json["code"]})
    assert new.json["volunteer_id"] == bank.li.id
    for path, method, body in (
        (f"/cards/{bank.li.card_id}/unlocking", "POST", {}),
        (f"/cards/{bank.li.card_id}/pin", "PUT", {"pin": "1234"}),
    ):
        problem(bank.as_("worker").call(method, path, body), 409, "card_revoked")


def test_cards_issued_at_once_leave_one(bank: Bank) -> None:
    path = f"/volunteers/{bank.li.id}/cards"
    answers = together([lambda: bank.as_("worker").post(path, {"pin": "8642"})] * 4)
    assert {answer.status_code for answer in answers} == {201}
    with bank.inside():
        cards = select(Card.status).where(Card.volunteer_id == bank.li.id)
        assert sorted(db.session.scalars(cards)) == ["active"] + ["revoked"] * 4


def test_a_revoked_card_stays_revoked(bank: Bank) -> None:
    worker = bank.as_("worker")
    for _time in range(2):
        answer = worker.post(f"/cards/{bank.li.card_id}/revocation")
        assert (answer.status_code, answer.json["status"]) == (200, "revoked")
    problem(bank.buy({bank.soap: 1}), 403, "card_revoked")


def test_the_holder_of_a_lost_card_blocks_it_at_once(bank: Bank) -> None:
    """Nobody else's; it ends every sign-in, and the community unlocks it or issues another."""
    path = f"/cards/{bank.li.card_id}"
    problem(bank.as_("zhao").post(f"{path}/blocking"), 404)
    assert bank.buy({bank.soap: 1}).status_code == 201
    assert bank.as_("li").post(f"{path}/blocking").json["status"] == "locked"
    problem(bank.as_("li").post(f"{path}/blocking"), 401)
    for pin in (None, bank.li.pin):
        problem(bank.buy({bank.soap: 1}, pin=pin), 403, "card_locked")
    sign_in = {"card_code": bank.li.code, "pin": bank.li.pin}
    problem(bank.as_("public").post("/tokens", sign_in), 401, "bad_credentials")
    assert bank.as_("worker").post(f"{path}/unlocking").json["status"] == "active"
    assert bank.buy({bank.soap: 1}).status_code == 201


def test_a_new_pin_counts_and_a_locked_card_stays_locked(bank: Bank) -> None:
    worker, path = bank.as_("worker"), f"/cards/{bank.li.card_id}/pin"
    assert worker.call("PUT", path, {"pin": "864200"}).status_code == 200
    problem(bank.buy({bank.oil: 1}, pin=bank.li.pin), 403, "pin_wrong")
    assert bank.buy({bank.oil: 1}, pin="864200").status_code == 201
    for _try in range(5):
        bank.buy({bank.soap: 1}, pin="0000")
    assert worker.call("PUT", path, {"pin": "1234"}).json["status"] == "locked"


@pytest.mark.parametrize("pin", ["123", "1234567", "12a4", "１２３４", "", " 1234", "12 34"])
def test_a_pin_is_four_to_six_digits(bank: Bank, pin: str) -> None:
    answer = bank.as_("worker").post(f"/volunteers/{bank.li.id}/cards", {"pin": pin})
    assert "pin" in problem(answer, 422)["errors"]


def test_the_pictures_hold_the_code_and_nothing_else(bank: Bank) -> None:
    with bank.app.test_client() as client:
        headers = {"Authorization": f"Bearer {bank.tokens['worker']}"}
        png = client.get(f"/api/v1/cards/{bank.li.card_id}/qr.png", headers=headers)
        svg = client.get(f"/api/v1/cards/{bank.li.card_id}/qr.svg", headers=headers)
        assert (png.mimetype, svg.mimetype) == ("image/png", "image/svg+xml")
        assert svg.data.startswith(b"<?xml")
        [read] = qr_codes(Image.open(io.BytesIO(png.data)))
    assert read.text == bank.li.code


def test_a_card_is_out_of_reach_elsewhere(bank: Bank) -> None:
    """Another community's worker, another volunteer: not found. At every counter it is good."""
    for who in ("neighbour", "zhao"):
        problem(bank.as_(who).get(f"/cards/{bank.li.card_id}/qr.svg"), 404)
    neighbour = bank.as_("neighbour")
    problem(neighbour.post("/cards/identification", {"code": bank.li.code}), 404)
    problem(neighbour.post(f"/cards/{bank.li.card_id}/revocation"), 404, "not_found")
    problem(neighbour.post(f"/volunteers/{bank.li.id}/cards", {"pin": "1234"}), 404, "not_found")
    far = bank.as_("far_till").post("/cards/identification", {"code": bank.li.code})
    assert far.status_code == 200
