"""Rosters as offices keep them: each variation is a real spreadsheet, written and read back."""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moralbank.people import roster_table, spreadsheet
from moralbank.people.roster import (
    NAME_MAX,
    Roster,
    RosterRow,
    UnreadableRoster,
    mask_phone,
    read_roster,
)

DATA = Path(__file__).parents[1] / "data"
REAL = DATA / "roster.xlsx"
HEADER = ["序号", "姓名", "联系电话", "所属社区", "所属代办站", "政治面貌", "类别"]


def person(serial: int = 1, **changes: Any) -> list[Any]:
    cells = {
        "serial": serial,
        "name": "王伟",
        "phone": f"138{serial:08d}",
        "community": "河东第1社区",
        "station": "河东第1社区1号物业代办站",
        "party": "群众",
        "kind": "居民志愿者",
    }
    return list((cells | changes).values())


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> io.BytesIO:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for index, row in enumerate(rows):
            sheet.write_row(index, 0, row)
    book.close()
    stream.seek(0)
    return stream


def read(*rows: Sequence[Any], sheet: str = "河东街道") -> Roster:
    return read_roster(workbook({sheet: rows}))


def only(roster: Roster) -> RosterRow:
    assert roster.rejections == ()
    (row,) = roster.rows
    return row


def refusal(source: Path | io.BytesIO) -> str:
    with pytest.raises(UnreadableRoster) as raised:
        read_roster(source)
    message = str(raised.value)
    assert "\n" not in message
    assert 5 < len(message) < 120
    return message


class TestTheRealRoster:
    roster = read_roster(REAL)
    expected = json.loads((DATA / "roster.expected.json").read_text(encoding="utf-8"))

    def test_holds_what_is_expected(self) -> None:
        codes = Counter(rejection.code for rejection in self.roster.rejections)
        places = {(row.street, row.community) for row in self.roster.rows}
        stations = {(row.street, row.community, row.station) for row in self.roster.rows}
        assert self.expected == {
            "rows": len(self.roster.rows) + len(self.roster.rejections),
            "good": len(self.roster.rows),
            **codes,
            "communities": len(places),
            "stations": len(stations),
        }

    def test_takes_the_street_from_the_sheet(self) -> None:
        assert {row.street for row in self.roster.rows} == {row.sheet for row in self.roster.rows}
        assert len({row.street for row in self.roster.rows}) == 8

    def test_names_every_rejected_row_as_excel_does(self) -> None:
        first = self.roster.rejections[0]
        assert (first.sheet, first.row, first.code) == ("榆林街道", 183, "bad_phone")

    def test_prints_no_whole_number(self) -> None:
        for rejection in self.roster.rejections:
            digits = "".join(c if c.isdigit() else " " for c in rejection.detail)
            assert max(map(len, digits.split()), default=0) <= 4

    def test_knows_the_kind_of_every_station(self) -> None:
        kinds = Counter(row.station_kind for row in self.roster.rows)
        assert set(kinds) == {"household", "property", "barber", "pharmacy"}

    def test_knows_everyones_affiliation(self) -> None:
        kinds = Counter(row.affiliation for row in self.roster.rows)
        assert set(kinds) == {"in_service", "new_economy", "retired", "resident"}

    def test_reads_the_same_from_a_stream(self) -> None:
        assert read_roster(io.BytesIO(REAL.read_bytes())) == self.roster


