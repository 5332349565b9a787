"""The staff's pages of volunteers and their cards."""

import re

import pytest

from tests.cast import Bank
from tests.desk.visitor import Visitor, visit

NEW = "/staff/volunteers/new"


@pytest.fixture
def worker(bank: Bank) -> Visitor:
    """The worker of 梧桐社区."""
    return visit(bank, "worker")


def test_an_account_is_opened_and_its_card_printed(worker: Visitor, bank: Bank) -> None:
    worker.open(NEW)
    assert worker.form(NEW).fields["community_id"] == bank.community_id
    worker.send(
        NEW, name="孙建国", phone="139 0000 0003", station_id=bank.station_id,
        affiliation="retired", publish_consent="1",
    )  # fmt: skip
    page = worker.path
    assert "已开户" in worker.page.text
    assert "孙建国" in worker.page.text
    volunteer = bank.as_("worker").get(f"/volunteers/{page.rsplit('/', 1)[1]}").json
    assert volunteer["phone"] == "13900000003"
    assert (volunteer["affiliation"], volunteer["station_id"]) == ("retired", bank.station_id)
    assert (volunteer["publish_consent"], volunteer["party_member"]) == (True, False)

    worker.send(f"{page}/card", pin="4711")
    assert worker.path.startswith("/staff/cards/")
    found = re.search(r'class="card-code">([A-Z0-9 ]{19})<', worker.page.text)
    assert found
    assert "拾到请交梧桐社区" in worker.page.text
    code = found[1].replace(" ", "")
    holder = bank.as_("worker").post("/cards/identification", {"code": code})
    assert holder.json["volunteer_id"] == volunteer["id"]
    signed_in = bank.as_("public").post("/tokens", {"card_code": code, "pin": "4711"})
    assert signed_in.status_code == 201


def test_what_is_wrong_is_said_beside_its_field_and_the_rest_is_kept(
    worker: Visitor, bank: Bank
) -> None:
    worker.open(NEW)
    worker.send(NEW, name="", phone="1390000", affiliation="retired", party_member="1")
    assert worker.page.status_code == 422
    assert set(worker.errors) == {"name", "phone"}
    kept = worker.form(NEW).fields
    assert (kept["phone"], kept["affiliation"], kept["party_member"]) == ("1390000", "retired", "1")

    worker.send(NEW, name="孙建国", phone=bank.li.phone)
    assert worker.page.status_code == 409
    assert set(worker.errors) == {"phone"}


def test_a_second_press_opens_no_second_account(worker: Visitor, bank: Bank) -> None:
    worker.open(NEW)
    key = worker.form(NEW).fields["idempotency_key"]
    sent = {
        "name": "孙建国", "phone": "13900000003", "community_id": bank.community_id,
        "idempotency_key": key,
    }  # fmt: skip
    worker.post(NEW, **sent)
    first = worker.path
    worker.open(NEW)
    worker.post(NEW, **sent)
    assert worker.path == first


def test_volunteers_are_found_by_name_phone_and_account(worker: Visitor, bank: Bank) -> None:
    for q in ("秋兰", bank.li.account_no, bank.li.phone):
        page = worker.open(f"/staff/volunteers?q={q}").text
        assert bank.li.name in page
        assert bank.zhao.name not in page
        assert f"{bank.li.phone[:3]}****{bank.li.phone[-4:]}" in page
    for nobody in ("没有这个人", "1390000", "%25", "_"):
        assert worker.open(f"/staff/volunteers?q={nobody}").status_code == 200
        assert bank.li.account_no not in worker.page.text
    assert worker.open("/staff/volunteers?q=%00").status_code == 200


def test_a_bad_pin_issues_nothing(worker: Visitor, bank: Bank) -> None:
    page = f"/staff/volunteers/{bank.li.id}"
    for pin in ("", "12", "1234567", "12a4", "１２３４"):
        worker.open(page)
        worker.send(f"{page}/card", pin=pin)
        assert worker.page.status_code == 422
        assert set(worker.errors) == {"pin"}
    holder = bank.as_("worker").post("/cards/identification", {"code": bank.li.code})
    assert holder.status_code == 200


def test_a_card_is_unlocked_given_a_new_pin_and_revoked(worker: Visitor, bank: Bank) -> None:
    card, page = f"/staff/cards/{bank.li.card_id}", f"/staff/volunteers/{bank.li.id}"

    def signs_in(pin: str) -> bool:
        sent = {"card_code": bank.li.code, "pin": pin}
        return bank.as_("public").post("/tokens", sent).status_code == 201

    for _try in range(5):
        signs_in("0000")
    assert not signs_in(bank.li.pin)
    worker.open(page)
    worker.send(f"{card}/unlocking")
    assert signs_in(bank.li.pin)
    worker.send(f"{card}/pin", pin="987654")
    assert signs_in("987654")
    assert not signs_in(bank.li.pin)
    worker.send(f"{card}/pin", pin="9")
    assert set(worker.errors) == {"new-pin"}
    worker.send(f"{card}/revocation")
    assert not signs_in("987654")
    assert worker.open(card).request.path == page


def test_nobody_else_sees_a_volunteer(bank: Bank) -> None:
    one = (f"/staff/volunteers/{bank.li.id}", f"/staff/cards/{bank.li.card_id}")
    for who in ("neighbour", "li", "auditor", "till", None):
        for path in (*one, "/staff/volunteers"):
            page = visit(bank, who).open(path)
            assert bank.li.account_no not in page.text
            assert bank.li.code[:4] not in page.text
            if who == "neighbour":
                assert page.status_code == (404 if path in one else 200)
            elif who is None:
                assert page.request.path == "/sign-in"
            else:
                assert page.status_code == 403


def test_a_worker_opens_accounts_at_home_only(bank: Bank) -> None:
    neighbour = visit(bank, "neighbour")
    neighbour.open(NEW)
    neighbour.send(NEW, name="孙建国", phone="13900000003", community_id=bank.community_id)
    assert neighbour.page.status_code == 404
