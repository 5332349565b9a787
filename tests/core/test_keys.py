"""Rotating the secret kills nothing that was stored under the old one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from moralbank.core import keys
from tests.cast import Bank
from tests.core.problems import problem
from tests.databases import SECRET_KEY, close_connections, make_app
from tests.events.errands import Errand, request

NEW = "another secret for the tests alone, and as long"


@pytest.fixture
def rotated(bank: Bank, database_uri: str) -> Iterator[Bank]:
    """The same bank after its operator put a new secret before the old one."""
    app = make_app(database_uri, SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[SECRET_KEY])
    yield Bank(app, **{name: value for name, value in vars(bank).items() if name != "app"})
    close_connections(app)


def test_cards_pins_phones_and_codes_live_on(bank: Bank, rotated: Bank) -> None:
    errand = request(bank, note="门铃坏了")
    assert errand.complete().status_code == 200
    station = f"/organizations/{bank.station_id}"
    bank.as_("supervisor").patch(station, {"address": "春风里 3 号"})
    first = bank.buy({bank.soap: 1}, key="before")
    cursor = bank.as_("admin").get("/goods?limit=1").json["next"]

    assert rotated.buy({bank.oil: 1}, pin=bank.li.pin).status_code == 201
    problem(rotated.buy({bank.rice: 1}, pin="0000"), 403, "pin_wrong")
    found = rotated.as_("worker").get(f"/volunteers?q={bank.li.phone}").json["items"]
    assert [item["id"] for item in found] == [bank.li.id]
    taken = {"name": "周玉兰", "phone": bank.li.phone, "community_id": bank.community_id,
             "publish_consent": False}  # fmt: skip
    problem(rotated.as_("worker").post("/volunteers", taken), 409, "phone_taken")
    assert rotated.as_("worker").get(station).json["address"] == "春风里 3 号"
    assert rotated.as_("worker").get(errand.path).json["note"] == "门铃坏了"
    assert Errand(rotated, errand.id, errand.code, []).rate().status_code == 200
    again = rotated.buy({bank.soap: 1}, key="before")
    assert again.text == first.text
    assert again.headers["Idempotency-Replayed"] == "true"
    assert rotated.as_("admin").get(f"/goods?limit=1&cursor={cursor}").status_code == 200
    new_card = rotated.as_("worker").post(f"/volunteers/{bank.zhao.id}/cards", {"pin": "1234"})
    identified = rotated.as_("till").post("/cards/identification", {"code": new_card.json["code"]})
    assert identified.status_code == 200


def test_the_performers_phone_is_known_across_a_rotation(bank: Bank, rotated: Bank) -> None:
    """A volunteer's phone was sealed under the old secret, the resident's under the new one."""
    errand = request(rotated, resident={"name": "李大爷", "phone": bank.li.phone})
    errand.complete("li")
    problem(errand.rate(), 403, "rater_is_performer")


@pytest.mark.engine("sqlite")
def test_a_purposes_own_key_comes_first(bank: Bank, database_uri: str) -> None:
    app = make_app(database_uri, KEYS_RATING_CODE=["a key of its own"])
    with bank.inside():
        old = keys.seal("rating-code", "x/123456")
    with app.app_context():
        assert keys.seal("rating-code", "x/123456") != old
        assert keys.matches("rating-code", "x/123456", old)
        assert not keys.matches("rating-code", "x/123457", old)
        with pytest.raises(ValueError, match="no key"):
            keys.decrypt("phone", "abcdef:AAAA")