class TestHeaders:
    @pytest.mark.parametrize(
        "header",
        [
            ["志愿者姓名", "手机号码", "社区", "代办站", "是否党员", "人员类别"],
            ["储户姓名", "手机", "社区名称", "站点名称", "党员（是/否）", "身份类别"],
            ["代办员", "电话", "所在社区", "代办站名称", "是否为党员", "人员身份"],
            ["*姓 名", "联系\n方式（必填）", "社区（村）", "所属代办站：", "党员(是/否)", "类型"],
            [
                "volunteer name",
                "telephone",
                "community",
                "station name",
                "party yes/no",
                "category",
            ],
            ["Full Name", "ＭＯＢＩＬＥ", "community_name", "Station", "Party Member", "category"],
        ],
    )
    def test_are_known_by_their_words(self, header: list[str]) -> None:
        cells = ["王伟", "13800000001", "河东第1社区", "河东1号药店代办站", "是", "退休"]
        row = only(read(header, cells))
        assert row == RosterRow(
            sheet="河东街道",
            row=2,
            name="王伟",
            phone="13800000001",
            street="河东街道",
            community="河东第1社区",
            station="河东1号药店代办站",
            station_kind="pharmacy",
            party_member=True,
            affiliation="retired",
        )

    def test_may_stand_in_any_order(self) -> None:
        expected = only(read(HEADER, person()))
        for shift in range(1, len(HEADER)):
            cells = person()
            assert (
                only(read(HEADER[shift:] + HEADER[:shift], cells[shift:] + cells[:shift]))
                == expected
            )

    def test_may_stand_under_titles_and_notes(self) -> None:
        rows = [["2026年道德银行名册"], [], ["填表单位：河东街道", "", "联系电话：12345"], HEADER]
        assert only(read(*rows, person())).row == 5

    def test_may_take_two_rows(self) -> None:
        stream = io.BytesIO()
        book = xlsxwriter.Workbook(stream)
        sheet = book.add_worksheet("名册")
        sheet.merge_range("A1:A2", "姓名")
        sheet.merge_range("B1:C1", "联系方式")
        sheet.write_row("B2", ["固话", "手机"])
        sheet.merge_range("D1:E1", "所属单位")
        sheet.write_row("D2", ["街道", "社区"])
        sheet.write_row("A3", ["王伟", "024-55550000", "13800000001", "河东", "河东第1"])
        book.close()
        stream.seek(0)
        row = only(read_roster(stream))
        assert (row.row, row.phone) == (3, "13800000001")
        assert (row.street, row.community) == ("河东街道", "河东第1社区")

    def test_of_two_telephones_the_mobile_is_taken(self) -> None:
        header = ["姓名", "联系电话", "手机", "社区"]
        row = only(read(header, ["王伟", "024-55550000", "13800000001", "河东第1"]))
        assert row.phone == "13800000001"

    def test_may_be_repeated_on_every_page(self) -> None:
        roster = read(["名册"], HEADER, person(1), HEADER, person(2), HEADER, person(3))
        assert [row.row for row in roster.rows] == [3, 5, 7]
        assert roster.rejections == ()

    def test_a_contact_persons_number_is_not_taken_for_the_volunteers(self) -> None:
        with pytest.raises(UnreadableRoster, match="联系电话"):
            read(["姓名", "家属电话", "身份证号", "社区"], ["王伟", "13800000001", "1", "河东"])

    def test_no_word_means_two_fields(self) -> None:
        path = Path(roster_table.__file__).with_name("roster_columns.yaml")
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        listed = [word for synonyms in table["headers"].values() for word in synonyms]
        assert len(listed) == len(roster_table.words().headers)


