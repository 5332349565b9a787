"""Rosters at the desk: a dry run, a file with its faults marked, accounts opened once, cards."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdfium2 import PdfDocument
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from moralbank.core.audit import AuditEntry
from moralbank.core.db import session
from moralbank.people.models import Volunteer
from tests.cast import Bank, together
from tests.desk.visitor import Visitor, visit
from tests.events.errands import employ, volunteer

IMPORT = "/staff/volunteers/import"
MARKED, OPENING = f"{IMPORT}/marked", f"{IMPORT}/opening"
HEADER = ["序号", "姓名", "手机号", "社区", "代办站"]


def workbook(*rows: Sequence[Any], merge: str | None = None) -> bytes:
    """A roster of one sheet, 名册: a title, the header, and some rows."""
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"strings_to_formulas": False})
    sheet = book.add_worksheet("名册")
    for place, row in enumerate([["2026 年志愿者名册"], HEADER, *rows]):
        sheet.write_row(place, 0, row)
    if merge is not None:
        sheet.merge_range(merge, "梧桐社区")
    book.close()
    return file.getvalue()


def person(n: int, name: str = "", **more: str) -> list[Any]:
    cells = {"phone": f"138{n:08d}", "community": "", "station": ""} | more
    return [n, name or f"王{chr(0x4E00 + n)}", *cells.values()]


ROSTER = workbook(
    person(1, "孙建国"),
    person(2, "=HYPERLINK(1)", phone="没有"),
    person(3, "李秋兰", phone="13900000001"),
    person(4, "赵冬生", phone="139 0000 0002"),
    person(5, "钱有余", community="槐荫社区"),
    person(6, "吴六一", station="没听说代办站"),
    person(7, "郑七", community="梧桐", station="梧桐代办站"),
    ["", "合计", "7 人"],
)


def upload(visitor: Visitor, content: bytes, name: str = "名册.xlsx") -> Any:
    visitor.open(IMPORT)
    return visitor.send(IMPORT, roster=(BytesIO(content), name))


def counted(bank: Bank) -> int:
    with bank.inside():
        return session().scalar(select(func.count()).select_from(Volunteer)) or 0


def told(page: str) -> dict[str, str]:
    """What the page says of each row that is no good, by its name."""
    rows = re.findall(r'<th[^>]*scope="row">([^<]*)</th><td[^>]*>([^<]*)</td>', page)
    return dict(rows)


@pytest.fixture
def worker(bank: Bank) -> Visitor:
    return visit(bank, "worker")


def test_the_dry_run_tells_each_rows_fate_and_writes_nothing(bank: Bank, worker: Visitor) -> None:
    page = upload(worker, ROSTER)
    assert page.status_code == 200
    assert "开 2 户" in page.text
    fates = told(page.text)
    assert "第 4 行" in page.text
    assert "手机号" not in fates["李秋兰"]
    assert fates["李秋兰"] == f"已有账户，账号 {bank.li.account_no}。"
    assert "姓名不同" in fates["赵冬生"]
    assert "写的是“槐荫社区”" in fates["钱有余"]
    assert "没听说代办站" in fates["吴六一"]
    assert "不是 11 位" in fates["=HYPERLINK(1)"]
    assert counted(bank) == 2
    with bank.inside():
        looked = select(AuditEntry).where(AuditEntry.action == "volunteers.look_over")
        [line] = session().scalars(looked)
        assert (line.subject_id, line.detail) == (bank.community_id, {"rows": 7, "known": 1})
    # Where one works for several communities, one says which; elsewhere they are not known.
    far = visit(bank, "neighbour")
    page = upload(far, workbook(person(3, "李秋兰", phone="13900000001")))
    assert told(page.text) == {"李秋兰": "“联系电话” 139****0001 已有储户使用。"}
    assert not far.offers("nothing")
    assert visit(bank, "auditor").open(IMPORT).status_code == 403
    assert visit(bank, "li").open(IMPORT).status_code == 403


def test_the_faults_are_marked_in_place(bank: Bank, worker: Visitor) -> None:
    fields = dict((upload(worker, ROSTER), worker.form(OPENING).fields)[1])
    worker.post(MARKED, **fields)
    assert (worker.page.mimetype or "").endswith("spreadsheetml.sheet")
    made = worker.page.data
    [rows] = [
        sheet.to_python()
        for sheet in [CalamineWorkbook.from_filelike(BytesIO(made)).get_sheet_by_index(0)]
    ]
    assert rows[1][:6] == [*HEADER, "问题"]
    assert rows[2][5] == ""
    assert rows[3][1] == "=HYPERLINK(1)"
    assert "不是 11 位" in str(rows[3][5])
    assert "槐荫社区" in str(rows[6][5])
    assert rows[9][1] == "合计"
    with zipfile.ZipFile(BytesIO(made)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    marks = dict(re.findall(r'<c r="([A-Z]+\d+)" s="(\d+)"', sheet))
    red = marks["C4"]
    assert {cell for cell, style in marks.items() if style == red} == {
        "C4", "F4", "C6", "F6", "D7", "F7", "E8", "F8",
    }  # fmt: skip
    # Mended, it is a roster again.
    page = upload(worker, made)
    assert "开 2 户" in page.text


def test_accounts_are_opened_once_and_lead_on_to_their_cards(bank: Bank, worker: Visitor) -> None:
    waiting = volunteer(bank, "冯等着")  # has no card either, and is not in the roster
    upload(worker, ROSTER)
    fields = dict(worker.form(OPENING).fields)
    worker.post(OPENING, **fields)
    assert worker.path == "/staff/cards"
    assert "开了 2 户" in worker.page.text
    assert "还没有卡的有 2 人" in worker.page.text
    cards = dict(worker.form("/staff/cards/batches").fields)
    # A lost answer, a second press: the same answer, and nothing again.
    worker.post(OPENING, **fields)
    assert "开了 2 户" in worker.page.text
    assert counted(bank) == 5
    worker.post("/staff/cards/batches", **cards)
    document = PdfDocument(worker.page.data)
    strips = document[len(document) - 1].get_textpage().get_text_bounded()
    assert sorted(re.findall(r"孙建国|郑七|冯等着", strips)) == ["孙建国", "郑七"]
    assert bank.as_("worker").get(f"/volunteers/{waiting}").status_code == 200
    with bank.inside():
        found = select(AuditEntry).where(AuditEntry.action == "volunteers.import")
        [line] = session().scalars(found)
        assert line.detail["created"] == 2
        station = session().scalar(select(Volunteer.station_id).where(Volunteer.name == "郑七"))
    assert station == bank.station_id
    # The same file again: everybody is known.
    page = upload(worker, ROSTER)
    assert "没有可以开户的人" in page.text
    worker.post(OPENING, **(fields | {"idempotency_key": "another"}))
    assert worker.page.status_code == 409
    assert counted(bank) == 5


def test_two_presses_at_once_open_one_account_each(bank: Bank) -> None:
    people = workbook(*(person(n) for n in range(10, 40)))
    visitors = [visit(bank, "worker") for _ in range(2)]
    sent = []
    for visitor in visitors:
        upload(visitor, people)
        sent.append(dict(visitor.form(OPENING).fields))
    tasks: list[Callable[[], TestResponse]] = [
        partial(one.post, OPENING, **form) for one, form in zip(visitors, sent, strict=True)
    ]
    assert sorted(page.status_code for page in together(tasks)) == [200, 409]
    assert counted(bank) == 32


def test_what_was_looked_over_is_what_is_opened(bank: Bank, worker: Visitor) -> None:
    upload(worker, ROSTER)
    fields = dict(worker.form(OPENING).fields)
    changed = fields["sealed"][:-9] + "A" + fields["sealed"][-8:]
    for path in (OPENING, MARKED):
        for sealed in (changed, "nonsense", "资料", "", "A" * 40):
            assert worker.post(
                path, **(fields | {"sealed": sealed, "idempotency_key": sealed[:9] and "k"})
            ).status_code in (409, 422)
            worker.open(IMPORT)
    other = visit(bank, "supervisor")
    other.open(IMPORT)
    mine = {name: text for name, text in fields.items() if name != "csrf_token"}
    assert other.post(OPENING, **mine).status_code == 422
    assert counted(bank) == 2
    assert "13800000001" not in fields["sealed"]


def test_a_roster_is_for_a_community_within_reach(bank: Bank, worker: Visitor) -> None:
    worker.open(IMPORT)
    page = worker.send(
        IMPORT, roster=(BytesIO(ROSTER), "a.xlsx"), community_id=bank.other_community_id
    )
    assert page.status_code == 404
    worker.open(IMPORT)
    assert worker.send(IMPORT).status_code == 422
    assert "请选一个文件" in worker.errors["roster"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_text_files_as_excel_writes_them(bank: Bank, encoding: str, mark: str) -> None:
    lines = [["姓名", "手机"], ["欧阳䶮", "13800000077"], ['"王, 五"', "1"]]
    content = "\r\n".join(mark.join(line) for line in lines).encode(encoding)
    page = upload(visit(bank, "worker"), content, "名册.csv")
    assert page.status_code == 200, page.text
    assert "欧阳䶮" in page.text
    assert "开 1 户" in page.text


def test_the_staff_of_a_station_open_theirs(bank: Bank) -> None:
    employ(bank, "keeper", bank.station_id)
    keeper = visit(bank, "keeper")
    upload(keeper, workbook(person(1, "孙建国"), person(2, "郑七", station="别的代办站")))
    assert list(told(keeper.page.text)) == ["郑七"]
    keeper.send(OPENING)
    with bank.inside():
        station = session().scalar(select(Volunteer.station_id).where(Volunteer.name == "孙建国"))
    assert station == bank.station_id


def test_too_many_people_are_refused_by_a_sentence(bank: Bank, worker: Visitor) -> None:
    page = upload(worker, workbook(*(person(n, "王一") for n in range(2_001))))
    assert page.status_code == 422
    assert "一次最多 2000 人" in worker.errors["roster"]


@pytest.mark.long
def test_five_hundred_accounts_and_their_cards_in_one_go(bank: Bank, worker: Visitor) -> None:
    upload(worker, workbook(*(person(n) for n in range(500))))
    worker.post(OPENING, **worker.form(OPENING).fields)
    assert "还没有卡的有 500 人" in worker.page.text
    worker.send("/staff/cards/batches")
    document = PdfDocument(worker.page.data)
    assert len(document) == 125  # fifty sheets of two sides, twenty-five of strips
    worker.open("/staff/cards")
    assert "人人都有卡了" in worker.page.text


ODD = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["姓名", "手机", "=1+1", "+86 138 0000 0001", "@x", "-", "\x00", "合计",
                     "<r>a</r>", "13800000001", "梧桐社区", "_x0041_", "\ufffe", "😀" * 40,
                     "1e400"]),
    st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.datetimes(),
)  # fmt: skip


@st.composite
def odd_workbooks(draw: st.DrawFn) -> bytes:
    """Workbooks of anything: dates, formulas, merged cells, hidden sheets, odd names."""
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd"})
    for number in range(draw(st.integers(1, 3))):
        sheet = book.add_worksheet(
            f"{draw(st.sampled_from(['梧桐社区', '名册', 'a', '河东街道']))}{number}"
        )
        rows = draw(st.lists(st.lists(ODD, max_size=6), max_size=8))
        for place, row in enumerate([["姓名", "手机", "社区", "代办站"], *rows]):
            for column, value in enumerate(row):
                sheet.write(place, column, value)
        if draw(st.booleans()):
            sheet.merge_range(
                draw(st.integers(1, 4)), 0, draw(st.integers(5, 9)), draw(st.integers(0, 3)), "并"
            )
        if draw(st.booleans()):
            sheet.write_formula(
                3,
                1,
                draw(st.sampled_from(["=1/0", "=A1", "=NOW()"])),
                None,
                draw(st.sampled_from([1, "x", ""])),
            )
        if number and draw(st.booleans()):
            sheet.hide()
    book.close()
    return file.getvalue()


def bomb() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<c/>" * 20_000_000)
    return file.getvalue()


def wide() -> bytes:
    file = BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet()
    sheet.write(0, 0, "姓名")
    sheet.write(49_000, 199, "手机")
    book.close()
    return file.getvalue()


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize(
    "content",
    [bomb(), wide(), b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b",", b"\xff\xfe,\x00",
     b'"' + b",\n" * 60_000, b"," * 300, ("姓名,手机\n" + "王,1\n" * 60_000).encode(),
     "姓名,手机\n".encode() + b"\x00,1", b'a,"' + b"x" * 300_000],
    ids=["bomb", "wide", "zip", "ole", "comma", "utf-16", "quote", "columns", "rows", "nul",
         "cell"],
)  # fmt: skip
def test_what_is_no_roster_gets_one_sentence(bank: Bank, content: bytes) -> None:
    visitor = visit(bank, "worker")
    assert upload(visitor, content).status_code == 422
    assert len(visitor.errors["roster"]) > 5


class TestAnythingAtAll:
    """Whatever is sent: a clear refusal or each row's fate, and a marked file that can be read."""

    @pytest.mark.engine("sqlite")
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(content=odd_workbooks())
    def test_workbooks_of_anything(self, bank: Bank, content: bytes) -> None:
        self.look(bank, content)

    @pytest.mark.engine("sqlite")
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(place=st.integers(0, len(ROSTER)), new=st.binary(max_size=8), cut=st.booleans())
    def test_broken_workbooks(self, bank: Bank, place: int, new: bytes, cut: bool) -> None:
        rest = b"" if cut else ROSTER[place + len(new) :]
        self.look(bank, ROSTER[:place] + new + rest)

    @pytest.mark.engine("sqlite")
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        rows=st.lists(st.lists(st.text(max_size=8), max_size=4), max_size=8),
        encoding=st.sampled_from(["utf-8", "gb18030", "utf-16", "utf-16-le", "utf-7"]),
        noise=st.binary(max_size=3),
    )
    def test_text_of_anything(
        self, bank: Bank, rows: list[list[str]], encoding: str, noise: bytes
    ) -> None:
        lines = [["姓名", "手机"], *rows]
        text = "\n".join(",".join(row) for row in lines)
        self.look(bank, text.encode(encoding, "ignore") + noise)

    @staticmethod
    def look(bank: Bank, content: bytes) -> None:
        visitor = visit(bank, "worker")
        page = upload(visitor, content)
        assert page.status_code in (200, 422), page.text
        assert counted(bank) == 2
        if page.status_code == 422:
            assert visitor.errors.keys() == {"roster"}
            return
        before = sorted(told(page.text).items())
        visitor.post(MARKED, **visitor.form(OPENING).fields)
        assert visitor.page.status_code == 200
        again = upload(visitor, visitor.page.data)
        assert again.status_code == 200, again.text
        assert sorted(told(again.text).items()) == before
