"""The counter in a browser without scripts: enrol, scan, choose, PIN, receipt, the day's list."""

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.cast import Bank
from tests.market.test_reservations import reserve


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found[1]


class Counter:
    """A browser at the counter."""

    def __init__(self, client: FlaskClient, bank: Bank) -> None:
        self.client, self.bank = client, bank
        self.page = ""

    def take(self, response: TestResponse) -> TestResponse:
        if not response.location:
            self.page = response.text
        return response

    def get(self, path: str) -> TestResponse:
        return self.take(self.client.get(path))

    def post(self, path: str, *, key: str | None = None, **typed: str) -> TestResponse:
        """Send the form of the page that is shown, with its own secrets."""
        secrets = {
            "csrf_token": hidden(self.page, "csrf_token"),
            "idempotency_key": key or hidden(self.page, "idempotency_key"),
        }
        return self.take(self.client.post(path, data={**secrets, **typed}))

    def enrol(self, token: str) -> TestResponse:
        self.get("/terminal/enrol")
        return self.post("/terminal/enrol", token=token)

    def scan(self, code: str) -> TestResponse:
        self.get("/terminal")
        return self.post("/terminal/card", code=code)

    def choose(self, *, pin: str = "", key: str | None = None, **goods: str) -> TestResponse:
        chosen = {f"quantity-{number}": text for number, text in goods.items()}
        return self.post(
            "/terminal/redemptions", key=key, code=hidden(self.page, "code"), pin=pin, **chosen
        )


@pytest.fixture
def counter(client: FlaskClient, bank: Bank) -> Counter:
    """A browser that is enrolled as the supermarket's terminal."""
    made = Counter(client, bank)
    assert made.enrol(bank.tokens["till"]).status_code == 302
    return made


def test_a_new_device_is_led_to_its_enrolment(client: FlaskClient, bank: Bank) -> None:
    response = client.get("/terminal")
    assert response.status_code == 302
    assert response.location.startswith("/terminal/enrol")


@pytest.mark.parametrize("name", ["li", "worker"])
def test_only_a_terminal_s_token_enrols(client: FlaskClient, bank: Bank, name: str) -> None:
    counter = Counter(client, bank)
    response = counter.enrol(bank.tokens[name])
    assert response.status_code == 401
    assert "令牌不对" in response.text
    assert bank.tokens[name] not in response.text


def test_from_the_card_to_the_receipt(counter: Counter, bank: Bank) -> None:
    shown = counter.scan(f" {bank.li.code.lower()} ")
    assert shown.status_code == 200
    assert "李*兰" in shown.text
    assert "李秋兰" not in shown.text
    assert "食用油" in shown.text
    done = counter.choose(**{bank.rice: "2"})
    assert done.status_code == 302
    receipt = counter.get(done.location)
    assert "兑换成功" in receipt.text
    assert "大米 × 2 袋" in receipt.text
    assert "160" in receipt.text
    assert bank.points(bank.li) == "160"
    today = counter.get("/terminal/today")
    number = re.search(r"\d{6}-[2-9A-Z]{6}", receipt.text)
    assert number
    assert number[0] in today.text


def test_sent_twice_it_is_done_once(counter: Counter, bank: Bank) -> None:
    counter.scan(bank.li.code)
    key = hidden(counter.page, "idempotency_key")
    first = counter.choose(key=key, **{bank.rice: "1"})
    again = counter.choose(key=key, **{bank.rice: "1"})
    assert first.location == again.location
    assert bank.stock(bank.rice) == 9


def test_a_page_that_was_used_says_so_in_words_of_the_page(counter: Counter, bank: Bank) -> None:
    counter.scan(bank.li.code)
    key = hidden(counter.page, "idempotency_key")
    assert counter.choose(key=key, **{bank.rice: "1"}).status_code == 302
    used = counter.choose(key=key, **{bank.rice: "2"})
    assert used.status_code == 422
    assert "这一页交过一次，改过的没有办。" in used.text
    assert "Idempotency" not in used.text
    assert bank.stock(bank.rice) == 9


def test_a_refusal_keeps_what_was_chosen(counter: Counter, bank: Bank) -> None:
    counter.scan(bank.li.code)
    refused = counter.choose(**{bank.rice: "3"})
    assert refused.status_code == 403
    assert "请储户按密码" in refused.text
    assert 'value="3"' in refused.text
    refused = counter.choose(pin="9999", **{bank.rice: "3"})
    assert "还可以试 4 次" in refused.text
    assert "9999" not in refused.text
    done = counter.choose(pin=bank.li.pin, **{bank.rice: "3"})
    assert done.status_code == 302


def test_a_wrong_pin_is_said_beside_what_was_set_aside(counter: Counter, bank: Bank) -> None:
    made = reserve(bank, {bank.rice: 3})
    assert made.status_code == 201, made.text
    number = made.json["id"]
    page = counter.scan(bank.li.code).text
    assert f'id="pin-{number}-error"' not in page
    refused = counter.post(
        f"/terminal/reservations/{number}", code=hidden(counter.page, "code"), pin="9999"
    )
    assert refused.status_code == 403
    [beside] = re.findall(rf'id="pin-{number}-error">(.*?)</div>', refused.text, re.DOTALL)
    assert "还可以试 4 次" in beside
    [field] = re.findall(rf'<input[^>]*id="pin-{number}"[^>]*>', refused.text)
    assert 'aria-invalid="true"' in field
    assert "autofocus" in field
    [other] = re.findall(r'<input[^>]*id="pin"[^>]*>', refused.text)
    assert "aria-invalid" not in other
    assert "autofocus" not in other


def test_the_fifth_wrong_pin_ends_at_the_scan(counter: Counter, bank: Bank) -> None:
    counter.scan(bank.li.code)
    for _try in range(4):
        counter.choose(pin="9999", **{bank.rice: "1"})
    refused = counter.choose(pin="9999", **{bank.rice: "1"})
    assert refused.status_code == 403
    assert "已锁" in refused.text
    assert 'id="scan-form"' in refused.text


def test_an_unreadable_number_is_said_beside_its_field(counter: Counter, bank: Bank) -> None:
    faulty = {
        "": "请先选物品",
        "-1": "应为整数",
        "1.5": "应为整数",
        "两袋": "应为整数",
        "99999999": "应在",
    }
    counter.scan(bank.li.code)
    for typed, said in faulty.items():
        refused = counter.choose(**{bank.rice: typed})
        assert refused.status_code == 422, typed
        assert said in refused.text
    assert bank.points(bank.li) == "200"


def test_an_unknown_card_is_refused_at_the_scan(counter: Counter) -> None:
    refused = counter.scan("22222222222222XX")
    assert refused.status_code == 404
    assert "没有这张卡" in refused.text
    assert counter.scan("").status_code == 422


def test_what_one_person_may_still_have_is_shown(counter: Counter, bank: Bank) -> None:
    bank.buy({bank.oil: 1}, pin=bank.li.pin)
    shown = counter.scan(bank.li.code)
    assert "这位还能换 0 瓶" in shown.text


def test_a_voided_receipt_says_so(counter: Counter, bank: Bank) -> None:
    made = bank.buy({bank.rice: 1}).json["id"]
    bank.as_("supervisor").post(f"/redemptions/{made}/void", {"reason": "拿错了"})
    assert "此单已撤销" in counter.get(f"/terminal/receipts/{made}").text
    assert "已撤销" in counter.get("/terminal/today").text