class TestSheets:
    def test_each_has_its_own_header_and_street(self) -> None:
        roster = read_roster(
            workbook(
                {
                    "河东街道": [HEADER, person(1)],
                    "河西镇 (2)": [["社区", "手机", "姓名"], ["河西第1", "13900000001", "李敏"]],
                    "补充": [
                        ["姓名", "手机", "街道", "社区"],
                        ["张军", "13900000002", "河南", "河南第1社区"],
                    ],
                    "河北第2社区": [["姓名", "手机"], ["刘洋", "13900000003"]],
                    "Sheet3": [],
                }
            )
        )
        assert [(row.street, row.community) for row in roster.rows] == [
            ("河东街道", "河东第1社区"),
            ("河西镇", "河西第1社区"),
            ("河南街道", "河南第1社区"),
            (None, "河北第2社区"),
        ]

    def test_a_column_outweighs_the_sheets_name(self) -> None:
        header = ["姓名", "手机", "街道", "社区"]
        roster = read(
            header, ["王伟", "13800000001", "河西街道办事处", "1"], ["李敏", "13800000002", "", "1"]
        )
        assert [row.street for row in roster.rows] == ["河西街道", "河东街道"]

    def test_one_without_a_header_refuses_the_file_by_name(self) -> None:
        message = refusal(workbook({"河东街道": [HEADER, person()], "散页": [["王伟", "1"]]}))
        assert "散页" in message
        for lacking in ("姓名", "联系电话", "社区"):
            assert lacking in message

    def test_the_missing_header_is_named(self) -> None:
        message = refusal(workbook({"名册": [["姓名", "所属社区", "备注"], ["王伟", "1", ""]]}))
        assert "联系电话" in message
        assert "姓名" not in message

    def test_hidden_lists_behind_menus_are_passed_over(self) -> None:
        stream = io.BytesIO()
        book = xlsxwriter.Workbook(stream)
        sheet = book.add_worksheet("河东街道")
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, person())
        lists = book.add_worksheet("选项")
        lists.write_column(0, 0, ["社区", "河东第1社区", "河东第2社区"])
        lists.hide()
        book.close()
        stream.seek(0)
        only(read_roster(stream))

    def test_merged_titles_headings_and_places(self) -> None:
        stream = io.BytesIO()
        book = xlsxwriter.Workbook(stream)
        sheet = book.add_worksheet("河东街道")
        sheet.merge_range("A1:C1", "河东街道名册")
        sheet.write_row("A2", ["姓名", "手机", "社区"])
        sheet.merge_range("A3:C3", "第一组")
        sheet.write_row("A4", ["王伟", "13800000001"])
        sheet.merge_range("C4:C6", "河东第1")
        sheet.write_row("A5", ["李敏", "13800000002"])
        sheet.write_row("A7", ["张军", "13800000003", "河东第2"])
        book.close()
        stream.seek(0)
        roster = read_roster(stream)
        assert roster.rejections == ()
        assert [(row.row, row.community) for row in roster.rows] == [
            (4, "河东第1社区"),
            (5, "河东第1社区"),
            (7, "河东第2社区"),
        ]


