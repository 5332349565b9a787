"""Paper slips: printed by the sheet, each number good for one rating of its own community."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pypdfium2 import PdfDocument

from moralbank.events.rules import printed_in, seen_slip_no, slip_no
from tests.cast import Bank, together
from tests.codes import qr_codes
from tests.core.problems import problem
from tests.desk.visitor import visit
from tests.events.test_caps import done


def printed(bank: Bank, who: str = "worker", sheets: int = 1) -> dict[str, Any]:
    place = bank.community_id if who == "worker" else bank.other_community_id
    answer = bank.as_(who).post("/slip-batches", {"community_id": place, "sheets": sheets})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


@given(st.integers(0, 9_999_999), st.integers(0, 6), st.integers(1, 9))
def test_one_misread_digit_is_seen(serial: int, place: int, by: int) -> None:
    digits = f"{serial:07d}"
    other = f"{digits[:place]}{(int(digits[place]) + by) % 10}{digits[place + 1 :]}"
    assert slip_no(serial)[-1] != slip_no(int(other))[-1]


def test_the_sheets_show_each_number_in_plain_and_as_a_code(bank: Bank) -> None:
    batch = printed(bank, sheets=2)
    assert batch["count"] == 16
    got = visit(bank, "worker")
    page = got.open(f"/staff/slips/{batch['id']}.pdf")
    assert page.mimetype == "application/pdf"
    document = PdfDocument(page.data)
    assert len(document) == 2
    serial = int(batch["first_no"][2:9])
    numbers = [slip_no(number) for number in range(serial, serial + 16)]
    for place, sheet in enumerate(document):
        text = sheet.get_textpage().get_text_bounded()
        mine = numbers[8 * place : 8 * place + 8]
        assert [number for number in mine if number not in text] == []
        assert "非常满意" in text
        seen = qr_codes(sheet.render(scale=3).to_pil())
        assert {code.text for code in seen} == set(mine)


def test_a_number_is_used_once_and_in_its_own_community(bank: Bank) -> None:
    batch, other = printed(bank), printed(bank, "neighbour")
    refused = done(bank).enter(channel="paper", slip_no=other["first_no"])
    assert "slip_no" in problem(refused, 422)["errors"]
    # Nobody printed this one: whatever it looks like, it is somebody's own.
    never = slip_no(9_999_999)
    assert done(bank).enter(channel="paper", slip_no=never).status_code == 200
    misread = batch["first_no"][:-1] + str((int(batch["first_no"][-1]) + 1) % 10)
    assert "slip_no" in problem(done(bank).enter(channel="paper", slip_no=misread), 422)["errors"]
    assert done(bank).enter(channel="paper", slip_no=batch["first_no"]).status_code == 200
    again = done(bank).enter(channel="paper", slip_no=batch["first_no"])
    problem(again, 409, "slip_used")
    # Slips of the community's own make have whatever number they have.
    assert done(bank).enter(channel="paper", slip_no="旧单 17").status_code == 200


def test_two_who_print_at_once_get_different_numbers(bank: Bank) -> None:
    batches = together([lambda: printed(bank)] * 6)
    firsts = sorted(int(batch["first_no"][2:9]) for batch in batches)
    assert [later - earlier for earlier, later in pairwise(firsts)] == [8] * 5


def test_a_worker_prints_for_the_own_community_alone(bank: Bank) -> None:
    body = {"community_id": bank.other_community_id, "sheets": 1}
    problem(bank.as_("worker").post("/slip-batches", body), 404)
    batch = printed(bank, "neighbour")
    problem(bank.as_("worker").get(f"/slip-batches/{batch['id']}/slips.pdf"), 404)
    with bank.app.test_client() as client:
        got = client.get(
            f"/api/v1/slip-batches/{batch['id']}/slips.pdf",
            headers={"Authorization": f"Bearer {bank.tokens['neighbour']}"},
        )
    assert (got.status_code, got.mimetype) == (200, "application/pdf")
    assert got.data.startswith(b"%PDF-")


def test_the_page(bank: Bank) -> None:
    worker = visit(bank, "worker")
    worker.open("/staff/slips")
    assert "还没有印过" in worker.page.text
    worker.send("/staff/slips", sheets="0")
    assert set(worker.errors) == {"sheets"}
    worker.send("/staff/slips", sheets="2")
    assert "打开 PDF" in worker.page.text
    [batch] = bank.as_("worker").get("/slip-batches").json["items"]
    assert batch["last_no"] in worker.page.text


@given(
    st.integers(0, 9_999_999), st.sampled_from(["-", "", " ", "－", "–", " - ", ":"]), st.booleans()
)
def test_a_number_is_one_however_it_is_written(serial: int, between: str, lower: bool) -> None:
    number = slip_no(serial)
    written = number.replace("-", between)
    for text in (written.lower() if lower else written, f"编号{number}", f"{number}号", number[2:],
                 number.replace("P", "\u0420")):  # fmt: skip
        found = printed_in(seen_slip_no(text))
        assert found is not None
        assert (found.serial, found.number) == (serial, number)
    torn = printed_in(seen_slip_no(number[:-2]))
    assert torn is None or torn.number != number


@given(st.text("Pp0123456789ＡａBß－–-_ 　梧桐号", min_size=1, max_size=60))
def test_spelling_is_done_once(text: str) -> None:
    assert seen_slip_no(seen_slip_no(text)) == seen_slip_no(text)


def test_a_slip_written_differently_is_used_once(bank: Bank) -> None:
    number = printed(bank)["first_no"]
    assert done(bank).enter(channel="paper", slip_no=number).status_code == 200
    for written in (number.lower(), number.replace("-", ""), number.replace("-", "－"), number[2:]):
        problem(done(bank).enter(channel="paper", slip_no=written), 409, "slip_used")
    for torn in (number[:-2], number[:-1]):
        found = problem(done(bank).enter(channel="paper", slip_no=torn), 422)
        assert list(found["errors"]) == ["slip_no"]
    own = done(bank).enter(channel="paper", slip_no="梧桐 a-1")
    assert own.status_code == 200
    problem(done(bank).enter(channel="paper", slip_no="梧桐A–1"), 409, "slip_used")


def test_what_cannot_be_seen_makes_no_other_number(bank: Bank) -> None:
    number = printed(bank)["first_no"]
    assert done(bank).enter(channel="paper", slip_no=number).status_code == 200
    for unseen in (
        "\u200b", "\u00ad", "\u2060", "\ufeff", "\u3000", "\ufe0f", "\u034f", "\u3164", "\u2800",
        "\u115f", "\u180b",
    ):  # fmt: skip
        again = f"{number[:4]}{unseen}{number[4:]}"
        problem(done(bank).enter(channel="paper", slip_no=again), 409, "slip_used")
    assert done(bank).enter(channel="paper", slip_no="ab 1").status_code == 200
    problem(done(bank).enter(channel="paper", slip_no="ab\u200b1"), 409, "slip_used")
    for nothing in ("\u200b\u200b", "-", " · "):
        found = problem(done(bank).enter(channel="paper", slip_no=nothing), 422)
        assert list(found["errors"]) == ["slip_no"]


def test_eight_digits_of_a_community_s_own_are_free_text(bank: Bank) -> None:
    """One number in ten has by chance the last digit that a printed one would have."""
    for number in ("12345678", "20260101", *(slip_no(serial)[2:] for serial in range(90, 95))):
        assert done(bank).enter(channel="paper", slip_no=number).status_code == 200, number
    assert done(bank).enter(channel="paper", slip_no="P-1234567").status_code == 200
    problem(done(bank).enter(channel="paper", slip_no="20260101"), 409, "slip_used")
