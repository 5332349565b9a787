"""The desk's lists as files: what the page shows and no more, texts as texts, and on record."""

from __future__ import annotations

import csv
import re
import tracemalloc
from collections.abc import Iterator
from html import unescape
from io import BytesIO, StringIO
from tempfile import TemporaryFile

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from moralbank.core import clock
from moralbank.core.audit import AuditEntry
from moralbank.core.db import session
from moralbank.core.tables import KINDS, Cell
from moralbank.desk import exporting
from tests.cast import Bank
from tests.core.examples import examples
from tests.core.test_routes import rules
from tests.desk.visitor import Visitor, visit
from tests.events.errands import volunteer

LISTS = {
    "volunteers": ["姓名", "账号", "电话"],
    "events": ["事项", "谁办"],
    "awards": ["事项"],
    "asks": ["姓名", "事项"],
    "callbacks": ["事项"],
    "cards": ["社区"],
    "slips": ["从几号"],
    "flags": ["种类", "谁"],
    "objections": ["公示"],
    "notices": ["题名", "编号"],
    "star-rounds": ["评定", "状态"],
    "households": ["代号", "户主姓名", "电话"],
    "reliefs": ["代号", "谁付"],
    "gifts": ["给谁", "积分"],
}
"""Every list, and columns of it whose texts stand on its page too."""

ROLES = ("supervisor", "worker", "neighbour", "auditor", "li")


def table(visitor: Visitor, path: str) -> list[dict[str, str]]:
    """The rows of a list's CSV, each by its heads."""
    answer = visitor.open(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    text = answer.data.decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


def pages(visitor: Visitor, path: str) -> str:
    """A list as it is shown, all its pages after one another, without tags."""
    whole, here = "", path
    while here:
        page = visitor.open(here).text
        whole += page
        found = re.search(r'href="([^"]+)" rel="next"', page)
        here = unescape(found[1]) if found else ""
    return unescape(re.sub(r"<[^>]+>", "", whole))


def test_every_list_of_the_desk_has_its_file(bank: Bank) -> None:
    found = {
        rule.rule
        for rule, method in rules(bank.app, under="/staff")
        if method == "GET" and rule.rule.endswith(".<ending>") and "books" not in rule.rule
    }
    assert found == {f"/staff/{name}.<ending>" for name in LISTS} | {
        "/staff/shops/<shop_id>/money.<ending>",
        "/staff/shops/<shop_id>/terminals.<ending>",
        "/staff/star-rounds/<round_id>.<ending>",
        "/staff/audit.<ending>",  # which has its own way of asking
    }


def test_a_file_has_what_the_list_shows_for_each_role_and_reach(bank: Bank) -> None:
    examples(bank)
    volunteer(bank, "远方人", community_id=bank.other_community_id)
    seen = 0
    for who in ROLES:
        visitor = visit(bank, who)
        for name, columns in LISTS.items():
            page = visitor.open(f"/staff/{name}")
            if page.status_code != 200:
                assert visitor.open(f"/staff/{name}.csv").status_code == page.status_code == 403
                assert visitor.open(f"/staff/{name}.xlsx").status_code == 403
                continue
            shown = pages(visitor, f"/staff/{name}")
            rows = table(visitor, f"/staff/{name}.csv")
            assert visitor.open(f"/staff/{name}.xlsx").status_code == 200
            for row in rows:
                for column in columns:
                    assert row[column] in shown, (who, name, column, row)
            assert bool(rows) == (f"/staff/{name}.csv" in visitor.open(f"/staff/{name}").text)
            seen += len(rows)
    assert seen > 50


def test_the_volunteers_and_errands_are_those_of_the_list_and_its_filters(bank: Bank) -> None:
    examples(bank)
    far = volunteer(bank, "远方人", community_id=bank.other_community_id)
    for who in ("supervisor", "worker", "neighbour"):
        visitor = visit(bank, who)
        listed = bank.as_(who).get("/volunteers").json["items"]
        rows = table(visitor, "/staff/volunteers.csv")
        assert [row["账号"] for row in rows] == [one["account_no"] for one in listed]
        assert [row["电话"] for row in rows] == [one["phone"] for one in listed]
        assert all("****" in row["电话"] for row in rows)
        assert any(one["id"] == far for one in listed) == (who != "worker")
        for query in ("", "?status=open", "?status=cancelled", "?status=nonsense"):
            status = "" if "nonsense" in query else query
            events = bank.as_(who).get(f"/service-events{status}").json["items"]
            assert len(table(visitor, f"/staff/events.csv{query}")) == len(events)
    found = table(visit(bank, "worker"), "/staff/volunteers.csv?q=李秋")
    assert [row["姓名"] for row in found] == ["李秋兰"]
    assert found[0]["可用积分"] == bank.points(bank.li)


def test_a_file_longer_than_a_page_is_whole(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "ROWS_AT_ONCE", 3)
    for n in range(8):
        volunteer(bank, f"王{n}平")
    rows = table(visit(bank, "worker"), "/staff/volunteers.csv")
    assert [row["姓名"] for row in rows][2:] == [f"王{n}平" for n in range(8)]
    assert len({row["账号"] for row in rows}) == 10


def test_texts_never_become_formulas(bank: Bank) -> None:
    names = ["=HYPERLINK(1)", "+1", "-1+2", "@SUM(1)", "<r>王</r>"]
    for name in names:
        volunteer(bank, name)
    visitor = visit(bank, "worker")
    rows = table(visitor, "/staff/volunteers.csv")
    assert [row["姓名"] for row in rows][2:] == [f"'{name}" for name in names[:4]] + names[4:]
    answer = visitor.open("/staff/volunteers.xlsx")
    sheet = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0)
    cells = sheet.to_python()
    assert [str(row[1]).strip() for row in cells[3:]] == names
    assert cells[1][5] == 200.0
    assert isinstance(cells[1][0], str)


def test_who_took_what_is_on_record_and_not_by_what_they_searched(bank: Bank) -> None:
    visitor = visit(bank, "worker")
    table(visitor, "/staff/volunteers.csv?q=13900000001")
    visitor.open("/staff/flags.xlsx")
    with bank.inside():
        lines = session().scalars(
            select(AuditEntry).where(AuditEntry.action == "lists.export").order_by(AuditEntry.id)
        )
        told = [(one.actor_name, one.subject_id, one.detail) for one in lines]
    assert told == [
        ("worker", "volunteers", {"ending": "csv", "rows": 1, "filtered_by": ["q"]}),
        ("worker", "flags", {"ending": "xlsx", "rows": 0, "filtered_by": []}),
    ]


def test_an_ending_that_there_is_not_is_no_page(bank: Bank) -> None:
    assert visit(bank, "worker").open("/staff/volunteers.pdf").status_code == 404


@pytest.mark.long
@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("ending", KINDS)
def test_a_hundred_thousand_rows_need_no_memory(bank: Bank, ending: str) -> None:
    def rows() -> Iterator[list[Cell]]:
        with bank.inside():
            now = clock.now()
        for n in range(100_000):
            yield [f"{n:08}", f"王{n}", "139****0001", "梧桐社区", n, now]

    with bank.inside(), TemporaryFile() as file:
        tracemalloc.start()
        assert KINDS[ending][1](file, ["一", "二", "三", "四", "五", "六"], rows()) == 100_000
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert most < 10_000_000