class TestRows:
    @pytest.mark.parametrize(
        "row",
        [
            ["合计", 218],
            ["总　计", "", "2人"],
            ["", "小计：1人"],
            [3, "合计", "2"],
            ["河东第1社区小计", "", "1"],
            ["共计1人"],
            ["注：以上均为代办员"],
            ["填表人：李敏", "", "审核人："],
            [2],
            ["", " ", "\u3000"],
            [2, "-", "/", "无"],
        ],
    )
    def test_that_are_no_persons_are_passed_over(self, row: list[Any]) -> None:
        only(read(HEADER, person(), row))

    def test_blank_rows_keep_the_count(self) -> None:
        assert only(read([], [], HEADER, [], [], person())).row == 6

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"name": ""}, "missing_name"),
            ({"name": "无"}, "missing_name"),
            ({"name": "12"}, "bad_name"),
            ({"name": "王\x07伟"}, "bad_name"),
            ({"name": "王" * (NAME_MAX + 1)}, "name_too_long"),
            ({"phone": ""}, "missing_phone"),
            ({"phone": "无"}, "missing_phone"),
            ({"phone": "1380000000"}, "bad_phone"),
            ({"phone": 1380000000.5}, "bad_phone"),
            ({"phone": "23800000001"}, "bad_phone"),
            ({"phone": "12800000001"}, "bad_phone"),
            ({"phone": "1.38E+10"}, "bad_phone"),
            ({"phone": "13800000001/13900000001"}, "bad_phone"),
            ({"phone": "见备注"}, "bad_phone"),
            ({"community": ""}, "missing_community"),
            ({"community": "河" * 100}, "community_too_long"),
            ({"station": "河" * 100}, "station_too_long"),
            ({"station": "河\x01"}, "bad_station"),
        ],
    )
    def test_that_cannot_be_used_are_listed(self, changes: dict[str, Any], code: str) -> None:
        roster = read(HEADER, person(1, **changes))
        assert roster.rows == ()
        (rejection,) = roster.rejections
        assert (rejection.sheet, rejection.row, rejection.code) == ("河东街道", 2, code)
        assert "“" in rejection.detail

    def test_a_number_belongs_to_the_first_good_row(self) -> None:
        one = "13800000001"
        roster = read(
            HEADER,
            person(1, name="", phone=one),
            person(2, name="李敏", phone=one),
            person(3, name="张军", phone="+86 138 0000 0001"),
        )
        assert [row.name for row in roster.rows] == ["李敏"]
        assert [(r.row, r.code) for r in roster.rejections] == [
            (2, "missing_name"),
            (4, "duplicate_phone"),
        ]
        assert "第 3 行" in roster.rejections[1].detail
        assert "138****0001" in roster.rejections[1].detail

    @pytest.mark.parametrize(
        "typed",
        [
            13800000001,
            13800000001.0,
            8613800000001,
            "138 0000 0001",
            "138-0000-0001",
            "138—0000—0001",
            "１３８０００００００１",
            "+86 13800000001",
            "（+86）138 0000 0001",
            "0086-13800000001",
            "8613800000001",
            "'13800000001",
            "\u202d13800000001\u202c",
            " 13800000001\n",
            "13800000001.0",
        ],
    )
    def test_telephones_in_every_dress(self, typed: str | float) -> None:
        assert only(read(HEADER, person(1, phone=typed))).phone == "13800000001"

    @pytest.mark.parametrize(
        ("typed", "name"),
        [
            ("王\u3000伟", "王伟"),
            (" 欧阳 娜娜 ", "欧阳娜娜"),
            ("王\n伟", "王伟"),
            ("王\u200b伟", "王伟"),
            ("John   Smith", "John Smith"),
            ("买买提·艾力", "买买提·艾力"),
            ("Ｊｏｈｎ\u3000Ｓｍｉｔｈ", "John Smith"),
        ],
    )
    def test_names(self, typed: str, name: str) -> None:
        assert only(read(HEADER, person(1, name=typed))).name == name

    @pytest.mark.parametrize(
        ("typed", "community"),
        [
            ("榆林第8", "榆林第8社区"),
            ("榆林第8社区", "榆林第8社区"),
            ("榆林 第８\u3000社区", "榆林第8社区"),
            (8, "8社区"),
            ("榆林居委会", "榆林居委会"),
            ("榆林村", "榆林村"),
        ],
    )
    def test_communities(self, typed: str | int, community: str) -> None:
        assert only(read(HEADER, person(1, community=typed))).community == community

    @pytest.mark.parametrize(
        ("typed", "kind"),
        [
            ("河东 党员家庭\u3000代办站", "household"),
            ("河东物业代办站", "property"),
            ("丽人美发代办站", "barber"),
            ("康民大药房", "pharmacy"),
            ("河东代办站", "other"),
            ("", None),
        ],
    )
    def test_stations(self, typed: str, kind: str | None) -> None:
        row = only(read(HEADER, person(1, station=typed)))
        assert row.station_kind == kind
        assert row.station is None or " " not in row.station

    def test_a_column_for_the_kind_outweighs_the_name(self) -> None:
        header = ["姓名", "手机", "社区", "代办站", "代办站类型"]
        row = only(read(header, ["王伟", "13800000001", "河东", "河东1号代办站", "理发店"]))
        assert row.station_kind == "barber"

    @pytest.mark.parametrize(
        ("typed", "member"),
        [
            ("中共党员", True),
            ("党员", True),
            ("预备党员", True),
            ("党员（在职）", True),
            ("是", True),
            ("Ｙ", True),
            ("√", True),
            (1, True),
            (True, True),
            ("团员", False),
            ("群众", False),
            ("非党员", False),
            ("入党积极分子", False),
            ("民革党员", False),
            ("否", False),
            (0, False),
            ("×", False),
            ("", False),
        ],
    )
    def test_party_membership(self, typed: str | int, member: bool) -> None:
        assert only(read(HEADER, person(1, party=typed))).party_member is member

    def test_without_a_party_column_the_category_may_say_it(self) -> None:
        header = ["姓名", "手机", "社区", "身份"]
        roster = read(
            header,
            ["王伟", "13800000001", "河东", "在职党员"],
            ["李敏", "13800000002", "河东", "居民"],
        )
        assert [(row.party_member, row.affiliation) for row in roster.rows] == [
            (True, "in_service"),
            (False, "resident"),
        ]

    @pytest.mark.parametrize(
        ("typed", "affiliation"),
        [
            ("退休党员", "retired"),
            ("在职党员", "in_service"),
            ("“双报到”党员", "in_service"),
            ("两新组织", "new_economy"),
            ("居民志愿者", "resident"),
            ("其他", None),
            ("", None),
        ],
    )
    def test_affiliation(self, typed: str, affiliation: str | None) -> None:
        assert only(read(HEADER, person(1, kind=typed))).affiliation == affiliation


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13812341234", "138****1234"),
        ("138 1234 1234", "138****1234"),
        ("1381234123", "138****123"),
        ("55551234", "555****4"),
        ("5551234", "****"),
        ("见备注", "****"),
        ("13812341234/13912345678", "138****5678"),
    ],
)
def test_masks_hide_four_digits_at_least(number: str, masked: str) -> None:
    assert mask_phone(number) == masked


