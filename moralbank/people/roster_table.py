"""Find the people in a sheet by the words of its header, wherever the office put them.

The words are data: `roster_columns.yaml`. Nothing here judges whether a person's row is any good.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from flask_babel import gettext as _

from moralbank.core.spelling import MOBILE
from moralbank.people.spreadsheet import Sheet

HEADER_SEARCH_ROWS = 30  # titles and instructions may stand above the header, this many at most
FEWEST_HEADERS = 2  # a row with one known word may be a title or a person
COMMUNITY_ENDINGS = ("社区", "居委会", "居民委员会", "村", "村委会", "村民委员会", "嘎查")
STREET_ENDINGS = ("街道", "镇", "乡", "苏木")

_REQUIRED = ("name", "phone", "community")
_PHONE_PREFIX = re.compile(r"^(?:\+86|0086|86)(?=[0-9]{11}$)")
_PHONE_SEPARATORS = re.compile(r"[\s()'`\u2018\u2019\-\u2010-\u2015\u2212]+")
_BRACKETED = re.compile(r"\([^()]*\)")
_NOT_A_WORD = re.compile(r"[\W_]+")
_SPACES = re.compile(r"\s+")


class UnreadableRoster(Exception):
    """The file as a whole cannot be used; the message is one line for the person who sent it."""


@dataclass(frozen=True)
class Person:
    """A person's row as it stands: cells cleaned, "" where there is nothing, not yet judged."""

    sheet: str
    row: int  # as a spreadsheet program shows it
    name: str
    phone: str
    street: str
    community: str
    station: str
    station_kind: str
    party: str
    affiliation: str


@dataclass(frozen=True)
class Words:
    """`roster_columns.yaml`, every word in the form in which cells are compared."""

    headers: Mapping[str, tuple[str, int]]  # word → (field, rank: lower is preferred)
    totals: tuple[str, ...]
    footnotes: tuple[str, ...]
    blanks: frozenset[str]
    party_yes: frozenset[str]
    affiliation: Mapping[str, tuple[str, ...]]
    station_kind: Mapping[str, tuple[str, ...]]


@cache
def words() -> Words:
    """The table of words, read once."""
    table: dict[str, Any] = yaml.safe_load(
        Path(__file__).with_name("roster_columns.yaml").read_text(encoding="utf-8")
    )

    def folded_lists(name: str) -> dict[str, tuple[str, ...]]:
        return {key: tuple(folded(word) for word in listed) for key, listed in table[name].items()}

    return Words(
        headers={
            _bare(word): (field, rank)
            for field, synonyms in table["headers"].items()
            for rank, word in enumerate(synonyms)
        },
        totals=tuple(folded(word) for word in table["totals"]),
        footnotes=tuple(folded(word) + ":" for word in table["footnotes"]),
        blanks=frozenset(folded(word) for word in table["blanks"]),
        party_yes=frozenset(folded(word) for word in table["party_yes"]),
        affiliation=folded_lists("affiliation"),
        station_kind=folded_lists("station_kind"),
    )


def label(field: str) -> str:
    """What people call a field."""
    labels: dict[str, str] = {
        "name": _("姓名"),
        "phone": _("联系电话"),
        "street": _("街道"),
        "community": _("社区"),
        "station": _("代办站"),
    }
    return labels[field]


# --- cells ----------------------------------------------------------------------------------------


def clean(text: str) -> str:
    """One width, single spaces, no invisible marks (address books wrap phone numbers in them)."""
    text = unicodedata.normalize("NFKC", text)
    if not text.isprintable():
        text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return _SPACES.sub(" ", text).strip()


def folded(text: str) -> str:
    """The form in which cells are compared: no spaces, no case."""
    return clean(text).replace(" ", "").casefold()


def without_brackets(text: str) -> str:
    """Drop a remark in brackets: 党员(在职) → 党员."""
    return _BRACKETED.sub("", text)


def dialable(text: str) -> str | None:
    """The 11 digits of a mobile number however it was typed, or None if it is not one.

    Takes the numbering plan of mainland China: 1, then 3 to 9, then nine digits.
    """
    number = _PHONE_SEPARATORS.sub("", text).removesuffix(".0")
    number = _PHONE_PREFIX.sub("", number)
    return number if MOBILE.fullmatch(number) else None


def _bare(text: str) -> str:
    """The form in which headers are compared: as cells, and without marks."""
    return _NOT_A_WORD.sub("", folded(text))


def _cell(row: Sequence[str], column: int | None) -> str:
    if column is None or column >= len(row):
        return ""
    text = clean(row[column])
    return "" if folded(text) in words().blanks else text


# --- the header -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Header:
    """Where a sheet says what its columns hold; rows and columns count from 0."""

    columns: Mapping[str, int]  # field → column
    last_row: int


def _field_of(header: str) -> tuple[str, int] | None:
    text = folded(header)
    known = words().headers
    return known.get(_bare(text)) or known.get(_bare(without_brackets(text)))


def _is_header_for(field: str, cell: str) -> bool:
    found = _field_of(cell)
    return found is not None and found[0] == field


