"""The page of the audit trail, and what is taken away from it."""

from __future__ import annotations

from io import BytesIO

from python_calamine import CalamineWorkbook

from moralbank.core import clock
from tests.cast import Bank
from tests.desk.visitor import visit
from tests.people.test_staff import hired


def test_an_auditor_starts_there_and_finds_who_saw_whom(bank: Bank) -> None:
    visit(bank, "worker").open(f"/staff/volunteers/{bank.li.id}")
    auditor = visit(bank, "auditor")
    page = auditor.open("/staff/audit").text
    assert "看了储户的资料、账页" in page
    assert bank.li.account_no in page
    assert bank.li.phone not in page
    assert bank.li.name not in page
    assert f"/staff/volunteers/{bank.li.id}" not in page  # she may not open it
    for typed in (bank.li.account_no, "李秋兰", "lql", bank.li.phone):
        found = auditor.open(f"/staff/audit?q={typed}&action=volunteers.see").text
        assert "看了储户的资料、账页</td>" in found, typed
    assert "没有查到" in auditor.open(f"/staff/audit?who=second&q={bank.li.account_no}").text


def test_one_page_of_a_volunteer_is_one_line(bank: Bank) -> None:
    visit(bank, "worker").open(f"/staff/volunteers/{bank.li.id}")
    mine = f"/audit-entries?actor_id=staff:{bank.ids['worker']}"
    found = [one["action"] for one in bank.as_("admin").get(mine).json["items"]]
    assert found == ["volunteers.see"]


def test_what_cannot_be_looked_for_is_said_at_its_field(bank: Bank) -> None:
    boss = visit(bank, "admin")
    for query, field in (
        ("since=2026-13-01", "since"), ("until=x", "until"), ("who=nobody", "who"),
        ("q=没有这个人", "q"),
    ):  # fmt: skip
        assert boss.open(f"/staff/audit?{query}").status_code == 422
        assert boss.errors.keys() == {field}
    local = hired(bank, "local", role="admin")
    assert local
    near = visit(bank, "local")
    assert near.open("/staff/audit?who=supervisor").status_code == 422
    assert near.open("/staff/audit?who=worker").status_code == 200


def test_what_was_searched_is_taken_away_and_that_is_a_line(bank: Bank) -> None:
    bank.as_("worker").patch(f"/volunteers/{bank.zhao.id}", {"skills": []})
    boss = visit(bank, "admin")
    with bank.inside():
        today = clock.today()
    query = f"q={bank.zhao.account_no}&since={today}&action=volunteers.change"
    assert f"/staff/audit.csv?since={today}" in boss.open(f"/staff/audit?{query}").text
    text = boss.open(f"/staff/audit.csv?{query}").data.decode("utf-8-sig")
    head, line = text.splitlines()
    assert head.startswith("时间,谁,用户名")
    assert "改储户资料" in line
    assert bank.zhao.account_no in line
    book = CalamineWorkbook.from_filelike(BytesIO(boss.open(f"/staff/audit.xlsx?{query}").data))
    rows = book.get_sheet_by_index(0).to_python()
    assert [row[4] for row in rows] == ["做了什么", "改储户资料"]
    exports = bank.as_("admin").get("/audit-entries?action=audit.export").json["items"]
    assert len(exports) == 2
    assert exports[0]["account_no"] == bank.zhao.account_no
    assert boss.open("/staff/audit.pdf").status_code == 404


def test_nobody_else_opens_it(bank: Bank) -> None:
    for who in ("supervisor", "worker", "li"):
        assert visit(bank, who).open("/staff/audit").status_code == 403
        assert visit(bank, who).open("/staff/audit.csv").status_code == 403