def archive(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as target:
        for name, content in members.items():
            target.writestr(name, content)
    stream.seek(0)
    return stream


def ods(cell: str) -> io.BytesIO:
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
        "<office:body><office:spreadsheet>"
        f'<table:table table:name="河东街道">{cell}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return archive(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": b"<manifest/>",
            "content.xml": content.encode(),
        }
    )


def ods_row(*cells: str) -> str:
    return "<table:table-row>{}</table:table-row>".format(
        "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p>'
            "</table:table-cell>"
            for cell in cells
        )
    )


class TestOtherFormats:
    def test_xls(self) -> None:
        roster = read_roster(DATA / "roster_old_format.xls")
        assert [(row.row, row.name, row.phone, row.party_member) for row in roster.rows] == [
            (3, "王伟", "13800000001", True),
            (4, "李敏", "13800000002", False),
        ]

    def test_ods(self) -> None:
        header = ods_row("姓名", "手机", "社区")
        row = only(read_roster(ods(header + ods_row("王伟", "13800000001", "河东第1"))))
        assert (row.row, row.street, row.community) == (2, "河东街道", "河东第1社区")

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
    def test_csv(self, encoding: str) -> None:
        text = "名册,,\n姓名,手机,社区\n王伟,13800000001,河东第1\n"
        row = only(read_roster(io.BytesIO(text.encode(encoding))))
        assert (row.sheet, row.row, row.name, row.community) == ("CSV", 3, "王伟", "河东第1社区")


