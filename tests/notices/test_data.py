"""What anybody may take away: spreadsheets, CSV, JSON, whole periods, and what explains them."""

from __future__ import annotations

import csv
import json
from datetime import date
from io import BytesIO, StringIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdfium2 import PdfDocument
from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse

from tests.cast import Bank
from tests.notices.conftest import Wall
from tests.notices.test_corrections import WHY, corrected
from tests.notices.test_pages import text_of
from tests.notices.test_privacy import consent

Table = list[dict[str, Any]]


@pytest.fixture
def posted(bank: Bank, wall: Wall) -> dict[str, dict[str, Any]]:
    """A notice of each kind, of the whole street and a quarter."""
    wall.diary.errand(bank.li.id, bank.zhao.id, minutes=120, at="2026-07-10T09:00")
    wall.diary.errand(bank.li.id, minutes=60)
    bank.buy({bank.rice: 2, bank.soap: 1})
    wall.stars()
    return {kind: wall.post(kind) for kind in ("points", "redemptions", "stars")}


def from_csv(data: bytes) -> Table:
    """Read CSV as Excel does: a BOM, then UTF-8."""
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in data
    return list(csv.DictReader(StringIO(data.decode("utf-8-sig"), newline="")))


def loaded(answer: TestResponse) -> Any:
    """What an answer says, as JSON."""
    return answer.json


def as_csv(record: dict[str, Any]) -> dict[str, str]:
    """Write a record of JSON as the CSV has it."""

    def text(value: Any) -> str:
        if isinstance(value, list):
            return "、".join(f"{one['name']}×{one['quantity']}" for one in value)
        return "" if value is None else str(value)

    return {name: text(value) for name, value in record.items()}


def test_csv_and_json_of_a_notice_are_the_api_s_lines(
    client: FlaskClient, posted: dict[str, dict[str, Any]]
) -> None:
    for kind, notice in posted.items():
        path = f"/notices/{notice['id']}"
        got = client.get(f"{path}.json")
        assert got.mimetype == "application/json"
        assert loaded(got) == notice, kind
        table = client.get(f"{path}.csv")
        assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert f"notice-{notice['number']}.csv" in table.headers["Content-Disposition"]
        assert from_csv(table.data) == [as_csv(line) for line in notice["lines"]], kind
        assert notice["lines"], kind


def sheets_of(data: bytes) -> list[list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(BytesIO(data))
    return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]


def test_a_workbook_has_the_lines_and_the_facts(
    client: FlaskClient, posted: dict[str, dict[str, Any]]
) -> None:
    names = {
        "行": "line_no", "姓名": "display_name", "积分（分）": "points", "星级（星）": "stars",
        "件数（件）": "service_events", "服务时长（小时）": "minutes", "日期": "occurred_on",
        "爱心超市": "supermarket", "物品": "goods", "名次（名）": "rank",
    }  # fmt: skip
    for kind, notice in posted.items():
        got = client.get(f"/notices/{notice['id']}.xlsx")
        assert got.status_code == 200
        lines, facts = sheets_of(got.data)
        head, rows = lines[0], lines[1:]
        assert len(rows) == len(notice["lines"])
        for row, line in zip(rows, notice["lines"], strict=True):
            found = {names[title]: cell for title, cell in zip(head, row, strict=True)}
            assert found.keys() == line.keys(), kind
            for name, cell in found.items():
                if name == "goods":
                    assert cell == as_csv(line)["goods"]
                elif name == "occurred_on":
                    assert cell == date.fromisoformat(line[name])
                elif name == "points":
                    assert isinstance(cell, float)
                    assert cell == float(line[name])
                elif name == "minutes":
                    assert cell == line[name] * 100 // 60 / 100
                else:
                    assert cell == line[name], name
        said = dict(facts)
        assert said["编号"] == notice["number"]
        assert said["期间"] == "2026Q3"
        assert said["张贴单位"] == "长河街道"
        assert said["张贴日期"] == date(2026, 8, 15)
        assert said["异议截止"] == date(2026, 8, 21)
        assert said["核对码"] == notice["digest"]