def _columns_of(header: Sequence[str]) -> dict[str, int]:
    """Say which column holds which field; of two for one, the preferred word's, then the left."""
    best: dict[str, tuple[int, int]] = {}
    for column, cell in enumerate(header):
        found = _field_of(cell)
        if found and found[0] != "ignored":
            field, rank = found
            best[field] = min(best.get(field, (rank, column)), (rank, column))
    return {field: column for field, (_rank, column) in best.items()}


def _is_all_headers(row: Sequence[str]) -> bool:
    cells = [cell for cell in row if clean(cell)]
    return bool(cells) and all(_field_of(cell) for cell in cells)


def _header_at(rows: Sequence[Sequence[str]], index: int) -> Header:
    """Read the row as a header, together with the row below if that is its lower half."""
    header = Header(_columns_of(rows[index]), index)
    if header.columns and index + 1 < len(rows) and _is_all_headers(rows[index + 1]):
        joined = [
            lower if clean(lower) else upper
            for upper, lower in zip(rows[index], rows[index + 1], strict=True)
        ]
        both = Header(_columns_of(joined), index + 1)
        if len(both.columns) >= len(header.columns):
            return both
    return header


def find_header(sheet: Sheet) -> Header | None:
    """Return a sheet's header: the row with the most known words, the upper one where two tie."""
    best = max(
        (_header_at(sheet.rows, i) for i in range(min(len(sheet.rows), HEADER_SEARCH_ROWS))),
        key=lambda header: len(header.columns),
        default=None,
    )
    return best if best and len(best.columns) >= FEWEST_HEADERS else None


# --- the people -----------------------------------------------------------------------------------


def people_of(sheet: Sheet, community: str = "") -> Iterator[Person]:
    """Yield the persons' rows of a sheet; none of an empty one. `community` is whose roster it is,
    where that is known: then it need not say so.

    Raises UnreadableRoster, naming the sheet and what its header lacks, when a sheet has text but
    no header with name, phone and community.
    """
    if not any(clean(cell) for row in sheet.rows for cell in row):
        return
    header = find_header(sheet)
    columns = header.columns if header else {}
    title = without_brackets(clean(sheet.name)).replace(" ", "")
    street = title if title.endswith(STREET_ENDINGS) else ""
    community = title if title.endswith(COMMUNITY_ENDINGS) else community
    lacking = [f for f in _REQUIRED if f not in columns and not (f == "community" and community)]
    if header is None or lacking:
        if sheet.hidden:
            return  # the lists behind drop-down menus are kept on hidden sheets
        raise UnreadableRoster(
            _(
                "工作表“%(sheet)s”的表头没有看懂：缺少%(fields)s列。",
                sheet=sheet.name,
                fields=_("、").join(f"“{label(field)}”" for field in lacking),
            )
        )

    merged = _places_in_merged_cells(sheet, columns)
    headings = {(top, left) for top, left, _bottom, right in sheet.merges if right > left}
    for index in range(header.last_row + 1, len(sheet.rows)):
        row = sheet.rows[index]
        if not _is_person(row, index, columns, headings):
            continue
        cells = {field: _cell(row, column) for field, column in columns.items()}
        yield Person(
            sheet=sheet.name,
            row=index + 1,
            name=cells["name"],
            phone=cells["phone"],
            street=cells.get("street") or merged.get((index, "street")) or street,
            community=cells.get("community") or merged.get((index, "community")) or community,
            station=cells.get("station") or merged.get((index, "station"), ""),
            station_kind=cells.get("station_kind", ""),
            # Where no column asks, 在职党员 as a category says it too.
            party=cells.get("party" if "party" in columns else "affiliation", ""),
            affiliation=cells.get("affiliation", ""),
        )


def _places_in_merged_cells(sheet: Sheet, columns: Mapping[str, int]) -> dict[tuple[int, str], str]:
    """One community written once beside its many people, in a cell merged downwards."""
    fields = {columns[f]: f for f in ("street", "community", "station") if f in columns}
    places: dict[tuple[int, str], str] = {}
    for top, left, bottom, right in sheet.merges:
        if left == right and left in fields and top < len(sheet.rows):
            text = _cell(sheet.rows[top], left)
            for index in range(top + 1, min(bottom + 1, len(sheet.rows))):
                places[index, fields[left]] = text
    return places


def _is_person(
    row: Sequence[str], index: int, columns: Mapping[str, int], headings: Set[tuple[int, int]]
) -> bool:
    if not any(_cell(row, column) for column in columns.values()):
        return False  # blank, or a serial number prepared for someone yet to come
    name, phone = _cell(row, columns["name"]), _cell(row, columns["phone"])
    if _is_header_for("name", name) and _is_header_for("phone", phone):
        return False  # the header again, at the top of a printed page
    filled = [column for column, cell in enumerate(row) if clean(cell)]
    first = folded(row[filled[0]])
    if first.startswith(words().footnotes):
        return False
    totals = words().totals
    if dialable(phone) is None and any(
        text.startswith(totals) or text.endswith(totals) for text in (first, folded(name))
    ):
        return False
    # A heading between groups: the row's only text, in a cell merged across the table.
    return len(filled) > 1 or (index, filled[0]) not in headings
