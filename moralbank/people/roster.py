"""Read rosters of volunteers as offices keep them: bytes in, rows and rejections out, no database.

No two offices keep the same table, so a column is found by the words of its header and not by its
place (`roster_table.py`). Nothing is dropped in silence: a row about a person becomes either
a RosterRow or a Rejection, and a sheet that cannot be understood refuses the whole file.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, cast

from flask_babel import gettext as _

from moralbank.people import spreadsheet
from moralbank.people.roster_table import (
    COMMUNITY_ENDINGS,
    STREET_ENDINGS,
    Person,
    UnreadableRoster,
    clean,
    dialable,
    folded,
    label,
    people_of,
    without_brackets,
    words,
)
from moralbank.people.spreadsheet import Sheet

__all__ = [
    "NAME_MAX",
    "PLACE_MAX",
    "Affiliation",
    "Rejection",
    "Roster",
    "RosterRow",
    "StationKind",
    "UnreadableRoster",
    "judged",
    "mask_phone",
    "read_roster",
    "sheets_of",
]

StationKind = Literal["household", "property", "barber", "pharmacy", "other"]
Affiliation = Literal["in_service", "new_economy", "retired", "resident"]

NAME_MAX = 50
PLACE_MAX = 60
MASK = "****"

_FIELDS = ("name", "phone", "street", "community", "station")
_HAN = re.compile(r"[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")


@dataclass(frozen=True)
class RosterRow:
    """A person to open an account for; `row` is the number Excel shows, `phone` has 11 digits."""

    sheet: str
    row: int
    name: str
    phone: str
    street: str | None
    community: str
    station: str | None
    station_kind: StationKind | None
    party_member: bool
    affiliation: Affiliation | None


@dataclass(frozen=True)
class Rejection:
    """A person's row that cannot be used, and why; `detail` shows no whole telephone number.

    Codes: missing_name, bad_name, name_too_long, missing_phone, bad_phone, duplicate_phone,
    missing_community, and bad_ and _too_long for street, community and station.
    """

    sheet: str
    row: int
    code: str
    detail: str

    @property
    def field(self) -> str:
        """Return which field is at fault: name, phone, street, community or station."""
        return next(field for field in _FIELDS if field in self.code)


@dataclass(frozen=True)
class Roster:
    """What a file holds; every person's row of it is in exactly one of the two."""

    rows: tuple[RosterRow, ...]
    rejections: tuple[Rejection, ...]


def read_roster(source: Path | BinaryIO) -> Roster:
    """Read a roster from a file (.xlsx, .xls, .ods or .csv) or an open binary stream.

    Raises UnreadableRoster, and nothing else, when the file is not there, is no spreadsheet, is
    encrypted, empty or too large, or has a sheet whose header is not understood.
    """
    return judged(sheets_of(source))


def sheets_of(source: Path | BinaryIO) -> tuple[Sheet, ...]:
    """Return what a spreadsheet holds, its texts alone. Raises UnreadableRoster."""
    try:
        return spreadsheet.read_sheets(_bytes_of(source))
    except spreadsheet.SpreadsheetRefused as refused:
        raise UnreadableRoster(_sentence_for(refused)) from None


def judged(sheets: Sequence[Sheet], *, community: str = "") -> Roster:
    """Say of every person's row what is to be made of it. `community` is the name of the one whose
    roster it is, where that is known. Raises UnreadableRoster for a header that is not understood,
    and where there is nobody."""
    people = [person for sheet in sheets for person in people_of(sheet, community)]
    if not people:
        raise UnreadableRoster(_("文件里没有一行人员信息。"))
    return _judge(people)


def mask_phone(text: str) -> str:
    """Show enough of a telephone number to find it in the file, and too little to dial it."""
    digits = re.sub(r"[^0-9]", "", clean(text))
    if len(digits) >= 11:
        return digits[:3] + MASK + digits[-4:]
    # A number that lacks a digit: four are hidden whatever is left.
    return digits[:3] + MASK + digits[7:] if len(digits) > 7 else MASK


def _bytes_of(source: Path | BinaryIO) -> bytes:
    limit = spreadsheet.MAX_FILE_BYTES + 1  # one more than allowed shows that it is too large
    try:
        if not isinstance(source, Path):
            return source.read(limit)
        if not source.is_file():
            raise UnreadableRoster(_("找不到文件：%(name)s", name=source.name))
        with source.open("rb") as stream:
            return stream.read(limit)
    except (OSError, ValueError):  # ValueError: a path with a NUL in it
        raise UnreadableRoster(_("文件读不出来，请检查文件和权限。")) from None