def test_a_period_has_all_places_and_says_what_was_corrected(
    bank: Bank, client: FlaskClient, wall: Wall
) -> None:
    wall.diary.errand(bank.li.id)
    street, community = wall.post(), wall.post(place=bank.community_id)
    wall.post(period="2026-08")
    wall.draft()
    wall.diary.errand(bank.li.id)
    new = wall.read(corrected(bank, street["id"]))
    whole = loaded(client.get("/data/points/2026Q3.json"))
    rows = from_csv(client.get("/data/points/2026Q3.csv").data)
    assert [as_csv(line) for line in whole["lines"]] == rows
    assert [one["id"] for one in whole["notices"]] == [street["id"], community["id"], new["id"]]
    first, _other, last = whole["notices"]
    assert first["corrected_by_number"] == new["number"]
    assert (last["corrects_number"], last["correction_reason"]) == (street["number"], WHY)
    assert [one["digest"] for one in whole["notices"]] == [
        one["digest"] for one in (street, community, new)
    ]
    of_notice = ("notice_number", "organization", "posted_on", "corrects_number",
                 "corrected_by_number")  # fmt: skip
    for notice in (street, community, new):
        mine = [line for line in whole["lines"] if line["notice_number"] == notice["number"]]
        assert {line["organization"] for line in mine} == {notice["organization"]}
        lines = [
            {name: value for name, value in line.items() if name not in of_notice} for line in mine
        ]
        assert lines == notice["lines"]
    stands = {row["notice_number"] for row in rows if row["corrected_by_number"] == ""}
    assert stands == {str(community["number"]), str(new["number"])}