class TestFilesThatAreNoRosters:
    def test_absent(self, tmp_path: Path) -> None:
        assert "名册.xlsx" in refusal(tmp_path / "名册.xlsx")
        assert "找不到" in refusal(tmp_path)

    @pytest.mark.parametrize(
        "content",
        [
            b"\x00" * 1000,
            b"%PDF-1.7",
            b"<html></html>",
            b"\xff",
        ],
    )
    def test_not_a_spreadsheet(self, content: bytes) -> None:
        assert "不是" in refusal(io.BytesIO(content))

    def test_another_zip(self) -> None:
        assert "不是" in refusal(archive({"word/document.xml": b"<w/>"}))

    def test_nothing(self) -> None:
        assert refusal(io.BytesIO()) == "文件是空的。"
        assert "没有一行" in refusal(workbook({"Sheet1": [], "Sheet2": []}))
        assert "没有一行" in refusal(workbook({"河东街道": [["名册"], HEADER]}))

    def test_encrypted(self) -> None:
        assert "密码" in refusal(DATA / "roster_encrypted.xlsx")
        manifest = b"<manifest><encryption-data/></manifest>"
        assert "密码" in refusal(archive({"META-INF/manifest.xml": manifest}))

    def test_cut_short(self) -> None:
        assert "损坏" in refusal(io.BytesIO(REAL.read_bytes()[:50_000]))

    def test_a_hundred_megabytes_of_zeros(self, tmp_path: Path) -> None:
        path = tmp_path / "zeros.xlsx"
        with path.open("wb") as stream:
            stream.truncate(100 * 1024 * 1024)
        assert "太大" in refusal(path)

    def test_a_hundred_megabytes_of_zeros_packed(self) -> None:
        zeros = b"\x00" * (100 * 1024 * 1024)
        assert "太大" in refusal(archive({"xl/workbook.xml": zeros}))

    def test_packed_too_tightly(self) -> None:
        zeros = b"\x00" * (30 * 1024 * 1024)
        assert "太大" in refusal(archive({"xl/workbook.xml": zeros}))

    def test_a_directory_that_lies_about_the_size(self) -> None:
        content = archive({"xl/workbook.xml": b" " * (50 * 1024 * 1024)}).getvalue()
        size = (50 * 1024 * 1024).to_bytes(4, "little")
        refusal(io.BytesIO(content.replace(size, (1000).to_bytes(4, "little"))))

    def test_two_cells_at_the_ends_of_the_world(self) -> None:
        stream = io.BytesIO()
        book = xlsxwriter.Workbook(stream)
        sheet = book.add_worksheet("名册")
        sheet.write("A1", "姓名")
        sheet.write("XFD1048576", "王伟")
        book.close()
        stream.seek(0)
        assert "太大" in refusal(stream)

    @pytest.mark.parametrize(("rows", "columns"), [(1048576, 16384), (60_000, 3), (3, 300)])
    def test_ods_that_repeats_itself(self, rows: int, columns: int) -> None:
        cell = (
            f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell'
            f' table:number-columns-repeated="{columns}" office:value-type="string">'
            "<text:p>王伟</text:p></table:table-cell></table:table-row>"
        )
        refusal(ods(cell))

    def test_too_many_columns(self) -> None:
        rows = [HEADER + [""] * (spreadsheet.MAX_COLUMNS - len(HEADER)) + ["x"], person()]
        message = refusal(workbook({"河东街道": rows}))
        assert "列太多" in message
        assert "河东街道" in message

    def test_too_many_rows(self) -> None:
        stream = io.BytesIO()
        book = xlsxwriter.Workbook(stream)
        for name in ("一", "二"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADER)
            sheet.write(spreadsheet.MAX_ROWS // 2, 0, "x")  # counted from 0: one row too many
        book.close()
        stream.seek(0)
        assert "行太多" in refusal(stream)

    def test_too_many_sheets(self) -> None:
        sheets = {f"第{n}张": [["x"]] for n in range(spreadsheet.MAX_SHEETS + 1)}
        assert "工作表太多" in refusal(workbook(sheets))

    def test_merged_cells_that_overlap(self) -> None:
        content = workbook({"河东街道": [HEADER, *(person(n) for n in range(100))]}).getvalue()
        merges = "".join('<mergeCell ref="D2:D101"/>' for _ in range(1000))
        changed = changed_member(
            content,
            "xl/worksheets/sheet1.xml",
            lambda xml: xml.replace(
                b"<pageMargins", f"<mergeCells>{merges}</mergeCells><pageMargins".encode()
            ),
        )
        assert "损坏" in refusal(io.BytesIO(changed))


def changed_member(content: bytes, name: str, change: Any) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        members = {item: source.read(item) for item in source.namelist()}
    members[name] = change(members[name])
    return archive(members).getvalue()


SMALL = workbook({"河东街道": [["名册"], HEADER, *(person(n) for n in range(5))]}).getvalue()
SAMPLES = [SMALL, (DATA / "roster_old_format.xls").read_bytes()]
MEMBERS = ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"]
edits = st.lists(
    st.tuples(st.integers(0, 1_000_000), st.binary(max_size=4)), min_size=1, max_size=5
)


def edited(content: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    for place, new in changes:
        at = place % len(content)
        content = content[:at] + new + content[at + len(new or b"x") :]
    return content


class TestDamagedBytes:
    """Whatever the bytes are: a roster or one clear line."""

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(sample=st.sampled_from(SAMPLES), changes=edits)
    def test_in_the_file(self, sample: bytes, changes: list[tuple[int, bytes]]) -> None:
        self.read_or_refuse(edited(sample, changes))

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(member=st.sampled_from(MEMBERS), changes=edits)
    def test_inside_the_archive(self, member: str, changes: list[tuple[int, bytes]]) -> None:
        self.read_or_refuse(changed_member(SMALL, member, lambda xml: edited(xml, changes)))

    @staticmethod
    def read_or_refuse(content: bytes) -> None:
        message, roster = "", None
        try:
            roster = read_roster(io.BytesIO(content))
        except UnreadableRoster as refused:
            message = str(refused)
        if roster is None:
            assert len(message.splitlines()) == 1
            return
        for row in roster.rows:
            assert len(row.phone) == 11
            assert row.name
            assert row.community