def _sentence_for(refused: spreadsheet.SpreadsheetRefused) -> str:
    sentences: dict[spreadsheet.Refusal, str] = {
        "archive_bomb": _("文件展开后太大，不像名册，没有读取。"),
        "damaged": _("文件已损坏，打不开；请用表格软件另存为 .xlsx 后再试。"),
        "empty": _("文件是空的。"),
        "encrypted": _("文件有密码保护；请取消密码后再试。"),
        "file_too_large": _(
            "文件太大：最多 %(limit)d MB。", limit=spreadsheet.MAX_FILE_BYTES // 1024**2
        ),
        "not_a_spreadsheet": _(
            "这不是电子表格，或者已经损坏；请另存为 .xlsx、.xls 或 .ods 后再试。"
        ),
        "too_many_columns": _(
            "工作表“%(sheet)s”的列太多：最多 %(limit)d 列。",
            sheet=refused.sheet,
            limit=spreadsheet.MAX_COLUMNS,
        ),
        "too_many_rows": _("文件的行太多：最多 %(limit)d 行。", limit=spreadsheet.MAX_ROWS),
        "too_many_sheets": _("文件的工作表太多：最多 %(limit)d 张。", limit=spreadsheet.MAX_SHEETS),
    }
    return sentences[refused.reason]


# --- judging a person's row -----------------------------------------------------------------------


class _Unfit(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


def _judge(people: Sequence[Person]) -> Roster:
    rows: list[RosterRow] = []
    rejections: list[Rejection] = []
    holders: dict[str, RosterRow] = {}  # a row that was itself rejected takes no number
    for person in people:
        try:
            row = _row_of(person)
            if holder := holders.get(row.phone):
                raise _Unfit(
                    "duplicate_phone",
                    _(
                        "“联系电话” %(phone)s 与工作表“%(sheet)s”第 %(row)d 行重复。",
                        phone=mask_phone(row.phone),
                        sheet=holder.sheet,
                        row=holder.row,
                    ),
                )
        except _Unfit as unfit:
            rejections.append(Rejection(person.sheet, person.row, unfit.code, unfit.detail))
        else:
            holders[row.phone] = row
            rows.append(row)
    return Roster(tuple(rows), tuple(rejections))


def _row_of(person: Person) -> RosterRow:
    name = _name(person.name)
    phone = _phone(person.phone)
    community = _community(person.community)
    station = _checked("station", person.station.replace(" ", ""), PLACE_MAX) or None
    return RosterRow(
        sheet=person.sheet,
        row=person.row,
        name=name,
        phone=phone,
        street=_street(person.street),
        community=community,
        station=station,
        station_kind=_station_kind(person.station_kind, station) if station else None,
        party_member=_is_yes(person.party),
        affiliation=cast(Affiliation | None, _first(words().affiliation, person.affiliation)),
    )


def _checked(field: str, text: str, longest: int) -> str:
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise _Unfit(f"bad_{field}", _("“%(field)s”里有控制字符。", field=label(field)))
    if len(text) > longest:
        raise _Unfit(
            f"{field}_too_long",
            _("“%(field)s”太长：最多 %(limit)d 个字。", field=label(field), limit=longest),
        )
    return text


def _name(text: str) -> str:
    if not text:
        raise _Unfit("missing_name", _("没有填写“姓名”。"))
    # Offices pad 王　伟 to the width of 王小伟; in a Latin name the space is part of it.
    name = _checked("name", text.replace(" ", "") if _HAN.search(text) else text, NAME_MAX)
    if not any(character.isalpha() for character in name):
        raise _Unfit("bad_name", _("“姓名”里没有文字。"))
    return name


def _phone(text: str) -> str:
    if not text:
        raise _Unfit("missing_phone", _("没有填写“联系电话”。"))
    number = dialable(text)
    if number is None:
        raise _Unfit(
            "bad_phone", _("“联系电话” %(phone)s 不是 11 位手机号码。", phone=mask_phone(text))
        )
    return number


def _street(text: str) -> str | None:
    street = text.replace(" ", "").removesuffix("办事处")
    if street and not street.endswith(STREET_ENDINGS):
        street += "街道"
    return _checked("street", street, PLACE_MAX) or None


def _community(text: str) -> str:
    community = text.replace(" ", "")
    if not community:
        raise _Unfit("missing_community", _("没有填写“社区”。"))
    if not community.endswith(COMMUNITY_ENDINGS):
        community += "社区"
    return _checked("community", community, PLACE_MAX)


def _station_kind(column: str, station: str) -> StationKind:
    kinds = words().station_kind
    return cast(StationKind, _first(kinds, column) or _first(kinds, station) or "other")


def _is_yes(text: str) -> bool:
    return not words().party_yes.isdisjoint({folded(text), folded(without_brackets(text))})


def _first(words_by_name: Mapping[str, tuple[str, ...]], text: str) -> str | None:
    text = folded(text)
    return next(
        (name for name, found in words_by_name.items() if any(word in text for word in found)),
        None,
    )