def test_a_large_file_goes_out_as_it_is_read(
    client: FlaskClient, posted: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in posted:
        for ending in ("csv", "json"):
            path = f"/data/{kind}/2026Q3.{ending}"
            whole = client.get(path)
            assert "ETag" in whole.headers
            with monkeypatch.context() as small:
                small.setattr("moralbank.notices.open_data.PORTION", 1)
                small.setattr("moralbank.notices.tables.ROWS_A_PIECE", 1)
                small.setattr("moralbank.notices.data_pages.LINES_AT_ONCE", 0)
                large = client.get(path, buffered=False)
                assert large.is_streamed
                assert large.data == whole.data
            assert "ETag" not in large.headers
            for name in ("Content-Type", "Content-Disposition", "Cache-Control"):
                assert large.headers[name] == whole.headers[name]


def test_the_addresses(client: FlaskClient, posted: dict[str, dict[str, Any]]) -> None:
    for kind, notice in posted.items():
        for ending in ("csv", "json"):
            got = client.get(f"/data/{kind}/2026Q3.{ending}")
            assert got.status_code == 200
            assert got.headers["Cache-Control"] == "public, max-age=30"
            again = {"If-None-Match": got.headers["ETag"]}
            assert client.get(got.request.path, headers=again).status_code == 304
        assert len(loaded(client.get(f"/data/{kind}/2026Q3.json"))["lines"]) == len(notice["lines"])
    # What has begun has an address before anything is posted.
    empty = client.get("/data/points/2026-08.json")
    assert (empty.status_code, loaded(empty)["notices"], loaded(empty)["lines"]) == (200, [], [])
    assert from_csv(client.get("/data/points/2026-08.csv").data) == []
    assert client.get("/data/stars/lifetime-2026Q3.csv").status_code == 200
    for wrong in ("gossip/2026Q3.csv", "points/2026Q5.csv", "points/2026Q4.csv",
                  "points/2026q3.csv", "points/lifetime-2026Q3.csv", "points/2026Q3.xml",
                  "points/2026Q3", "points/%00.csv", "points/公.json", "points/.csv",
                  "points/2026Q3.csv.json", f"points/{'2' * 5000}.csv"):  # fmt: skip
        assert client.get(f"/data/{wrong}").status_code == 404, wrong


def test_the_page_explains_every_column_and_leads_to_every_period(
    client: FlaskClient, posted: dict[str, dict[str, Any]], wall: Wall
) -> None:
    wall.post(period="2026-08")
    wall.draft(period="2026-07")
    page = client.get("/data")
    assert page.status_code == 200
    for kind in posted:
        assert f'href="/data/{kind}/2026Q3.csv"' in page.text
        whole = loaded(client.get(f"/data/{kind}/2026Q3.json"))
        for name in whole["lines"][0]:
            assert f"<code>{name}</code>" in page.text
        head = client.get(f"/notices/{posted[kind]['id']}.csv").text.lstrip("\ufeff")
        for name in head.split("\r\n")[0].split(","):
            assert f"<code>{name}</code>" in page.text
    assert "/data/points/2026-08.csv" in page.text
    assert "2026-07.csv" not in page.text
    words = text_of(page.text)
    assert "2026 年第 3 季度" in words
    assert "minutes · 服务时长 Time · 单位：分钟 minutes 这一期里服务了多久。网页" in words
    assert client.get("/data").text.count('lang="en"') > 20
    assert 'href="/data"' in client.get("/notices").text


def test_an_empty_bank_has_its_data_page(client: FlaskClient) -> None:
    assert "还没有这一类公示" in text_of(client.get("/data").text)


def test_a_text_is_never_a_formula(bank: Bank, client: FlaskClient, wall: Wall) -> None:
    names = ["=1+1", "+1", "-1", "@SUM(1)", "＝1", '=HYPERLINK("http://x","y"),z']
    for name in names:
        renamed = bank.as_("supervisor").patch(f"/goods/{bank.soap}", {"name": name})
        assert renamed.status_code == 200, renamed.text
        bank.buy({bank.soap: 1})
    admin = bank.as_("admin")
    assert admin.patch(f"/organizations/{bank.street_id}", {"name": "=街道"}).status_code == 200
    notice = wall.post("redemptions", period="2026-08")
    path = f"/notices/{notice['id']}"
    cells = [row["goods"] for row in from_csv(client.get(f"{path}.csv").data)]
    assert sorted(cells) == sorted(f"'{name}×1" for name in names)
    lines, _facts = sheets_of(client.get(f"{path}.xlsx").data)
    at = lines[0].index("物品")
    assert sorted(row[at] for row in lines[1:]) == sorted(f"{name}×1" for name in names)
    [place] = {
        row["organization"] for row in from_csv(client.get("/data/redemptions/2026-08.csv").data)
    }
    assert place == "'=街道"
    whole = loaded(client.get("/data/redemptions/2026-08.json"))
    assert whole["lines"][0]["organization"] == "=街道"


def everything(client: FlaskClient, notice: dict[str, Any]) -> dict[str, str]:
    """The words of all that is to be had of a notice."""
    path, texts = f"/notices/{notice['id']}", {}
    for address in (
        path, f"{path}.csv", f"{path}.json", f"{path}.xlsx", f"{path}/poster.pdf",
        f"/data/{notice['kind']}/{notice['period']}.csv",
        f"/data/{notice['kind']}/{notice['period']}.json", f"/api/v1{path}",
    ):  # fmt: skip
        got = client.get(address)
        assert got.status_code == 200, address
        if address.endswith(".xlsx"):
            texts[address] = json.dumps(sheets_of(got.data), ensure_ascii=False, default=str)
        elif address.endswith(".pdf"):
            pages = PdfDocument(got.data)
            texts[address] = "".join(page.get_textpage().get_text_range() for page in pages)
        else:
            texts[address] = got.text
    return texts


def test_a_name_goes_from_everywhere_when_its_consent_goes(
    bank: Bank, client: FlaskClient, posted: dict[str, dict[str, Any]]
) -> None:
    for notice in posted.values():
        for address, text in everything(client, notice).items():
            assert "李*兰" in text, address
    consent(bank, agrees=False)
    secrets = ["李*兰", bank.li.name, bank.li.phone, bank.li.id, bank.li.account_no, "何凤英",
               bank.zhao.name, bank.zhao.id, "3-201"]  # fmt: skip
    for notice in posted.values():
        [alias] = [
            line["display_name"]
            for line in loaded(client.get(f"/api/v1/notices/{notice['id']}"))["lines"]
            if line["line_no"] == 1
        ]
        for address, text in everything(client, notice).items():
            assert [secret for secret in secrets if secret in text] == [], address
            assert alias in text, address


def test_a_draft_is_nowhere(bank: Bank, client: FlaskClient, wall: Wall) -> None:
    wall.diary.errand(bank.li.id)
    old = wall.post()
    number = wall.draft()
    answer = bank.as_("supervisor").post(
        "/notices",
        {"kind": "points", "organization_id": bank.street_id, "period": "2026Q3",
         "correction_of": old["id"], "correction_reason": WHY},
    )  # fmt: skip
    for who in (None, "supervisor"):
        with client.session_transaction() as kept:
            kept.clear()
            if who:
                kept["person"] = bank.tokens[who]
        for draft in (number, answer.json["id"], "nothing", "公", "a" * 5000, "%FF", "a.b"):
            for ending in (".csv", ".json", ".xlsx", ".pdf", "/poster.pdf", "/poster.pdf?paper=A3"):
                assert client.get(f"/notices/{draft}{ending}").status_code == 404, ending
        whole = client.get("/data/points/2026Q3.json")
        assert [one["id"] for one in loaded(whole)["notices"]] == [old["id"]]
        assert WHY not in whole.text
        assert "poster.pdf" not in client.get(f"/notices/{number}").text
    assert "1 份公示" in text_of(client.get("/data").text)


def test_a_posted_notice_of_the_api_is_asked_for_by_its_etag(
    bank: Bank, client: FlaskClient, posted: dict[str, dict[str, Any]], wall: Wall
) -> None:
    path = f"/api/v1/notices/{posted['points']['id']}"
    got = client.get(path)
    assert got.headers["Cache-Control"] == "public, no-cache"
    again = {"If-None-Match": got.headers["ETag"]}
    unchanged = client.get(path, headers=again)
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    bank.as_("worker").patch(f"/volunteers/{bank.li.id}", {"publish_consent": False})
    changed = client.get(path, headers=again)
    assert changed.status_code == 200
    assert "李*兰" not in changed.text
    draft = bank.as_("supervisor").get(f"/notices/{wall.draft()}")
    assert draft.status_code == 200
    assert "ETag" not in draft.headers
    assert "public" not in draft.headers.get("Cache-Control", "")
